"""Claims about the beginning: growth from the uniform density, and arrangements of clumps that hold or break."""

import math

import numpy as np

from kinetic.case import Mixture
from kinetic.claims.claim import Claim, Finding, reached, require, require_plain
from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.special import log_harmonic_dimensions
from kinetic.theory import clumps, linear_stability, two_dirac
from kinetic.types import Array

EMERGED = (0.03, 0.3)  # root-mean-square of ρ − 1 at which a pattern has emerged and is not yet deformed
RUNNER_UP = 0.98  # ratio of growth rates above which two degrees compete and the winner depends on the data
NARROW_BUMP = 100.0
SMALL_DISPLACEMENT = 0.1  # R of displaced clumps, in units of which the linear law errs quadratically


def _spectra(evidence: Evidence) -> Array:
    """Return S[i, l] = Σ_m ρ_lm², one row a snapshot."""
    densities = [evidence.density(i) for i in range(evidence.snapshot_times.size)]
    require(len(densities) > 1, "needs two snapshots")
    highest = min(density.space.degree for density in densities)
    powers: list[Array] = [d.space.by_degree(d.native, d.native)[: highest + 1] for d in densities]
    return np.asarray(np.stack(powers) * np.exp(log_harmonic_dimensions(highest, evidence.d)))


def _departures(spectra: Array) -> Array:
    """Return the root-mean-square of ρ − 1 at the snapshots."""
    return np.asarray(np.sqrt(spectra[:, 1:].sum(axis=1)))


def _linear_growth(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the rate of each degree between the first and the last snapshot at which ρ − 1 is small.

    Products of two amplitudes and the rounding of the coefficients disturb an amplitude by ε² + 1e-15, ε the size of
    ρ − 1: a degree is judged if that, divided by its own amplitude and the elapsed time, is a small part of the
    tolerance. The degree farthest from its prediction is reported.
    """
    beta = require_plain(evidence)
    spectra = _spectra(evidence)
    departures = _departures(spectra)
    small = np.flatnonzero(departures < 0.1 * tolerance)
    require(small.size > 1, f"ρ − 1 is below {0.1 * tolerance:.1g} at fewer than two snapshots")
    last = int(small[-1])
    elapsed = float(evidence.snapshot_times[last] - evidence.snapshot_times[0])
    rates = linear_stability.growth_rates(range(spectra.shape[1]), evidence.d, beta, evidence.normalization)
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = 0.5 * np.log(spectra[last] / spectra[0]) / elapsed
        amplitudes = np.sqrt(np.minimum(spectra[0], spectra[last]))
        uncertainties = (departures[last] ** 2 + 1e-15) / amplitudes / elapsed
        judged = uncertainties < 0.25 * tolerance * np.abs(rates)
    judged[0] = False
    reached(judged.any(), "no degree stands out of rounding and of the products of the others")
    distances = np.where(judged, np.abs(measured - rates) / np.abs(np.where(rates == 0, 1, rates)), -1)
    worst = int(np.argmax(distances))
    window = (float(evidence.snapshot_times[0]), float(evidence.snapshot_times[last]))
    return Finding(float(rates[worst]), float(measured[worst]), float(uncertainties[worst]), window)


def _most_unstable_degree(evidence: Evidence, _tolerance: float) -> Finding:
    beta = require_plain(evidence)
    spectra = _spectra(evidence)
    departures = _departures(spectra)
    emerged = np.flatnonzero((departures > EMERGED[0]) & (departures < EMERGED[1]))
    require(
        emerged.size > 0 and departures[0] < EMERGED[0],
        f"needs small data and a snapshot with ρ − 1 within {EMERGED}",
    )
    at = int(emerged[0])
    degree = linear_stability.most_unstable_degree(evidence.d, beta, evidence.normalization)
    rates = linear_stability.growth_rates(range(spectra.shape[1]), evidence.d, beta, evidence.normalization)
    rivals = np.delete(rates, degree)
    require(rivals.max() < RUNNER_UP * rates[degree], "two degrees grow almost alike: the winner depends on the data")
    grown = np.log(np.maximum(spectra[0], 1e-300)) / 2 + rates * evidence.snapshot_times[at]
    grown[0] = -np.inf
    reached(int(np.argmax(grown)) == degree, "the data have too little of that degree for it to win in this time")
    measured = 1 + int(np.argmax(spectra[at, 1:]))
    time = float(evidence.snapshot_times[at])
    return Finding(float(degree), float(measured), 0.0, (time, time))


def _clump_growth(evidence: Evidence, _tolerance: float) -> Finding:
    """K equal clumps at equal angles, one of them displaced: R is the amplitude of mode one."""
    beta = require_plain(evidence)
    initial = evidence.initial
    require(isinstance(initial, Mixture) and evidence.kind == "circle", "needs equal bumps on the circle")
    assert isinstance(initial, Mixture)
    count, weights = len(initial.components), [c.weight for c in initial.components]
    concentrations = [c.concentration for c in initial.components]
    alike = max(weights) - min(weights) < 1e-9 and initial.uniform == 0 and min(concentrations) >= NARROW_BUMP
    require(alike and count > 2, f"needs three or more equal bumps of concentration {NARROW_BUMP:g} or more")
    require(evidence.normalization == "none", "derived for unnormalised attention")
    order = evidence["order_parameter"]
    require(0 < order[0] < SMALL_DISPLACEMENT, "needs clumps nearly at equal angles, one a little displaced")
    slopes = evidence.log_slopes("order_parameter")
    small = np.interp(slopes.times, evidence.times, order) < SMALL_DISPLACEMENT
    reached(np.any(small), "too few rows while the displacement is small")
    last = int(np.flatnonzero(small)[-1])
    window = (float(slopes.times[0]), float(slopes.times[last]))
    # finite widths of the clumps, which shrink, disturb the rate at first
    return Finding(
        clumps.growth_rate(1, count, beta), float(slopes.values[last]), float(slopes.uncertainties[last]), window
    )


def _two_dirac_limit(evidence: Evidence, tolerance: float) -> Finding:
    """Measure how the spread of the antipodal clump grows, (∫ ψ² dμ / m)^{1/2} over the far hemisphere.

    The law is linear in the spread: its relative error is of the order of the spread squared, which the window bounds.
    """
    beta = require_plain(evidence)
    initial = evidence.initial
    require(isinstance(initial, Mixture) and evidence.kind == "zonal", "needs two zonal bumps, at e and at −e")
    assert isinstance(initial, Mixture)
    ends = {c.axis for c in initial.components if c.concentration >= NARROW_BUMP}
    require(ends == {1, -1} and initial.uniform == 0, f"needs bumps of concentration {NARROW_BUMP:g} at e and −e")
    far = sum(c.weight for c in initial.components if c.axis == -1)
    mass = min(far, 1 - far)
    spreads = np.array([_far_spread(evidence, i) for i in range(evidence.snapshot_times.size)])
    reached(np.all(np.isfinite(spreads[:2])), "the antipodal clump is not resolved")
    good = np.flatnonzero(np.isfinite(spreads) & (spreads < math.sqrt(tolerance)))
    reached(good.size > 1, f"the clump's spread is below {math.sqrt(tolerance):.2g} at fewer than two snapshots")
    last = int(good[-1])
    elapsed = float(evidence.snapshot_times[last] - evidence.snapshot_times[good[0]])
    measured = math.log(spreads[last] / spreads[good[0]]) / elapsed
    window = (float(evidence.snapshot_times[good[0]]), float(evidence.snapshot_times[last]))
    return Finding(two_dirac.clump_rate(beta, mass, evidence.normalization), measured, 0.0, window)


def _far_spread(evidence: Evidence, index: int) -> float:
    """Return the root-mean-square angle to −e of the mass in the far hemisphere; NaN where it is not resolved."""
    try:
        y, masses = evidence.density(index).axial_quadrature()
    except DomainError:
        return math.nan
    away, share = 2 * np.arctan(np.exp(-y[y > 0])), masses[y > 0]
    return math.sqrt(float(share @ away**2) / float(share.sum())) if share @ away**2 > 0 else math.nan


CLAIMS = (
    Claim("linear_growth", _linear_growth, linear_stability.growth_rates, 1e-3),
    Claim("most_unstable_degree", _most_unstable_degree, linear_stability.most_unstable_degree, 0.5, absolute=True),
    Claim("clump_growth", _clump_growth, clumps.growth_rate, 3e-2),
    Claim("two_dirac_limit", _two_dirac_limit, two_dirac.clump_rate, 5e-2),
)
