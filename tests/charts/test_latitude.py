import numpy as np
import pytest

from kinetic.charts import latitude as at


def test_nothing_is_lost_near_either_pole():
    y = np.array([-300.0, -50.0, -1.0, 0.0, 1.0, 50.0, 300.0])
    # closed forms that do not cancel where y < 0, mirrored for y > 0
    near = 2 * np.exp(2 * -np.abs(y)) / (1 + np.exp(-2 * np.abs(y)))
    assert np.allclose(at.versine(-np.abs(y)), near, rtol=1e-14, atol=0)
    assert np.allclose(at.squared_sine(y), near * (2 - near), rtol=1e-14, atol=0)
    assert np.allclose(at.polar_angle(-np.abs(y)), 2 * np.arctan(np.exp(-np.abs(y))), rtol=1e-14, atol=0)
    assert np.allclose(at.latitude_of_angle(at.polar_angle(y[:4])), y[:4], rtol=1e-14, atol=1e-15)


def test_the_poles_are_points_like_others():
    ends = np.array([-np.inf, np.inf])
    assert list(at.cosine(ends)) == [1, -1]
    assert list(at.versine(ends)) == [0, 2]
    assert list(at.latitude([1.0, -1.0])) == [-np.inf, np.inf]


@pytest.mark.parametrize("d", [2, 3, 8, 512, 4096])
def test_the_circumference_has_area_one(d):
    y = np.linspace(-45, 45, 2**16 + 1)  # the trapezoidal rule is exact to rounding; e^-45 is below it
    assert np.exp(at.log_circumference(y, d)).sum() * (y[1] - y[0]) == pytest.approx(1, rel=1e-11)
