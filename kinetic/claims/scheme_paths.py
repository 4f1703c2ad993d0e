"""Claims that follow a trajectory under a normalization scheme: rings, their invariant, motion without temperature."""

import numpy as np

from kinetic.case import Linear
from kinetic.claims.claim import AXIS, Claim, Finding, in_domain, norms_of, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.claims.exact import follow
from kinetic.claims.rings import effect_of_width, norm_of, ring_variance, with_width
from kinetic.claims.schemes import NormClaim, require_head
from kinetic.theory import pre_norm, scheme_ring
from kinetic.types import Array

CLEAR = 0.2  # share of the norm within which no token may pass the origin where a quadrature has to see it
ROUNDING = 1e-14


def _ring(evidence: Evidence, beta: float) -> tuple[Array, Array, Array]:
    """Return h, 1 − h and r of the ring without width at the rows."""
    norm, start = norm_of(evidence.case.layer_norm), float(evidence["mean"][0])
    with in_domain():
        return scheme_ring.ring_trajectory(norm, start, evidence.times, evidence.d, beta, evidence.normalization)


def _scheme_ring(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the mean with the law of a ring without width; what the width does to it is its uncertainty."""
    beta, _ = require_head(evidence)
    ring_variance(evidence)
    predicted = _ring(evidence, beta)[0]
    blurred = effect_of_width(predicted, *(mean for mean, _ in with_width(evidence, beta)))
    return follow(evidence, evidence["mean"], predicted, blurred, tolerance, "a narrower ring would tell")


def _invariant(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare (1 − γ)r², γ = R², at the row farthest from its initial value with that value.

    It is constant at β = 0 and as d → ∞ for a ring without width. In finite d and with a width it drifts: by how much,
    for the rings that stand for the density, counts as uncertainty.
    """
    beta, norm = require_head(evidence)
    require(norm.scheme in ("pre", "peri"), "(1 − γ)r² is constant under Pre- and Peri-LN")
    ring_variance(evidence)
    two, three = ((1 - mean**2) * norms**2 for mean, norms in with_width(evidence, beta))
    gone, norms = evidence["order_deficit"], evidence["mean_radius"]
    kept = gone * (2 - gone) * norms**2
    worst = int(np.argmax(np.abs(kept - kept[0])))
    drift = float(abs(three[worst] / three[0] - 1) + abs(three[worst] / three[0] - two[worst] / two[0]))
    window = (0.0, float(evidence.times[worst]))
    remedy = "a larger dimension, or a narrower ring, would tell"
    return Finding(float(kept[0]), float(kept[worst]), drift * float(kept[0]), window, remedy)


def _translation(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare R with the exact motion at β = 0 under Pre-LN, y = r₀θ₀ + Y.

    Closed for 1 + ε<x, n>, through the passage of tokens through the origin and beyond. For other data Y is integrated
    over the tokens of the first snapshot; their quadrature does not see the jump of a direction in the origin, so those
    are followed as long as no token comes nearer to it than a fifth of its norm.
    """
    beta, norm = require_head(evidence)
    require(beta == 0.0 and norm.scheme == "pre", "all tokens move by one vector at β = 0 under Pre-LN only")
    order = evidence["order_parameter"]
    require(order[0] > 0, "the uniform density, which has no mean, does not move")
    initial = evidence.initial
    if isinstance(initial, Linear) and initial.slope != 0:
        gone = pre_norm.seeded_translation(abs(initial.slope), evidence.times, evidence.d, norm.radius)[1]
    else:
        gone = _tokens_translated(evidence, norm.radius)
    predicted, measured = 1.0 - gone, order[: gone.size]
    worst = int(np.argmax(np.abs(measured - predicted)))
    window = (0.0, float(evidence.times[gone.size - 1]))
    return Finding(float(predicted[worst]), float(measured[worst]), ROUNDING, window, "start from a larger mean")


def _tokens_translated(evidence: Evidence, radius: float) -> Array:
    """Return 1 − R at the rows up to which no token comes near the origin."""
    require(evidence.snapshot_times.size > 0, "the record holds no snapshot of the initial density")
    tokens = norms_of(evidence, 0)
    points, masses = tokens.directions, tokens.masses
    if evidence.density(0).axisymmetric:  # (along the axis, across it): what is across cancels
        points, masses = np.concatenate([points, points * [1.0, -1.0]]), np.tile(0.5 * masses, 2)
    shifts, _, gone = pre_norm.translation_trajectory(points, masses, evidence.times, radius)
    nearest = np.array([np.linalg.norm(radius * points + shift, axis=1).min() for shift in shifts])
    near = np.minimum.accumulate(nearest) < CLEAR * radius
    count = int(np.argmax(near)) if near.any() else near.size
    reached(count > 1, "a token is near the origin from the start")
    return gone[:count]


CLAIMS = (
    NormClaim("scheme_ring", _scheme_ring, scheme_ring.ring_trajectory, 1e-2, absolute=True, spaces=AXIS),
    Claim("invariant", _invariant, scheme_ring.invariant_drift, 1e-2, spaces=AXIS),
    Claim("translation", _translation, pre_norm.translation_trajectory, 1e-9, absolute=True),
)
