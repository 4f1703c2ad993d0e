"""A potential about a pole p and its gradient at tokens, relative to what they are at p.

For f = Re Σ_lm C_lm s^m T_lm e^{imφ} the gradient flow of f moves p along A = Σ C_l1 t_l, t_l = T_l1(1) (the vector
(Re A, −Im A)). The rotation that carries p is taken out before anything is evaluated, so that near p everything has its
relative accuracy (derived here; real parts understood, G_l = (t_l − T_l1)/(1 − c)):

    m = 0:  ẏ = −Σ C_l0 P_l'
    m = 1:  ẏ = −e^y Σ C_l1 (G_l + T_l1) e^{iφ} − s Σ C_l1 T_l1' e^{iφ}      φ̇ = i e^y Σ C_l1 (t_l − G_l) e^{iφ}
    m ≥ 2:  ẏ = s^{m−2} Σ C_lm (m c T − s² T') e^{imφ}                       φ̇ = i m s^{m−2} Σ C_lm T e^{imφ}
    −Δf = Σ l(l+1) C_lm s^m T_lm e^{imφ}

The flow of the gradient turned by a right angle follows from the same two sums. The module knows no attention.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetic.mercator.sphere.legendre import functions_of_order
from kinetic.mercator.sphere.tables import Coefficients, SphereTokens, TokenTables
from kinetic.types import Array, ComplexArray, Integers


@dataclass(frozen=True, eq=False)
class Gradient:
    """What a potential does to tokens.

    Parameters
    ----------
    tokens : SphereTokens
    climb, turn : Array, shape (n,)
        ẏ and φ̇ of the gradient flow relative to p.
    source : Array
        −Δf.
    value : Array
        f.
    drop : Array
        (f(p) − f)/s.
    pole : complex
        A.
    """

    tokens: SphereTokens
    climb: Array
    turn: Array
    source: Array
    value: Array
    drop: Array
    pole: complex

    @classmethod
    def of(cls, tables: TokenTables, coefficients: Coefficients) -> "Gradient":
        """Evaluate a potential whose terms the tables hold."""
        return _Sums(tables, coefficients).gradient()

    @property
    def along(self) -> Array:
        """A(φ) = Re A e^{iφ}: the part of the pole's velocity along the meridian of each token."""
        return np.asarray((self.pole * self.tokens.azimuth).real)

    @property
    def across(self) -> Array:
        """A'(φ)."""
        return np.asarray((1j * self.pole * self.tokens.azimuth).real)

    @property
    def velocity(self) -> tuple[Array, Array]:
        """∇f in the directions of growing θ and φ."""
        tokens = self.tokens
        return tokens.s * self.climb + self.along, tokens.s * self.turn + tokens.c * self.across

    def turned(self) -> "Gradient":
        """Return the motion by the gradient turned from θ towards φ: relative to p as well, without divergence."""
        climb = self.tokens.stretch * self.across - self.turn
        turn = self.tokens.stretch * self.along + self.climb
        none = np.zeros_like(climb)
        return Gradient(self.tokens, climb, turn, none, none, none, -1j * self.pole)

    def __add__(self, other: "Gradient") -> "Gradient":
        """Return the motion by both."""
        names = ("climb", "turn", "source", "value", "drop", "pole")
        return Gradient(self.tokens, *(getattr(self, name) + getattr(other, name) for name in names))


def contraction(coefficients: Coefficients) -> float:
    """Return −ẏ of order 0 at p: Σ C_l0 l(l+1)/2."""
    l = np.arange(float(coefficients.axial.size))
    return float(0.5 * (l * (l + 1)) @ coefficients.axial)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Tables and coefficients."""

    tables: TokenTables
    coefficients: Coefficients

    def gradient(self) -> Gradient:
        tokens = self.tables.tokens
        climb, source, value, drop = self._axial()
        turn, pole = np.zeros_like(climb), 0.0j
        if self.coefficients.orders:
            pole = self._tilted(climb, turn, source, value, drop)
        if len(self.coefficients.orders) > 1:
            self._waves(climb, turn, source, value, drop)
        return Gradient(tokens, climb, turn, source, value, drop, pole)

    def _axial(self) -> tuple[Array, Array, Array, Array]:
        """Order 0: ẏ, −Δf, f and the drop."""
        C, tables, spot = self.coefficients.axial, self.tables, self.tables.spot
        count = C.size
        zero = functions_of_order(0, max(count - 1, 0))
        l = zero.degrees
        scaled = C * zero.norms
        if count < 2:
            flat = np.full(spot.size, float(scaled.sum()))
            return np.zeros(spot.size), np.zeros(spot.size), flat, np.zeros(spot.size)
        value, source = np.stack([scaled, l * (l + 1) * scaled]) @ tables.tables[0][:count]
        one = functions_of_order(1, count - 1)
        slopes = C[1:] * one.norms * np.sqrt(l * (l + 1))[1:]
        climb = -(slopes @ tables.tables[1][: count - 1])
        drop = tables.tokens.stretch * (scaled @ tables.quotients[0][:count])[spot]
        return climb[spot], source[spot], value[spot], drop

    def _tilted(self, climb: Array, turn: Array, source: Array, value: Array, drop: Array) -> complex:
        """Order 1, added to what is there; returns A."""
        tables, tokens, spot = self.tables, self.tables.tokens, self.tables.spot
        C = self.coefficients.orders[0]
        count = C.size
        one = functions_of_order(1, count)
        l, scaled = one.degrees, C * one.norms
        plain = _rows([scaled, l * (l + 1) * scaled]) @ tables.tables[1][:count]
        quotient = _rows([scaled]) @ tables.quotients[1][:count]
        steep = np.zeros((2, tables.tables[1].shape[1]))
        if count > 1:
            slopes = C[1:] * one.slopes * functions_of_order(2, count).norms
            steep = _rows([slopes]) @ tables.tables[2][: count - 1]
        pole = complex(scaled @ one.at_pole)
        phase, s = tokens.azimuth, tokens.s
        wave = _complex(plain[0], plain[2])[spot] * phase
        divided = _complex(quotient[0], quotient[1])[spot] * phase
        climb -= tokens.stretch * (divided.real + wave.real) + s * (_complex(steep[0], steep[1])[spot] * phase).real
        turn += tokens.stretch * (divided.imag - (pole * phase).imag)
        source += s * (_complex(plain[1], plain[3])[spot] * phase).real
        value += s * wave.real
        drop -= wave.real
        return pole

    def _waves(self, climb: Array, turn: Array, source: Array, value: Array, drop: Array) -> None:
        """Orders m ≥ 2, added to what is there, by Horner's rule in s e^{iφ}."""
        tokens, at = self.tables.tokens, self.tables.active
        phase = tokens.azimuth[at]
        step = tokens.s[at] * phase
        total = np.zeros((4, at.size), dtype=complex)
        for m in range(len(self.coefficients.orders), 1, -1):
            sums = self._of_order(m)[:, 2:]
            felt = total[:, : sums.shape[1]]
            felt *= step[: sums.shape[1]]
            felt.real += sums[:4]
            felt.imag += sums[4:]
        total *= phase * phase
        self._add_waves(at, total, (climb, turn, source, value, drop))
        if at.size < tokens.y.size:
            rest = np.ones(tokens.y.size, dtype=bool)
            rest[at] = False
            others = np.flatnonzero(rest)
            sums = self._of_order(2)[:, self.tables.spot[others]]
            total = (sums[:4] + 1j * sums[4:]) * tokens.azimuth[others] ** 2
            self._add_waves(others, total, (climb, turn, source, value, drop))

    def _of_order(self, m: int) -> Array:
        """Return Σ_l of C T, m C T, l(l+1) C T and C T' at the spots: real parts, then imaginary ones."""
        C, felt = self.coefficients.orders[m - 1], self.tables.counts[m]
        this = functions_of_order(m, m + C.size - 1)
        l, count = this.degrees, C.size
        T = C * this.norms
        sums = np.zeros((8, felt))
        plain = _rows([T, l * (l + 1) * T]) @ self.tables.tables[m][:count, :felt]
        sums[[0, 2, 4, 6]] = plain
        sums[[1, 5]] = m * plain[[0, 2]]
        if count > 1:
            slopes = C[1:] * this.slopes * functions_of_order(m + 1, m + count - 1).norms
            sums[[3, 7]] = _rows([slopes]) @ self.tables.tables[m + 1][: count - 1, :felt]
        return sums

    def _add_waves(self, at: Integers, total: ComplexArray, sums: tuple[Array, Array, Array, Array, Array]) -> None:
        """Add the orders m ≥ 2, divided by s², to the sums at some tokens."""
        climb, turn, source, value, drop = sums
        s, c = self.tables.tokens.s[at], self.tables.tokens.c[at]
        square = s * s
        climb[at] += c * total[1].real - square * total[3].real
        turn[at] -= total[1].imag
        source[at] += square * total[2].real
        value[at] += square * total[0].real
        drop[at] -= s * total[0].real


def _rows(coefficients: Sequence[Array | ComplexArray]) -> Array:
    """Return the real parts, then the imaginary ones, as rows."""
    stacked = np.stack(coefficients)
    return np.concatenate([stacked.real, stacked.imag])


def _complex(real: Array, imaginary: Array) -> ComplexArray:
    result = np.empty(real.shape, dtype=complex)
    result.real, result.imag = real, imaginary
    return result
