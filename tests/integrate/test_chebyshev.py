"""Chebyshev polynomials by doubling, and integrals of series."""

import numpy as np
import pytest

from kinetic.integrate.chebyshev import chebyshev_table, integral


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 11, 40, 200])
def test_the_table_holds_cosines(count):
    angles = np.linspace(0.0, np.pi, 301)
    degrees = np.arange(count)
    table = chebyshev_table(np.cos(angles), count)
    assert table.shape == (count, 301)
    # the rounding of cos θ, times the slope of T_j, at most j²
    assert np.all(np.abs(table - np.cos(np.outer(degrees, angles))).max(axis=1) < 1e-15 * (2 + degrees**2))


def test_the_integral_of_a_series_on_an_interval():
    # T_0 + 2 T_1 of x = 2 (t − 3)/4 − 1, whose integral from 3 is (x + 1 + x² − 1) · 2
    t = np.array([3.0, 4.5, 7.0])
    x = (t - 3.0) / 2.0 - 1.0
    assert integral(np.array([1.0, 2.0]), 3.0, 4.0, t) == pytest.approx(2.0 * (x + x**2), abs=1e-14)
