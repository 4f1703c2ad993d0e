"""The reference element of a one-dimensional mesh: polynomials on [0, 1] known at Gauss–Legendre points.

Built once per order from basix: its Gauss rule, and its orthonormal Legendre polynomials as the modes. The rule of
k + 1 points integrates polynomials of degree 2k + 1, so that values at the points and modes up to k are two
representations of the same polynomial, and discrete orthogonality gives one from the other without a linear system.
The module knows nothing of spheres.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kinetic.types import Array, ArrayLike

if TYPE_CHECKING:
    from basix.finite_element import FiniteElement

LARGEST_ORDER = 32
"""Highest polynomial degree on offer; Gauss points and modes are good to rounding up to there."""

_STEPS = 80
_CLOSE = 1e-9  # a Newton step of that size leaves an error of its square


@dataclass(frozen=True, eq=False)
class Element:
    """Polynomials of degree `order` on [0, 1] by their values at order + 1 Gauss points.

    Parameters
    ----------
    order : int
        Polynomial degree k ≥ 1.
    points, weights : Array, shape (k + 1,)
        Gauss–Legendre rule on [0, 1], points ascending, weights of sum one; exact to degree 2k + 1.
    modes : Array, shape (k + 1, k + 1)
        a = modes @ values: coefficients in the Legendre polynomials that are orthonormal on [0, 1].
    derivative : Array, shape (k + 1, k + 1)
        Values of the derivative from values.
    ends : Array, shape (2, k + 1)
        Values at 0 and 1 from values.
    halves : Array, shape (2, k + 1, k + 1)
        Values at the points of [0, ½] and of [½, 1] from values: the same polynomial on two elements.
    """

    order: int
    points: Array
    weights: Array
    modes: Array
    derivative: Array
    ends: Array
    halves: Array

    @property
    def exact_to(self) -> int:
        """Highest degree that the rule integrates exactly."""
        return 2 * self.order + 1

    def tabulate(self, points: ArrayLike) -> Array:
        """Return t[i, j] such that Σ_j t[i, j] values[j] is the polynomial at points[i]."""
        return legendre(self.order, np.asarray(points, dtype=float))[0] @ self.modes

    def tabulated(self, points: Array) -> tuple[Array, Array]:
        """Return `tabulate(points)`, and the table of the polynomial's slopes."""
        values, slopes = legendre(self.order, points)
        return values @ self.modes, slopes @ self.modes


@lru_cache(maxsize=32)
def element_of_order(order: int) -> Element:
    """Return the element of a polynomial degree, tabulated once."""
    import basix

    rule = basix.make_quadrature(basix.CellType.interval, 2 * order + 1)
    points, weights = np.asarray(rule[0], dtype=float)[:, 0], np.asarray(rule[1], dtype=float)
    points, weights = points[np.argsort(points)], weights[np.argsort(points)]
    values, slopes = legendre(order, points)
    modes = values.T * weights
    first, second = (legendre(order, part)[0] @ modes for part in (0.5 * points, 0.5 + 0.5 * points))
    ends = legendre(order, np.array([0.0, 1.0]))[0] @ modes
    return Element(order, points, weights, modes, slopes @ modes, ends, np.stack([first, second]))


def legendre(order: int, points: Array) -> tuple[Array, Array]:
    """Values and slopes of the orthonormal Legendre polynomials up to a degree, shape (points, order + 1) each."""
    table = np.asarray(_family(order).tabulate(1, points.reshape(-1, 1)), dtype=float)
    return table[0, :, :, 0], table[1, :, :, 0]


@lru_cache(maxsize=32)
def _family(order: int) -> "FiniteElement":
    import basix

    return basix.create_element(
        basix.ElementFamily.P,
        basix.CellType.interval,
        order,
        lagrange_variant=basix.LagrangeVariant.legendre,
        discontinuous=True,
    )


def labels_of(element: Element, nodes: Array, values: Array) -> Array:
    """Return ξ in [0, 1] with p_i(ξ_i) = values[i] for monotone polynomials given by nodes[i], shape (n, order + 1).

    Newton's steps, and bisection where they would leave the bracket; a value beyond an end gives that end.
    """
    ends = nodes @ element.ends.T
    up = np.where(ends[:, 1] >= ends[:, 0], 1.0, -1.0)
    slopes = nodes @ element.derivative.T
    low, high = np.zeros(values.size), np.ones(values.size)
    label = np.full(values.size, 0.5)
    for _ in range(_STEPS):
        rows = element.tabulate(label)
        miss = up * (np.einsum("ij,ij->i", rows, nodes) - values)
        low, high = np.where(miss <= 0, label, low), np.where(miss >= 0, label, high)
        slope = up * np.einsum("ij,ij->i", rows, slopes)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = label - miss / slope
        moved = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        settled = np.abs(moved - label) <= _CLOSE
        label = moved
        if np.all(settled):
            break
    return label
