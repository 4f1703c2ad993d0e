import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory import antipode_law, regularity
from kinetic.theory.exact_mobius import axisymmetric_trajectory


@pytest.mark.parametrize(("d", "exponent"), [(2, 0.4), (2, -0.5), (3, 0.8), (4, 0.0), (5, 1.0)])
def test_a_singularity_at_the_repelling_point_slows_the_collapse_by_its_exponent(d: int, exponent: float) -> None:
    rate = regularity.singular_collapse_rate(d, 0.0, "none", exponent)
    # ρ ∝ (1 + cos θ)^{−a/2} (1 + 0.8 cos θ) behaves like ψ^{−a}; in y, 1 + cos θ = 2/(1 + e^{2y}).
    y = np.arange(-40.0, 90.0, 0.05)
    logs = -(d - 1) * np.logaddexp(y, -y) + 0.5 * exponent * np.logaddexp(0.0, 2.0 * y)
    _, deficit = axisymmetric_trajectory(y, np.exp(logs) * (1.0 - 0.8 * np.tanh(y)), [30.0, 31.0])
    # The other contribution is down by the difference of the exponents.
    other = math.exp(-abs(2.0 - (d - 1 - exponent)) * 30.0)
    assert other < 1e-6
    assert math.log(deficit[0] / deficit[1]) == pytest.approx(rate, abs=1e-5)


def test_square_integrable_data_have_at_worst_half_the_escape_exponent() -> None:
    w2 = [0.5 * regularity.worst_collapse_rate(d, 0.0, "softmax") for d in (2, 3, 4, 5, 6)]
    assert w2 == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0], rel=1e-15)


def test_bounded_data_are_the_limit_of_large_exponents() -> None:
    for d in (2, 3, 7):
        bounded = antipode_law.collapse_rate(d, 0.6, "none")
        assert regularity.worst_collapse_rate(d, 0.6, "none", p=math.inf) == pytest.approx(bounded, rel=1e-15)
        assert regularity.worst_collapse_rate(d, 0.6, "none", p=1.0 + 1e-9) < 1e-7


def test_a_density_without_integral_is_refused() -> None:
    with pytest.raises(DomainError, match="exponent"):
        regularity.singular_collapse_rate(3, 0.0, "none", 2.0)
    with pytest.raises(DomainError, match="1/p"):
        regularity.worst_collapse_rate(3, 0.0, "none", p=1.0)
