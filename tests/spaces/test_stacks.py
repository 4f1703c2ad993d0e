"""Transforms of several functions at once are those of each."""

import numpy as np
import pytest

from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.stacked import LARGEST_TABULATED
from kinetic.spaces.zonal import Zonal

ROUNDING = 1e-13  # of the largest value: gradients of degree 15 are sums of some hundred terms


def given(space, count=3):
    """Coefficients that belong to real functions."""
    raw = np.random.default_rng(1).standard_normal((count, *space.to_public(np.zeros(space.degrees.size)).shape))
    return np.stack([space.from_public(row) for row in raw])


@pytest.mark.parametrize("space", [Circle(9), Sphere(1), Sphere(15), Sphere(LARGEST_TABULATED + 1)], ids=str)
def test_transforms_of_stacks_are_those_of_each(space):
    grid, rows = space.grid(space.degree), given(space)
    values, slopes = grid.values(rows), grid.gradient(rows)
    one = np.stack([grid.values(row) for row in rows])
    assert np.abs(values - one).max() < ROUNDING * np.abs(one).max()
    each = np.stack([grid.gradient(row) for row in rows], axis=1)
    assert np.abs(slopes - each).max() < ROUNDING * space.degree * np.abs(each).max()
    back = grid.analysis(values)
    assert np.abs(back - rows).max() < ROUNDING * np.abs(rows).max() * space.degree
    divergences = np.stack([grid.weak_divergence(each[:, i]) for i in range(3)])
    assert (
        np.abs(grid.weak_divergence(slopes) - divergences).max() < ROUNDING * space.degree * np.abs(divergences).max()
    )


@pytest.mark.parametrize("space", [Circle(9), Sphere(5), Zonal(9, 7)], ids=str)
def test_sums_of_stacks_are_those_of_each(space):
    rows = given(space)
    for degree in (space.degree - 2, space.degree + 2):
        assert np.array_equal(space.resize(rows, degree), np.stack([space.resize(row, degree) for row in rows]))
    assert np.allclose(space.mean(rows), np.stack([space.mean(row) for row in rows]), rtol=1e-15, atol=0)
    assert np.array_equal(space.by_degree(rows, rows), np.stack([space.by_degree(row, row) for row in rows]))
