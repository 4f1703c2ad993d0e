"""Tokens in the plane: Fourier sums over the kernel's significant modes.

With x = e^{iθ} as a complex number and M_k = ∫ e^{−ikφ} dμ,

    Z(x) = w_0 M_0 + 2 Re Σ_{k≥1} w_k M_k x^k,
    ∫ y e^{β<x,y>} dμ = w_0 conj M_1 + Σ_{k≥1} w_k (M_{k−1} x^k + conj(M_{k+1} x^k)),

the second because multiplication by e^{iφ} shifts moments. The module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.kernels import Spectrum
from kinetic.normed.field import IdentityTokens, TokenField
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import CirclePoints
from kinetic.special import powers as powers_of
from kinetic.types import Array, ComplexArray

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class CircleTokens(IdentityTokens[Circle]):
    """One identity head on tokens whose directions are points of the circle.

    **Cost** One table of K complex powers of n numbers, two products with it.
    """

    components = 2

    def field(self, directions: Array, masses: Array) -> TokenField:
        """Return the attention at every token.

        **Accuracy** ε Σ |w_k M_k|, absolute: relative to Z where that is smallest, ε e^{2|β|} at worst.
        """
        weights = eigenvalues(self.spectrum)
        degree = weights.size - 1
        powers = powers_of(_complex(directions), degree + 1)
        moments = np.conj(powers @ masses)
        waves = powers[1:-1]
        shifted = weights[1:, None] * np.stack([moments[:-2], moments[2:]], axis=1)
        up, down = shifted.T @ waves
        vectors = weights[0] * np.conj(moments[1]) + up + np.conj(down)
        force = np.stack([vectors.real, vectors.imag], axis=1)
        sizes = np.abs(weights) * np.where(np.arange(degree + 1) == 0, 1.0, 2.0)
        rounding = _EPS * float(sizes @ np.abs(moments[:-1]))
        if not self.spectrum.normalized:
            return TokenField(force, force, np.full(masses.size, rounding), 0.0)
        partition = weights[0] * moments[0].real + 2.0 * ((weights[1:] * moments[1:-1]) @ waves).real
        return normalized(force, partition, rounding, self.spectrum.scale)

    def coefficients(self, directions: Array, masses: Array) -> Array:
        """Return c_k = ∫ e^{−ikφ} dμ as pairs (Re, Im)."""
        return CirclePoints(directions).sums(masses, self.space.degree)

    def mean_squares(self, directions: Array, masses: Array, axis: Array) -> tuple[Array, Array]:
        """Return |M_k|² and 1 − |M_k|² from ∫ (1 − cos kψ) dμ and ∫ sin kψ dμ, ψ the angle to the axis."""
        cosine, sine = directions @ axis, directions[:, 1] * axis[0] - directions[:, 0] * axis[1]
        angles = np.arange(self.spectrum.degree + 1.0)[:, None] * np.arctan2(sine, cosine)
        deficits, sines = (2.0 * np.sin(0.5 * angles) ** 2) @ masses, np.sin(angles) @ masses
        return (1.0 - deficits) ** 2 + sines**2, deficits * (2.0 - deficits) - sines**2

    def log_area(self, tokens: Array, derivatives: Array) -> Array:
        """Return ln of (y × ∂y/∂ξ)/(2π r²)."""
        slope = derivatives[0]
        turned = tokens[..., 0] * slope[..., 1] - tokens[..., 1] * slope[..., 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(turned) - np.log(2.0 * math.pi * np.vecdot(tokens, tokens)))


def normalized(force: Array, partition: Array, rounding: float, scale: float) -> TokenField:
    """Return the field of softmax attention from force and partition that are both divided by `scale`."""
    with np.errstate(all="ignore"):
        attention = force / partition[:, None]
        noise = np.where(partition > 0, rounding / np.abs(partition), np.inf)
    return TokenField(attention, scale * force, noise, float(noise.max()))


def eigenvalues(spectrum: Spectrum) -> Array:
    """Return w_l, l = 0 … K (softmax: over w_0); K ≥ 1."""
    kernel, degree = spectrum.kernel, max(spectrum.degree, 1)
    logs = kernel.log_eigenvalues(degree) - (kernel.log_constant if spectrum.normalized else 0.0)
    return np.asarray(kernel.signs(degree) * np.exp(logs))


def _complex(directions: Array) -> ComplexArray:
    return np.ascontiguousarray(directions).view(complex)[:, 0]
