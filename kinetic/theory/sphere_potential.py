"""The potential of attention on S² as a sum without poles, and its gradient.

    f(x) = e^{−β} ∫ e^{β<x, y>} dμ(y) = Re Σ_m w^m P_m(z),    w = x₁ + i x₂, z = x₃,
    P_m = Σ_k A_mk T_k,    A_m = L_m B_m,    B_mk = ∫ conj(w)^m T_k(z) dμ,

T_k Chebyshev's polynomials. By the addition theorem L_m = (2 − δ_m0) Σ_l u_l t_lm t_lmᵀ, u_l = (2l + 1) i_l(β) e^{−β}
and t_lm the coefficients of (1 − z²)^{−m/2} sqrt((l − m)!/(l + m)!) |P_l^m(z)|, a polynomial in z. Everything is a
product of matrices, and nothing special happens at the poles.

**Accuracy** f and X to 1e-12 e^{2β} f of the least value up to β = 10 (tests/theory/test_basins.py, against sums of
pairs).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import special

from kinetic.errors import DomainError
from kinetic.theory.domain import require_between
from kinetic.types import Array

Complex = NDArray[np.complex128]

_HIGHEST = 200


def significant_degree(beta: float) -> int:
    """Return the degree from which on u_l is below rounding of e^{−2β}, the least f that there can be."""
    require_between("beta", beta, 0.0, math.inf)
    degrees = np.arange(1, _HIGHEST)
    with np.errstate(under="ignore"):
        small = (2 * degrees + 1) * special.ive(degrees + 0.5, beta) * _flat(beta) < 1e-16 * math.exp(-2.0 * beta)
    if not small.any():
        raise DomainError(f"beta = {beta!r} is not possible; allowed: sums of fewer than {_HIGHEST} degrees")
    return int(degrees[np.argmax(small)])


def _flat(beta: float) -> float:
    """Return what makes e^{−β} i_l(β) of e^{−β} I_{l+1/2}(β)."""
    return math.sqrt(0.5 * math.pi / beta)


def moments(points: Array, masses: Array, degree: int) -> Complex:
    """Return B of masses at unit vectors, shape (degree + 1, degree + 1)."""
    factors = np.repeat((points[:, 0] - 1j * points[:, 1])[None], degree + 1, axis=0)
    factors[0] = 1.0
    powers = np.cumprod(factors, axis=0)
    table = chebyshev.chebvander(points[:, 2], degree) * masses[:, None]
    return np.asarray(powers.real @ table + 1j * (powers.imag @ table))


def coefficients(sums: Complex, beta: float) -> Complex:
    """Return A of B, over any leading axes."""
    return np.asarray(np.einsum("mkl,...ml->...mk", _factors(sums.shape[-1] - 1, beta), sums))


@lru_cache(maxsize=4)
def _factors(degree: int, beta: float) -> Array:
    """Return L_m, shape (degree + 1,)*3."""
    count = degree + 1
    weights = (2 * np.arange(count) + 1) * special.ive(np.arange(count) + 0.5, beta) * _flat(beta)
    nodes = np.cos(math.pi * (np.arange(count) + 0.5) / count)
    analysis = chebyshev.chebvander(nodes, degree).T * (2.0 / count)
    analysis[0] *= 0.5
    found = np.zeros((count, count, count))
    for m in range(count):
        before = np.zeros(count)
        now = np.full(count, math.exp(0.5 * math.lgamma(2 * m + 1) - m * math.log(2.0) - math.lgamma(m + 1)))
        for l in range(m, count):
            series = analysis[: l - m + 1] @ now
            found[m, : l - m + 1, : l - m + 1] += (1 + (m > 0)) * weights[l] * np.outer(series, series)
            after = (2 * l + 1) * nodes * now - math.sqrt(l**2 - m**2) * before
            before, now = now, after / math.sqrt((l + 1) ** 2 - m**2)
    return found


@lru_cache(maxsize=4)
def _derivative(degree: int) -> Array:
    """Return the matrix that takes rows of coefficients of T_k to those of the derivative."""
    taken = chebyshev.chebder(np.eye(degree + 1))
    return np.asarray(np.concatenate([taken, np.zeros((1, degree + 1))]).T)


@dataclass(frozen=True, eq=False)
class Potential:
    """The potential of a measure.

    Parameters
    ----------
    series : ndarray of complex, shape (L + 1, L + 1)
        A.
    beta : float
        Positive.
    """

    series: Complex
    beta: float

    def slopes(self, x: Array) -> tuple[Array, Array]:
        """Return f and its gradient in space at unit vectors (n, 3), shapes (n,) and (n, 3)."""
        values, slope, _ = self._derivatives(x, 1)
        return values, slope

    def drift(self, x: Array) -> Array:
        """Return X under softmax, ∇f/(βf), ∇ along the sphere."""
        values, slope = self.slopes(x)
        return np.asarray(_across(slope, x) / (self.beta * values)[:, None])

    def pull(self, x: Array) -> Array:
        """Return X without softmax, e^β ∇f/β."""
        return np.asarray(math.exp(self.beta) / self.beta * _across(self.slopes(x)[1], x))

    def field(self, x: Array) -> tuple[Array, Array]:
        """Return X under softmax and its derivative along the sphere, shapes (n, 3) and (n, 3, 3)."""
        values, slope, bend = self._derivatives(x, 2)
        across = np.eye(3) - x[:, :, None] * x[:, None, :]
        bend = across @ bend @ across - np.vecdot(slope, x)[:, None, None] * across
        shift = _across(slope, x) / values[:, None]
        bend = bend / values[:, None, None] - shift[:, :, None] * shift[:, None, :]
        return np.asarray(shift / self.beta), np.asarray(bend / self.beta)

    def _derivatives(self, x: Array, order: int) -> tuple[Array, Array, Array]:
        """Return f, its gradient and, to the second order, its second derivatives in space."""
        table = np.ascontiguousarray(chebyshev.chebvander(x[:, 2], self.series.shape[0] - 1).T)
        w, by_height = x[:, 0] + 1j * x[:, 1], [self.series]
        for _ in range(order):
            by_height.append(by_height[-1] @ _derivative(self.series.shape[0] - 1))
        value, turned, twice = _horner(w, self.series @ table, order)
        along, mixed, _ = _horner(w, by_height[1] @ table, order - 1)
        slope = np.stack([turned.real, -turned.imag, along.real], axis=1)
        if order == 1:
            return value.real, slope, np.zeros(0)
        steep, _, _ = _horner(w, by_height[2] @ table, 0)
        rows = [twice.real, -twice.imag, mixed.real, -twice.imag, -twice.real, -mixed.imag, mixed.real, -mixed.imag]
        return value.real, slope, np.stack([*rows, steep.real], axis=1).reshape(-1, 3, 3)


def _horner(w: Complex, rows: Complex, order: int) -> tuple[Complex, Complex, Complex]:
    """Return Σ_m w^m rows_m and its derivatives in w to an order, 0 beyond."""
    value, slope, bend = rows[-1].copy(), np.zeros_like(w), np.zeros_like(w)
    for row in rows[-2::-1]:
        if order > 1:
            bend = bend * w + slope
        if order > 0:
            slope = slope * w + value
        value = value * w + row
    return value, slope, 2.0 * bend


def _across(vectors: Array, x: Array) -> Array:
    """Return the parts along the sphere."""
    return np.asarray(vectors - np.vecdot(vectors, x)[:, None] * x)
