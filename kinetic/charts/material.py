"""A mesh that moves with the tokens: elements of fixed mass, stretched by the flow, split where they need it.

Every element carries, at its Gauss points ξ_j, three polynomials in the label ξ in [0, 1]: the latitude y(ξ), ln ρ(ξ)
and h(ξ) = ln dμ/dξ. A token keeps its label, so that h never changes, mass is kept by construction and ρ stays
positive; the equation is the pair of ordinary differential equations of y and ln ρ along the tokens' paths. The three
agree:

    e^h = ρ dσ/dy dy/dξ.

The module knows meshes and densities on the cylinder, not what moves them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kinetic.charts.elements import Element
from kinetic.charts.latitude import cosine, log_circumference, versine
from kinetic.charts.patches import lost_mass
from kinetic.types import Array

Selection: TypeAlias = NDArray[np.bool_]
"""Which elements are meant."""


@dataclass(frozen=True, eq=False)
class MaterialMesh:
    """Latitudes, log densities and masses of tokens, element by element from the axis (y = −∞) to its antipode.

    Parameters
    ----------
    element : Element
    y, log_density, log_mass : Array, shape (elements, order + 1)
        y, ln ρ and ln dμ/dξ at the Gauss points.
    """

    element: Element
    y: Array
    log_density: Array
    log_mass: Array

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self.y.shape[0])

    @cached_property
    def masses(self) -> Array:
        """Mass at every Gauss point, shape (elements, order + 1)."""
        return np.asarray(np.exp(self.log_mass) * self.element.weights)

    @property
    def polynomials(self) -> tuple[Array, Array, Array]:
        """y, ln ρ and ln dμ/dξ at the Gauss points."""
        return self.y, self.log_density, self.log_mass

    @cached_property
    def side(self) -> float:
        """1 where the mean points along the axis, −1 where it points against it."""
        return 1.0 if np.vdot(self.masses, cosine(self.y)) >= 0 else -1.0

    @property
    def versine(self) -> Array:
        """1 − cos θ at the Gauss points, θ the angle to the mean's side of the axis."""
        return versine(self.side * self.y)

    @property
    def borders(self) -> Array:
        """y at the two ends of every element, shape (elements, 2), by extrapolation from its Gauss points."""
        return np.asarray(self.y @ self.element.ends.T)

    @classmethod
    def laid(
        cls, element: Element, edges: Array, log_density: Callable[[Array], Array], dimension: int
    ) -> "MaterialMesh":
        """Return straight elements between ascending edges, carrying a density given as ln ρ(y)."""
        widths = np.diff(edges)[:, None]
        y = edges[:-1, None] + widths * element.points
        logs = log_density(y)
        return cls(element, y, logs, logs + log_circumference(y, dimension) + np.log(widths))

    def split(self, chosen: Selection) -> "MaterialMesh":
        """Return the mesh with the chosen elements halved in ξ: the same polynomials, and the same masses to rounding.

        dμ/dξ of a half is half as large, because its own ξ runs from 0 to 1. Interpolation makes the masses of the two
        halves, up to its error; together they are then made the mass of the whole.
        """
        lighter = self._halve(self.log_mass - np.log(2.0) * chosen[:, None], chosen)
        counts = np.where(chosen, 2, 1)
        first = (np.cumsum(counts) - counts)[chosen]
        pair = lighter[[first, first + 1]]
        lighter[[first, first + 1]] += lost_mass(self.log_mass[chosen], pair, self.element.weights)[:, None]
        return MaterialMesh(self.element, self._halve(self.y, chosen), self._halve(self.log_density, chosen), lighter)

    def _halve(self, values: Array, chosen: Selection) -> Array:
        """Replace the chosen rows by the two rows of their halves."""
        counts = np.where(chosen, 2, 1)
        spread = np.repeat(values, counts, axis=0)
        first = (np.cumsum(counts) - counts)[chosen]
        for half in (0, 1):
            spread[first + half] = values[chosen] @ self.element.halves[half].T
        return np.asarray(spread)

    def joined(self, other: "MaterialMesh") -> "MaterialMesh":
        """Return this mesh continued by another towards the antipode."""
        return MaterialMesh(
            self.element,
            np.concatenate([self.y, other.y]),
            np.concatenate([self.log_density, other.log_density]),
            np.concatenate([self.log_mass, other.log_mass]),
        )

    def rescaled(self, shift: float) -> "MaterialMesh":
        """Return the mesh of the density divided by e^shift."""
        return MaterialMesh(self.element, self.y, self.log_density - shift, self.log_mass - shift)
