"""Context of length n with β growing like ln n: when a token listens to the others and when only to itself.

Responsible for the one trace of finite n that matters there, the weight 1/n of a token's attention to itself: the
ring and its limit d → ∞ as flows, and one layer of equiangular tokens with its phase transition. Knows nothing of
other data.

The transition at γ_c = 1/(1−ρ) is a theorem about **one layer** (arXiv:2510.05554, as restated in arXiv:2512.01868);
what is said of the **flow** is derived here. A density attends to n − 1 others through itself and to the token itself:

    A(x) = ( (e^β/n)x + (1 − 1/n)∫e^{β<x,y>}y dμ ) / ( e^β/n + (1 − 1/n)Z ).

P_x removes the first term of the numerator, so that softmax attention is multiplied by the share
g = (1−1/n)Z/(e^β/n + (1−1/n)Z). On a ring Z = e^{βh²}Λ(z) as in `ring`; as d → ∞, with ρ = h²,

    ρ′ = 2ρ(1−ρ)(n−1)e^{βρ}/(e^β + (n−1)e^{βρ}),

the equiangular equation without the "+1" in (n−1)ρ + 1, which is the pair of a token with itself. With β = γ ln n the
share is 1/(1 + n^{γ(1−ρ)}/(n−1)): it passes from one to zero where γ(1 − ρ) = 1.
"""

import math

from kinetic.errors import DomainError
from kinetic.theory.bessel import log_eigenvalue, mean_length_deficit
from kinetic.theory.domain import require_between, require_dimension
from kinetic.theory.statement import statement

FLOW = "derived here; equiangular equation of arXiv:2312.10794 and arXiv:2512.01868, section 6"
LAYER = "arXiv:2510.05554, as restated in Rigollet, arXiv:2512.01868, section 6"


@statement("theorem", LAYER, "one layer, β = γ ln n: the transition is at γ_c = 1/(1−ρ)")
def critical_gamma(rho: float) -> float:
    """Return γ_c = 1/(1−ρ) for tokens of common cosine ρ.

    Parameters
    ----------
    rho : float
        Cosine, 0 < ρ < 1.

    Returns
    -------
    float
        γ_c > 1.
    """
    require_between("rho", rho, 0.0, 1.0)
    return 1.0 / (1.0 - rho)


@statement("derived", FLOW, "share of attention that goes to others: 1/(1 + e^{β(1−ρ)}/(n−1))")
def attention_share(rho: float, beta: float, n: float) -> float:
    """Return (n−1)e^{βρ}/(e^β + (n−1)e^{βρ}), the factor by which a finite context slows the overlap, d → ∞.

    Parameters
    ----------
    rho : float
        Common cosine ρ.
    n : float
        Context length, n > 1; inf gives one.

    Returns
    -------
    float
        A number in (0, 1]; with β = γ ln n a step at ρ = 1 − 1/γ whose width is 1/β.
    """
    _context(n)
    return 1.0 if n == math.inf else _share(beta * (1.0 - rho) - math.log(n - 1.0))


@statement("derived", FLOW, "a ring in finite d with context n: h′ = h(1−h²)(1−a)·share")
def ring_rate(h: float, d: int, beta: float, n: float) -> float:
    """Return h′ of the uniform measure on the latitude h of S^{d−1}, softmax with a context of n tokens.

    h′ = h(1−h²)(1−a)g, a = A_{d−1}(z), z = β(1−h²), g = 1/(1 + e^{z}/((n−1)Λ(z))): exact in every d; ρ = h² tends to
    ρ′ = 2ρ(1−ρ) `attention_share` as d → ∞, Λ → 1 and a → 0 with errors O(z²/d) and O(z/d).

    Parameters
    ----------
    h : float
        Cosine of the latitude, −1 < h < 1.
    beta : float
        Inverse temperature, |β| ≤ 600.
    n : float
        Context length, n > 1, or inf.
    """
    require_between("latitude h", h, -1.0, 1.0)
    square = (1.0 - h) * (1.0 + h)
    return square * _stretched(h, square, d, beta, n)


def _stretched(h: float, square: float, d: int, beta: float, n: float) -> float:
    """Return h′/(1−h²), 1 − h² given separately."""
    require_dimension(d)
    _context(n)
    z = beta * square
    rate = h * mean_length_deficit(d - 1, z)
    return rate if n == math.inf else rate * _share(z - log_eigenvalue(0, d - 1, z) - math.log(n - 1.0))


def _share(excess: float) -> float:
    """Return 1/(1 + e^excess)."""
    small = math.exp(-abs(excess))
    return (small if excess > 0.0 else 1.0) / (1.0 + small)


def _context(n: float) -> None:
    """Refuse a context that holds no other token."""
    if not n > 1.0:
        raise DomainError(f"context length n = {n!r} holds no other token; allowed: n > 1, or inf")
