"""The low harmonics of a density of any chart: all that its attention needs.

Responsible for where they come from: coefficients, tokens, or masses on rings. Refuses to know attention.
"""

from typing import Any

import numpy as np

from kinetic.attention.axisymmetric import zonal_tables
from kinetic.charts.latitude import versine
from kinetic.clusters.density import CloudDensity
from kinetic.density import Density
from kinetic.mercator.circle import CircleTokenDensity
from kinetic.mercator.several import SeveralDensity
from kinetic.mercator.sphere import SphereMercatorDensity
from kinetic.pointwise import latitudes, ring_points, rings
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import scattered
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array

_MASS_ERROR = 1e-6  # of a density known by values only: above it the projection grid misses part of it


def low_degrees(density: Any, space: Circle | Sphere) -> Array:
    """Return the coefficients of a density in a space of low degree.

    Those of tokens are sums over tokens, exact. Those of a density that is known by its values are sums over rings
    about its mean direction.

    Raises
    ------
    DomainError
        If the density is too concentrated even for rings, or has no mean direction.
    """
    if isinstance(density, Density):
        return density.space.resize(density.native, space.degree)
    if isinstance(density, CircleTokenDensity | SphereMercatorDensity | SeveralDensity):
        return np.asarray(density.coefficients_in(space))  # type: ignore[arg-type]
    if isinstance(density, CloudDensity):
        points, masses = density.quadrature(space.degree)
        return scattered(points).sums(masses, space.degree)
    found = rings(density, _MASS_ERROR)
    points = ring_points(found.frame, 2.0 * np.arctan(np.exp(found.latitudes)))
    return scattered(points.reshape(-1, space.dimension)).sums(found.masses.ravel(), space.degree)


def axial_deficits(density: Any, degree: int, dimension: int) -> tuple[float, Array]:
    """Return (side, δ): the pole ±e that the mean is on, and δ_l = ∫ (1 − P_l) dμ about it, l = 0 … degree."""
    side = -1.0 if float(np.ravel(density.mean)[0]) < 0 else 1.0
    if isinstance(density, Density):
        moments = density.space.resize(density.native, degree)
        return side, 1.0 - np.where(np.arange(degree + 1) % 2 == 1, side, 1.0) * moments
    y, masses = latitudes(density, _MASS_ERROR)
    return side, zonal_tables(degree, dimension, y)[2] @ (masses * versine(y))
