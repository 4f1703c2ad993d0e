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
from dataclasses import dataclass, replace
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

    def balance(self, tokens: SphereTokens) -> tuple[float, tuple[float, float]]:
        """Return the power of the field and the energies, which have sums in common."""


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

    def _of_gap(self, tokens: SphereTokens) -> TokenTables:
        """Return the tables of all moments that a relative share of 1e-15 of the energy gap would see."""
        spread = float(tokens.masses @ tokens.away)
        return self._tables(tokens, DIGIT * min(1.0, spread))

    def _tables(self, tokens: SphereTokens, digit: float) -> TokenTables:
        sizes = tokens.sizes(self.weights.size - 1)
        return TokenTables.of(tokens, Extent.of_moments(self.weights, sizes, self._smallest(digit)))

    def _smallest(self, digit: float) -> float:
        """Return a share of the kernel's smallest value."""
        return digit * math.exp(-self.reach - self.log_scale)

    def field(self, tokens: SphereTokens) -> SphereField:
        """Return the motion of tokens relative to the pole."""
        tables = self._tables(tokens, DIGIT)
        return self._moved(tables, tables.moments())

    def _moved(self, tables: TokenTables, moments: SphereMoments) -> SphereField:
        """Return the motion of the tokens of tables, which have these moments, relative to the pole."""
        tokens = tables.tokens
        spread = self._spread(moments)
        around = Gradient.of(tables, spread.felt(self._smallest(DIGIT)))
        return (self._divided if self.normalization == "softmax" else self._plain)(tokens, moments, spread, around)

    def _spread(self, moments: SphereMoments) -> Coefficients:
        """Return the potential of the density less that of a Dirac mass at p."""
        orders = enumerate(moments.orders, start=1)
        u = self.weights
        return Coefficients(
            -u[: moments.deficits.size] * moments.deficits, tuple(2.0 * u[m : m + M.size] * M for m, M in orders)
        )

    def _dirac(self, tokens: SphereTokens, largest: float) -> tuple[Array, Array, Array]:
        """Return what a Dirac mass at p does, of Z = `largest` there: Z = −ẏ, −div X, and the drop (Z_p − Z)/s."""
        beta, away = self.beta, tokens.away
        partition = largest * np.exp(-beta * away)
        gathering = partition * (2.0 * tokens.c - beta * tokens.s * tokens.s)
        return partition, gathering, largest * -np.expm1(-beta * away) / tokens.s

    def _plain(
        self, tokens: SphereTokens, moments: SphereMoments, spread: Coefficients, around: Gradient
    ) -> SphereField:
        """Return the motion without normalization."""
        largest = math.exp(self.beta) * moments.mass
        partition, gathering, _ = self._dirac(tokens, largest)
        moved = replace(around, climb=around.climb - partition, source=around.source + gathering)
        along, across = moved.velocity
        power = float(tokens.masses @ (along**2 + across**2))
        shrinking = largest + contraction(spread)
        noise = self._noise(spread, partition + self.beta * around.value)
        return SphereField(moved.climb, moved.turn, moved.source, power, power, plane_of(moved.pole), shrinking, noise)

    def _divided(
        self, tokens: SphereTokens, moments: SphereMoments, spread: Coefficients, around: Gradient
    ) -> SphereField:
        """Return the motion with softmax."""
        beta = self.beta
        largest = math.exp(beta - self.log_scale) * moments.mass
        pole_partition = largest + beta * float(spread.axial.sum())
        partition, gathering, gap = self._dirac(tokens, largest)
        climb, gathering = around.climb - partition, around.source + gathering
        partition += beta * around.value
        gap += beta * around.drop
        inverse = 1.0 / partition
        gap *= inverse / pole_partition
        along, across = around.along, tokens.c * around.across
        climb *= inverse
        climb += along * gap
        turn = around.turn * inverse
        turn += across * gap
        speed = (tokens.s * climb + along / pole_partition) ** 2 + (tokens.s * turn + across / pole_partition) ** 2
        gathering *= inverse
        gathering += beta * speed
        power = float((tokens.masses * partition) @ speed) * math.exp(self.log_scale)
        shrinking = (largest + contraction(spread)) / pole_partition
        noise = self._noise(spread, partition)
        square, pole = float(tokens.masses @ speed), plane_of(around.pole / pole_partition)
        return SphereField(climb, turn, gathering, power, square, pole, shrinking, noise)

    def _noise(self, spread: Coefficients, partition: Array) -> float:
        """Return the rounding error of Z over its smallest value: a Dirac mass has none, the sums have theirs."""
        summed = self.reach * float(spread.sizes.sum())
        least = float(partition.min())
        return float(np.finfo(float).eps) * (1.0 + summed / least) if least > 0 else math.inf

    def energies(self, tokens: SphereTokens) -> tuple[float, float]:
        """Return (E, E of a Dirac mass − E)."""
        return self._levels(self._of_gap(tokens).moments())

    def balance(self, tokens: SphereTokens) -> tuple[float, tuple[float, float]]:
        """Return the power of the field, and the energies, by the same moments: no digit of a rate sees the last."""
        tables = self._of_gap(tokens)
        moments = tables.moments()
        return self._moved(tables, moments).power, self._levels(moments)

    def _levels(self, moments: SphereMoments) -> tuple[float, float]:
        """Return the energies.

        E = (1/2β) Σ_l w_l N_l p_l, p_l = M_l0² + 2 Σ_m |M_lm|², or R²/2 at β = 0.
        1 − p_l = δ_l (2 − δ_l) − 2 Σ_m |M_lm|²: every term is of the size of the result where the pole is in the
        cluster.
        """
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
