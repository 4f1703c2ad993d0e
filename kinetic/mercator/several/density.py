"""A density on the sphere by cells, clusters and single tokens: the questions a person asks of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import ClassVar, Self

import numpy as np

from kinetic.clusters import Clusters, Merger
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import OfTokens, ascending
from kinetic.geometry import latitudes_about, natural, on_sphere
from kinetic.mercator.several.absorbing import Bundle
from kinetic.mercator.several.cells import Cells, Shape
from kinetic.mercator.several.finding import log_density
from kinetic.mercator.several.state import PAST, SCALARS, State
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

_ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class SeveralDensity(OfTokens):
    """μ on S²: cells know ρ = dμ/dσ, σ uniform of mass one; clusters and single tokens have masses alone."""

    state: State
    dimension = 3
    body: ClassVar[str] = "cells_and_clusters"

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
        return float(self.masses.sum())

    @cached_property
    def mean(self) -> Array:
        return np.asarray(self.masses @ self.points)

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0, to rounding."""
        length = float(np.linalg.norm(self.mean))
        return None if length <= _ROUNDING else self.mean / length

    @cached_property
    def mean_latitudes(self) -> Array:
        """Y = ln tan(θ/2), θ the angle of every token to the mean direction."""
        return latitudes_about(self.points, required(self.direction))

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

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3).

        NaN where no cell holds the point: within a cluster, where tokens have been absorbed, and between clusters where
        cells have been dissolved into single tokens.
        """
        return log_density(self.state.cells, on_sphere(points, 3))

    def axial_quadrature(self) -> tuple[Array, Array]:
        return ascending(self.mean_latitudes, self.masses)

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        natural("quadrature: received degree", degree)
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

    def cluster_centers(self) -> tuple[Array, Array]:
        """Return the centers of the clusters and their masses."""
        return self.clusters.position, self.clusters.mass

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens: cells by shape, then those of each cluster, then single ones."""
        shape = "n₁ + 16 n₂ + 256 c: points in either direction, c = 1 for a triangle about the first edge"
        known = "ln ρ at the tokens of cells; of others it is not known"
        places = [
            ragged(f"position_{name}", densities, _column(k), f"{name} of the tokens") for k, name in enumerate("xyz")
        ]
        scalars = [regular(f"state_{name}", densities, _scalar(name), name) for name in SCALARS]
        return (
            ragged("nodes", densities, _latitudes, "y = ln tan(θ/2), θ to the mean direction"),
            ragged("log_density", densities, lambda d: _spread(d, d.log_densities), known),
            *places,
            ragged("token_share", densities, lambda d: d.masses, "mass of each token"),
            ragged("log_mass", densities, lambda d: _spread(d, _logs(d)), "ln dμ/dξ, ξ in [0, 1]²"),
            ragged("cell_shape", densities, _codes, shape, ("time", "cell")),
            ragged("cluster_tokens", densities, _counts, "tokens of each cluster", ("time", "cluster")),
            regular("tokens", densities, lambda d: d.masses.size, "number of tokens"),
            regular("cells", densities, lambda d: d.state.sizes.cells, "number of cells"),
            regular("clusters", densities, lambda d: d.state.sizes.clouds, "number of clusters"),
            ragged("past_mergers", densities, _past, "time, masses and place of every merger", ("time", "entry")),
            regular("mergers", densities, lambda d: len(d.state.mergers), "number of mergers"),
            *scalars,
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        with stored.readable("with several clusters"):
            count = stored.integer("tokens", 1)
            codes = stored.field("cell_shape", (stored.integer("cells", 0, count),))
            sizes = stored.field("cluster_tokens", (stored.integer("clusters", 0, count),))
            points = np.stack([stored.field(f"position_{name}", (count,)) for name in "xyz"], axis=1)
            masses = stored.field("token_share", (count,))
            runs = [(Shape.of(int(code)), len(list(run))) for code, run in groupby(codes)]
            logs = stored.field("log_mass", (sum(shape.size * number for shape, number in runs),))
            cells, at = [], 0
            for shape, number in runs:
                grid, end = (number, shape.first, shape.second), at + number * shape.size
                cells.append(Cells(shape, points[at:end].reshape(*grid, 3), logs[at:end].reshape(grid)))
                at = end
            clouds = []
            for size in sizes.astype(int):
                clouds.append(Bundle(points[at : at + size], masses[at : at + size]))
                at += size
            scalars = [float(stored.row(f"state_{name}")) for name in SCALARS]
            past = stored.field("past_mergers", (stored.integer("mergers", 0), PAST))
            mergers = tuple(Merger.of(numbers) for numbers in past)
            return cls(State(tuple(cells), tuple(clouds), Bundle(points[at:], masses[at:]), mergers, *scalars))


def _column(k: int) -> Callable[[SeveralDensity], Array]:
    return lambda density: density.points[:, k]


def _scalar(name: str) -> Callable[[SeveralDensity], float]:
    return lambda density: float(getattr(density.state, name))


def _latitudes(density: SeveralDensity) -> Array:
    return np.full(density.masses.size, np.nan) if density.direction is None else density.mean_latitudes


def _logs(density: SeveralDensity) -> Array:
    return np.concatenate([np.zeros(0), *(cells.logs.ravel() for cells in density.state.cells)])


def _spread(density: SeveralDensity, known: Array) -> Array:
    """Return what cells know, for all tokens."""
    return np.pad(known, (0, density.masses.size - known.size), constant_values=np.nan)


def _codes(density: SeveralDensity) -> Array:
    return np.concatenate([np.zeros(0), *(np.full(c.size, float(c.shape.code)) for c in density.state.cells)])


def _past(density: SeveralDensity) -> Array:
    return np.concatenate([np.zeros(0), *(merger.numbers for merger in density.state.mergers)])


def _counts(density: SeveralDensity) -> Array:
    return np.array([cloud.size for cloud in density.state.clouds], dtype=float)
