"""Associated Legendre functions without their factor sin^m θ, for many tokens at once.

With c = cos θ, s = sin θ the harmonics of order m about a pole are s^m T_lm(c) e^{imφ},

    s^m T_lm = sqrt((l−m)!/(l+m)!) |P_l^m(c)|,     P_l(<x, x'>) = Re Σ_m (2 − δ_m0) s^m T_lm s'^m T'_lm e^{im(φ−φ')}.

T_lm = ν_lm t_lm with t_lm monic in c: t_{l+1} = c t_l − b_l t_{l−1}, b_l = (l² − m²)/(4l² − 1), two products an entry.
What vanishes at the pole is divided by 1 − c inside the recurrence: (t(1) − t(c))/(1 − c) obeys the same one with
t_l(1) added. The module knows numbers, not densities.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kinetic.types import Array


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
        self._recur(table, c)
        return table

    def quotients(self, c: Array, degree: int) -> Array:
        """Return (t(1) − t(c_i))/(1 − c_i) for each function, without cancellation at c = 1."""
        table = np.empty((degree - self.order + 1, c.size))
        table[0] = 0.0
        self._recur(table, c, self.at_pole)
        return table

    def _recur(self, table: Array, c: Array, push: Array | None = None) -> None:
        previous = np.empty_like(c)
        for k in range(table.shape[0] - 1):
            following = table[k + 1]
            np.multiply(table[k], c, out=following)
            if k:
                l = self.order + k
                np.multiply(table[k - 1], (l * l - self.order**2) / (4.0 * l * l - 1.0), out=previous)
                following -= previous
            if push is not None:
                following += push[k]


@lru_cache(maxsize=512)
def functions_of_order(order: int, degree: int) -> Order:
    """Return the functions of one order up to a degree, their constants computed once."""
    norms, poles = [_first_norm(order)], [1.0]
    for l in range(order, degree):
        norms.append(norms[-1] * (2 * l + 1) / math.sqrt((l + 1) ** 2 - order**2))
        behind = poles[-2] * (l * l - order**2) / (4.0 * l * l - 1.0) if l > order else 0.0
        poles.append(poles[-1] - behind)
    return Order(order, degree, np.array(norms), np.array(poles))


def native_factors(order: int, degree: int) -> Array:
    """Return (−1)^m sqrt(2l + 1), l = m … degree, which make native coefficients of a space out of moments M_lm."""
    return np.asarray((-1.0) ** order * np.sqrt(2.0 * np.arange(order, degree + 1) + 1.0))


def _first_norm(order: int) -> float:
    """T_mm = sqrt((2m)!)/(2^m m!)."""
    return math.exp(0.5 * math.lgamma(2 * order + 1) - order * math.log(2.0) - math.lgamma(order + 1))
