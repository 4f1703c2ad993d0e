"""Material cells that cover the circle, each written in the variable in which its tokens stay accurate.

θ in (−π, π] is the angle from the pole p, a material point inside the cluster, and u = tan(θ/2), s = tan((θ−π)/2) =
−1/u are the stereographic coordinates about p and about its antipode. Going once around the circle in the sense of
growing θ, from −p to −p, there are four kinds of cells:

    far     s                      the neighborhood of −p: of size O(1), absolute accuracy
    left    y = ln|u|, u < 0       relative accuracy of the distance to p, however small
    core    Q = asinh(e^η u)       the neighborhood of p, where y has no limit; η follows the contraction at p
    right   y = ln u, u > 0

A cell is a polynomial in a label ξ in [0, 1] for its position, for ln ρ and for ln dμ/dξ, given at Gauss points. A
token keeps its label, so that dμ/dξ never changes: mass is kept by construction and ρ stays positive. The three agree:

    e^{ln dμ/dξ} = ρ dσ/dξ,     dσ = dθ/2π.

The module knows cells and their variables, not what moves them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinetic.charts.elements import Element
from kinetic.charts.patches import Cell, Selection, lost_mass
from kinetic.types import Array, ComplexArray

_LOGARITHMIC = 20.0  # from here on sinh Q is e^Q/2 to rounding


@dataclass(frozen=True)
class Sizes:
    """How many cells there are of each kind."""

    far: int
    left: int
    core: int
    right: int

    @property
    def total(self) -> int:
        """Number of cells."""
        return self.far + self.left + self.core + self.right

    @cached_property
    def slices(self) -> tuple[slice, slice, slice, slice]:
        """Where the far, left, core and right cells are."""
        left, core, right = self.far, self.far + self.left, self.far + self.left + self.core
        return slice(0, left), slice(left, core), slice(core, right), slice(right, self.total)

    def refined(self, chosen: Selection) -> "Sizes":
        """Return the sizes with the chosen cells halved."""
        return Sizes(*(int(chosen[part].size + np.count_nonzero(chosen[part])) for part in self.slices))

    def numbers(self) -> Mapping[str, int]:
        """Return the sizes by name."""
        return {field.name: int(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, eq=False)
class CircleMesh:
    """Tokens on the circle, cell by cell, in the order of growing θ from −p.

    Parameters
    ----------
    cell : Cell
        The reference cell, of one variable and n points.
    sizes : Sizes
    lift : float
        η ≥ 0.
    position, log_density, log_mass : Array, shape (cells, n)
        The cell's own variable, ln ρ and ln dμ/dξ at the Gauss points.
    """

    cell: Cell
    sizes: Sizes
    lift: float
    position: Array
    log_density: Array
    log_mass: Array

    @cached_property
    def masses(self) -> Array:
        """Mass at every Gauss point, shape (cells, n)."""
        with np.errstate(over="ignore"):  # of a trial step that has gone wild
            return np.asarray(np.exp(self.log_mass) * self.cell.weights)

    @cached_property
    def tangent(self) -> Array:
        """u, or s in far cells, at every Gauss point, shape (cells, n)."""
        return tangents(self.position, self.sizes, self.lift)

    @cached_property
    def factor(self) -> Array:
        """u, or 1 in far cells: what a chord 1 − e^{ikθ} is a multiple of."""
        factor = self.tangent.copy()
        factor[: self.sizes.far] = 1.0
        return factor

    @cached_property
    def chord(self) -> ComplexArray:
        """(1 − e^{iθ})/factor: 2(u − i)/(1 + u²), or 2(1 + is)/(1 + s²) in far cells."""
        t = self.tangent
        chord = 2.0 * (t - 1j) / (1.0 + t * t)
        chord[: self.sizes.far] *= 1j
        return np.asarray(chord)

    @cached_property
    def angles(self) -> Array:
        """θ in (−π, π], in relative accuracy at p."""
        angles = 2.0 * np.arctan(self.tangent)
        far = angles[: self.sizes.far]
        angles[: self.sizes.far] = np.where(far > 0, far - np.pi, far + np.pi)
        return np.asarray(angles)

    @cached_property
    def versine(self) -> Array:
        """1 − cos θ, in relative accuracy at p."""
        square = self.tangent**2
        height = 2.0 * square / (1.0 + square)
        height[: self.sizes.far] = 2.0 / (1.0 + square[: self.sizes.far])
        return np.asarray(height)

    @property
    def element(self) -> Element:
        """The reference cell's polynomials."""
        return self.cell.element

    @property
    def polynomials(self) -> tuple[Array, Array, Array]:
        """Position, ln ρ and ln dμ/dξ at the Gauss points."""
        return self.position, self.log_density, self.log_mass

    @cached_property
    def borders(self) -> Array:
        """The cell's own variable at its two ends, shape (cells, 2), by extrapolation from its Gauss points."""
        return np.asarray(self.position @ self.cell.element.ends.T)

    @cached_property
    def log_area(self) -> Array:
        """ln(dσ/d position) at every Gauss point."""
        return log_areas(self.position, self.tangent, self.sizes, self.lift)

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return float(self.masses.sum())

    def rescaled(self, shift: float) -> "CircleMesh":
        """Return the mesh of the density divided by e^shift."""
        return replace(self, log_density=self.log_density - shift, log_mass=self.log_mass - shift)

    def fields(self) -> Array:
        """Return position, ln ρ and ln dμ/dξ as one array of shape (cells, n, 3)."""
        return np.stack([self.position, self.log_density, self.log_mass], axis=-1)

    def with_fields(self, fields: Array, sizes: Sizes) -> "CircleMesh":
        """Return the mesh of other cells."""
        position, log_density, log_mass = np.moveaxis(fields, -1, 0)
        return CircleMesh(self.cell, sizes, self.lift, position, log_density, log_mass)

    def split(self, chosen: Selection) -> "CircleMesh":
        """Return the mesh with the chosen cells halved: the same polynomials, and the same masses to rounding."""
        fields = self.fields()
        fields[chosen, :, 2] -= math.log(2.0)
        counts = np.where(chosen, 2, 1)
        base = fields[:, :1]  # interpolation rounds relative to what it is given
        fields = self.cell.split(fields - base, np.where(chosen, 0, -1)) + np.repeat(base, counts, axis=0)
        first = (np.cumsum(counts) - counts)[chosen]
        pair = fields[[first, first + 1], :, 2]
        fields[[first, first + 1], :, 2] += lost_mass(self.log_mass[chosen], pair, self.cell.weights)[:, None]
        return self.with_fields(fields, self.sizes.refined(chosen))


def tangents(position: Array, sizes: Sizes, lift: float) -> Array:
    """Return u, or s in far cells, from the cells' own variables; first axis: cells."""
    far, left, core, right = sizes.slices
    result = np.empty_like(position)
    result[far] = position[far]
    result[left] = -np.exp(position[left])
    result[right] = np.exp(position[right])
    q = position[core]
    outside = np.sign(q) * 0.5 * np.exp(np.abs(q) - lift)
    inside = np.sinh(np.clip(q, -_LOGARITHMIC, _LOGARITHMIC)) * math.exp(-lift)
    result[core] = np.where(np.abs(q) < _LOGARITHMIC, inside, outside)
    return result


def log_areas(position: Array, tangent: Array, sizes: Sizes, lift: float) -> Array:
    """Return ln(dσ/d position) from the cells' own variables and their tangents; first axis: cells."""
    _, left, core, right = sizes.slices
    result = -np.log1p(tangent**2) - math.log(math.pi)
    for side in (left, right):
        result[side] += position[side]
    q = np.abs(position[core])
    result[core] += q + np.log1p(np.exp(-2.0 * q)) - math.log(2.0) - lift
    return np.asarray(result)


def joined(mesh: CircleMesh, parts: tuple[Array, Array, Array, Array]) -> CircleMesh:
    """Return the mesh of given far, left, core and right cells, fields of shape (cells, n, 3)."""
    return mesh.with_fields(np.concatenate(parts), Sizes(*(part.shape[0] for part in parts)))


Labels = NDArray[np.float64]
"""Labels ξ in [0, 1] in the order of a cell's points."""


def relabelled(cell: Cell, fields: Array, labels: Labels, log_slopes: Array) -> Array:
    """Return a cell seen through another label: fields of shape (n, 3) at labels ξ(ξ'), and ln dξ/dξ' there.

    The mass of the part is that of its polynomial on the new points.
    """
    base = fields[:1]  # interpolation rounds relative to what it is given
    moved = base + cell.tabulate(labels) @ (fields - base)
    moved[:, 2] += log_slopes
    return np.asarray(moved)
