"""Answers that every space gives about itself: places of harmonics, poles, rasters, vectors, rotations."""

import numpy as np
import pytest

from kinetic.initial import Harmonic, InitialDensity
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.scattered import scattered_in

DIMENSIONS = {"circle": 2, "sphere": 3, "zonal": 5}


@pytest.fixture(params=DIMENSIONS)
def space(request):
    return SPACES[request.param](7, DIMENSIONS[request.param])


def smooth(space, seed=1):
    """Coefficients of a density without symmetry, whose degrees fall off."""
    rng = np.random.default_rng(seed)
    coefficients = 0.4**space.degrees * rng.standard_normal(space.degrees.size)
    coefficients[0] = 1.0
    return space.from_public(space.to_public(coefficients))


def test_every_harmonic_has_a_place_of_its_own_and_is_normalised_there(space):
    grid = space.grid(space.degree)
    waves = [
        InitialDensity(uniform=1.0, harmonics=(Harmonic(l, m, 1.0),)).coefficients(space)
        for l in range(1, space.degree + 1)
        for m in space.orders(l)
    ]
    values = [grid.values(wave) - 1.0 for wave in waves]
    gram = [[grid.integrate(one * other) for other in values] for one in values]
    assert np.allclose(gram, np.eye(len(values)), atol=1e-12)


def test_a_raster_includes_the_poles_and_holds_the_values(space):
    coefficients = smooth(space)
    points, values = space.raster(coefficients)
    assert np.allclose(values, space.evaluate(coefficients, points), atol=1e-11)
    flat = points.reshape(-1, *space.poles.shape[1:])
    for pole in space.poles:
        assert np.min(np.abs(flat - pole).reshape(len(flat), -1).max(axis=1)) < 1e-12


def test_masses_are_spread_with_the_mean_of_the_density(space):
    coefficients, grid = smooth(space), space.grid(space.degree)
    vectors, masses = space.spread(grid.points, grid.values(coefficients) * grid.weights)
    assert vectors.shape == (masses.size, space.components)
    mean = masses @ vectors
    assert np.allclose(mean[-1:] if space.axisymmetric else mean, space.mean(coefficients), atol=1e-13)
    assert not space.axisymmetric or abs(mean[0]) < 1e-15


def test_a_meridian_leaves_the_pole(space):
    angles = np.array([0.0, 0.3, np.pi])
    found = space.pole_last(space.meridian(angles, 0.0))
    assert np.allclose(found[[0, 2]], space.poles, atol=1e-15)


def test_rotations_move_a_density_as_turning_its_points_does(space):
    coefficients, grid = smooth(space), space.grid(2)
    fields = grid.rotations
    assert len(fields) == (0 if space.axisymmetric else space.dimension * (space.dimension - 1) // 2)
    step, points = 1e-5, np.random.default_rng(2).standard_normal((20, space.dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    for axis, field in enumerate(fields):
        rate = space.evaluate(grid.weak_divergence(field * grid.values(coefficients)), points)
        about = np.eye(3)[axis if space.dimension == 3 else 2]
        spin = np.cross(about, np.pad(points, ((0, 0), (0, 3 - space.dimension))))
        spin = spin[:, : space.dimension]
        # ρ at a point comes from where it was: central differences, of error step² beside rounding over step
        back, forth = (space.evaluate(coefficients, points + side * step * spin) for side in (-1, 1))
        assert np.allclose(rate, (back - forth) / (2 * step), atol=1e-7)


def test_gradients_at_points_are_slopes_of_the_values(space):
    coefficients, angles = smooth(space), np.array([0.2, 1.1, 2.5])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points = np.pad(points, ((0, 0), (0, space.components - 2)))
    along = np.pad(np.stack([-np.sin(angles), np.cos(angles)], axis=1), ((0, 0), (0, space.components - 2)))
    step, degree = 1e-5, space.degree
    ahead, behind = (
        scattered_in(space, np.cos(step) * points + side * np.sin(step) * along).values(coefficients[None], degree)[0]
        for side in (1, -1)
    )
    slopes = np.vecdot(scattered_in(space, points).gradients(coefficients[None], degree)[0], along)
    assert np.allclose(slopes, (ahead - behind) / (2 * step), atol=1e-6)
    assert np.max(np.abs(slopes)) > 0.1
