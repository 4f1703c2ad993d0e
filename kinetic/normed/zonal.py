"""Axisymmetric tokens in any dimension, by their components (<y, e>, distance from the axis): Gegenbauer sums.

With t = <x, x'>, x = (c, s) and μ axisymmetric, the attention output has a tangential part −s F towards the axis and a
normal part H (both over Z with softmax):

    F = Σ_l g_l N_l M_l P_l'(c),   Z = Σ_l w_l N_l M_l P_l(c),   H = ∫ t e^{βt} dμ = Σ_l h_l N_l M_l P_l(c),

w_l the eigenvalues of e^{βt}, g_l = w_l/β, and h_l = α_l w_{l+1} + γ_l w_{l−1} those of t e^{βt}, by the recurrence
t P_l = α_l P_{l+1} + γ_l P_{l−1} (derived here: h_l is the mean of t e^{βt} P_l). In components A = (c H + s² F,
s (H − c F)): the distance from the axis keeps its relative accuracy however small it is.

As in `attention.axisymmetric`, what is summed is the difference to a Dirac mass at the pole on the mean's side, for
which Z = F = e^{βc} and H = c e^{βc}. The module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betaln

from kinetic.attention.axisymmetric import zonal_tables
from kinetic.charts.latitude import versine
from kinetic.normed.field import IdentityTokens, TokenField
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator, jacobi_coefficients, laplace_eigenvalues, log_harmonic_dimensions
from kinetic.types import Array

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class ZonalTokens(IdentityTokens[Zonal]):
    """One identity head on axisymmetric tokens.

    **Cost** Three recurrences of length K over n tokens.
    """

    components = 2

    @cached_property
    def _weights(self) -> tuple[Array, Array, Array]:
        """w_l N_l, g_l N_l l(l+d−2)/(d−1) and h_l N_l over the scale, l = 0 … K."""
        kernel, degree = self.spectrum.kernel, max(self.spectrum.degree, 1)
        dimension = kernel.dimension
        shift = log_harmonic_dimensions(degree + 1, dimension) - self.log_scale
        values = kernel.signs(degree + 1) * np.exp(kernel.log_eigenvalues(degree + 1) + shift)
        potential = kernel.potential_signs(degree) * np.exp(kernel.log_potential_eigenvalues(degree) + shift[:-1])
        slopes = potential * laplace_eigenvalues(degree, dimension) / (dimension - 1)
        alpha, gamma = jacobi_coefficients(degree, dimension)
        steps = np.exp(-np.diff(shift))  # N_l/N_{l+1}
        lower = np.append(0.0, values[:-2] / steps[:-1])
        return values[:-1], slopes, alpha * values[1:] * steps + gamma * lower

    @property
    def log_scale(self) -> float:
        """What logarithms of the kernel are reduced by: |β| with softmax, whose quotients do not see it."""
        return self.spectrum.kernel.log_largest if self.spectrum.normalized else 0.0

    def field(self, directions: Array, masses: Array) -> TokenField:
        """Return the attention at every token.

        **Accuracy** ε e^{2|β|} max δ_l relative to Z, δ_l = ∫ (1 − P_l) dμ: it vanishes with the collapse. In high
        dimension the weights are known to ε ln N_K only, as exponentials of logarithms.
        """
        side = 1.0 if float(masses @ directions[:, 0]) >= 0 else -1.0
        z = _latitudes(directions, side)
        tables = zonal_tables(self._weights[0].size - 1, self.spectrum.dimension, z)
        deficits = tables[2] @ (masses * versine(z))
        vectors, Z, rounding = self._sums(directions, side, float(masses.sum()), deficits, tables)
        scale = math.exp(self.log_scale)
        if not self.spectrum.normalized:
            return TokenField(vectors, vectors, rounding, 0.0)
        with np.errstate(all="ignore"):
            noise = np.where(Z > 0, rounding / np.abs(Z), np.inf)
            return TokenField(vectors / Z[:, None], scale * vectors, noise, float(noise.max()))

    @property
    def degree(self) -> int:
        """K, the highest degree that is felt."""
        return int(self._weights[0].size - 1)

    def sums(self, directions: Array, side: float, deficits: Array) -> tuple[Array, Array, Array]:
        """Return ∫ y e^{β<x,y>} dμ, Z and their rounding error at directions, all over e^{log_scale}, μ of mass one.

        Parameters
        ----------
        directions : Array, shape (n, 2)
        side : float
            1 or −1: the pole ±e about which the deficits are.
        deficits : Array, shape (K + 1,)
            ∫ (1 − P_l) dμ about that pole.
        """
        tables = zonal_tables(self.degree, self.spectrum.dimension, _latitudes(directions, side))
        return self._sums(directions, side, 1.0, deficits, tables)

    def _sums(
        self, directions: Array, side: float, mass: float, deficits: Array, tables: tuple[Array, Array, Array]
    ) -> tuple[Array, Array, Array]:
        c, s = side * directions[:, 0], directions[:, 1]
        kernel_weights, slope_weights, normal_weights = self._weights
        values, slopes, _ = tables
        dirac = mass * self.spectrum.kernel.values(c, self.log_scale)
        Z = dirac - (kernel_weights * deficits) @ values
        F = dirac - (slope_weights * deficits)[1:] @ slopes[:-1]
        H = dirac * c - (normal_weights * deficits) @ values
        vectors = np.stack([side * (c * H + s * s * F), s * (H - c * F)], axis=1)
        size = 4.0 + float(log_harmonic_dimensions(kernel_weights.size, self.spectrum.dimension).max())
        sizes = float((np.abs(kernel_weights) + np.abs(normal_weights)) @ np.abs(deficits))
        return vectors, Z, _EPS * size * (dirac + sizes)

    def mean(self, directions: Array, masses: Array) -> Array:
        """Return (∫ c dμ, 0): what is perpendicular to the axis cancels."""
        return np.array([float(masses @ directions[:, 0]), 0.0])

    def coefficients(self, directions: Array, masses: Array) -> Array:
        """Return M_l = ∫ P_l(<x, e>) dμ."""
        tables = gegenbauer_mercator(self.space.degree, self.space.dimension, _latitudes(directions, 1.0))
        return np.asarray(tables @ masses)

    def mean_squares(self, directions: Array, masses: Array, axis: Array) -> tuple[Array, Array]:
        """Return M_l² and 1 − M_l², both from ∫ (1 − P_l) dμ about e or −e."""
        z = _latitudes(directions, 1.0 if axis[0] >= 0 else -1.0)
        deficits = zonal_tables(self.spectrum.degree, self.spectrum.dimension, z)[2] @ (masses * versine(z))
        return (1.0 - deficits) ** 2, deficits * (2.0 - deficits)

    def log_area(self, tokens: Array, derivatives: Array) -> Array:
        """Return ln of sin^{d−2} θ dθ/dξ / B(½, (d−1)/2), dθ = (y_1 dy_2 − y_2 dy_1)/r²."""
        slope, square, dimension = derivatives[0], np.vecdot(tokens, tokens), self.spectrum.dimension
        turned = tokens[..., 0] * slope[..., 1] - tokens[..., 1] * slope[..., 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            log_sine = np.log(tokens[..., 1]) - 0.5 * np.log(square)
            rate = np.log(turned) - np.log(square)
        return np.asarray((dimension - 2) * log_sine + rate - betaln(0.5, 0.5 * (dimension - 1)))


def _latitudes(directions: Array, side: float) -> Array:
    """Return y = ln tan(θ/2) = −arsinh(cot θ) about the axis (side 1) or its opposite (−1).

    Halving a cell of next to no mass may leave a token a little beyond the axis, at a negative distance from it: the
    other side of the same latitude.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-np.arcsinh(side * directions[:, 0] / np.abs(directions[:, 1])))
