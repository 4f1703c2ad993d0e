"""What the regularity of the initial density at the repelling point does to the rate of collapse.

Responsible for data that are singular or vanish at the point from which mass leaves last, and for the worst
case over L^p. Knows nothing of data that are bounded and positive there (`antipode_law`).

**Derived here.** If f₀ ~ ψ^{−a} at distance ψ from the repelling point, the mass within ψ is ~ ψ^{D−a},
D = d − 1, instead of ψ^D; with ψ ~ e^{−λ_a t} the escape exponent becomes (D − a)λ_a. Hölder's inequality
bounds that mass by C‖f₀‖_p ψ^{D(1−1/p)}, and a just below D/p comes as near to the bound as one likes.
"""

import math

from kinetic.theory.antipode_law import cluster_rate, escape_rate
from kinetic.theory.domain import require_between, require_dimension
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; the class of data is that of arXiv:2504.14697"


@statement(
    status="derived",
    source=SOURCE,
    summary="for f₀ ~ ψ^{−a} at the repelling point κ = min((d−1−a)λ_a, 2λ_c)",
)
def singular_collapse_rate(d: int, beta: float, normalization: Normalization, exponent: float) -> float:
    """Return κ for a density that behaves like ψ^{−a} at distance ψ from the repelling point.

    κ = min((d − 1 − a) λ_a, 2 λ_c).

    Parameters
    ----------
    d : int
        Ambient dimension, d ≥ 2.
    beta : float
        Inverse temperature.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.
    exponent : float
        a < d − 1; negative when the density vanishes there.

    Returns
    -------
    float
        A rate per unit of time.

    Raises
    ------
    DomainError
        If a ≥ d − 1: such a density has no mass to speak of elsewhere.
    """
    require_dimension(d)
    require_between("exponent", exponent, -math.inf, d - 1)
    return min((d - 1 - exponent) * escape_rate(beta, normalization), 2.0 * cluster_rate(beta, normalization))


@statement(status="derived", source=SOURCE, summary="over f₀ ∈ L^p the worst κ is min((d−1)(1−1/p)λ_a, 2λ_c)")
def worst_collapse_rate(d: int, beta: float, normalization: Normalization, p: float = 2.0) -> float:
    """Return the smallest κ that a density in L^p can have, as an infimum.

    κ = min((d − 1)(1 − 1/p) λ_a, 2 λ_c); p = ∞ is the law for bounded data, p → 1 leaves no exponential
    rate. For β = 0 and p = 2 the rate κ/2 of W₂ is 1/4, 1/2, 3/4, 1, 1 for d = 2, 3, 4, 5, 6.

    Parameters
    ----------
    d, beta, normalization
        As for `singular_collapse_rate`.
    p : float
        Integrability, 1 < p ≤ ∞.

    Returns
    -------
    float
        A rate per unit of time, approached but for p = ∞ not attained.
    """
    require_between("1/p", 1.0 / p, -1e-300, 1.0)
    return singular_collapse_rate(d, beta, normalization, (d - 1) / p)
