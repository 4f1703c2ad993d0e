"""The clusters of a density in a boosted frame, under one identity head."""

import numpy as np

from kinetic.attention import attracting
from kinetic.clusters import Clusters
from kinetic.clusters.telling import of_latitudes, told, with_spread_at
from kinetic.conformal.density import ConformalDensity
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import scattered, space_of
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator
from kinetic.types import Array

_HIGHEST = 4095


def clusters_of(density: ConformalDensity, kernel: Kernel) -> Clusters:
    """Return the clusters of a density: what lies near the points that attract, told by the nodes of the frame.

    **Accuracy** Spreads in relative accuracy, however narrow the cluster at the frame's axis.
    """
    degree = attracting.degree_for(kernel, _HIGHEST)
    points, masses = density.quadrature(degree)
    if isinstance(density.space, Zonal):
        return _zonal(density, kernel, degree)
    places = scattered(points)
    sums = places.sums(masses, degree)
    if isinstance(density.space, Circle):
        angles, repelling = attracting.circle_points(kernel, Circle(degree), sums)
        centers = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        radii = attracting.circle_radii(angles, repelling)
    else:
        space = space_of(3, degree)
        assert not isinstance(space, Circle)
        centers = attracting.sphere_points(kernel, space, sums)
        radii = attracting.sphere_radii(centers)
    found = told(centers, radii, points, masses)
    if density.direction is None:
        return found
    return with_spread_at(found, density.axis, *density.axial_quadrature(), float(radii.max(initial=0.0)))


def _zonal(density: ConformalDensity, kernel: Kernel, degree: int) -> Clusters:
    """Return the clusters of an axisymmetric density."""
    y, masses = _from_pole(density)
    moments = gegenbauer_mercator(degree, density.space.dimension, y) @ masses
    attract, repel = attracting.latitude_points(kernel, moments)
    return of_latitudes(attract, repel, y, masses, attracting.LARGEST, attracting.SHARE)


def _from_pole(density: ConformalDensity) -> tuple[Array, Array]:
    """Return latitudes from the pole e, and masses."""
    if density.direction is None:
        return np.zeros(1), np.zeros(1)
    y, masses = density.axial_quadrature()
    return (y, masses) if float(density.direction[0]) > 0 else (-y, masses)
