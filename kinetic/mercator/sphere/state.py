"""The state of a density in the Mercator chart of the sphere, as one vector for the stepper.

In this order: Re S, Im S, g and h at the points of all cells, near cells first; η; the quaternion that turns the
frame's coordinates, pole last, into physical ones; the work done; the debt. Which cells are near is a number in the
layout: nothing else enters the next step, so that a run goes on from it bit for bit.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.patches import Cell
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.types import Array

_TAIL = 7


@dataclass(frozen=True, eq=False)
class SphereState:
    """Cells, and the frame they are seen in.

    Parameters
    ----------
    cells : TokenCells
    turn : Array, shape (4,)
        Quaternion.
    work : float
        ∫ ∫ <F, X> dμ dt since the start.
    debt : float
        What halvings may have spoiled so far.
    """

    cells: TokenCells
    turn: Array
    work: float = 0.0
    debt: float = 0.0

    @property
    def pose(self) -> Array:
        """Rapidity and turn."""
        return np.append(self.cells.rapidity, self.turn)

    @property
    def rotation(self) -> Array:
        """Matrix from the frame's coordinates to physical ones."""
        return poses.rotation(self.pose)

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        cells = self.cells
        fields = (cells.spots.real, cells.spots.imag, cells.log_density, cells.log_mass)
        return np.concatenate([*(f.ravel() for f in fields), self.pose, [self.work, self.debt]])

    @classmethod
    def of(cls, vector: Array, cell: Cell, near: int) -> "SphereState":
        """Return the state that a vector holds."""
        across, along, density, mass = vector[:-_TAIL].reshape(4, -1, cell.size)
        spots = np.empty(across.shape, dtype=complex)
        spots.real, spots.imag = across, along
        cells = TokenCells(cell, near, spots, density, mass, float(vector[-_TAIL]))
        return cls(cells, vector[-_TAIL + 1 : -2], float(vector[-2]), float(vector[-1]))
