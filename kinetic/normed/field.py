"""The attention output at tokens that are given one by one: its tangential and its normal part.

    A(x) = ∫ y e^{β<x,y>} dμ(y) / N(x),     N = 1 ("none")  or  Z = ∫ e^{β<x,y>} dμ ("softmax").

Only the kernel's significant degrees K enter, whatever the density. Three spaces, one contract.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from kinetic.kernels import Spectrum
from kinetic.spaces.space import Space
from kinetic.types import Array


@dataclass(frozen=True, eq=False)
class TokenField:
    """Attention output at every token.

    Parameters
    ----------
    attention : Array, shape (n, components)
        A.
    force : Array, shape (n, components)
        ∫ y e^{β<x,y>} dμ, whose tangential part is the gradient of the first variation of the energy; of several
        heads, the sum over them with K^T Q = V applied.
    noise : Array, shape (n,)
        Absolute rounding error of A.
    partition_noise : float
        Largest relative rounding error of the softmax partition; 0 without softmax.
    """

    attention: Array
    force: Array
    noise: Array
    partition_noise: float


class TokenSpace(Protocol):
    """Attention of tokens in one kind of space; the direction of each by its components."""

    @property
    def spectrum(self) -> Spectrum:
        """The kernel of the energy, by degree."""

    @property
    def space(self) -> Space:
        """Space in which the density that the tokens make is expanded."""

    @property
    def components(self) -> int:
        """How many numbers a token has."""

    def field(self, directions: Array, masses: Array) -> TokenField:
        """Return the attention at every token, directions of shape (n, components)."""

    def mean(self, directions: Array, masses: Array) -> Array:
        """Return ∫ x dμ in the tokens' components."""

    def coefficients(self, directions: Array, masses: Array) -> Array:
        """Return the native coefficients of the density in the space: sums over tokens."""

    def energies(self, directions: Array, masses: Array, axis: Array) -> tuple[float, float]:
        """Return E and E of a Dirac mass minus E, the latter NaN unless there is one identity head alone."""

    def log_area(self, tokens: Array, derivatives: Array) -> Array:
        """Return ln dσ/dξ of the sphere under the map ξ ↦ x, not a number where that turns it inside out.

        tokens (…, components), derivatives (k, …, components).
        """


_Space = TypeVar("_Space", bound=Space)


@dataclass(frozen=True)
class IdentityTokens(ABC, Generic[_Space]):
    """What the token spaces of one identity head say in the same words."""

    spectrum: Spectrum
    space: _Space

    def mean(self, directions: Array, masses: Array) -> Array:
        """Return ∫ x dμ."""
        return np.asarray(masses @ directions)

    @abstractmethod
    def mean_squares(self, directions: Array, masses: Array, axis: Array) -> tuple[Array, Array]:
        """Return p_l, the mean square of the harmonics of degree l, and 1 − p_l."""

    def energies(self, directions: Array, masses: Array, axis: Array) -> tuple[float, float]:
        """Return E and the gap to a Dirac mass, from the mean squares."""
        return self.spectrum.kernel.energies(*self.mean_squares(directions, masses, axis))
