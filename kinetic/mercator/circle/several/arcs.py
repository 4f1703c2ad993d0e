"""Material cells of the circle between its clusters: angles and a constant ln mass at Gauss points.

Nothing between clusters is narrow: what is near a point that repels has a width of order one, and a mass that falls
without end, known relatively as its logarithm never changes. So angles are plain numbers here, and a cell that is
torn is halved. Knows cells; neither clusters nor time.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from kinetic.charts.elements import element_of_order, legendre
from kinetic.charts.patches import Cell, Selection, lost_mass
from kinetic.types import Array

LEAST = 1e-3
"""Smallest `Arcs.leniency`."""

_ROUNDING = 1e-13


@lru_cache(maxsize=32)
def _slopes(order: int) -> Array:
    """Return what gives dφ/dξ from values: at a cell's points and ends, and at those of its halves and quarters."""
    element = element_of_order(order)
    places = [(start + element.points) / parts for parts in (1, 2, 4) for start in range(parts)]
    slopes = legendre(order, np.concatenate([*places, [0.0, 1.0]]))[1]
    return np.asarray(slopes @ element.modes)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Cells in the order of growing angle, with gaps where clusters are.

    Parameters
    ----------
    cell : Cell
        The reference cell, of one variable and n points.
    angle : Array, shape (cells, n)
        φ at the Gauss points, ascending in each cell, of any winding.
    log_mass : Array, shape (cells, n)
        ln dμ/dξ.
    """

    cell: Cell
    angle: Array
    log_mass: Array

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.angle.shape[0])

    @cached_property
    def masses(self) -> Array:
        """Mass at every Gauss point, shape (cells, n)."""
        return np.asarray(np.exp(self.log_mass) * self.cell.weights)

    @cached_property
    def leniency(self) -> Array:
        """How much less exact than everywhere each cell may be: (its mass)^{1/4}, but not below 1e-3, shape (cells, 1).

        An error of its shape or of its tokens' places is one of its mass relatively; that of cells which hold 1e-12 and
        less is still known to 1e3 tolerances.
        """
        return np.asarray(np.maximum(self.masses.sum(axis=1, keepdims=True) ** 0.25, LEAST))

    @cached_property
    def mass(self) -> float:
        """∫ dμ over the cells."""
        return float(self.masses.sum())

    @cached_property
    def borders(self) -> Array:
        """φ at the two ends of every cell, shape (cells, 2)."""
        base = self.angle[:, :1]
        return np.asarray(base + (self.angle - base) @ self.cell.element.ends.T)

    @cached_property
    def folded(self) -> Selection:
        """Which cells hold tokens in another order than their labels: no flow does that, errors of a step do.

        The slope is looked at where halves and quarters have their points, too: what a step leaves may be halved.
        """
        slopes = (self.angle - self.angle[:, :1]) @ _slopes(self.cell.element.order).T
        return np.asarray(~np.all(slopes > 0.0, axis=1))

    @cached_property
    def log_density(self) -> Array:
        """Ln ρ at the Gauss points, ρ = 2π dμ/dφ; not a number in folded cells."""
        slopes = (self.angle - self.angle[:, :1]) @ self.cell.derivatives[0].T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.log_mass - np.log(slopes) + math.log(2 * math.pi))

    def kept(self, chosen: Selection) -> "Arcs":
        """Return some of the cells."""
        return replace(self, angle=self.angle[chosen], log_mass=self.log_mass[chosen])

    def split(self, chosen: Selection) -> "Arcs":
        """Return the cells with the chosen ones halved: the same polynomials, and the same mass of each."""
        base = self.angle[:, :1]
        fields = np.stack([self.angle - base, self.log_mass - math.log(2.0) * chosen[:, None]], axis=-1)
        halves = self.cell.split(fields, np.where(chosen, 0, -1))
        counts = np.where(chosen, 2, 1)
        first = (np.cumsum(counts) - counts)[chosen]
        pair = halves[[first, first + 1], :, 1]
        halves[[first, first + 1], :, 1] += lost_mass(self.log_mass[chosen], pair, self.cell.weights)[:, None]
        return replace(self, angle=halves[..., 0] + np.repeat(base, counts, axis=0), log_mass=halves[..., 1])

    def rough(self, tolerance: float, widest: float) -> Selection:
        """Return which cells want to be halved: for a high mode of φ or ln dμ/dξ, or for their width.

        Parameters
        ----------
        tolerance : float
            Largest of the two highest modes; those of φ are relative to the cell's width, as is the error that they
            make in ρ. It is the same for cells of next to no mass, however far off their tokens may be: a step that
            stretches a cell twofold multiplies its modes by 2^order, and a shape that is lost is not found again.
        widest : float
            Angle, radians.
        """
        width = np.diff(self.borders, axis=1)[:, 0]
        highest = self.cell.modes[-2:].T
        bends = np.abs((self.angle - self.angle[:, :1]) @ highest).max(axis=1)
        tilts = np.abs(self.log_mass @ highest).max(axis=1)
        floor = _ROUNDING * np.abs(self.log_mass).max(axis=1)
        # a width near rounding of φ says nothing about shapes
        shape = (bends > tolerance * width + 1e-15) | (tilts > tolerance + floor)
        return np.asarray(shape | (width > widest))

    @property
    def entropy(self) -> float:
        """∫ ρ ln ρ dσ over the cells."""
        return float((self.masses * self.log_density).sum()) if self.size else 0.0
