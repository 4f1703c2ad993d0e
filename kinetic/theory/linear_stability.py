"""Growth of a small perturbation of the uniform density, degree by degree.

Responsible for the linear rates of identity and scalar heads, with and without softmax, with diffusion, and
for the degree that wins. Knows nothing of what happens when the perturbation is no longer small.

**Derived here.** Write ρ = 1 + εY_l. The potential (1/β)∫ e^{β<x,y>} dμ(y) changes by ε(w_l(β)/β) Y_l
(Funk–Hecke), the drift is its gradient, and at ρ = 1 the continuity equation gives
ρ′ = −(w_l/β) ε ΔY_l + κ ε ΔY_l with ΔY_l = −l(l+d−2) Y_l. Softmax divides by the constant partition w_0;
the change of the partition is of second order since the drift vanishes at the uniform density. That the
winning degree sets the number of clusters is the subject of Bruno, Pasqualotto, Agazzi, arXiv:2410.23228.
"""

import math
from collections.abc import Sequence

import numpy as np

from kinetic.theory.bessel import log_eigenvalue, log_eigenvalue_over_argument, parity_sign
from kinetic.theory.domain import require_degree, require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; the instability is that of Bruno, Pasqualotto, Agazzi, arXiv:2410.23228"


@statement("derived", SOURCE, "degree l of a uniform density grows at l(l+d−2)(w_l/β − κ)")
def growth_rate(degree: int, d: int, beta: float, normalization: Normalization, diffusion: float = 0.0) -> float:
    """Return σ_l, the growth rate of degree l on the uniform density for one identity head.

    σ_l = l(l+d−2) [ w_l(β)/β − κ ] (none), with w_l/w_0 in place of w_l (softmax);
    w_l(β) = Γ(d/2)(2/β)^ν I_{l+ν}(β), ν = d/2 − 1. At β = 0: σ_1 = (d−1)/d − κ(d−1), σ_l = −κ l(l+d−2) for
    l ≥ 2.

    Parameters
    ----------
    degree : int
        Harmonic degree l ≥ 0; every order of a degree grows at the same rate.
    beta : float
        Inverse temperature, |β| ≤ 600, any sign.

    **Accuracy** Relative 1e-12 of the attention part for |β| ≤ 100, d ≤ 4096.
    """
    return growth_rate_heads(degree, d, [(beta, 1.0)], normalization, diffusion)


@statement("derived", SOURCE, "scalar heads add up: σ_l = l(l+d−2)(Σ_h v_h w_l(β_h)/β_h − κ)")
def growth_rate_heads(
    degree: int,
    d: int,
    heads: Sequence[tuple[float, float]],
    normalization: Normalization,
    diffusion: float = 0.0,
) -> float:
    """Return σ_l for several heads whose query, key and value are multiples of the identity.

    σ_l = l(l+d−2) [ Σ_h v_h w_l(b_h)/b_h − κ ], with w_l/w_0 in place of w_l for softmax.

    Parameters
    ----------
    degree
        As for `growth_rate`.
    heads : sequence of (float, float)
        (b_h, v_h): b_h = β_h q_h k_h for query q_h I and key k_h I, value v_h I.
    """
    require_degree(degree)
    require_dimension(d)
    require_normalization(normalization)
    if degree == 0:
        return 0.0
    attention = sum(value * _gain(degree, d, b, normalization) for b, value in heads)
    return degree * (degree + d - 2) * (attention - diffusion)


@statement("derived", SOURCE, "degree l turns unstable below κ_l = w_l/β (over w_0 for softmax)")
def critical_diffusion(degree: int, d: int, beta: float, normalization: Normalization) -> float:
    """Return the diffusion κ_l below which degree l of the uniform density is unstable.

    κ_l = w_l(β)/β (none), (w_l/w_0)(β)/β (softmax); κ_1 is the first threshold and tends to 1/d as β → 0.

    Parameters
    ----------
    degree, beta
        As for `growth_rate`, l ≥ 1.

    Returns
    -------
    float
        A diffusion; negative for a degree that is stable without any (even degrees for β < 0).
    """
    return growth_rate(degree, d, beta, normalization) / (degree * (degree + d - 2))


@statement("derived", SOURCE, "the winning degree maximizes σ_l, summed over scalar heads")
def most_unstable_degree_heads(
    d: int, heads: Sequence[tuple[float, float]], normalization: Normalization, diffusion: float = 0.0
) -> int | None:
    """Return the degree with the largest growth rate for several scalar heads, or None if none grows.

    Each l(l+d−2)|w_l(b)| is log-concave in l with its largest value near √(2|b|) for d = 2, and below it in higher d;
    the search goes to four times that and sixteen beyond, where every head's part has fallen below e^{−8}.

    Parameters
    ----------
    heads
        As for `growth_rate_heads`.

    Returns
    -------
    int or None
        A degree ≥ 1 with σ_l > 0.
    """
    highest = 16 + math.ceil(4.0 * math.sqrt(2.0 * max(abs(b) for b, _ in heads)))
    rates = [growth_rate_heads(degree, d, heads, normalization, diffusion) for degree in range(highest + 1)]
    winner = int(np.argmax(rates))
    return winner if rates[winner] > 0.0 else None


def _gain(degree: int, d: int, b: float, normalization: Normalization) -> float:
    """Return w_l(b)/b, or (w_l/w_0)(b)/b for softmax."""
    logarithm = log_eigenvalue_over_argument(degree, d, b)
    if normalization == "softmax":
        logarithm -= log_eigenvalue(0, d, b)
    return parity_sign(degree, b) * math.exp(logarithm)
