"""Claims about tokens that rotate by themselves, each at a rate of its own, beside attending to all others."""

import math

import numpy as np

from kinetic.case import Label, Poisson
from kinetic.claims.claim import CIRCLE, Claim, Finding, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.claims.exact import follow, positive
from kinetic.theory import kuramoto
from kinetic.theory.linear_stability import growth_rate
from kinetic.types import Array

MOST_POINTS = 100_000
"""Points of all rates together that a claim moves by boosts: some seconds."""

SMALL = 1e-2  # R below which the uniform density grows linearly: what is left out is R² times some
_ROUNDING = 1e-14


def _label(evidence: Evidence) -> Label:
    """Return the table of a run with rotation rates and one identity head, or say that it is another run."""
    other = 'needs label.kind = "frequency"'
    given = known(evidence.case.label, other)
    require(given.kind == "frequency", other)
    require(evidence.beta is not None and evidence.usual, "needs one head with Q = K = V = I and tokens of norm one")
    require(evidence.times.size > 1, "the record has no rows, or the first alone")
    return given


def _law(evidence: Evidence) -> tuple[str, float]:
    """Return the law and its width of a run on the circle, or about axes of any direction."""
    given = _label(evidence)
    if given.axes is not None:
        require(given.center == 0 and given.axes > 1, "needs rates about 0, and label.axes of 2 or more")
    else:
        require(evidence.kind in CIRCLE, "needs the circle, or label.axes")
    require(
        given.law in kuramoto.MEANS and given.scale, "needs a law of Lorentz or Gauss, or a uniform one, of a width"
    )
    return str(given.law), float(given.scale or 0.0)


def _spins(evidence: Evidence) -> tuple[Array, Array]:
    """Return Ω and the share of the tokens of every label in the record."""
    arrays = evidence.record.density_arrays
    rates, weights = (np.asarray(arrays[name], dtype=float) for name in ("label", "label_weight"))
    if "label_rotation" in arrays:  # x ↦ Ω × x
        rotations = np.asarray(arrays["label_rotation"], dtype=float)
        return np.cross(rotations[:, None, :], np.eye(3)).swapaxes(1, 2), weights
    spins = np.zeros((rates.size, evidence.d, evidence.d))
    spins[:, 0, 1], spins[:, 1, 0] = -rates, rates
    return spins, weights


def _by_boosts(evidence: Evidence) -> Array:
    """Return R at the rows of a run at β = 0 without noise, by the Möbius group."""
    density = evidence.by_label(0)[0]
    points, masses = density.quadrature(2 * density.space.degree)
    spins, weights = _spins(evidence)
    require(len(points) * len(spins) <= MOST_POINTS, f"too many points, {len(points)} for each of {len(spins)} rates")
    means = kuramoto.turning_means(points, positive(masses), spins, weights, evidence.times)
    return np.asarray(np.linalg.norm(means, axis=1))


def _boost(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R with the motion of the initial density by one boost and rotation for each rate in the record."""
    _label(evidence)
    require(
        evidence.beta == 0 and evidence.diffusion == 0, "the motion is one of boosts at β = 0 and without noise only"
    )
    exact = _by_boosts(evidence)
    doubt = np.full(exact.size, _ROUNDING)
    return follow(evidence, evidence["order_parameter"], exact, doubt, tolerance, "a higher space.degree would tell")


def _lorentz(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R with the closed equation of the law; that finitely many rates stand for it is the uncertainty."""
    law, width = _law(evidence)
    require(law == "lorentz" and evidence.beta == 0 and evidence.diffusion == 0, "needs a law of Lorentz, β = κ = 0")
    initial = evidence.initial
    radius = known(initial.radius if isinstance(initial, Poisson) else None, "needs a Poisson density")
    require(radius > 0, "needs a Poisson density with a mean")
    predicted = kuramoto.lorentz_order(radius, width, evidence.times)
    arrays = evidence.record.density_arrays
    few = kuramoto.poisson_order(radius, arrays["label"], arrays["label_weight"], evidence.times)
    doubt = np.abs(few - predicted)
    return follow(evidence, evidence["order_parameter"], predicted, doubt, tolerance, "a larger label.count would tell")


def _growth(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the late growth rate of R near the uniform density, where it is steadiest, with the root of the law."""
    law, width = _law(evidence)
    beta = evidence.beta or 0.0
    attention = growth_rate(1, evidence.d, beta, evidence.normalization)
    if _label(evidence).axes is None:
        predicted = kuramoto.growth_among_rates(law, width, 1, attention, evidence.diffusion)
        critical = attention / kuramoto.critical_coupling(law, width) * 2
        require(
            math.isfinite(predicted), f"needs rates narrow enough that order grows: π g(0) σ = {critical:.3g} above 1"
        )
    else:
        require(attention > 0, "needs attention under which order grows")
        predicted = kuramoto.growth_among_axes(law, width, attention, evidence.diffusion)
    slopes = evidence.log_slopes("order_parameter")
    small = evidence["order_parameter"][np.searchsorted(evidence.times, slopes.times)] < SMALL
    reached(np.count_nonzero(small) > 1, f"fewer than two rows with R below {SMALL}")
    rates, last = slopes.values[small], int(np.flatnonzero(small)[-1])
    # what other rates remember of the start dies away: the late slopes differ by what is left of it
    late = rates[rates.size // 2 :]
    doubt = float(slopes.uncertainties[last]) + float(np.max(np.abs(late - rates[-1])))
    remedy = "a smaller initial mean and a longer run would tell, and more label.count"
    window = (float(slopes.times[small][rates.size // 2]), float(slopes.times[small][-1]))
    return Finding(predicted, float(rates[-1]), doubt, window, remedy)


def _rest(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare R at the end with the self-consistent one, up to what it has changed over the last quarter."""
    law, width = _law(evidence)
    require(evidence.beta == 0, "needs β = 0")
    order = evidence["order_parameter"]
    predicted = kuramoto.order_at_rest(law, width, evidence.diffusion)
    require(order[0] > 0 or predicted == 0, "the uniform density stays where it is, however unstable")
    late = order[3 * order.size // 4 :]
    doubt = float(np.max(late) - np.min(late))
    window = (float(evidence.times[3 * order.size // 4]), float(evidence.times[-1]))
    return Finding(predicted, float(order[-1]), doubt, window, "a longer run, and more label.count, would tell")


CLAIMS = (
    Claim("turning_boost", _boost, kuramoto.turning_means, 1e-9, labelled="only"),
    Claim("lorentz_order", _lorentz, kuramoto.lorentz_order, 1e-2, labelled="only", spaces=CIRCLE),
    Claim("frequency_growth", _growth, kuramoto.growth_among_rates, 1e-2, noisy=True, labelled="only"),
    Claim("frequency_order", _rest, kuramoto.order_at_rest, 1e-3, noisy=True, labelled="only", spaces=CIRCLE),
)
