"""Positions s of (0, 1]: finite elements in σ = ln s, and integrals over them.

Below the smallest node a density is constant in s. From there on it is a polynomial in σ on each element, known at the
nodes of Lobatto's rule, among them both ends. Neighbouring elements share a node, except where the density may jump:
there the element to the left ends at the jump and the one to the right begins one rounding beyond it.

The module knows positions and functions of them; neither spheres nor attention.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import basix
import numpy as np

from kinetic.charts.elements import legendre
from kinetic.errors import DomainError
from kinetic.special import gauss_panels
from kinetic.types import Array, Integers

MOST_NODES = 1024
"""Of a mesh: the operators on it are matrices of so many rows and columns."""

_MODES = 2  # the highest ones, of which one may be missing by symmetry
_STEEP = 8.0  # radians, or logarithms, that a panel of 20 Gauss nodes integrates to rounding with room to spare


@dataclass(frozen=True, eq=False)
class Lobatto:
    """Polynomials of a degree on [0, 1] by their values at the nodes of Lobatto's rule.

    Parameters
    ----------
    order : int
        Polynomial degree p ≥ 1.
    points : Array, shape (p + 1,)
        Nodes, ascending, 0 and 1 among them.
    modes : Array, shape (p + 1, p + 1)
        Coefficients in the orthonormal Legendre polynomials from values at the nodes.
    """

    order: int
    points: Array
    modes: Array

    def tabulate(self, points: Array) -> Array:
        """Return t[i, j] such that Σ_j t[i, j] values[j] is the polynomial at points[i]."""
        return np.asarray(legendre(self.order, points)[0] @ self.modes)


@lru_cache(maxsize=16)
def lobatto(order: int) -> Lobatto:
    """Return the element of a polynomial degree, tabulated once."""
    rule = basix.make_quadrature(basix.CellType.interval, 2 * order - 1, rule=basix.QuadratureType.gll)
    points = np.sort(np.asarray(rule[0], dtype=float)[:, 0])
    modes = np.asarray(np.linalg.inv(legendre(order, points)[0]), dtype=float)
    return Lobatto(order, points, modes)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Nodes s_i of (0, 1], ascending, the last one 1, and the elements that they belong to.

    Parameters
    ----------
    element : Lobatto
    borders : Array, shape (m + 1,)
        Ends of the elements in s, ascending from the smallest node to 1.
    jumps : frozenset of float
        Borders at which functions may jump.
    """

    element: Lobatto
    borders: Array
    jumps: frozenset[float] = frozenset()

    @cached_property
    def members(self) -> Integers:
        """Node of each place of each element, shape (m, p + 1)."""
        rows, first = [], 0
        for left, _ in pairwise(self.borders):
            first += int(float(left) in self.jumps)
            rows.append(first + np.arange(self.element.order + 1))
            first += self.element.order
        return np.array(rows)

    @cached_property
    def nodes(self) -> Array:
        """s_i, shape (n,)."""
        found = np.full(int(self.members[-1, -1]) + 1, self.borders[0])
        for row, (left, right) in zip(self.members, pairwise(self.borders), strict=True):
            found[row] = left * np.exp(self.element.points * np.log(right / left))
            found[row[0]] = np.nextafter(left, 1.0) if float(left) in self.jumps else left
            found[row[-1]] = right
        return found

    @property
    def first(self) -> float:
        """The smallest node, below which functions are constant."""
        return float(self.borders[0])

    @cached_property
    def weights(self) -> Array:
        """Weights w_i of ∫_0^1 f ds = Σ_i w_i f(s_i), shape (n,)."""
        row = self.integrals(lambda _, s: np.ones_like(s), np.zeros(1), np.ones(1))
        return np.asarray(row[0])

    def integrals(
        self, weight: Callable[[Integers, Array], Array], lower: Array, upper: Array, rate: float = 0.0
    ) -> Array:
        """Return M with Σ_j M[i, j] f(s_j) = ∫ weight(i, s) f(s) ds from lower[i] to upper[i].

        Parameters
        ----------
        weight : callable
            weight(i, s) of rows i, shape (k, 1), and positions s, shape (k, q).
        lower, upper : Array, shape (k,)
            Limits, 0 ≤ lower ≤ upper ≤ 1.
        rate : float
            Largest |∂ ln weight/∂s|.

        Accuracy
        --------
        Rounding, for the polynomials of the elements and weights of that steepness (Gauss panels).
        """
        rows: Integers = np.arange(lower.size, dtype=np.int64)[:, None]
        result = np.zeros((lower.size, self.nodes.size))
        s, weights = _panels(np.minimum(lower, self.first), np.minimum(upper, self.first), rate)
        result[:, 0] = np.sum(weights * weight(rows, s), axis=1)
        for members, (left, right) in zip(self.members, pairwise(self.borders), strict=True):
            whole = (lower <= left) & (upper >= right)
            part = ~whole & (lower < right) & (upper > left)
            if np.any(whole):
                s, weights, table = self._rule(np.array([left]), np.array([right]), left, right, rate)
                found = np.flatnonzero(whole)
                result[found[:, None], members] += (weights * weight(rows[whole], s)) @ table[0]
            if np.any(part):
                low, high = np.maximum(lower[part], left), np.minimum(upper[part], right)
                s, weights, table = self._rule(low, high, left, right, rate)
                found = np.flatnonzero(part)
                sums = np.vecdot((weights * weight(rows[part], s))[:, None, :], table.swapaxes(1, 2))
                result[found[:, None], members] += sums
        return result

    def _rule(self, low: Array, high: Array, left: float, right: float, rate: float) -> tuple[Array, Array, Array]:
        """Return positions and weights for ∫ ds on parts of an element, (k, q), and its polynomials there."""
        length = np.log(right / left)
        sigma, weights = _panels(np.log(low / left), np.log(high / left), rate * right + 1.0)
        s = left * np.exp(sigma)
        table = self.element.tabulate((sigma / length).reshape(-1)).reshape(*sigma.shape, -1)
        return s, weights * s, table

    def top_modes(self, values: Array) -> Array:
        """Return the root-mean-square of the two highest modes in each element, shape (m,).

        Parameters
        ----------
        values : Array, shape (n, ...)
            Functions at the nodes; their squares are added up.
        """
        flat = values.reshape(self.nodes.size, -1)
        highest = self.element.modes[-_MODES:] @ flat[self.members]
        return np.asarray(np.sqrt(np.sum(highest**2, axis=(1, 2))))

    def interpolation(self, positions: Array) -> Array:
        """Return T with Σ_j T[i, j] f(s_j) = f(positions[i]), from the left at a jump; positions in (0, 1]."""
        s = np.maximum(positions, self.first)
        found = np.clip(np.searchsorted(self.borders, s, side="left") - 1, 0, len(self.members) - 1)
        result = np.zeros((s.size, self.nodes.size))
        for i, cell in enumerate(found):
            left, right = self.borders[cell], self.borders[cell + 1]
            at = np.clip(np.log(s[i] / left) / np.log(right / left), 0.0, 1.0)
            result[i, self.members[cell]] += self.element.tabulate(np.array([at]))[0]
        return result

    def halved(self, cells: Iterable[int]) -> "Mesh":
        """Return the mesh with some of its elements cut in two, at the middle in σ."""
        middles = [float(np.sqrt(self.borders[cell] * self.borders[cell + 1])) for cell in cells]
        return Mesh(self.element, np.union1d(self.borders, middles), self.jumps)


def _panels(low: Array, high: Array, steepness: float) -> tuple[Array, Array]:
    """Return Gauss nodes and weights on the intervals from low[i] to high[i], shape (k, q) each."""
    widths = (high - low)[:, None]
    count = 1 + int(float(widths.max(initial=0.0)) * steepness / _STEEP)
    nodes, weights = gauss_panels(np.linspace(0.0, 1.0, count + 1))
    return low[:, None] + widths * nodes, widths * weights


def mesh(first: float, borders: Iterable[float], jumps: Iterable[float], elements: int, order: int) -> Mesh:
    """Return a mesh with ends of elements at all borders, and at least so many elements.

    Parameters
    ----------
    first : float
        Smallest position that is resolved, 0 < first < 1.
    borders, jumps : iterable of float
        Positions in (first, 1) at which functions have kinks, and at which they jump.
    elements : int
        No element is longer in σ than 1/elements of the whole.
    order : int
        Polynomial degree.

    Raises
    ------
    DomainError
        If there would be more than `MOST_NODES` nodes.
    """
    leaps = frozenset(float(s) for s in jumps)
    given = np.unique([first, *borders, *leaps, 1.0])
    longest = -np.log(first) / elements
    ends = [given[:1]]
    for left, right in pairwise(given):
        count = max(1, int(np.ceil(np.log(right / left) / longest * (1 - 1e-12))))
        ends.append(np.append(left * (right / left) ** (np.arange(1, count) / count), right))
    made = Mesh(lobatto(order), np.concatenate(ends), leaps)
    require_size(made)
    return made


def require_size(made: Mesh) -> None:
    """Refuse a mesh of too many nodes."""
    if made.nodes.size > MOST_NODES:
        raise DomainError(
            f"label: its elements need {made.nodes.size} positions; at most {MOST_NODES} are followed; raise "
            "label.order, label.width, label.perturbation.width or label.first, or give fewer slices and elements"
        )
