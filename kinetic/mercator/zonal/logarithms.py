"""Initial densities as functions of y = ln tan(θ/2): what the first mesh is laid on."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.initial import Component, InitialDensity
from kinetic.mercator.zonal.density import MercatorDensity
from kinetic.mercator.zonal.start import log_mass
from kinetic.special import gegenbauer_mercator, log_harmonic_dimensions
from kinetic.types import Array


@dataclass(frozen=True)
class InitialLogarithm:
    """ln ρ of a weighted sum of profiles about ±e, of the uniform density, and of zonal harmonics."""

    density: InitialDensity
    dimension: int

    def __call__(self, y: Array) -> Array:
        """Return ln ρ, −∞ where ρ is not positive."""
        logs = [self._of_component(component, y) for component in self._present]
        if self.density.uniform > 0:
            logs.append(np.full(np.shape(y), math.log(self.density.uniform / self._total)))
        total = np.logaddexp.reduce(logs)
        if not self.density.harmonics:
            return np.asarray(total)
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(np.exp(total) + self._waves(y))
        return np.where(np.isnan(logs), -np.inf, logs)

    def breaks(self) -> tuple[float, ...]:
        """Return the y of the components' jumps and needles."""
        return tuple(b * float(np.asarray(c.axis)) for c in self._present for b in c.profile.breaks())

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @property
    def _present(self) -> tuple[Component, ...]:
        return tuple(component for component in self.density.components if component.weight > 0)

    @cached_property
    def _constants(self) -> dict[int, float]:
        """ln of weight over mass, by component."""
        found = {}
        for i, component in enumerate(self._present):
            mass = log_mass(_Alone(component, self.dimension), self.dimension)
            found[i] = math.log(component.weight / self._total) - mass
        return found

    def _of_component(self, component: Component, y: Array) -> Array:
        """ln of what one component adds to ρ."""
        return self._constants[self._present.index(component)] + _Alone(component, self.dimension)(y)

    def _waves(self, y: Array) -> Array:
        """Σ amplitude · Y_l, Y_l = √N_l P_l."""
        highest = max(term.degree for term in self.density.harmonics)
        weights = np.zeros(highest + 1)
        for term in self.density.harmonics:
            weights[term.degree] += term.amplitude
        weights *= np.exp(0.5 * log_harmonic_dimensions(highest, self.dimension))
        return np.asarray(np.tensordot(weights, gegenbauer_mercator(highest, self.dimension, np.clip(y, -340, 340)), 1))


@dataclass(frozen=True)
class _Alone:
    """ln ρ of one component, up to a constant."""

    component: Component
    dimension: int

    def __call__(self, y: Array) -> Array:
        return self.component.profile.log_shape(float(np.asarray(self.component.axis)) * y, self.dimension)

    def breaks(self) -> tuple[float, ...]:
        return tuple(float(np.asarray(self.component.axis)) * b for b in self.component.profile.breaks())


@dataclass(frozen=True)
class RecordedLogarithm:
    """ln ρ of a density that a record holds."""

    density: MercatorDensity

    def __call__(self, y: Array) -> Array:
        """Return ln ρ."""
        return self.density.log_at_latitude(y)

    def breaks(self) -> tuple[float, ...]:
        """Return the ends of the mesh beyond which there is no mass."""
        borders = self.density.mesh.borders.ravel()[[0, -1]]
        return tuple(float(y) for y in borders[~np.isfinite(self.density.exponents)])
