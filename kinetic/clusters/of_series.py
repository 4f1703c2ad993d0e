"""The clusters of a density that is a sum of harmonics, under one identity head."""

import math
from functools import lru_cache

import numpy as np
from scipy.special import betaln

from kinetic.attention import attracting
from kinetic.clusters.clusters import Clusters
from kinetic.clusters.telling import interval, of_parts, of_runs, radius_of
from kinetic.density import Density
from kinetic.geometry import on_circle
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import CirclePoints
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.special import gegenbauer, log_harmonic_dimensions
from kinetic.types import Array


def clusters_of(density: Density, kernel: Kernel, source: Density) -> Clusters | None:
    """Return the clusters of a density in the field of a source, itself unless that is another one.

    None in dimensions where the series does not tell how much mass is where. On the sphere place and spread are those
    of, and about, the point that attracts.

    **Cost** A transform of the kernel's degree, and the density's values at some thirty angles a cluster.
    """
    space = density.space
    if isinstance(space, Circle):
        return _on_circle(space, density, kernel, source.native)
    if isinstance(space, Sphere):
        return _on_sphere(space, density, kernel, source.native)
    return None if space.dimension > MOMENT_DIMENSION else _on_meridian(density, kernel, source.native)


def _on_circle(space: Circle, density: Density, kernel: Kernel, source: Array) -> Clusters:
    angles, repelling = attracting.circle_points(kernel, space, source)
    if not angles.size:
        return of_parts([], 2)
    radii = attracting.circle_radii(angles, repelling)
    rules = [interval(a - r, a + r, space.degree) for a, r in zip(angles, radii, strict=True)]
    nodes, weights = (np.concatenate(numbers) for numbers in zip(*rules, strict=True))
    points = on_circle(nodes)
    masses = CirclePoints(points).values(density.native[None], space.degree)[0] * weights / (2.0 * math.pi)
    return of_runs(points, masses, [own.size for own, _ in rules])


def _on_sphere(space: Sphere, density: Density, kernel: Kernel, source: Array) -> Clusters:
    centers = attracting.sphere_points(kernel, space, source)
    rows = [
        _near(density.moments(center), 3, 0.0, float(radius))
        for center, radius in zip(centers, attracting.sphere_radii(centers), strict=True)
    ]
    return _table(centers, rows)


def _on_meridian(density: Density, kernel: Kernel, source: Array) -> Clusters:
    attract, repel = attracting.latitude_points(kernel, source)
    rows = []
    for angle in attract:
        radius = radius_of(float(angle), repel, attracting.LARGEST, attracting.SHARE)
        rows.append(_near(density.native, density.space.dimension, float(angle), radius))
    return _table(np.cos(attract)[:, None], rows)


def _near(moments: Array, dimension: int, angle: float, radius: float) -> tuple[float, float]:
    """Return mass and root-mean-square angle of what lies within a radius of a latitude, from M_l about the pole."""
    mass, square = _within(moments.size - 1, dimension, angle, radius) @ moments
    return float(mass), math.sqrt(square / mass) if mass > 0 and square > 0 else math.nan


@lru_cache(maxsize=8)
def _within(degree: int, dimension: int, angle: float, radius: float) -> Array:
    """Return what moments are multiplied by for ∫ dμ and ∫ (θ − angle)² dμ, shape (2, degree + 1).

    Kept: most clusters have the largest radius, row after row.
    """
    theta, weights = interval(max(angle - radius, 0.0), min(angle + radius, math.pi), degree)
    logs = (dimension - 2) * np.log(np.sin(theta)) - float(betaln(0.5, 0.5 * (dimension - 1)))
    masses = weights * np.exp(logs)
    both = gegenbauer(degree, dimension, np.cos(theta)) @ np.stack([masses, masses * (theta - angle) ** 2], axis=1)
    return np.asarray(np.exp(log_harmonic_dimensions(degree, dimension)) * both.T)


def _table(places: Array, rows: list[tuple[float, float]]) -> Clusters:
    table = np.array(rows, dtype=float).reshape(-1, 2)
    there = table[:, 0] > 0
    return Clusters.ordered(places[there], table[there, 0], table[there, 1])
