"""The mean-field equation of transformer tokens, discretised in a space of harmonics.

    ∂_t μ + div(μ X[μ]) = 0      on S^{d-1}

The density moves by −div(μX); beside it runs the power ∫ <F, X> dμ, whose time integral must equal the gain of energy
where attention is a gradient flow. The equation knows spaces and attention, not steppers, files or theory.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.density import Density
from kinetic.spaces.space import Space
from kinetic.types import Array


class Attention(Protocol):
    """What a density does to itself."""

    def transport(self, coefficients: Array) -> tuple[Array, float]:
        """Return the coefficients of −div(μ X[μ]) and the power ∫ <F, X> dμ."""

    def partition_noise(self, coefficients: Array) -> float:
        """Return the relative rounding error of the softmax partition where it is smallest."""


@dataclass(frozen=True)
class MeanFieldEquation:
    """dy/dt for y = (coefficients of μ, work done since the start).

    Parameters
    ----------
    space : Space
    attention : Attention
    """

    space: Space
    attention: Attention

    def __call__(self, _time: float, state: Array) -> Array:
        """Return (−div(μX), ∫ <F, X> dμ)."""
        rate, power = self.attention.transport(state[:-1])
        return np.append(rate, power)

    @staticmethod
    def state(coefficients: Array, work: float = 0.0) -> Array:
        """Return the vector that steppers see."""
        return np.append(coefficients, work)

    def density(self, state: Array) -> Density:
        """Return the density that a state holds."""
        return Density(self.space, state[:-1])

    @staticmethod
    def work(state: Array) -> float:
        """Return ∫_0^t ∫ <F, X> dμ dt."""
        return float(state[-1])
