"""The clusters of a density in a boosted frame, under one identity head."""

import numpy as np

from kinetic.attention import attracting
from kinetic.charts.conformal import latitude_rule
from kinetic.clusters import Clusters
from kinetic.clusters.telling import of_latitudes, told, with_spread_at
from kinetic.conformal.density import ConformalDensity
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import scattered
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator

_HIGHEST = 4095


def clusters_of(density: ConformalDensity, kernel: Kernel) -> Clusters:
    """Return the clusters of a density: what lies near the points that attract, told by the nodes of the frame.

    **Accuracy** Spreads in relative accuracy, however narrow the cluster at the frame's axis.
    """
    degree, space = attracting.degree_for(kernel, _HIGHEST), density.space
    points, masses = density.quadrature(degree)
    rule = latitude_rule(space.degree, space.degree, degree + 1, density.rapidity, space.dimension)
    y = np.repeat(rule.latitude - density.rapidity, masses.size // rule.latitude.size)
    if isinstance(space, Zonal):
        attract, repel = attracting.latitude_points(kernel, gegenbauer_mercator(degree, space.dimension, y) @ masses)
        return of_latitudes(attract, repel, y, masses, attracting.LARGEST, attracting.SHARE)
    places = scattered(points)
    sums = places.sums(masses, degree)
    if isinstance(space, Circle):
        angles, repelling = attracting.circle_points(kernel, Circle(degree), sums)
        centers = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        radii = attracting.circle_radii(angles, repelling)
    else:
        centers = attracting.sphere_points(kernel, Sphere(degree), sums)
        radii = attracting.sphere_radii(centers)
    found = told(centers, radii, points, masses)
    return with_spread_at(found, density.axis, y, masses, float(radii.max(initial=0.0)))
