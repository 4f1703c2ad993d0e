"""Data inside an open hemisphere: no antipodal tail, hence the rate of the cluster.

Responsible for the collapse of measures that leave a neighbourhood of the repelling point empty. Knows nothing of
positive densities (`antipode_law`).
"""

from kinetic.theory.antipode_law import cluster_rate
from kinetic.theory.statement import statement
from kinetic.types import Normalization


@statement(
    "derived",
    "derived here; convergence in a hemisphere is a theorem of arXiv:2312.10794 and arXiv:2512.01868",
    "with support in an open hemisphere 1 − R decays like e^{−2λ_c t}",
)
def collapse_rate(beta: float, normalization: Normalization) -> float:
    """Return 2λ_c, the exponent of 1 − R and of the energy gap for data supported in an open hemisphere.

    2 (softmax), 2e^β (none), in every dimension: all mass is in the cluster and 1 − R is its variance.
    """
    return 2.0 * cluster_rate(beta, normalization)
