"""A density on the sphere by cells, clusters and single tokens: the questions a person asks of it."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.weighted import OfTokens, ascending, required
from kinetic.clusters import Clusters
from kinetic.mercator.several.finding import log_density
from kinetic.mercator.several.state import State
from kinetic.spaces.scattered import SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.special import gegenbauer_mercator
from kinetic.types import Array, ArrayLike

_ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class SeveralDensity(OfTokens):
    """μ on S²: cells know ρ = dμ/dσ, σ uniform of mass one; of clusters and single tokens the masses alone are known.

    Parameters
    ----------
    state : State
    """

    state: State
    dimension = 3

    @cached_property
    def clusters(self) -> Clusters:
        """The clusters so far: what has been absorbed at each attracting point."""
        return self.state.clusters

    @property
    def points(self) -> Array:
        """Unit vectors of all tokens, shape (n, 3)."""
        return self.state.tokens.points

    @property
    def masses(self) -> Array:
        """Their masses, shape (n,)."""
        return self.state.tokens.masses

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return float(self.masses.sum())

    @cached_property
    def mean(self) -> Array:
        """∫ x dμ, shape (3,)."""
        return np.asarray(self.masses @ self.points)

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0, to rounding."""
        length = float(np.linalg.norm(self.mean))
        return None if length <= _ROUNDING else self.mean / length

    @cached_property
    def mean_latitudes(self) -> Array:
        """Y = ln tan(θ/2), θ the angle of every token to the mean direction."""
        return self._latitudes(required(self.direction))

    def _latitudes(self, axis: Array) -> Array:
        near, far = (np.linalg.norm(self.points - side * axis, axis=1) for side in (1.0, -1.0))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(near) - np.log(far))

    def angles(self) -> Array:
        """Return the tokens' angles to the mean direction, radians; 1e-16 is the smallest that a token can have."""
        return np.asarray(2.0 * np.arctan(np.exp(self.mean_latitudes)))

    @property
    def deficit(self) -> float:
        """∫ (1 − cos θ) dμ, a sum of non-negative terms; 1 where there is no mean direction."""
        if self.direction is None:
            return 1.0
        return 0.5 * float(self.masses @ np.sum((self.points - self.direction) ** 2, axis=1))

    @property
    def w2_to_dirac(self) -> float:
        """(∫ θ² dμ)^½; NaN where there is no mean direction."""
        return math.nan if self.direction is None else math.sqrt(float(self.masses @ self.angles() ** 2))

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at unit vectors of shape (…, 3), NaN where no cell holds the point."""
        return np.exp(self.log_values(points))

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3).

        NaN where no cell holds the point: within a cluster, where tokens have been absorbed, and between clusters where
        cells have been dissolved into single tokens.
        """
        return log_density(self.state.cells, np.asarray(points, dtype=float))

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes about the mean direction, ascending, and the mass dμ at each, positive.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        return ascending(self.mean_latitudes, self.masses)

    def moments(self, axis: ArrayLike, degree: int) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ about a direction n, l = 0 … degree: sums over tokens.

        **Accuracy** That of the cells up to degrees with a few waves a cell; higher ones see single tokens.
        """
        table = gegenbauer_mercator(degree, 3, self._latitudes(np.asarray(axis, dtype=float)))
        return np.asarray(table @ self.masses)

    def quadrature(self, degree: int) -> tuple[Array, Array]:  # noqa: ARG002
        """Return (x_i, m_i): unit vectors, shape (k, 3), and their masses."""
        return self.points, self.masses

    @property
    def log_densities(self) -> Array:
        """Ln ρ at the tokens of the cells, which come first."""
        logs = [(cells.logs - cells.log_areas()).ravel() for cells in self.state.cells]
        return np.concatenate([np.zeros(0), *logs])

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there) at the tokens of the cells, shapes (n, 3) and (n,)."""
        points = [cells.points.reshape(-1, 3) for cells in self.state.cells]
        return np.concatenate([np.zeros((0, 3)), *points]), np.exp(self.log_densities)

    def coefficients_in(self, space: Sphere) -> Array:
        """Return the native coefficients of μ in a space of harmonics: sums over tokens."""
        return SpherePoints(self.points).sums(self.masses, space.degree)
