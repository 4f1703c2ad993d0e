"""Initial densities by their logarithm on the sphere itself, for tokens whose directions carry norms."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from kinetic.charts.latitude import latitude_of_angle
from kinetic.initial import Component, InitialDensity
from kinetic.mercator.zonal import InitialLogarithm
from kinetic.normed.ground import InitialLogDensity
from kinetic.spaces.kinds import SPACES
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


@dataclass(frozen=True)
class CircleProfiles:
    """ln ρ of a weighted sum of profiles, of the uniform density, and of harmonics, as a function on the circle.

    Parameters
    ----------
    density : InitialDensity
    """

    density: InitialDensity
    kind: ClassVar[str] = "circle"
    dimension: ClassVar[int] = 2

    def __call__(self, points: Array) -> Array:
        """Return ln ρ at unit vectors."""
        total = np.full(points.shape[:-1], self.density.uniform / self._total)
        for component, alone in zip(self._present, self._logarithms, strict=True):
            total += component.weight / self._total * np.exp(alone(_latitudes_about(points, component)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(total + self._waves(points), 0.0)))

    def breaks(self) -> tuple[float, ...]:
        """Return the azimuths of jumps and needles."""
        found = []
        for component in self._present:
            middle = math.atan2(*np.asarray(component.axis, dtype=float)[::-1])
            angles = [2.0 * math.atan(math.exp(y)) for y in component.profile.breaks()]
            found += [(middle + side * angle) % (2 * math.pi) for angle in angles for side in (1, -1)]
        return tuple(found)

    @property
    def _present(self) -> tuple[Component, ...]:
        return tuple(component for component in self.density.components if component.weight > 0)

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @cached_property
    def _logarithms(self) -> tuple[InitialLogarithm, ...]:
        """Of each component alone, of mass one, as a function of the latitude about its axis."""
        single = [InitialDensity((Component(component.profile),)) for component in self._present]
        return tuple(InitialLogarithm(density, self.dimension) for density in single)

    def _waves(self, points: Array) -> Array:
        """Return the sum of the harmonics."""
        if not self.density.harmonics:
            return np.zeros(points.shape[:-1])
        highest = max(term.degree for term in self.density.harmonics)
        space = SPACES[self.kind](highest, self.dimension)
        waves = InitialDensity(uniform=1.0, harmonics=self.density.harmonics).coefficients(space)
        return space.evaluate(waves, points) - 1.0


class SphereProfiles(CircleProfiles):
    """The same as a function on the sphere, whose cells end at no jump."""

    kind: ClassVar[str] = "sphere"
    dimension: ClassVar[int] = 3

    def breaks(self) -> tuple[float, ...]:
        """None."""
        return ()


LOG_DENSITIES: dict[str, Callable[[InitialDensity, int], InitialLogDensity]] = {
    "circle": lambda density, _: CircleProfiles(density),
    "sphere": lambda density, _: SphereProfiles(density),
    "zonal": AxialProfiles,
}
"""By the kind of space, made from the density and the dimension."""


def _latitudes_about(points: Array, component: Component) -> Array:
    """Return ln tan(θ/2), θ the angle to the component's axis, from the chords to both poles."""
    axis = np.asarray(component.axis, dtype=float)
    with np.errstate(divide="ignore"):
        near, far = (np.log(np.linalg.norm(points - side * axis, axis=-1)) for side in (1, -1))
    return np.asarray(near - far)
