"""Attention seen from a pole that rides on matter: drifts that keep their relative accuracy at a collapsed density.

With y = ln tan(θ/2) the latitude about the pole p and φ the azimuth, the drift X of one identity head is given as

    θ' = sin θ · latitude rate,    φ' = azimuth rate,    both relative to the turning frame that keeps p material,

so that at a cluster of any smallness about p the rates are of order one and exact in their leading digits. What the
frame's turn takes out, X(p), is returned beside them. The module sees masses at latitudes and azimuths; it knows no
transforms, charts or time.

Symbols: Q_lm = ((l−m)!/(l+m)!)^{1/2} |P_l^m| = sin^m θ T_lm(c), c = cos θ; u_l = N_l w_l/β and z_l = N_l w_l the
kernel's coefficients (softmax: both divided by w_0); M_lm = ∫ Q_lm e^{−imφ} dμ; X = F/Z, F the gradient of the
potential, Z = 1 without normalisation.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.charts.latitude import sine, versine
from kinetic.kernels import Spectrum
from kinetic.special import jacobi_coefficients
from kinetic.types import Array


@dataclass(frozen=True)
class Drift:
    """The drift at the nodes, relative to a material pole.

    Parameters
    ----------
    latitude_rate : Array
        y' = θ'/sin θ.
    azimuth_rate : Array or None
        φ', absent where there is no azimuth.
    pole : Array
        X(p): (X_x, X_y) on the sphere, one number on the circle, empty for axisymmetric densities.
    power : float
        ∫ Z |X|² dμ, a sum of non-negative terms.
    square : float
        ∫ |X|² dμ, likewise.
    """

    latitude_rate: Array
    azimuth_rate: Array | None
    pole: Array
    power: float
    square: float


@dataclass(frozen=True)
class AxialTables:
    """P_l, E_l = (1 − P_l)/(1 − c) and dP_l/dc at latitudes y, l = 0 … K, each of shape (K+1, n).

    From α_l P_{l+1} = c P_l − γ_l P_{l−1} with α + γ = 1: α_l E_{l+1} = 1 + c E_l − γ_l E_{l−1}, no difference of
    nearly equal numbers near c = 1; and α_l P'_{l+1} = P_l + c P'_l − γ_l P'_{l−1}.
    """

    values: Array
    chords: Array
    slopes: Array

    @classmethod
    def at(cls, degree: int, dimension: int, y: Array) -> "AxialTables":
        """Tabulate at latitudes y."""
        alpha, gamma = jacobi_coefficients(degree, dimension)
        c = -np.tanh(y)
        values, chords, slopes = np.ones((3, degree + 1, y.size))
        chords[0] = slopes[0] = 0.0
        if degree > 0:
            values[1] = c
        for l in range(1, degree):
            values[l + 1] = (c * values[l] - gamma[l] * values[l - 1]) / alpha[l]
            chords[l + 1] = (1.0 + c * chords[l] - gamma[l] * chords[l - 1]) / alpha[l]
            slopes[l + 1] = (values[l] + c * slopes[l] - gamma[l] * slopes[l - 1]) / alpha[l]
        return cls(values, chords, slopes)


class AxialAttention:
    """One identity head acting on axisymmetric densities: y' = −Σ u_l M_l P_l'(c)/Z."""

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum

    def drift(self, y: Array, masses: Array) -> Drift:
        """Return the drift of masses at latitudes y, both of shape (1, n), itself at those latitudes."""
        rate, partition, _ = self._motion(y[0], masses[0])
        speed = (sine(y[0]) * rate) ** 2
        power = self.spectrum.scale * float(masses[0] @ (speed * partition))
        return Drift(rate[None], None, np.zeros(0), power, float(masses[0] @ speed))

    def partition_noise(self, y: Array, masses: Array) -> float:
        """Return the relative rounding error of the partition where it is smallest."""
        _, partition, moments = self._motion(y[0], masses[0])
        return self.spectrum.noise(moments**2, partition)

    def _motion(self, y: Array, masses: Array) -> tuple[Array, Array, Array]:
        tables = AxialTables.at(self.spectrum.degree, self.spectrum.dimension, y)
        moments = tables.values @ masses
        force = -(self.spectrum.potential * moments) @ tables.slopes
        if not self.spectrum.normalized:
            return force, np.ones_like(force), moments
        partition = (self.spectrum.partition * moments) @ tables.values
        return force / partition, partition, moments

    def mean_squares(self, y: Array, masses: Array) -> tuple[Array, Array]:
        """Return p_l = M_l² and 1 − p_l, l = 0 … K, neither as a difference of nearly equal numbers."""
        tables = AxialTables.at(self.spectrum.degree, self.spectrum.dimension, y[0])
        missing = tables.chords @ (masses[0] * versine(y[0]))
        return (tables.values @ masses[0]) ** 2, missing * (2.0 - missing)


class CircleAttention:
    """One identity head on the circle, the pole at angle 0; rows of arrays are the sides θ > 0 and θ < 0.

    With a_l = ∫ cos lθ dμ, b_l = ∫ sin lθ dμ, U_{l−1} = sin lθ/sin θ, and τ = tan(θ/2) (signed; τ = ±e^y):

        F(θ) = Σ l u_l (b_l cos lθ − a_l sin lθ),    A = F(0) = Σ l u_l b_l,
        (F(θ) − A)/sin θ = −Σ l u_l (a_l U_{l−1} + b_l τ E_l),

    because 1 − cos lθ = (1 − cos θ) E_l = τ sin θ E_l. With softmax F/Z − A/Z_p = (F − A)/Z + A (Z_p − Z)/(Z Z_p), and
    (Z_p − Z)/sin θ = Σ z_l (a_l τ E_l − b_l U_{l−1}).
    """

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum

    def _series(self, y: Array, masses: Array) -> tuple[AxialTables, Array, Array, Array]:
        """Return (tables, U_{l−1}, a_l, b_l)."""
        tables = AxialTables.at(self.spectrum.degree, 2, y)
        degrees = np.maximum(np.arange(self.spectrum.degree + 1.0), 1.0)
        quotients = tables.slopes / degrees[:, None]
        cosines = tables.values @ (masses[0] + masses[1])
        sines = quotients @ (sine(y) * (masses[0] - masses[1]))
        return tables, quotients, cosines, sines

    def drift(self, y: Array, masses: Array) -> Drift:
        """Return the drift at latitudes y (n,), of masses (2, n) on the two sides."""
        tables, quotients, a, b = self._series(y[0], masses)
        side = np.array([[1.0], [-1.0]])
        weights = np.arange(a.size) * self.spectrum.potential
        tau, across = np.exp(y[0]), sine(y[0])
        pole = float(weights @ b)
        rate = -((weights * a) @ quotients + side * (tau * ((weights * b) @ tables.chords)))
        partition, at_pole = np.ones_like(masses), 1.0
        if self.spectrum.normalized:
            z = self.spectrum.partition
            partition = self._partition(tables, quotients, a, b, across)
            at_pole = float(z @ a)
            lag = side * (tau * ((z * a) @ tables.chords)) - (z * b) @ quotients
            rate = (rate + pole * lag / at_pole) / partition
        pole /= at_pole
        speed = (side * across * rate + pole) ** 2
        power = self.spectrum.scale * float(np.sum(masses * speed * partition))
        return Drift(rate, None, np.array([pole]), power, float(np.sum(masses * speed)))

    def _partition(self, tables: AxialTables, quotients: Array, a: Array, b: Array, across: Array) -> Array:
        even = (self.spectrum.partition * a) @ tables.values
        odd = across * ((self.spectrum.partition * b) @ quotients)
        return np.stack([even + odd, even - odd])

    def partition_noise(self, y: Array, masses: Array) -> float:
        """Return the relative rounding error of the partition where it is smallest."""
        tables, quotients, a, b = self._series(y[0], masses)
        partition = self._partition(tables, quotients, a, b, sine(y[0]))
        return self.spectrum.noise(a * a + b * b, partition)

    def mean_squares(self, y: Array, masses: Array) -> tuple[Array, Array]:
        """Return p_l = a_l² + b_l² and 1 − p_l, l = 0 … K."""
        tables, _, a, b = self._series(y[0], masses)
        missing = tables.chords @ ((masses[0] + masses[1]) * versine(y[0]))
        return a * a + b * b, missing * (2.0 - missing) - b * b
