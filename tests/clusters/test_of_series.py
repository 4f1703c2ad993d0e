"""Clusters of a series: masses and spreads against quadrature of its values within the radius of each."""

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from kinetic.attention import attracting
from kinetic.clusters.of_series import clusters_of
from kinetic.density import Density
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere

NODES, WEIGHTS = leggauss(200)


@pytest.mark.parametrize("concentration", [20.0, 2000.0])
def test_clusters_of_the_circle_hold_what_lies_within_their_radius(concentration: float) -> None:
    space = Circle(400)
    angles = np.linspace(0.0, 2.0 * np.pi, 2000, endpoint=False)
    places, weights = np.array([0.3, 1.5, 4.0]), np.array([0.5, 0.2, 0.3])
    bumps = np.exp(concentration * (np.cos(angles[:, None] - places) - 1.0))
    native = np.fft.rfft(bumps @ (weights / bumps.mean(axis=0)), norm="forward")[:401].view(float)
    kernel = ExponentialKernel(20.0, 2)
    found = clusters_of(Density(space, native), kernel, Density(space, native))
    assert found is not None
    assert found.count == 3
    where, repelling = attracting.circle_points(kernel, space, native)
    radii = attracting.circle_radii(where, repelling)
    for position, mass, spread in zip(found.position, found.mass, found.spread, strict=True):
        here = np.argmin(np.abs(np.exp(1j * where) - complex(*position)))
        theta = where[here] + radii[here] * NODES
        points = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        share = Density(space, native).values(points) * WEIGHTS * radii[here] / (2.0 * np.pi)
        mean = share @ points
        center = np.arctan2(mean[1], mean[0])
        # 200 nodes see waves of 400 · 0.3 radians to rounding; the series is known to some ε of its largest value
        assert mass == pytest.approx(share.sum(), rel=1e-12)
        assert np.allclose(position, [np.cos(center), np.sin(center)], atol=1e-13)
        apart = np.angle(np.exp(1j * (theta - center)))
        assert spread == pytest.approx(np.sqrt(share @ apart**2 / share.sum()), rel=1e-10)


@pytest.mark.parametrize("degree", [6, 40])
def test_clusters_of_the_sphere_hold_what_lies_within_their_radius(degree: int) -> None:
    space, kernel = Sphere(degree), ExponentialKernel(12.0, 3)
    rng = np.random.default_rng(degree)
    places = rng.normal(size=(4, 3))
    places /= np.linalg.norm(places, axis=1)[:, None]
    places[1] = np.cos(0.9) * places[0] + np.sin(0.9) * np.linalg.qr(places[[0, 2]].T)[0][:, 1]  # near the first
    smooth = np.exp(-0.5 * space.degrees * (space.degrees + 1.0) / (1.5 * degree))
    native = smooth * (np.array([0.4, 0.3, 0.2, 0.1]) @ [space.dirac(place) for place in places])
    density = Density(space, native)
    found = clusters_of(density, kernel, density)
    assert found is not None
    centers = attracting.sphere_points(kernel, space, native)
    radii = attracting.sphere_radii(centers)
    assert found.count == len(centers) > 1
    assert degree == 6 or radii.min() < attracting.LARGEST
    for position, mass, spread in zip(found.position, found.mass, found.spread, strict=True):
        radius = radii[np.argmax(centers @ position)]
        theta = 0.5 * radius * (NODES + 1.0)
        moments = density.moments(position)
        values = np.polynomial.legendre.legval(np.cos(theta), moments * (2.0 * np.arange(degree + 1) + 1.0))
        share = values * 0.25 * radius * WEIGHTS * np.sin(theta)
        assert mass == pytest.approx(share.sum(), rel=1e-12)
        assert spread == pytest.approx(np.sqrt(share @ theta**2 / share.sum()), rel=1e-12)
