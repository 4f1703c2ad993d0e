"""Claims that follow a whole trajectory: exact motion at β = 0, rings, pairs of bumps."""

import numpy as np

from kinetic.case import Poisson
from kinetic.claims.claim import AXIS, Claim, Finding, known, reached, require, require_plain
from kinetic.claims.evidence import Evidence
from kinetic.claims.rings import NORMAL, bump_tokens, effect_of_width, narrow_bumps, ring_variance, with_width
from kinetic.density import Body
from kinetic.theory import exact_mobius, merging, ring
from kinetic.types import Array

NARROW_BUMP = 100.0  # concentration: a width of a tenth of a radian
TOKENS_DEGREE = 8  # up to which tokens integrate the initial density: good until 1 − R ~ 0.01, and cheap
LOST = 0.1  # of 1 − R, in doubt: a halving leaves a hundredth of such an error
NEGATIVE_MASS = 1e-12  # of a truncated density, as rounding leaves it; the exact motion of more would be another one's
ROUNDING = 1e-15  # of the mean of a density of mass one


def follow(
    evidence: Evidence,
    measured: Array,
    predicted: Array,
    uncertainties: Array,
    allowed: float | Array,
    remedy: str,
) -> Finding:
    """Return the row that decides: the one that is certainly wrong by most, or else that which is least certain."""
    reached(evidence.times.size > 1, "the record holds the row of t = 0 alone")
    distance = np.abs(measured - predicted)
    wrong = distance - uncertainties - allowed
    worst = int(np.argmax(wrong if np.max(wrong) > 0 else distance + uncertainties - allowed))
    window = (0.0, float(evidence.times[-1]))
    return Finding(float(predicted[worst]), float(measured[worst]), float(uncertainties[worst]), window, remedy)


def _exact_boost(evidence: Evidence, tolerance: float) -> Finding:
    beta = require_plain(evidence)
    require(beta == 0.0, "the motion is a Möbius boost at β = 0 only")
    require(evidence.snapshot_times.size > 0, "the record holds no snapshot of the initial density")
    start = float(evidence["order_parameter"][0])
    reached(start * tolerance > 2 * ROUNDING, f"the mean begins at R = {start:.2g}: its rounding would be followed")
    density = evidence.density(0)
    finer = None if density.axisymmetric else density.halved()
    if finer is not None and not isinstance(evidence.initial, Poisson):
        exact, doubt = _by_tokens(density, finer, evidence.times)
        remedy = "lower time.end: the initial tokens do not resolve what the antipode holds so late"
    else:
        exact, doubt, remedy = 1.0 - _exact_deficit(evidence), np.zeros(1), "start from a larger mean"
    growth = np.maximum(1.0, np.abs(exact) / start)  # rounding and errors of steps grow as the mean does
    allowed, unknown = tolerance * np.abs(exact), ROUNDING * growth + doubt
    beyond_steps(evidence, evidence["order_parameter"], exact, unknown + allowed)
    return follow(evidence, evidence["order_parameter"], exact, unknown, allowed, remedy)


def beyond_steps(evidence: Evidence, measured: Array, predicted: Array, bound: Array) -> None:
    """Say that a mean is off by what the steps' tolerance allows, and not certainly by more.

    The stepper bounds the error of a step by its tolerance, absolutely, and errors grow as the mean does: where a mean
    is small, a difference beyond a relative bound may be theirs, and blames no equation.
    """
    tolerance, distance = evidence.case.time.tolerance, np.abs(measured - predicted)
    steps = tolerance * np.maximum(1.0, np.abs(predicted) / max(abs(float(predicted[0])), ROUNDING))
    reached(
        not (np.any(distance > bound) and np.all(distance <= bound + steps)),
        f"the mean, {predicted[0]:.2g} at first, is off by at most {np.max(distance):.2g}, which the steps' tolerance "
        f"allows: lower time.tolerance from {tolerance:g}",
    )


def _by_tokens(density: Body, finer: Body, times: Array) -> tuple[Array, Array]:
    """Return R by the motion of the initial tokens, and how far it may be off.

    Late 1 − R is the share of initial positions within e^{−η} of the repelling point. While cells resolve it, halving
    them squares their error, and twice what that changes bounds it. From where it changes 1 − R by a share `LOST` on,
    tokens may say anything below what they last knew: at β = 0 R never falls.
    """
    tokens, halves = (seen.quadrature(TOKENS_DEGREE) for seen in (density, finer))
    motion = exact_mobius.general_motion(*tokens, times)
    coarse, fine = (exact_mobius.moved_by(motion, *seen)[1] for seen in (tokens, halves))
    doubt = 2.0 * np.abs(fine - coarse)
    lost = np.flatnonzero(doubt > LOST * coarse)
    if lost.size:
        first = int(lost[0])
        known_last = float(coarse[first - 1] + doubt[first - 1]) if first else 1.0
        doubt[first:] = np.maximum(doubt[first:], known_last)
    return np.asarray(1.0 - coarse), np.asarray(doubt)


def _exact_deficit(evidence: Evidence) -> Array:
    """Return 1 − R at the rows from the closed equation of the family, or from a quadrature of the initial density."""
    initial = evidence.initial
    if isinstance(initial, Poisson):
        radius, _ = exact_mobius.boost_trajectory(evidence.d, initial.radius, evidence.times)
        return np.array([1.0 - exact_mobius.order_parameter(evidence.d, float(w)) for w in radius])
    body = evidence.density(0)
    if body.axisymmetric:
        untold = "the initial density has no mean, or its chart or dimension no axial quadrature"
        y, masses = known(evidence.latitudes(0), untold)
        return exact_mobius.axisymmetric_trajectory(y, positive(masses), evidence.times)[1]
    density = known(body.as_series, "needs a Poisson density, or snapshots in the harmonic or the Mercator chart")
    points, masses = density.quadrature(density.space.degree)
    return exact_mobius.general_trajectory(points, positive(masses), evidence.times)[1]


def positive(masses: Array) -> Array:
    """Return masses without the negative traces of rounding."""
    negative = -float(masses[masses < 0].sum())
    require(negative < NEGATIVE_MASS, "the initial density, cut at its degree, is negative somewhere")
    return np.clip(masses, 0.0, None)


def _ring_law(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the mean with the law of a ring without width; what the width does to it is its uncertainty."""
    beta = require_plain(evidence)
    ring_variance(evidence)
    start = float(evidence["mean"][0])
    cosine, _ = ring.latitude_trajectory(start, evidence.times, evidence.d, beta, evidence.normalization)
    blurred = effect_of_width(cosine, *(mean for mean, _ in with_width(evidence, beta)))
    return follow(evidence, evidence["mean"], cosine, blurred, tolerance, "a narrower ring would tell")


def two_bumps(evidence: Evidence, tolerance: float) -> Finding:
    """Two narrow bumps of masses m₁, m₂ with cosine γ have R² = m₁² + m₂² + 2 m₁ m₂ γ.

    What their width does to the law is its uncertainty.
    """
    beta = require_plain(evidence)
    pair = narrow_bumps(evidence.initial, NARROW_BUMP)
    require(len(pair) == 2, f"needs a mixture of two bumps of concentration {NARROW_BUMP:g} or more")
    first, second = pair
    start = float(np.dot(first.mean or (), second.mean or ()))
    require(abs(start) < 1 - 1e-6, "the bumps must be neither at one place nor antipodal")
    m1, m2 = first.weight, second.weight
    cosine, _ = merging.cosine_trajectory(start, evidence.times, beta, m1, m2, evidence.normalization)
    length = np.sqrt(m1 * m1 + m2 * m2 + 2 * m1 * m2 * cosine)
    seen = [bump_tokens(pair, rule) for rule in NORMAL]
    wide = (merging.token_means(*tokens, evidence.times, beta, evidence.normalization) for tokens in seen)
    blurred = effect_of_width(length, *wide)
    remedy = "narrower bumps would tell"
    return follow(evidence, evidence["order_parameter"], length, blurred, tolerance, remedy)


CLAIMS = (
    Claim("exact_boost", _exact_boost, exact_mobius.boost_trajectory, 1e-8),
    Claim("ring_law", _ring_law, ring.latitude_trajectory, 1e-2, absolute=True, spaces=AXIS),
)
