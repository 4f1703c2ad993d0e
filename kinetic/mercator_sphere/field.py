"""Identity attention between tokens on the sphere, as seen from a pole p that moves with one of them.

A token has the latitude y = ln tan(θ/2) about p and the azimuth φ; c = cos θ = −tanh y, s = sin θ = sech y. Expanded
in the functions of `legendre`, with u_l = g_l N_l of the kernel and M_lm = ∫ s^m T_lm e^{−imφ} dμ, the potential of the
drift is Re Σ_lm C_lm s^m T_lm e^{imφ}, C_lm = (2 − δ_m0) u_l M_lm. What is summed here is the motion *relative to p*:
the rotation that carries p is taken out before anything is evaluated, so that near p everything has its relative
accuracy (derived here; real parts understood, t_l = T_l1(1), G_l = (t_l − T_l1)/(1 − c)):

    m = 0:  ẏ = −Σ C_l0 P_l'
    m = 1:  ẏ = −e^y Σ C_l1 (G_l + T_l1) e^{iφ} − s Σ C_l1 T_l1' e^{iφ}      φ̇ = i e^y Σ C_l1 (t_l − G_l) e^{iφ}
    m ≥ 2:  ẏ = s^{m−2} Σ C_lm (m c T − s² T') e^{imφ}                       φ̇ = i m s^{m−2} Σ C_lm T e^{imφ}
    X(p) = A = Σ C_l1 t_l (the vector (Re A, −Im A)),    −div v = Σ l(l+1) C_lm s^m T_lm e^{imφ}

With softmax, Z = Re Σ β C_lm s^m T_lm e^{imφ} (β C_00 := w_0), Z_p = Z(p), δ = (Z_p − Z)/s, A(φ) = Re A e^{iφ}:

    ẏ → ẏ/Z + A(φ) δ/(Z Z_p)      φ̇ → φ̇/Z + c A'(φ) δ/(Z Z_p)      −div → −div/Z + β |X|².

The sums of order 0 are taken as differences to those of a Dirac mass at p, whose values are known: their rounding
errors vanish with the collapse, and so do their terms. Terms that no digit would see are left out: their number falls
from (K + 1)² to none while the density concentrates. The module knows tokens and masses, not cells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from kinetic.attention.kernel import ExponentialKernel
from kinetic.charts.latitude import cosine, versine
from kinetic.mercator_sphere.legendre import functions_of_order
from kinetic.mercator_sphere.tables import (
    SphereMoments,
    SphereTokens,
    degrees_that_matter,
    moments_of,
    sizes_of,
    tables_at,
)
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array, ComplexArray, Integers, Normalization

_DIGIT = 1e-15  # a term below this share of the kernel's smallest value changes no digit
_NEAREST_POLE = 16.0  # 1 − |c| = 2e^{−32} = 3e-14 is the relative error of the linear field beyond
_FARTHEST = 340.0  # |y| beyond which e^{2|y|} overflows; no difference to 340


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
        ∫ |X|² dμ, with softmax ∫ Z |X|² dμ.
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
    pole_velocity: Array
    contraction: float
    noise: float


@dataclass(frozen=True)
class SphereAttention:
    """One identity head acting on tokens of S².

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

    @cached_property
    def degree(self) -> int:
        """Highest degree that the drift can feel."""
        return max(self.kernel.significant_degree(4 * int(abs(self.kernel.beta)) + 400), 1)

    @property
    def beta(self) -> float:
        """Inverse temperature."""
        return self.kernel.beta

    @property
    def log_scale(self) -> float:
        """What logarithms of the kernel are reduced by: |β| with softmax, whose quotients do not see it."""
        return abs(self.beta) if self.normalization == "softmax" else 0.0

    @cached_property
    def weights(self) -> tuple[Array, Array]:
        """u_l = g_l N_l and z_l = w_l N_l, l = 0 … degree, times the scale of the normalization."""
        kernel, degree = self.kernel, self.degree
        shift = log_harmonic_dimensions(degree, 3) - self.log_scale
        signs = kernel.signs(degree)
        potential = signs * np.exp(kernel.log_potential_eigenvalues(degree) + shift)
        return (-1.0 if self.beta < 0 else 1.0) * potential, signs * np.exp(kernel.log_eigenvalues(degree) + shift)

    def field(self, tokens: SphereTokens) -> SphereField:
        """Return the motion of tokens relative to the pole."""
        return _Sums.of(self, tokens, _DIGIT).field()

    def moments(self, tokens: SphereTokens) -> SphereMoments:
        """Return the moments of tokens, all that a relative share of 1e-15 of their energy gap would see."""
        spread = float(tokens.masses @ versine(tokens.y))
        return _Sums.of(self, tokens, _DIGIT * min(1.0, spread)).moments


@dataclass(frozen=True, eq=False)
class _Sums:
    """The tables of one set of tokens, and what is summed with them.

    Functions are evaluated at *spots*: first the poles, which stand for all tokens so near to ±p that no digit tells,
    then the *active* tokens from the equator outward. An order m ≥ 3 is felt like s^{m−2}, by the first `counts[m]` of
    the spots alone.
    """

    attention: SphereAttention
    tokens: SphereTokens
    spot: Integers
    active: Integers
    away: Array
    c: Array
    s: Array
    stretch: Array
    spot_c: Array
    degrees: tuple[int, ...]
    counts: tuple[int, ...]
    tables: tuple[Array, ...]
    quotients: tuple[Array, Array]
    moments: SphereMoments

    @classmethod
    def of(cls, attention: SphereAttention, tokens: SphereTokens, digit: float) -> "_Sums":
        y = np.clip(tokens.y, -_FARTHEST, _FARTHEST)
        c, stretch = cosine(y), np.exp(y)
        s = 2.0 * stretch * expit(-2.0 * y)
        away = versine(y)
        sizes = sizes_of(tokens.masses, s, away, attention.degree)
        degrees, reaches = degrees_that_matter(
            attention.weights[0], sizes, digit * math.exp(-abs(attention.beta) - attention.log_scale)
        )
        distance = np.abs(y)
        active = np.flatnonzero(distance < max(_NEAREST_POLE, *reaches[3:], 0.0))
        # only which orders a token feels matters for its place, and small integers are sorted in no time
        felt = np.searchsorted(sorted(set(reaches)), distance[active]).astype(np.int16)
        active = active[np.argsort(felt, kind="stable")]
        counts = tuple(2 + int(np.count_nonzero(distance[active] <= reach)) for reach in reaches)
        spot = np.where(y < 0, 0, 1)
        spot[active] = np.arange(2, 2 + active.size)
        spot_c = np.concatenate([[1.0, -1.0], c[active]])
        tables, quotients = tables_at(degrees, counts, spot_c)
        moments = moments_of(tokens, away, s, spot, active, degrees, tables, quotients[0])
        sums = (spot, active, away, c, s, stretch, spot_c, degrees, counts, tables, quotients)
        return cls(attention, tokens, *sums, moments)

    def field(self) -> SphereField:
        attention, masses = self.attention, self.tokens.masses
        beta, normalized = attention.beta, attention.normalization == "softmax"
        c, s, azimuth = self.c, self.s, self.tokens.azimuth
        climb, turn, partition, gap, gathering, contraction, noise = self._axial()
        pole, pole_partition = 0.0j, math.exp(beta - attention.log_scale) * self.moments.mass
        pole_partition -= float(attention.weights[1][: self.moments.deficits.size] @ self.moments.deficits)
        if len(self.degrees) > 1:
            pole = self._tilted(climb, turn, partition, gap, gathering)
        if len(self.degrees) > 2:
            self._waves(climb, turn, partition, gap, gathering)
        along, across = (pole * azimuth).real, (1j * pole * azimuth).real
        if not normalized:
            speed = (s * climb + along) ** 2 + (s * turn + c * across) ** 2
            power = float(masses @ speed)
        else:
            inverse = 1.0 / partition
            gap *= inverse / pole_partition
            climb, turn = climb * inverse + along * gap, turn * inverse + c * across * gap
            pole, contraction = pole / pole_partition, contraction / pole_partition
            along, across = along / pole_partition, across / pole_partition
            speed = (s * climb + along) ** 2 + (s * turn + c * across) ** 2
            gathering = gathering * inverse + beta * speed
            power = float((masses * partition) @ speed) * math.exp(attention.log_scale)
            noise = noise / float(partition.min()) if np.all(partition > 0) else math.inf
        return SphereField(climb, turn, gathering, power, np.array([pole.real, -pole.imag]), contraction, noise)

    def _axial(self) -> tuple[Array, Array, Array, Array, Array, float, float]:
        """Order 0: ẏ, φ̇, Z, (Z_p − Z)/s, −div, −ẏ at p, and the rounding error of Z."""
        attention, deficits, mass = self.attention, self.moments.deficits, self.moments.mass
        beta, count = attention.beta, self.moments.deficits.size
        u, z = (w[:count] for w in attention.weights)
        rounding = np.finfo(float).eps * (mass * math.exp(abs(beta) - attention.log_scale) + float(abs(z) @ deficits))
        c, s, away, e = self.c, self.s, self.away, math.exp(beta - attention.log_scale) * mass
        dirac = e * np.exp(-beta * away)
        climb, partition = -dirac, dirac.copy()
        gathering = dirac * (2.0 * c - beta * s * s)
        gap = e * -np.expm1(-beta * away) / s
        contraction = e
        if count > 1:
            zero, one = functions_of_order(0, count - 1), functions_of_order(1, max(1, count - 1))
            l = zero.degrees
            norms, tilted = zero.norms, one.norms[: count - 1] * np.sqrt(l * (l + 1))[1:]
            terms = np.stack([z * deficits * norms, l * (l + 1) * u * deficits * norms])
            sums = terms @ self.tables[0][:count]
            slopes = (u * deficits)[1:] * tilted
            climb += (slopes @ self.tables[1][: count - 1])[self.spot]
            partition -= sums[0][self.spot]
            gathering -= sums[1][self.spot]
            gap -= self.stretch * (terms[0] @ self.quotients[0][:count])[self.spot]
            contraction -= float(slopes @ one.at_pole[: count - 1])
        return climb, np.zeros_like(c), partition, gap, gathering, contraction, float(rounding)

    def _tilted(self, climb: Array, turn: Array, partition: Array, gap: Array, gathering: Array) -> complex:
        """Order 1, added to what is there; returns A."""
        attention, moments = self.attention, self.moments.orders[0]
        one = functions_of_order(1, self.degrees[1])
        l, count = one.degrees, moments.size
        C = 2.0 * attention.weights[0][1 : 1 + count] * moments * one.norms
        plain = _rows([C, l * (l + 1) * C]) @ self.tables[1][:count]
        quotient = _rows([C]) @ self.quotients[1][:count]
        steep = np.zeros((2, self.spot_c.size))
        if count > 1:
            two = functions_of_order(2, self.degrees[1])
            slopes = 2.0 * attention.weights[0][2 : 1 + count] * moments[1:] * one.slopes * two.norms
            steep = _rows([slopes]) @ self.tables[2][: count - 1]
        pole = complex(C @ one.at_pole)
        phase = self.tokens.azimuth
        wave = _complex(plain[0], plain[2])[self.spot] * phase
        source = _complex(plain[1], plain[3])[self.spot] * phase
        divided = _complex(quotient[0], quotient[1])[self.spot] * phase
        slope = _complex(steep[0], steep[1])[self.spot] * phase
        climb -= self.stretch * (divided.real + wave.real) + self.s * slope.real
        turn += self.stretch * (divided.imag - (pole * phase).imag)
        partition += attention.beta * self.s * wave.real
        gap -= attention.beta * wave.real
        gathering += self.s * source.real
        return pole

    def _waves(self, climb: Array, turn: Array, partition: Array, gap: Array, gathering: Array) -> None:
        """Orders m ≥ 2, added to what is there, by Horner's rule in s e^{iφ}."""
        at = self.active
        phase = self.tokens.azimuth[at]
        step = self.s[at] * phase
        total = np.zeros((4, at.size), dtype=complex)
        for m in range(len(self.degrees) - 1, 1, -1):
            sums = self._of_order(m)[:, 2:]
            felt = total[:, : sums.shape[1]]
            felt *= step[: sums.shape[1]]
            felt.real += sums[:4]
            felt.imag += sums[4:]
        total *= phase * phase
        self._add_waves(at, total, climb, turn, partition, gap, gathering)
        if at.size < self.c.size:
            rest = np.ones(self.c.size, dtype=bool)
            rest[at] = False
            others = np.flatnonzero(rest)
            sums = self._of_order(2)[:, self.spot[others]]
            total = (sums[:4] + 1j * sums[4:]) * self.tokens.azimuth[others] ** 2
            self._add_waves(others, total, climb, turn, partition, gap, gathering)

    def _of_order(self, m: int) -> Array:
        """Return Σ_l of C T, m C T, l(l+1) C T and C T' at the spots: real parts, then imaginary ones."""
        moments = self.moments.orders[m - 1]
        this = functions_of_order(m, self.degrees[m])
        l, count = this.degrees, moments.size
        C = 2.0 * self.attention.weights[0][m : m + count] * moments
        T = C * this.norms
        felt = self.counts[m]
        sums = np.zeros((8, felt))
        plain = _rows([T, l * (l + 1) * T]) @ self.tables[m][:count, :felt]
        sums[[0, 2, 4, 6]] = plain
        sums[[1, 5]] = m * plain[[0, 2]]
        if count > 1:
            slopes = C[1:] * this.slopes * functions_of_order(m + 1, self.degrees[m]).norms
            sums[[3, 7]] = _rows([slopes]) @ self.tables[m + 1][: count - 1, :felt]
        return sums

    def _add_waves(
        self, at: Integers, total: ComplexArray, climb: Array, turn: Array, partition: Array, gap: Array, source: Array
    ) -> None:
        """Add the orders m ≥ 2, divided by s², to the sums at some tokens."""
        s, c, beta = self.s[at], self.c[at], self.attention.beta
        square = s * s
        climb[at] += c * total[1].real - square * total[3].real
        turn[at] -= total[1].imag
        partition[at] += beta * square * total[0].real
        gap[at] -= beta * s * total[0].real
        source[at] += square * total[2].real


def _rows(coefficients: Sequence[Array | ComplexArray]) -> Array:
    """Return the real parts, then the imaginary ones, as rows."""
    stacked = np.stack(coefficients)
    return np.concatenate([stacked.real, stacked.imag])


def _complex(real: Array, imaginary: Array) -> ComplexArray:
    result = np.empty(real.shape, dtype=complex)
    result.real, result.imag = real, imaginary
    return result
