"""Claims about the beginning: growth from the uniform density, and arrangements of clumps that hold or break."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinetic.claims.claim import AXIS, CIRCLE, Claim, Finding, reached, require, require_plain, require_scalar
from kinetic.claims.evidence import Evidence
from kinetic.claims.rings import narrow_bumps, two_ends
from kinetic.special import log_harmonic_dimensions
from kinetic.theory import clumps, linear_stability, two_dirac
from kinetic.types import Array

EMERGED = (0.03, 0.3)  # root-mean-square of ρ − 1 at which a pattern has emerged and is not yet deformed
RUNNER_UP = 0.98  # ratio of growth rates above which two degrees compete and the winner depends on the data
TOKENS_DEGREE = 24  # up to which the spectrum of a density given by tokens is looked at
NARROW_BUMP = 100.0
FASTEST_AMONG = 32  # degrees among which the fastest is looked for, where no bound on it is known
RESOLVED_SPREAD = 1e-2  # share of ringing in the second moment of a far clump that counts as resolved
SMALL_DISPLACEMENT = 0.1  # R of displaced clumps; the linear law's error is proportional to it


def _spectra(evidence: Evidence) -> Array:
    """Return S[i, l] = Σ_m ρ_lm², one row a snapshot."""
    densities = [evidence.density(i) for i in range(evidence.snapshot_times.size)]
    require(len(densities) > 1, "needs two snapshots")
    known = all(one.as_series is not None or one.in_frame is None for one in densities)
    require(known, "needs snapshots in the harmonic or the Mercator chart")
    powers = [density.mean_squares(TOKENS_DEGREE) for density in densities]
    highest = min(power.size for power in powers) - 1
    return np.asarray(
        np.stack([power[: highest + 1] for power in powers]) * np.exp(log_harmonic_dimensions(highest, evidence.d))
    )


def _departures(spectra: Array) -> Array:
    """Return the root-mean-square of ρ − 1 at the snapshots."""
    return np.asarray(np.sqrt(spectra[:, 1:].sum(axis=1)))


def _rates(count: int, evidence: Evidence, heads: tuple[tuple[float, float], ...]) -> Array:
    """Return the predicted rates of the degrees 0 … count − 1."""
    how = (evidence.d, heads, evidence.normalization, evidence.diffusion)
    return np.array([linear_stability.growth_rate_heads(degree, *how) for degree in range(count)])


@dataclass(frozen=True)
class _Growth:
    """Rates of all degrees between two snapshots, and which of them are known well enough to be judged."""

    window: tuple[float, float]
    measured: Array
    uncertainties: Array
    judged: Array


def _growth(evidence: Evidence, spectra: Array, ends: tuple[int, int], largest: float, allowed: Array) -> _Growth:
    """Return the rates between two snapshots, ρ − 1 of the size `largest` in between."""
    first, last = ends
    window = (float(evidence.snapshot_times[first]), float(evidence.snapshot_times[last]))
    elapsed = window[1] - window[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = 0.5 * np.log(spectra[last] / spectra[first]) / elapsed
        amplitudes = np.sqrt(np.minimum(spectra[first], spectra[last]))
        uncertainties = (largest**2 + 1e-15) / amplitudes / elapsed
        seen = amplitudes > evidence.case.time.tolerance  # others do not limit the steps
        fastest = float(np.max(np.abs(measured), where=seen, initial=0.0))
        uncertainties += [evidence.step_error(float(size), fastest, elapsed) / elapsed for size in amplitudes]
        judged = uncertainties < allowed
    judged[0] = False
    return _Growth(window, measured, uncertainties, judged)


def _linear_growth(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the rate of each degree between two snapshots while ρ − 1 is small.

    Products of two amplitudes and the rounding of the coefficients disturb an amplitude by ε² + 1e-15, ε the size of
    ρ − 1, and the steps by their tolerance: a degree is judged if that, divided by its own amplitude and the elapsed
    time, is a small part of the tolerance. From the first small snapshot on, to the one that lets most degrees be
    judged, the latest of several; the degree farthest from its prediction is reported.
    """
    heads = require_scalar(evidence)
    return growth_finding(evidence, tolerance, lambda count: _rates(count, evidence, heads))


def growth_finding(
    evidence: Evidence,
    tolerance: float,
    predicted: Callable[[int], Array],
    until: Callable[[int, float, float], Array] | None = None,
) -> Finding:
    """Compare the rates of degrees with those that a function of their number predicts; NaN is no prediction.

    Rates that change with time are told by `until`: their means between two times.
    """
    predicted(1)
    spectra = _spectra(evidence)
    departures = _departures(spectra)
    small = np.flatnonzero(departures < 0.1 * tolerance)
    require(small.size > 1, f"ρ − 1 is below {0.1 * tolerance:.1g} at fewer than two snapshots")
    rates = predicted(spectra.shape[1])
    allowed = np.nan_to_num(0.25 * tolerance * np.abs(rates))
    first = int(small[0])
    found = [
        _growth(evidence, spectra, (first, int(last)), float(departures[first : last + 1].max()), allowed)
        for last in small[1:]
    ]
    best = max(reversed(found), key=lambda growth: int(np.count_nonzero(growth.judged)))
    rates = rates if until is None else until(spectra.shape[1], *best.window)
    reached(
        best.judged.any(), "no degree stands out of rounding, of the steps' errors and of the products of the others"
    )
    distances = np.where(best.judged, np.abs(best.measured - rates) / np.abs(np.where(rates == 0, 1, rates)), -1)
    worst = int(np.argmax(distances))
    return Finding(float(rates[worst]), float(best.measured[worst]), float(best.uncertainties[worst]), best.window)


def _most_unstable_degree(evidence: Evidence, _tolerance: float) -> Finding:
    heads = require_scalar(evidence)
    degree = linear_stability.most_unstable_degree_heads(evidence.d, heads, evidence.normalization, evidence.diffusion)
    require(degree is not None, "no degree of the uniform density grows")
    return winner_finding(evidence, lambda count: _rates(count, evidence, heads), degree)


def winner_finding(evidence: Evidence, predicted: Callable[[int], Array], degree: int | None = None) -> Finding:
    """Compare the largest degree of the first pattern with the fastest of the predicted rates."""
    if degree is None:
        known = np.nan_to_num(predicted(FASTEST_AMONG), nan=-np.inf)
        degree = int(np.argmax(known))
        require(known[degree] > 0, "no degree of the uniform density grows")
    spectra = _spectra(evidence)
    departures = _departures(spectra)
    emerged = np.flatnonzero((departures > EMERGED[0]) & (departures < EMERGED[1]))
    require(departures[0] < EMERGED[0], f"needs initial data with ρ − 1 below {EMERGED[0]}")
    reached(emerged.size > 0, f"there is no snapshot with ρ − 1 within {EMERGED}")
    at = int(emerged[0])
    reached(degree < spectra.shape[1], f"the snapshots do not hold degree {degree}")
    rates = np.nan_to_num(predicted(spectra.shape[1]), nan=-np.inf)
    rivals = np.delete(rates, degree)
    require(rivals.max() < RUNNER_UP * rates[degree], "two degrees grow almost alike: the winner depends on the data")
    grown = np.log(np.maximum(spectra[0], 1e-300)) / 2 + rates * evidence.snapshot_times[at]
    grown[0] = -np.inf
    reached(int(np.argmax(grown)) == degree, "the data have too little of that degree for it to win in this time")
    measured = 1 + int(np.argmax(spectra[at, 1:]))
    time = float(evidence.snapshot_times[at])
    return Finding(float(degree), float(measured), 0.0, (time, time))


def _clump_growth(evidence: Evidence, _tolerance: float) -> Finding:
    """K equal clumps at equal angles, one of them displaced: R is the amplitude of mode one.

    The rate is read where R is smallest. Its error is proportional to R, hence as large as its change on the way to
    twice that R. A variance v of the clumps, 1/k at the start, adds what theory says, and beyond that (1 + |β|)²v of
    it: derivatives of e^{β cos x} bring a factor of at most 1 + |β| each.
    """
    beta = require_plain(evidence)
    bumps = narrow_bumps(evidence.initial, NARROW_BUMP)
    count = len(bumps)
    alike = count > 2 and np.ptp([bump.weight for bump in bumps]) < 1e-9
    require(alike, f"needs three or more equal bumps on the circle of concentration {NARROW_BUMP:g} or more")
    require(evidence.normalization == "none", "derived for unnormalised attention")
    order = evidence["order_parameter"]
    require(0 < order[0] < SMALL_DISPLACEMENT, "needs clumps nearly at equal angles, one a little displaced")
    slopes = evidence.log_slopes("order_parameter")
    size = np.interp(slopes.times, evidence.times, order)
    reached(np.any(size < SMALL_DISPLACEMENT), "too few rows while the displacement is small")
    at = int(np.argmin(size))
    near = size <= 2 * size[at]
    doubling = float(np.abs(slopes.values[near] - slopes.values[at]).max())
    widest = min(bump.concentration for bump in bumps)
    variance = clumps.variance_factor(count, beta, float(slopes.times[near][-1])) / widest
    blurred = clumps.effect_of_variance(1, count, beta) * variance * (1 + (1 + abs(beta)) ** 2 * variance)
    uncertainty = float(slopes.uncertainties[at]) + doubling + blurred
    window = (float(slopes.times[near][0]), float(slopes.times[near][-1]))
    predicted, measured = clumps.growth_rate(1, count, beta), float(slopes.values[at])
    return Finding(predicted, measured, uncertainty, window, "narrower clumps, or a smaller displacement, would tell")


def _two_dirac_limit(evidence: Evidence, tolerance: float) -> Finding:
    """Measure how the spread of the antipodal clump grows, (∫ ψ² dμ / m)^{1/2} over the far hemisphere.

    The law is linear in the spread s: each of the two forces that it balances, of sizes (1−m)e^{−β} and m e^β (over
    their sum for softmax), errs by about (1 + |β|)s², however small their difference; the first of them, which comes
    from the bump at e, by as much of that bump's spread too.
    """
    beta = require_plain(evidence)
    mass, _ = two_ends(evidence, NARROW_BUMP)
    far_side = [_spreads(evidence, i) for i in range(evidence.snapshot_times.size)]
    spreads, rings, near_spreads = np.array(far_side).reshape(-1, 3).T
    # in the order of time, up to the first snapshot that does not resolve the clump or is too wide for the law
    usable = np.isfinite(spreads) & (spreads < math.sqrt(tolerance))
    count = usable.size if usable.all() else int(np.argmin(usable))
    narrow = f"is resolved, and narrower than {math.sqrt(tolerance):.2g}, at fewer than two snapshots"
    reached(count > 1, f"the antipodal clump {narrow}")
    elapsed = float(evidence.snapshot_times[count - 1] - evidence.snapshot_times[0])
    measured = math.log(spreads[count - 1] / spreads[0]) / elapsed
    away, towards = (1 - mass) * math.exp(-beta), mass * math.exp(beta)
    over = away + towards if evidence.normalization == "softmax" else 1.0
    own, other = float(spreads[:count].max()) ** 2, float(near_spreads[:count].max()) ** 2
    linear = 1.5 * (1 + abs(beta)) * ((away + towards) * own + away * other) / over
    uncertainty = linear + float(rings[0] + rings[count - 1]) / elapsed
    window = (float(evidence.snapshot_times[0]), float(evidence.snapshot_times[count - 1]))
    predicted = two_dirac.clump_rate(beta, mass, evidence.normalization)
    return Finding(predicted, measured, uncertainty, window, "narrower bumps would tell")


def _spreads(evidence: Evidence, index: int) -> tuple[float, float, float]:
    """Return the root-mean-square angle to −e of the far hemisphere's mass, its relative error from ringing, that to e.

    A run may resolve R and E and yet not the faint far side: there the series rings around zero, by truncation or by
    the tolerance of the steps. What of the far ∫ ψ² dμ is negative tells by how much; NaN where that is too much.
    """
    found = evidence.latitudes(index)
    if found is None:
        return math.nan, math.nan, math.nan
    y, masses = found
    away, share = 2 * np.arctan(np.exp(-y[y > 0])), masses[y > 0]
    squares = share * away**2
    second, negative = float(squares.sum()), -float(squares[squares < 0].sum())
    if not negative < RESOLVED_SPREAD * second:
        return math.nan, math.nan, math.nan
    near = float(np.average(4 * np.arctan(np.exp(y[y <= 0])) ** 2, weights=masses[y <= 0]))
    return math.sqrt(second / float(share.sum())), negative / second, math.sqrt(max(near, 0.0))


CLAIMS = (
    Claim("linear_growth", _linear_growth, linear_stability.growth_rate_heads, 1e-3, noisy=True),
    Claim(
        "most_unstable_degree",
        _most_unstable_degree,
        linear_stability.most_unstable_degree_heads,
        0.5,
        absolute=True,
        noisy=True,
    ),
    Claim("clump_growth", _clump_growth, clumps.growth_rate, 3e-2, spaces=CIRCLE),
    Claim("two_dirac_limit", _two_dirac_limit, two_dirac.clump_rate, 5e-2, spaces=AXIS),
)
