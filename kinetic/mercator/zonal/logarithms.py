"""Initial densities as functions of y = ln tan(θ/2): what the first mesh is laid on."""

from dataclasses import dataclass

import numpy as np

from kinetic.initial import Component
from kinetic.mercator.logarithms import LogSum
from kinetic.mercator.zonal.density import MercatorDensity
from kinetic.special import gegenbauer_mercator, log_harmonic_dimensions
from kinetic.types import Array


class InitialLogarithm(LogSum):
    """ln ρ of profiles about ±e, of the uniform density, and of zonal harmonics, at latitudes y."""

    def breaks(self) -> tuple[float, ...]:
        """Return the y of the components' jumps and needles."""
        return tuple(b * float(np.asarray(c.axis)) for c in self.present for b in c.profile.breaks())

    def _latitudes(self, points: Array, component: Component) -> Array:
        return float(np.asarray(component.axis)) * points

    def _waves(self, points: Array) -> Array:
        """Σ amplitude · Y_l, Y_l = √N_l P_l."""
        highest = max(term.degree for term in self.density.harmonics)
        weights = np.zeros(highest + 1)
        for term in self.density.harmonics:
            weights[term.degree] += term.amplitude
        weights *= np.exp(0.5 * log_harmonic_dimensions(highest, self.dimension))
        tables = gegenbauer_mercator(highest, self.dimension, np.clip(points, -340, 340))
        return np.asarray(np.tensordot(weights, tables, 1))


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
