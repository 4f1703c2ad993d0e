"""Functions on the sphere averaged over a finite group, in harmonics: a matrix a degree, as rotations mix orders.

The module knows coefficients in the sphere's native layout and orthogonal matrices.
"""

import math
from dataclasses import dataclass

import ducc0
import numpy as np

from kinetic.spaces.sphere import Sphere, degree_order
from kinetic.types import Array, Integers

_AXIS = 1e-12  # of sin θ, below which a rotation is one about the axis of longitudes


@dataclass(frozen=True, eq=False)
class GroupAverage:
    """The projection f ↦ |G|⁻¹ Σ_g f∘g on S².

    Parameters
    ----------
    parts : tuple of (Integers, Array)
        For each degree l: where its coefficients stand in the native vector, and a matrix of that size.
    """

    parts: tuple[tuple[Integers, Array], ...]

    @classmethod
    def of(cls, elements: Array, degree: int) -> "GroupAverage":
        """Prepare the average over orthogonal matrices (g, 3, 3) that form a group, for functions up to a degree.

        **Cost** 2 (degree + 1) rotations of a function for each element: 8 ms at degree 40.
        """
        space = Sphere(degree)
        degrees, orders = space.degrees, np.repeat(degree_order(degree)[1], 2)
        parts = np.arange(degrees.size) % 2
        columns = {}
        for order in range(degree + 1):
            for part in (0, 1) if order else (0,):
                unit = np.where((orders == order) & (parts == part), 1.0, 0.0)
                columns[order, part] = _averaged(unit, elements, degrees, degree)
        found = []
        for l in range(degree + 1):
            where = np.flatnonzero((degrees == l) & ((orders > 0) | (parts == 0)))
            matrix = np.stack([columns[int(orders[i]), int(parts[i])][where] for i in where], axis=1)
            found.append((where, matrix))
        return cls(tuple(found))

    def __call__(self, coefficients: Array) -> Array:
        """Return the coefficients of the average."""
        found = np.zeros_like(coefficients)
        for where, matrix in self.parts:
            found[where] = matrix @ coefficients[where]
        return found


def _averaged(native: Array, elements: Array, degrees: Integers, degree: int) -> Array:
    total = np.zeros_like(native)
    for element in elements:
        side = float(np.sign(np.linalg.det(element)))
        turned = ducc0.sht.rotate_alm(native.view(complex), degree, *_euler(side * element), nthreads=1).view(float)
        total += np.where(degrees % 2 == 1, side, 1.0) * turned
    return total / len(elements)


def _euler(rotation: Array) -> tuple[float, float, float]:
    """Return ψ, θ, φ with R = R_z(φ) R_y(θ) R_z(ψ)."""
    sine = math.hypot(rotation[0, 2], rotation[1, 2])
    theta = math.atan2(sine, rotation[2, 2])
    if sine < _AXIS:
        side = float(np.sign(rotation[2, 2]))
        return 0.0, theta, math.atan2(side * rotation[1, 0], side * rotation[0, 0])
    return (
        math.atan2(rotation[2, 1], -rotation[2, 0]),
        theta,
        math.atan2(rotation[1, 2], rotation[0, 2]),
    )
