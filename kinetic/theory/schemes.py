"""Six ways to normalize a layer, and what each does to the speed of clustering.

Responsible for θ′ = P_θA/s, A the attention's output at the token, with

    post: s = 1;    pre: s = r, r′ = <θ, A>;    mix: post until a switch time, then pre;
    peri: s = r|A|, r′ = <θ, A>/|A|;    ngpt: s = |A|/α(t);    ln_scaling: s = √(t+1):

growth from the uniform density, decay beside the consensus, the late law of a positive density and the antipodal clump
of Pre-LN. Knows nothing of rings (`scheme_ring`) or of β = 0 (`pre_norm`).

The schemes and their clustering rates are those of Karagodin, Ge, Polyanskiy, Rigollet, arXiv:2510.22026, and Rigollet,
arXiv:2512.01868, section 6. **Derived here:** wherever every token has <θ, A> = |A| = a up to small quantities — at the
uniform density a = A_d(β) = w_1/w_0 (softmax) or w_1 (none), at the consensus a = 1 or e^β — a scheme only changes the
clock of the linearized flow, to T = ∫dt/s with

    post t;    pre ln(1 + at/r₀)/a;    peri ln(1 + t/r₀)/a;    ngpt ∫α dt/a;    ln_scaling 2(√(t+1) − 1),

since P_θA is itself small and the changes of r and |A| only matter at second order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.antipode_law import collapse_rate
from kinetic.theory.bessel import eigenvalue_ratio, log_eigenvalue
from kinetic.theory.domain import increasing_times, require_between, require_dimension, require_normalization
from kinetic.theory.linear_stability import growth_rate
from kinetic.theory.statement import statement
from kinetic.theory.two_dirac import clump_rate
from kinetic.types import Array, ArrayLike, Normalization

Scheme: TypeAlias = Literal["post", "pre", "mix", "peri", "ngpt", "ln_scaling"]

SOURCE = "derived here; schemes of arXiv:2510.22026 and arXiv:2512.01868, section 6"


@dataclass(frozen=True)
class Norm:
    """One of the six schemes, with its numbers.

    Parameters
    ----------
    scheme : {"post", "pre", "mix", "peri", "ngpt", "ln_scaling"}
    radius : float
        Norm r₀ > 0 of every token at t = 0 (pre, mix, peri).
    switch_time : float
        When mix changes from post to pre.
    rate : float or sequence of (float, float)
        nGPT's α, as for `rate_integral`.

    Raises
    ------
    DomainError
        If the name is none of the six, or the radius is not positive.
    """

    scheme: Scheme
    radius: float = 1.0
    switch_time: float = 0.0
    rate: float | Sequence[tuple[float, float]] = 1.0

    def __post_init__(self) -> None:
        if self.scheme not in get_args(Scheme):
            raise DomainError(f"layer norm {self.scheme!r} is unknown; allowed: {', '.join(get_args(Scheme))}")
        require_between("radius", self.radius, 0.0, math.inf)


def rate_integral(rate: float | Sequence[tuple[float, float]], times: ArrayLike) -> Array:
    """Return ∫₀^t α dt for a constant α or one that is linear between the points of a table.

    Parameters
    ----------
    rate : float or sequence of (float, float)
        α, or pairs (t, α) with increasing t; before the first and after the last pair α is constant.
    times : array_like, shape (k,)
        Increasing times from 0.

    Returns
    -------
    ndarray, shape (k,)
        The integrals, exact.

    Raises
    ------
    DomainError
        If the table's times do not increase.
    """
    instants = increasing_times(times)
    if isinstance(rate, int | float):
        return np.asarray(rate * instants)
    table = np.asarray(rate, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 2 or np.any(np.diff(table[:, 0]) <= 0.0):
        raise DomainError(f"rate {rate!r} is no table; give pairs (t, α) with increasing t, or a number")
    knots = np.unique(np.concatenate([[0.0], table[:, 0], instants]))
    knots = knots[knots >= 0.0]
    heights = np.interp(knots, table[:, 0], table[:, 1])
    sums = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(knots) * (heights[1:] + heights[:-1]))])
    return np.asarray(np.interp(instants, knots, sums))


@statement("derived", SOURCE, "while |A| = <θ,A> = a, a scheme only changes the clock to T = ∫dt/s")
def effective_time(norm: Norm, times: ArrayLike, pull: float) -> Array:
    """Return T(t) = ∫₀^t dt/s for tokens with |A| = <θ, A> = a.

    Parameters
    ----------
    pull : float
        a ≥ 0; zero only for the schemes that do not divide by |A|.

    Raises
    ------
    DomainError
        For peri and ngpt if a = 0: they divide by the attention's norm.
    """
    scheme, radius, t = norm.scheme, norm.radius, increasing_times(times)
    if scheme in {"peri", "ngpt"} and not pull > 0.0:
        raise DomainError(f"{scheme} divides by the attention's norm, which is {pull!r} here; allowed: a positive one")
    if scheme == "post":
        return t
    if scheme == "ln_scaling":
        return np.asarray(2.0 * t / (np.sqrt(t + 1.0) + 1.0))
    if scheme == "ngpt":
        return rate_integral(norm.rate, t) / pull
    if scheme == "peri":
        return np.asarray(np.log1p(t / radius) / pull)
    held = np.minimum(t, norm.switch_time) if scheme == "mix" else np.zeros_like(t)
    free = t - held
    return np.asarray(held + (free / radius if pull == 0.0 else np.log1p(pull * free / radius) / pull))


@statement("derived", SOURCE, "amplitudes of degree l grow by exp(σ_l T), T the scheme's clock")
def growth_factor(
    norm: Norm, degree: int, d: int, beta: float, normalization: Normalization, times: ArrayLike
) -> Array:
    """Return the factor by which degree l of a nearly uniform density has grown, one identity head, κ = 0.

    exp(σ_l T): post e^{σt}; pre (1 + at/r₀)^{σ/a}; peri (1 + t/r₀)^{σ/a}; ngpt exp(σ∫α/a); ln_scaling
    exp(2σ(√(t+1) − 1)), with σ_l of `growth_rate` and a = w_1/w_0 (softmax) or w_1 (none). For pre and l = 1 the
    exponent is (d−1)/β.

    Parameters
    ----------
    beta : float
        0 ≤ β; positive for peri and ngpt, which divide by |A| = 0 at β = 0.
    """
    require_between("beta", beta, -1e-300, math.inf)
    sigma = growth_rate(degree, d, beta, normalization)
    clock = effective_time(norm, times, uniform_pull(d, beta, normalization))
    return np.asarray(np.exp(sigma * clock))


def uniform_pull(d: int, beta: float, normalization: Normalization) -> float:
    """Return <x, A> = |A| at the uniform density: w_1/w_0 (softmax) or w_1 (none); zero at β = 0.

    Parameters as for `growth_factor`.
    """
    require_normalization(normalization)
    return eigenvalue_ratio(1, d, beta) if normalization == "softmax" else math.exp(log_eigenvalue(1, d, beta))


@statement(
    "derived",
    "arXiv:2510.22026 (order of magnitude); constants derived here",
    "beside the consensus the variance decays like e^{−2aT}",
)
def consensus_factor(norm: Norm, times: ArrayLike, beta: float, normalization: Normalization) -> Array:
    """Return the factor by which the variance of a tight cluster has fallen.

    e^{−2aT} with a = 1 (softmax), e^β (none): softmax post e^{−2t}; pre and peri (1 + t/r₀)^{−2}; mix e^{−2τ}(1 + (t −
    τ)/r₀)^{−2}; ngpt e^{−2∫α}; ln_scaling e^{−4(√(t+1)−1)}. (The order of magnitude is the theorem's; for a cluster of
    vanishing width the constants are exact.)
    """
    require_normalization(normalization)
    pull = 1.0 if normalization == "softmax" else math.exp(beta)
    return np.asarray(np.exp(-2.0 * pull * effective_time(norm, times, pull)))


@statement("derived", SOURCE, "the clock τ in which a positive density collapses as 1 − R ~ e^{−κτ}")
def late_clock(norm: Norm, times: ArrayLike, beta: float = 0.0, normalization: Normalization = "softmax") -> Array:
    """Return τ(t), up to a constant.

    post t; ln_scaling 2(√(t+1)−1); ngpt ∫α; pre, mix, peri ln of the norm beside the cluster.
    """
    pull = 1.0 if normalization == "softmax" else math.exp(beta)
    clock = effective_time(norm, times, pull)
    return clock if norm.scheme in {"post", "ln_scaling"} else pull * clock


@statement("derived", SOURCE, "1 − R ~ e^{−κτ}: κ = min((d−1)λ_a, 2λ_c), but 2 for pre, mix, peri")
def collapse_exponent(scheme: Scheme, d: int, beta: float, normalization: Normalization) -> float:
    """Return κ in 1 − R ~ e^{−κτ}, τ of `late_clock`, for a density that is positive at the repelling point.

    post and ln_scaling change the clock of the flow and nothing else: κ = min((d−1)λ_a, 2λ_c) of `collapse_rate`. ngpt
    divides by |A|, late on A/|A| = e for every token, and λ_a = λ_c = 1 per unit of ∫α with either normalization: κ =
    min(d−1, 2). pre, mix and peri carry a norm: late on A points to e for every token, y = rθ moves along e, and tokens
    at the antipode pass through the origin within a bounded time; 1 − R ≈ E|y_⊥|²/(2r²) ~ r^{−2} = e^{−2τ}, which is
    t^{−2}, in every dimension: no bottleneck.

    Parameters
    ----------
    scheme : {"post", "pre", "mix", "peri", "ngpt", "ln_scaling"}
    beta : float
        Inverse temperature, such that the limit is one Dirac mass.

    Returns
    -------
    float
        κ; ln_scaling in d = 2 with softmax: 1, so that 1 − R ~ e^{−2√t}. A factor τ comes with it
        where antipode and cluster tie: post and ln_scaling as in `antipode_law.is_tie`, ngpt in d = 3.
    """
    require_dimension(d)
    if Norm(scheme).scheme in {"post", "ln_scaling"}:
        return collapse_rate(d, beta, normalization)
    return min(d - 1.0, 2.0) if scheme == "ngpt" else 2.0


@statement("derived", SOURCE, "Pre-LN: the norm of an antipodal clump grows at m e^β − (1−m)e^{−β} (over Z)")
def antipodal_norm_rate(beta: float, m: float, normalization: Normalization) -> float:
    """Return r′ of a clump of mass m at −e, the rest at e, under Pre-LN.

    <−e, A(−e)> = m e^β − (1−m)e^{−β} (none); divided by Z it is tanh(β − β₂), β₂ = ½ ln((1−m)/m). Positive iff
    tanh β > 1 − 2m: then the clump grows outwards without end, its spread shrinks like 1/r, and 1 − R stalls near 2m.
    Negative: it passes through the origin after r₀/|r′| and joins e. It is minus the rate at which the clump spreads
    under Post-LN, `clump_rate`.
    """
    return -clump_rate(beta, m, normalization)
