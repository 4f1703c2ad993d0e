"""Attention by plain sums over a quadrature of the density: no harmonics, relative accuracy everywhere.

A measure is given as unit vectors y_j with masses p_j > 0. Kernels are exponentials of β<Qx, Ky> less the largest at
each x, so that Z is a sum of positive terms and stays relatively accurate where it spans e^{±β}.
"""

from dataclasses import dataclass

import numpy as np

from oracles.densities import log_cosh
from oracles.series import bessel_ratio

_AT_ONCE = 2**14
"""Pairs of a point and a node whose terms are formed at once: what fits a processor's cache."""


@dataclass(frozen=True, eq=False)
class Head:
    """β and the d×d matrices Q, K, V; None is the identity."""

    beta: float
    query: np.ndarray | None = None
    key: np.ndarray | None = None
    value: np.ndarray | None = None


def circle_nodes(n):
    """n equispaced points of S^1 and their weights for σ: exact for trigonometric polynomials of degree below n."""
    angle = 2.0 * np.pi * (np.arange(n) + 0.5) / n
    return np.column_stack([np.cos(angle), np.sin(angle)]), np.full(n, 1.0 / n)


def sphere_nodes(rings):
    """Gauss–Legendre × uniform points of S^2 and weights for σ: exact for polynomials of degree below 2·rings."""
    z, weights = np.polynomial.legendre.leggauss(rings)
    angle = 2.0 * np.pi * (np.arange(2 * rings) + 0.5) / (2 * rings)
    s = np.sqrt(1.0 - z**2)
    points = np.stack([np.outer(s, np.cos(angle)), np.outer(s, np.sin(angle)), np.outer(z, np.ones_like(angle))], -1)
    return points.reshape(-1, 3), np.repeat(0.5 * weights, len(angle)) / len(angle)


def drift(points, nodes, masses, heads, normalization):
    """P_x Σ_h V_h ∫ y e^{β_h<Q_h x, K_h y>} dμ / N_h(x) at each of the points, shape (points, d).

    For heads with V = 1 the projection is taken term by term, P_x y = (y ∓ x) ± (|y ∓ x|²/2) x, which keeps the
    drift of a cluster accurate in units of the cluster's width.
    """
    return sum(_head_drift(points, nodes, masses, head, normalization) for head in heads)


def log_partition(points, nodes, masses, head):
    """ln ∫ e^{β<Qx, Ky>} dμ(y)."""
    exponents, top = _exponents(points, nodes, head)
    return np.log(np.exp(exponents - top) @ masses) + top[:, 0]


def energy(nodes, masses, heads):
    """Σ_h (1/2β_h) ∬ e^{β_h<Q_h x, K_h y>} dμ dμ, a head with β_h = 0 contributing ½<Q_h m, K_h m>."""
    total = 0.0
    for head in heads:
        if head.beta == 0:
            mean = masses @ nodes
            total += 0.5 * float(_apply(head.query, mean) @ _apply(head.key, mean))
        else:
            total += float(masses @ np.exp(log_partition(nodes, nodes, masses, head))) / (2.0 * head.beta)
    return total


def dissipation(nodes, masses, heads, normalization):
    """∫ |X|² dμ, or ∫ <Σ_h Z_h X_h, X> dμ for softmax."""
    X = drift(nodes, nodes, masses, heads, normalization)
    weighted = X if normalization == "none" else drift(nodes, nodes, masses, heads, "none")
    return float(masses @ np.sum(weighted * X, axis=1))


def moment_rates(nodes, masses, heads, normalization):
    """d/dt of ∫ x dμ and of ∫ x xᵀ dμ: the means of X and of X xᵀ + x Xᵀ."""
    X = drift(nodes, nodes, masses, heads, normalization)
    mixed = (X * masses[:, None]).T @ nodes
    return masses @ X, mixed + mixed.T


def _head_drift(points, nodes, masses, head, normalization):
    exponents, top = _exponents(points, nodes, head)
    weights = np.exp(exponents - top) * masses
    factor = 1.0 / np.sum(weights, axis=1) if normalization == "softmax" else np.exp(top[:, 0])
    if head.value is not None:
        force = weights @ _apply(head.value, nodes)
        return factor[:, None] * (force - np.sum(force * points, axis=1, keepdims=True) * points)
    tangent, few = np.empty_like(points), max(1, _AT_ONCE // len(nodes))
    for some in (slice(i, i + few) for i in range(0, len(points), few)):
        x = points[some, None]
        side = np.where(points[some] @ nodes.T >= 0, 1.0, -1.0)[:, :, None]
        chord = nodes - side * x
        terms = chord + 0.5 * side * np.sum(chord**2, axis=2, keepdims=True) * x
        tangent[some] = (weights[some, None] @ terms)[:, 0]
    return factor[:, None] * tangent


def _exponents(points, nodes, head):
    exponents = head.beta * (_apply(head.query, points) @ _apply(head.key, nodes).T)
    return exponents, np.max(exponents, axis=1, keepdims=True)


def _apply(matrix, points):
    return points if matrix is None else points @ np.asarray(matrix).T


def zonal_motion(y, nodes, masses, d, beta, normalization):
    """ẏ = θ̇/sin θ at the places y = ln tan(θ/2), for an axisymmetric measure on S^{d-1} given by nodes and masses in y.

    The average of e^{β<x,x'>} over the latitude of x' is e^{β t t'} Λ(z), z = β s s', Λ = Λ_{D/2}, D = d − 1 (t, s the
    cosine and sine of the latitudes); that of <ω,ω'> e^{z<ω,ω'>} is Λ'(z) = (z/D) Λ_{D/2+1}(z). Hence, with the
    component c' − c<x,x'> of P_x x' along e divided by −s²,

        ẏ = −∫ e^{β t t'} (t' Λ_{D/2}(z) − t β s'² Λ_{D/2+1}(z)/D) dμ(t'),

    regular at the poles. Z(x) = ∫ e^{β t t'} Λ_{D/2}(z) dμ(t'). Terms are carried relative to the largest.
    """
    kernel, slope, top = _latitude_averages(y, nodes, d, beta)
    weights = np.exp(kernel - top) * masses
    t, t_node, sine = -np.tanh(y)[:, None], -np.tanh(nodes), np.exp(-log_cosh(nodes))
    motion = -np.sum(weights * (t_node - t * beta * sine**2 * slope / (d - 1)), axis=1)
    return motion / np.sum(weights, axis=1) if normalization == "softmax" else motion * np.exp(top[:, 0])


def zonal_log_partition(y, nodes, masses, d, beta):
    """ln Z at the places y."""
    kernel, _, top = _latitude_averages(y, nodes, d, beta)
    return np.log(np.exp(kernel - top) @ masses) + top[:, 0]


def _latitude_averages(y, nodes, d, beta):
    """ln of the kernel's average, Λ_{D/2+1}/Λ_{D/2}, and the largest logarithm in each row."""
    t, t_node = -np.tanh(y)[:, None], -np.tanh(nodes)
    z = beta * np.exp(-log_cosh(y)[:, None] - log_cosh(nodes))
    D = d - 1
    average = bessel_ratio(D / 2, z)
    kernel = beta * t * t_node + np.log(average)
    return kernel, bessel_ratio(D / 2 + 1, z) / average, np.max(kernel, axis=1, keepdims=True)
