"""Where N tokens and the density part company.

Responsible for the time at which a finite sample stops following the density, when the last token has left the
antipode, and for its rate from then on. Knows nothing of how tokens are simulated.
"""

import math

from kinetic.errors import DomainError
from kinetic.theory.antipode_law import antipode_rate, cluster_rate
from kinetic.theory.statement import statement
from kinetic.types import Normalization


@statement(
    "derived",
    "derived here from the escape rate at the antipode",
    "n tokens follow the density's law until t = ln n/((d−1)λ_a)",
)
def parting_time(n: int, d: int, beta: float, normalization: Normalization) -> float:
    """Return t_n = ln n / ((d−1)λ_a), when the last of n tokens leaves the antipodal region.

    Before it 1 − R decays like that of the density, after it like e^{−2λ_c t} (`late_slope`).

    Parameters
    ----------
    n : int
        Number of tokens, n ≥ 1.
    """
    if not n >= 1:
        raise DomainError(f"number of tokens n = {n!r} is not possible; allowed: n ≥ 1")
    return math.log(n) / antipode_rate(d, beta, normalization)


@statement(
    "derived",
    "derived here; equals the linearization of equiangular tokens in arXiv:2312.10794",
    "after the parting time N tokens collapse like e^{−2λ_c t}",
)
def late_slope(beta: float, normalization: Normalization) -> float:
    """Return 2λ_c, the exponent of 1 − R for any finite number of tokens: 2 (softmax), 2e^β (none)."""
    return 2.0 * cluster_rate(beta, normalization)
