"""What figures show of a density is what the density is, and noise is not shown."""

import numpy as np
import pytest
from small_records import record_of

from kinetic.density.tokens import OfTokens
from kinetic.plot.shapes import (
    auxiliary_angle,
    auxiliary_latitude,
    axial_profile,
    cluster_scale,
    frame_about,
    mass_beyond,
    mollweide,
    project,
    spectrum,
    sphere_map,
    trusted,
)

ROUNDING = 1e-12


def test_maps_keep_areas():
    """Between ±ψ the map has the area ∫ 4√2 cos ψ d(√2 sin ψ), the sphere 4π sin φ."""
    psi = np.linspace(0.1, 1.5, 7)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    inner = psi[:, None] * nodes
    right, _ = mollweide(inner, np.full_like(inner, np.pi))
    area = psi * np.sum(weights * 2 * right * np.sqrt(2.0) * np.cos(inner), axis=1)
    np.testing.assert_allclose(area, 4 * np.pi * np.sin(auxiliary_latitude(psi)), rtol=ROUNDING)


def test_the_auxiliary_angle_inverts_the_latitude():
    psi = np.linspace(-1.5, 1.5, 31)
    np.testing.assert_allclose(auxiliary_angle(auxiliary_latitude(psi)), psi, atol=1e-6)


@pytest.mark.parametrize("center", [[0.6, 0.0, 0.8], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
def test_a_map_has_its_center_in_the_middle(center):
    frame = frame_about(np.array(center))
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=ROUNDING)
    assert np.linalg.det(frame) == pytest.approx(1.0)
    np.testing.assert_allclose(project(np.array(center), frame), 0.0, atol=1e-6)
    np.testing.assert_allclose(project(frame[2], frame), [0.0, np.sqrt(2.0)], atol=1e-3)
    assert float(project(frame[1], frame)[0]) > 0


def test_a_map_shows_the_density():
    density = record_of("sphere").density(-1)
    raster = sphere_map(density, frame_about(density.direction))
    row, column = np.array([90, 30, 150]), np.array([180, 100, 300])
    middle = [
        0.25 * (c[row, column] + c[row + 1, column] + c[row, column + 1] + c[row + 1, column + 1])
        for c in (raster.x, raster.y)
    ]
    psi = np.arcsin(middle[1] / np.sqrt(2))
    latitude, longitude = auxiliary_latitude(psi), middle[0] * np.pi / (2 * np.sqrt(2) * np.cos(psi))
    seen = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], -1)
    # a cell is a degree wide: its middle is known to a small part of it, and ρ changes by less than itself a radian
    expected = density.values(seen @ frame_about(density.direction))
    np.testing.assert_allclose(raster.values[row, column], expected, rtol=2e-3)


class Foreign(OfTokens):
    """A density that tells its values, its mean, its tokens and its masses about the mean."""

    def __init__(self, density):
        self.dimension, self.mass, self.mean = density.dimension, density.mass, density.mean
        self.direction, self.values, self.known = density.direction, density.values, density

    dimension = mass = mean = direction = values = None

    def quadrature(self, degree):
        return self.known.quadrature(degree)

    def axial_quadrature(self):
        return self.known.axial_quadrature()


@pytest.mark.parametrize("name", ["sphere", "circle", "revolved"])
def test_profiles_do_not_depend_on_how_a_density_is_known(name):
    density = record_of(name).density(-1)
    theta = np.linspace(0.1, 3.0, 9)
    known = axial_profile(density, theta)
    np.testing.assert_allclose(axial_profile(Foreign(density), theta), known, atol=ROUNDING * known.max())


def test_the_mass_beyond_an_angle_falls_from_one_to_zero():
    density = record_of("sphere").density(-1)
    theta, beyond = mass_beyond(density)
    assert beyond[0] == pytest.approx(1.0, abs=1e-3)
    assert np.all(np.diff(beyond) < 0)
    scale = cluster_scale(density)
    assert np.interp(scale, theta, beyond) == pytest.approx(0.5, abs=0.05)


def test_a_spectrum_holds_the_square_of_the_density():
    density = record_of("sphere").density(-1)
    grid = density.space.grid(15)
    square = grid.integrate(grid.values(density.native) ** 2)
    assert np.sum(spectrum(density).amplitudes ** 2) + 1 == pytest.approx(square, rel=ROUNDING)


def test_the_spectrum_of_a_density_without_coefficients_has_its_moments():
    density = record_of("circle").density(-1)
    moments = density.moments(density.direction)
    np.testing.assert_allclose(spectrum(Foreign(density)).amplitudes[:10], np.abs(moments[1:11]), atol=ROUNDING)


def test_swings_of_a_series_around_zero_are_not_shown_and_what_stands_out_is():
    x = np.linspace(0.0, 1.0, 401)
    shown = trusted(np.exp(-30 * x) + 1e-6 * np.cos(300 * x))
    assert np.all(np.isfinite(shown[x < 0.2]))
    assert np.all(np.isnan(shown[x > 0.6]))
