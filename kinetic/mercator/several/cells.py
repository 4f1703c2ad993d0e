"""Cells of material points on the sphere: polynomials in two labels for the points and for ln dμ/dξ.

A cell is the reference square, or a triangle: the square collapsed at its first edge, where the first label ϱ is the
distance from the triangle's corner and dμ = e^h ϱ dϱ dv. Points move with their tokens, h = ln dμ/dξ stays. Every cell
has its own number of Gauss points in either direction. The module knows labels, points and masses; it knows no
attention, and not when a cell is cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.polynomial.legendre import legvander

from kinetic.charts.elements import Element, element_of_order
from kinetic.charts.patches import Selection
from kinetic.types import Array, Integers

FEWEST, MOST = 3, 9
"""Numbers of Gauss points of a cell in one direction."""


@dataclass(frozen=True, order=True)
class Shape:
    """Numbers of points in either direction, and whether the cell is a triangle."""

    first: int
    second: int
    collapsed: bool = False

    @property
    def size(self) -> int:
        """Number of points."""
        return self.first * self.second

    @property
    def code(self) -> int:
        """The shape as one number, which a state can hold."""
        return self.first + 16 * self.second + 256 * self.collapsed

    @classmethod
    def of(cls, code: int) -> "Shape":
        """Return the shape of a code."""
        return cls(code % 16, code // 16 % 16, bool(code // 256))

    @property
    def elements(self) -> tuple[Element, Element]:
        """Polynomials in the first and in the second label."""
        return element_of_order(self.first - 1), element_of_order(self.second - 1)

    @property
    def log_weights(self) -> Array:
        """Ln of the weights that turn e^h into the points' masses, shape (first, second)."""
        first, second = self.elements
        weights = first.weights * first.points if self.collapsed else first.weights
        return np.asarray(np.log(weights)[:, None] + np.log(second.weights))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one shape.

    Parameters
    ----------
    shape : Shape
    points : Array, shape (cells, first, second, 3)
        Unit vectors.
    logs : Array, shape (cells, first, second)
        h = ln dμ/dξ, of a triangle ln dμ/dξ − ln ϱ.
    """

    shape: Shape
    points: Array
    logs: Array

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.logs.shape[0])

    @cached_property
    def masses(self) -> Array:
        """Masses of the points, shape (cells, first, second)."""
        return np.exp(self.logs + self.shape.log_weights)

    @cached_property
    def mass(self) -> Array:
        """Masses of the cells, shape (cells,)."""
        return np.asarray(self.masses.sum(axis=(1, 2)))

    def chosen(self, which: Selection | Integers) -> "Cells":
        """Return some of the cells."""
        return Cells(self.shape, self.points[which], self.logs[which])

    @cached_property
    def tails(self) -> tuple[Array, ...]:
        """Root of the sum of squared Legendre modes of (x, h) from degree k on, k = 0, 1, …, in either direction.

        Two arrays of shapes (cells, first) and (cells, second); the other direction is integrated over.
        """
        fields = np.concatenate([self.points, self.logs[..., None]], axis=-1)
        first, second = self.shape.elements
        a = np.tensordot(fields, first.modes, axes=(1, 1)) ** 2  # cells, second, field, mode
        b = np.tensordot(fields, second.modes, axes=(2, 1)) ** 2  # cells, first, field, mode
        squares = (np.einsum("csfm,s->cm", a, second.weights), np.einsum("csfm,s->cm", b, first.weights))
        return tuple(np.sqrt(np.cumsum(s[:, ::-1], axis=1)[:, ::-1]) for s in squares)

    @property
    def roughness(self) -> Array:
        """Mass of each cell times how much of (x, h) lies in the two highest degrees of a direction, (cells, 2)."""
        rough = np.stack([tail[:, -2] for tail in self.tails], axis=1)
        return np.asarray(self.mass[:, None] * rough)

    def reshaped(self, first: int, second: int) -> "Cells":
        """Return the same polynomials, or their expansions cut off, on other numbers of points; masses are kept."""
        if (first, second) == (self.shape.first, self.shape.second):
            return self
        shape = Shape(first, second, self.shape.collapsed)
        tables = [
            change_of_points(old, new)
            for old, new in zip((self.shape.first, self.shape.second), (first, second), strict=True)
        ]
        points = np.einsum("jb,cibf->cijf", tables[1], np.einsum("ia,cabf->cibf", tables[0], self.points))
        logs = tables[0] @ self.logs @ tables[1].T
        return Cells(shape, normalized(points), logs).rescaled(self.mass)

    def rescaled(self, mass: Array) -> "Cells":
        """Return the cells with given masses."""
        return Cells(self.shape, self.points, self.logs + np.log(mass / self.mass)[:, None, None])

    def log_areas(self) -> Array:
        """Return ln of dσ/dξ at the points (of triangles without the factor ϱ), −∞ where the image has no area."""
        first, second = self.shape.elements
        along = np.einsum("ia,cabf->cibf", first.derivative, self.points)
        across = np.einsum("ib,cabf->caif", second.derivative, self.points)
        if self.shape.collapsed:
            across = across / first.points[:, None, None]
        volume = np.abs(np.vecdot(self.points, np.cross(along, across)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(volume) - np.log(4.0 * np.pi))


def table(count: int, labels: Array) -> Array:
    """Return t[i, j] such that Σ_j t[i, j] values[j] is the polynomial by its values at Gauss points at labels[i].

    The same as the element's own table, without the set-up of a finite element.
    """
    scales = np.sqrt(2.0 * np.arange(count) + 1.0)
    return np.asarray((legvander(2.0 * labels - 1.0, count - 1) * scales) @ element_of_order(count - 1).modes)


@lru_cache(maxsize=256)
def change_of_points(old: int, new: int) -> Array:
    """Return the matrix from values at old Gauss points to those at new ones: exact, or the least-squares part."""
    if new >= old:
        return table(old, element_of_order(new - 1).points)
    modes = element_of_order(old - 1).modes[:new]
    target = element_of_order(new - 1)
    return np.asarray(np.linalg.solve(target.modes, modes))


def normalized(points: Array) -> Array:
    """Return vectors of length one."""
    return np.asarray(points / np.linalg.norm(points, axis=-1, keepdims=True))


def gathered(cells: Iterable[Cells]) -> tuple[Cells, ...]:
    """Return cells ordered by shape, those of one shape together."""
    kinds: dict[Shape, list[Cells]] = {}
    for part in cells:
        if part.size:
            kinds.setdefault(part.shape, []).append(part)
    return tuple(
        Cells(shape, np.concatenate([c.points for c in parts]), np.concatenate([c.logs for c in parts]))
        for shape, parts in sorted(kinds.items())
    )


def singles(cells: Cells) -> Iterator[Cells]:
    """Yield the cells one by one."""
    for i in range(cells.size):
        yield cells.chosen(np.array([i]))
