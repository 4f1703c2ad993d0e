"""Initial densities by their logarithm on the sphere itself, for tokens whose directions carry norms."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.latitude import latitude_of_angle
from kinetic.initial import InitialDensity
from kinetic.mercator.logarithms import VectorLogSum
from kinetic.mercator.zonal import InitialLogarithm
from kinetic.normed.ground import InitialLogDensity
from kinetic.types import Array


@dataclass(frozen=True)
class AxialProfiles:
    """ln ρ of profiles about one axis, of the uniform density, and of harmonics, as a function of the angle to it.

    Parameters
    ----------
    density : InitialDensity
    dimension : int
    """

    density: InitialDensity
    dimension: int

    @cached_property
    def _logarithm(self) -> InitialLogarithm:
        return InitialLogarithm(self.density, self.dimension)

    def __call__(self, points: Array) -> Array:
        """Return ln ρ at angles."""
        return self._logarithm(latitude_of_angle(points))

    def breaks(self) -> tuple[float, ...]:
        """Return the angles of jumps and needles."""
        return tuple(2.0 * math.atan(math.exp(y)) for y in self._logarithm.breaks())


class CircleProfiles(VectorLogSum):
    """ln ρ of profiles about any axes, of the uniform density, and of harmonics, as a function on the circle."""

    def breaks(self) -> tuple[float, ...]:
        """Return the azimuths of jumps and needles."""
        found = []
        for component in self.present:
            middle = math.atan2(*np.asarray(component.axis, dtype=float)[::-1])
            angles = [2.0 * math.atan(math.exp(y)) for y in component.profile.breaks()]
            found += [(middle + side * angle) % (2 * math.pi) for angle in angles for side in (1, -1)]
        return tuple(found)


class SphereProfiles(VectorLogSum):
    """The same as a function on the sphere, whose cells end at no jump."""

    def breaks(self) -> tuple[float, ...]:
        """None."""
        return ()


LOG_DENSITIES: dict[str, Callable[[InitialDensity, int], InitialLogDensity]] = {
    "circle": CircleProfiles,
    "sphere": SphereProfiles,
    "zonal": AxialProfiles,
}
"""By the kind of space, made from the density and the dimension."""
