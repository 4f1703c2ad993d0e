"""When a cell is fine enough: what halving it in either direction would change.

*Quadrature*, of every cell: by how much would the integrals that matter change? They are the mass, 1 − R, the mean
across the pole (which moves the cluster by its own width) and the kernel's sums at six points, each relative to its
total: 1 − R may be 1e-100 and still wants its digits. The question is asked of the tokens as they are and as they will
be some time later, because a step must not outrun its cells.

*Interpolation*: how exact would halving be, judged by the highest modes of z, ln dμ/d²z and ln dμ/dξ? This matters
where a cell is going to be halved: where it reaches to the pole's antipode. There it is held to the tolerance before.
Elsewhere tokens are exact whatever the polynomial between them; a looser bound keeps the density's values good, and the
*debt* of a halving, the share of the cell times its roughness, is kept in the state.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kinetic.charts.latitude import versine
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.types import Array, ComplexArray, Integers

LARGEST_MESH = 2000
"""Cells beyond which a run is given up: where saddles between clusters stretch them for ever."""

NEGLIGIBLE_SHARE = 1e-30
"""Share in mass and 1 − R below which a cell is not halved for its shape."""

LEAD = 0.5
"""How far ahead, in y, far cells are asked for their quadrature: longer than a step at a tolerance of 1e-8."""

LOOSE, LOOSEST = 1e-6, 1e-2
"""Roughness allowed where no halving is to come: on heavy cells, and on those that hold next to nothing."""

FIRM = 1e-12
"""Roughness allowed of z where a cell is going to be halved.

Two neighbors that were laid apart are interpolated apart: by how much they overlap stays what it is while the flow
stretches everything around the repelling point by e^t. (What both inherit from one parent moves them together.)
"""

ROUNDS = 12
"""Halvings of one cell between two steps."""

_ROUNDING = 1e-14  # of the modes, relative to the largest value
_REACHING, _INNER = 1.0 / 3.0, 2.0  # ratio of |w| on a cell, and |w|: below both it has to be halved as it grows
_LIGHT = 1e-8  # share times roughness that no observable sees
_FARTHEST = 340.0  # y beyond which 1 − c is 2
_SURELY = 0.1  # of what is asked for, below which a bound suffices
_BLOCK = 32  # cells whose integrands, 10 fields of 81 numbers each, stay in a core's cache
_HALF_OF_A_MODE = 0.1  # of a high mode, what its integral over half a cell comes to


@dataclass(frozen=True)
class SphereCriterion:
    """How fine is fine enough.

    Parameters
    ----------
    beta : float
        Inverse temperature of the kernel whose sums matter.
    quadrature : float
        Largest change of an integral by halving a cell, relative to the integral.
    interpolation : float
        Largest sum of the two highest degrees in either direction, where a cell is going to be halved.
    """

    beta: float
    quadrature: float
    interpolation: float

    @classmethod
    def of(cls, beta: float, tolerance: float) -> "SphereCriterion":
        """Return the criterion that keeps the cells' errors below a time stepper's.

        Errors of some hundred cells add up, at worst, to 1e-2 · tolerance · number; the floors are rounding's.
        """
        return cls(beta, max(1e-2 * tolerance, 1e-14), max(tolerance, 1e-12))

    def halvings(self, cells: TokenCells) -> Integers:
        """Return in which direction each cell should be halved, −1 where it is fine, shape (cells,)."""
        return self.judged(cells)[0]

    def judged(self, cells: TokenCells, totals: Array | None = None) -> tuple[Integers, Array, Array]:
        """Return the same, each cell's share in the mass or in ∫ (1 − c) dμ, whichever is larger, and the totals.

        Parameters
        ----------
        cells : TokenCells
        totals : Array, optional
            Of the cells that the integrals are over, if not these alone.
        """
        integrals = _Integrals.of(cells, self.beta, LEAD)
        totals = integrals.totals if totals is None else totals
        ratio = integrals.changes(cells, totals, self.quadrature) / self.quadrature
        share = np.asarray(np.max(integrals.sums[0, :, :2] / totals[0, :2], axis=1))
        rough = self._rough(cells, share) * (share > NEGLIGIBLE_SHARE)[:, None]
        worst = np.maximum(ratio, rough)
        return np.where(worst.max(axis=1) > 1.0, np.argmax(worst, axis=1), -1), share, totals

    def _rough(self, cells: TokenCells, share: Array) -> Array:
        """Return the roughness of each cell in each direction over what is allowed, shape (cells, 2)."""
        low, high = cells.log_z.min(axis=1), cells.scales[:, 0]
        reaching = (low < high + np.log(_REACHING)) & (high < np.log(_INNER)) & (cells.side[:, 0] < 0)
        largest = np.maximum(np.abs(cells.log_density), np.abs(cells.log_mass)).max(axis=1)
        loose = np.clip(_LIGHT / np.maximum(share, NEGLIGIBLE_SHARE), LOOSE, LOOSEST)
        bound = np.where(reaching, self.interpolation, np.maximum(loose, self.interpolation))
        places = np.where(reaching, FIRM, np.maximum(loose, self.interpolation))
        logs = log_roughness(cells) / (bound + _ROUNDING * largest)[:, None]
        return np.asarray(np.maximum(logs, place_roughness(cells) / places[:, None]))


def refined(cells: TokenCells, criterion: SphereCriterion) -> tuple[TokenCells, float]:
    """Return the cells, those that the criterion finds too coarse halved and their halves likewise, and the debt.

    The debt is the root of the sum of squares of what the halvings may have spoiled: their errors have no common sign.
    """
    debt = 0.0
    axis, share, totals = criterion.judged(cells)
    for _ in range(ROUNDS):
        halved = axis >= 0
        if not halved.any() or cells.size > LARGEST_MESH:
            break
        rough = np.take_along_axis(roughness(cells.chosen(halved)), axis[halved, None], axis=1)[:, 0]
        spoiled = _HALF_OF_A_MODE * share[halved] * rough
        debt += float(spoiled @ spoiled)
        cells, halves = cells.split(axis), np.repeat(halved, np.where(halved, 2, 1))
        axis, share = np.full(cells.size, -1), np.zeros(cells.size)
        axis[halves], share[halves], _ = criterion.judged(cells.chosen(halves), totals)
    return cells, math.sqrt(debt)


def quadrature_changes(cells: TokenCells, beta: float, least: float) -> Array:
    """Return the largest relative change of an integral by halving each cell in each direction, shape (cells, 2).

    Parameters
    ----------
    cells : TokenCells
    beta : float
    least : float
        Where a change is surely below this, 0 stands for it.
    """
    integrals = _Integrals.of(cells, beta, 0.0)
    return integrals.changes(cells, integrals.totals, least)


@dataclass(frozen=True, eq=False)
class _Integrals:
    """The integrals that matter over each cell, and about what halving it changes at most.

    Gauss's rule of k + 1 points leaves out a share ρ^{−2(k+1)} of a field whose modes fall like ρ^{−l}. That is below
    the squared share of its degrees k − 1 and k, ρ^{−2(k−1)}, which costs less than the field on halves does. (On the
    cells of `mercator_sphere` the change is 0.002 of the bound in the median, and 1.13 of it at most where it is above
    1e-14.)

    Parameters
    ----------
    beta : float
    shifts : tuple of float
        How far ahead, in y of far cells, the integrals are asked for.
    sums, bounds : Array, shape (shifts, cells, integrands)
    """

    beta: float
    shifts: tuple[float, ...]
    sums: Array
    bounds: Array

    @classmethod
    def of(cls, cells: TokenCells, beta: float, lead: float) -> "_Integrals":
        """Integrate over cells as they are, and over far ones that have come nearer to the pole by a lead in y."""
        shifts = (0.0,) if lead == 0.0 else (0.0, lead)
        count = 10 if beta else 4
        sums, bounds = np.empty((2, len(shifts), cells.size, count))
        table, weights = cells.cell.steepest.reshape(-1, cells.cell.size).T, cells.cell.weights
        for first in range(0, cells.size, _BLOCK):
            at = slice(first, first + _BLOCK)
            density, azimuth = np.exp(cells.log_mass[at]), cells.azimuth[at]
            fields = np.empty((density.shape[0], count, density.shape[1]))
            for k, shift in enumerate(shifts):
                y = cells.latitudes[at] - shift * (cells.side[at] < 0)
                for j, f in enumerate(_integrands(y, azimuth, beta)):
                    np.multiply(density, f, out=fields[:, j])
                sums[k, at] = fields @ weights
                steep = fields @ table
                steep *= steep
                highest = steep.reshape(*steep.shape[:2], 2, -1).sum(axis=-1).max(axis=-1)
                fields *= fields
                size = np.sqrt(fields @ weights)
                bounds[k, at] = highest / np.maximum(size, np.finfo(float).tiny)
        return cls(beta, shifts, sums, bounds)

    @property
    def totals(self) -> Array:
        """What changes are compared with, shape (shifts, integrands): the mean across the pole with (1 − R)^½."""
        totals = np.abs(self.sums).sum(axis=1)
        totals[:, 2:4] = np.sqrt(totals[:, 1:2])
        return np.asarray(totals)

    def changes(self, cells: TokenCells, totals: Array, least: float) -> Array:
        """Return the largest change of an integral, relative to its total, by halving each of the cells.

        Where its bound is a tenth of `least`, 0 stands for it; integrals of which no cell is in doubt are not taken
        again. Shape (cells, 2).
        """
        doubted = ~(self.bounds <= _SURELY * least * totals[:, None])
        at = np.asarray(doubted.any(axis=(0, 2)))
        changes, some = np.zeros((cells.size, 2)), cells.chosen(at)
        if some.size == 0:
            return changes
        found, wanted = np.zeros((some.size, 2)), np.asarray(doubted.any(axis=1))
        for direction in (0, 1):
            y, azimuth, masses = some.halves(direction)
            for k, shift in enumerate(self.shifts):
                count = int(np.max(np.flatnonzero(wanted[k]), initial=-1)) + 1
                fields = _integrands(y - shift * (some.side[..., None] < 0), azimuth, self.beta)
                for j, f in enumerate(islice(fields, count)):
                    if wanted[k, j]:
                        change = np.abs(np.einsum("chi,chi->c", masses, f) - self.sums[k, at, j]) / totals[k, j]
                        found[:, direction] = np.maximum(found[:, direction], change)
        changes[at] = found
        return changes


def _integrands(y: Array, azimuth: ComplexArray, beta: float) -> Iterator[Array]:
    """Yield what is integrated: 1, 1 − c, x across the pole in two directions, and the kernel at six points."""
    yield np.ones_like(y)
    stretch = np.exp(np.minimum(y, _FARTHEST))
    beyond = 2.0 / (1.0 + stretch * stretch)
    sine = stretch * beyond
    yield stretch * sine
    across, along = sine * azimuth.real, sine * azimuth.imag
    yield across
    yield along
    if beta:
        for part in (beyond - 1.0, across, along):
            kernel = np.exp(beta * (part - 1.0))
            yield kernel
            yield np.exp(-2.0 * beta) / kernel


def shares(cells: TokenCells) -> Array:
    """Return each cell's share in the mass or in ∫ (1 − c) dμ, whichever is larger, shape (cells,)."""
    parts = np.stack([cells.masses.sum(axis=1), np.sum(cells.masses * versine(cells.latitudes), axis=1)])
    return np.asarray(np.max(parts / parts.sum(axis=1, keepdims=True), axis=0))


def roughness(cells: TokenCells) -> Array:
    """Return how much of ln dμ/d²z, ln dμ/dξ and z lies in each direction's two highest degrees, shape (cells, 2)."""
    return np.asarray(np.maximum(log_roughness(cells), place_roughness(cells)))


def log_roughness(cells: TokenCells) -> Array:
    """Return that of the two logarithms, shape (cells, 2)."""
    return np.asarray(np.maximum(cells.cell.roughness(cells.log_density), cells.cell.roughness(cells.log_mass)))


def place_roughness(cells: TokenCells) -> Array:
    """Return that of z, over its smallest size on the cell, or over 1 where it is smaller; shape (cells, 2)."""
    parts = np.stack([cells.shapes.real, cells.shapes.imag], axis=-1)
    least = np.maximum(cells.log_z.min(axis=1), 0.0) - cells.scales[:, 0]
    above = np.maximum(cells.cell.roughness(parts) - _ROUNDING, 0.0)
    return np.asarray(above * np.exp(-np.minimum(least, 0.0))[:, None])


def spectral_tail(cells: TokenCells) -> float:
    """Return the share of the two highest degrees of ln dμ/d²z in Σ_e ω_e (1 + Σ_j a_ej²), ω_e the cell's share.

    a_ej are the Legendre modes on cell e but the constant one, whose value says nothing: the 1 stands for it.
    """
    modes = (cells.log_density @ cells.cell.modes.T)[:, 1:] ** 2
    weights = shares(cells)
    highest = np.sum(cells.cell.roughness(cells.log_density) ** 2, axis=1)
    return float(weights @ highest / (weights @ (1.0 + modes.sum(axis=1))))
