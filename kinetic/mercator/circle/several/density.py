"""A density of the circle that has become clusters: cells between them, where ρ is known, and tokens inside."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.weighted import OfTokens, ascending, required
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud
from kinetic.mercator.circle.several.observing import Seen, cut_at, log_density_at, tokens_of
from kinetic.spaces.circle import Circle
from kinetic.types import Array, ArrayLike, ComplexArray

_GRID = 721


@dataclass(frozen=True, eq=False)
class CircleClusterDensity(OfTokens):
    """μ on the circle: ρ = dμ/dσ in cells, and clusters whose moments are known.

    Parameters
    ----------
    arcs : Arcs
    clouds : tuple of ArcCloud

    **Accuracy** Between clusters that of the cells. Inside a cluster ρ is drawn as the normal density of the cluster's
    mass, mean and spread: its integrals are right, its shape is not known.
    """

    arcs: Arcs
    clouds: tuple[ArcCloud, ...]
    dimension = 2

    @cached_property
    def _seen(self) -> Seen:
        return tokens_of(self.arcs, self.clouds)

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return self._seen.mass

    @property
    def mean(self) -> Array:
        """∫ x dμ, shape (2,)."""
        return self._seen.mean

    @property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0."""
        if self._seen.order == 0:
            return None
        angle = self._seen.pole + self._seen.offset
        return np.array([math.cos(angle), math.sin(angle)])

    @property
    def rapidity(self) -> float:
        """How concentrated it is: half of the mass is within tan(θ/2) < e^{−rapidity} of the heaviest; at least 0."""
        y, masses = self.axial_quadrature()
        middle = int(np.searchsorted(np.cumsum(masses), 0.5 * self.mass))
        return max(0.0, -float(y[min(middle, y.size - 1)]))

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at points of the circle, unit vectors of shape (..., 2)."""
        x = np.asarray(points, dtype=float)
        return np.exp(self.log_values(np.arctan2(x[..., 1], x[..., 0])))

    def log_values(self, angle: ArrayLike) -> Array:
        """Return ln ρ at angles φ on the circle; −∞ where nothing is known to be."""
        angle = np.asarray(angle, dtype=float)
        flat = angle.reshape(-1)
        between = log_density_at(self.arcs, flat)
        inside = [_log_normal(cloud, flat) for cloud in self.clouds]
        drawn = np.logaddexp.reduce(inside) if inside else np.full(flat.shape, -np.inf)
        return np.where(np.isnan(between), drawn, between).reshape(angle.shape)

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction, ascending, and the mass dμ at each.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        required(self.direction)
        seen = self._seen
        cut = tokens_of(cut_at(self.arcs, seen.pole + seen.offset + math.pi), self.clouds)
        away = np.abs(cut.theta - seen.offset)
        with np.errstate(divide="ignore"):
            return ascending(np.log(np.tan(0.5 * np.minimum(away, 2 * np.pi - away))), cut.masses)

    def harmonics(self, degree: int) -> ComplexArray:
        """Return ∫ e^{ikφ} dμ, k = 0 … degree."""
        seen = self._seen
        sums = seen.mass - seen.sums(max(degree, 1))[: degree + 1]
        return np.asarray(sums * np.exp(1j * seen.pole * np.arange(degree + 1)))

    def moments(self, degree: int) -> Array:
        """Return M_l = ∫ cos lθ dμ, l = 0 … degree, θ the angle to the mean direction."""
        angle = self._seen.pole + self._seen.offset
        return np.asarray((self.harmonics(degree) * np.exp(-1j * angle * np.arange(degree + 1))).real)

    def coefficients_in(self, space: Circle) -> Array:
        """Return the native coefficients ∫ e^{−ikφ} dμ in a space of the circle."""
        return np.ascontiguousarray(np.conj(self.harmonics(space.degree))).view(float)

    def quadrature(self, degree: int) -> tuple[Array, Array]:  # noqa: ARG002
        """Return (x_i, m_i): unit vectors, shape (k, 2), and masses."""
        angles = self._seen.pole + self._seen.theta
        return np.stack([np.cos(angles), np.sin(angles)], axis=1), self._seen.masses

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there): 721 equidistant points from angle 0 to 2π, shape (n, 2)."""
        angle = np.linspace(0.0, 2 * np.pi, _GRID)
        points = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return points, self.values(points)


def _log_normal(cloud: ArcCloud, angles: Array) -> Array:
    """Ln of the cluster's mass times a normal density per dσ."""
    away = angles - cloud.center - cloud.shift
    away -= 2 * np.pi * np.round(away / (2 * np.pi))
    spread = max(cloud.spread, float(np.finfo(float).tiny))
    with np.errstate(over="ignore"):
        return math.log(cloud.mass * math.sqrt(2 * math.pi)) - math.log(spread) - 0.5 * (away / spread) ** 2
