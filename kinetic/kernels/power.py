"""Kernels max(<x, y>, 0)^p: tokens of the other hemisphere weigh nothing. p = 1 is the rectified linear kernel (ReLU).

    g_l = Γ(p+1) Γ(d/2) / (2^{p+1} Γ((p−l)/2 + 1) Γ((p+l+d)/2)),

the half-range integral of Gegenbauer's polynomials (Gradshteyn and Ryzhik, 7.311.2, with Γ(2z) by Legendre's
duplication). It obeys g_{l+2} = (p − l)/(p + l + d) g_l, and falls like l^{−p−d/2}: like l^{−(d+2)/2} for ReLU. For an
integer p the degrees p + 2, p + 4, … are absent.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.kernels.kernel import Kernel
from kinetic.special import log_gamma_ratio
from kinetic.types import Array, ArrayLike


@dataclass(frozen=True)
class PowerKernel(Kernel):
    """The kernel factor · max(side·t, 0)^p.

    Parameters
    ----------
    power : float
        p > 0; a derivative may have p = 0.
    dimension : int
        Ambient dimension d ≥ 2.
    factor : float
        ≥ 0.
    side : int
        1, or −1 for the kernel of the other hemisphere.

    Accuracy
    --------
    ln |g_l| to about l·ε: a product of exact ratios (tests/kernels/test_kernels.py: d = 2 … 4096 against quadrature
    broken at the kink).
    """

    power: float
    dimension: int
    factor: float = 1.0
    side: int = 1

    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return factor·max(side·t, 0)^p e^{−log_scale}; ½ at a jump (p = 0)."""
        t = self.side * np.asarray(cosine, dtype=float)
        raised = np.heaviside(t, 0.5) if self.power == 0 else np.maximum(t, 0.0) ** self.power
        return np.asarray(self._scaled(log_scale) * raised)

    def _scaled(self, log_scale: Array | float) -> Array:
        """Return factor·e^{−log_scale}, either of which may be beyond the range of numbers alone."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.copysign(np.exp(np.log(abs(self.factor)) - log_scale), self.factor))

    def slopes(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return the derivative off the kink."""
        if self.power == 0:
            return np.zeros(np.shape(cosine))
        below = PowerKernel(self.power - 1, self.dimension, self.power * self.factor, self.side)
        return self.side * below.values(cosine, log_scale)

    def antiderivative(self) -> tuple[float, "PowerKernel"]:
        """Return side·factor·max(side·t, 0)^{p+1}/(p+1)."""
        return float(self.side), PowerKernel(self.power + 1, self.dimension, self.factor / (self.power + 1), self.side)

    def scaled(self, factor: float) -> "PowerKernel":
        """Return the kernel at factor·t, |factor|^p times this one or its mirror image."""
        grown = self.factor * abs(factor) ** self.power
        return PowerKernel(self.power, self.dimension, grown, -self.side if factor < 0 else self.side)

    @property
    def last_degree(self) -> None:
        """None: a kink has all degrees."""
        return

    @property
    def log_largest(self) -> float:
        """ln factor; 0 for the kernel that is zero."""
        return math.log(self.factor) if self.factor else 0.0

    def logarithmic_degree(self) -> None:
        """Return None: a quotient may have any degree."""

    def log_eigenvalues(self, degree: int) -> Array:
        p, d = self.power, self.dimension
        logs = np.empty(degree + 1)
        with np.errstate(divide="ignore"):
            scale = np.log(0.5 * self.factor)
            for first in range(min(2, degree + 1)):
                even = np.arange(first, degree - 1, 2.0)
                steps = np.log(np.abs(p - even)) - np.log(p + even + d)
                logs[first::2] = scale + _log_half_moment(p + first, d) + np.concatenate([[0.0], np.cumsum(steps)])
        return logs

    def signs(self, degree: int) -> Array:
        """Return the sign of g_l: it alternates with every second degree beyond p."""
        l = np.arange(degree + 1)
        flips = np.maximum(np.ceil((l - 2 - self.power) / 2), 0)
        signs = np.where(flips % 2 == 1, -1.0, 1.0)
        return np.where((l % 2 == 1) & (self.side < 0), -signs, signs)


def _log_half_moment(power: float, dimension: int) -> float:
    """Return ln ∫ |t|^p dσ = ln Γ((p+1)/2) Γ(d/2) / (√π Γ((p+d)/2))."""
    mean = math.lgamma(0.5 * (power + 1)) - 0.5 * math.log(math.pi)
    return mean - log_gamma_ratio(0.5 * dimension, 0.5 * power)
