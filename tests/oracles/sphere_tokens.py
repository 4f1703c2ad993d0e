"""A density of the sphere as the tokens of a product rule, each pulled by the sum over all others: no series, no cells.

Spectrally accurate while the map from labels to tokens is smooth on the rule's scale, which ends as clusters part.
"""

import numpy as np
from scipy.integrate import solve_ivp


def rule(latitudes):
    """Points and weights of sum one: Gauss in the height, twice as many equal steps around."""
    z, w = np.polynomial.legendre.leggauss(latitudes)
    around = np.pi * (np.arange(2 * latitudes) + 0.5) / latitudes
    s = np.sqrt(1.0 - z**2)[:, None]
    points = np.stack([s * np.cos(around), s * np.sin(around), np.broadcast_to(z[:, None], (z.size, around.size))], -1)
    return points.reshape(-1, 3), np.repeat(w, around.size) / (2 * around.size)


def followed(profile, beta, normalization, times, latitudes, tolerance=1e-9):
    """R and E at times, of a density ρ(points) up to a factor.

    **Cost** Pairs of tokens, a few hundred times.
    """
    points, masses = rule(latitudes)
    masses = masses * profile(points)
    masses /= masses.sum()

    def rate(_, state):
        x = state.reshape(-1, 3)
        kernel = np.exp(beta * (x @ x.T - 1.0)) * masses
        pull = kernel @ x
        if normalization == "softmax":
            pull /= kernel.sum(axis=1, keepdims=True)
        else:
            pull *= np.exp(beta)
        return (pull - np.vecdot(pull, x)[:, None] * x).ravel()

    ends = (0.0, times[-1])
    way = solve_ivp(rate, ends, points.ravel(), "DOP853", t_eval=times, rtol=tolerance, atol=tolerance)
    tokens = way.y.T.reshape(len(times), -1, 3)
    order = [np.linalg.norm(masses @ x) for x in tokens]
    energy = [np.exp(beta) / (2 * beta) * masses @ np.exp(beta * (x @ x.T - 1.0)) @ masses for x in tokens]
    return np.array(order), np.array(energy)


def mergers(places, masses, beta, begin, end, touching=1e-3):
    """Times at which Dirac masses under softmax, from `begin` on, come to a chord, each pair one from then on."""
    x, m, time, found = np.array(places, dtype=float), np.array(masses, dtype=float), begin, []

    def rate(_, state):
        points = state.reshape(-1, 3)
        kernel = np.exp(beta * (points @ points.T - 1.0)) * m
        pull = kernel @ points / kernel.sum(axis=1, keepdims=True)
        return (pull - np.vecdot(pull, points)[:, None] * points).ravel()

    while m.size > 1:
        pairs = np.transpose(np.triu_indices(m.size, 1))

        def gap(_, state, pairs=pairs):
            points = state.reshape(-1, 3)
            return np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1).min() - touching

        gap.terminal = True
        way = solve_ivp(rate, (time, end), x.ravel(), "DOP853", events=gap, rtol=1e-12, atol=1e-14)
        if way.status != 1:
            break
        time, x = float(way.t[-1]), way.y[:, -1].reshape(-1, 3)
        found.append(time)
        i, j = pairs[np.argmin(np.linalg.norm(x[pairs[:, 0]] - x[pairs[:, 1]], axis=1))]
        mean = m[i] * x[i] + m[j] * x[j]
        rest = [k for k in range(m.size) if k not in (i, j)]
        x = np.concatenate([x[rest], [mean / np.linalg.norm(mean)]])
        m = np.append(m[rest], m[i] + m[j])
    return found
