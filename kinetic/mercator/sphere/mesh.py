"""Tokens of the sphere on cells that move with them, about a pole that is one of them.

A *near* cell lies on the pole's side and knows its points as v = e^η u, u = tan(θ/2) e^{iφ}; a *far* cell knows them as
w = 1/ū = cot(θ/2) e^{iφ}. Either is z below, a smooth function of the cell's own variables ξ in [0, 1]²: without
interaction all motions are Möbius maps with u = 0 fixed, w moves affinely, and far cells stay as smooth as they were
laid. What a stepper sees is

    S = asinh(|z|) e^{iφ},

z itself near z = 0 and the logarithm of |z| far from it, so that an absolute error of S is a relative error of every
distance that matters, whatever its size. Beside S run g = ln dμ/d²z, smooth with z where ln ρ is not, and the constant
h = ln dμ/dξ:

    e^h = e^g |det ∂z/∂ξ|,     ρ = 4π e^g |d²z/dσ|/4π.

The module knows cells and charts, not what moves them.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinetic.charts.latitude import log_cosh
from kinetic.charts.patches import Cell
from kinetic.types import Array, ComplexArray, Integers

_LINEAR = 20.0  # asinh x = ln 2x beyond ln x = 20


@dataclass(frozen=True, eq=False)
class TokenCells:
    """Cells of tokens: first the near ones, then the far ones.

    Parameters
    ----------
    cell : Cell
    near : int
        Number of near cells.
    spots : ComplexArray, shape (cells, n)
        S.
    log_density : Array, shape (cells, n)
        g = ln dμ/d²z.
    log_mass : Array, shape (cells, n)
        h = ln dμ/dξ.
    rapidity : float
        η.
    """

    cell: Cell
    near: int
    spots: ComplexArray
    log_density: Array
    log_mass: Array
    rapidity: float

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.spots.shape[0])

    @cached_property
    def masses(self) -> Array:
        """Mass of every token, shape (cells, n)."""
        return np.asarray(np.exp(self.log_mass) * self.cell.weights)

    @cached_property
    def side(self) -> Array:
        """1 for near cells, −1 for far ones, shape (cells, 1): ln |u| is that times ln |z|, up to η."""
        return np.where(np.arange(self.size) < self.near, 1.0, -1.0)[:, None]

    @cached_property
    def sizes(self) -> Array:
        """|S|."""
        return np.abs(self.spots)

    @cached_property
    def _gaps(self) -> Array:
        """1 − e^{−2|S|}."""
        return -np.expm1(-2.0 * self.sizes)

    @property
    def slopes(self) -> Array:
        """tanh |S| = d|S|/d ln |z|."""
        return np.asarray(self._gaps / (2.0 - self._gaps))

    @property
    def stretches(self) -> Array:
        """e^y = tan(θ/2): |z| e^{−η} on near cells, 1/|z| on far ones, |z| = sinh |S|."""
        near, half = self.near, 0.5 * self._gaps
        stretches = np.exp(self.side * self.sizes - np.where(self.side > 0, self.rapidity, 0.0))
        stretches[:near] *= half[:near]
        with np.errstate(divide="ignore"):
            stretches[near:] /= half[near:]
        return stretches

    @cached_property
    def log_z(self) -> Array:
        """Ln |z|."""
        return log_sinh(self.sizes)

    @cached_property
    def cosine(self) -> Array:
        """Cos φ, 1 where z = 0."""
        if self._inverse_sizes is None:
            return np.asarray(self.azimuth.real)
        return self.spots.real * self._inverse_sizes

    @cached_property
    def sine(self) -> Array:
        """Sin φ, 0 where z = 0."""
        if self._inverse_sizes is None:
            return np.asarray(self.azimuth.imag)
        return self.spots.imag * self._inverse_sizes

    @cached_property
    def azimuth(self) -> ComplexArray:
        """e^{iφ}, 1 where z = 0."""
        if self._inverse_sizes is not None:
            return np.asarray(self.spots * self._inverse_sizes)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.sizes > 0, self.spots / self.sizes, 1.0)

    @cached_property
    def _inverse_sizes(self) -> Array | None:
        """1/|S|, None where some z is 0."""
        return 1.0 / self.sizes if self.sizes.all() else None

    @cached_property
    def latitudes(self) -> Array:
        """y = ln tan(θ/2) about the pole."""
        return latitudes(self.log_z, self.side, self.rapidity)

    @cached_property
    def log_rho(self) -> Array:
        """Ln ρ."""
        return log_rho(self.log_density, self.latitudes, self.log_z)

    @cached_property
    def scales(self) -> Array:
        """Ln of the largest |z| of each cell, shape (cells, 1)."""
        return np.asarray(self.log_z.max(axis=1, keepdims=True))

    @cached_property
    def shapes(self) -> ComplexArray:
        """z over the largest |z| of its cell: what is interpolated."""
        return np.asarray(np.exp(self.log_z - self.scales) * self.azimuth)

    def split(self, axis: Integers) -> "TokenCells":
        """Return the cells halved in direction axis[c], −1 where they stay whole: the same polynomials.

        Each half's mass is made what interpolation gives it, and both together the mass of the whole.
        """
        halved = axis >= 0
        part, direction = self.chosen(halved), axis[halved]
        shapes = _joined(*(self.cell.split(field, direction) for field in (part.shapes.real, part.shapes.imag)))
        size = np.abs(shapes)
        spots = inverse_log_sinh(np.log(size) + np.repeat(part.scales, 2, axis=0)) * (shapes / size)
        logs = self.cell.split(part.log_mass, direction) - math.log(2.0)
        with np.errstate(over="ignore"):  # between the points of a cell that is far too coarse
            halves = (np.exp(logs) @ self.cell.weights).reshape(-1, 2).sum(axis=1)
        wholes = part.masses.sum(axis=1)
        known = np.isfinite(halves) & (np.minimum(wholes, halves) > 0)  # others hold no mass that is a number
        logs += np.repeat(np.log(np.divide(wholes, halves, out=np.ones_like(wholes), where=known)), 2)[:, None]
        counts = np.where(halved, 2, 1)
        new, near = np.repeat(halved, counts), self.near + part.near
        densities = self.cell.split(part.log_density, direction)
        places = np.repeat(self.spots, counts, axis=0)
        flat, masses = (np.repeat(field, counts, axis=0) for field in (self.log_density, self.log_mass))
        places[new], flat[new], masses[new] = spots, densities, logs
        return TokenCells(self.cell, near, places, flat, masses, self.rapidity)

    def chosen(self, which: NDArray[np.bool_]) -> "TokenCells":
        """Return some of the cells."""
        near = int(np.count_nonzero(which[: self.near]))
        fields = (self.spots[which], self.log_density[which], self.log_mass[which])
        return TokenCells(self.cell, near, *fields, self.rapidity)

    def halves(self, direction: int) -> tuple[Array, ComplexArray, Array]:
        """Return (y, e^{iφ}, masses) of the tokens that halving every cell in one direction would give.

        Returns
        -------
        arrays of shape (cells, 2, n)
        """
        parts = (self.shapes.real, self.shapes.imag, self.log_mass)
        across, along, logs = (self._halved(part, direction) for part in parts)
        shapes = _joined(across, along)
        size = np.abs(shapes)
        y = latitudes(np.log(size) + self.scales[..., None], self.side[..., None], self.rapidity)
        with np.errstate(over="ignore"):  # an infinite mass is a change of infinite size: the cell is halved
            return y, shapes / size, np.exp(logs) * (0.5 * self.cell.weights)

    def _halved(self, field: Array, direction: int) -> Array:
        """Return a field at the points of both halves of every cell, shape (cells, 2, n)."""
        table, count = self.cell.element.halves, self.cell.element.order + 1
        square = field.reshape(self.size, 1, count, count)
        halved = table @ square if direction == 0 else square @ table.transpose(0, 2, 1)
        return np.asarray(halved.reshape(self.size, 2, self.cell.size))


def _joined(real: Array, imaginary: Array) -> ComplexArray:
    """Return a complex field from its parts."""
    return np.asarray(real + 1j * imaginary, dtype=complex)


def log_sinh(size: Array) -> Array:
    """Return ln sinh x for x ≥ 0 with relative accuracy of sinh x, without overflow."""
    with np.errstate(divide="ignore"):
        return np.asarray(size + np.log(-np.expm1(-2.0 * size)) - math.log(2.0))


def inverse_log_sinh(logs: Array) -> Array:
    """Return asinh e^x."""
    return np.where(logs > _LINEAR, logs + math.log(2.0), np.arcsinh(np.exp(np.minimum(logs, _LINEAR))))


def latitudes(log_z: Array, side: Array, rapidity: float) -> Array:
    """Return y: ln |z| − η on near cells, −ln |z| on far ones."""
    return np.asarray(side * log_z - np.where(side > 0, rapidity, 0.0))


def log_rho(log_density: Array, y: Array, log_z: Array) -> Array:
    """Return ln ρ = g + ln d²z/dσ; dσ = sech² y d²z/(4π |z|²)."""
    return np.asarray(log_density + 2.0 * (log_z + log_cosh(y)) + math.log(4.0 * math.pi))
