"""Claims about normalization schemes: growth, contraction, the late law of a density, and antipodal clumps.

A scheme divides the drift by a factor s, which may grow with the tokens' norms; measured are rates in the clock in
which the law is exponential. Rings, and motion without temperature, are `scheme_paths`.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from kinetic.claims import collapse
from kinetic.claims.claim import AXIS, Claim, Finding, in_domain, known, norms_of, reached, require, series_of
from kinetic.claims.evidence import Evidence
from kinetic.claims.rings import norm_of, two_ends
from kinetic.record import Record
from kinetic.special import log_harmonic_dimensions
from kinetic.theory import schemes
from kinetic.theory.linear_stability import growth_rate
from kinetic.types import Array, ArrayLike, Normalization

SMALL = 1e-3  # root-mean-square of ρ − 1 while degrees grow by themselves
ROUNDING = 1e-15  # of a coefficient
HARDLY = 1e-3  # share of the largest rate below which a degree is not judged
TIGHT = 0.01  # 1 − R at the start of a cluster
NARROW_BUMP = 100.0  # concentration
ORIGIN = 0.5  # share of the initial norm down to which a clump is followed
ALGEBRAIC = ("pre", "mix", "peri")


class NormClaim(Claim):
    """A claim that is made of tokens on the unit sphere under another name: unasked it speaks of other schemes only."""

    def covers(self, evidence: Evidence) -> bool:
        """Return whether the scheme is another one."""
        return evidence.case.layer_norm.scheme != "post"


def require_head(evidence: Evidence) -> tuple[float, schemes.Norm]:
    """Return β and the layer norm of a run that theory of schemes covers, or say that it does not."""
    beta = evidence.beta if evidence.diffusion == 0 else None
    other = "needs one head with Q = K = V = I, no noise and no context length"
    return known(beta, other), norm_of(evidence.case.layer_norm)


# ---- out of the uniform density ----


def _amplitudes(evidence: Evidence) -> Array:
    """Return the root-mean-square of each degree of ρ, one row a snapshot."""
    require(evidence.snapshot_times.size > 1, "needs two snapshots")
    spectra = [series_of(evidence, i).powers for i in range(evidence.snapshot_times.size)]
    shared = min(spectrum.size for spectrum in spectra)
    multiplicity = np.exp(log_harmonic_dimensions(shared - 1, evidence.d))
    squares = np.stack([spectrum[:shared] for spectrum in spectra]) * multiplicity
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _disturbances(sizes: Array, d: int) -> Array:
    """Bound what products of harmonics of the given sizes add to each degree.

    Degrees j and k meet in |j − k|, |j − k| + 2, …, j + k (circle: in the first and the last), where |Y_j Y_k| is at
    most the square root of the smaller number of harmonics. Third orders are at most sup |ρ − 1|² times the size.
    """
    count = sizes.size
    many = np.sqrt(np.exp(log_harmonic_dimensions(count - 1, d)))
    j, k, l = np.ogrid[1:count, 1:count, 0:count]
    ends = (l == abs(j - k)) | (l == j + k)
    meet = ends if d == 2 else (l >= abs(j - k)) & (l <= j + k) & ((j + k + l) % 2 == 0)
    pairs = np.outer(sizes[1:], sizes[1:]) * np.minimum.outer(many[1:], many[1:])
    second = np.einsum("jk,jkl->l", pairs, meet)
    largest = float(many[1:] @ sizes[1:])
    return np.asarray(second + largest**2 * float(np.linalg.norm(sizes[1:])) + ROUNDING)


def _scheme_growth(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the growth of each degree with e^{σT}, T the scheme's clock: measured is σ, per unit of T.

    Judged are degrees whose rate is not a thousandth of the largest, and that products of the others and rounding
    disturb by less than a quarter of the tolerance; the one farthest from its prediction is reported.
    """
    beta, norm = require_head(evidence)
    require(beta >= 0, "derived for β ≥ 0")
    sizes, times = _amplitudes(evidence), evidence.snapshot_times
    small = np.linalg.norm(sizes[:, 1:], axis=1) < SMALL
    count = int(small.size if small.all() else np.argmin(small))
    require(count > 1, f"ρ − 1 is below {SMALL:g} at fewer than two snapshots")
    pull = schemes.uniform_pull(evidence.d, beta, evidence.normalization)
    with in_domain():
        clock = schemes.effective_time(norm, times[:count], pull)
    rates = _rates(sizes.shape[1], evidence.d, beta, evidence.normalization)
    found = [_slopes(sizes[: last + 1], float(clock[last] - clock[0]), evidence.d) for last in range(1, count)]
    judged = [
        (errors < 0.25 * tolerance * np.abs(rates)) & (np.abs(rates) >= HARDLY * np.abs(rates).max())
        for _, errors in found
    ]
    best = max(range(len(found)), key=lambda i: (np.count_nonzero(judged[i]), i))
    reached(judged[best].any(), "no degree stands out of rounding and of the products of the others")
    measured, errors = found[best]
    with np.errstate(invalid="ignore", divide="ignore"):
        worst = int(np.argmax(np.where(judged[best], np.abs(measured / rates - 1), -1)))
    window = (float(times[0]), float(times[best + 1]))
    grown = abs(float(measured[worst])) * float(clock[best + 1] - clock[0])
    steps = evidence.step_error(float(sizes[: best + 2, worst].min()), grown / window[1], window[1]) / grown
    off = abs(float(measured[worst] / rates[worst]) - 1)
    # where a degree is small, the tolerance of the steps allows what it is off by: that blames no scheme
    reached(
        not tolerance < off <= steps,
        f"degree {worst} is off by a share of {off:.1g}, which the steps' tolerance allows: lower time.tolerance from "
        f"{evidence.case.time.tolerance:g}",
    )
    return Finding(float(rates[worst]), float(measured[worst]), float(errors[worst]), window)


def _rates(count: int, d: int, beta: float, normalization: Normalization) -> Array:
    """Return σ_l, the rate per unit of every scheme's clock."""
    return np.array([growth_rate(degree, d, beta, normalization) for degree in range(count)])


def _slopes(sizes: Array, elapsed: float, d: int) -> tuple[Array, Array]:
    """Return the rates of growth between the first and the last row of sizes, and their errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.log(sizes[-1] / sizes[0]) / elapsed
        errors = _disturbances(sizes.max(axis=0), d) / np.minimum(sizes[0], sizes[-1]) / elapsed
    return rates, np.where(np.isfinite(errors), errors, math.inf)


# ---- beside a Dirac mass ----


def _late_clock(evidence: Evidence, times: ArrayLike) -> Array:
    """Return τ, in which a cluster's variance falls like e^{−2τ} (post and LN-scaling unnormalized: e^{−2e^β τ})."""
    beta, norm = require_head(evidence)
    return schemes.late_clock(norm, times, beta, evidence.normalization)


def _consensus_decay(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure −d ln(1 − R)/dτ, on average from the start, for a tight cluster: 2, where nothing normalizes it 2e^β.

    The row after e^{−2} that is farthest off is reported. What the law leaves out of the motion of mass at θ is
    1 − cos θ times the kernel's curvature, 2 + 2|β|, here its mean over what contributes to 1 − R, the largest up to
    the row. Mass far away, in an antipodal clump above all, does not contract at all, and is all that is left of 1 − R
    late: the mean tells it.
    """
    beta, norm = require_head(evidence)
    deficits, times = evidence["order_deficit"], evidence.times
    tight = 0 < deficits[0] < TIGHT
    require(tight, f"needs a cluster with 1 − R below {TIGHT:g} at t = 0, all mass in it")
    law = schemes.consensus_factor(norm, times, beta, evidence.normalization)
    late = (law < math.exp(-2)) & (law > 1e-300) & (deficits > 0)
    reached(
        late.any(), f"the variance should fall to {law[-1]:.3g} of what it was only; the law needs {math.exp(-2):.2g}"
    )
    clock = _late_clock(evidence, times)[late]
    predicted, measured = -np.log(law[late]) / clock, -np.log(deficits[late] / deficits[0]) / clock
    worst = int(np.argmax(np.abs(measured - predicted)))
    row = int(np.flatnonzero(late)[worst])
    error = float(predicted[worst]) * (2 + 2 * abs(beta)) * float(_mean_versine(evidence)[: row + 1].max())
    window = (0.0, float(times[late][worst]))
    return Finding(float(predicted[worst]), float(measured[worst]), error, window, "a tighter cluster would tell")


def _mean_versine(evidence: Evidence) -> Array:
    """Bound, at the rows, the mean of 1 − cos θ over the mass, weighted with its contributions 1 − cos θ to 1 − R.

    W₂² = ∫ θ² dμ, and θ²/(2(1 − cos θ)) − 1 is at least θ²/12, which is at least (1 − cos θ)/6.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = evidence["w2_to_dirac"] ** 2 / (2 * evidence["order_deficit"]) - 1
    return np.asarray(6 * np.abs(excess))


class _ByClock(Evidence):
    """A run seen by the clock in which its scheme moves tokens as softmax or unnormalized attention would.

    LN-scaling is that motion by another clock. nGPT divides by |A|: late on A/|A| = e for every token, as A is with
    softmax.
    """

    def __init__(self, record: Record, clock: Callable[[Array], Array], *, divides: bool) -> None:
        super().__init__(record)
        self._divides = divides
        self._saved = clock(record.density_times)
        self.times = clock(self.times)

    @cached_property
    def snapshot_times(self) -> Array:
        """Times of the snapshots, by the clock."""
        return self._saved

    @property
    def normalization(self) -> Normalization:
        """That whose late rates the run has."""
        return "softmax" if self._divides else super().normalization

    @property
    def plain(self) -> bool:
        """Whether the theory of one identity head applies, by this clock."""
        return self.beta is not None and self.diffusion == 0


def _scheme_antipode(evidence: Evidence, tolerance: float) -> Finding:
    """Measure κ in 1 − R ~ e^{−κτ}, τ the late clock: κ of the antipode and the cluster, but 2 where norms grow.

    Where <x, A> changes its sign at the antipode, A vanishes there for a moment, and nGPT, which divides by |A|, drives
    tokens away from it at once: the density has a zero there afterwards, and the law needs a positive one.
    """
    beta, norm = require_head(evidence)
    predicted = schemes.collapse_exponent(norm.scheme, evidence.d, beta, evidence.normalization)
    if norm.scheme in ALGEBRAIC:
        found = _algebraic(evidence)
    else:
        if norm.scheme == "ngpt":
            early = evidence["order_deficit"] > collapse.CONCENTRATED
            positive = np.all(np.isfinite(evidence["log_antipode_density"][early]))
            require(positive, "attention has vanished at the antipode: nGPT divides by its norm, and has emptied it")
        seen = _ByClock(evidence.record, lambda times: _late_clock(evidence, times), divides=norm.scheme == "ngpt")
        found = collapse.dirac_rate(seen, tolerance)
        ends = (float(np.interp(end, seen.times, evidence.times)) for end in found.window)
        found = replace(found, window=(next(ends), next(ends)))
    return replace(found, predicted=predicted)


def _algebraic(evidence: Evidence) -> Finding:
    """Return the power κ of 1 − R ~ t^{−κ}, from local slopes p in ln t.

    Norms grow like t + c and the spread across the axis settles like 1/t, so that 1/p is linear in 1/t up to t^{−2}:
    extrapolated from the end and half of it; half of that and a quarter tell the error. A clump that has yet to pass
    the origin, or never does, follows no power: the share of 1 − R beyond 90° is at most `_mean_versine`.
    """
    slopes = evidence.log_slopes("order_deficit")
    reached(slopes.times.size > 0, "the record holds too few rows")
    end = float(slopes.times[-1])
    deficit = float(evidence["order_deficit"][-1])
    reached(deficit < collapse.CONCENTRATED**2, f"not late yet: 1 − R is {deficit:.2g} at t = {end:.4g}")
    far = float(_mean_versine(evidence)[-1])
    reached(far < collapse.CONCENTRATED, f"what is left of 1 − R at t = {end:.4g} lies far away: a clump that stalls")
    moments = end / np.array([1.0, 2.0, 4.0])
    inverse = -1.0 / np.interp(moments, slopes.times, slopes.times * slopes.values)
    late, early = 1 / (2 * inverse[0] - inverse[1]), 1 / (2 * inverse[1] - inverse[2])
    error = 4 * end * float(np.interp(end, slopes.times, slopes.uncertainties)) + abs(late - early)
    error += 4 * late * far  # the extrapolation takes twice the last slope, from the same 1 − R twice as large
    return Finding(math.nan, float(late), float(error), (float(moments[-1]), end))


# ---- an antipodal clump ----


def _two_ends(evidence: Evidence) -> tuple[float, float, float]:
    """Return β, the mass at the lighter of two ends, and the variance of its tokens over all directions to its pole."""
    beta, norm = require_head(evidence)
    require(norm.scheme == "pre", "derived for Pre-LN")
    far, bumps = two_ends(evidence, NARROW_BUMP)
    return beta, far, (evidence.d - 1) / min(bump.concentration for bump in bumps)


def _stalled_clump(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare 1 − R at the end with 2m where the clump moves outwards for ever, with 0 where it passes the origin.

    Bumps of concentration k lack (d−1)/2k of R each; a clump that passes needs t = r₀/|r′|, and as long again for 1 − R
    to fall like t^{−2}.
    """
    beta, far, variance = _two_ends(evidence)
    rate = schemes.antipodal_norm_rate(beta, far, evidence.normalization)
    needed = 10 * evidence.case.layer_norm.radius / max(abs(rate), 1e-300)
    end = float(evidence.times[-1])
    reached(end >= needed, f"the run ends at t = {end:.4g}; telling a clump that stays needs t = {needed:.4g}")
    predicted = 2 * far if rate > 0 else 0.0
    return Finding(
        predicted, float(evidence["order_deficit"][-1]), variance / 2, (0.0, end), "narrower bumps would tell"
    )


def _clump_norm(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure r′ of the antipodal clump, on average, while its norm is more than half of the initial one.

    The law is that of a point; a clump of variance s² (over both directions to its pole) sees a force that differs by
    about (1 + |β|)s², and s grows like 1/r at most.
    """
    beta, far, variance = _two_ends(evidence)
    radii = np.array([_far_norm(evidence, i) for i in range(evidence.snapshot_times.size)])
    near = ~(radii > ORIGIN * evidence.case.layer_norm.radius)
    count = int(np.argmax(near)) if near.any() else radii.size
    reached(count > 1, "the clump is at fewer than two snapshots, or passes the origin before the second")
    times = evidence.snapshot_times[[0, count - 1]]
    measured = float((radii[count - 1] - radii[0]) / (times[1] - times[0]))
    predicted = schemes.antipodal_norm_rate(beta, far, evidence.normalization)
    force = 1.0 if evidence.normalization == "softmax" else math.exp(abs(beta))
    spread = 1.5 * (1 + abs(beta)) * variance * force / float(min(1.0, radii[:count].min() / radii[0])) ** 2
    window = (float(times[0]), float(times[1]))
    return Finding(predicted, measured, spread, window, "narrower bumps would tell")


def _far_norm(evidence: Evidence, index: int) -> float:
    """Return the mean norm of the tokens on the side away from the mean; NaN where there are none."""
    density = norms_of(evidence, index)
    side = math.copysign(1.0, float(density.masses @ density.directions[:, 0]))
    away = side * density.directions[:, 0] < 0
    if not away.any():
        return math.nan
    return float(np.average(density.radii[away], weights=density.masses[away]))


CLAIMS = (
    NormClaim("scheme_growth", _scheme_growth, schemes.growth_factor, 1e-6),
    NormClaim("consensus_decay", _consensus_decay, schemes.consensus_factor, 1e-3),
    NormClaim("scheme_antipode", _scheme_antipode, schemes.collapse_exponent, 2e-3),
    Claim("stalled_clump", _stalled_clump, schemes.antipodal_norm_rate, 5e-2, absolute=True, spaces=AXIS),
    Claim("clump_norm", _clump_norm, schemes.antipodal_norm_rate, 5e-2, spaces=AXIS),
)
