"""The state of a density with several clusters, as one vector for the stepper.

In this order: √m x for every token, cells first, then clouds, then loose tokens; √m; the shape of each cell; the number
of tokens of each cloud; past mergers; then the clock, the time since tokens were last absorbed, work, entropy, what was
dissolved and the debt. The weights √m make the stepper's 2-norm the error (∫ |δx|² dμ)^½: a token of mass 1e-9 that
falls off a saddle does not hold up the others. All sizes are in the layout or in the vector, so that a run goes on from
it bit for bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from kinetic.attention.attracting import sphere_radii
from kinetic.clusters import Clusters, Merger
from kinetic.clusters.telling import of_parts
from kinetic.geometry import chord_angle
from kinetic.mercator.several.absorbing import Bundle
from kinetic.mercator.several.cells import Cells, Shape, normalized
from kinetic.types import Array

PAST = 6
"""Numbers of a merger."""

SCALARS = ("time", "waited", "work", "entropy", "dissolved", "debt")


@dataclass(frozen=True)
class Sizes:
    """Numbers of cells, of clouds, of tokens in all, and of past mergers."""

    cells: int
    clouds: int
    tokens: int
    mergers: int = 0

    @property
    def layout(self) -> dict[str, int]:
        """The sizes by name."""
        return {"cells": self.cells, "clouds": self.clouds, "tokens": self.tokens, "mergers": self.mergers}

    @classmethod
    def of(cls, layout: Mapping[str, int]) -> "Sizes":
        """Return the sizes of a layout."""
        return cls(layout["cells"], layout["clouds"], layout["tokens"], layout.get("mergers", 0))

    @property
    def length(self) -> int:
        """Length of the vector."""
        return 4 * self.tokens + self.cells + self.clouds + PAST * self.mergers + len(SCALARS)

    def tokens_of(self, vector: Array) -> tuple[Array, Array]:
        """Return the points of all tokens, not normalised, and √m."""
        n = self.tokens
        roots = vector[3 * n : 4 * n]
        return vector[: 3 * n].reshape(n, 3) / roots[:, None], roots


@dataclass(frozen=True, eq=False)
class State:
    """Cells, clusters, and what is on its way.

    Parameters
    ----------
    cells : tuple of Cells
        By shape.
    clouds : tuple of Bundle
        The tokens of each cluster.
    loose : Bundle
        Tokens that belonged to cells and are not yet in a cluster.
    mergers : tuple of Merger
    time, waited : float
        The clock, and the time since tokens were last absorbed.
    work, entropy : float
        ∫∫ <F, X> dμ dt since the start; ∫ ρ ln ρ dσ.
    dissolved : float
        Mass outside all clusters whose cells were given up.
    debt : float
        Root of the sum of squares of the masses that interpolation has missed.
    """

    cells: tuple[Cells, ...]
    clouds: tuple[Bundle, ...]
    loose: Bundle
    mergers: tuple[Merger, ...] = ()
    time: float = 0.0
    waited: float = 0.0
    work: float = 0.0
    entropy: float = 0.0
    dissolved: float = 0.0
    debt: float = 0.0

    @cached_property
    def tokens(self) -> Bundle:
        """All tokens in the order of the vector."""
        return Bundle.joined(*(Bundle.of(cells) for cells in self.cells), *self.clouds, self.loose)

    @property
    def clusters(self) -> Clusters:
        """What has been absorbed at each attracting point."""
        centers = np.array([cloud.center for cloud in self.clouds]).reshape(-1, 3)
        masses, spreads = (np.array([getattr(cloud, name) for cloud in self.clouds]) for name in ("mass", "spread"))
        return Clusters.ordered(centers, masses, spreads, self.mergers, self.dissolved, float(masses.sum()))

    @property
    def clusters_with_near(self) -> Clusters:
        """The same with what is on its way within the radius of each."""
        free = Bundle.joined(*(Bundle.of(cells) for cells in self.cells), self.loose)
        centers = np.array([cloud.center for cloud in self.clouds]).reshape(-1, 3)
        parts = []
        for cloud, radius in zip(self.clouds, sphere_radii(centers), strict=True):
            near = free.chosen(chord_angle(np.linalg.norm(free.points - cloud.center, axis=1)) <= radius)
            parts.append((np.concatenate([cloud.points, near.points]), np.concatenate([cloud.masses, near.masses])))
        return of_parts(parts, 3)

    @property
    def sizes(self) -> Sizes:
        """What the layout says."""
        return Sizes(sum(cells.size for cells in self.cells), len(self.clouds), self.tokens.size, len(self.mergers))

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        tokens = self.tokens
        roots = np.sqrt(tokens.masses)
        codes = [np.full(cells.size, float(cells.shape.code)) for cells in self.cells]
        counts = np.array([cloud.size for cloud in self.clouds], dtype=float)
        scalars = np.array([getattr(self, name) for name in SCALARS])
        past = [merger.numbers for merger in self.mergers]
        return np.concatenate([(tokens.points * roots[:, None]).ravel(), roots, *codes, counts, *past, scalars])

    @classmethod
    def of(cls, vector: Array, sizes: Sizes) -> "State":
        """Return the state that a vector of these sizes holds.

        Raises
        ------
        ValueError
            If it holds none.
        """
        if vector.size != sizes.length:
            raise ValueError(f"a state of {vector.size} numbers, should be {sizes.length}")
        points, roots = sizes.tokens_of(vector)
        points, masses = normalized(points), roots**2
        ends = np.cumsum([4 * sizes.tokens, sizes.cells, sizes.clouds, PAST * sizes.mergers])
        _, codes, counts, past, scalars = np.split(vector, ends)
        mergers = tuple(Merger.of(numbers) for numbers in past.reshape(-1, PAST))
        at, cells = 0, []
        for code, run in groupby(codes.astype(int)):
            shape, number = Shape.of(int(code)), len(list(run))
            end = at + number * shape.size
            own = masses[at:end].reshape(number, shape.first, shape.second)
            grid = points[at:end].reshape(number, shape.first, shape.second, 3)
            cells.append(Cells(shape, grid, np.log(own) - shape.log_weights))
            at = end
        clouds = []
        for count in counts.astype(int):
            clouds.append(Bundle(points[at : at + count], masses[at : at + count]))
            at += count
        return cls(tuple(cells), tuple(clouds), Bundle(points[at:], masses[at:]), mergers, *(float(s) for s in scalars))
