"""The published theorem: a density with a mean converges to one Dirac mass, exponentially, for small |β|.

Responsible for the theorem's printed rate and for the ceilings that the antipode puts on its range of β.
Knows neither its constants C₀, T₀, β₀, which the restatement read here does not give, nor the true rate.

The theorem (Chen, Lin, Polyanskiy, Rigollet, arXiv:2504.14697, as restated in arXiv:2512.01868, section 4):
for unnormalized attention, d ≥ 2, a density f₀ in L² with |∫ x dμ₀|² > 0, there is β₀ > 0 depending on μ₀
such that for |β| < β₀, W₂(μ_t, δ_{x∞}) ≤ C₀ e^{−t/100} for t ≥ T₀. Softmax attention is not treated.

**Ceilings, derived here.** The density at the repelling point decays only like e^{−(d−1)e^{−β}t}, so W₂
decays no faster than e^{−(d−1)e^{−β}t/2}: the conclusion is false when (d−1)e^{−β}/2 < 1/100. For suitable
L² data the exponent is half of that.
"""

import math

from kinetic.theory.domain import require_dimension
from kinetic.theory.statement import statement

SOURCE = "Chen, Lin, Polyanskiy, Rigollet, arXiv:2504.14697, as restated in arXiv:2512.01868, section 4"
CEILING_SOURCE = "derived here from the escape rate at the antipode"


@statement(status="theorem", source=SOURCE, summary="W₂ to the limiting Dirac is at most C e^{−t/100}")
def w2_bound_rate() -> float:
    """Return 1/100, the exponent that the theorem guarantees for W₂ (unnormalized attention, |β| < β₀)."""
    return 1.0 / 100.0


@statement(status="derived", source=CEILING_SOURCE, summary="β₀ ≤ ln(50(d−1)) for every positive continuous density")
def beta_ceiling(d: int) -> float:
    """Return ln(50(d−1)), above which W₂ ≤ C e^{−t/100} fails for every continuous positive density.

    Parameters
    ----------
    d : int
        Ambient dimension, d ≥ 2.

    Returns
    -------
    float
        An upper bound on the theorem's β₀: 3.91 for d = 2, 4.61 for d = 3.
    """
    require_dimension(d)
    return math.log(50.0 * (d - 1))


@statement(
    status="derived",
    source=CEILING_SOURCE,
    summary="β₀ ≤ ln(25(d−1)) for suitable square-integrable densities",
)
def beta_ceiling_square_integrable(d: int) -> float:
    """Return ln(25(d−1)), above which some square-integrable density violates the theorem's bound.

    Parameters and Returns as for `beta_ceiling`: 3.22 for d = 2.
    """
    require_dimension(d)
    return math.log(25.0 * (d - 1))
