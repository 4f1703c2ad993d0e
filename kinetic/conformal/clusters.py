"""The clusters of a density in a boosted frame, under one identity head."""

from dataclasses import replace

import numpy as np

from kinetic.attention import attracting
from kinetic.charts.conformal import LatitudeRule, latitude_rule
from kinetic.charts.latitude import polar_angle
from kinetic.charts.pose import rotation
from kinetic.clusters import Clusters
from kinetic.clusters.telling import of_latitudes, told, with_spread_at
from kinetic.conformal.density import ConformalDensity
from kinetic.geometry import colatitude_azimuth, from_angles, on_circle
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import CirclePoints
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator

_HIGHEST = 4095
_MARGIN = 1e-9  # radians; rings that far beyond a cluster are looked at, and found not to be within it


def clusters_of(density: ConformalDensity, kernel: Kernel) -> Clusters:
    """Return the clusters of a density: what lies near the points that attract, told by the nodes of the frame.

    **Accuracy** Spreads in relative accuracy, however narrow the cluster at the frame's axis.
    """
    degree, space = attracting.degree_for(kernel, _HIGHEST), density.space
    rule = latitude_rule(space.degree, space.degree, degree + 1, density.rapidity, space.dimension)
    if isinstance(space, Sphere):
        return _on_sphere(density, space, kernel, rule)
    points, masses = density.quadrature(degree)
    y = np.repeat(rule.latitude - density.rapidity, masses.size // rule.latitude.size)
    if isinstance(space, Zonal):
        attract, repel = attracting.latitude_points(kernel, gegenbauer_mercator(degree, space.dimension, y) @ masses)
        return of_latitudes(attract, repel, y, masses, attracting.LARGEST, attracting.SHARE)
    angles, repelling = attracting.circle_points(kernel, Circle(degree), CirclePoints(points).sums(masses, degree))
    centers = on_circle(angles)
    radii = attracting.circle_radii(angles, repelling)
    found = told(centers, radii, points, masses)
    return with_spread_at(found, density.axis, y, masses, float(radii.max(initial=0.0)))


def _on_sphere(density: ConformalDensity, space: Sphere, kernel: Kernel, rule: LatitudeRule) -> Clusters:
    """Return the clusters told in the body's coordinates, in which the nodes lie on rings about the pole.

    **Cost** A transform of the frame's degree and one of the kernel's on those rings; the nodes near a cluster alone.
    """
    degree = attracting.degree_for(kernel, _HIGHEST)
    count = space.degree + degree + 2
    y = rule.latitude - density.rapidity
    theta = polar_angle(y)
    masses = rule.weight[:, None] / count * space.on_rings(density.frame.native, rule.colatitude, count)
    low = Sphere(degree)
    centers = attracting.sphere_points(kernel, low, low.sums_on_rings(masses, theta))
    radii = attracting.sphere_radii(centers)
    reach = radii + _MARGIN
    near = np.any(np.abs(theta[:, None] - colatitude_azimuth(centers)[0]) <= reach, axis=1)
    points = from_angles(theta[near, None], 2.0 * np.pi * np.arange(count) / count)
    body = told(centers, radii, points.reshape(-1, 3), masses[near].ravel())
    found = replace(body, position=body.position @ rotation(density.pose).T)
    return with_spread_at(found, density.axis, y, masses.sum(axis=1), float(radii.max(initial=0.0)))
