"""Attention between tokens on the sphere, as seen from a pole p that moves with one of them: one identity head.

With u_l = g_l N_l of the kernel and M_lm = ∫ s^m T_lm e^{−imφ} dμ, the potential of the drift is that of `waves` with
C_lm = (2 − δ_m0) u_l M_lm. With softmax, Z = β f (and w_0 for l = 0), Z_p = Z(p), δ = (Z_p − Z)/s, and the motion
relative to p is

    ẏ → ẏ/Z + A(φ) δ/(Z Z_p)      φ̇ → φ̇/Z + c A'(φ) δ/(Z Z_p)      −div → −div/Z + β |X|².

The sums of order 0 are taken as differences to those of a Dirac mass at p, whose values are known: their rounding
errors vanish with the collapse, and so do their terms. Terms that no digit would see are left out: their number falls
from (K + 1)² to none while the density concentrates. The module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kinetic.kernels import ExponentialKernel
from kinetic.mercator.sphere.tables import Coefficients, Extent, SphereMoments, SphereTokens, TokenTables
from kinetic.mercator.sphere.waves import Gradient, contraction
from kinetic.types import Array, Normalization

DIGIT = 1e-15
"""A term below this share of the kernel's smallest value changes no digit."""


@dataclass(frozen=True, eq=False)
class SphereField:
    """What attention does to tokens, relative to the pole.

    Parameters
    ----------
    climb, turn : Array, shape (n,)
        ẏ and φ̇.
    gathering : Array
        −div X, the rate of ln ρ along the paths.
    power : float
        ∫ |X|² dμ, with softmax ∫ <Σ_h Z_h X_h, X> dμ.
    square : float
        ∫ |X|² dμ.
    pole_velocity : Array, shape (2,)
        X(p) in the first two directions of the frame.
    contraction : float
        −ẏ of order 0 at p.
    noise : float
        Largest relative rounding error of the kernel's sum.
    """

    climb: Array
    turn: Array
    gathering: Array
    power: float
    square: float
    pole_velocity: Array
    contraction: float
    noise: float


class SphereAttention(Protocol):
    """What moves the tokens of a density."""

    @property
    def reach(self) -> float:
        """b, the largest |exponent| between two tokens."""

    @property
    def largest_noise(self) -> float:
        """A bound of `SphereField.noise` for any tokens, infinite where none is known."""

    def field(self, tokens: SphereTokens) -> SphereField:
        """Return the motion of tokens relative to the pole."""

    def energies(self, tokens: SphereTokens) -> tuple[float, float]:
        """Return E, and E of a Dirac mass minus E or NaN."""


@dataclass(frozen=True)
class IdentityHead:
    """One head with Q = K = V = I acting on tokens of S².

    Parameters
    ----------
    kernel : ExponentialKernel
        Of dimension 3.
    normalization : {"none", "softmax"}

    Accuracy
    --------
    Relative to the distance to p: ε K² e^{2|β|} times the density's spread, and never worse than `noise` says.

    Cost
    ----
    About (K + 1)(K + 2)/2 · 25 operations a token, K the kernel's significant degree (16 at β = 1); fewer as the
    density concentrates, some 60 in the end.
    """

    kernel: ExponentialKernel
    normalization: Normalization

    @property
    def beta(self) -> float:
        """Inverse temperature."""
        return self.kernel.beta

    @property
    def reach(self) -> float:
        """|β|."""
        return abs(self.beta)

    @property
    def log_scale(self) -> float:
        """What logarithms of the kernel are reduced by: |β| with softmax, whose quotients do not see it."""
        return self.reach if self.normalization == "softmax" else 0.0

    @cached_property
    def largest_noise(self) -> float:
        """ε e^{2b} times the number of harmonics: no sum of the kernel is below e^{−b}, and no term above e^b."""
        count = self.weights.size * (self.weights.size + 1) / 2
        return float(np.finfo(float).eps * count * math.exp(min(2.0 * self.reach, 600.0)))

    @cached_property
    def weights(self) -> Array:
        """u_l = g_l N_l, l = 0 … the highest degree that the drift can feel, times the scale of the normalization."""
        return potential_weights(self.kernel, self.log_scale)

    def moments(self, tokens: SphereTokens) -> SphereMoments:
        """Return the moments of tokens, all that a relative share of 1e-15 of their energy gap would see."""
        spread = float(tokens.masses @ tokens.away)
        return self._tables(tokens, DIGIT * min(1.0, spread)).moments()

    def _tables(self, tokens: SphereTokens, digit: float) -> TokenTables:
        smallest = digit * math.exp(-self.reach - self.log_scale)
        sizes = tokens.sizes(self.weights.size - 1)
        return TokenTables.of(tokens, Extent.of_moments(self.weights, sizes, smallest))

    def field(self, tokens: SphereTokens) -> SphereField:
        """Return the motion of tokens relative to the pole."""
        tables = self._tables(tokens, DIGIT)
        moments = tables.moments()
        spread = self._spread(moments)
        around = Gradient.of(tables, spread)
        dirac = self._dirac(tokens, moments.mass)
        if self.normalization == "softmax":
            return self._divided(tokens, moments, spread, dirac, around)
        moved = dirac + around
        along, across = moved.velocity
        power = float(tokens.masses @ (along**2 + across**2))
        shrinking = math.exp(self.beta) * moments.mass + contraction(spread)
        noise = self._noise(spread, dirac.value + self.beta * around.value)
        return SphereField(moved.climb, moved.turn, moved.source, power, power, plane_of(moved.pole), shrinking, noise)

    def _spread(self, moments: SphereMoments) -> Coefficients:
        """Return the potential of the density less that of a Dirac mass at p."""
        orders = enumerate(moments.orders, start=1)
        u = self.weights
        return Coefficients(
            -u[: moments.deficits.size] * moments.deficits, tuple(2.0 * u[m : m + M.size] * M for m, M in orders)
        )

    def _dirac(self, tokens: SphereTokens, mass: float) -> Gradient:
        """Return the motion towards a Dirac mass at p: in the place of the value Z, in that of the drop δ."""
        beta, away = self.beta, tokens.away
        largest = math.exp(beta - self.log_scale) * mass
        partition = largest * np.exp(-beta * away)
        gathering = partition * (2.0 * tokens.c - beta * tokens.s * tokens.s)
        gap = largest * -np.expm1(-beta * away) / tokens.s
        return Gradient(tokens, -partition, np.zeros_like(partition), gathering, partition, gap, 0.0j)

    def _divided(
        self, tokens: SphereTokens, moments: SphereMoments, spread: Coefficients, dirac: Gradient, around: Gradient
    ) -> SphereField:
        """Return the motion with softmax."""
        beta = self.beta
        climb, source = dirac.climb + around.climb, dirac.source + around.source
        value, drop = beta * around.value, beta * around.drop
        value += dirac.value
        drop += dirac.drop
        moved = Gradient(tokens, climb, around.turn, source, value, drop, around.pole)
        largest = math.exp(beta - self.log_scale) * moments.mass
        pole_partition = largest + beta * float(spread.axial.sum())
        inverse = 1.0 / moved.value
        gap = moved.drop * inverse / pole_partition
        along, across = moved.along, tokens.c * moved.across
        climb = moved.climb * inverse + along * gap
        turn = moved.turn * inverse + across * gap
        pole = moved.pole / pole_partition
        speed = (tokens.s * climb + along / pole_partition) ** 2 + (tokens.s * turn + across / pole_partition) ** 2
        power = float((tokens.masses * moved.value) @ speed) * math.exp(self.log_scale)
        shrinking = (largest + contraction(spread)) / pole_partition
        gathering = moved.source * inverse + beta * speed
        noise = self._noise(spread, moved.value)
        square = float(tokens.masses @ speed)
        return SphereField(climb, turn, gathering, power, square, plane_of(pole), shrinking, noise)

    def _noise(self, spread: Coefficients, partition: Array) -> float:
        """Return the rounding error of Z over its smallest value: a Dirac mass has none, the sums have theirs."""
        summed = self.reach * sum(float(np.abs(C).sum()) for C in (spread.axial, *spread.orders))
        least = float(partition.min())
        return float(np.finfo(float).eps) * (1.0 + summed / least) if least > 0 else math.inf

    def energies(self, tokens: SphereTokens) -> tuple[float, float]:
        """Return (E, E of a Dirac mass − E).

        E = (1/2β) Σ_l w_l N_l p_l, p_l = M_l0² + 2 Σ_m |M_lm|², or R²/2 at β = 0.
        1 − p_l = δ_l (2 − δ_l) − 2 Σ_m |M_lm|²: every term is of the size of the result where the pole is in the
        cluster.
        """
        moments = self.moments(tokens)
        missing = np.zeros(self.weights.size)
        known = moments.deficits
        missing[: known.size] = known * (2.0 * moments.mass - known)
        for m, values in enumerate(moments.orders, start=1):
            missing[m : m + values.size] -= 2.0 * np.abs(values) ** 2
        return self.kernel.energy(moments.mass**2 - missing), self.kernel.energy_gap(missing)


def potential_weights(kernel: ExponentialKernel, log_scale: float) -> Array:
    """Return u_l = e^{−log_scale} g_l N_l of a kernel on S², l = 0 … the highest degree that the drift can feel."""
    return kernel.spectrum("softmax", log_scale=log_scale).potential


def plane_of(pole: complex) -> Array:
    """Return the vector that A stands for."""
    return np.array([pole.real, -pole.imag])
