"""Initial densities by their logarithm: profiles about axes, the uniform density and harmonics, added up in ln ρ."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from kinetic.initial import Component, InitialDensity, log_mass
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import space_of
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, ArrayLike


@dataclass(frozen=True)
class LogSum(ABC):
    """ln ρ of a weighted sum of profiles, of the uniform density and of harmonics, of mass one, at points of any kind.

    A kind of points says how they lie to an axis, and what the harmonics are there.
    """

    density: InitialDensity
    dimension: int
    axes_of_points: ClassVar[int] = 0
    """How many of the last axes of an array of points belong to one of them."""

    def __call__(self, points: ArrayLike) -> Array:
        """Return ln ρ, −∞ where ρ is not positive."""
        points = np.asarray(points, dtype=float)
        logs = [
            constant + component.profile.log_shape(self._latitudes(points, component), self.dimension)
            for component, constant in zip(self.present, self._constants, strict=True)
        ]
        if self.density.uniform > 0:
            shape = points.shape[: points.ndim - self.axes_of_points]
            logs.append(np.full(shape, math.log(self.density.uniform / self._total)))
        total = np.logaddexp.reduce(logs)
        if not self.density.harmonics:
            return np.asarray(total)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.log(np.exp(total) + self._waves(points))
        return np.where(np.isnan(found), -np.inf, found)

    @abstractmethod
    def _latitudes(self, points: Array, component: Component) -> Array:
        """Return y = ln tan(θ/2), θ the angle to the axis of a component."""

    @abstractmethod
    def _waves(self, points: Array) -> Array:
        """Return the sum of the harmonics."""

    @cached_property
    def present(self) -> tuple[Component, ...]:
        """The components that have weight."""
        return tuple(component for component in self.density.components if component.weight > 0)

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @cached_property
    def _constants(self) -> tuple[float, ...]:
        """Of each component: ln of weight over mass."""
        return tuple(
            math.log(component.weight / self._total) - log_mass(component.profile, self.dimension)
            for component in self.present
        )


class VectorLogSum(LogSum):
    """The same at unit vectors of the circle or the sphere, shape (…, d)."""

    axes_of_points = 1

    def _latitudes(self, points: Array, component: Component) -> Array:
        axis = np.asarray(component.axis, dtype=float)
        near, far = (np.linalg.norm(points - side * axis, axis=-1) for side in (1.0, -1.0))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(near) - np.log(far))

    @cached_property
    def _harmonics(self) -> tuple[Circle | Sphere, Array]:
        """The harmonics' space and their coefficients."""
        space = space_of(self.dimension, max(term.degree for term in self.density.harmonics))
        native = InitialDensity(uniform=1.0, harmonics=self.density.harmonics).coefficients(space)
        native[0] -= 1.0
        return space, native

    def _waves(self, points: Array) -> Array:
        space, native = self._harmonics
        return np.asarray(space.evaluate(native, points))
