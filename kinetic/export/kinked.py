"""Attention with kernels that have a kink, at points, from the density's own series: theirs never end, but its does.

    P_x ∫ y g(<x, y>) dμ(y) = ∇ Σ_l W_l μ_l(x),      W' = g,      Z(x) = Σ_l g_l μ_l(x),

μ_l the part of degree l of a density that is a finite sum of harmonics. The module knows heads whose matrices are
multiples of the identity; for others g(<Ax, y>) is no convolution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.moments import ScalarHead
from kinetic.density import Density
from kinetic.kernels import Kernel
from kinetic.spaces.scattered import Scattered, scattered_in
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array, Normalization

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class KinkedFields:
    """The fields of a series at points.

    Parameters
    ----------
    heads : sequence of ScalarHead
    normalization : {"none", "softmax"}
    density : Density
    points : Array, shape (n, d)
        Unit vectors; about an axis (cos θ, sin θ).

    **Accuracy** ε times the sum of what is added up, over the partition where there is one.

    **Cost** Two transforms of the density's degree a head.
    """

    heads: Sequence[ScalarHead]
    normalization: Normalization
    density: Density
    points: Array

    def drift(self) -> tuple[Array, Array]:
        """Return X, shape (n, d), and a bound of its rounding error, shape (n,)."""
        total, noise = np.zeros(self.points.shape), np.zeros(len(self.points))
        for head in self.heads:
            kernel = head.acting
            pull, summed = self._gradient(kernel), np.full(len(self.points), self._size(kernel))
            if self.normalization == "softmax":
                Z = self._values(kernel.eigenvalues(self.density.space.degree))
                with np.errstate(all="ignore"):
                    pull, summed = pull / Z[:, None], np.where(Z > 0, summed * (1.0 + 1.0 / np.abs(Z)), np.inf)
            total, noise = total + head.value * pull, noise + abs(head.value) * _EPS * summed
        return total, noise

    def potential(self) -> Array:
        """Return G of mean zero, shape (n,); with softmax each head over its kernel's mean."""
        degree, total = self.density.space.degree, np.zeros(len(self.points))
        for head in self.heads:
            kernel = head.acting
            scale = np.exp(-kernel.log_constant) if self.normalization == "softmax" else 1.0
            total += head.value * scale * self._values(kernel.potential_eigenvalues(degree))
        return total

    def _size(self, kernel: Kernel) -> float:
        """Return Σ_l |g_l| N_l |μ_l|."""
        degree, powers = self.density.space.degree, self.density.powers
        sizes = np.abs(kernel.eigenvalues(degree)) * np.exp(log_harmonic_dimensions(degree, kernel.dimension))
        return float(sizes @ np.sqrt(powers))

    def _values(self, eigenvalues: Array) -> Array:
        """Return Σ_l a_l μ_l at the points."""
        space, native = self.density.space, self.density.native
        return np.asarray(self._places.values((eigenvalues[space.degrees] * native)[None], space.degree)[0])

    def _gradient(self, kernel: Kernel) -> Array:
        """Return ∇ Σ_l W_l μ_l at the points."""
        space, native = self.density.space, self.density.native
        potential = kernel.potential_eigenvalues(space.degree)[space.degrees] * native
        return np.asarray(self._places.gradients(potential[None], space.degree)[0])

    @cached_property
    def _places(self) -> Scattered:
        return scattered_in(self.density.space, self.points)
