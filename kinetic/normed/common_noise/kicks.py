"""What one increment of common noise does to tokens: all of them feel the same.

    matrix    dx = P_x ∘ dQ x            x ↦ Gx/|Gx|, G = exp(ΔQ): the flow of the increment, exactly
    field     dx = P_x ∘ dW(x)           E[W_a(x) W_b(y)] = κ(<x, y>) δ_ab t: the same, to the tolerance
    values    dx = P_x Σ_h dB_h a_h(x)   a_h the attention-weighted mean of tokens: a_h frozen, then boosts

Q has independent entries, or, symmetric, (B + Bᵀ)/√2. What the flow of an increment leaves out are the areas that the
path encloses within a step, of size h and mean zero: the path of the tokens is of strong order 1/2 in h, as fields of
noise do not commute, and averages over paths are of order one (derived here; tests/common_noise). By isotropy
Σ_k ∇_{E_k} E_k = 0 for matrix and field, so that Itô's and Stratonovich's equation have the same one-point motion,
spherical Brownian motion of generator κ(1) Δ/2, κ(u) = u for matrices. For values the frozen a_h makes the sum Itô's,
as layers with independent value matrices do, the curvature of the sphere apart (arXiv:2601.21942): the flow of
ẋ = P_x w is the boost by w, whose second order is −(d−1)/2 |a|² x h.

Tokens are vectors y = r x, of any lengths. The module knows vectors and increments, not where these come from.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.linalg import expm

from kinetic.errors import DomainError
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.kernels import PolynomialKernel
from kinetic.spaces.scattered import scattered, space_of
from kinetic.types import Array, Integers

_NEGATIVE = 64.0 * float(np.finfo(float).eps)  # of κ's largest share by degree: rounding of sums that cancel


class Kick(Protocol):
    """Effect of an increment of common noise on tokens."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an increment."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of an increment's axes."""

    def __call__(self, tokens: Array, masses: Array, increment: Array) -> Array:
        """Return the tokens after an increment, shape (n, d), up to one factor for all."""


@dataclass(frozen=True)
class MatrixKick:
    """x ↦ Gx/|Gx|, G = exp(strength · ΔQ)."""

    dimension: int
    strength: float
    symmetric: bool
    axes = ("row", "column")

    @property
    def shape(self) -> tuple[int, ...]:
        """(d, d)."""
        return (self.dimension, self.dimension)

    def matrix(self, increment: Array) -> Array:
        """Return G."""
        spread = (increment + increment.T) / math.sqrt(2.0) if self.symmetric else increment
        return np.asarray(expm(self.strength * spread))

    def __call__(self, tokens: Array, masses: Array, increment: Array) -> Array:  # noqa: ARG002
        """Return G y."""
        return np.asarray(tokens @ self.matrix(increment).T)


@dataclass(frozen=True)
class FieldKick:
    """The flow of ẋ = P_x W(x) for one unit of time, W Gaussian with covariance κ(<x, y>) times the identity.

    Parameters
    ----------
    dimension : int
        2 or 3.
    strength : float
    covariance : tuple of float
        κ_0, κ_1, … of κ(u) = Σ κ_j u^j.
    tolerance : float
        Of the time stepper.

    Notes
    -----
    With κ(<x, y>) = Σ_l κ_l Σ_m Y_lm(x) Y_lm(y), W_a = Σ_lm √κ_l B_{a,lm} Y_lm: a sum of as many harmonics as there are
    of the degrees in κ.

    Raises
    ------
    DomainError
        If κ is no covariance: one of the κ_l is below 0, or all are 0.
    """

    dimension: int
    strength: float
    covariance: tuple[float, ...]
    tolerance: float
    axes = ("component", "harmonic")

    def __post_init__(self) -> None:
        levels = PolynomialKernel(self.covariance, self.dimension).eigenvalues(len(self.covariance) - 1)
        if np.any(levels < -_NEGATIVE * np.abs(levels).max()) or not np.any(levels > 0):
            shown = ", ".join(f"{level:.3g}" for level in levels)
            raise DomainError(
                f"common_noise.covariance: received {list(self.covariance)}, whose shares by harmonic degree are "
                f"{shown}; none may be below 0 and one must be above; with coefficients ≥ 0, not all 0, they are"
            )

    @cached_property
    def _levels(self) -> Array:
        """κ_l of every degree."""
        levels = PolynomialKernel(self.covariance, self.dimension).eigenvalues(len(self.covariance) - 1)
        return np.where(levels > _NEGATIVE * levels.max(), levels, 0.0)

    @cached_property
    def _harmonics(self) -> tuple[Integers, ...]:
        """Places of the harmonics in a space's public array: (part, degree) or (part, degree, order)."""
        degree = self._levels.size - 1
        if self.dimension == 2:
            part, l = np.indices((2, degree + 1))
            found = (self._levels[l] > 0) & ~((part == 1) & (l == 0))
        else:
            part, l, m = np.indices((2, degree + 1, degree + 1))
            found = (self._levels[l] > 0) & (m <= l) & ~((part == 1) & (m == 0))
        return np.nonzero(found)

    @property
    def shape(self) -> tuple[int, ...]:
        """(d, number of harmonics)."""
        return (self.dimension, self._harmonics[0].size)

    def coefficients(self, increment: Array) -> Array:
        """Return the native coefficients of the components of W, shape (d, size)."""
        degree = self._levels.size - 1
        space = space_of(self.dimension, max(degree, 1))
        native = []
        for row in increment:
            public = np.zeros((2, *(max(degree, 1) + 1,) * (self.dimension - 1)))
            public[self._harmonics] = row * np.sqrt(self._levels[self._harmonics[1]])
            native.append(space.from_public(public))
        return self.strength * np.array(native)

    def __call__(self, tokens: Array, masses: Array, increment: Array) -> Array:  # noqa: ARG002
        """Return the tokens after one unit of time; their lengths stay."""
        coefficients = self.coefficients(increment)
        degree = max(self._levels.size - 1, 1)

        def velocity(_: float, flat: Array) -> Array:
            y = flat.reshape(tokens.shape)
            radii = np.sqrt(np.vecdot(y, y))[:, None]
            x = y / radii
            pushed = scattered(x).values(coefficients, degree).T
            return np.asarray(radii * (pushed - np.vecdot(x, pushed)[:, None] * x)).ravel()

        stepper = AdaptiveStepper(velocity, 0.0, tokens.ravel(), self.tolerance, step=1.0, until=1.0)
        while stepper.time < 1.0:
            stepper.advance()
        return stepper.state.reshape(tokens.shape)


@dataclass(frozen=True, eq=False)
class ValuesKick:
    """Boosts by w = strength · Σ_h ΔB_h a_h(x): value matrices of each head for this step alone.

    Parameters
    ----------
    dimension : int
    strength : float
    means : callable
        means(directions, masses) -> a_h(x) of every head, shape (heads, n, d): ∫ y g_h dμ(y)/N_h.
    heads : int
    """

    dimension: int
    strength: float
    means: Callable[[Array, Array], Array]
    heads: int
    axes = ("head", "row", "column")

    @property
    def shape(self) -> tuple[int, ...]:
        """(heads, d, d)."""
        return (self.heads, self.dimension, self.dimension)

    def __call__(self, tokens: Array, masses: Array, increment: Array) -> Array:
        """Return the tokens after their boosts; their lengths stay."""
        radii = np.sqrt(np.vecdot(tokens, tokens))[:, None]
        directions = tokens / radii
        pushed = np.einsum("hij,hnj->ni", self.strength * increment, self.means(directions, masses))
        return np.asarray(radii * boosted(directions, pushed))


def boosted(points: Array, pushes: Array) -> Array:
    """Return the flow of ẋ = P_x w for one unit of time, w a vector for each point.

    With n = w/|w| and c = <x, n>: (x + (sinh|w| + (cosh|w| − 1) c) n)/(cosh|w| + c sinh|w|), which takes tan(θ/2) to
    e^{−|w|} tan(θ/2), θ the angle to n.
    """
    sizes = np.sqrt(np.vecdot(pushes, pushes))
    axes = pushes / np.where(sizes > 0, sizes, 1.0)[:, None]
    along = np.vecdot(points, axes)
    half = np.sinh(0.5 * sizes)
    added = np.sinh(sizes) + 2.0 * half**2 * along
    return np.asarray((points + added[:, None] * axes) / (np.cosh(sizes) + along * np.sinh(sizes))[:, None])
