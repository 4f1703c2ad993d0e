"""Several clusters on the circle by tokens that know what separates them, then as points.

Tokens are the nodes of Gauss's rule on panels of labels, graded towards the labels that separate basins, so that no
map from labels to angles is too steep for them. These labels are found by a flow backwards in time, on which a
separatrix attracts, through the field of a run before. The head is Q = K = V = I; its field is a Fourier series whose
coefficients are sums over tokens. Once clusters are points their angles are followed alone, pairs as near as 1e-7
as one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import DOP853, solve_ivp
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq
from scipy.special import ive

from oracles.series import gauss_panels

TOUCHING = 1e-3
_ONE = 1e-7
_RUNGS, _RATIO, _WIDEST = 26, 0.3, 0.03


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens at times, of the labels that separate the basins at one of them.

    Parameters
    ----------
    times : ndarray, shape (n,)
    angles : ndarray, shape (n, tokens)
    masses : ndarray, shape (tokens,)
    labels : ndarray, shape (k,)
    beta : float
    """

    times: np.ndarray
    angles: np.ndarray
    masses: np.ndarray
    labels: np.ndarray
    start: np.ndarray
    beta: float

    def order(self):
        """R at the times."""
        return np.abs(np.exp(1j * self.angles) @ self.masses)

    def energy(self):
        """E at the times."""
        waves = np.array([modes(a, self.masses, self.beta) for a in self.angles])
        weights = kernel(self.beta, waves.shape[1])
        return np.exp(self.beta) / (2 * self.beta) * (np.abs(waves) ** 2 / weights).sum(axis=1)

    def clusters(self, index):
        """Masses and mean angles of the basins at a time, by label."""
        owner = np.searchsorted(self.labels, self.start) % self.labels.size
        size = self.labels.size
        mass = np.bincount(owner, self.masses, size)
        turned = np.bincount(owner, self.masses * np.cos(self.angles[index]), size) + 1j * np.bincount(
            owner, self.masses * np.sin(self.angles[index]), size
        )
        return mass, np.angle(turned)


def kernel(beta, count):
    """e^{−β} times the coefficients of e^{β cos}, l ≥ 1 doubled."""
    orders = np.arange(count)
    return ive(orders, beta) * np.where(orders == 0, 1.0, 2.0)


def modes(angles, masses, beta):
    """Coefficients of f = e^{−β} ∫ e^{β cos(θ − φ)} dμ(φ) = Re Σ_l c_l e^{ilθ}."""
    count = int(30 + 8 * np.sqrt(beta) + 3 * beta)
    turn, wave = np.exp(-1j * angles), np.ones(angles.size, dtype=complex)
    found = np.empty(count, dtype=complex)
    for order in range(count):
        found[order] = masses @ wave
        wave *= turn
    return kernel(beta, count) * found


def drift(angles, found, beta):
    """X of softmax."""
    turn, value, slope = np.exp(1j * angles), np.zeros(angles.size), np.zeros(angles.size)
    wave = np.ones(angles.size, dtype=complex)
    for order, c in enumerate(found):
        term = c * wave
        value += term.real
        slope -= order * term.imag
        wave *= turn
    return slope / (beta * value)


def tokens(profile, beta, times, standing, tolerance=1e-12):
    """Move the density of a profile under softmax; `standing` is the time whose separatrices count."""
    labels, dense = None, np.linspace(0.0, standing, 40 * int(np.ceil(standing)) + 1)
    for allowed in (1e-7, 1e-9):
        start, masses = _nodes(profile, labels)
        labels = _separating(_march(start, masses, beta, dense, allowed), masses, beta, dense)
    start, masses = _nodes(profile, labels)
    angles = _march(start, masses, beta, np.asarray(times, dtype=float), tolerance)
    return Tokens(np.asarray(times), angles, masses, labels, start, beta)


def _nodes(profile, labels):
    """Labels and masses of tokens."""
    if labels is None:
        edges = np.linspace(0.0, 2 * np.pi, 241)
    else:
        rungs = 0.5 * _RATIO ** np.arange(_RUNGS)
        near = np.concatenate([labels + side * rungs[:, None] for side in (-1, 1)]).ravel()
        ends = np.concatenate([labels - 2 * np.pi, labels, labels + 2 * np.pi])
        nearest = ends[np.argmin(np.abs(near[:, None] - ends), axis=1)]
        own = np.abs(near - nearest) * (1 + 1e-12) >= np.tile(np.repeat(rungs, labels.size), 2)
        even = np.arange(0.0, 2 * np.pi, _WIDEST)
        even = even[np.abs(even[:, None] - ends).min(axis=1) > 0.5 * _WIDEST]
        inside = np.unique(np.mod(np.concatenate([near[own], labels, even]), 2 * np.pi))
        edges = np.concatenate([[inside[-1] - 2 * np.pi], inside])
    start, weights = gauss_panels(edges)
    masses = weights * profile(start)
    order = np.argsort(np.mod(start, 2 * np.pi))
    return np.mod(start, 2 * np.pi)[order], masses[order] / masses.sum()


def _march(start, masses, beta, times, tolerance):
    def rate(_, angles):
        return drift(angles, modes(angles, masses, beta), beta)

    solver, rows, due = DOP853(rate, 0.0, start, times[-1], rtol=tolerance, atol=tolerance), [], list(times)
    while due and due[0] <= 0.0:
        rows.append(start)
        due.pop(0)
    while due:
        solver.step()
        inside = [t for t in due if t <= solver.t]
        if inside:
            between = solver.dense_output()
            rows += [between(t) for t in inside]
            due = due[len(inside) :]
    return np.array(rows)


def _separating(angles, masses, beta, times):
    """Labels of the tokens that sit between basins at the last time, ascending."""
    found = np.array([modes(row, masses, beta) for row in angles])
    scan = np.linspace(0.0, 2 * np.pi, 4001)
    values = drift(scan, found[-1], beta)
    rises = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    last = [brentq(lambda x: drift(np.array([x]), found[-1], beta)[0], scan[i], scan[i + 1], xtol=1e-14) for i in rises]
    spline = make_interp_spline(times, found, k=7)
    way = solve_ivp(
        lambda s, x: -drift(x, spline(times[-1] - s), beta),
        (0, times[-1]),
        last,
        method="DOP853",
        rtol=1e-12,
        atol=1e-13,
    )
    return np.sort(np.mod(way.y[:, -1], 2 * np.pi))


def points(angles, masses, beta, end):
    """Times at which clusters, as points, come within `TOUCHING`, from time 0 on."""
    angles, masses, time, met = np.array(angles, dtype=float), np.array(masses, dtype=float), 0.0, []
    order = np.argsort(np.mod(angles, 2 * np.pi))
    angles, masses = np.mod(angles, 2 * np.pi)[order], masses[order]

    def rate(_, x):
        apart = x[:, None] - x
        weights = masses * np.exp(beta * (np.cos(apart) - 1))
        return -(weights * np.sin(apart)).sum(axis=1) / weights.sum(axis=1)

    def gaps(x):
        return np.diff(np.append(x, x[0] + 2 * np.pi))

    def nearest(distance, last):
        def event(_, x):
            return gaps(x).min() - distance

        event.terminal = last
        event.direction = -1
        return event

    while angles.size > 1 and time < end:
        way = solve_ivp(
            rate,
            (time, end),
            angles,
            "DOP853",
            rtol=1e-13,
            atol=1e-15,
            events=[nearest(TOUCHING, False), nearest(_ONE, True)],
        )
        met += [float(t) for t in way.t_events[0]]
        time, x = way.t[-1], way.y[:, -1]
        if not way.t_events[1].size:
            break
        first = int(np.argmin(gaps(x)))
        x = np.roll(x, -first) + np.where(np.arange(x.size) >= x.size - first, 2 * np.pi, 0.0)
        m = np.roll(masses, -first)
        mean = (m[0] * x[0] + m[1] * x[1]) / (m[0] + m[1])
        angles, masses = np.append(mean, x[2:]), np.append(m[0] + m[1], m[2:])
        order = np.argsort(np.mod(angles, 2 * np.pi))
        angles, masses = np.mod(angles, 2 * np.pi)[order], masses[order]
    return met
