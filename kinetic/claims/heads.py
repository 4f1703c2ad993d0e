"""Claims about heads with matrices: what they do to the uniform density, to two clumps, and beside a Dirac mass."""

import math

import numpy as np

from kinetic.case import Component, Uniform
from kinetic.claims.circle import Cluster, clusters
from kinetic.claims.claim import (
    BENT,
    CIRCLE,
    Claim,
    Finding,
    in_domain,
    reached,
    require,
    require_scalar,
    require_usual,
    series_of,
)
from kinetic.claims.evidence import Evidence
from kinetic.claims.rings import narrow_bumps
from kinetic.density import Density
from kinetic.kernels import ExponentialKernel
from kinetic.theory import dirac_limit, multi_head, spectral_selection, uniform_drift
from kinetic.types import Array

ORDERS = (2, 4)  # of the moments by which the initial drift is judged; those of odd order do not move
NARROW_BUMP = 500.0  # concentration
SMALL_OFFSET = 0.1  # of a clump from its pole, and its spread, where the linear law is used
ON_THE_WAY = 257  # times between which the rate of a clump's width is taken as linear
EXTRAPOLATED = 4  # degree of the polynomial in t through the first snapshots

ScalarHeads = tuple[tuple[float, float], ...]


def _uniform_drift(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the rates at which second and fourth moments begin to change, all components, with the closed form.

    The rate at t = 0 is that of the polynomial through the first snapshots; its distance from that of the polynomial
    of one degree less is its uncertainty. The component that is farthest off is reported, added to the largest rate.
    """
    require_usual(evidence)
    require(isinstance(evidence.initial, Uniform), "needs the uniform density at t = 0")
    require(evidence.snapshot_times.size > EXTRAPOLATED, f"needs {EXTRAPOLATED + 1} snapshots")
    times = evidence.snapshot_times[: EXTRAPOLATED + 1]
    densities = [series_of(evidence, i) for i in range(times.size)]
    rows: list[tuple[float, float]] = []
    largest = 0.0
    for order in ORDERS:
        predicted = uniform_drift.uniform_moment_rate(order, evidence.heads, evidence.d, evidence.normalization)
        moments = np.array([density.moment(order) for density in densities])
        fine, coarse = _initial_slope(times, moments), _initial_slope(times[:-1], moments[:-1])
        largest = max(largest, float(np.abs(predicted).max()))
        rows.append((float(np.abs(fine - predicted).max()), float(np.abs(fine - coarse).max())))
    require(largest > 1e-12, "these heads leave the uniform density at rest")
    distance, uncertainty = max(rows)
    rounding = 1e-15 * times.size**2 / float(times[1] - times[0])
    window = (float(times[0]), float(times[-1]))
    return Finding(
        largest, largest + distance, uncertainty + rounding, window, "a smaller output.save_every would tell"
    )


def _initial_slope(times: Array, values: Array) -> Array:
    """Return the derivative at the first time of the polynomial through all."""
    offsets = (times - times[0]) / (times[-1] - times[0])
    coefficients = np.linalg.solve(np.vander(offsets, increasing=True), values.reshape(times.size, -1))
    return np.asarray(coefficients[1].reshape(values.shape[1:]) / (times[-1] - times[0]))


# ---- two equal clumps under several scalar heads ----


def _pair(evidence: Evidence) -> tuple[ScalarHeads, float, float]:
    """Return the scalar heads, the cosine of two equal narrow clumps and their concentration, without softmax."""
    heads = require_scalar(evidence)
    require(evidence.normalization == "none", "derived for unnormalised attention")
    pair = narrow_bumps(evidence.initial, NARROW_BUMP)
    alike = len(pair) == 2 and abs(pair[0].weight - pair[1].weight) < 1e-9
    require(alike, f"needs two equal bumps of concentration {NARROW_BUMP:g} or more")
    cosine = float(np.dot(pair[0].mean or (), pair[1].mean or ()))
    require(abs(cosine) < 1 - 1e-6, "the bumps must be neither at one place nor antipodal")
    return heads, cosine, min(bump.concentration for bump in pair)


def _cosines(evidence: Evidence, start: float) -> Array:
    """Return the cosine of two equal clumps from R² = s²(1 + γ)/2, the shrinkage s by their width taken from t = 0."""
    squares = evidence["order_parameter"] ** 2
    return np.asarray((1.0 + start) * squares / squares[0] - 1.0)


def _initial_rate(evidence: Evidence, start: float, heads: ScalarHeads, concentration: float) -> tuple[float, float]:
    """Return γ′ as measured at the first row with a slope, referred to t = 0, and its uncertainty.

    Between the rows γ′ changes as the law says. A bump of concentration k changes the kernel and the shrinkage by
    terms of relative size (1 + |b|)²/k, each head by its own.
    """
    slopes = evidence.slopes(_cosines(evidence, start))
    reached(slopes.values.size > 0, "needs five rows")
    first = multi_head.two_atom_cosines(start, [0.0, float(slopes.times[0])], heads)[-1]
    now, then = multi_head.two_atom_rate(float(first), heads), multi_head.two_atom_rate(start, heads)
    blurred = sum(abs(v) * math.exp(abs(b * start)) * (1.0 + abs(b)) ** 2 for b, v in heads) / concentration
    return float(slopes.values[0]) + then - now, float(slopes.uncertainties[0]) + blurred * (1.0 - start * start)


def _opposite_heads(evidence: Evidence, _tolerance: float) -> Finding:
    """Read the threshold γ* off the rate at which two clumps begin to approach or to repel.

    The law's rate g(γ)/(1 − γ²) vanishes at γ*. The secant from the initial γ to γ* turns a rate into a threshold; a
    rate of the wrong sign puts it on the wrong side of γ.
    """
    heads, start, concentration = _pair(evidence)
    require(len(heads) == 2, "needs two heads, one attracting and one repelling")
    (repel, attract) = sorted(heads, key=lambda head: head[1])
    beta = attract[0] / attract[1] if attract[1] > 0 else math.nan
    opposite = attract[1] > 0 > repel[1] and beta > 0 and abs(repel[0] - beta * repel[1]) < 1e-12 * abs(repel[0])
    require(opposite, "needs heads with KᵀQ = V = aI and −bI, at one beta > 0")
    threshold = multi_head.opposite_heads_threshold(attract[1], -repel[1], beta)
    require(abs(threshold) < 1 and abs(start - threshold) > 1e-6, "there is no threshold, or the clumps start on it")
    measured, uncertainty = _initial_rate(evidence, start, heads, concentration)
    secant = multi_head.two_atom_rate(start, heads) / (start - threshold)
    window = (0.0, float(evidence.times[4]))
    return Finding(threshold, start - measured / secant, abs(uncertainty / secant), window, "narrower bumps would tell")


def _head_speedup(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the rate of two clumps under unequal heads with the bound for equal ones of the same mean."""
    heads, start, concentration = _pair(evidence)
    strengths = [v for _, v in heads]
    ratios = [b / v if v else math.nan for b, v in heads]
    require(np.ptp(ratios) <= 1e-12 * abs(ratios[0]), "needs heads with KᵀQ = V = m_h I, at one beta")
    require(len(heads) > 1 and np.ptp(strengths) > 0, "needs two heads or more of different strengths")
    with in_domain():
        bound = multi_head.equal_heads_bound(start, strengths, ratios[0])
    measured, uncertainty = _initial_rate(evidence, start, heads, concentration)
    return Finding(bound, measured, uncertainty, (0.0, float(evidence.times[4])), "narrower bumps would tell")


def _head_energies(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the change of each head's energy from the first to the last snapshot with that of two Dirac masses.

    The head that is farthest off is reported; if none is, that whose energy rises least, or falls. Clumps whose
    variance s², 1/k at the start, changes gain at most v e^b s²/4 of their own, and their kernels are blurred by
    (1 + |b|)²s², relatively, s² the largest on the way: heads that repel widen clumps.
    """
    heads, start, concentration = _pair(evidence)
    require(len(heads) > 1 and all(b != 0 and v != 0 for b, v in heads), "needs two heads or more that act")
    first, last = series_of(evidence, 0), series_of(evidence, evidence.snapshot_times.size - 1)
    times = np.linspace(0.0, float(evidence.snapshot_times[-1]), ON_THE_WAY)
    cosines = multi_head.two_atom_cosines(start, times, heads)
    predicted = np.diff(multi_head.two_atom_energies(cosines[[0, -1]], heads), axis=0)[0]
    measured = np.array([_head_energy(head, last) - _head_energy(head, first) for head in heads])
    misses = np.abs(measured / predicted - 1)
    chosen = int(np.argmax(misses) if misses.max() > tolerance else np.argmin(predicted))
    (b, v), change, found = heads[chosen], float(predicted[chosen]), float(measured[chosen])
    variance = multi_head.largest_variance_factor(cosines, times, heads) / concentration
    uncertainty = (abs(v) * math.exp(b) + abs(change) * (1 + abs(b)) ** 2) * variance
    window = (0.0, float(evidence.snapshot_times[-1]))
    return Finding(change, found, uncertainty, window, "narrower bumps would tell")


def _head_energy(head: tuple[float, float], density: Density) -> float:
    """Return (v/2b) ∬ e^{b<x,y>} dμ dμ."""
    kernel = ExponentialKernel(head[0], density.space.dimension)
    return head[1] * kernel.energy(density.powers)


# ---- clumps at the poles of an eigenvector, on the circle ----


def _linear_stretch(evidence: Evidence, direction: Array, count: int) -> tuple[Array, list[list[Cluster]]]:
    """Return times and the clusters at e (and −e), at the snapshots where offsets and spreads are small."""
    pairs = [list(clusters(series_of(evidence, i), direction)[:count]) for i in range(evidence.snapshot_times.size)]
    small = np.array([all(max(abs(c.mean), c.spread) < SMALL_OFFSET for c in pair) for pair in pairs], dtype=bool)
    number = small.size if small.all() else int(np.argmin(small))
    reached(number > 1, f"the clumps are within {SMALL_OFFSET} of their poles at fewer than two snapshots")
    return evidence.snapshot_times[:number], pairs[:number]


def _farthest_rate(times: Array, series: list[tuple[float, Array]], size: float, stiffness: float) -> Finding:
    """Return the quantity whose growth rate is farthest from its prediction, of several (rate, values).

    The law is linear in offsets and spreads: a square of them, times the rates that balance and 1 + |b|, is left out.
    """
    elapsed = float(times[-1] - times[0])
    found = []
    for predicted, values in series:
        if abs(predicted) > 0 and values[0] * values[-1] > 0 and min(abs(values[0]), abs(values[-1])) > size**2:
            share = size / float(min(abs(values[0]), abs(values[-1])))
            found.append((predicted, math.log(values[-1] / values[0]) / elapsed, size**2 * stiffness * max(1.0, share)))
    reached(found, "no offset or spread stands out of the law's own error")
    predicted, measured, uncertainty = max(found, key=lambda row: abs(row[1] / row[0] - 1.0))
    window = (float(times[0]), float(times[-1]))
    return Finding(predicted, measured, uncertainty, window, "narrower bumps, nearer to the poles, would tell")


def _sign_split(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare how offsets and spreads of two clumps at ±e evolve with the eigenvalues at the sign-split state.

    The offsets are resolved into the two modes of the linear law by its left eigenvectors.
    """
    require_usual(evidence)
    require(len(evidence.heads) == 1, "needs one head")
    require(evidence.normalization == "softmax", "derived for softmax attention")
    (beta, query, key, value) = evidence.heads[0]
    aligned = np.allclose(key.T @ query, value, rtol=0, atol=1e-13) and np.array_equal(value, value.T)
    require(aligned, "needs KᵀQ = V, symmetric")
    pair = narrow_bumps(evidence.initial, NARROW_BUMP)
    require(len(pair) == 2, f"needs two bumps of concentration {NARROW_BUMP:g} or more, at e and −e")
    eigenvalues, vectors = np.linalg.eigh(value)
    which, near = _nearest(vectors, pair[0])
    require(near and _nearest(vectors, pair[1])[0] == which, "needs bumps near e and −e, e an eigenvector")
    direction = vectors[:, which] * np.sign(vectors[:, which] @ np.array(pair[0].mean))
    times, found = _linear_stretch(evidence, direction, 2)
    own, other = float(eigenvalues[which]), float(eigenvalues[1 - which])
    ratio = found[0][0].mass / found[0][1].mass
    rates, left = np.linalg.eig(spectral_selection.split_mean_matrix(own, other, beta, ratio).T)
    offsets = np.array([[cluster.mean for cluster in both] for both in found])
    spreads = np.array([[cluster.spread for cluster in both] for both in found])
    series = [(float(rate.real), offsets @ mode.real) for rate, mode in zip(rates, left.T, strict=True)]
    series += list(zip(spectral_selection.split_spread_rates(own, beta, ratio), spreads.T, strict=True))
    size = float(max(np.abs(offsets).max(), spreads.max()))
    return _farthest_rate(times, series, size, (abs(own) + abs(other)) * (1 + abs(beta * own)))


def _consensus_rate(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare how the mean and the spread of one clump evolve with the linear rates at δ_e."""
    require_usual(evidence)
    require(evidence.beta is None, "needs heads with matrices")
    bumps = narrow_bumps(evidence.initial, NARROW_BUMP)
    require(len(bumps) == 1, f"needs one bump of concentration {NARROW_BUMP:g} or more")
    total = np.sum([value for _, _, _, value in evidence.heads], axis=0)
    eigenvalues, vectors = np.linalg.eig(total)
    require(np.all(np.isreal(eigenvalues)), "the values have no real eigenvectors")
    which, near = _nearest(vectors.real, bumps[0])
    require(near, "needs a bump near an eigenvector of the sum of the values")
    direction = vectors.real[:, which] * np.sign(vectors.real[:, which] @ np.array(bumps[0].mean))
    with in_domain():
        rates = dirac_limit.dirac_rates(direction, evidence.heads, evidence.normalization)
    times, found = _linear_stretch(evidence, direction, 1)
    offsets = np.array([only.mean for (only,) in found])
    spreads = np.array([only.spread for (only,) in found])
    size = float(max(np.abs(offsets).max(), spreads.max()))
    series = [(float(rates.mean[0].real), offsets), (float(rates.spread[0].real), spreads)]
    return _farthest_rate(times, series, size, evidence.strength * (1 + evidence.reach))


def _nearest(vectors: Array, bump: Component) -> tuple[int, bool]:
    """Return which column is nearest to the line of a bump, and whether it is within the reach of a linear law."""
    cosines = np.abs(np.array(bump.mean) @ vectors)
    which = int(np.argmax(cosines))
    return which, bool(cosines[which] > math.cos(SMALL_OFFSET))


CLAIMS = (
    Claim("uniform_drift", _uniform_drift, uniform_drift.uniform_moment_rate, 1e-6, noisy=True, spaces=BENT),
    Claim("head_energies", _head_energies, multi_head.head_energy_rate, 2e-2, spaces=CIRCLE),
    Claim("opposite_heads", _opposite_heads, multi_head.opposite_heads_threshold, 1e-2, absolute=True, spaces=CIRCLE),
    Claim("head_speedup", _head_speedup, multi_head.equal_heads_bound, 1e-2, relation=">=", spaces=CIRCLE),
    Claim("sign_split", _sign_split, spectral_selection.split_mean_matrix, 2e-2, spaces=CIRCLE),
    Claim("consensus_rate", _consensus_rate, dirac_limit.dirac_rates, 2e-2, spaces=CIRCLE),
)
