"""Curved patches that cover the circle or the sphere, and the polynomials that live on them.

A *cell* is the reference interval or square, [0, 1] or [0, 1]², with tensor-product Gauss points; a field on a mesh of
cells is an array whose first two axes are (cells, points). Cells are halved in one direction at a time, where a field
varies too much for its polynomial. The module knows labels and polynomials, not what is carried along.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kinetic.charts.elements import Element, element_of_order
from kinetic.types import Array, ArrayLike, Integers

Selection = NDArray[np.bool_]
"""Which cells are meant."""

_FACES = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    ((0, -1, 0), (0, 0, -1), (1, 0, 0)),
    ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    ((0, 0, -1), (-1, 0, 0), (0, 1, 0)),
)
"""Of each face of the cube: its normal and the two directions of its coordinates, right-handed."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Polynomials of degree `order` in each of one or two variables by their values at Gauss points.

    Parameters
    ----------
    element : Element
        The one-dimensional factor.
    dimension : {1, 2}
        Number k of variables.
    points : Array, shape (n, k)
        Gauss points in [0, 1]^k, n = (order + 1)^k; the last variable runs fastest.
    weights : Array, shape (n,)
        Of sum one.
    modes : Array, shape (n, n)
        a = modes @ values: coefficients in products of orthonormal Legendre polynomials.
    derivatives : Array, shape (k, n, n)
        Values of the k partial derivatives from values.
    steepest : Array, shape (k, rows, n)
        Coefficients of the two highest degrees in each direction from values, times the root of the weights of the
        lines across it: the sum of their squares is an integral.
    """

    element: Element
    dimension: int
    points: Array
    weights: Array
    modes: Array
    derivatives: Array
    steepest: Array

    @property
    def size(self) -> int:
        """Number n of points."""
        return int(self.weights.size)

    def tabulate(self, points: ArrayLike) -> Array:
        """Return t[i, j] such that Σ_j t[i, j] values[j] is the polynomial at points[i], points of shape (…, k)."""
        at = np.asarray(points, dtype=float).reshape(-1, self.dimension)
        table = self.element.tabulate(at[:, 0])
        for axis in range(1, self.dimension):
            other = self.element.tabulate(at[:, axis])
            table = (table[:, :, None] * other[:, None, :]).reshape(at.shape[0], -1)
        return np.asarray(table)

    def roughness(self, field: Array) -> Array:
        """Return how much of a field lies in the two highest degrees of each direction, shape (cells, k).

        Parameters
        ----------
        field : Array, shape (cells, n) or (cells, n, components)

        Returns
        -------
        Array
            Root of the sum of the squared coefficients of degree ≥ order − 1 in that direction: an estimate, from
            above where coefficients decay, of the root-mean-square error of the polynomial on a cell.
        """
        table = self.steepest.reshape(-1, self.size).T
        steep = field @ table if field.ndim == 2 else np.moveaxis(field, 1, -1) @ table
        squares = (steep**2).reshape(field.shape[0], -1, self.dimension, self.steepest.shape[1])
        return np.asarray(np.sqrt(squares.sum(axis=(1, 3))))

    def split(self, field: Array, axis: Integers) -> Array:
        """Return a field on the mesh in which cells are halved: the same polynomials, halves side by side.

        Parameters
        ----------
        field : Array, shape (cells, n, ...)
        axis : Array of int, shape (cells,)
            Direction in which each cell is halved, −1 where it stays whole.
        """
        counts = np.where(axis < 0, 1, 2)
        spread = np.repeat(field, counts, axis=0)
        first = np.cumsum(counts) - counts
        for direction in range(self.dimension):
            chosen = np.flatnonzero(axis == direction)
            for half in (0, 1):
                spread[first[chosen] + half] = self.half(field[chosen], direction, half)
        return np.asarray(spread)

    def half(self, field: Array, direction: int, half: int) -> Array:
        """Return a field on the lower (0) or upper (1) half of every cell: one small matrix along one direction.

        Parameters
        ----------
        field : Array, shape (cells, n, ...)
        direction : int
        half : {0, 1}
        """
        size, rest = self.element.order + 1, self.size // (self.element.order + 1)
        table = self.element.halves[half]
        trailing = int(np.prod(field.shape[2:]))
        if direction == self.dimension - 1:
            lines = field.reshape(field.shape[0] * rest, size, trailing)
        else:
            lines = field.reshape(field.shape[0], size, rest * trailing)
        return np.asarray((table @ lines).reshape(field.shape))


def lost_mass(whole: Array, halves: Array, weights: Array) -> Array:
    """Return ln of the mass of cells over that of their halves, from ln dμ/dξ at Gauss points.

    Parameters
    ----------
    whole : Array, shape (cells, n)
    halves : Array, shape (2, cells, n)
    weights : Array, shape (n,)

    Returns
    -------
    Array, shape (cells,)
        As well where the masses themselves are below the range of numbers; 0 for cells without mass.
    """
    top = np.maximum(halves.max(axis=(0, 2)), whole.max(axis=1))[:, None]
    with np.errstate(invalid="ignore"):
        before = np.exp(whole - top) @ weights
        after = (np.exp(halves - top) @ weights).sum(axis=0)
    told = (before > 0) & (after > 0)
    return np.where(told, np.log(np.where(told, before, 1.0) / np.where(told, after, 1.0)), 0.0)


@lru_cache(maxsize=32)
def cell_of_order(order: int, dimension: int) -> Cell:
    """Return the cell of a polynomial degree in one or two variables, tabulated once."""
    element = element_of_order(order)
    highest = element.modes[max(1, order - 1) :]
    if dimension == 1:
        return Cell(
            element,
            1,
            element.points[:, None],
            element.weights,
            element.modes,
            element.derivative[None],
            highest[None],
        )
    one, across = np.eye(order + 1), np.diag(np.sqrt(element.weights))
    first, second = np.meshgrid(element.points, element.points, indexing="ij")
    return Cell(
        element,
        2,
        np.stack([first.ravel(), second.ravel()], axis=1),
        np.asarray(np.kron(element.weights, element.weights), dtype=float),
        np.asarray(np.kron(element.modes, element.modes), dtype=float),
        np.stack([np.kron(element.derivative, one), np.kron(one, element.derivative)]),
        np.stack([np.kron(highest, across), np.kron(across, highest)]),
    )


@dataclass(frozen=True, eq=False)
class Labels:
    """Cells laid on the circle or the sphere: where their points are, and how much of σ each stands for.

    Parameters
    ----------
    cell : Cell
    corners, sizes : Array, shape (cells, k)
        Lower corner and extent of each cell in its face's coordinates.
    face : Array of int, shape (cells,)
        Face of the cube (sphere) or zero (circle).
    """

    cell: Cell
    corners: Array
    sizes: Array
    face: Integers

    @property
    def coordinates(self) -> Array:
        """Face coordinates of the points, shape (cells, n, k)."""
        return np.asarray(self.corners[:, None, :] + self.sizes[:, None, :] * self.cell.points)

    def points_and_areas(self) -> tuple[Array, Array]:
        """Return unit vectors of shape (cells, n, k + 1) and dσ/dξ, the density of σ in the cell's own variables.

        Angles θ in [0, 2π) on the circle; on the sphere the cube's faces with equiangular coordinates α, β, of area
        element (1 + X²)(1 + Y²)/(1 + X² + Y²)^{3/2} dα dβ, X = tan α, Y = tan β.
        """
        at = self.coordinates
        extent = self.sizes.prod(axis=1)[:, None]
        if self.cell.dimension == 1:
            angle = at[..., 0]
            return np.stack([np.cos(angle), np.sin(angle)], axis=-1), np.broadcast_to(
                extent / (2 * np.pi), angle.shape
            ).copy()
        x, y = np.tan(at[..., 0]), np.tan(at[..., 1])
        length = np.sqrt(1 + x * x + y * y)
        frame = np.array(_FACES, dtype=float)[self.face]
        local = np.stack([np.ones_like(x), x, y], axis=-1) / length[..., None]
        area = (1 + x * x) * (1 + y * y) / length**3 / (4 * np.pi)
        return np.einsum("cna,cab->cnb", local, frame), area * extent

    def split(self, axis: Integers) -> "Labels":
        """Return the labels with cells halved in direction axis[c], −1 where they stay whole."""
        counts = np.where(axis < 0, 1, 2)
        corners, sizes = np.repeat(self.corners, counts, axis=0), np.repeat(self.sizes, counts, axis=0)
        chosen = np.flatnonzero(axis >= 0)
        first = (np.cumsum(counts) - counts)[chosen]
        direction = axis[chosen]
        for row in (first, first + 1):
            sizes[row, direction] /= 2
        corners[first + 1, direction] += sizes[first, direction]
        return Labels(self.cell, corners, sizes, np.repeat(self.face, counts))


def circle_labels(count: int, order: int) -> Labels:
    """Return `count` equal arcs that cover the circle, beginning at angle 0."""
    size = 2 * np.pi / count
    corners = np.asarray(size * np.arange(count)[:, None], dtype=float)
    return Labels(cell_of_order(order, 1), corners, np.full((count, 1), size), np.zeros(count, dtype=np.intp))


def sphere_labels(count: int, order: int) -> Labels:
    """Return the six faces of the cube, each of count × count equiangular cells, that cover the sphere."""
    size = np.pi / 2 / count
    i, j = np.divmod(np.arange(count * count), count)
    corners = np.asarray(-np.pi / 4 + size * np.stack([i, j], axis=1), dtype=float)
    return Labels(
        cell_of_order(order, 2),
        np.tile(corners, (6, 1)),
        np.full((6 * count * count, 2), size),
        np.repeat(np.arange(6), count * count),
    )
