"""Initial densities of the circle as functions ln ρ(φ) of the angle: what the first cells are laid on."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.latitude import log_cosh
from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.geometry import on_circle
from kinetic.initial import Cap, Component, InitialDensity
from kinetic.spaces.scattered import CirclePoints
from kinetic.special import gauss_panels
from kinetic.types import Array, ComplexArray

_TINY = 1e-300  # tan(θ/2) of the axis itself
_REACH = 40.0  # the circle beyond |y| = 40 has a share of 1e-17
_ROUNDS = 8
_AGREED = 1e-14
_MANY = 100  # waves, beyond which powers of e^{iφ} are worth their table


@dataclass(frozen=True)
class InitialLogDensity:
    """ln ρ of a weighted sum of profiles, of the uniform density, and of harmonics.

    Parameters
    ----------
    density : InitialDensity
        With smooth profiles.

    Raises
    ------
    DomainError
        If a component jumps.
    """

    density: InitialDensity

    def __post_init__(self) -> None:
        if any(isinstance(component.profile, Cap) for component in self.density.components):
            raise DomainError(
                "initial density: received a cap, which jumps; the Mercator chart of the circle wants a smooth "
                'density: use a von Mises-Fisher density, or chart = "harmonic"'
            )

    def __call__(self, angle: Array) -> Array:
        """Return ln ρ, −∞ where ρ is not positive."""
        angle = np.asarray(angle, dtype=float)
        logs = [self._of_component(i, angle) for i in range(len(self._present))]
        if self.density.uniform > 0:
            logs.append(np.full(angle.shape, math.log(self.density.uniform / self._total)))
        total = np.logaddexp.reduce(logs)
        if not self.density.harmonics:
            return np.asarray(total)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.log(np.exp(total) + self._waves(angle))
        return np.where(np.isnan(found), -np.inf, found)

    def places(self) -> tuple[float, ...]:
        """Return angles that the cells have to see however narrow ρ is there: axes and rings of the components."""
        found = []
        for component in self._present:
            at = _angle_of(component)
            found.append(at)
            for y in component.profile.breaks():
                away = 2 * math.atan(math.exp(y))
                found += [at + away, at - away]
        return tuple(found)

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @cached_property
    def _present(self) -> tuple[Component, ...]:
        return tuple(component for component in self.density.components if component.weight > 0)

    @cached_property
    def _constants(self) -> tuple[float, ...]:
        """Of each component: ln of weight over mass."""
        return tuple(math.log(component.weight / self._total) - _log_mass(component) for component in self._present)

    def _of_component(self, index: int, angle: Array) -> Array:
        component = self._present[index]
        tangent = np.abs(np.tan(0.5 * (angle - _angle_of(component))))
        y = np.log(np.maximum(tangent, _TINY))
        return self._constants[index] + component.profile.log_shape(y, 2)

    def _waves(self, angle: Array) -> Array:
        """Σ amplitude · √2 cos kφ (order ≥ 0) or √2 sin kφ (order < 0)."""
        total = np.zeros(angle.shape)
        if len(self.density.harmonics) > _MANY:
            points = on_circle(angle)
            degree = self._modes.size - 1
            return np.asarray(CirclePoints(points).values(self._modes.view(float)[None], degree).reshape(angle.shape))
        for term in self.density.harmonics:
            wave = np.sin if term.order < 0 else np.cos
            scale = math.sqrt(2.0) if term.degree else 1.0
            total += term.amplitude * scale * wave(term.degree * angle)
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


def _log_mass(component: Component) -> float:
    """Return ln ∫ e^{log_shape} dσ = ln (1/π) ∫ e^{log_shape} sech y dy, on panels halved until that changes nothing.

    Raises
    ------
    DomainError
        If the panels do not resolve the profile.
    """
    profile = component.profile
    corners = [np.linspace(-_REACH, _REACH, 4 * int(_REACH) + 1)]
    corners += [b + side * np.geomspace(1e-6, 0.5, 30) for b in profile.breaks() for side in (-1, 1)]
    edges = np.unique(np.concatenate([*corners, profile.breaks()]))
    previous = math.inf
    for _ in range(_ROUNDS):
        y, weights = gauss_panels(edges)
        logs = profile.log_shape(y, 2) - log_cosh(y) + np.log(weights)
        found = float(np.logaddexp.reduce(logs)) - math.log(math.pi)
        if abs(found - previous) < _AGREED:
            return found
        previous = found
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[:-1] + edges[1:])]))
    raise DomainError(f"initial density {profile}: too narrow for its mass to be found; make it wider")
