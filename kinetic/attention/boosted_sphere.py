"""Attention on the sphere without symmetry, seen from a pole that rides on matter (see `attention.boosted`).

With C_lm = (2 − δ_m0) u_l M_lm, t_l = T_l1(1) = (l(l+1))^{1/2}/2 and A = Σ C_l1 t_l, the force at the pole is
Re(A e^{iφ}) in the direction φ. Taking out the rotation that moves the pole with it, field Re(A e^{iφ}) along the
meridian and c Re(iA e^{iφ}) across it, leaves (real parts of Σ_m … e^{imφ})

    m = 0:  y' = −Σ C_l0 P_l'(c),                                       φ' = 0
    m = 1:  y' = −e^y Σ C_l1 (G_l + T_l1) − s Σ C_l1 dT_l1/dc,          φ' = i e^y Σ C_l1 (t_l − G_l)
    m ≥ 2:  y' = s^{m−2} Σ C_lm (m c T_lm − s² dT_lm/dc),               φ' = i m s^{m−2} Σ C_lm T_lm

with G_l = (t_l − T_l1)/(1 − c) and e^y = (1 − c)/s. With softmax the drift relative to the pole's own, A/Z_p, gains

    y' → y'/Z + Re(A e^{iφ}) δ/(Z Z_p),    φ' → φ'/Z + c Re(iA e^{iφ}) δ/(Z Z_p),
    δ = (Z_p − Z)/s:   m = 0:  e^y Σ z_l M_l0 E_l;   m ≥ 1:  −2 s^{m−1} Σ z_l M_lm T_lm.

No term subtracts nearly equal numbers at either pole.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kinetic.attention.boosted import AxialTables, Drift
from kinetic.errors import Unresolved
from kinetic.kernels import Spectrum
from kinetic.types import Array, ComplexArray

LARGEST_TABLE = 2**27  # numbers: a gigabyte


class Rings(Protocol):
    """Nodes in rings about the pole, and Fourier's transform along them."""

    @property
    def weights(self) -> Array:
        """Weight of every node."""

    @property
    def weight(self) -> Array:
        """Weight of every ring."""

    @property
    def directions(self) -> Array:
        """(cos φ, sin φ) of every node, shape (2, nodes)."""

    def spread(self, rings: Array) -> Array:
        """Return an array over the rings as one over the nodes."""

    def azimuthal_modes(self, values: Array, count: int) -> ComplexArray:
        """Return the mean over each ring of f e^{−imφ}, shape (count, rings)."""

    def from_modes(self, modes: ComplexArray) -> Array:
        """Return Re Σ_m F_m e^{imφ} at the nodes."""


@dataclass(frozen=True)
class SphereTables:
    """T_lm, dT_lm/dc, G_l at ring latitudes y, and P_l, E_l, P_l'.

    Parameters
    ----------
    values, slopes : Array
        T and dT/dc, shape (m, l, rings), zero for m > l.
    chords : Array
        G, shape (l, rings).
    axial : AxialTables
    y : Array
        Latitudes.
    """

    values: Array
    slopes: Array
    chords: Array
    axial: AxialTables
    y: Array

    @classmethod
    def at(cls, degree: int, y: Array) -> "SphereTables":
        """Tabulate up to a degree.

        √((l+1)²−m²) T_{l+1} = (2l+1) c T_l − √(l²−m²) T_{l−1}, T_mm = √((2m)!)/(2^m m!), and
        √((l+1)²−1) G_{l+1} = (2l+1)(t_l + c G_l) − √(l²−1) G_{l−1}.
        """
        c = -np.tanh(y)
        order = np.arange(degree + 1.0)
        values = np.zeros((degree + 1, degree + 1, y.size))
        chords = np.zeros((degree + 1, y.size))
        diagonal = np.cumprod(np.append(1.0, np.sqrt((2 * order[1:] - 1) / (2 * order[1:]))))
        poles = 0.5 * np.sqrt(order * (order + 1))
        for l in range(degree + 1):
            values[l, l] = diagonal[l]
            if l == degree:
                break
            m = order[: l + 1, None]
            up, down = np.sqrt((l + 1) ** 2 - m * m), np.sqrt(l * l - m * m)
            below = values[: l + 1, l - 1] if l else 0.0
            values[: l + 1, l + 1] = ((2 * l + 1) * c * values[: l + 1, l] - down * below) / up
            if l > 0:
                lower = math.sqrt(l * l - 1.0) * chords[l - 1]
                chords[l + 1] = ((2 * l + 1) * (poles[l] + c * chords[l]) - lower) / math.sqrt((l + 1) ** 2 - 1.0)
        slopes = np.zeros_like(values)
        climbs = np.sqrt(np.maximum((order[None, :] - order[:-1, None]) * (order[None, :] + order[:-1, None] + 1), 0.0))
        slopes[:-1] = climbs[:, :, None] * values[1:]
        return cls(values, slopes, chords, AxialTables.at(degree, 3, y), y)


class SphereAttention:
    """One identity head on the sphere.

    **Cost** O(K²) operations a ring for the tables and sums, O(K) Fourier modes, K the kernel's degree.
    """

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum

    def look(self, rings: Rings, values: Array, y: Array) -> "SphereView":
        """Return what a density ν of the given nodal values does, its rings seen at physical latitudes y."""
        _require_affordable(self.spectrum.degree, y.size)
        tables = SphereTables.at(self.spectrum.degree, y)
        sine = 1.0 / np.cosh(np.minimum(np.abs(y), 700.0))
        powers = np.ones((self.spectrum.degree + 1, y.size))
        np.cumprod(np.broadcast_to(sine, (self.spectrum.degree, y.size)), axis=0, out=powers[1:])
        modes = rings.azimuthal_modes(values, self.spectrum.degree + 1) * powers * rings.weight
        moments = np.matmul(tables.values, np.stack([modes.real, modes.imag], axis=-1))
        return SphereView(self.spectrum, rings, values, tables, powers, moments[..., 0] + 1j * moments[..., 1])


def _require_affordable(degree: int, rings: int) -> None:
    """Refuse tables that take more than a gigabyte each."""
    numbers = (degree + 1) ** 2 * rings
    if numbers > LARGEST_TABLE:
        raise Unresolved(
            f"attention of degree {degree} on {rings} rings: tables of {numbers:.3g} numbers would be needed (allowed "
            f'{LARGEST_TABLE:.3g}); lower attention.beta or space.degree, or use chart = "mercator"'
        )


@dataclass(frozen=True)
class SphereView:
    """A density on rings with its moments M[m, l], ready to be asked for its drift.

    Parameters
    ----------
    spectrum : Spectrum
    rings : Rings
    values : Array
        ν at the nodes.
    tables : SphereTables
    powers : Array
        s^m on the rings, shape (m, rings).
    moments : ComplexArray
        M, shape (m, l).
    """

    spectrum: Spectrum
    rings: Rings
    values: Array
    tables: SphereTables
    powers: Array
    moments: ComplexArray

    def _twice(self, weights: Array) -> ComplexArray:
        """Return (2 − δ_m0) weights_l M[m, l]."""
        doubled = 2.0 * weights * self.moments
        doubled[0] *= 0.5
        return doubled

    @staticmethod
    def _sum(table: Array, coefficients: ComplexArray) -> ComplexArray:
        """Return Σ_l C[m, l] table[m, l, ring]."""
        parts = np.matmul(np.stack([coefficients.real, coefficients.imag], axis=1), table)
        return np.asarray(parts[:, 0] + 1j * parts[:, 1])

    def _force(self) -> tuple[ComplexArray, ComplexArray, complex]:
        """Return the modes of y' and φ' before normalisation, and A."""
        weights = self._twice(self.spectrum.potential)
        count = weights.shape[0]
        height, c, s = np.exp(self.tables.y), -np.tanh(self.tables.y), self.powers[1]
        value = self._sum(self.tables.values, weights)
        slope = self._sum(self.tables.slopes, weights)
        order = np.arange(count)[:, None]
        latitude = np.empty_like(value)
        azimuth = np.zeros_like(value)
        latitude[0] = -slope[0]
        chord = np.einsum("l,ln->n", weights[1], self.tables.chords)
        l = np.arange(count)
        pole = complex(weights[1] @ (0.5 * np.sqrt(l * (l + 1.0))))
        latitude[1] = -height * (chord + value[1]) - s * slope[1]
        azimuth[1] = 1j * height * (pole - chord)
        shrink = self.powers[:-2]
        latitude[2:] = shrink * (order[2:] * c * value[2:] - s * s * slope[2:])
        azimuth[2:] = 1j * order[2:] * shrink * value[2:]
        return latitude, azimuth, pole

    @cached_property
    def _partition(self) -> Array:
        """Z at the nodes."""
        modes = self.powers * self._sum(self.tables.values, self._twice(self.spectrum.partition))
        return self.rings.from_modes(np.asarray(modes))

    def _lag_modes(self) -> ComplexArray:
        """Return the modes of (Z_p − Z)/s."""
        weights = self._twice(self.spectrum.partition)
        modes = np.empty(self.powers.shape, dtype=complex)
        modes[0] = np.exp(self.tables.y) * np.einsum("l,ln->n", weights[0].real, self.tables.axial.chords)
        modes[1:] = -self.powers[:-1] * self._sum(self.tables.values, weights)[1:]
        return modes

    @cached_property
    def drift(self) -> Drift:
        """The drift at the nodes relative to the pole."""
        latitude_modes, azimuth_modes, pole = self._force()
        latitude, azimuth = self.rings.from_modes(latitude_modes), self.rings.from_modes(azimuth_modes)
        x, y = self.rings.directions
        ahead = pole.real * x - pole.imag * y
        across = -pole.real * y - pole.imag * x
        across *= self.rings.spread(-np.tanh(self.tables.y))
        partition: Array | float = 1.0
        at_pole = 1.0
        if self.spectrum.normalized:
            at_pole = float((self.spectrum.partition @ self.moments[0]).real)
            partition = self._partition
            lag = self.rings.from_modes(self._lag_modes()) / at_pole
            latitude = (latitude + ahead * lag) / partition
            azimuth = (azimuth + across * lag) / partition
        sine = self.rings.spread(self.powers[1])
        speed = (sine * latitude + ahead / at_pole) ** 2 + (sine * azimuth + across / at_pole) ** 2
        squares = self.values * self.rings.weights * speed
        power = self.spectrum.scale * float(np.sum(squares * partition))
        pulled = np.array([pole.real, -pole.imag]) / at_pole
        return Drift(latitude, azimuth, pulled, power, float(np.sum(squares)))

    def mean_squares(self) -> tuple[Array, Array]:
        """Return p_l = Σ_m |M_lm|² over all orders of either sign, and 1 − p_l."""
        versine = 2.0 / (1.0 + np.exp(np.minimum(-2.0 * self.tables.y, 700.0)))
        mean = self.rings.azimuthal_modes(self.values, 1)[0].real * self.rings.weight
        missing = self.tables.axial.chords @ (mean * versine)
        others = 2.0 * np.sum(np.abs(self.moments[1:]) ** 2, axis=0)
        return np.abs(self.moments[0]) ** 2 + others, missing * (2.0 - missing) - others

    def partition_noise(self) -> float:
        """Return the relative rounding error of the partition where it is smallest; 0 without softmax."""
        if not self.spectrum.normalized:
            return 0.0
        return self.spectrum.noise(self.mean_squares()[0], self._partition)
