"""The field of one identity head on the circle: Dirac masses at the clusters' centers, and a short series for the rest.

With w_l = e^{−β} I_l(β), doubled for l ≥ 1, and clusters of mass M_k about c_k,

    f(φ) = ∫ e^{β(cos(φ − y) − 1)} dμ(y) = Σ_k M_k e^{β(cos(φ − c_k) − 1)} + Re Σ_l b_l e^{ilφ},
    b_l = w_l [Σ_cells m e^{−ily} − Σ_k e^{−ilc_k} Σ m (1 − e^{−ilr})],

whose rounding error is that of what is *not* in the Dirac masses: it falls with the tail and with the spreads, so that
the field between clusters is known however empty it is there. X = f'/(βf) with softmax, e^β f'/β without.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import special

from kinetic.symmetry import Symmetry
from kinetic.types import Array, ComplexArray, Integers, Normalization

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
class Inside:
    """The field in clusters.

    Parameters
    ----------
    center, center_slope : Array, shape (k,)
        X and X' at the center of each.
    relative, velocity, slope, values : Array, shape (n,)
        X(c + r) − X(c), X, X' and f at the tokens.
    """

    center: Array
    center_slope: Array
    relative: Array
    velocity: Array
    slope: Array
    values: Array


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

    def averaged(self, symmetry: Symmetry) -> "Potential":
        """Return |G|⁻¹ Σ_g f(gφ), g φ = ±φ + a."""
        signs, turns = symmetry.of_angles
        phases = np.exp(1j * turns[:, None] * np.arange(self.series.size)) * self.series
        series = np.where(signs[:, None] > 0, phases, np.conj(phases)).mean(axis=0)
        centers = signs[:, None] * (self.centers - turns[:, None])
        masses = np.tile(self.masses / turns.size, turns.size)
        return replace(self, centers=centers.ravel(), masses=masses, series=np.asarray(series))

    def at(self, angles: Array, table: ComplexArray | None = None) -> tuple[Array, Array, Array]:
        """Return f, f' and f'' at angles, whose waves may be known."""
        table = waves(angles, self.series.size - 1) if table is None else table
        values, slopes = self._slopes(angles, table)
        curved = -(np.arange(self.series.size) ** 2) * self.series
        apart = angles[:, None] - self.centers
        weights = self._at_centers(apart) * (self.beta * np.sin(apart) ** 2 - np.cos(apart))
        return values, slopes, (curved @ table).real + self.beta * weights.sum(axis=1)

    def _slopes(self, angles: Array, table: ComplexArray) -> tuple[Array, Array]:
        """Return f and f'."""
        values, slopes = (np.stack([self.series, 1j * np.arange(self.series.size) * self.series]) @ table).real
        half = 0.5 * (angles[:, None] - self.centers)
        sine = np.sin(half)
        weights = self.masses * np.exp(-2.0 * self.beta * sine**2)
        turns = 2.0 * self.beta * (weights * sine * np.cos(half))
        return values + weights.sum(axis=1), slopes - turns.sum(axis=1)

    def velocity(self, angles: Array, table: ComplexArray) -> tuple[Array, Array]:
        """Return X and f at angles whose waves are known."""
        values, slopes = self._slopes(angles, table)
        if self.normalization == "none":
            return math.exp(self.beta) / self.beta * slopes, values
        return slopes / (self.beta * values), values

    def drift(self, angles: Array, table: ComplexArray | None = None) -> tuple[Array, Array, Array]:
        """Return X, X' and f at angles."""
        values, slopes, bends = self.at(angles, table)
        if self.normalization == "none":
            scale = math.exp(self.beta) / self.beta
            return scale * slopes, scale * bends, values
        velocity = slopes / (self.beta * values)
        return velocity, bends / (self.beta * values) - self.beta * velocity**2, values

    def inside(self, places: Array, owner: Integers, r: Array, table: ComplexArray) -> "Inside":
        """Return the field in clusters: X(c + r) − X(c) in relative accuracy, however small r.

        Parameters
        ----------
        places : Array, shape (k,)
            c of each cluster.
        owner : Integers, shape (n,)
            To which of them a token belongs.
        r : Array, shape (n,)
        table : ComplexArray
            `rises` of r.
        """
        degrees = np.arange(self.series.size)
        turned = self.series * np.exp(1j * places[:, None] * degrees)
        lifted = turned[owner] * table[: degrees.size].T
        rise = (lifted.real.sum(axis=1), -lifted.imag @ degrees, -lifted.real @ degrees**2)
        here = (turned.real.sum(axis=1), -turned.imag @ degrees, -turned.real @ degrees**2)
        apart = places[:, None] - self.centers
        sine, cosine, base = np.sin(apart), np.cos(apart), self._at_centers(apart)
        first = here[0] + base.sum(axis=1)
        slope = here[1] - self.beta * (base * sine).sum(axis=1)
        bend = here[2] + self.beta * (base * (self.beta * sine**2 - cosine)).sum(axis=1)
        sine, cosine, base = sine[owner], cosine[owner], base[owner]
        half, mean = np.sin(0.5 * r)[:, None], apart[owner] + 0.5 * r[:, None]
        tilt, lean = 2.0 * np.sin(mean) * half, 2.0 * np.cos(mean) * half  # of cos φ downwards, of sin φ upwards
        growth = np.expm1(-self.beta * tilt)
        weights, there = base * (1.0 + growth), sine + lean
        climb = rise[0] + (growth * base).sum(axis=1)
        turn = rise[1] - self.beta * ((lean * (1.0 + growth) + sine * growth) * base).sum(axis=1)
        bends = self.beta * (weights * (self.beta * there**2 - (cosine - tilt))).sum(axis=1)
        bends += here[2][owner] + rise[2]
        values, slopes = first[owner] + climb, slope[owner] + turn
        if self.normalization == "none":
            scale = math.exp(self.beta) / self.beta
            return Inside(scale * slope, scale * bend, scale * turn, scale * slopes, scale * bends, values)
        at_center = slope / (self.beta * first)
        relative = (turn - (slope / first)[owner] * climb) / (self.beta * values)
        velocity = slopes / (self.beta * values)
        slopes = bends / (self.beta * values) - self.beta * velocity**2
        return Inside(
            at_center, bend / (self.beta * first) - self.beta * at_center**2, relative, velocity, slopes, values
        )

    def _at_centers(self, apart: Array) -> Array:
        """M_k e^{β(cos φ − 1)} at angles from the centers."""
        return np.asarray(self.masses * np.exp(-2.0 * self.beta * np.sin(0.5 * apart) ** 2))
