"""Claims about tokens in a row, each attending to those before it."""

import math

import numpy as np

from kinetic.case import Label, LabelSlice, Perturbation
from kinetic.claims.claim import CIRCLE, Claim, Finding, Ground, known, reached, require, require_plain
from kinetic.claims.evidence import Evidence
from kinetic.claims.exact import beyond_steps, follow, positive
from kinetic.density import Density
from kinetic.theory import causal, masked_boost, merging
from kinetic.theory.linear_stability import growth_rate
from kinetic.theory.panels import panels
from kinetic.types import Array

SEEN = 1e-2  # of the largest response: smaller ones are measured less well, and say nothing more
MOST_POINTS = 10_000
"""Points that a claim moves by boosts: some seconds."""

_FOLLOWED = 6  # positions whose motion is compared
_ANSWERS = 32  # positions at which a response is compared
_ROUNDING = 1e-14  # of coefficients of order one
_TOKENS = 64  # degree that the tokens which stand for a density integrate; twice it tells how well
_HALF = 0.5  # R at the front behind a prefix
_QUICK = 1.0  # β up to which no cluster waits elsewhere: for larger ones that takes times like e^{2β}
_GATHERED = 0.8  # R of every position beyond which their direction is told
_REACH = 9.0  # widths beyond which the profile of a perturbation is 0


def _label(evidence: Evidence) -> Label:
    """Return the table of a run with the causal mask, or say that it is another run."""
    other = 'needs label.kind = "causal"'
    given = known(evidence.case.label, other)
    require(given.kind == "causal", other)
    require(evidence.snapshot_times.size > 0, "the record has no snapshots")
    return given


def _slices(evidence: Evidence) -> tuple[LabelSlice, ...]:
    """Return the initial densities by position."""
    slices: tuple[LabelSlice, ...] = _label(evidence).slices or (LabelSlice(upto=1.0, initial=evidence.initial),)
    return slices


def _positions(evidence: Evidence) -> Array:
    return np.asarray(evidence.record.density_arrays["label"], dtype=float)


def _growth(evidence: Evidence, degree: int, time: float) -> float:
    """Return σ_l t of the uniform density without a mask."""
    return growth_rate(degree, evidence.d, require_plain(evidence), evidence.normalization) * time


def _mask_unseen(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R at every position with that of the initial tokens of one of them, moved without a mask."""
    given, beta = _label(evidence), require_plain(evidence)
    require(len(_slices(evidence)) == 1 and given.perturbation is None, "needs equal densities at all positions")
    initial = evidence.by_label(0)[0]
    degree = min(initial.space.degree, _TOKENS)
    coarse, fine = (_unmasked(initial, factor * degree, evidence.times, beta, evidence) for factor in (1, 2))
    found = evidence["order_parameter_by_label"]
    farthest = np.argmax(np.abs(found - fine[:, None]), axis=1)
    measured = found[np.arange(farthest.size), farthest]
    remedy = "a shorter run would tell: few tokens stand for the initial density"
    doubt, allowed = np.abs(fine - coarse) + _ROUNDING, tolerance * np.abs(fine)
    beyond_steps(evidence, measured, fine, doubt + allowed)
    return follow(evidence, measured, fine, doubt, allowed, remedy)


def _unmasked(initial: Density, degree: int, times: Array, beta: float, evidence: Evidence) -> Array:
    points, masses = initial.quadrature(degree)
    return merging.token_means(points, positive(masses), times, beta, evidence.normalization)


def _perturbed(evidence: Evidence) -> Perturbation:
    """Return the perturbation of a uniform density, or say that there is none."""
    change = known(_label(evidence).perturbation, "needs label.perturbation")
    require(all(given.initial.kind == "uniform" for given in _slices(evidence)), "needs uniform data beside it")
    return change


def _amplitudes(evidence: Evidence, index: int, change: Perturbation) -> Array:
    """Return the coefficient of the perturbed harmonic at every position, as a share of the perturbation's."""
    where = evidence.space_by_label.place(change.degree, change.order or 0)
    return np.array([row[where] for row in evidence.rows_by_label(index)]) / change.amplitude


def _left_out(evidence: Evidence, change: Perturbation, growth: float) -> float:
    """Estimate relative errors: of the steps, of rounding, and of what is left out where amplitudes are finite.

    Two harmonics of one degree n make degree n again where n is even, but on the circle, where they make 0 and 2n:
    there, and for odd degrees, the next order is the third.
    """
    size = abs(change.amplitude)
    elapsed = float(evidence.snapshot_times[-1])
    finite = size * math.exp(abs(growth))
    beyond = finite**2 if evidence.d == 2 or change.degree % 2 else finite
    return evidence.step_error(size, abs(growth) / elapsed, elapsed) + _ROUNDING / size + beyond


def _response(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the last snapshot with the impulse response summed over the profile, where they differ by most."""
    given, change = _label(evidence), _perturbed(evidence)
    last = float(evidence.snapshot_times[-1])
    reached(last > 0, "the record holds the snapshot of t = 0 alone")
    growth = _growth(evidence, change.degree, last)
    s = _positions(evidence)
    chosen = np.unique(np.linspace(0, s.size - 1, _ANSWERS).round().astype(int))
    places = np.zeros(0)
    if change.power is None:
        at, width = change.at or 1.0, change.width or 1.0
        places = at + width * np.arange(-_REACH, _REACH + 1)
    predicted = np.array(
        [causal.response(growth, float(x), lambda p: _profile(change, p), given.decay, s[0], places) for x in s[chosen]]
    )
    measured = _amplitudes(evidence, -1, change)[chosen]
    seen = np.abs(predicted) >= SEEN * np.max(np.abs(predicted))
    wrong = np.where(seen, np.abs(measured / np.where(seen, predicted, 1.0) - 1), 0.0)
    worst = int(np.argmax(wrong))
    doubt = _left_out(evidence, change, growth) * float(np.max(np.abs(predicted)))
    remedy = "a smaller label.perturbation.amplitude, or a smaller time.tolerance, would tell"
    return Finding(float(predicted[worst]), float(measured[worst]), doubt, (last, last), remedy)


def _profile(change: Perturbation, s: Array) -> Array:
    """Return the profile of a perturbation."""
    if change.power is not None:
        return np.asarray(s**change.power)
    return np.asarray(np.exp(-0.5 * ((s - (change.at or 1.0)) / (change.width or 1.0)) ** 2))


def _power(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the growth at s = 1; below the first position the profile is cut, whose effect is the uncertainty."""
    given, change = _label(evidence), _perturbed(evidence)
    power = known(change.power if given.decay == 0 else None, "needs label.perturbation.power and label.decay = 0")
    last = float(evidence.snapshot_times[-1])
    reached(last > 0, "the record holds the snapshot of t = 0 alone")
    growth, s = _growth(evidence, change.degree, last), _positions(evidence)
    predicted = causal.power_growth(growth, power)
    cut = causal.response(growth, 1.0, lambda p: _profile(change, p), 0.0, float(s[0]))
    doubt = abs(cut - predicted) + _left_out(evidence, change, growth) * predicted
    measured = float(_amplitudes(evidence, -1, change)[-1])
    return Finding(predicted, measured, doubt, (last, last), "a smaller label.first would tell")


def _retrieved(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare what the last token has of what is said in one stretch of positions, per unit of s."""
    given, slices = _label(evidence), _slices(evidence)
    said = [i for i, stretch in enumerate(slices) if stretch.initial.kind != "uniform"]
    require(given.perturbation is None and len(said) == 1 and len(slices) > 1, "needs one stretch that is not uniform")
    low, high = (slices[said[0] - 1].upto if said[0] else 0.0), slices[said[0]].upto
    require(low > 0 and high < 1, "needs a stretch with uniform data before and after it")
    last = float(evidence.snapshot_times[-1])
    reached(last > 0, "the record holds the snapshot of t = 0 alone")
    s = _positions(evidence)
    spoken = evidence.by_label(0)[int(np.searchsorted(s, high))]
    where = known(spoken.direction, "needs a stretch whose density has a mean direction")
    at, weights = panels([low, high], 12)
    responses = [
        float(weights @ causal.impulse_response(_growth(evidence, degree, last), 1.0, at, given.decay))
        for degree in range(spoken.space.degree + 1)
    ]
    reply = Density(spoken.space, spoken.native * np.array(responses)[spoken.space.degrees])
    size = float(spoken.values(where)) - 1.0
    heard = float(evidence.by_label(-1)[-1].values(where)) - 1.0
    share = size * (high - low)
    predicted, measured = float(reply.values(where)) / share, heard / share
    # what a short stretch adds to itself and to others is as small as its share of what they see
    finite = (
        abs(share) / low * math.exp(max(abs(_growth(evidence, degree, last)) for degree in range(1, len(responses))))
    )
    steps = evidence.step_error(abs(predicted * share), 1.0, last) + _ROUNDING / abs(share * predicted)
    doubt = abs(predicted) * (steps + finite)
    return Finding(predicted, measured, doubt, (last, last), "smaller amplitudes: the profile is that of small ones")


def _stretches(evidence: Evidence) -> list[masked_boost.Stretch]:
    """Return the initial measures by position, as weighted points of the circle or the sphere.

    Axisymmetric ones as points of a circle through the axis: the boosts of the whole motion are along it.
    """
    s, densities = _positions(evidence), evidence.by_label(0)
    found = []
    for stretch in _slices(evidence):
        density = densities[int(np.searchsorted(s, stretch.upto))]
        points, masses = density.quadrature(2 * density.space.degree)
        if density.axisymmetric:
            across = np.sqrt(1.0 - points**2)
            points = np.concatenate([np.stack([points, sign * across], axis=1) for sign in (1.0, -1.0)])
            masses = 0.5 * np.concatenate([masses, masses])
        require(len(points) <= MOST_POINTS, f"too many points, {len(points)}, stand for a density of this degree")
        found.append(masked_boost.Stretch(stretch.upto, points, positive(masses)))
    return found


def _boost(evidence: Evidence, tolerance: float) -> Finding:
    """Compare R at positions spread over the mesh, the last among them, with the reduction to the Möbius group."""
    given = _label(evidence)
    require(require_plain(evidence) == 0, "the motion is a Möbius boost at β = 0 only")
    require(given.perturbation is None, "needs initial data that jump from stretch to stretch: no label.perturbation")
    s = _positions(evidence)
    chosen = np.unique(np.linspace(0, s.size - 1, _FOLLOWED).round().astype(int))
    means = masked_boost.masked_means(_stretches(evidence), given.decay, evidence.times, s[chosen])
    exact = np.linalg.norm(means, axis=2)
    found = evidence["order_parameter_by_label"][:, chosen]
    farthest = np.argmax(np.abs(found - exact), axis=1)
    rows = np.arange(farthest.size)
    doubt = np.full(rows.size, _ROUNDING)
    return follow(evidence, found[rows, farthest], exact[rows, farthest], doubt, tolerance, "a higher space.degree")


def _front(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the time at which the last position has R = ½ with that behind a Dirac prefix.

    What the prefix's width does to it is the uncertainty: the same time behind this prefix, by the reduction.
    """
    given, slices = _label(evidence), _slices(evidence)
    require(require_plain(evidence) == 0, "needs β = 0")
    behind = len(slices) == 2 and slices[1].initial.kind == "uniform" and slices[0].initial.kind != "uniform"
    require(behind and given.perturbation is None, "needs a prefix, and uniform data behind it")
    found = _passing(evidence.times, evidence["order_parameter_by_label"][:, -1])
    ratio = float(causal.log_ratio(1.0, slices[0].upto, given.decay))
    predicted = masked_boost.prefix_front(ratio, _HALF)
    means = masked_boost.masked_means(_stretches(evidence), given.decay, evidence.times, 1.0)
    wide = _passing(evidence.times, np.linalg.norm(means[:, 0], axis=1))
    return Finding(predicted, found, abs(wide - predicted), (0.0, found), "a narrower prefix would tell")


def _passing(times: Array, order: Array) -> float:
    """Return the time at which R passes ½, by the cubic through four rows around it."""
    beyond = np.flatnonzero(order >= _HALF)
    reached(beyond.size and beyond[0] > 0, "the last position has not reached R = ½")
    first = int(np.clip(beyond[0] - 2, 0, max(0, order.size - 4)))
    near = slice(first, first + 4)
    reached(times[near].size == 4 and np.all(np.diff(order[near]) > 0), "rows do not tell when R passes ½")
    u, t = order[near] - _HALF, times[near]
    return float(sum(t[i] * np.prod([u[j] / (u[j] - u[i]) for j in range(4) if j != i]) for i in range(4)))


def _prefix(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the direction of every position at the end with that of the first.

    The uncertainty is what the cosine has changed over the last quarter of the run.
    """
    reach = abs(require_plain(evidence))
    require(reach <= _QUICK, f"needs abs(β) ≤ {_QUICK:g}: beyond, tokens may wait far from the first for long")
    require(len(_slices(evidence)) > 1, "needs a prefix: label.slices")
    order = evidence["order_parameter_by_label"]
    require(order[0, 0] > 0, "needs a prefix with a mean direction")
    reached(float(np.min(order[-1])) > _GATHERED, f"not every position has R above {_GATHERED} at the end")
    cosines = [_cosine(evidence, row) for row in (3 * evidence.times.size // 4, -1)]
    return Finding(1.0, cosines[1], abs(cosines[1] - cosines[0]), (float(evidence.times[-1]),) * 2, "a longer run")


def _cosine(evidence: Evidence, row: int) -> float:
    """Return the least cosine between the mean of the first position and that of another."""
    means = evidence["mean_by_label"][row].reshape(_positions(evidence).size, -1)
    return float(np.min(means @ means[0] / (np.linalg.norm(means, axis=1) * np.linalg.norm(means[0]))))


_EQUAL = Ground("derived", "derived here: the mask's weights add up to one")
_FIRST = Ground("theorem", "arXiv:2411.04990: under a causal mask all tokens converge to the first")

CLAIMS = (
    Claim("mask_unseen", _mask_unseen, _EQUAL, 1e-8, labelled="only", spaces=CIRCLE),
    Claim("label_response", _response, causal.impulse_response, 1e-6, labelled="only"),
    Claim("label_growth", _power, causal.power_growth, 1e-5, labelled="only"),
    Claim("retrieval_profile", _retrieved, causal.retrieval_profile, 1e-4, labelled="only"),
    Claim("label_boost", _boost, masked_boost.masked_means, 1e-10, absolute=True, labelled="only"),
    Claim("prefix_front", _front, masked_boost.prefix_front, 5e-2, labelled="only", spaces=CIRCLE),
    Claim("prefix_wins", _prefix, _FIRST, 5e-2, labelled="only"),
)
