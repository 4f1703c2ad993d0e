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

    def halvings(self, cells: TokenCells, whole: TokenCells | None = None) -> Integers:
        """Return in which direction each cell should be halved, −1 where it is fine, shape (cells,).

        Parameters
        ----------
        cells : TokenCells
        whole : TokenCells, optional
            Those that the integrals are over, if not these alone.
        """
        ratio = quadrature_changes(cells, self.beta, LEAD, whole) / self.quadrature
        share = shares(cells, whole)
        rough = self._rough(cells, share) * (share > NEGLIGIBLE_SHARE)[:, None]
        worst = np.maximum(ratio, rough)
        return np.where(worst.max(axis=1) > 1.0, np.argmax(worst, axis=1), -1)

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
    axis = criterion.halvings(cells)
    for _ in range(ROUNDS):
        if np.all(axis < 0) or cells.size > LARGEST_MESH:
            break
        rough = np.take_along_axis(roughness(cells), np.maximum(axis, 0)[:, None], axis=1)[:, 0]
        spoiled = _HALF_OF_A_MODE * (shares(cells) * rough)[axis >= 0]
        debt += float(spoiled @ spoiled)
        cells, halves = cells.split(axis), np.repeat(axis >= 0, np.where(axis < 0, 1, 2))
        axis = np.full(cells.size, -1)
        axis[halves] = criterion.halvings(cells.chosen(halves), cells)
    return cells, math.sqrt(debt)


def quadrature_changes(cells: TokenCells, beta: float, lead: float = 0.0, whole: TokenCells | None = None) -> Array:
    """Return the largest relative change of an integral by halving each cell in each direction, shape (cells, 2).

    Parameters
    ----------
    cells : TokenCells
    beta : float
    lead : float
        Ask also of far tokens that have come nearer to the pole by that much in y.
    whole : TokenCells, optional
        Those that the integrals are over, if not these alone.
    """
    changes = np.zeros((cells.size, 2))
    shifts = [0.0] if lead == 0.0 else [0.0, lead]
    halves = [cells.halves(direction) for direction in (0, 1)]
    for shift in shifts:
        coarse = _sums(cells, beta, shift)
        scales = _scales(coarse if whole is None else _sums(whole, beta, shift))
        advance = shift * (cells.side[..., None] < 0)
        for direction, (y, azimuth, masses) in enumerate(halves):
            fine = (np.einsum("chi,chi->c", masses, f) for f in _integrands(y - advance, azimuth, beta))
            for sums, finer, scale in zip(coarse, fine, scales, strict=True):
                changes[:, direction] = np.maximum(changes[:, direction], np.abs(finer - sums) / scale)
    return changes


def _sums(cells: TokenCells, beta: float, shift: float) -> list[Array]:
    """Return the integrals over each cell."""
    y = cells.latitudes - shift * (cells.side < 0)
    return [np.einsum("ci,ci->c", cells.masses, f) for f in _integrands(y, cells.azimuth, beta)]


def _scales(sums: list[Array]) -> list[float]:
    """Return what the changes of the integrals are compared with: the mean across the pole with (1 − R)^½."""
    totals = [float(np.abs(part).sum()) for part in sums]
    totals[2] = totals[3] = math.sqrt(totals[1])
    return totals


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


def shares(cells: TokenCells, whole: TokenCells | None = None) -> Array:
    """Return each cell's share in the mass or in ∫ (1 − c) dμ of a whole, whichever is larger, shape (cells,)."""
    parts = _masses_and_deficits(cells)
    totals = parts if whole is None else _masses_and_deficits(whole)
    return np.asarray(np.max(parts / totals.sum(axis=1, keepdims=True), axis=0))


def _masses_and_deficits(cells: TokenCells) -> Array:
    """Return mass and ∫ (1 − c) dμ of each cell, shape (2, cells)."""
    return np.stack([cells.masses.sum(axis=1), np.sum(cells.masses * versine(cells.latitudes), axis=1)])


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
