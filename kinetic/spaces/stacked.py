"""Transforms of many functions of the sphere at once: sums over degrees and over orders as products of matrices.

A single transform spends most of its time on Legendre functions, made anew each time by ducc0. For a stack of functions
they are tabulated once, order by order, and so are cosines and sines of the longitudes: at these degrees products with
them take less time than fast Fourier transforms. The module knows no conventions of its own: its tables are what
ducc0 gives.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ducc0
import numpy as np

from kinetic.types import Array

if TYPE_CHECKING:
    from kinetic.spaces.sphere import SphereGrid

LARGEST_TABULATED = 63
"""Degree up to which tables are kept: there ducc0 takes as long, one function after the other."""


@dataclass(frozen=True)
class StackedSphereGrid:
    """Functions of shape (count, size) at the nodes of a grid, shape (count, rings, longitudes).

    Arrays at nodes are views whose memory runs over longitudes, rings, functions in this order, so that products with
    tables need no copies. Elementwise arithmetic keeps that order.

    Parameters
    ----------
    grid : SphereGrid

    Accuracy
    --------
    That of ducc0, 1e-14 of the largest value (tests/spaces/test_stacks.py).

    Cost
    ----
    2 rings · L² + 2 rings · longitudes · L additions and multiplications for each function.
    """

    grid: "SphereGrid"

    @property
    def tabulated(self) -> bool:
        """Whether tables are kept; otherwise one function after the other goes through ducc0."""
        return self.grid.space.degree <= LARGEST_TABULATED

    @cached_property
    def _tables(self) -> tuple[list[Array], list[Array]]:
        """√(4π) Y_lm and its ∂_θ without e^{imφ}, one array (rings, L + 1 − m) for each order m."""
        degree, theta = self.grid.space.degree, self.grid.colatitudes
        rings = theta.size
        values = [np.empty((rings, degree + 1 - m)) for m in range(degree + 1)]
        slopes = [np.empty((rings, degree + 1 - m)) for m in range(degree + 1)]
        start = np.arange(degree + 1) * (2 * degree + 1 - np.arange(degree + 1)) // 2
        for above in range(degree + 1):  # the degrees l = m + above of all orders at once
            alm = np.zeros((1, (degree + 1) * (degree + 2) // 2), dtype=complex)
            orders = np.arange(degree + 1 - above)
            alm[0, start[orders] + orders + above] = np.sqrt(4 * np.pi)
            plain = ducc0.sht.alm2leg(alm=alm, spin=0, lmax=degree, theta=theta)[0]
            steep = ducc0.sht.alm2leg_deriv1(alm=alm, lmax=degree, theta=theta)[0]
            for m in orders:
                values[m][:, above], slopes[m][:, above] = plain[:, m].real, steep[:, m].real
        return values, slopes

    @cached_property
    def _sideways(self) -> list[Array]:
        """m √(4π) Y_lm/sin θ, in the same form."""
        sine = np.sin(self.grid.colatitudes)[:, None]
        return [m * table / sine for m, table in enumerate(self._tables[0])]

    @cached_property
    def _ring_weights(self) -> Array:
        """Weights of the rings, of sum one, shape (rings, 1)."""
        return np.asarray(self.grid.weights * self.grid.shape[1])

    @cached_property
    def _waves(self) -> Array:
        """Factors of Re c_m (first) and Im c_m (second) at every longitude: Σ_m over ±m of c_m e^{imφ}."""
        degree, longitudes = self.grid.space.degree, self.grid.shape[1]
        orders = np.arange(degree + 1)
        # multiples of a full turn are taken off as integers, so that every angle is known to rounding
        angles = 2 * np.pi * (np.outer(np.arange(longitudes), orders) % longitudes) / longitudes
        twice = np.where(orders == 0, 1.0, 2.0)
        return np.concatenate([twice * np.cos(angles), -twice * np.sin(angles)], axis=1)

    def values(self, coefficients: Array) -> Array:
        """Return the functions at the nodes, shape (count, rings, longitudes)."""
        if not self.tabulated:
            return np.stack([self.grid.values(row) for row in coefficients])
        sums = self._summed(self._tables[0], _columns(coefficients))
        return self._at_nodes(sums, np.empty((self.grid.shape[1], *sums.shape[2:]))).T

    def gradient(self, coefficients: Array) -> Array:
        """Return the gradients at the nodes, shape (2, count, rings, longitudes)."""
        if not self.tabulated:
            return np.stack([self.grid.gradient(row) for row in coefficients], axis=1)
        columns = _columns(coefficients)
        rings, longitudes = self.grid.shape
        both = np.empty((2, longitudes, rings, columns.shape[2]))
        self._at_nodes(self._summed(self._tables[1], columns), both[0])
        self._at_nodes(self._summed(self._sideways, np.stack([-columns[1], columns[0]])), both[1])  # of i c
        return both.transpose(0, 3, 2, 1)

    def analysis(self, values: Array) -> Array:
        """Return the coefficients of functions at the nodes, shape (count, size)."""
        if not self.tabulated:
            return np.stack([self.grid.analysis(row) for row in values])
        return _rows(self._projected(self._tables[0], self._orders(values)))

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ <v, ∇Y_lm> dσ of fields at the nodes, shape (count, size)."""
        if not self.tabulated:
            return np.stack([self.grid.weak_divergence(field[:, i]) for i in range(field.shape[1])])
        along = self._projected(self._tables[1], self._orders(field[0]))
        across = self._projected(self._sideways, self._orders(field[1]))
        along[0] += across[1]  # −i times it
        along[1] -= across[0]
        return _rows(along)

    def _summed(self, tables: list[Array], columns: Array) -> Array:
        """Return Re and Im of Σ_l table[m] c_lm, shape (2, orders, rings, count)."""
        sums = np.empty((2, len(tables), self.grid.shape[0], columns.shape[2]))
        start = 0
        for m, table in enumerate(tables):
            block = slice(start, start + table.shape[1])
            for part in (0, 1):
                np.matmul(table, columns[part, block], out=sums[part, m])
            start += table.shape[1]
        return sums

    def _at_nodes(self, sums: Array, out: Array) -> Array:
        """Return Σ_m e^{imφ} of what `_summed` returns, shape (longitudes, rings, count), in the array given."""
        np.matmul(self._waves, sums.reshape(2 * sums.shape[1], -1), out=out.reshape(out.shape[0], -1))
        return out

    def _orders(self, values: Array) -> Array:
        """Return Re and Im of ∫ f e^{−imφ} dφ/2π times the weights of the rings, shape (2, orders, rings, count)."""
        stacked = np.ascontiguousarray(values.T)
        longitudes, rings, count = stacked.shape
        sums = self._waves.T @ stacked.reshape(longitudes, -1)
        sums = sums.reshape(2, -1, rings, count)
        sums *= self._ring_weights / longitudes
        sums[:, 1:] *= 0.5
        return sums

    def _projected(self, tables: list[Array], orders: Array) -> Array:
        """Return Re and Im of Σ_rings table[m] (ring) F_m(ring), shape (2, modes, count)."""
        degree = self.grid.space.degree
        columns = np.empty((2, (degree + 1) * (degree + 2) // 2, orders.shape[3]))
        start = 0
        for m, table in enumerate(tables):
            block = slice(start, start + table.shape[1])
            for part in (0, 1):
                np.matmul(table.T, orders[part, m], out=columns[part, block])
            start += table.shape[1]
        return columns


def _columns(coefficients: Array) -> Array:
    """Return Re and Im of native vectors, one a column, shape (2, modes, count)."""
    return np.ascontiguousarray(np.moveaxis(coefficients.reshape(coefficients.shape[0], -1, 2), 0, 2).swapaxes(0, 1))


def _rows(columns: Array) -> Array:
    """Return native vectors, one a row, from their Re and Im."""
    return np.ascontiguousarray(np.moveaxis(columns, (2, 1, 0), (0, 1, 2))).reshape(columns.shape[2], -1)
