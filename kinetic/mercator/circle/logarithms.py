"""Initial densities of the circle as functions ln ρ(φ) of the angle: what the first cells are laid on."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.geometry import on_circle
from kinetic.initial import Cap, Component, InitialDensity
from kinetic.mercator.logarithms import LogSum
from kinetic.spaces.scattered import CirclePoints
from kinetic.types import Array, ComplexArray

_TINY = 1e-300  # tan(θ/2) of the axis itself
_MANY = 100  # waves, beyond which powers of e^{iφ} are worth their table


class InitialLogDensity(LogSum):
    """ln ρ of smooth profiles, of the uniform density, and of harmonics, at angles.

    Raises
    ------
    DomainError
        If a component jumps.
    """

    def __init__(self, density: InitialDensity) -> None:
        super().__init__(density, 2)
        if any(isinstance(component.profile, Cap) for component in density.components):
            raise DomainError(
                "initial density: received a cap, which jumps; the Mercator chart of the circle wants a smooth "
                'density: use a von Mises-Fisher density, or chart = "harmonic"'
            )

    def places(self) -> tuple[float, ...]:
        """Return angles that the cells have to see however narrow ρ is there: axes and rings of the components."""
        found = []
        for component in self.present:
            at = _angle_of(component)
            found.append(at)
            for y in component.profile.breaks():
                away = 2 * math.atan(math.exp(y))
                found += [at + away, at - away]
        return tuple(found)

    def _latitudes(self, points: Array, component: Component) -> Array:
        tangent = np.abs(np.tan(0.5 * (points - _angle_of(component))))
        return np.log(np.maximum(tangent, _TINY))

    def _waves(self, points: Array) -> Array:
        """Σ amplitude · √2 cos kφ (order ≥ 0) or √2 sin kφ (order < 0)."""
        if len(self.density.harmonics) > _MANY:
            degree = self._modes.size - 1
            values = CirclePoints(on_circle(points)).values(self._modes.view(float)[None], degree)
            return np.asarray(values.reshape(points.shape))
        total = np.zeros(points.shape)
        for term in self.density.harmonics:
            wave = np.sin if term.order < 0 else np.cos
            scale = math.sqrt(2.0) if term.degree else 1.0
            total += term.amplitude * scale * wave(term.degree * points)
        return total

    @cached_property
    def _modes(self) -> ComplexArray:
        """c_k of c_0 + 2 Re Σ c_k e^{ikφ}."""
        modes = np.zeros(max(term.degree for term in self.density.harmonics) + 1, dtype=complex)
        for term in self.density.harmonics:
            modes[term.degree] += term.amplitude * (-1j if term.order < 0 else 1.0) * math.sqrt(0.5)
        modes[0] = math.sqrt(2.0) * modes[0].real
        return modes


@dataclass(frozen=True)
class ValuedLogDensity:
    """ln ρ of a density of any chart that gives its values: a record's, or one to be handed over.

    Parameters
    ----------
    density : density of the circle
    """

    density: Body

    def __call__(self, angle: Array) -> Array:
        """Return ln ρ, −∞ where ρ is not positive."""
        points = on_circle(angle)
        values = self.density.values(points)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(values, 0.0)))

    def places(self) -> tuple[float, ...]:
        """Return the mean direction, if there is one."""
        direction = self.density.direction
        return () if direction is None else (math.atan2(direction[1], direction[0]),)


def _angle_of(component: Component) -> float:
    x, y = np.asarray(component.axis, dtype=float)
    return math.atan2(y, x)
