"""The steady equation of a flow in harmonics: its residual, its linearization, its preconditioner, its symmetries.

Knows flows, spaces and grids; not how the equation is solved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kinetic.attention.generating import parseval_weights
from kinetic.errors import DomainError
from kinetic.harmonic import HarmonicFlow
from kinetic.types import Array

LinearMap: TypeAlias = Callable[[Array], Array]

DIFFERENCE_STEP = float((3 * np.finfo(float).eps) ** (1 / 3))
"""Relative step of central differences, where ε/h (rounding) and h²/6 (truncation) add up to the least."""

_BROKEN = 1e-6  # relative change under a rotation that is no symmetry; differences err by 1e-10
_FIXED = 1e-7  # a rotation that moves a density by a smaller share of ρ − 1 than this leaves it as it is
_ROUNDING = 1e-12  # of coefficients, times the degrees that a rotation multiplies them with


@dataclass(frozen=True)
class SteadyEquation:
    """F(c) = −div(ρX) + κΔρ for the coefficients c of ρ, with mass one: F has no part of degree zero.

    Parameters
    ----------
    flow : HarmonicFlow
        With κ > 0.
    quadratic : bool
        Whether −div(ρX) is quadratic in ρ, as it is without softmax: central differences are then exact.

    Raises
    ------
    DomainError
        If κ = 0.
    """

    flow: HarmonicFlow
    quadratic: bool

    def __post_init__(self) -> None:
        if not self.flow.diffusion > 0:
            raise DomainError(
                f"diffusion: received {self.flow.diffusion:g}; stationary densities need noise: without it they are "
                "no functions; allowed: > 0; set noise.diffusion"
            )

    @property
    def decay(self) -> Array:
        """−κ l(l+d−2) for each coefficient."""
        return self.flow.equation.decay[:-1]

    def transport(self, coefficients: Array) -> Array:
        """Return −div(ρX)."""
        return self.flow.equation.attention.transport(coefficients)[0]

    def rate(self, coefficients: Array) -> Array:
        """Return F(c) = ∂_t c, per unit of time."""
        return self.transport(coefficients) + self.decay * coefficients

    def size(self, rate: Array) -> float:
        """Return the largest root-mean-square over a degree of a rate.

        max_l (N_l⁻¹ Σ_m F_lm²)^{1/2}: by the addition theorem and Cauchy's inequality no moment ∫ P_l(<x, n>) dμ,
        about whichever axis n, changes faster than this per unit of time; of degree one, the mean.
        """
        return float(np.sqrt(np.max(self.flow.space.by_degree(rate, rate))))

    def residual(self, coefficients: Array) -> float:
        """Return the `size` of F(c)."""
        return self.size(self.rate(coefficients))

    def is_admissible(self, coefficients: Array) -> bool:
        """Return whether the softmax partition is positive: beyond that F has zeros that are no densities."""
        return bool(np.isfinite(self.flow.equation.attention.partition_noise(coefficients)))

    def jacobian(self, coefficients: Array) -> LinearMap:
        """Return v ↦ F′(c)v.

        Accuracy
        --------
        The diffusion is exact. Without softmax (T(c + hv) − T(c − hv))/2h is exact for every h and is taken at |hv| =
        |c|. With softmax h is `DIFFERENCE_STEP` times that and s^{2/3}, s the smallest Z over the sum of its terms: the
        errors ε/h of rounding and (h/s)² of truncation are then alike, about 1e-10 s^{−2/3} of the transport.
        """
        reach = float(np.linalg.norm(coefficients)) * (1.0 if self.quadratic else self._difference_step(coefficients))

        def product(vector: Array) -> Array:
            length = float(np.linalg.norm(vector))
            if length == 0:
                return np.zeros_like(vector)
            step = reach / length
            forth, back = self.transport(coefficients + step * vector), self.transport(coefficients - step * vector)
            return np.asarray((forth - back) / (2 * step) + self.decay * vector)

        return product

    def _difference_step(self, coefficients: Array) -> float:
        """Return the relative step of central differences with softmax."""
        noise = self.flow.equation.attention.partition_noise(coefficients)
        share = min(1.0, float(np.finfo(float).eps) / noise) if np.isfinite(noise) and noise > 0 else 1.0
        return float(DIFFERENCE_STEP * share ** (2 / 3))

    def departure(self, coefficients: Array) -> Array:
        """Return the coefficients of ρ − 1."""
        return np.where(self.flow.space.degrees == 0, 0.0, coefficients)

    @cached_property
    def symmetries(self) -> Array:
        """Rotations that commute with the flow, shape (k, n): combinations of the n elementary ones, orthonormal.

        They are found, not assumed: R F(c) = F′(c) R c is tested on a density without any symmetry.
        """
        if self.flow.space.axisymmetric:
            return np.zeros((0, 0))
        generic = self._generic()
        moved = self._generators(generic)
        jacobian, turned = self.jacobian(generic), self._generators(self.rate(generic))
        defects = np.stack([jacobian(column) for column in moved]) - turned
        left, sizes, _ = np.linalg.svd(defects, full_matrices=False)
        return np.asarray(left.T[sizes < _BROKEN * float(np.linalg.norm(turned))])

    def rotations(self, coefficients: Array) -> tuple[Array, Array]:
        """Return how rotations that commute with the flow change c.

        Returns
        -------
        changes, duals : Array, shape (k, size)
            Changes of c, orthonormal in L²(σ); and the functionals δ ↦ ∫ δ·change dσ, as rows.
        """
        generators = self.symmetries @ self._generators(coefficients) if self.symmetries.size else self.symmetries
        if generators.size == 0:
            nothing = np.zeros((0, coefficients.size))
            return nothing, nothing
        root = self._root_weights
        _, sizes, right = np.linalg.svd(generators * root, full_matrices=False)
        moved = right[sizes > max(_FIXED * float(np.linalg.norm(self.departure(coefficients))), _ROUNDING)]
        return np.divide(moved, root, out=np.zeros_like(moved), where=root > 0), moved * root

    @cached_property
    def _root_weights(self) -> Array:
        """√w with ∫ fg dσ = Σ w f g over the coefficients of circle and sphere."""
        return np.sqrt(parseval_weights(self.flow.space))

    def _generators(self, coefficients: Array) -> Array:
        """Return −div(ρ ω_k) of the elementary rotations ω_k, one a row: one of the circle, three of the sphere."""
        grid = self.flow.space.grid(2)
        density = grid.values(coefficients)
        return np.stack([grid.weak_divergence(field * density) for field in grid.rotations])

    def _generic(self) -> Array:
        """Return a smooth density that no rotation leaves as it is: two bumps of different widths and a third."""
        space = self.flow.space
        axes = _AXES[:, : space.dimension]
        axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        smooth = np.exp(-np.outer(_WIDTHS, space.degrees**2))
        bumps = [w * s * space.dirac(axis) for w, s, axis in zip(_WEIGHTS, smooth, axes, strict=True)]
        return np.asarray(np.sum(bumps, axis=0))


_AXES = np.array([[0.3, 0.1, 0.9], [-0.5, 0.8, 0.2], [0.6, 0.7, -0.4]])
_WIDTHS = (0.4, 0.6, 0.9)
_WEIGHTS = (0.5, 0.3, 0.2)
