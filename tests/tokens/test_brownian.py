"""Steps of Brownian motion on the sphere: exact in the first two degrees, Gaussian when short, uniform when long."""

import numpy as np
import pytest
from scipy.stats import beta as beta_law

from kinetic.tokens.brownian import shapes, turned

DIMENSIONS = pytest.mark.parametrize("d", [2, 3, 8, 4096])


@DIMENSIONS
@pytest.mark.parametrize("spread", [1e-12, 1e-7, 1e-4, 0.1, 3.0, 1e3])
def test_degrees_one_and_two_decay_as_they_must(d, spread):
    a, b = shapes(d, spread)
    mean, square = beta_law.moment(1, a, b), beta_law.moment(2, a, b)
    first, second = 1 - 2 * mean, 1 - 4 * mean + 4 * square
    assert first == pytest.approx(np.exp(-(d - 1) * spread), abs=1e-14)
    assert (d * second - 1) / (d - 1) == pytest.approx(np.exp(-2 * d * spread), abs=1e-13)
    # 1 − E P_2 relative to its own size: the variance of short steps is right too
    missing = (4 * mean - 4 * square) * d / (d - 1)
    assert missing == pytest.approx(-np.expm1(-2 * d * spread), rel=1e-9)


@DIMENSIONS
def test_long_steps_are_uniform_and_short_ones_gaussian(d):
    assert shapes(d, 1e3) == pytest.approx(((d - 1) / 2, (d - 1) / 2), rel=1e-9)
    a, b = shapes(d, 1e-9 / d)
    # |ξ|²κh/2 of d − 1 Gaussian components has the shape (d − 1)/2 and the mean (d − 1)κh/2
    assert a == pytest.approx((d - 1) / 2, rel=1e-6)
    assert a / b == pytest.approx((d - 1) / 2 * 1e-9 / d, rel=1e-6)


@pytest.mark.parametrize("d", [2, 3, 8])
def test_third_degrees_of_many_short_steps_decay_as_they_must(d):
    """P_3 is not built in: n steps miss it by O(1/n²), below what 40 000 draws tell (5σ)."""
    count, spread, steps, rng = 40_000, 0.1, 10, np.random.default_rng(3)
    start = np.tile(np.eye(d)[0], (count, 1))
    points = start
    for _ in range(steps):
        points = turned(points, spread / steps, rng)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=1e-14)
    t = points[:, 0]
    third = ((d + 2) * t**3 - 3 * t) / (d - 1)
    assert third.mean() == pytest.approx(np.exp(-3 * (d + 1) * spread), abs=5 * third.std() / count**0.5)
    np.testing.assert_allclose(points[:, 1:].mean(axis=0), 0.0, atol=5 / count**0.5)
