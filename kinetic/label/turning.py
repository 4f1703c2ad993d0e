"""Attention of tokens that rotate by themselves, each at its own rate.

    X = attention + ω e_θ on the circle,       X = attention + Ω × x on the sphere

The module knows velocities; where they come from is the business of `rates`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.nodal import NodalAttention
from kinetic.spaces.space import Space
from kinetic.types import Array


@dataclass(frozen=True, eq=False)
class TurningAttention:
    """Attention to others, and a rotation of each density.

    Parameters
    ----------
    attention : NodalAttention
        On circle or sphere, without context.
    rotations : Array, shape (count, 3)
        Ω, radians per unit of time; on the circle its last component alone counts, which is ω.
    """

    attention: NodalAttention
    rotations: Array

    @property
    def felt(self) -> Space:
        """The space of what a density is felt by."""
        return self.attention.felt

    @cached_property
    def _velocity(self) -> Array:
        """The rotations at the nodes in the frame of the grid: ω on the circle, (<Ω, e_φ>, −<Ω, e_θ>) on the sphere."""
        fields = self.attention.grid.rotations
        own = self.rotations[:, -len(fields) :]
        return np.stack([np.tensordot(own, field, 1) for field in np.moveaxis(fields, 1, 0)])

    def carried(self, coefficients: Array, source: Array) -> Array:
        """Return the coefficients of −div(f (X[ν] + v)), one row a density."""
        return self.attention.carried(coefficients, source, self._velocity)

    def felt_noise(self, low: Array) -> float:
        """Return the largest relative rounding error of the partitions."""
        return self.attention.felt_noise(low)
