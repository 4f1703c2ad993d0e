"""The low harmonics of a density of any body: all that its attention needs.

Refuses to know attention.
"""

import numpy as np

from kinetic.attention.axisymmetric import zonal_tables
from kinetic.charts.latitude import versine
from kinetic.density import Body
from kinetic.types import Array


def axial_deficits(density: Body, degree: int) -> tuple[float, Array]:
    """Return (side, δ): the pole ±e that the mean is on, and δ_l = ∫ (1 − P_l) dμ about it, l = 0 … degree.

    Raises
    ------
    DomainError
        If the density has no mean direction.
    """
    side = -1.0 if float(np.ravel(density.mean)[0]) < 0 else 1.0
    if density.as_series is not None:  # whose moments are exact
        return side, 1.0 - density.moments(side, degree)
    y, masses = density.axial_quadrature()
    return side, zonal_tables(degree, density.dimension, y)[2] @ (masses * versine(y))
