"""Associated Legendre functions without their factor sin^m θ, for many tokens at once.

With c = cos θ, s = sin θ the harmonics of order m about a pole are s^m T_lm(c) e^{imφ},

    s^m T_lm = sqrt((l−m)!/(l+m)!) |P_l^m(c)|,     P_l(<x, x'>) = Re Σ_m (2 − δ_m0) s^m T_lm s'^m T'_lm e^{im(φ−φ')}.

T_lm = ν_lm t_lm with t_lm monic in c: t_{l+1} = c t_l − b_l t_{l−1}, b_l = (l² − m²)/(4l² − 1), two products an entry.
For sums over many functions at once each is a series of Chebyshev polynomials in c, with coefficients that are not
negative: their sum is T_lm(1), and none is larger. What vanishes at the pole is divided by 1 − c in the coefficients,

    (1 − T_k)/(1 − c) = k + 2 Σ_{0<j<k} (k − j) T_j.

The module knows numbers, not densities.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kinetic.types import Array

_SHARED = 16  # a table of series serves so many degrees


@dataclass(frozen=True, eq=False)
class Order:
    """The functions of one order m, degrees m … degree.

    Parameters
    ----------
    order, degree : int
    norms : Array, shape (degree − m + 1,)
        ν_lm.
    at_pole : Array
        Monic t_lm(1).
    """

    order: int
    degree: int
    norms: Array
    at_pole: Array

    @property
    def degrees(self) -> Array:
        """The degrees l, as floats."""
        return np.arange(self.order, self.degree + 1.0)

    @property
    def slopes(self) -> Array:
        """sqrt((l − m)(l + m + 1)), with dT_lm/dc = that times T_{l,m+1}, for l = m + 1 … degree."""
        l = self.degrees[1:]
        return np.asarray(np.sqrt((l - self.order) * (l + self.order + 1)))

    def monic(self, c: Array, degree: int) -> Array:
        """Return t[k, i] = t_{m+k,m}(c_i) up to a degree."""
        table = np.empty((degree - self.order + 1, c.size))
        table[0] = 1.0
        previous = np.empty_like(c)
        for k in range(table.shape[0] - 1):
            following = table[k + 1]
            np.multiply(table[k], c, out=following)
            if k:
                l = self.order + k
                np.multiply(table[k - 1], (l * l - self.order**2) / (4.0 * l * l - 1.0), out=previous)
                following -= previous
        return table


@lru_cache(maxsize=512)
def functions_of_order(order: int, degree: int) -> Order:
    """Return the functions of one order up to a degree, their constants computed once."""
    norms, poles = [_first_norm(order)], [1.0]
    for l in range(order, degree):
        norms.append(norms[-1] * (2 * l + 1) / math.sqrt((l + 1) ** 2 - order**2))
        behind = poles[-2] * (l * l - order**2) / (4.0 * l * l - 1.0) if l > order else 0.0
        poles.append(poles[-1] - behind)
    return Order(order, degree, np.array(norms), np.array(poles))


@dataclass(frozen=True, eq=False)
class Series:
    """The functions of all orders as series of Chebyshev polynomials.

    Parameters
    ----------
    degree : int
        Highest.
    values : Array, shape (degree + 1, degree + 1, degree + 1)
        T_lm = Σ_k values[m, l − m, k] T_k(c), 0 where l > degree.
    rises : Array, the same shape
        Those of l c T_lm − sqrt(l² − m²) T_{l−1,m} = m c T_lm − s² T_lm'; without what a degree beyond `degree` has.
    at_pole : Array, shape (degree + 1, degree + 1)
        T_lm(1) by m and l, 0 where l < m.
    """

    degree: int
    values: Array
    rises: Array
    at_pole: Array


def series_up_to(degree: int) -> Series:
    """Return the series of all functions up to a degree, and some beyond it: few tables serve all degrees."""
    return _series(-(-(degree + 1) // _SHARED) * _SHARED)


@lru_cache(maxsize=4)
def _series(degree: int) -> Series:
    count = degree + 1
    values = np.zeros((count, count, count))
    rises, at_pole = np.zeros_like(values), np.zeros((count, count))
    m = np.arange(float(count))
    for order in range(count):
        this = functions_of_order(order, degree)
        values[order, 0, 0] = this.norms[0]
        at_pole[order, order:] = this.norms * this.at_pole
    for j in range(1, count):
        # sqrt(l² − m²) T_l = (2l − 1) c T_{l−1} − sqrt((l − 1)² − m²) T_{l−2}, all orders that have a degree l = m + j
        n, l = count - j, m[: count - j] + j
        root, behind = np.sqrt(l**2 - m[:n] ** 2), np.sqrt((l - 1) ** 2 - m[:n] ** 2)
        values[:n, j] = _times_c(values[:n, j - 1]) * ((2 * l - 1) / root)[:, None]
        if j > 1:
            values[:n, j] -= values[:n, j - 2] * (behind / root)[:, None]
        rises[:n, j] = l[:, None] * _times_c(values[:n, j]) - root[:, None] * values[:n, j - 1]
    rises[:, 0] = m[:, None] * _times_c(values[:, 0])
    return Series(degree, values, rises, at_pole)


def _times_c(series: Array) -> Array:
    """Return the series of c times a function, cut to as many coefficients."""
    product = np.zeros_like(series)
    product[..., 1:] += 0.5 * series[..., :-1]
    product[..., :-1] += 0.5 * series[..., 1:]
    product[..., 1] += 0.5 * series[..., 0]
    return product


@lru_cache(maxsize=64)
def quotient_table(count: int) -> Array:
    """Return q[k, j] with (1 − T_k)/(1 − c) = Σ_j q[k, j] T_j, k, j < count."""
    k = np.arange(float(count))
    table = 2.0 * np.maximum(k[:, None] - k, 0.0)
    table[:, 0] = k
    return table


def chebyshev_values(c: Array, count: int) -> Array:
    """Return T_k(c_i), k < count, shape (count, n).

    T_{k+j} = 2 T_k T_j − T_{k−j} gives as many at a time as are known.
    """
    table = np.empty((count, c.size))
    table[0] = 1.0
    if count > 1:
        table[1] = c
    known = 1
    while known < count - 1:
        more = min(known, count - 1 - known)
        following = table[known + 1 : known + 1 + more]
        np.multiply(table[1 : more + 1], 2.0 * table[known], out=following)
        following -= table[known - more : known][::-1]
        known += more
    return table


def native_factors(order: int, degree: int) -> Array:
    """Return (−1)^m sqrt(2l + 1), l = m … degree, which make native coefficients of a space out of moments M_lm."""
    return np.asarray((-1.0) ** order * np.sqrt(2.0 * np.arange(order, degree + 1) + 1.0))


def _first_norm(order: int) -> float:
    """T_mm = sqrt((2m)!)/(2^m m!)."""
    return math.exp(0.5 * math.lgamma(2 * order + 1) - order * math.log(2.0) - math.lgamma(order + 1))
