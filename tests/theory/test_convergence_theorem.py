import math

import pytest

from kinetic.theory import antipode_law, convergence_theorem


@pytest.mark.parametrize("d", [2, 3, 10, 4096])
def test_the_ceiling_is_where_the_true_rate_falls_to_the_guaranteed_one(d: int) -> None:
    guaranteed = convergence_theorem.w2_bound_rate()
    ceiling = math.log(50 * (d - 1))
    assert antipode_law.w2_rate(d, ceiling, "none") == pytest.approx(guaranteed, rel=1e-13)
    assert antipode_law.w2_rate(d, ceiling - 0.01, "none") > guaranteed
    assert antipode_law.w2_rate(d, ceiling + 0.01, "none") < guaranteed


def test_the_bound_is_far_from_the_rate_at_small_temperature() -> None:
    assert antipode_law.w2_rate(2, 0.0, "none") == pytest.approx(50 * convergence_theorem.w2_bound_rate(), rel=1e-15)
