"""Normalization schemes: how a token y = r x moves under its attention output A (arXiv:2510.22026).

    post   ẋ = P A            mix    post until its switch time, then pre
    pre    ẏ = A              peri   ẏ = A/|A|              ngpt   ẋ = P A/|A|

P = I − x xᵀ. With ẋ = P ẏ/r these are θ' = P A/s and r' = <x, ẏ> with s = 1, r, r|A| and |A|. Schemes that only change
the clock (LN-scaling, a rate α(t) of nGPT) are `kinetic.clock`. The module knows vectors, not densities.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.types import Array


class Scheme(Protocol):
    """Velocity of tokens under a normalization."""

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:
        """Return ẏ, shape (n, components), of tokens y = radii · directions whose attention output is A."""

    @property
    def carries_radius(self) -> bool:
        """Whether r changes, so that tokens may pass through the origin."""

    @property
    def divides(self) -> bool:
        """Whether the speed is divided by |A|, so that nothing can be said where A vanishes."""


@dataclass(frozen=True)
class Post:
    """ẋ = P A: tokens are put back on their sphere after attention; ẏ = r P A, of whatever radius."""

    carries_radius = False
    divides = False

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:  # noqa: ARG002
        """Return r P A."""
        return radii[:, None] * tangent(directions, attention)


@dataclass(frozen=True)
class Pre:
    """ẏ = A: attention is added to a token of growing norm."""

    carries_radius = True
    divides = False

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:  # noqa: ARG002
        """Return A."""
        return attention


@dataclass(frozen=True)
class Peri:
    """ẏ = A/|A|: the output of attention is normalised before it is added."""

    carries_radius = True
    divides = True

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:  # noqa: ARG002
        """Return A/|A|."""
        return along(attention)


@dataclass(frozen=True)
class NormalizedGPT:
    """ẋ = P A/|A|: both token and output are normalised; its rate α(t) is a clock."""

    carries_radius = False
    divides = True

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:  # noqa: ARG002
        """Return r P A/|A|."""
        return radii[:, None] * tangent(directions, along(attention))


@dataclass(frozen=True)
class Mix:
    """Post-LN until the switch time, pre-LN from then on."""

    switch_time: float
    carries_radius = True
    divides = False

    def velocity(self, time: float, radii: Array, directions: Array, attention: Array) -> Array:
        """Return r P A before the switch, A after it; the stepper finds the jump by its error."""
        scheme: Scheme = Post() if time < self.switch_time else Pre()
        return scheme.velocity(time, radii, directions, attention)


def tangent(directions: Array, vectors: Array) -> Array:
    """Return P v = v − x <x, v>, shape (n, components)."""
    return np.asarray(vectors - directions * np.vecdot(directions, vectors)[:, None])


def along(vectors: Array) -> Array:
    """Return v/|v|, not a number where v = 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])
