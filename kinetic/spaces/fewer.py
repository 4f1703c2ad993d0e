"""Integrals over the sphere on fewer nodes than a product of a degree's functions takes: of functions smooth enough.

Gauss's rule of n rings integrates Legendre polynomials up to degree 2n − 1, N longitudes all waves about the axis of
fewer than N. What f has beyond is seen from what it has up to there: where f is analytic its coefficients fall like
r^l, so that those of degree 2n are, relative to the size of f, at most the square of those of degree n, and waves N
the square of waves N/2. Both are read off the values at the nodes, and whoever asks decides.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import fft

from kinetic.spaces.sphere import Sphere, SphereGrid
from kinetic.special import gegenbauer
from kinetic.types import Array

_RINGS = (48, 64, 96, 128)
_TOP = 0.75  # of the degrees a rule knows: what is above tells how they fall
_DIPS = 0.5  # of second differences: twice what a parabola falls between nodes


@dataclass(frozen=True, eq=False)
class FewerRings:
    """A Gauss–Legendre grid of few rings.

    Parameters
    ----------
    grid : SphereGrid
        Of the functions that its rings tell apart.
    fine : SphereGrid
        The grid for products of two functions.
    """

    grid: SphereGrid
    fine: SphereGrid

    @property
    def degree(self) -> int:
        """Degree of the functions on it."""
        return self.grid.space.degree

    @property
    def count(self) -> int:
        """Number of rings."""
        return self.grid.shape[0]

    @property
    def first_of_top(self) -> int:
        """Degree from which on `tail` looks."""
        return int(_TOP * self.count)

    @cached_property
    def _top(self) -> Array:
        """√(2l + 1) P_l times the rule's weights, l in the top quarter below n, shape (degrees, rings)."""
        table = gegenbauer(self.count - 1, 3, np.cos(self.grid.colatitudes))[self.first_of_top :]
        weights = self.grid.weights[:, 0] * self.grid.shape[1]
        return np.asarray(np.sqrt(2.0 * np.arange(self.first_of_top, self.count) + 1.0)[:, None] * table * weights)

    def tail(self, values: Array) -> float:
        """Return the largest coefficient a_l0, of the top quarter of the degrees below n, of a function at the nodes.

        Or the largest wave N/2 of a ring, where that is larger.
        """
        means = values.mean(axis=1)
        waves = np.abs(values[:, ::2].mean(axis=1) - means)
        return max(float(np.abs(self._top @ means).max()), float(waves.max()))

    def smallest(self, coefficients: Array, values: Array) -> float:
        """Return the smallest value at the nodes of the fine grid, on the rings where it may be.

        Between nodes a function falls by no more than second differences say.

        Parameters
        ----------
        coefficients : Array
            In the fine grid's space.
        values : Array
            At these nodes.
        """
        rings = np.arange(values.shape[0])
        at = np.argmin(values, axis=1)
        least = values[rings, at]
        around = values[rings, at - 1] + values[rings, (at + 1) % values.shape[1]] - 2.0 * least
        inner = np.clip(rings, 1, rings[-1] - 1)
        along = values[inner - 1, at] + values[inner + 1, at] - 2.0 * values[inner, at]
        dips = _DIPS * (np.abs(around) + np.abs(along))
        lowest = int(np.argmin(least))
        near = np.flatnonzero(least - dips <= least[lowest] + dips[lowest])
        borders = np.concatenate([[0.0], self.grid.colatitudes, [math.pi]])
        theta = self.fine.colatitudes
        held = (theta >= borders[near][:, None]) & (theta <= borders[near + 2][:, None])
        chosen = theta[held.any(axis=0)]
        return float(self.fine.space.on_rings(coefficients, chosen, self.fine.shape[1]).min())


@lru_cache(maxsize=8)
def fewer_rings(space: Sphere) -> tuple[FewerRings, ...]:
    """Return the grids of fewer rings than the products of two functions of a space take, the smallest first."""
    fine = space.grid(space.degree)
    grids = []
    for rings in _RINGS:
        if 1.25 * rings < fine.shape[0]:
            low = space.at_degree(min(space.degree, rings - 1))
            grids.append(FewerRings(low.grid_of((rings, 2 * int(fft.next_fast_len(rings, real=True)))), fine))
    return tuple(grids)
