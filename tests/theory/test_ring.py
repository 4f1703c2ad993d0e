import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from theory.zonal_field import latitude_speed

from kinetic.errors import DomainError
from kinetic.theory import ring
from kinetic.theory.equiangular import time_to_overlap


@pytest.mark.parametrize("d", [2, 3, 5, 9])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("beta", "c"), [(0.0, 0.3), (2.0, -0.5), (-1.5, 0.7), (4.0, 0.05)])
def test_the_ring_moves_as_the_sum_over_its_points(d: int, normalization: str, beta: float, c: float) -> None:
    y = np.array([-math.atanh(c)])
    speed = latitude_speed(y, y, np.ones(1), d, beta, normalization)[0]
    expected = -(1.0 - c * c) * speed
    # Six azimuth nodes by symmetry integrate e^{zu}, |z| ≤ 4, to z^{25}/25! relative.
    assert ring.latitude_rate(c, d, beta, normalization) == pytest.approx(expected, rel=1e-10)


def test_two_points_on_the_circle_have_a_closed_form() -> None:
    c, beta = 0.4, 3.0
    square = 1.0 - c * c
    expected = c * square * (1.0 - math.tanh(beta * square))
    assert ring.latitude_rate(c, 2, beta, "softmax") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_the_trajectory_solves_the_rate_equation(normalization: str) -> None:
    def rate(_: float, c: np.ndarray) -> np.ndarray:
        return np.array([ring.latitude_rate(float(c[0]), 3, 2.0, normalization)])

    direct = solve_ivp(rate, (0.0, 1.0), [-0.3], method="DOP853", rtol=1e-12, atol=1e-14).y[0, -1]
    cosine, deficit = ring.latitude_trajectory(-0.3, [1.0], 3, 2.0, normalization)
    assert cosine[0] == pytest.approx(direct, abs=1e-11)
    assert deficit[0] == pytest.approx(1.0 - direct, abs=1e-11)


def test_the_ring_contracts_like_a_cluster() -> None:
    for normalization, beta, expected in (("softmax", 2.0, 2.0), ("none", 0.5, 2.0 * math.exp(0.5))):
        _, deficit = ring.latitude_trajectory(0.6, [15.0, 15.5], 4, beta, normalization)
        assert deficit[-1] < 1e-10
        assert math.log(deficit[0] / deficit[1]) / 0.5 == pytest.approx(expected, rel=1e-8)


def test_in_high_dimension_the_ring_is_the_equiangular_model() -> None:
    times = [0.5, 2.0]
    for normalization in ("softmax", "none"):
        gaps = []
        for d in (400, 4000):
            overlaps = ring.latitude_trajectory(0.5, times, d, 1.0, normalization)[0] ** 2
            found = [time_to_overlap(0.25, float(overlap), 1.0, normalization, math.inf) for overlap in overlaps]
            gaps.append(np.max(np.abs(np.array(found) - times)))
        assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=0.02)  # A_D(z) = z/D + O(D^{-2})


def test_large_temperatures_do_not_overflow() -> None:
    for d in (2, 3, 4096):
        assert 0.0 <= ring.latitude_rate(0.5, d, 100.0, "softmax") < 0.5
        assert math.isfinite(ring.latitude_rate(0.5, d, 100.0, "none"))


def test_a_cosine_outside_the_interval_is_refused() -> None:
    with pytest.raises(DomainError, match="latitude"):
        ring.latitude_rate(1.0, 3, 1.0, "softmax")
