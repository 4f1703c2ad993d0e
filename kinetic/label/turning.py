"""Attention of tokens that rotate by themselves, each at its own rate.

    X = attention + ω e_θ on the circle,       X = attention + ω e × x on the sphere, e its third axis

The module knows velocities; where rates come from is the business of `rates`.
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
    rates : Array, shape (count,)
        ω, radians per unit of time.
    """

    attention: NodalAttention
    rates: Array

    @property
    def felt(self) -> Space:
        """The space of what a density is felt by."""
        return self.attention.felt

    @cached_property
    def _velocity(self) -> Array:
        """The rotations at the nodes in the frame of the grid: 1 on the circle, (0, sin θ) on the sphere, times ω."""
        points = self.attention.grid.points
        if self.attention.space.kind == "circle":
            return np.broadcast_to(self.rates[:, None], (1, self.rates.size, points.shape[0]))
        sine = np.hypot(points[..., 0], points[..., 1])
        velocity = np.zeros((2, self.rates.size, *sine.shape))
        velocity[1] = self.rates[:, None, None] * sine
        return velocity

    def carried(self, coefficients: Array, source: Array) -> Array:
        """Return the coefficients of −div(f (X[ν] + v)), one row a density."""
        return self.attention.carried(coefficients, source, self._velocity)

    def felt_noise(self, low: Array) -> float:
        """Return the largest relative rounding error of the partitions."""
        return self.attention.felt_noise(low)
