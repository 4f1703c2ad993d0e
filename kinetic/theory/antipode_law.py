"""How fast a density, as opposed to N particles, collapses to a Dirac mass.

Responsible for the asymptotic rates of 1 − R, of the energy gap, of W₂ and of the density at the repelling
point, for data with a continuous density that is positive there. Knows nothing of how they are measured, nor
of data that are finite (`finite_tokens`) or confined to a hemisphere (`hemisphere`).

**The law, derived here.** Let μ_t converge to δ_e, with D = d − 1. In the limit field the angle θ to e obeys
θ′ = −g(θ) sin θ with g = e^{β cos θ} (none) or 1 (softmax): distances to e shrink at rate λ_c = g(0),
distances ψ to −e grow at rate λ_a = g(π). The corrections to the limit field are exponentially small, hence
integrable, and change constants only.

1. The mass still at distance O(1) from e at time t started within ψ ~ e^{−λ_a t} of the repelling point: its
   share is ~ f₀ e^{−Dλ_a t}.
2. Everything else is at distance ~ e^{−λ_c t}.
3. The passage from ψ₀ to θ takes ln(1/ψ₀)/λ_a + ln(1/θ)/λ_c + const, so that
   P(θ_t > r) ~ e^{−Dλ_a t} r^{−α} for e^{−λ_c t} ≪ r ≪ 1, with α = Dλ_a/λ_c: a Pareto tail.
4. E[θ²] is governed by the tail iff α < 2. So 1 − R and E_max − E decay like e^{−κt},
   κ = min(Dλ_a, 2λ_c), with a further factor t if α = 2; W₂² ≈ 2(1 − R) has the same exponent.
"""

import math
from typing import Literal

from kinetic.theory.domain import require_dimension, require_finite, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; setting of Rigollet, arXiv:2512.01868, section 4, and arXiv:2504.14697"
TIE_TOLERANCE = 1e-12


@statement("derived", SOURCE, "contraction rate at the cluster, λ_c")
def cluster_rate(beta: float, normalization: Normalization) -> float:
    """Return λ_c, the rate at which distances to the Dirac shrink beside it: e^β (none), 1 (softmax).

    Returns
    -------
    float
        A rate per unit of time, positive.
    """
    require_normalization(normalization)
    require_finite("beta", beta)
    return 1.0 if normalization == "softmax" else math.exp(beta)


@statement("derived", SOURCE, "escape rate from the antipode of the cluster, λ_a")
def escape_rate(beta: float, normalization: Normalization) -> float:
    """Return λ_a, the rate at which distances to the antipode of the Dirac grow: e^{−β} (none), 1 (softmax).

    Parameters and Returns as for `cluster_rate`.
    """
    require_normalization(normalization)
    require_finite("beta", beta)
    return 1.0 if normalization == "softmax" else math.exp(-beta)


@statement("derived", SOURCE, "−d/dt ln ρ at the antipode tends to (d−1) λ_a")
def antipode_rate(d: int, beta: float, normalization: Normalization) -> float:
    """Return (d−1)λ_a, the final decay rate of the density at the antipode of the cluster.

    d/dt ln ρ(−e, t) = −div v(−e) = −(d−1) λ_a(t) along the stagnation point, for every t; λ_a(t) → λ_a. The
    mass of the far hemisphere decays at the same rate. No resolution of the cluster is needed to measure
    it.
    """
    require_dimension(d)
    return (d - 1) * escape_rate(beta, normalization)


@statement("derived", SOURCE, "1 − R and E_max − E decay like e^{−κt}, κ = min((d−1)λ_a, 2λ_c)")
def collapse_rate(d: int, beta: float, normalization: Normalization) -> float:
    """Return κ, the exponent of 1 − R, of the energy gap, and the limit of the Polyak–Łojasiewicz ratio.

    κ = min((d−1) λ_a, 2 λ_c): min(d−1, 2) for softmax and for β = 0; min((d−1)e^{−β}, 2e^β) for none. The
    ratio (dE/dt)/(E_max − E) tends to the same number, with no fit.

    Returns
    -------
    float
        A rate per unit of time. When the two arguments of the minimum tie (`is_tie`), 1 − R ~ t e^{−κt}.
    """
    return min(antipode_rate(d, beta, normalization), 2.0 * cluster_rate(beta, normalization))


@statement("derived", SOURCE, "W₂ to the Dirac decays like e^{−κt/2}")
def w2_rate(d: int, beta: float, normalization: Normalization) -> float:
    """Return κ/2, the exponent of the Wasserstein distance to the Dirac (chordal and geodesic alike).

    Parameters and Returns as for `collapse_rate`.
    """
    return 0.5 * collapse_rate(d, beta, normalization)


@statement("derived", SOURCE, "P(θ > r) ~ r^{−α} between cluster and bulk, α = (d−1)λ_a/λ_c")
def tail_index(d: int, beta: float, normalization: Normalization) -> float:
    """Return α = (d−1)λ_a/λ_c, the Pareto index of the tail of the collapsing density.

    P(θ_t > r) ~ A e^{−(d−1)λ_a t} r^{−α} for e^{−λ_c t} ≪ r ≪ 1. α = d − 1 for softmax, (d−1)e^{−2β} for
    none. For softmax the law holds up to r = O(1) with r replaced by tan(r/2).

    Returns
    -------
    float
        A positive number; below 2 the second moment of the cluster profile diverges.
    """
    return antipode_rate(d, beta, normalization) / cluster_rate(beta, normalization)


@statement("derived", SOURCE, "(d−1)λ_a < 2λ_c: the antipode limits the collapse")
def leading_side(d: int, beta: float, normalization: Normalization) -> Literal["antipode", "cluster", "tie"]:
    """Return which part of the density carries 1 − R at late times.

    Returns
    -------
    {"antipode", "cluster", "tie"}
        "antipode" if α < 2, "cluster" if α > 2, "tie" if α = 2 within 1e-12 relative.
    """
    excess = 0.5 * tail_index(d, beta, normalization) - 1.0
    if abs(excess) <= TIE_TOLERANCE:
        return "tie"
    return "antipode" if excess < 0.0 else "cluster"


@statement("derived", SOURCE, "the law carries a factor t iff (d−1)λ_a = 2λ_c")
def is_tie(d: int, beta: float, normalization: Normalization) -> bool:
    """Return whether (d−1)λ_a = 2λ_c (within 1e-12 relative), when 1 − R ~ t e^{−κt}.

    Parameters as for `leading_side`.
    """
    return leading_side(d, beta, normalization) == "tie"
