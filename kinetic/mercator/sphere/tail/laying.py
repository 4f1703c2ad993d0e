"""Fresh cells of a tail: rings about the pole, and a disc about its antipode.

Near the pole all that the tail does varies with L = ln |W| by e^{2β} faster than around. Cells whose sides run along
and across the meridians need as many points there as L alone asks for; those that have come from near −p on a slant
need the square of that. So the tail is laid anew whenever its disc has been stretched by `STRETCH`: the disc |W| < r is
a square in the middle and four cells around it, beyond are rings.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kinetic.charts.latitude import versine
from kinetic.charts.patches import Cell, Selection
from kinetic.mercator.sphere.locating import Finder
from kinetic.mercator.sphere.mesh import TokenCells, inverse_log_sinh
from kinetic.mercator.sphere.resolution import LARGEST_MESH, SphereCriterion, log_roughness, place_roughness
from kinetic.mercator.sphere.tail.chart import DiracChart, log_plane_area
from kinetic.mercator.sphere.tail.resolution import LEAD, outermost, quadrature_changes
from kinetic.mercator.sphere.tail.state import TailState
from kinetic.types import Array, ComplexArray, Integers

STRETCH = 0.7
"""How far in L the tail moves between two layings."""

_SQUARE = 0.5 / math.sqrt(2.0)  # half the side of the middle square, over the disc's radius: its corners halfway out
_QUARTER = 0.5 * math.pi
_DEEPEST = 40  # halvings of one block
_SMALL = 0.125

LogDensity = Callable[[Array, ComplexArray], Array]
"""Ln ρ by latitudes about the pole and azimuths e^{iφ}."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Rectangles of the labels of blocks: 0 is the middle square, 1 to 4 are around it, 5 to 8 quarters of the rings.

    Parameters
    ----------
    block : Integers, shape (n,)
    corner, size : Array, shape (n, 2)
        In [0, 1]².
    """

    block: Integers
    corner: Array
    size: Array

    @classmethod
    def first(cls) -> "Boxes":
        """Return the blocks, whole."""
        return cls(np.arange(9), np.zeros((9, 2)), np.ones((9, 2)))

    def halved(self, axis: Integers) -> "Boxes":
        """Return the boxes with some halved in direction axis[n], −1 where they stay whole."""
        counts = np.where(axis < 0, 1, 2)
        block = np.repeat(self.block, counts)
        corner, size = (np.repeat(part, counts, axis=0) for part in (self.corner, self.size))
        first, cut = (np.cumsum(counts) - counts)[axis >= 0], axis[axis >= 0]
        for half in (0, 1):
            size[first + half, cut] *= 0.5
            corner[first + half, cut] += half * size[first + half, cut]
        return Boxes(block, corner, size)

    def chosen(self, which: Selection) -> "Boxes":
        """Return some of the boxes."""
        return Boxes(self.block[which], self.corner[which], self.size[which])

    def places(self, cell: Cell, edge: float, outer: float) -> tuple[Array, ComplexArray, Array]:
        """Return ln |W|, e^{iφ} and ln d²W/dξ at the points of every box, the rings between two L."""
        u, v = np.moveaxis(self.corner[:, None] + self.size[:, None] * cell.points, -1, 0)
        block = np.broadcast_to(self.block[:, None], u.shape)
        radius, side = math.exp(edge), math.exp(edge) * _SQUARE
        turn = np.exp(1j * _QUARTER * ((block - 1) % 4))
        arc = np.exp(1j * _QUARTER * (v - 0.5))
        flat, slope = side * (1.0 + 1j * (2.0 * v - 1.0)), 2j * side
        between = (1.0 - u) * flat + u * radius * arc
        along = (1.0 - u) * slope + u * radius * 1j * _QUARTER * arc
        around = np.abs(((radius * arc - flat).conj() * along).imag)
        L = edge + (outer - edge) * u
        middle = side * (_offset(u) + 1j * _offset(v))
        square = side * side * _offset_slope(u) * _offset_slope(v)
        kinds = [block == 0, block < 5]
        W = np.select(kinds, [middle, between * turn], np.exp(L) * arc * turn)
        ring = np.exp(2.0 * L) * (outer - edge) * _QUARTER
        area = np.select(kinds, [square, around], ring)
        return np.log(np.abs(W)), W / np.abs(W), np.log(area * self.size.prod(axis=1)[:, None])


def _offset(u: Array) -> Array:
    """Return a map of [0, 1] to [−1, 1] with its zero at 1/3: no Gauss point of a cell or of its halves is there."""
    return 2.0 * u - 1.0 + 1.5 * u * (1.0 - u)


def _offset_slope(u: Array) -> Array:
    return 3.5 - 3.0 * u


def laid(log_rho: LogDensity, chart: DiracChart, criterion: SphereCriterion, cell: Cell, outer: float) -> TokenCells:
    """Return cells on which a density is resolved as far as L = outer: halved, ρ evaluated anew, until nothing asks."""
    equator = float(chart.coordinate(np.zeros(1))[0])
    edge = equator - STRETCH - LEAD  # the disc's cells stay away from where 1 − c falls

    def on(boxes: Boxes) -> TokenCells:
        logs, azimuth, area = boxes.places(cell, edge, outer)
        y = chart.latitude(logs)
        density = log_rho(y, azimuth) + chart.log_area(y, logs)
        return TokenCells(cell, 0, inverse_log_sinh(logs) * azimuth, density, density + area, 0.0)

    boxes = Boxes.first()
    cells = on(boxes)
    for _ in range(_DEEPEST):
        axis = _halvings(cells, boxes, chart, criterion)
        if np.all(axis < 0) or cells.size > LARGEST_MESH:
            break
        new = np.repeat(axis >= 0, np.where(axis < 0, 1, 2))
        boxes, kept = boxes.halved(axis), cells.chosen(axis < 0)
        fresh = on(boxes.chosen(new))
        spots = np.empty((new.size, cell.size), dtype=complex)
        density, mass = np.empty((2, new.size, cell.size))
        for field, name in ((spots, "spots"), (density, "log_density"), (mass, "log_mass")):
            field[~new], field[new] = getattr(kept, name), getattr(fresh, name)
        cells = TokenCells(cell, 0, spots, density, mass, 0.0)
    return cells


def _halvings(cells: TokenCells, boxes: Boxes, chart: DiracChart, criterion: SphereCriterion) -> Integers:
    """Return in which direction each cell should be halved, −1 where it is fine.

    Nearer to −p than to the pole ln ρ counts whatever a cell holds now: once it will be most of the tail. Cells of an
    eighth of a block show what the old cells' borders do to ln ρ, which smaller ones would not mend.
    """
    changes, share = quadrature_changes(cells, cells, chart)
    weight = np.where(cells.log_z.min(axis=1) < chart.coordinate(np.zeros(1))[0], 1.0, share)
    rough = np.maximum(weight[:, None] * log_roughness(cells), place_roughness(cells)) / criterion.interpolation
    worst = np.maximum(changes / criterion.quadrature, np.where(boxes.size > _SMALL, rough, 0.0))
    return np.where(worst.max(axis=1) > 1.0, np.argmax(worst, axis=1), -1)


def laid_anew(state: TailState, criterion: SphereCriterion) -> TailState:
    """Return the state on fresh cells; by how much its ∫ (1 − c) dμ changes is added to the debt.

    Where the old ones leave gaps nothing is laid, until the next time.
    """
    cells, chart = state.cells, state.chart
    finder = Finder(cells)

    def log_rho(y: Array, azimuth: ComplexArray) -> Array:
        logs = chart.coordinate(y)
        plane = finder.log_values(-logs, azimuth) - log_plane_area(logs)
        return np.asarray(plane - chart.log_area(y, logs))

    held = state.cells.spots.size
    deficit = float((state.tokens.masses * state.tokens.away)[:held].sum())
    outer = float(chart.coordinate(np.array([outermost(deficit, criterion)]))[0])
    fresh = laid(log_rho, chart, criterion, cells.cell, outer)
    if not np.all(np.isfinite(fresh.log_mass)):
        return replace(state, stretched=0.0)
    core = state.core + float(cells.masses.sum()) - float(fresh.masses.sum())
    changed = float(np.sum(fresh.masses * versine(chart.latitude(fresh.log_z)))) / deficit - 1.0
    return replace(state, cells=fresh, core=core, debt=math.hypot(state.debt, changed), stretched=0.0)
