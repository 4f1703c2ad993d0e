"""Which cell a point lies in, and at which of the cell's own coordinates."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kinetic.mercator.sphere.mesh import TokenCells, inverse_log_sinh, log_rho
from kinetic.types import Array, ComplexArray, Integers

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

_NEIGHBORS = (6, 60, 600)  # nearest tokens whose cells are tried; more where those of the first few do not hold it
_BEYOND = 1e-3  # cell lengths beyond a border that neighboring polynomials may leave between them
_NEWTON_STEPS = 12
_SETTLED = 1e-13
_BLOCK = 4000
_FEW = 16  # points for which all distances cost less than a tree (measured)


@dataclass(frozen=True, eq=False)
class Finder:
    """Densities at points of the sphere, by the polynomials of the cells they lie in.

    Parameters
    ----------
    cells : TokenCells

    Accuracy
    --------
    That of the highest modes of ln dμ/d²z and of z, relative to the density however small or large.
    """

    cells: TokenCells

    def log_values(self, y: Array, azimuth: ComplexArray) -> Array:
        """Return ln ρ at latitudes y and azimuths e^{iφ} about the pole, arrays of one shape."""
        flat, phase = np.ravel(y), np.ravel(azimuth)
        parts = [self._block(flat[i : i + _BLOCK], phase[i : i + _BLOCK]) for i in range(0, max(flat.size, 1), _BLOCK)]
        return np.concatenate(parts).reshape(np.shape(y))

    def _block(self, y: Array, azimuth: ComplexArray) -> Array:
        """Return ln ρ at some points: of all cells tried, the one whose borders the point passes least."""
        best = np.full(y.size, np.inf)
        logs = np.full(y.size, np.nan)
        for neighbors in _NEIGHBORS:
            lost = np.flatnonzero(best > _BEYOND)
            if lost.size:
                best[lost], logs[lost] = self._searched(y[lost], azimuth[lost], neighbors)
        return logs

    def _searched(self, y: Array, azimuth: ComplexArray, neighbors: int) -> tuple[Array, Array]:
        """Return how far beyond a cell each point lies at best, and ln ρ by that cell."""
        best = np.full(y.size, np.inf)
        logs = np.full(y.size, np.nan)
        for near in (
            (False, True) if y.mean() > 0 else (True, False)
        ):  # the likelier side: what is found is not asked again
            log_z = y + self.cells.rapidity if near else -y
            for candidate in self._candidates(near, log_z, azimuth, neighbors):
                asked = np.flatnonzero((best > _SETTLED) & (candidate >= 0))
                if asked.size == 0:
                    continue
                outside, found = self._inside(candidate[asked], log_z[asked], azimuth[asked], y[asked])
                better = outside < best[asked]
                best[asked[better]], logs[asked[better]] = outside[better], found[better]
        return best, logs

    def _candidates(self, near: bool, log_z: Array, azimuth: ComplexArray, neighbors: int) -> list[Integers]:
        """Return the cells of the nearest tokens on one side, nearest first, −1 where one repeats."""
        cells = self.cells
        known, first = (cells.spots[: cells.near], 0) if near else (cells.spots[cells.near :], cells.near)
        count = min(neighbors, known.size)
        if count == 0:
            return []
        # points far beyond this side's cells belong to the other one
        spots = inverse_log_sinh(np.minimum(log_z, 700.0)) * azimuth
        if spots.size <= _FEW:
            distances = np.abs(spots[:, None] - known.ravel())
            tokens = np.argpartition(distances, count - 1, axis=1)[:, :count]
            nearest = np.argsort(np.take_along_axis(distances, tokens, axis=1), axis=1)
            tokens = np.take_along_axis(tokens, nearest, axis=1)
        else:
            tree = self._trees[0 if near else 1]
            assert tree is not None
            _, tokens = tree.query(np.stack([spots.real, spots.imag], axis=-1), k=count)
        found = first + tokens.reshape(spots.size, count) // cells.cell.size
        for k in range(count - 1, 0, -1):
            found[:, k] = np.where(np.any(found[:, :k] == found[:, k : k + 1], axis=1), -1, found[:, k])
        return list(found.T)

    @cached_property
    def _trees(self) -> "tuple[cKDTree | None, cKDTree | None]":
        """Trees of the tokens of near and of far cells in S."""
        from scipy.spatial import cKDTree

        near = self.cells.near
        parts = (self.cells.spots[:near].ravel(), self.cells.spots[near:].ravel())
        first, second = (cKDTree(np.stack([s.real, s.imag], axis=-1)) if s.size else None for s in parts)
        return first, second

    def _inside(self, index: Integers, log_z: Array, azimuth: ComplexArray, y: Array) -> tuple[Array, Array]:
        """Return how far beyond its cell's borders each point lies, in cell lengths, and ln ρ there."""
        cells, cell = self.cells, self.cells.cell
        with np.errstate(over="ignore", invalid="ignore"):
            wanted = np.exp(np.minimum(log_z - cells.scales[index, 0], 5.0)) * azimuth
        label, miss = self._label(index, wanted)
        missed = np.where(np.abs(miss) < 1e-6, 0.0, np.inf)
        outside = np.maximum(np.maximum(-label, label - 1.0).max(axis=1), 0.0) + missed
        logs = np.sum(cell.tabulate(label) * cells.log_density[index], axis=1)
        return outside, log_rho(logs, y, log_z)

    def _label(self, index: Integers, wanted: ComplexArray) -> tuple[Array, ComplexArray]:
        """Return the ξ at which each point's cell has a value of its shape, and by how much it misses it there."""
        cell, shapes = self.cells.cell, self.cells.shapes
        element, count = cell.element, cell.element.order + 1
        label = cell.points[np.argmin(np.abs(shapes[index] - wanted[:, None]), axis=1)]
        miss = np.empty(wanted.size, dtype=complex)
        going = np.arange(wanted.size)
        for _ in range(_NEWTON_STEPS):
            (first, first_slope), (second, second_slope) = (element.tabulated(at) for at in label[going].T)
            square = shapes[index[going]].reshape(-1, count, count)
            lines = np.einsum("nij,nj->ni", square, second)
            missed = wanted[going] - np.einsum("ni,ni->n", first, lines)
            across = np.einsum("ni,ni->n", first_slope, lines)
            along = np.einsum("ni,ni->n", first, np.einsum("nij,nj->ni", square, second_slope))
            area = (across.conj() * along).imag
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.stack([(missed.conj() * along).imag, (across.conj() * missed).imag], axis=-1) / area[:, None]
            step = np.clip(np.nan_to_num(step), -0.5, 0.5)
            miss[going] = missed
            label[going] = np.clip(label[going] + step, -0.5, 1.5)
            going = going[np.abs(step).max(axis=1) >= _SETTLED]
            if going.size == 0:
                break
        return label, miss
