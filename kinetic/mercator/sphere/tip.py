"""Integrals of a field with a tip, as the distance to a point has one: on more points, and on quarters of cells.

Gauss's rule of n points leaves out of a smooth field some share ρ^{−2n}, on n' points its power n'/n. Cells are halved
until that is 1e-2 of a run's tolerance (`resolution`): on half as many points again 1e-10 becomes 3e-15. Where the
difference d of both rules says otherwise, a part is quartered. At a tip d falls by quartering only, and the power makes
too little of it, by (d/size)^{4/9}, some 1e-2 at the end: the bound leaves room for that.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetic.charts.elements import Element, element_of_order
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.types import Array, ComplexArray, Integers

_DOUBT = 1e-15  # share of an integral that a part may miss unseen: a hundred parts stay below rounding's 1e-13
_QUARTERINGS = 16
_LARGEST = 690.0  # e^690 is a number


def integral_with_tip(cells: TokenCells, known: Array, field: Callable[[ComplexArray, int], Array]) -> float:
    """Return ∫ f dμ of a positive field.

    Parameters
    ----------
    cells : TokenCells
    known : Array, shape (cells, n)
        f at the tokens.
    field : callable
        f(z, near): the field at points z of some cells, shape (cells, n), the first `near` of them near ones.

    **Accuracy** 1e-14 to 2e-12 of the integral, at a tip as well, once in 66 rows of `mercator_sphere` 6e-12 (against
    quarterings of all parts about the tip). Each cell has the mass that its tokens have.
    """
    usual = cells.cell.element
    finer = element_of_order(usual.order + (usual.order + 1) // 2)
    power = (finer.order + 1) / (usual.order + 1)
    parts = _Parts(np.arange(cells.size), np.zeros((1, 2)), 1.0)
    coarse = np.vecdot(cells.masses, known)
    z, masses = parts.points(cells, finer)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = cells.masses.sum(axis=1) / masses.sum(axis=1)
    share = np.where(np.isfinite(share), share, 0.0)  # of cells without mass
    fine = share * np.vecdot(masses, field(z, cells.near))
    whole, total = float(fine.sum()), 0.0
    for _ in range(_QUARTERINGS):
        with np.errstate(divide="ignore", invalid="ignore"):
            missed = fine * np.abs(coarse / fine - 1.0) ** power
        doubted = missed > _DOUBT * whole
        total += float(fine[~doubted].sum())
        if not doubted.any():
            return total
        parts = parts.quarters(doubted)
        coarse, fine = (parts.sums(cells, element, share, field) for element in (usual, finer))
    return total + float(fine.sum())


@dataclass(frozen=True, eq=False)
class _Parts:
    """Squares in the cells' own variables, all of one size.

    Parameters
    ----------
    index : Array of int, shape (parts,)
        Their cells, ascending.
    corners : Array, shape (parts or 1, 2)
        Lower ones.
    size : float
    """

    index: Integers
    corners: Array
    size: float

    def quarters(self, chosen: NDArray[np.bool_]) -> "_Parts":
        """Return the quarters of some of them."""
        half = 0.5 * self.size
        corners = np.broadcast_to(self.corners, (self.index.size, 2))[chosen]
        shifts = half * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        return _Parts(np.repeat(self.index[chosen], 4), (corners[:, None] + shifts).reshape(-1, 2), half)

    def points(self, cells: TokenCells, element: Element) -> tuple[ComplexArray, Array]:
        """Return z and the mass, as the cells' polynomials have them, at the points of a rule, shape (parts, n)."""
        own, shapes = cells.cell.element, cells.shapes[self.index]
        first, second = (
            own.tabulate((at[:, None] + self.size * element.points).ravel()).reshape(
                -1, element.order + 1, own.order + 1
            )
            for at in self.corners.T
        )
        fields = np.stack([shapes.real, shapes.imag, cells.log_mass[self.index]], axis=1)
        fields = _interpolated(fields.reshape(self.index.size, 3, own.order + 1, own.order + 1), first, second)
        real, imaginary, logs = np.moveaxis(fields.reshape(self.index.size, 3, -1), 1, 0)
        z = np.empty(real.shape, dtype=complex)
        z.real, z.imag = real, imaginary
        z *= np.exp(np.minimum(cells.scales[self.index], _LARGEST))
        weights = self.size**2 * np.outer(element.weights, element.weights).ravel()
        with np.errstate(over="ignore"):  # between the points of a cell that is far too coarse
            return z, np.exp(logs) * weights

    def sums(
        self, cells: TokenCells, element: Element, share: Array, field: Callable[[ComplexArray, int], Array]
    ) -> Array:
        """Return the integral over each by a rule, masses times their cells' share."""
        z, masses = self.points(cells, element)
        near = int(np.searchsorted(self.index, cells.near))
        return np.asarray(share[self.index] * np.vecdot(masses, field(z, near)))


def _interpolated(fields: Array, first: Array, second: Array) -> Array:
    """Return fields of shape (parts, 3, k, k) by tables of shape (parts or 1, n, k): along the second axis first.

    One table for all makes it two large products.
    """
    if first.shape[0] > 1:
        return np.asarray(first[:, None] @ (fields @ second.transpose(0, 2, 1)[:, None]))
    lines = (fields.reshape(-1, fields.shape[-1]) @ second[0].T).reshape(*fields.shape[:3], -1)
    return np.asarray((np.ascontiguousarray(lines.swapaxes(2, 3)) @ first[0].T).swapaxes(2, 3))
