"""Claims about the approach to a Dirac mass: the rates of 1 − R, of W₂, of the antipode, and the ratio dE/dt : gap.

A rate is a local slope at the end of a window in which the asymptotic law holds; the window is found in the data, and
reported. Outside it the claim is not applicable.
"""

import math
from dataclasses import replace

import numpy as np

from kinetic.case import Mixture
from kinetic.claims.claim import Claim, Finding, NotReached, reached, require, require_plain
from kinetic.claims.evidence import Evidence, Slopes
from kinetic.theory import antipode_law, convergence_theorem, hemisphere
from kinetic.types import Array

_LARGEST_EXPONENT = 690.0  # e^{690}, near the largest number: no 1 − R is small against its inverse

LEADING_SHARE = 0.999
"""Share of 1 − R that the leading contribution must have for its law to be measurable to 1e-3."""

_OUTSIDE = {"antipode": "the mass outside the cluster", "cluster": "the cluster"}

CONCENTRATED = 0.1  # 1 − R below which a run counts as late for an inequality without constants
GATHERED = 1e-3  # 1 − R below which a rate is that of one cluster


def _has_antipodal_mass(evidence: Evidence) -> bool:
    """Whether the initial density is positive everywhere, so that some mass starts at the repelling point."""
    initial = evidence.initial
    return not (initial.kind == "cap" and getattr(initial, "background", 0.0) == 0.0)


def require_positive_density(evidence: Evidence) -> None:
    """Say that a law of the mass left at the repelling point does not cover a run without any."""
    require(_has_antipodal_mass(evidence), "needs a density that is positive at the repelling point")


def late_window(evidence: Evidence, side: str) -> float:
    """Return the time from which the leading side holds its share of 1 − R, up to the end of the record."""
    far = evidence.far_shares
    leading = far if side == "antipode" else 1.0 - far
    with np.errstate(invalid="ignore"):
        held = leading >= LEADING_SHARE
    if not held.size or not held[-1]:
        latest = float(leading[-1]) if leading.size else math.nan
        missing = f"{_OUTSIDE[side]} contributes {latest:.4f} of 1 − R, the law needs {LEADING_SHARE}"
        told = evidence.scattered or (evidence.without_share if math.isnan(latest) else missing)
        raise NotReached(f"{told}, at t = {_end(evidence):.4g}{_stopped(evidence)}")
    first = held.size - int(np.argmin(held[::-1])) if not held.all() else 0
    return float(evidence.snapshot_times[first])


def _end(evidence: Evidence) -> float:
    return float(evidence.times[-1])


def _too_early(evidence: Evidence, needed: float) -> str:
    deficit, scattered = float(evidence["order_deficit"][-1]), evidence.scattered
    told = f"1 − R is {deficit:.2g} at t = {_end(evidence):.4g}, the law needs {needed:.2g}"
    return f"{told}{'; ' if scattered else ''}{scattered}{_stopped(evidence)}"


def _stopped(evidence: Evidence) -> str:
    return f"; unresolved from t = {_end(evidence):.4g}" if evidence.record.status == "unresolved" else ""


def rate_in_window(slopes: Slopes, begin: float) -> Finding:
    """Return the decay rate at the last slope of a window; the uncertainty is what its transient still adds to it."""
    inside = slopes.times >= begin
    reached(np.count_nonzero(inside) >= 8, f"the window from t = {begin:.4g} holds fewer than eight local slopes")
    rates, errors = -slopes.values[inside], slopes.uncertainties[inside]
    uncertainty = float(errors[-1]) + _transient(rates, float(errors.max()))
    window = (begin, float(slopes.times[inside][-1]))
    return Finding(math.nan, float(rates[-1]), uncertainty, window)


def last_slope(evidence: Evidence, slopes: Slopes, predicted: float, sign: float = -1.0) -> Finding:
    """Compare a rate with the last slope, times a sign, in doubt by its change over the last quarter of the run."""
    late = slopes.times >= 0.75 * evidence.times[-1]
    reached(np.count_nonzero(late) > 3 and evidence["order_deficit"][-1] < GATHERED, "1 − R has not become small")
    found, times = sign * slopes.values[late], slopes.times[late]
    doubt = abs(float(found[-1] - found[0])) + float(slopes.uncertainties[late][-1])
    return Finding(predicted, float(found[-1]), doubt, (float(times[0]), float(times[-1])))


def _transient(rates: Array, noise: float) -> float:
    """Return how far the last of several rates may still be from their limit.

    A transient C e^{−γt}, seen at three equidistant times with differences p and q, has q²/|p − q| left (Aitken): much
    more than the last difference if the spacing is short. Differences below the noise say nothing; those that do not
    shrink have no limit in sight, and count as a whole.
    """
    apart = max(1, (rates.size - 1) // 4)
    last = abs(float(rates[-1] - rates[-1 - apart]))
    if rates.size < 3 or last <= noise:
        return last
    earlier = abs(float(rates[-1 - apart] - rates[-1 - 2 * apart]))
    if earlier <= last:
        return float(np.ptp(rates))
    return max(last, last * last / (earlier - last))


def _settled(evidence: Evidence, slopes: Slopes, predicted: float) -> Finding:
    """Return the rate in the window of the leading side; the field of a Dirac errs by what is not there yet.

    The rates of escape and contraction differ from those of a Dirac by `_antipode_factor`·(1 − R) and by
    (2 + 2|β|)(1 − R) at most, relatively: that counts as uncertainty. So does, on the antipode's side, that the density
    around the repelling point has not been stretched flat yet.
    """
    beta = require_plain(evidence)
    side = antipode_law.leading_side(evidence.d, beta, evidence.normalization)
    finding = rate_in_window(slopes, late_window(evidence, side))
    deficit = float(np.interp(finding.window[1], evidence.times, evidence["order_deficit"]))
    factor = _antipode_factor(evidence, beta) if side == "antipode" else 2 + 2 * abs(beta)
    uncertainty = finding.uncertainty + predicted * factor * deficit
    if side == "antipode":
        escape = antipode_law.escape_rate(beta, evidence.normalization)
        uncertainty += predicted * not_flat(evidence, escape, finding.window[1])
    return Finding(predicted, finding.measured, uncertainty, finding.window)


def not_flat(evidence: Evidence, escape: float, time: float) -> float:
    """Estimate how much the far mass still depends on how the initial density varies around the repelling point.

    The far mass comes from within ψ ≤ π e^{−λ_a t} of that point, where ln ρ varies like cψ². Integrated with ψ^{d−2},
    that changes the rate by 2cψ²/(d+1), relatively. Before it is small, mass that lies close to the repelling point has
    only begun to leave it: 1 − R stands still there, as it does late.
    """
    return _contrast(evidence) * math.pi**2 / (2 * (evidence.d + 1)) * math.exp(-2 * escape * time)


def _contrast(evidence: Evidence) -> float:
    """Return 4c: the contrast of ln ρ over the sphere (exactly so for von Mises–Fisher data), or 2k of a bump in it.

    At least |ln ρ(−m)| at the start, which is not known where that is rounding noise: ρ is below ε there.
    """
    start, initial = float(evidence["log_antipode_density"][0]), evidence.initial
    bumps = initial.components if isinstance(initial, Mixture) else ()
    sharpest = max((bump.concentration for bump in bumps), default=0.0)
    return 1.0 + max(2 * sharpest, abs(start) if math.isfinite(start) else -math.log(np.finfo(float).eps))


def _antipode_factor(evidence: Evidence, beta: float) -> float:
    """Bound the relative change of the escape rate ∫ e^{−βc}(c + β s²/(d−1)) dμ per 1 − R, over Z(−e) with softmax.

    With c = 1 − u: e^{βu} grows by less than e^{2|β|} over 0 ≤ u ≤ 2, the bracket by 2 + 2|β|/(d−1) per u.
    """
    return math.exp(min(2 * abs(beta), _LARGEST_EXPONENT)) * (2 + 2 * abs(beta) / (evidence.d - 1))


def dirac_rate(evidence: Evidence, tolerance: float) -> Finding:
    """Measure the rate of 1 − R where the slower of antipode and cluster has it almost alone."""
    beta = require_plain(evidence)
    require_positive_density(evidence)
    kappa = antipode_law.collapse_rate(evidence.d, beta, evidence.normalization)
    slopes = evidence.log_slopes("order_deficit")
    if antipode_law.is_tie(evidence.d, beta, evidence.normalization):
        return _tie(evidence, slopes, kappa, tolerance)
    return _settled(evidence, slopes, kappa)


def _tie(evidence: Evidence, slopes: Slopes, kappa: float, tolerance: float) -> Finding:
    """Return κ of one identity head whose repelling point and cluster tie."""
    beta = require_plain(evidence)
    escape = antipode_law.escape_rate(beta, evidence.normalization)
    return tie_in_window(evidence, slopes, kappa, tolerance, 2 + 2 * abs(beta), escape)


def tie_in_window(
    evidence: Evidence, slopes: Slopes, kappa: float, tolerance: float, curvature: float, escape: float
) -> Finding:
    """Return κ from the law slope = κ − 1/(t + t₀), which two local slopes determine together with t₀.

    The law leaves out terms smaller by 1 − R times the kernel's curvature (that of one identity head is 2 + 2|β|), and
    at most another factor t: the window is where 1 − R is below the tolerance, and what is left out there counts as
    uncertainty of the slopes, as does that the density around the repelling point is not flat yet.
    """
    late = evidence.times[evidence["order_deficit"] < tolerance]
    reached(late.size > 0, _too_early(evidence, tolerance))
    inside = slopes.times >= late[0]
    reached(np.count_nonzero(inside) >= 8, f"the window from t = {late[0]:.4g} holds fewer than eight local slopes")
    times, rates, errors = slopes.times[inside], -slopes.values[inside], slopes.uncertainties[inside]
    middle, late_third = times.size // 2, 2 * times.size // 3
    # what is left out falls exponentially, and disturbs the later of two stretches far less
    longer, shorter = (_tie_exponent(times[i], rates[i], times[-1], rates[-1]) for i in (middle, late_third))
    deficit = float(np.interp(times[late_third], evidence.times, evidence["order_deficit"]))
    left_out = curvature * (1 + times[late_third]) * deficit + kappa * not_flat(evidence, escape, times[late_third])
    # dκ/ds is about (t + t₀)/(t₂ − t₁) for errors of the two slopes
    amplified = float(errors[late_third] + errors[-1] + left_out) * times[-1] / (times[-1] - times[late_third])
    window = (float(times[0]), float(times[-1]))
    note = (
        "the two rates of the law are equal, which brings a factor t: its local rate is κ − 1/t, late, "
        f"{rates[-1]:.4g} at t = {times[-1]:.4g}; measured is κ, the factor t divided out"
    )
    return Finding(kappa, shorter, abs(longer - shorter) + amplified, window, note=note)


def _tie_exponent(early: float, slow: float, late: float, fast: float) -> float:
    """Solve 1/(κ − s₂) − 1/(κ − s₁) = t₂ − t₁ for κ > s₂ > s₁; slopes that do not rise (no factor t) have κ = s₂."""
    gap, rise = late - early, max(0.0, fast - slow)
    # with x = κ − s₂: 1/x − 1/(x + rise) = gap, a quadratic with one positive root
    return fast + 0.5 * (math.sqrt(rise * rise + 4 * rise / gap) - rise)


def _w2_rate(evidence: Evidence, tolerance: float) -> Finding:
    beta = require_plain(evidence)
    require_positive_density(evidence)
    kappa = antipode_law.w2_rate(evidence.d, beta, evidence.normalization)
    slopes = evidence.log_slopes("w2_to_dirac")
    if antipode_law.is_tie(evidence.d, beta, evidence.normalization):
        doubled = Slopes(slopes.times, 2 * slopes.values, 2 * slopes.uncertainties)
        found = _tie(evidence, doubled, 2 * kappa, tolerance)
        note = f"{found.note} and halved (W₂² ~ 2(1 − R))"
        return replace(
            found, predicted=kappa, measured=found.measured / 2, uncertainty=found.uncertainty / 2, note=note
        )
    return _settled(evidence, slopes, kappa)


def _pl_ratio(evidence: Evidence, tolerance: float) -> Finding:
    beta = require_plain(evidence)
    require_positive_density(evidence)
    kappa = antipode_law.collapse_rate(evidence.d, beta, evidence.normalization)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = evidence["dissipation"] / evidence["energy_gap"]
    good = np.isfinite(ratios)
    reached(good.any(), "the energy gap is not known for this run")
    slopes = Slopes(evidence.times[good], -ratios[good], np.full(np.count_nonzero(good), 1e-12))
    if antipode_law.is_tie(evidence.d, beta, evidence.normalization):
        return _tie(evidence, slopes, kappa, tolerance)
    return _settled(evidence, slopes, kappa)


def _antipode_rate(evidence: Evidence, tolerance: float) -> Finding:
    """Measure (d−1) times the escape rate, from where on the rate differs from its limit by half the tolerance."""
    beta = require_plain(evidence)
    require_positive_density(evidence)
    predicted = antipode_law.antipode_rate(evidence.d, beta, evidence.normalization)
    factor = _antipode_factor(evidence, beta)
    late = evidence.times[factor * evidence["order_deficit"] < 0.5 * tolerance]
    reached(late.size > 0, _too_early(evidence, 0.5 * tolerance / factor))
    slopes = evidence.slopes(evidence["log_antipode_density"])
    return replace(rate_in_window(slopes, float(late[0])), predicted=predicted)


def _w2_bound(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure the late rate: the theorem's constant and starting time are unknown, its exponent 1/100 is not.

    Late is a run that is concentrated, and whose mass near the repelling point has left it as far as its spread tells.
    """
    beta = require_plain(evidence)
    require(evidence.normalization == "none", "the theorem is for unnormalised attention")
    require(evidence["order_parameter"][0] > 0, "the theorem needs a density with a mean")
    slopes = evidence.log_slopes("w2_to_dirac")
    late = evidence.times[evidence["order_deficit"] < CONCENTRATED]
    reached(late.size > 0, _too_early(evidence, CONCENTRATED))
    still = not_flat(evidence, antipode_law.escape_rate(beta, "none"), _end(evidence))
    reached(
        not _has_antipodal_mass(evidence) or still < 1,
        f"by t = {_end(evidence):.4g} the mass that began nearest to the repelling point has not had the time to leave",
    )
    return replace(rate_in_window(slopes, float(late[0])), predicted=convergence_theorem.w2_bound_rate())


def _hemisphere_rate(evidence: Evidence, tolerance: float) -> Finding:
    """All mass contracts like one cluster: corrections are of the order 1 − R, times the kernel's curvature."""
    beta = require_plain(evidence)
    initial = evidence.initial
    inside = initial.kind == "cap" and getattr(initial, "angle", math.pi) < math.pi / 2
    require(inside and not _has_antipodal_mass(evidence), "needs a cap without background inside an open hemisphere")
    predicted = hemisphere.collapse_rate(beta, evidence.normalization)
    bound = tolerance / (2 + 2 * abs(beta))
    late = evidence.times[evidence["order_deficit"] < bound]
    reached(late.size > 0, _too_early(evidence, bound))
    return replace(rate_in_window(evidence.log_slopes("order_deficit"), float(late[0])), predicted=predicted)


CLAIMS = (
    Claim("dirac_rate", dirac_rate, antipode_law.collapse_rate, 1e-3),
    Claim("w2_rate", _w2_rate, antipode_law.w2_rate, 1e-3),
    Claim("antipode_rate", _antipode_rate, antipode_law.antipode_rate, 1e-3),
    Claim("pl_ratio", _pl_ratio, antipode_law.collapse_rate, 1e-3),
    Claim("hemisphere_rate", _hemisphere_rate, hemisphere.collapse_rate, 1e-3),
    Claim("theorem_w2_bound", _w2_bound, convergence_theorem.w2_bound_rate, 0.0, relation=">="),
)
