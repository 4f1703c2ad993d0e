"""Whom a token sees: the positions before its own, with a weight that integrates to one.

    (Kf)(s) = ∫ k(s, s') f(s') ds',      ∫ k(s, s') ds' = 1

As f is a density for each position, so is Kf: the law of what the token at s attends to. On a mesh K is a triangular
matrix, exact for the polynomials of its elements.

**Where solutions are smooth** (derived here). A density at s moves by (Kf)(s) alone, so that it is as smooth in s as
its initial value and Kf are. With the causal mask Kf is smooth wherever f is and continuous where f jumps: jumps of the
initial data stay where they are, and there are no others. With a window of width w, d(Kf)/ds holds f(s − w): a jump at
a gives a kink at a + w, that one of the second derivative at a + 2w, and so on; the beginning of the positions, where
the window is cut off, acts like a jump at 0. Elements of order p end at a + jw, j = 0 … p + 1; what is left is a jump
in a derivative that they do not resolve.

**Below the smallest node** s₁ densities are taken as constant in s. That is exact where the initial data are constant
there: k integrates to one, so that equal densities have equal fields. Otherwise Kf errs by at most
∫_0^{s₁} k(s, s') |f(s') − f(s₁)| ds', with the causal mask and λ = 0 by (s₁/s) max |f − f(s₁)|.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.label.mesh import Mesh
from kinetic.types import Array

NEAR = 1e-9
"""Relative distance within which two borders are one."""


class Mask(Protocol):
    """A kernel k(s, s') of positions."""

    def matrix(self, mesh: Mesh) -> Array:
        """Return K with Σ_j K[i, j] f(s_j) = ∫ k(s_i, s') f(s') ds'."""

    def kinks(self, jumps: Iterable[float], order: int) -> list[float]:
        """Return the positions in (0, 1) at which solutions have kinks that elements of this order would feel."""


@dataclass(frozen=True)
class Causal(Mask):
    """k(s, s') = λ e^{−λ(s−s')}/(1 − e^{−λs}) on 0 < s' ≤ s; 1/s at λ = 0.

    Parameters
    ----------
    decay : float
        λ ≥ 0.
    """

    decay: float = 0.0

    def matrix(self, mesh: Mesh) -> Array:
        s, rate = mesh.nodes, self.decay
        total = s if rate == 0 else -np.expm1(-rate * s) / rate
        return mesh.integrals(lambda i, at: np.exp(-rate * (s[i] - at)) / total[i], np.zeros_like(s), s, rate)

    def kinks(self, jumps: Iterable[float], order: int) -> list[float]:  # noqa: ARG002
        """Return nothing: jumps stay, and make no others."""
        return []


@dataclass(frozen=True)
class Window(Mask):
    """k(s, s') = 1/min(w, s) on max(0, s − w) < s' ≤ s: the beginning of the positions cuts the window short.

    Parameters
    ----------
    width : float
        w, in (0, 1].
    """

    width: float

    def matrix(self, mesh: Mesh) -> Array:
        s = mesh.nodes
        seen = np.minimum(s, self.width)
        return mesh.integrals(lambda i, at: np.ones_like(at) / seen[i], s - seen, s)

    def kinks(self, jumps: Iterable[float], order: int) -> list[float]:
        """Return a + jw for jumps at a and for a = 0, j = 1 … order + 1."""
        return list(_apart(a + j * self.width for a in (0.0, *jumps) for j in range(1, order + 2)))


def _apart(positions: Iterable[float]) -> Iterator[float]:
    """Yield the positions below 1 in ascending order, those that rounding alone keeps apart once."""
    last = 0.0
    for position in sorted(positions):
        if position - last > NEAR * position and position < 1 - NEAR:
            last = position
            yield position
