import math

import numpy as np
import pytest
from theory.zonal_field import latitude_speed

from kinetic.errors import DomainError
from kinetic.theory import two_dirac


@pytest.mark.parametrize("d", [2, 3, 6])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("beta", "m"), [(0.5, 0.2), (0.5, 0.4), (-1.0, 0.9), (2.0, 0.01), (0.0, 0.3)])
def test_the_antipodal_clump_spreads_as_its_points_move(d: int, normalization: str, beta: float, m: float) -> None:
    # A ring of mass m at ψ = 2e^{−y} from the antipode and the rest at e: ψ′/ψ = −y′ up to O(ψ²).
    height = 12.0
    speed = latitude_speed(
        np.array([height]), np.array([-40.0, height]), np.array([1.0 - m, m]), d, beta, normalization
    )
    assert -speed[0] == pytest.approx(two_dirac.clump_rate(beta, m, normalization), abs=1e-8)


def test_the_threshold_is_where_both_rates_vanish() -> None:
    for beta in (-2.0, 0.0, 0.7, 5.0):
        m = 1.0 / (1.0 + math.exp(2.0 * beta))
        assert math.tanh(beta) == pytest.approx(1.0 - 2.0 * m, abs=1e-15)
        for normalization in ("softmax", "none"):
            assert (
                two_dirac.clump_rate(beta, 1.01 * m, normalization)
                < 0.0
                < two_dirac.clump_rate(beta, 0.99 * m, normalization)
            )


def test_the_softmax_rate_is_a_hyperbolic_tangent() -> None:
    middle = 0.5 * math.log(0.8 / 0.2)
    assert two_dirac.clump_rate(0.3, 0.2, "softmax") == pytest.approx(math.tanh(middle - 0.3), rel=1e-14)


def test_large_temperatures_do_not_overflow() -> None:
    assert two_dirac.clump_rate(500.0, 0.5, "softmax") == -1.0
    assert two_dirac.clump_rate(-500.0, 0.5, "softmax") == 1.0


@pytest.mark.parametrize("m", [-0.1, 1.1, math.nan])
def test_a_mass_outside_the_unit_interval_is_refused(m: float) -> None:
    with pytest.raises(DomainError, match="m ="):
        two_dirac.clump_rate(1.0, m, "none")
