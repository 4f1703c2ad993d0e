"""Claims about several clusters: how they narrow, wait, pair and meet, what energy that brings, what comes after."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinetic.claims.claim import BENT, CIRCLE, Claim, Finding, reached, require, require_plain
from kinetic.claims.collapse import rate_in_window
from kinetic.claims.evidence import Evidence
from kinetic.claims.exact import NARROW_BUMP, two_bumps
from kinetic.claims.plateaus import FEWEST, Plateau, plateaus, waiting
from kinetic.claims.rings import narrow_bumps
from kinetic.geometry import chord_angle
from kinetic.theory import merging, metastable
from kinetic.types import Array

POINTS = 1e-8  # mass outside and mean squares of spreads, up to which clusters are points
SEEN = 1e-2  # of the mean square of angles, what ρ at a separatrix is at least where that sets the rate
_EARLY = 0.6  # of a wait: after that the two that will merge are on their way
EQUAL = 1e-6  # relative difference of masses and angles that a symmetry keeps


def atoms_of_clusters(evidence: Evidence) -> Finding:
    """Follow Dirac masses in the place of clusters, from when these are points, or narrowest in half of their wait.

    What it means that clusters are no points, and that they are told at one row: the difference to what atoms at
    another row of the same plateau do. What it means that places are known to the run's tolerance: the difference to
    what atoms as far beside them do, from when that is seen on; of clusters in balance nothing else is known.
    """
    beta = require_plain(evidence)
    first = waiting(evidence)[0]
    narrowest, last = first.readings
    half = last + 1
    points = np.flatnonzero(first.blur[:half] < POINTS)
    start = int(points[0]) if points.size else narrowest
    later = min(start + max(1, half // 2), first.times.size - 2)
    exact, other = (_orders(evidence, first, row, beta) for row in (start, later))
    beside = _orders(evidence, first, start, beta, evidence.case.time.tolerance)
    since = first.rows[later]
    measured = evidence["order_parameter"][since:]
    unknown = np.maximum.accumulate(np.abs(exact - beside))[since - first.rows[start] :]
    exact = exact[since - first.rows[start] :]
    doubt = np.maximum(np.abs(exact - other) + 2.0 * (1.0 + abs(beta)) * first.blur[later], unknown)
    worst = int(np.argmax(np.abs(measured - exact) - doubt))
    window = (float(first.times[start]), float(evidence.times[-1]))
    remedy = "smaller output.observe_every, or a lower time.tolerance, would tell"
    if unknown[worst] == doubt[worst]:
        remedy = "a lower time.tolerance would tell, unless they are in balance"
    note = f"{first.count} clusters as Dirac masses from t = {window[0]:.4g} on"
    return Finding(float(exact[worst]), float(measured[worst]), float(doubt[worst]), window, remedy, note)


def _orders(evidence: Evidence, plateau: Plateau, row: int, beta: float, aside: float = 0.0) -> Array:
    """Return R at all rows from one of a plateau on, of Dirac masses in the place of its clusters, or as far aside."""
    times = evidence.times[plateau.rows[row] :] - plateau.times[row]
    places = plateau.places[row]
    if aside:
        places = places + aside * np.random.default_rng(1).standard_normal(places.shape)
        places /= np.linalg.norm(places, axis=1)[:, None]
    return merging.token_means(places, plateau.masses[row], times, beta, evidence.normalization)


def _staircase(evidence: Evidence, tolerance: float) -> Finding:
    """Compare what E gains from one plateau to the next, each read where least is neglected, with m_a m_b e^β/β.

    Neglected are Σ_{i<j} m_i m_j e^{β cos}/β between clusters, spreads and the mass outside; they are the uncertainty.
    So with the length of the path between the two, which atoms in the place of clusters tell; the worst one counts.
    """
    beta = require_plain(evidence)
    require(beta > 0, "levels are told apart where β > 0")
    parts = [part for part in plateaus(evidence) if part.times.size > 1]
    steps = [(a, b) for a, b in pairwise(parts) if b.count < a.count]
    require(steps, "needs clusters that merge")
    found = [_step(evidence, before, after, beta) for before, after in steps]
    if np.all(np.isfinite(evidence.record.observables.get("arc_length", np.full(1, math.nan)))):
        found += [_step_length(evidence, before, after, beta) for before, after in steps]
    clear = [step for step in found if step.uncertainty < 0.5 * tolerance * step.predicted]
    reached(clear, "clusters are not far enough apart at this β for levels to stand out")
    return max(clear, key=lambda step: abs(step.measured / step.predicted - 1.0) + step.uncertainty / step.predicted)


def _step(evidence: Evidence, before: Plateau, after: Plateau, beta: float) -> Finding:
    """Return gain and prediction for one merger, or for several between two plateaus."""
    levels, energies, doubts, times = [], [], [], []
    for part in (before, after):
        neglected = np.array([_neglected(part, row, beta) for row in range(part.times.size)])
        row = int(np.argmin(neglected))
        masses = part.masses[row] / part.masses[row].sum()
        levels.append(merging.energy_plateau(masses, beta))
        energies.append(float(evidence["energy"][part.rows[row]]))
        doubts.append(float(neglected[row]))
        times.append(float(part.times[row]))
    return Finding(levels[1] - levels[0], energies[1] - energies[0], sum(doubts), (times[0], times[1]))


def _step_length(evidence: Evidence, before: Plateau, after: Plateau, beta: float) -> Finding:
    """Return the length of the path in W₂ from one plateau to the next, and that of atoms that begin in the first.

    What clusters still narrow adds at most their mean spread.
    """
    rows = before.readings
    end = int(after.rows[0])
    predicted = [
        float(
            merging.token_lengths(
                before.places[row],
                before.masses[row],
                [0.0, float(evidence.times[end] - before.times[row])],
                beta,
                evidence.normalization,
            )[-1]
        )
        for row in rows
    ]
    lengths = evidence["arc_length"]
    measured = [float(lengths[end] - lengths[before.rows[row]]) for row in rows]
    doubt = abs((measured[0] - predicted[0]) - (measured[1] - predicted[1])) + math.sqrt(float(before.blur[rows[0]]))
    window = (float(before.times[rows[0]]), float(evidence.times[end]))
    return Finding(predicted[0], measured[0], doubt, window, note="length of the path in W₂ from one level to the next")


def _neglected(part: Plateau, row: int, beta: float) -> float:
    """Return the energy between clusters, and what their spreads and the mass outside may add or take."""
    masses, places = part.masses[row], part.places[row]
    cosines = np.clip(places @ places.T, -1.0, 1.0)
    np.fill_diagonal(cosines, -math.inf)
    with np.errstate(under="ignore"):
        between = 0.5 * float(masses @ np.exp(beta * (cosines - 1.0)) @ masses)
    return math.exp(beta) / beta * (between + (1.0 + beta) * float(part.blur[row]))


def _spread(evidence: Evidence, tolerance: float) -> Finding:
    """Measure the rate of the square of the heaviest cluster's spread in the last plateau of several."""
    beta = require_plain(evidence)
    part = waiting(evidence)[0]
    merges = part.times[-1] < evidence.times[-1]
    finding = _squared_rate(evidence, part, _EARLY if merges else 1.0)
    rows = np.minimum(np.searchsorted(part.times, finding.window), part.times.size - 1)
    pairs = [_exponents(part, int(row), beta, evidence) for row in rows]
    reached(all(math.isfinite(rate) for pair in pairs for rate in pair), "neighbors do not repel what is between them")
    _require_apart(pairs[1], part, finding.window[1], tolerance)
    _require_seen(evidence, pairs[1], part, finding.window[1])
    drift = abs(min(pairs[1]) - min(pairs[0]))
    return Finding(min(pairs[1]), finding.measured, finding.uncertainty + drift, finding.window)


def _require_apart(rates: tuple[float, float], part: Plateau, end: float, tolerance: float) -> None:
    """Refuse two rates so near to each other that the faster one has not died out since clusters stand."""
    apart, lesser = abs(rates[0] - rates[1]), min(rates)
    left = apart * math.exp(-min(apart * (end - float(part.times[0])), 700.0))
    met = f"λ_sep = {rates[0]:.4g} and 2λ_c = {rates[1]:.4g} are so near that both are still seen"
    reached(left < tolerance * lesser and apart > tolerance * lesser, met)


def _require_seen(evidence: Evidence, rates: tuple[float, float], part: Plateau, time: float) -> None:
    """Refuse a run in which next to no mass began at a separatrix that would be the slower one.

    What leaves it adds about as much to the mean square of a cluster's angles as ρ is there, which is ρ's minimum. It
    falls there: where all mass has come to clusters, and no minimum is told, the last that was told bounds it.
    """
    row = min(int(np.searchsorted(part.times, time)), part.times.size - 1)
    square = float(part.spreads[row, 0]) ** 2
    tail = evidence.record.clusters.get("tail", np.zeros(0))
    if rates[0] < rates[1] and tail.size:
        own = int(np.searchsorted(evidence.record.clusters["time"], part.times[row]))
        reached(
            float(tail[own]) < SEEN * square, "mass that was between clusters is not resolved where it would be seen"
        )
    least = evidence.record.observables.get("log_minimum")
    if rates[0] > rates[1] or least is None:
        return
    told = least[: int(part.rows[row]) + 1]
    told = told[~np.isnan(told)]
    here = float(told[-1]) if told.size else math.nan
    seen = math.isnan(here) or here > math.log(SEEN * square)
    reached(seen, f"the separatrix holds too little (ρ = e^{{{here:.4g}}}) to be seen in the spread yet")


def _squared_rate(evidence: Evidence, part: Plateau, share: float = 1.0) -> Finding:
    """Return −d ln(spread²)/dt of the heaviest cluster, late in the first share of a plateau, while it is told."""
    logs = np.full(evidence.times.size, math.nan)
    spreads = part.spreads[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs[part.rows] = np.where(spreads > 0, 2.0 * np.log(spreads), math.nan)
    logs[evidence.times > part.times[0] + share * (part.times[-1] - part.times[0])] = math.nan
    slopes = evidence.slopes(logs)
    reached(slopes.times.size >= FEWEST, "the spread is told at too few rows while clusters wait")
    return rate_in_window(slopes, float(0.5 * (slopes.times[0] + slopes.times[-1])))


def _exponents(part: Plateau, row: int, beta: float, evidence: Evidence) -> tuple[float, float]:
    """Return λ_sep and 2 λ_c of the heaviest cluster, of the separatrices beside it that of the slowest one."""
    places, masses = part.places[row], part.masses[row]
    if evidence.kind == "sphere":
        require(beta > 0, "needs β > 0 on the sphere")
        contraction, separatrix = metastable.sphere_rates(places, masses, beta, evidence.normalization)
        return float(separatrix[0]), 2.0 * float(contraction[0])
    angles = np.mod(np.arctan2(places[:, 1], places[:, 0]), 2.0 * math.pi)
    order = np.argsort(angles)
    contraction, separatrix = metastable.circle_rates(angles[order], masses[order], beta, evidence.normalization)
    at = int(np.flatnonzero(order == 0)[0])
    return float(min(separatrix[at], separatrix[at - 1])), 2.0 * float(contraction[at])


def _symmetric(evidence: Evidence, tolerance: float) -> Finding:
    """Measure the same of equal clusters at equal angles, or at both poles, which never merge."""
    beta = require_plain(evidence)
    require(beta > 0, "needs β > 0")
    part = waiting(evidence)[-1]
    masses = part.masses[-1]
    require(np.ptp(masses) < EQUAL * masses.max(), "needs clusters of equal masses")
    rates = _symmetric_exponents(evidence, part, beta)
    finding = _squared_rate(evidence, part)
    _require_apart(rates, part, finding.window[1], tolerance)
    _require_seen(evidence, rates, part, finding.window[1])
    return Finding(min(rates), finding.measured, finding.uncertainty, finding.window)


def _symmetric_exponents(evidence: Evidence, part: Plateau, beta: float) -> tuple[float, float]:
    """Return λ_sep and 2 λ_c of two opposite clusters, or of some at equal angles, or say that they are not."""
    places, normalization = part.places[-1], evidence.normalization
    require(part.count == 2 or evidence.kind in CIRCLE, "needs the circle, or two opposite clusters")
    nearest = np.sort(places @ places.T, axis=1)[:, -2]
    even = float(np.abs(nearest - math.cos(2.0 * math.pi / part.count)).max()) < EQUAL
    require(even, "needs clusters at equal angles")
    if part.count == 2:
        return metastable.even_exponents(beta, normalization)
    return metastable.fold_exponents(part.count, beta, normalization)


def _meeting(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure which share of their angle the heavier cluster of the last pair has travelled, by the place they meet at.

    Read from the row at which both are nearest to points; the other half of that wait tells how far that matters.
    """
    beta = require_plain(evidence)
    pair = [part for part in waiting(evidence) if part.count == 2]
    met = evidence.record.clusters.get("merger_time", np.zeros(0))
    reached(pair and met.size > 0, "the last two clusters have not met")
    part = pair[-1]
    place = evidence.record.clusters["merger_position"][-1]
    reached(float(met[-1]) > part.times[-1], "the last two clusters have not met")
    rows = part.readings
    gaps = [_angle(*part.places[row]) for row in rows]
    shares = [_angle(part.places[row][0], place) / gap for row, gap in zip(rows, gaps, strict=True)]
    exact = [
        merging.meeting_fraction(
            math.cos(gap), beta, float(part.masses[row][0]), float(part.masses[row][1]), evidence.normalization
        )
        for row, gap in zip(rows, gaps, strict=True)
    ]
    doubt = abs((shares[0] - exact[0]) - (shares[1] - exact[1])) + 1e-3 / gaps[0] + float(part.blur[rows[0]])
    window = (float(part.times[rows[0]]), float(met[-1]))
    return Finding(exact[0], shares[0], doubt, window, "narrower clusters would tell")


def _angle(one: Array, other: Array) -> float:
    """Return the angle between two unit vectors."""
    return float(chord_angle(np.linalg.norm(one - other)))


def _last_pair(evidence: Evidence) -> tuple[float, float]:
    """Return the angle of the last pair while it waited, and when it merged."""
    pairs = [part for part in plateaus(evidence) if part.count == 2]
    last = evidence.record.clusters.get("merger_time", np.zeros(0))
    require(pairs, "needs several clusters that stand for a while")
    reached(last.size, "two clusters have not merged")
    reached(float(evidence["cluster_count"][-1]) == 1, "there is more than one cluster")
    return max(_angle(*places) for places in pairs[-1].places), float(last[-1])


def _after(evidence: Evidence, tolerance: float) -> Finding:
    """Measure −d ln(1 − R)/dt after the last merger, while what is left at the antipode is too little to be seen."""
    beta = require_plain(evidence)
    require(beta > 0, "needs β > 0")
    gap, time = _last_pair(evidence)
    predicted = metastable.rate_after_merger(evidence.d, beta, gap, evidence.normalization)
    slopes = evidence.log_slopes("order_deficit")
    scale = math.exp(beta) if evidence.normalization == "none" else 1.0
    settled = slopes.times > time + 3.0 / scale
    if predicted == 2.0 * scale:
        settled = settled & _unseen_tail(evidence, slopes.times, tolerance)
    reached(np.count_nonzero(settled) >= FEWEST, "the tail is met too early, or the run ends too early, after it")
    inside = np.flatnonzero(settled)
    finding = rate_in_window(
        type(slopes)(slopes.times[inside], slopes.values[inside], slopes.uncertainties[inside]), time
    )
    return Finding(predicted, finding.measured, finding.uncertainty, finding.window)


def _unseen_tail(evidence: Evidence, times: Array, tolerance: float) -> NDArray[np.bool_]:
    """Return at which times the antipode's density adds less than a tenth of the tolerance to the rate of 1 − R."""
    logs = evidence["log_antipode_density"]
    with np.errstate(divide="ignore", under="ignore", over="ignore"):
        share = np.where(np.isfinite(logs), np.exp(np.minimum(logs - np.log(evidence["order_deficit"]), 50.0)), 0.0)
    return np.asarray(np.interp(times, evidence.times, share) < 0.1 * tolerance, dtype=bool)


def _two_exponentials(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure the rate of 1 − R − 2ρ(−m), ρ(−m) the density at minus the mean: that of the cluster itself."""
    beta = require_plain(evidence)
    require(evidence.normalization == "softmax" or beta == 0.0, "needs softmax or β = 0")
    deficit, logs = evidence["order_deficit"], evidence["log_antipode_density"]
    with np.errstate(invalid="ignore", under="ignore", divide="ignore"):
        far = 2.0 * np.exp(np.minimum(logs, 50.0))
        own = deficit - far
        usable = np.isfinite(own) & (own > 1e-4 * deficit) & (far > 1e-4 * deficit) & (deficit < 0.05)
        values = np.where(usable, np.log(np.maximum(own, 1e-300)), math.nan)
    slopes = evidence.slopes(values)
    both = slopes.times.size >= FEWEST and bool(np.any(own[usable] > 0.5 * deficit[usable]))
    require(both, "needs a run in which the cluster's part of 1 − R leads first, and the antipode's is seen later")
    finding = rate_in_window(slopes, float(slopes.times[0]))
    return Finding(2.0, finding.measured, finding.uncertainty, finding.window)


def _pair_merging(evidence: Evidence, tolerance: float) -> Finding:
    """Two narrow bumps are followed from the start, clusters from when they stand."""
    waits = evidence.record.clusters and any(p.count > 1 and p.times.size >= FEWEST for p in plateaus(evidence))
    bumps = len(narrow_bumps(evidence.initial, NARROW_BUMP)) == 2
    return two_bumps(evidence, tolerance) if bumps or not waits else atoms_of_clusters(evidence)


CLAIMS = (
    Claim("pair_merging", _pair_merging, merging.cosine_trajectory, 1e-2, absolute=True, spaces=BENT),
    Claim("energy_staircase", _staircase, merging.energy_plateau, 1e-2),
    Claim("cluster_spread", _spread, metastable.circle_rates, 1e-2, spaces=BENT),
    Claim("symmetric_rate", _symmetric, metastable.even_exponents, 1e-3),
    Claim("meeting_point", _meeting, merging.meeting_fraction, 1e-2, absolute=True, spaces=BENT),
    Claim("after_merger", _after, metastable.rate_after_merger, 1e-3),
    Claim("two_exponentials", _two_exponentials, metastable.rate_after_merger, 1e-3, spaces=CIRCLE),
)
