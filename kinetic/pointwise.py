"""An axisymmetric density at points, with what rounding hides of it taken out.

Responsible for asking densities of every chart the same question, and for where the answer means nothing.
"""

from typing import Any

import numpy as np

from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.special import gegenbauer, log_harmonic_dimensions
from kinetic.types import Array

_PLAIN_DIMENSION = 8  # up to here rounding is far below the density wherever there is mass
_ROUNDING = 2.0**-52  # of a normalised moment, which is at most 1
_WANTED = 10.0  # values below that many times their rounding are noise


def zonal_values(density: Any, theta: Array) -> Array:
    """Return ρ at angles θ to the axis, NaN where rounding hides it.

    In dimension above 8 a series Σ_l N_l M_l P_l multiplies the rounding ε of the moments by Σ_l N_l |P_l(cos θ)|,
    which near the poles exceeds every density: values below ten times that are not given.

    Parameters
    ----------
    density : density of any chart
    theta : Array
        Angles in [0, π], radians.

    Raises
    ------
    DomainError
        Where no value is left.
    """
    if hasattr(density, "values_at_angle"):
        return np.asarray(density.values_at_angle(theta))
    values = np.asarray(density.values(np.cos(theta)))
    if not isinstance(density, Density) or density.space.dimension <= _PLAIN_DIMENSION:
        return values
    space = density.space
    sizes = np.exp(np.minimum(log_harmonic_dimensions(space.degree, space.dimension), 600.0))
    noise = _ROUNDING * (sizes @ np.abs(gegenbauer(space.degree, space.dimension, np.cos(theta))))
    known = np.where(values > _WANTED * noise, values, np.nan)
    if not np.any(np.isfinite(known)):
        raise DomainError(
            f"density in dimension {space.dimension}: rounding hides its values at every point; its moments (kinetic "
            "plot --what spectrum) and its observables are known"
        )
    return known
