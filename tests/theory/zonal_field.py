"""The axisymmetric drift by plain sums over points and azimuth: the slow obvious twin of every closed form here."""

import numpy as np
from scipy.special import roots_gegenbauer

from kinetic.types import Array


def azimuth_rule(d: int, count: int = 6) -> tuple[Array, Array]:
    """Return u ≥ 0 and probabilities of |u|, u = <a, b> for b uniform on S^{d−2} and a fixed; u = ±1 for d = 2."""
    if d == 2:
        return np.ones(1), np.ones(1)
    if d == 3:
        return np.cos(np.pi * (np.arange(count) + 0.5) / (2 * count)), np.full(count, 1.0 / count)
    nodes, weights = roots_gegenbauer(2 * count, (d - 3) / 2)
    return nodes[count:], weights[count:] / np.sum(weights[count:])


def latitude_speed(y: Array, sources: Array, masses: Array, d: int, beta: float, normalization: str) -> Array:
    """Return y′ = θ′/sin θ at latitudes y = ln tan(θ/2) for rings of given masses at the source latitudes.

    θ′ = Σ_j m_j E_u[e^{β(cc′ + ss′u)} (cs′u − sc′)]; the u-part, divided by s, is summed in u and −u together.
    """
    u, probability = azimuth_rule(d)
    c, s = -np.tanh(y)[:, None], (1.0 / np.cosh(y))[:, None]
    cs, ss = -np.tanh(sources)[None, :], (1.0 / np.cosh(sources))[None, :]
    speed, partition = np.zeros(np.broadcast_shapes(c.shape, cs.shape)), 0.0
    level = np.exp(beta * c * cs)
    for node, weight in zip(u, probability, strict=True):
        z = beta * s * ss * node
        up = np.exp(z)
        cosh, sinh = 0.5 * (up + 1.0 / up), 0.5 * (up - 1.0 / up)
        ratio = np.where(np.abs(z) < 1e-3, 1.0 + z * z / 6.0, sinh / np.where(z == 0.0, 1.0, z))
        speed = speed + weight * level * (c * ss * ss * beta * node**2 * ratio - cs * cosh)
        partition = partition + weight * level * cosh
    total = speed @ masses
    return total if normalization == "none" else total / (partition @ masses)
