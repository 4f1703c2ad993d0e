"""A potential about a pole p and its gradient at tokens, relative to what they are at p.

For f = Re Σ_lm C_lm s^m T_lm e^{imφ} the gradient flow of f moves p along A = Σ C_l1 t_l, t_l = T_l1(1) (the vector
(Re A, −Im A)). The rotation that carries p is taken out before anything is evaluated, so that near p everything has its
relative accuracy (derived here; real parts understood, G_l = (t_l − T_l1)/(1 − c)):

    m = 0:  ẏ = −Σ C_l0 P_l'
    m = 1:  ẏ = −e^y Σ C_l1 (G_l + T_l1) e^{iφ} − s Σ C_l1 T_l1' e^{iφ}      φ̇ = i e^y Σ C_l1 (t_l − G_l) e^{iφ}
    m ≥ 2:  ẏ = s^{m−2} Σ C_lm (m c T − s² T') e^{imφ}                       φ̇ = i m s^{m−2} Σ C_lm T e^{imφ}
    −Δf = Σ l(l+1) C_lm s^m T_lm e^{imφ}

Here m c T − s² T' =: H_lm = l c T_lm − sqrt(l² − m²) T_{l−1,m}; ẏ of m = 1 is −e^y Σ C_l1 (t_l − H_l1)/(1 − c) e^{iφ}.
Every sum over l is thus a polynomial in c for each order. All of them at all tokens are one matrix product of their
Chebyshev coefficients with T_k(c), and the sums over m one product with the waves s^{m−2} e^{imφ}.

The flow of the gradient turned by a right angle follows from the same two sums. The module knows no attention.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.mercator.sphere.legendre import quotient_table, series_up_to
from kinetic.mercator.sphere.tables import Coefficients, SphereTokens, TokenTables
from kinetic.types import Array


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
        tokens, sums = tables.tokens, _Polynomials.of(coefficients)
        low = np.empty((sums.low.shape[0], tokens.stretch.size))
        high = np.zeros((4, tokens.stretch.size)) if sums.high.size else None
        for block in tables.blocks:
            at = block.tokens
            np.matmul(sums.low, block.polynomials[: sums.low.shape[1]], out=low[:, at])
            felt = min(block.waves.shape[0], sums.high.shape[1])
            if high is not None and felt:
                waves, known = block.waves[:felt], block.polynomials[: sums.high.shape[2]]
                for row, table in zip((0, 2, 3), sums.high[:, :felt], strict=True):
                    part = table @ known
                    np.einsum("mi,mi->i", waves, part, out=high[row, at])
                part *= sums.orders[:felt, None]  # f becomes ∂f/∂φ: real and imaginary parts change places
                np.einsum("mi,mi->i", waves[1::2], part[::2], out=high[1, at])
                high[1, at] -= np.einsum("mi,mi->i", waves[::2], part[1::2])
        return cls._joined(tokens, low, high, sums.pole)

    @classmethod
    def _joined(cls, tokens: SphereTokens, low: Array, high: Array | None, pole: complex) -> "Gradient":
        """Put together what orders 0 and 1 give (rows as in `_Polynomials.low`), and the higher ones; rows are lost."""
        s, stretch = tokens.s, tokens.stretch
        climb, source, value, drop = low[:4]
        turn = np.zeros_like(climb)
        drop *= stretch
        if low.shape[0] > 4:
            tilted, imaginary = low[4:8], low[8:]
            tilted *= tokens.cosine
            imaginary *= tokens.sine
            tilted -= imaginary
            drop -= tilted[3]
            tilted[:2] *= stretch
            tilted[2:] *= s
            climb += tilted[0]
            turn = tilted[1]
            source += tilted[2]
            value += tilted[3]
        if high is not None:
            climb += high[0]
            turn += high[1]
            high[2:] *= s
            drop -= high[3]
            high[2:] *= s
            source += high[2]
            value += high[3]
        return cls(tokens, climb, turn, source, value, drop, pole)

    @property
    def along(self) -> Array:
        """A(φ) = Re A e^{iφ}: the part of the pole's velocity along the meridian of each token."""
        return self.pole.real * self.tokens.cosine - self.pole.imag * self.tokens.sine

    @property
    def across(self) -> Array:
        """A'(φ)."""
        return -(self.pole.real * self.tokens.sine + self.pole.imag * self.tokens.cosine)

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
class _Polynomials:
    """Chebyshev coefficients of what the orders of a potential add to ẏ, φ̇, −Δf and f.

    Parameters
    ----------
    low : Array, shape (4 or 12, degree + 1)
        Order 0: ẏ, −Δf, f and the drop over e^y. Order 1, real parts, then imaginary ones: ẏ and φ̇ over e^y, −Δf and f
        over s, all times e^{−iφ}.
    high : Array, shape (3, 2 q, polynomials)
        Orders m ≥ 2: ẏ over s^{m−2} e^{imφ}, −Δf and f over s^m e^{imφ}, real and imaginary parts of an order after
        each other.
    orders : Array, shape (2 q,)
        m of each of them.
    pole : complex
        A.
    """

    low: Array
    high: Array
    orders: Array
    pole: complex

    @classmethod
    def of(cls, coefficients: Coefficients) -> "_Polynomials":
        """Return what the coefficients of a potential come to."""
        columns = coefficients.orders
        degree = max([coefficients.axial.size - 1, *(C.size + m for m, C in enumerate(columns))])
        count, orders = degree + 1, len(columns)
        series, quotients, l = series_up_to(degree), quotient_table(degree + 1), np.arange(float(count))
        C = np.zeros((orders, count), dtype=complex)
        for column, given in zip(C, columns, strict=True):
            column[: given.size] = given
        axial = np.zeros(count)
        axial[: coefficients.axial.size] = coefficients.axial
        plain = np.stack([l * (l + 1) * axial, axial]) @ series.values[0, :count, :count]
        slopes = axial[1:] * np.sqrt(l * (l + 1))[1:]  # P_l' = sqrt(l(l + 1)) T_l1
        low = [-(slopes @ series.values[1, : count - 1, :count]), *plain, plain[1] @ quotients]
        pole = 0.0j
        if not orders:
            return cls(np.stack(low), np.zeros((3, 0, 1)), np.zeros(0), pole)
        m = np.arange(1.0, orders + 1)[:, None]
        strength = (m + l) * (m + l + 1)
        parts = np.stack([C.real, C.imag, strength * C.real, strength * C.imag], axis=1)
        values = parts @ series.values[1 : orders + 1, :count, :count]
        rises = parts[:, :2] @ series.rises[1 : orders + 1, :count, :count]
        tilt = values[0, :2].sum(axis=1)
        pole = complex(tilt[0], tilt[1])
        steep = -(rises[0] @ quotients)
        round_ = values[0, :2] @ quotients  # i (A − G) = i A − i G
        turned = np.stack([round_[1], -round_[0]])
        turned[:, 0] += [-pole.imag, pole.real]
        for part in (0, 1):
            low += [steep[part], turned[part], values[0, 2 + part], values[0, part]]
        known = max((C.size + 1 for C in columns[1:]), default=1)  # ẏ of degree l has degree l − m + 1 in c
        high = np.stack([rises[1:], values[1:, 2:], values[1:, :2]])[..., :known].reshape(3, 2 * (orders - 1), known)
        return cls(np.stack(low), high, np.repeat(m[1:, 0], 2), pole)
