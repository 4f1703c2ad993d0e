"""Tokens at equal mutual angles: the whole system is one equation for their common cosine.

Responsible for n tokens (n = ∞ allowed) with <x_i, x_j> = ρ for i ≠ j, a configuration the flow preserves.
Knows nothing of densities; the nearest thing a density solver can see is `ring`.

Equations: Geshkovski, Letrouit, Polyanskiy, Rigollet, arXiv:2312.10794, and Rigollet, arXiv:2512.01868,
section 6:

    softmax: ρ′ = 2e^{βρ}(1−ρ)((n−1)ρ+1) / (e^β + (n−1)e^{βρ}),     none: ρ′ = (2/n) e^{βρ}(1−ρ)((n−1)ρ+1).

The variable integrated, derived here, is u = ln((1 + (n−1)ρ)/(1 − ρ)), for which u′ = 2n e^{βρ}/(e^β +
(n−1)e^{βρ}) (softmax) or 2e^{βρ} (none): never stiff, and 1 − ρ = n/(e^u + n − 1) keeps its relative
accuracy. For n = ∞, u = ln(ρ/(1−ρ)) and u′ = 2 or 2e^{βρ}.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.domain import require_between, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "Geshkovski, Letrouit, Polyanskiy, Rigollet, arXiv:2312.10794; Rigollet, arXiv:2512.01868, section 6"


@statement("derived", "derived here from " + SOURCE, "time for equiangular tokens to reach a cosine")
def time_to_overlap(rho0: float, rho1: float, beta: float, normalization: Normalization, n: float) -> float:
    """Return the time in which the common cosine rises from ρ₀ to ρ₁, by quadrature of du/u′.

    Parameters
    ----------
    rho0, rho1 : float
        Cosines, −1/(n−1) < ρ₀ ≤ ρ₁ < 1.
    n : int or inf
        Number of tokens, n ≥ 2; for n = ∞ the cosine 0 is stationary.

    Returns
    -------
    float
        A time; e.g. 5.186 from 0 to 0.999 at n = 32, β = 0.

    **Accuracy** Relative 1e-10.
    """
    low = _lowest(n)
    require_between("rho0", rho0, low, 1.0)
    require_between("rho1", rho1, low, 1.0)
    ends = _level(rho0, n), _level(rho1, n)
    from scipy.integrate import quad  # loading it takes longer than many a run

    value, _ = quad(lambda u: 1.0 / _rate(u, beta, normalization, n), *ends, epsabs=0.0, epsrel=1e-11, limit=500)
    return float(value)


def _lowest(n: float) -> float:
    """Return the cosine of the regular simplex of n points, after refusing an impossible n."""
    if not (n == math.inf or (n >= 2 and n == int(n))):
        raise DomainError(f"number of tokens n = {n!r} is not possible; allowed: integers ≥ 2, or inf")
    return -1.0 / (n - 1.0)


def _level(rho: float, n: float) -> float:
    """Return u = ln((1 + (n−1)ρ)/(1 − ρ)), or the logit of ρ for n = ∞."""
    above = math.log(rho) if n == math.inf else math.log1p((n - 1.0) * rho)
    return above - math.log1p(-rho)


def _deficit(u: float, n: float) -> float:
    """Return 1 − ρ = n/(e^u + n − 1), or 1/(e^u + 1) for n = ∞."""
    if n == math.inf:
        return float(np.exp(-np.logaddexp(u, 0.0)))
    return float(n * np.exp(-np.logaddexp(u, math.log(n - 1.0))))


def _rate(u: float, beta: float, normalization: Normalization, n: float) -> float:
    """Return u′."""
    require_normalization(normalization)
    deficit = _deficit(u, n)
    if normalization == "none":
        return 2.0 * math.exp(beta * (1.0 - deficit))
    if n == math.inf:
        return 2.0
    return 2.0 * n / (math.exp(min(beta * deficit, 700.0)) + n - 1.0)


@statement(
    "derived",
    "derived here for equal clusters; monotone entropy production of arXiv:2605.04279",
    "row entropy of equal point clusters at equal angles rises while they approach; no law elsewhere",
)
def row_entropy(cosine: float, beta: float, n: int) -> float:
    """Return the entropy of attention rows of n equal clusters at equal angles, relative to their masses 1/n.

    With a = 1/(1 + (n−1) e^{−β(1−γ)}) the share of its own cluster in a token's attention,

        H = −a ln a − (1−a) ln((1−a)/(n−1)) − ln n,      dH/dt = a(1−a) β² (1−γ) γ̇,

    which is positive while the cosine γ rises, and negative where tokens repel. Clusters of some width may lose a
    little: e^{β<x, y>} is convex, so that they attend to each other less as they narrow.

    Parameters
    ----------
    cosine : float
        γ.
    n : int
        ≥ 2.
    """
    require_between("cosine", cosine, -1.0, 1.0)
    exponent = -beta * (1.0 - cosine)
    own = 1.0 / (1.0 + (n - 1) * math.exp(exponent))
    # ln of the two weights, relative to 1/n
    near = -math.log1p((n - 1) * math.expm1(exponent) / n)
    return -own * near - (1.0 - own) * (near + exponent)
