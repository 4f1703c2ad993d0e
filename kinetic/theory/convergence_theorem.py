"""The published theorem: a density with a mean converges to one Dirac mass, exponentially, for small |β|.

Responsible for the theorem's printed rate. Knows neither its constants C₀, T₀, β₀, which the restatement read here
does not give, nor the true rate.

The theorem (Chen, Lin, Polyanskiy, Rigollet, arXiv:2504.14697, as restated in arXiv:2512.01868, section 4):
for unnormalized attention, d ≥ 2, a density f₀ in L² with |∫ x dμ₀|² > 0, there is β₀ > 0 depending on μ₀
such that for |β| < β₀, W₂(μ_t, δ_{x∞}) ≤ C₀ e^{−t/100} for t ≥ T₀. Softmax attention is not treated.

**Ceilings, derived here.** The density at the repelling point decays only like e^{−(d−1)e^{−β}t}, so W₂
decays no faster than e^{−(d−1)e^{−β}t/2}: the conclusion is false when (d−1)e^{−β}/2 < 1/100. For suitable
L² data the exponent is half of that.
"""

from kinetic.theory.statement import statement

SOURCE = "Chen, Lin, Polyanskiy, Rigollet, arXiv:2504.14697, as restated in arXiv:2512.01868, section 4"


@statement("theorem", SOURCE, "W₂ to the limiting Dirac is at most C e^{−t/100}")
def w2_bound_rate() -> float:
    """Return 1/100, the exponent that the theorem guarantees for W₂ (unnormalized attention, |β| < β₀)."""
    return 1.0 / 100.0
