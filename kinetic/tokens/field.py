"""The attention of a cloud to itself: by moments where these carry the digits, by pairs elsewhere.

Responsible for which of the two it is. The field of N tokens has the kernel's few degrees, so that sums over tokens of
K harmonics (circle) or K² (sphere) give it everywhere, in O(N) operations; their rounding is amplified by the range of
the partition, e^{2β} at worst, which `Felt.noise` bounds. In dimension four and above, and where the bound is above
what a time step may be wrong by, all pairs are added up.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.anywhere import Anywhere
from kinetic.particles import attention
from kinetic.spaces.scattered import scattered
from kinetic.tokens.labelled import masked_attention
from kinetic.tokens.model import TokenModel
from kinetic.types import Array

LARGEST_DIMENSION = 3
"""Beyond, the harmonics of a degree are more than a matrix product over pairs costs for clouds of some thousands."""

MOST_NUMBERS = 2**24
"""Of the matrix of a head with matrices: 128 MB; pairs are added up where it would be larger."""

_PAIR_ROUNDING = 8.0 * float(np.finfo(float).eps)  # of averages of unit vectors with rounded exponents


@dataclass(eq=False)
class CloudAttention:
    """What every token of a cloud is told by all.

    Parameters
    ----------
    model : TokenModel
    masses : Array, shape (N,)
    tolerance : float
        Largest relative error of the moments' sums.
    held : Array, shape (N, d), optional
        Directions that tokens attend to for ever, in place of their own.

    Attributes
    ----------
    error : float
        Bound of the latest evaluation's rounding error, relative to the largest attention.
    by_pairs : bool
        Whether the latest evaluation added up pairs.
    """

    model: TokenModel
    masses: Array
    tolerance: float
    held: Array | None = None

    def __post_init__(self) -> None:
        self.error, self.by_pairs = _PAIR_ROUNDING, True

    @cached_property
    def moments(self) -> Anywhere | None:
        """The moments' way, or None where there is none."""
        model = self.model
        endless = any(
            head.kernel.last_degree is None for head in model.matrices[: model.dimension <= LARGEST_DIMENSION]
        )
        if model.dimension > LARGEST_DIMENSION or endless:
            return None
        found = Anywhere(model.matrices, model.normalization, model.context_length)
        return found if found.numbers <= MOST_NUMBERS else None

    def __call__(self, directions: Array) -> Array:
        """Return Σ_h A_h, with what a perceptron adds, at every token, shape (N, d), from directions of length one."""
        attention = self._attention(directions)
        return attention if self.model.neurons is None else attention + self.model.driven(directions)

    def _attention(self, directions: Array) -> Array:
        if self.model.label is not None:
            self.error, self.by_pairs = _PAIR_ROUNDING, True
            return masked_attention(directions, self.model.label, self.model.heads[0], self.model.normalization)
        if self.moments is not None:
            places = scattered(directions)
            sums = self.moments.of_points(places, self.masses) if self.held is None else self._held_sums
            felt = self.moments.felt(sums, directions, places)
            largest = float(np.sqrt(np.max(np.vecdot(felt.attention, felt.attention))))
            noise = float(felt.noise.max())
            # heads that feel nothing are exact
            self.error, self.by_pairs = (noise / largest if largest else 0.0 if noise == 0.0 else math.inf), False
            if self.error <= self.tolerance:  # not where one of the two is not a number
                return felt.attention
        self.error, self.by_pairs = _PAIR_ROUNDING, True
        model = self.model
        how = (model.normalization, model.context_length, self.held)
        return attention(directions, self.masses, model.heads, *how)

    @cached_property
    def _held_sums(self) -> Array:
        """The moments of the directions that tokens attend to for ever."""
        assert self.moments is not None
        assert self.held is not None
        return self.moments.of_points(scattered(self.held), self.masses)
