"""Initial densities of the sphere as logarithms at points: what the first cells are laid on."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.density import Body
from kinetic.initial import Component, InitialDensity
from kinetic.mercator.zonal import InitialLogarithm
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, ArrayLike


@dataclass(frozen=True)
class InitialSphereLogarithm:
    """ln ρ of a weighted sum of profiles about any axes, of the uniform density, and of harmonics.

    Parameters
    ----------
    density : InitialDensity
    """

    density: InitialDensity

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3), −∞ where ρ is not positive."""
        x = np.asarray(points, dtype=float)
        logs = [math.log(share) + profile(_latitude(x, axis)) for share, axis, profile in self._profiles]
        if self.density.uniform > 0:
            logs.append(np.full(x.shape[:-1], math.log(self.density.uniform / self._total)))
        total = np.logaddexp.reduce(logs)
        if not self.density.harmonics:
            return np.asarray(total)
        with np.errstate(invalid="ignore", divide="ignore"):
            logs_with_waves = np.log(np.exp(total) + self._waves(x))
        return np.where(np.isnan(logs_with_waves), -np.inf, logs_with_waves)

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @cached_property
    def _profiles(self) -> tuple[tuple[float, Array, InitialLogarithm], ...]:
        """Share, axis, and ln ρ of every component as if it were alone about +e."""
        return tuple(
            (
                component.weight / self._total,
                np.asarray(component.axis, dtype=float),
                InitialLogarithm(InitialDensity((Component(component.profile),)), 3),
            )
            for component in self.density.components
            if component.weight > 0
        )

    @cached_property
    def _harmonics(self) -> tuple[Sphere, Array]:
        """The harmonics' space and their coefficients."""
        space = Sphere(max(term.degree for term in self.density.harmonics))
        native = InitialDensity(uniform=1.0, harmonics=self.density.harmonics).coefficients(space)
        native[0] -= 1.0
        return space, native

    def _waves(self, points: Array) -> Array:
        space, native = self._harmonics
        return np.asarray(space.evaluate(native, points))


@dataclass(frozen=True)
class RecordedSphereLogarithm:
    """ln ρ of a density that a record holds.

    Parameters
    ----------
    density : density of any chart on the sphere
        Of the sphere.
    """

    density: Body

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3), NaN where ρ is not positive."""
        return self.density.log_values(points)


def _latitude(points: Array, axis: Array) -> Array:
    """Return ln tan(θ/2) = ln |x − n|/|x + n|."""
    near, far = (np.linalg.norm(points - side * axis, axis=-1) for side in (1.0, -1.0))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(near) - np.log(far))
