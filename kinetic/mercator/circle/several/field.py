"""The field of one identity head on the circle: Dirac masses at the clusters' centers, and a short series for the rest.

With w_l = e^{−β} I_l(β), doubled for l ≥ 1, and clusters of mass M_k about c_k,

    f(φ) = ∫ e^{β(cos(φ − y) − 1)} dμ(y) = Σ_k M_k e^{β(cos(φ − c_k) − 1)} + Re Σ_l b_l e^{ilφ},
    b_l = w_l [Σ_cells m e^{−ily} − Σ_k e^{−ilc_k} Σ m (1 − e^{−ilr})],

whose rounding error is that of what is *not* in the Dirac masses: it falls with the tail and with the spreads, so that
the field between clusters is known however empty it is there. X = f'/(βf) with softmax, e^β f'/β without.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from kinetic.types import Array, ComplexArray, Normalization

_NEGLIGIBLE = 1e-18
_SCAN = 64


@lru_cache(maxsize=16)
def kernel_weights(beta: float) -> Array:
    """Return w_l, l = 0 … L: those that can add more than 1e-18 of the kernel's smallest value."""
    degree = 8
    while special.ive(degree, beta) * degree**2 > _NEGLIGIBLE * math.exp(-2.0 * beta):
        degree += 4
    weights = np.array(2.0 * special.ive(np.arange(degree + 1), beta), dtype=float)
    weights[0] *= 0.5
    weights.setflags(write=False)
    return weights


def needed(weights: Array, size: float, lowest: float) -> int:
    """Return the degree up to which a measure of some size adds more than 1e-18 of the smallest f, with its curvature.

    Parameters
    ----------
    weights : Array
        w_l.
    size : float
        Bound of |∫ e^{−ily} dν|, or of it over l.
    lowest : float
        Smallest f.
    """
    degrees = np.arange(weights.size)
    matters = np.flatnonzero(weights * (1 + degrees**3) * size > _NEGLIGIBLE * lowest)
    return max(2, int(matters[-1]) if matters.size else 2)


def waves(angles: Array, degree: int) -> ComplexArray:
    """Return e^{ilφ}, l = 0 … degree, shape (degree + 1, n)."""
    table = np.empty((degree + 1, angles.size), dtype=complex)
    table[0] = 1.0
    table[1] = np.exp(1j * angles)
    known = 1
    while known < degree:
        more = min(known, degree - known)
        np.multiply(table[1 : more + 1], table[known], out=table[known + 1 : known + more + 1])
        known += more
    return table


def rises(angles: Array, degree: int) -> ComplexArray:
    """Return e^{ilr} − 1, l = 0 … degree, in relative accuracy however small r, shape (degree + 1, n)."""
    table = np.empty((degree + 1, angles.size), dtype=complex)
    table[0] = 0.0
    table[1] = 2j * np.sin(0.5 * angles) * np.exp(0.5j * angles)
    known = 1
    while known < degree:
        more = min(known, degree - known)
        part = table[1 : more + 1]
        table[known + 1 : known + more + 1] = part + table[known] + part * table[known]
        known += more
    return table


@dataclass(frozen=True, eq=False)
class Potential:
    """f and its derivatives anywhere on the circle.

    Parameters
    ----------
    beta : float
    normalization : {"none", "softmax"}
    centers, masses : Array, shape (clusters,)
        c_k and M_k.
    series : ComplexArray, shape (L + 1,)
        b_l.
    noise : float
        Rounding error of f: that of a sum of what is not in the Dirac masses.
    """

    beta: float
    normalization: Normalization
    centers: Array
    masses: Array
    series: ComplexArray
    noise: float

    @property
    def lowest(self) -> float:
        """The smallest value that the Dirac masses alone give f on a scan; 0 where there are none."""
        apart = np.linspace(0.0, 2 * np.pi, _SCAN)[:, None] - self.centers
        return float(self._at_centers(apart).sum(axis=1).min())

    def at(self, angles: Array, table: ComplexArray | None = None) -> tuple[Array, Array, Array]:
        """Return f, f' and f'' at angles, whose waves may be known."""
        degrees = np.arange(self.series.size)
        table = waves(angles, self.series.size - 1) if table is None else table
        rows = np.stack([self.series, 1j * degrees * self.series, -(degrees**2) * self.series])
        values, slopes, bends = (rows @ table).real
        apart = angles[:, None] - self.centers
        sine, cosine = np.sin(apart), np.cos(apart)
        weights = self._at_centers(apart)
        values = values + weights.sum(axis=1)
        slopes = slopes - self.beta * (weights * sine).sum(axis=1)
        bends = bends + self.beta * (weights * (self.beta * sine**2 - cosine)).sum(axis=1)
        return values, slopes, bends

    def drift(self, angles: Array, table: ComplexArray | None = None) -> tuple[Array, Array, Array]:
        """Return X, X' and f at angles."""
        values, slopes, bends = self.at(angles, table)
        if self.normalization == "none":
            scale = math.exp(self.beta) / self.beta
            return scale * slopes, scale * bends, values
        velocity = slopes / (self.beta * values)
        return velocity, bends / (self.beta * values) - self.beta * velocity**2, values

    def inside(self, center: float, r: Array, table: ComplexArray) -> tuple[Array, Array, Array, Array]:
        """Return X(c + r) − X(c), in relative accuracy however small r, and X, X' and f at c and there.

        Parameters
        ----------
        center : float
        r : Array, shape (n,)
        table : ComplexArray
            `rises` of r.

        Returns
        -------
        relative : Array, shape (n,)
        velocity, slope, values : Array, shape (n + 1,)
            At c first.
        """
        degrees = np.arange(self.series.size)
        turned = self.series * np.exp(1j * degrees * center)
        rows = np.stack([turned, 1j * degrees * turned, -(degrees**2) * turned])
        here, rise = rows.sum(axis=1).real, (rows @ table[: degrees.size]).real
        apart = center - self.centers
        sine, cosine, base = np.sin(apart), np.cos(apart), self._at_centers(apart)
        half, mean = np.sin(0.5 * r)[:, None], apart + 0.5 * r[:, None]
        growth = np.expm1(-2.0 * self.beta * np.sin(mean) * half)
        climb = rise[0] + growth @ base
        bent = 2.0 * np.cos(mean) * half * (1.0 + growth) + sine * growth
        turn = rise[1] - self.beta * (bent @ base)
        tilt = 2.0 * np.sin(mean) * half  # cos φ_c − cos(φ_c + r)
        there_sine, there_cosine = sine + 2.0 * np.cos(mean) * half, cosine - tilt
        weights = base * (1.0 + growth)
        first = here[0] + base.sum()
        slope = here[1] - self.beta * float(base @ sine)
        bend = here[2] + self.beta * float(base @ (self.beta * sine**2 - cosine))
        bends = here[2] + rise[2]
        bends = bends + self.beta * (weights * (self.beta * there_sine**2 - there_cosine)).sum(axis=1)
        values = np.concatenate([[first], first + climb])
        slopes, bends = np.concatenate([[slope], slope + turn]), np.concatenate([[bend], bends])
        if self.normalization == "none":
            scale = math.exp(self.beta) / self.beta
            return scale * turn, scale * slopes, scale * bends, values
        velocity = slopes / (self.beta * values)
        relative = (turn - slope / first * climb) / (self.beta * values[1:])
        return relative, velocity, bends / (self.beta * values) - self.beta * velocity**2, values

    def _at_centers(self, apart: Array) -> Array:
        """M_k e^{β(cos φ − 1)} at angles from the centers."""
        return np.asarray(self.masses * np.exp(-2.0 * self.beta * np.sin(0.5 * apart) ** 2))
