"""A measure of clouds: the questions a person asks of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.weighted import OfTokens, ascending, required
from kinetic.clusters.clouds import Clouds
from kinetic.clusters.clusters import Clusters
from kinetic.clusters.observing import Sight
from kinetic.special import gegenbauer
from kinetic.types import Array, ArrayLike


@dataclass(frozen=True, eq=False)
class CloudDensity(OfTokens):
    """μ as clusters of tokens: it has moments and masses, and no values ρ that would mean something.

    Parameters
    ----------
    state : Clouds
    """

    state: Clouds

    @cached_property
    def sight(self) -> Sight:
        """All tokens."""
        return Sight.of(self.state.clouds)

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return self.state.dimension

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return self.sight.mass

    @property
    def mean(self) -> Array:
        """∫ x dμ, shape (d,)."""
        return self.sight.mean

    @property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0."""
        return self.mean / np.linalg.norm(self.mean) if self.sight.has_direction else None

    @property
    def clusters(self) -> Clusters:
        """The clusters."""
        return self.state.observed()

    def values(self, points: ArrayLike) -> Array:
        """Return NaN at points of shape (…, d): clusters have mass, and moments, but no values of a density."""
        return np.full(np.shape(points)[:-1], np.nan)

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction, ascending, and the mass at each.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        required(self.direction)
        with np.errstate(divide="ignore"):
            return ascending(np.log(np.tan(0.5 * self.sight.angles)), self.sight.masses)

    def quadrature(self, degree: int) -> tuple[Array, Array]:  # noqa: ARG002
        """Return (x_i, m_i): unit vectors, shape (k, d), and their masses."""
        return self.sight.center + self.sight.steps, self.sight.masses

    def moments(self, degree: int) -> Array:
        """Return M_l = ∫ P_l(cos θ) dμ, l = 0 … degree, θ the angle to the mean direction."""
        table = gegenbauer(degree, self.dimension, np.cos(self.sight.angles))
        return np.asarray(table @ self.sight.masses)
