"""Tokens as functions of their label: cells of labels, each with the tokens at its Gauss points and their masses.

A token is y = r x in R^d, followed from its initial direction, the label; its mass never changes. The polynomials of a
cell are asked only when it is halved and when one wants to know how much it matters that they are polynomials; nothing
is ever projected. Where a label was on the sphere is forgotten: the motion needs only y and masses. The module knows
cells and vectors, not what moves them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts.patches import Cell
from kinetic.types import Array, Integers

_HALVINGS = 12
_MOST = 2 * 10**5  # points; cells that hold folds would be halved for ever
_SMALLEST = np.finfo(float).tiny  # so that a token in the origin has a direction, whichever


def norms(tokens: Array) -> Array:
    """Return |y| of tokens, shape (..., components)."""
    return np.asarray(np.maximum(np.linalg.norm(tokens, axis=-1), _SMALLEST))


@dataclass(frozen=True, eq=False)
class NormedMesh:
    """Tokens y and masses, cell by cell.

    Parameters
    ----------
    cell : Cell
    tokens : Array, shape (cells, n, components)
        y at the Gauss points: in R² and R³, or, of axisymmetric tokens, (<y, e>, distance from the axis).
    mass_density : Array, shape (cells, n)
        dμ/dξ, ξ the cell's own variables.
    """

    cell: Cell
    tokens: Array
    mass_density: Array

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.tokens.shape[0])

    @cached_property
    def masses(self) -> Array:
        """Mass of every token, shape (cells, n)."""
        return np.asarray(self.mass_density * self.cell.weights)

    @cached_property
    def radii(self) -> Array:
        """r = |y|, shape (cells, n)."""
        return norms(self.tokens)

    @cached_property
    def directions(self) -> Array:
        """x = y/r, shape (cells, n, components)."""
        return np.asarray(self.tokens / self.radii[..., None])

    def split(self, axis: Integers) -> "NormedMesh":
        """Return the mesh with cells halved in direction axis[c], −1 where they stay whole: the same polynomials.

        dμ/dξ of a half is half as large, because its own ξ runs from 0 to 1.
        """
        lighter = self.mass_density * np.where(axis >= 0, 0.5, 1.0)[:, None]
        return NormedMesh(self.cell, self.cell.split(self.tokens, axis), self.cell.split(lighter, axis))

    def finer(self, degree: int) -> "NormedMesh":
        """Return the mesh halved until its points integrate waves of a degree along every line of them.

        n Gauss points integrate e^{ikx} over a phase of n/2 with an error of (n/4)^{2n}/(2n)!: 5e-13 for twelve.
        """
        mesh, count, lines = self, self.cell.element.order + 1, self.cell.dimension
        for _ in range(_HALVINGS):
            grid = mesh.directions.reshape(mesh.size, *(count,) * lines, -1)
            lengths = [
                np.linalg.norm(np.diff(grid, axis=1 + a), axis=-1).sum(axis=1 + a).reshape(mesh.size, -1).max(axis=1)
                for a in range(lines)
            ]
            longest = np.argmax(lengths, axis=0)
            axis = np.where(np.max(lengths, axis=0) * degree > 0.5 * count, longest, -1)
            if np.all(axis < 0) or mesh.masses.size > _MOST:
                break
            mesh = mesh.split(axis)
        return mesh

    def chosen(self, cells: Integers) -> "NormedMesh":
        """Return some of the cells."""
        return NormedMesh(self.cell, self.tokens[cells], self.mass_density[cells])

    def vector(self, work: float) -> Array:
        """Return (y, dμ/dξ, work): all that the next step depends on."""
        return np.concatenate([self.tokens.ravel(), self.mass_density.ravel(), [work]])

    @classmethod
    def of(cls, vector: Array, cell: Cell, components: int) -> "NormedMesh":
        """Return the mesh that a vector holds."""
        count = (vector.size - 1) // (components + 1)
        tokens = vector[: components * count].reshape(-1, cell.size, components)
        return cls(cell, tokens, vector[components * count : -1].reshape(-1, cell.size))
