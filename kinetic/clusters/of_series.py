"""The clusters of a density that is a sum of harmonics, under one identity head."""

import math
from functools import lru_cache

import numpy as np
from numpy.polynomial.polynomial import polyval
from scipy.special import betaln

from kinetic.attention import attracting
from kinetic.clusters.clusters import Clusters
from kinetic.clusters.telling import interval, radius_of
from kinetic.density import Density
from kinetic.geometry import on_circle
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.special import gegenbauer, gegenbauer_mercator, log_harmonic_dimensions, powers
from kinetic.types import Array

_BESSEL = [(-0.5) ** j / (math.factorial(j) * math.prod(range(3, 2 * j + 4, 2))) for j in range(9)]
"""Of j₁(x)/x, in x² ≤ 1."""

_TABLE = 2**22
"""Numbers of a table of polynomials at nodes, 32 MB."""


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
    """Return masses, centers of mass and mean square angles about them, each a sum over the series.

    **Accuracy** Of a spread σ within a radius r: ε (r/σ)², as much as the series' own rounding leaves of it.
    """
    angles, repelling = attracting.circle_points(kernel, space, source)
    if not angles.size:
        return _known(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    radii = attracting.circle_radii(angles, repelling)
    modes = density.native.view(complex) * np.append(0.5, np.ones(space.degree)) / math.pi
    seen = modes * powers(np.exp(1j * angles), space.degree).T
    length, first, second = _over_arcs(space.degree + 1, radii)
    after, before = length[:, 1:], np.concatenate([length[:, 1:2], length[:, :-2]], axis=1)
    mass = np.vecdot(seen.real, length[:, :-1])
    along, across = np.vecdot(seen.real, after + before), np.vecdot(seen.imag, after - before)
    turned = np.arctan2(across, along)
    square = np.vecdot(seen.real, second) + turned * (turned * mass + 2.0 * np.vecdot(seen.imag, first))
    return _known(on_circle(angles + turned), mass, square)


def _over_arcs(degree: int, radii: Array) -> tuple[Array, Array, Array]:
    """Return ∫ cos(ks) ds up to a degree, ∫ s sin(ks) ds and ∫ s² cos(ks) ds below it, |s| ≤ r, by r and k.

    They are 2r j₀, 2r² j₁ and r³ (2 j₀ − 4 j₁/x), spherical Bessel functions of x = kr.
    """
    turns = powers(np.exp(1j * radii), degree).T
    x = np.outer(radii, np.arange(degree + 1.0))
    zeroth = np.divide(turns.imag, x, out=np.ones_like(x), where=x > 0.0)
    small = x < 1.0
    ratio = np.divide(zeroth - turns.real, x * x, where=~small, out=np.empty_like(x))
    ratio[small] = polyval(x[small] ** 2, _BESSEL)
    r = radii[:, None]
    second = r**3 * (2.0 * zeroth - 4.0 * ratio)
    return 2.0 * r * zeroth, (2.0 * r**2 * x * ratio)[:, :-1], second[:, :-1]


def _on_sphere(space: Sphere, density: Density, kernel: Kernel, source: Array) -> Clusters:
    """Return mass and mean square angle about each center as values there of the density times windows by degree."""
    centers = attracting.sphere_points(kernel, space, source)
    radii = attracting.sphere_radii(centers)
    found = np.empty((2, len(centers)))
    for radius in np.unique(radii):  # nearest neighbors have one in common
        own = radii == radius
        seen = np.take(_window(space.degree, float(radius)), space.degrees, axis=1) * density.native
        found[:, own] = SpherePoints(centers[own]).values(seen, space.degree)
    return _known(centers, *found)


def _window(degree: int, radius: float) -> Array:
    """Return ∫ P_l dσ and ∫ θ² P_l dσ over a disc of the sphere, shape (2, degree + 1)."""
    series = _windows(degree)
    share = (radius / attracting.LARGEST) ** 2
    waves = np.cos(np.arange(len(series)) * math.acos(min(2.0 * share - 1.0, 1.0)))
    return np.asarray((waves @ series).reshape(2, -1) * np.array([[share], [share**2]]))


@lru_cache(maxsize=2)
def _windows(degree: int) -> Array:
    """Return the Chebyshev series of both integrals over r² and r⁴, in r² up to the largest, each a column.

    They are even in r, and waves with z = L times the largest radius at most: their terms fall off like J_2k(z) beyond
    2k = z, by e^{−0.94 c^{3/2}} at 2k = z + c z^{1/3}: at c = 12 that is below rounding.
    """
    radians = degree * attracting.LARGEST
    count = math.ceil(0.5 * radians + 6.0 * radians ** (1 / 3)) + 4
    turns = math.pi * (np.arange(count) + 0.5) / count
    shares = 0.5 * (1.0 + np.cos(turns))
    radii = attracting.LARGEST * np.sqrt(shares)
    angles, weights = interval(0.0, 1.0, math.ceil(radians))
    parts = [
        _over_discs(degree, part, angles, weights)
        for part in np.array_split(radii, math.ceil(count * angles.size * degree / _TABLE))
    ]
    values = np.concatenate(parts, axis=2) / np.stack([shares, shares**2])[:, None]
    to_series = np.cos(np.outer(np.arange(count), turns)) * (2.0 / count)
    to_series[0] *= 0.5
    return np.asarray(to_series @ values.reshape(-1, count).T)


def _over_discs(degree: int, radii: Array, shares: Array, weights: Array) -> Array:
    """Return ∫ P_l dσ and ∫ θ² P_l dσ over discs by a rule on [0, 1], shape (2, degree + 1, discs)."""
    theta = np.outer(radii, shares)
    masses = 0.5 * np.sin(theta) * np.outer(radii, weights)
    polynomials = gegenbauer_mercator(degree, 3, np.log(np.tan(0.5 * theta)))
    return np.asarray(np.vecdot(polynomials, np.stack([masses, masses * theta**2])[:, None]))


def _on_meridian(density: Density, kernel: Kernel, source: Array) -> Clusters:
    attract, repel = attracting.latitude_points(kernel, source)
    degree, dimension, found = density.space.degree, density.space.dimension, np.empty((2, attract.size))
    for place, angle in zip(found.T, attract, strict=True):
        radius = radius_of(float(angle), repel, attracting.LARGEST, attracting.SHARE)
        place[:] = _within(degree, dimension, float(angle), radius) @ density.native
    return _known(np.cos(attract)[:, None], *found)


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


def _known(places: Array, mass: Array, square: Array) -> Clusters:
    """Return the clusters that have mass, from ∫ dμ and ∫ θ² dμ of each."""
    there = mass > 0
    mean = square[there] / mass[there]
    return Clusters.ordered(places[there], mass[there], np.sqrt(np.where(mean > 0, mean, math.nan)))
