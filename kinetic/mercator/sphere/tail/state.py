"""The state of one cluster and its tail, as one vector for the stepper.

In this order: Re S, Im S, g and h at the points of the tail's cells, S = asinh(|W|) e^{iφ}, g = ln dμ/d²W,
h = ln dμ/dξ; Re S, Im S and ln m of loose tokens; all of these over the root of the number of tokens, so that the
stepper's 2-norm is a mean over tokens (in their turn all are most of the tail); the quaternion that turns the frame's
coordinates, pole last, into physical ones; the mass at the pole; work, entropy, debt, and how far L has moved since the
cells were laid.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.patches import Cell
from kinetic.mercator.several.absorbing import Bundle
from kinetic.mercator.several.cells import Cells, Shape
from kinetic.mercator.several.state import State
from kinetic.mercator.sphere.mesh import TokenCells, log_sinh
from kinetic.mercator.sphere.tables import SphereTokens
from kinetic.mercator.sphere.tail.chart import DiracChart
from kinetic.types import Array, ComplexArray

AT_POLE = -340.0
"""y that stands for the pole: tan(θ/2) is 1e-148, its square a number."""

_NUMBERS = 5
_TAIL = 4 + _NUMBERS


@dataclass(frozen=True, eq=False)
class Loose:
    """Tokens of the cluster that have not come to the pole yet.

    Parameters
    ----------
    spots : ComplexArray, shape (k,)
        S.
    log_masses : Array, shape (k,)
    """

    spots: ComplexArray
    log_masses: Array

    @classmethod
    def none(cls) -> "Loose":
        """Return no tokens."""
        return cls(np.zeros(0, dtype=complex), np.zeros(0))


@dataclass(frozen=True, eq=False)
class TailState:
    """Cells of the tail in W, tokens on their way to the pole, and what has come there.

    Parameters
    ----------
    chart : DiracChart
    cells : TokenCells
        In the plane of W: all far ones.
    loose : Loose
    turn : Array, shape (4,)
        Quaternion.
    core : float
        Mass at the pole.
    work, entropy : float
        ∫ ∫ <F, X> dμ dt since the start; ∫ ρ ln ρ dσ.
    debt : float
        What halvings and layings may have spoiled so far, relative to the tail.
    stretched : float
        ∫ L̇ dt of a token at −p since the cells were laid.
    """

    chart: DiracChart
    cells: TokenCells
    loose: Loose
    turn: Array
    core: float = 0.0
    work: float = 0.0
    entropy: float = 0.0
    debt: float = 0.0
    stretched: float = 0.0

    @property
    def pose(self) -> Array:
        """Rapidity, which is 0 here, and turn."""
        return np.append(0.0, self.turn)

    @cached_property
    def spots(self) -> ComplexArray:
        """S of cells and loose tokens."""
        return np.concatenate([self.cells.spots.ravel(), self.loose.spots])

    @cached_property
    def sizes(self) -> Array:
        """|S|."""
        return np.abs(self.spots)

    @cached_property
    def logs(self) -> Array:
        """L of cells and loose tokens."""
        return log_sinh(self.sizes)

    @cached_property
    def tokens(self) -> SphereTokens:
        """All tokens: of cells, loose ones, and the one at the pole."""
        y = np.append(self.chart.latitude(self.logs), AT_POLE)
        with np.errstate(invalid="ignore", divide="ignore"):
            azimuth = np.append(np.where(self.sizes > 0, self.spots / self.sizes, 1.0), 1.0)
        masses = np.concatenate([self.cells.masses.ravel(), np.exp(self.loose.log_masses), [self.core]])
        return SphereTokens.at(y, azimuth, masses, poses.rotation(self.pose))

    @property
    def log_rho(self) -> Array:
        """Ln ρ at the tokens of cells."""
        y, logs = self.tokens.y[: self.cells.spots.size], self.logs[: self.cells.spots.size]
        return np.asarray(self.cells.log_density.ravel() - self.chart.log_area(y, logs))

    def vector(self) -> Array:
        """Return the vector that steppers see."""
        cells, loose = self.cells, self.loose
        parts = (cells.spots.real, cells.spots.imag, cells.log_density, cells.log_mass)
        tokens = (loose.spots.real, loose.spots.imag, loose.log_masses)
        numbers = [self.core, self.work, self.entropy, self.debt, self.stretched]
        body = np.concatenate([*(part.ravel() for part in parts), *tokens])
        return np.concatenate([body / root_of_count(self.spots.size), self.turn, numbers])

    @classmethod
    def of(cls, vector: Array, chart: DiracChart, cell: Cell, loose: int) -> "TailState":
        """Return the state that a vector holds."""
        held = (vector.size - _TAIL - 3 * loose) // 4
        known = vector[:-_TAIL] * root_of_count(held + loose)
        body, left = known[: 4 * held].reshape(4, -1, cell.size), known[4 * held :].reshape(3, loose)
        spots, tokens = (np.asarray(part[0] + 1j * part[1], dtype=complex) for part in (body, left))
        cells = TokenCells(cell, 0, spots, body[2], body[3], 0.0)
        numbers = (float(number) for number in vector[-_NUMBERS:])
        return cls(chart, cells, Loose(tokens, left[2]), vector[-_TAIL:-_NUMBERS], *numbers)

    def several(self) -> State:
        """Return the same cells and tokens by their unit vectors."""
        count, tokens = self.cells.cell.element.order + 1, self.tokens
        points, held = tokens.points, self.cells.spots.size
        grid = (self.cells.size, count, count)
        cells = Cells(Shape(count, count), points[:held].reshape(*grid, 3), self.cells.log_mass.reshape(grid))
        there = np.flatnonzero(tokens.masses[held:] > 0.0) + held
        cloud = Bundle(points[there], tokens.masses[there])
        parts = (cells,) if cells.size else ()
        return State(parts, (cloud,), Bundle.none(), work=self.work, entropy=self.entropy, debt=self.debt)


def root_of_count(count: int) -> float:
    """Return what the parts of a vector that belong to so many tokens are divided by."""
    return math.sqrt(max(count, 1))
