"""Densities on the circle without symmetry, by characteristics: any number of heads (β, Q, K, V).

The nodes θ_i of a quadrature with masses p_i move with the drift and ln ρ with its divergence,

    θ̇ = u(θ),   d/dt ln ρ = −u'(θ),   u = <x^⊥, F>,   F = Σ_h V_h A_h/N_h,   A_h = ∫ e^{β<Qx, Ky>} y dμ(y),

x = (cos θ, sin θ), x^⊥ its derivative; u' = −<x, F> + <x^⊥, F'>, all by direct sums over the nodes, with the largest
exponent of each row taken out. An identity head is summed by Fourier moments instead: O(nodes × degrees).

The nodes have to be dense where the flow tears them apart, near the repelling point, which a coarse run finds.
"""

from dataclasses import dataclass

import numpy as np

from oracles.characteristics import STOPS, states
from oracles.series import gauss_panels, kernel_amplitudes


@dataclass(frozen=True, eq=False)
class CircleRun:
    """Rows at ``times``: angles and ln ρ of the nodes (times, nodes), the mean (times, 2), R and 1 − R."""

    times: np.ndarray
    masses: np.ndarray
    angles: np.ndarray
    log_density: np.ndarray
    mean: np.ndarray
    order_parameter: np.ndarray
    order_deficit: np.ndarray


def solve(heads, normalization, log_density, times, tolerance=1e-12, refine=1):
    """Move a density from ``times[0]`` = 0 to the last time.

    Parameters
    ----------
    heads : list of oracles.dense_attention.Head
        2×2 matrices.
    normalization : "none" or "softmax"
    log_density : callable
        ln ρ(θ), smooth and of period 2π.
    times : (n,) array_like
    tolerance : float
    refine : int
        Splits every panel into so many: 2 against 1 measures the quadrature error.
    """
    times = np.asarray(times, dtype=float)
    edges = np.linspace(-np.pi, np.pi, 21)
    for loose in (1e-5, 1e-7):
        coarse = _march(heads, normalization, log_density, edges, np.linspace(0.0, times[-1], STOPS), loose)
        edges = _stretched_edges(coarse, edges, refine)
    return _march(heads, normalization, log_density, edges, times, tolerance)


def motion(angles, masses, heads, normalization):
    """u and −u' at the nodes."""
    parts = [
        _identity_motion(angles, masses, head.beta, normalization)
        if head.query is None and head.key is None and head.value is None
        else _general_motion(angles, masses, head, normalization)
        for head in heads
    ]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def _identity_motion(angles, masses, beta, normalization):
    """By Fourier moments: u = G (or G/Z), G = (1/β) dZ/dθ, Z = k_0 + Σ_l k_l N_l Re(e^{ilθ} conj(∫ e^{ilθ} dμ))."""
    amplitudes, constant = kernel_amplitudes(2, beta)
    degrees = np.arange(len(amplitudes))
    waves = np.exp(1j * degrees[:, None] * angles)
    terms = (amplitudes * np.conj(waves @ masses))[:, None] * waves
    G = np.real(np.sum(1j * degrees[:, None] * terms, axis=0))
    slope = -np.real(np.sum(degrees[:, None] ** 2 * terms, axis=0))
    if normalization == "none":
        return G, -slope
    Z = constant + beta * np.sum(terms.real, axis=0)
    return G / Z, -(slope / Z - beta * (G / Z) ** 2)


def _general_motion(angles, masses, head, normalization):
    """By direct sums over all pairs of nodes."""
    Q, K, V = (np.eye(2) if matrix is None else np.asarray(matrix) for matrix in (head.query, head.key, head.value))
    x = np.column_stack([np.cos(angles), np.sin(angles)])
    normal = np.column_stack([-np.sin(angles), np.cos(angles)])
    keys, values = x @ K.T, x @ V.T
    exponents = head.beta * ((x @ Q.T) @ keys.T)
    top = np.max(exponents, axis=1, keepdims=True)
    weights = np.exp(exponents - top) * masses
    slopes = weights * (head.beta * ((normal @ Q.T) @ keys.T))
    if normalization == "softmax":
        total = np.sum(weights, axis=1, keepdims=True)
        weights, slopes = weights / total, slopes / total
        slopes = slopes - weights * np.sum(slopes, axis=1, keepdims=True)
    else:
        weights, slopes = weights * np.exp(top), slopes * np.exp(top)
    force, change = weights @ values, slopes @ values
    return np.sum(normal * force, axis=1), np.sum(x * force, axis=1) - np.sum(normal * change, axis=1)


def _march(heads, normalization, log_density, edges, times, tolerance):
    start, weights = gauss_panels(edges)
    first = np.concatenate([start, log_density(start)])
    masses = weights * np.exp(first[len(start) :]) / (2.0 * np.pi)
    if not abs(np.sum(masses) - 1.0) < 1e-10:
        raise ValueError(f"the density has mass {np.sum(masses)}, or the panels do not resolve it")
    masses = masses / np.sum(masses)

    def rate(_, state):
        return np.concatenate(motion(state[: len(start)], masses, heads, normalization))

    rows = [_row(state[: len(start)], state[len(start) :], masses) for state in states(rate, first, times, tolerance)]
    return CircleRun(times, masses, *(np.array(column) for column in zip(*rows, strict=True)))


def _row(angles, logs, masses):
    mean = masses @ np.column_stack([np.cos(angles), np.sin(angles)])
    direction = np.arctan2(mean[1], mean[0])
    deficit = masses @ (2.0 * np.sin(0.5 * (angles - direction)) ** 2)
    return angles, logs, mean, np.hypot(*mean), deficit


def _stretched_edges(run, edges, refine):
    """Split panels so that none is ever wider than 2/5, nor stretched much more at one end than at the other.

    The stretch dθ_t/dθ_0 is ρ_0/ρ_t along a path; its logarithm is to vary by about 1 in a panel.
    """
    logs = (run.log_density[0] - run.log_density).reshape(len(run.times), len(edges) - 1, -1)
    widths = np.diff(edges)
    longest = widths * np.exp(np.max(logs, axis=(0, 2)))
    bends = np.max(np.max(logs, axis=2) - np.min(logs, axis=2), axis=0)
    counts = refine * np.ceil(np.maximum.reduce([2.5 * longest, 2.5 * widths, bends])).astype(int)
    pieces = zip(edges[:-1], edges[1:], counts, strict=True)
    parts = [np.linspace(low, high, count + 1)[:-1] for low, high, count in pieces]
    return np.append(np.concatenate(parts), edges[-1])
