"""Points that attract: Hessians against those of a quadratic form, maxima against a finer lattice."""

import numpy as np
import pytest

from kinetic.attention import attracting
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array

POINTS = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.6, 0.0, 0.8], [-0.48, 0.6, -0.64], [1e-9, -1e-9, 1.0]])


def test_gradient_and_hessian_are_those_of_a_quadratic_form() -> None:
    # f = <a, x> + <x, M x> has <u, Hess f v> = 2 <u, M v> − (2 <x, M x> + <a, x>) <u, v> on the sphere
    rng = np.random.default_rng(2)
    a, m = rng.normal(size=3), rng.normal(size=(3, 3))
    m = m + m.T
    space = Sphere(2)
    grid = space.grid(2)
    values = grid.points @ a + np.einsum("...i,ij,...j", grid.points, m, grid.points)
    frame, slopes, (level, skew, mixed) = SpherePoints(POINTS).bends(space.resize(grid.analysis(values), 7), 7)
    assert np.allclose(np.einsum("anc,bnc->abn", frame, frame), np.eye(2)[:, :, None], atol=1e-15)
    assert np.allclose(np.einsum("anc,nc->an", frame, POINTS), 0.0, atol=1e-15)
    assert np.allclose(slopes, np.einsum("anc,nc->an", frame, a + 2.0 * POINTS @ m), atol=1e-13)
    radial = 2.0 * np.einsum("ni,ij,nj->n", POINTS, m, POINTS) + POINTS @ a
    hessian = 2.0 * np.einsum("ani,ij,bnj->abn", frame, m, frame) - radial * np.eye(2)[:, :, None]
    assert np.allclose([[level + skew, mixed], [mixed, level - skew]], hessian, atol=1e-13)


def bumpy(seed: int) -> tuple[Sphere, Array]:
    """A density of random harmonics up to degree 12, all but flat: its points that attract are many."""
    space = Sphere(12)
    native = 1e-3 * np.random.default_rng(seed).normal(size=space.degrees.size)
    native[1 : 2 * (space.degree + 1) : 2] = 0.0  # of order 0: real
    native[0] = 1.0
    return space, native


@pytest.mark.parametrize("seed", range(20))
def test_points_that_attract_are_maxima_at_which_the_slope_vanishes(seed: int) -> None:
    # three steps with differences for Hessians left slopes of 1e-2 of the largest coefficient
    kernel = ExponentialKernel(10.0, 3)
    space, native = bumpy(seed)
    found = SpherePoints(attracting.sphere_points(kernel, space, native))
    weighted = attracting._weights(kernel, 12)[space.degrees] * native
    _, _, (level, skew, mixed) = found.bends(weighted, 12)
    upper, lower = level + np.hypot(skew, mixed), level - np.hypot(skew, mixed)
    assert np.all(upper < 0.0)
    slopes = np.linalg.norm(found.gradients(weighted[None], 12)[0], axis=1)
    assert np.all(slopes < 1e-10 * np.abs(lower))  # of another transform, good to 1e-13 of the largest slope
