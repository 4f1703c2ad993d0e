"""Data inside an open hemisphere: no antipodal tail, hence the rate of the cluster.

Responsible for the collapse of measures that leave a neighbourhood of the repelling point empty, for the
time at which a small background takes over, and for the probability that random tokens share a hemisphere.
Knows nothing of positive densities (`antipode_law`).
"""

import math

from scipy.special import bdtr

from kinetic.errors import DomainError
from kinetic.theory.antipode_law import antipode_rate, cluster_rate
from kinetic.theory.domain import require_between, require_dimension, require_finite
from kinetic.theory.statement import statement
from kinetic.types import Normalization


@statement(
    status="derived",
    source="derived here; convergence in a hemisphere is a theorem of arXiv:2312.10794 and arXiv:2512.01868",
    summary="with support in an open hemisphere 1 − R decays like e^{−2λ_c t}",
)
def collapse_rate(beta: float, normalization: Normalization) -> float:
    """Return 2λ_c, the exponent of 1 − R and of the energy gap for data supported in an open hemisphere.

    2 (softmax), 2e^β (none), in every dimension: all mass is in the cluster and 1 − R is its variance.

    Parameters
    ----------
    beta : float
        Inverse temperature.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.

    Returns
    -------
    float
        A rate per unit of time.
    """
    return 2.0 * cluster_rate(beta, normalization)


@statement(
    status="heuristic",
    source="derived here by equating the two contributions to 1 − R",
    summary="a background share ε takes over at t ≈ ln(1/ε)/(2λ_c − (d−1)λ_a)",
)
def background_switch_time(share: float, d: int, beta: float, normalization: Normalization) -> float:
    """Return when a flat background of mass ε turns the rate 2λ_c of a cap into that of a positive density.

    e^{−2λ_c t} = ε e^{−(d−1)λ_a t}, up to an additive constant that does not depend on ε.

    Parameters
    ----------
    share : float
        ε in (0, 1).
    d : int
        Ambient dimension.
    beta, normalization
        As for `collapse_rate`.

    Returns
    -------
    float
        A time; inf if (d−1)λ_a ≥ 2λ_c, when the background never shows in the exponent.
    """
    require_between("share", share, 0.0, 1.0)
    margin = collapse_rate(beta, normalization) - antipode_rate(d, beta, normalization)
    return -math.log(share) / margin if margin > 0.0 else math.inf


@statement(
    status="theorem",
    source="Geshkovski, Letrouit, Polyanskiy, Rigollet, arXiv:2312.10794; Rigollet, arXiv:2512.01868",
    summary="min_i <x_i, x*> = α obeys α′ ≥ (1 − α)/(2n e^{2β}) from some time on",
)
def cone_rate_bound(n: int, beta: float) -> float:
    """Return 1/(2n e^{2β}), the proved rate of n tokens in an open hemisphere: α′ ≥ (1 − α)/(2n e^{2β}).

    Parameters
    ----------
    n : int
        Number of tokens.
    beta : float
        Inverse temperature, β ≥ 0.

    Returns
    -------
    float
        A lower bound on a rate, far below the true one.
    """
    require_finite("beta", beta)
    if n != int(n) or n < 1 or beta < 0.0:
        raise DomainError(f"n = {n!r}, beta = {beta!r} are outside the lemma; allowed: integers n ≥ 1 and β ≥ 0")
    return 0.5 * math.exp(-2.0 * beta) / n


@statement(
    status="theorem",
    source="Wendel's formula, as used in arXiv:2312.10794",
    summary="n uniform tokens share a hemisphere with probability 2^{1−n} Σ_{k<d} C(n−1, k)",
)
def wendel_probability(n: int, d: int) -> float:
    """Return the probability that n uniform points of S^{d−1} lie in one open hemisphere.

    2^{−(n−1)} Σ_{k=0}^{d−1} C(n−1, k); one for n ≤ d.

    Parameters
    ----------
    n : int
        Number of points, n ≥ 1.
    d : int
        Ambient dimension.

    Returns
    -------
    float
        A probability.
    """
    require_dimension(d)
    if n != int(n) or n < 1:
        raise DomainError(f"number of points n = {n!r} is not possible; allowed: integers ≥ 1")
    return float(bdtr(min(d, n) - 1, n - 1, 0.5))
