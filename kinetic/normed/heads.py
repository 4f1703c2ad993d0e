"""Any heads on tokens of the circle or the sphere, with a perceptron beside them.

One identity head is left to the token space of its kind; others are what `attention.anywhere` makes of the tokens'
harmonics. A perceptron adds p(x) = Σ_j w_j σ(<a_j, x> + b_j) a_j to what a token feels, and ∫ φ dμ, P p = ∇φ, to the
energy (`attention.perceptron`). The module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kinetic.attention.anywhere import Anywhere
from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.kernels import Spectrum
from kinetic.normed.circle import CircleTokens
from kinetic.normed.field import TokenField, TokenSpace
from kinetic.normed.sphere import SphereTokens
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import scattered, space_of
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, Normalization


@dataclass(frozen=True, eq=False)
class HeadTokens(TokenSpace):
    """Heads of any matrices, and neurons, on tokens whose directions are points of the circle or the sphere.

    Parameters
    ----------
    heads : tuple of Head
        Of kernels whose degrees end.
    normalization : {"none", "softmax"}
    degree : int
        To which the tokens' density is expanded.
    neurons : Neurons, optional
    """

    heads: tuple[Head, ...]
    normalization: Normalization
    degree: int
    neurons: Neurons | None = None

    @property
    def components(self) -> int:
        return self.heads[0].dimension

    @cached_property
    def spectrum(self) -> Spectrum:
        """The kernel that varies most, by degree."""
        widest = max(self.heads, key=lambda head: (head.widest.last_degree or 0, head.reach))
        return widest.widest.spectrum(self.normalization)

    @cached_property
    def space(self) -> Circle | Sphere:
        return space_of(self.components, self.degree)

    @cached_property
    def _plain(self) -> CircleTokens | SphereTokens:
        return (CircleTokens if self.components == 2 else SphereTokens)(self.spectrum, self.space)  # type: ignore[arg-type]

    @cached_property
    def _is_identity(self) -> bool:
        """Whether there is one head with Q = K = V = I."""
        return len(self.heads) == 1 and self.heads[0].is_identity

    @cached_property
    def _is_still(self) -> bool:
        """Whether heads move no token at all."""
        return not any(np.any(head.value) for head in self.heads)

    @cached_property
    def _anywhere(self) -> Anywhere:
        return Anywhere(self.heads, self.normalization)

    @cached_property
    def _whole(self) -> GeneralAttention:
        return GeneralAttention(self._anywhere.space, self.heads, self.normalization)

    def field(self, directions: Array, masses: Array) -> TokenField:
        found = self._attention(directions, masses)
        if self.neurons is None:
            return found
        beside = self.neurons.pull(directions)
        return replace(found, attention=found.attention + beside, force=found.force + beside)

    def _attention(self, directions: Array, masses: Array) -> TokenField:
        if self._is_identity:
            return self._plain.field(directions, masses)
        if self._is_still:
            nothing = np.zeros(directions.shape)
            return TokenField(nothing, nothing, np.zeros(len(directions)), 0.0)
        places = scattered(directions)
        felt = self._anywhere.felt(self._anywhere.of_points(places, masses), directions, places)
        softmax = self.normalization == "softmax"
        return TokenField(felt.attention, felt.force, felt.noise, float(felt.noise.max()) if softmax else 0.0)

    def means(self, directions: Array, masses: Array) -> Array:
        """Return ∫ y g_h(<Q_h x, K_h y>) dμ(y)/N_h of every head, without its values' matrix, shape (heads, n, d)."""
        places = scattered(directions)
        found = []
        for alone in self._valueless:
            found.append(alone.felt(alone.of_points(places, masses), directions, places).attention)
        return np.array(found)

    @cached_property
    def _valueless(self) -> tuple[Anywhere, ...]:
        one = np.eye(self.components)
        return tuple(Anywhere((replace(head, value=one),), self.normalization) for head in self.heads)

    def mean(self, directions: Array, masses: Array) -> Array:
        return self._plain.mean(directions, masses)

    def coefficients(self, directions: Array, masses: Array) -> Array:
        return self._plain.coefficients(directions, masses)

    def energies(self, directions: Array, masses: Array, axis: Array) -> tuple[float, float]:
        """Return E with the neurons' ∫ φ dμ, and the gap to a Dirac mass."""
        if self._is_identity and self.neurons is None:
            return self._plain.energies(directions, masses, axis)
        anywhere = self._anywhere
        level = self._whole.energy(anywhere.of_points(scattered(directions), masses))
        if self.neurons is not None:
            level += float(masses @ self.neurons.levels(directions))
        return level, math.nan

    def log_area(self, tokens: Array, derivatives: Array) -> Array:
        return self._plain.log_area(tokens, derivatives)
