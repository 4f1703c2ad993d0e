"""Claims that follow a whole trajectory: exact motion at β = 0, rings, pairs of bumps."""

import numpy as np

from kinetic.case import Band, Mixture, Poisson, VonMisesFisher
from kinetic.claims.claim import Claim, Finding, require, require_plain
from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.theory import exact_mobius, merging, ring
from kinetic.types import Array

HIGH_DIMENSION = 64  # from here on a von Mises–Fisher density counts as a ring: its width is of the order d^{-1/2}
NARROW_RING = 0.05
NARROW_BUMP = 100.0  # concentration: a width of a tenth of a radian


def _follow(evidence: Evidence, measured: Array, predicted: Array) -> Finding:
    """Return the row at which the two trajectories are farthest apart."""
    worst = int(np.argmax(np.abs(measured - predicted)))
    window = (0.0, float(evidence.times[-1]))
    return Finding(float(predicted[worst]), float(measured[worst]), 0.0, window)


def _exact_boost(evidence: Evidence, _tolerance: float) -> Finding:
    beta = require_plain(evidence)
    require(beta == 0.0, "the motion is a Möbius boost at β = 0 only")
    require(evidence.snapshot_times.size > 0, "the record holds no snapshot of the initial density")
    return _follow(evidence, evidence["order_parameter"], 1.0 - _exact_deficit(evidence))


def _exact_deficit(evidence: Evidence) -> Array:
    """Return 1 − R at the rows from the closed equation of the family, or from a quadrature of the initial density."""
    initial = evidence.initial
    if isinstance(initial, Poisson):
        radius, _ = exact_mobius.boost_trajectory(evidence.d, initial.radius, evidence.times)
        return np.array([1.0 - exact_mobius.order_parameter(evidence.d, float(w)) for w in radius])
    density = evidence.density(0)
    if evidence.kind == "zonal":
        try:
            y, masses = density.axial_quadrature()
        except DomainError as error:
            require(False, f"the initial density cannot be integrated: {error}")
        return exact_mobius.axisymmetric_trajectory(y, np.clip(masses, 0.0, None), evidence.times)[1]
    grid = density.space.grid(density.space.degree)
    masses = (grid.values(density.native) * grid.weights).reshape(-1)
    require(masses.min() >= 0, "the initial density, cut at its degree, is negative somewhere")
    return exact_mobius.general_trajectory(grid.points.reshape(masses.size, -1), masses, evidence.times)[1]


def _ring_law(evidence: Evidence, _tolerance: float) -> Finding:
    beta = require_plain(evidence)
    initial = evidence.initial
    narrow = isinstance(initial, Band) and initial.width <= NARROW_RING
    high = isinstance(initial, VonMisesFisher) and evidence.d >= HIGH_DIMENSION
    require(evidence.kind == "zonal" and (narrow or high), "needs a narrow zonal ring, or a bump in high dimension")
    start = float(evidence["mean"][0])
    require(0 < abs(start) < 1, "a ring on the equator does not move")
    cosine, _ = ring.latitude_trajectory(start, evidence.times, evidence.d, beta, evidence.normalization)
    return _follow(evidence, evidence["mean"], cosine)


def _pair_merging(evidence: Evidence, _tolerance: float) -> Finding:
    """Two narrow bumps of masses m₁, m₂ with cosine γ have R² = m₁² + m₂² + 2 m₁ m₂ γ."""
    beta = require_plain(evidence)
    initial = evidence.initial
    require(isinstance(initial, Mixture) and len(initial.components) == 2, "needs a mixture of two bumps")
    assert isinstance(initial, Mixture)
    first, second = initial.components
    narrow = min(first.concentration, second.concentration) >= NARROW_BUMP and initial.uniform == 0
    require(narrow and first.mean is not None, f"needs two bumps of concentration {NARROW_BUMP:g} or more")
    start = float(np.dot(first.mean or (), second.mean or ()))
    require(abs(start) < 1 - 1e-6, "the bumps must be neither at one place nor antipodal")
    m1, m2 = first.weight, second.weight
    cosine, _ = merging.cosine_trajectory(start, evidence.times, beta, m1, m2, evidence.normalization)
    return _follow(evidence, evidence["order_parameter"], np.sqrt(m1 * m1 + m2 * m2 + 2 * m1 * m2 * cosine))


CLAIMS = (
    Claim("exact_boost", _exact_boost, exact_mobius.boost_trajectory, 1e-8),
    Claim("ring_law", _ring_law, ring.latitude_trajectory, 1e-2, absolute=True),
    Claim("pair_merging", _pair_merging, merging.cosine_trajectory, 1e-2, absolute=True),
)
