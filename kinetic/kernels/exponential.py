"""The zonal kernel e^{β<x,y>} on S^{d-1}: its Funk–Hecke eigenvalues, in a form that neither over- nor underflows.

    ∫ e^{β<x,y>} Y_l(y) dσ(y) = w_l(β) Y_l(x),     w_l(β) = Γ(d/2) (2/β)^{d/2−1} I_{l+d/2−1}(β).

The module knows the kernel and nothing of densities, normalization or matrices.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.kernels.kernel import NEGLIGIBLE, Kernel, ZonalFunction
from kinetic.kernels.polynomial import PolynomialKernel
from kinetic.special import bessel_quotients, log_hypergeometric_0f1
from kinetic.types import Array, ArrayLike

_SPARE = 400  # degrees offered beyond 4|β|; the kernel takes what it needs


@dataclass(frozen=True)
class ExponentialKernel(Kernel):
    """The kernel e^{β<x,y>} on S^{d-1}, by degree.

    Two families of eigenvalues are offered: w_l of the kernel itself (it makes the partition Z from the density) and
    W_l = w_l/β of the potential kernel (e^{β<x,y>} − w_0)/β, whose gradient is the unnormalised drift. W_l has a limit
    at β = 0 (W_1 = 1/d, all others zero), so that no formula downstream divides by β.

    Parameters
    ----------
    beta : float
        Inverse temperature, any sign.
    dimension : int
        Ambient dimension d ≥ 2.

    Accuracy
    --------
    ln(|w_l| N_l) to about l·ε for d from 2 to 4096 and |β| up to 1000 (tests/kernels/test_exponential.py: against
    quadrature, scipy's Bessel functions where those exist, and the limit β → 0).
    """

    beta: float
    dimension: int

    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return e^{βt − log_scale}."""
        return np.asarray(np.exp(self.beta * np.asarray(cosine, dtype=float) - log_scale))

    def slopes(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return β e^{βt − log_scale}."""
        return self.beta * self.values(cosine, log_scale)

    def antiderivative(self) -> tuple[float, ZonalFunction]:
        """Return e^{βt}/β, or t at β = 0."""
        return (1.0 / self.beta, self) if self.beta else (1.0, PolynomialKernel((0.0, 1.0), self.dimension))

    def scaled(self, factor: float) -> "ExponentialKernel":
        """Return e^{β·factor·t}."""
        return ExponentialKernel(self.beta * factor, self.dimension)

    @property
    def logarithmic_slope(self) -> float:
        """β."""
        return self.beta

    @property
    def sharpness(self) -> float:
        """β."""
        return self.beta

    @property
    def log_largest(self) -> float:
        """|β|, the logarithm of the largest value."""
        return abs(self.beta)

    @property
    def last_degree(self) -> int:
        """Degrees offered: more than any drift feels."""
        return 4 * int(abs(self.beta)) + _SPARE

    @cached_property
    def log_constant(self) -> float:
        """ln w_0, the logarithm of the kernel's mean over the sphere."""
        return log_hypergeometric_0f1(self.dimension / 2, self.beta * self.beta / 4)

    def log_eigenvalues(self, degree: int) -> Array:
        """Return ln |w_l|, l = 0 … degree (−∞ where w_l = 0); the sign is that of β^l."""
        quotients = bessel_quotients(degree, self.dimension / 2 - 1, self.beta)
        with np.errstate(divide="ignore"):
            steps = np.log(abs(self.beta) * quotients)
        return self.log_constant + np.concatenate([[0.0], np.cumsum(steps)])

    def log_potential_eigenvalues(self, degree: int) -> Array:
        """Return ln |W_l| with W_l = w_l/β, l = 0 … degree (W_0, a constant, counts as zero)."""
        quotients = bessel_quotients(degree, self.dimension / 2 - 1, self.beta)
        with np.errstate(divide="ignore"):
            steps = np.concatenate([np.log(quotients[:1]), np.log(abs(self.beta) * quotients[1:])])
        return self.log_constant + np.concatenate([[-np.inf], np.cumsum(steps)])

    def signs(self, degree: int) -> Array:
        """Return the sign of β^l, l = 0 … degree: alternating for β < 0."""
        return np.where((np.arange(degree + 1) % 2 == 1) & (self.beta < 0), -1.0, 1.0)

    def potential_signs(self, degree: int) -> Array:
        """Return the sign of β^{l−1}, l = 0 … degree."""
        return self.signs(degree) * (-1.0 if self.beta < 0 else 1.0)

    def logarithmic_degree(self) -> int:
        """Return a degree beyond which ∇ ln Z is below rounding, for every density whatever.

        Along a great circle continued to the complex angle θ + iη, the terms e^{β<x,y>} of Z have phases of at most
        β sinh η: while that is below π/2 they cannot cancel, |Z| ≥ cos(β sinh η) ∫|e^{β<x,y>}| dμ, and the quotient
        ∇Z/Z, bounded by 1/cos(β sinh η), is analytic. Its coefficients fall like e^{−ηk}/cos(β sinh η); the best η
        in the strip gives the degree at which that passes one rounding error.
        """
        if self.beta == 0:
            return 1
        strip = np.arcsinh(0.5 * math.pi / abs(self.beta)) * np.linspace(0.05, 0.999, 200)
        bounds = -np.log(NEGLIGIBLE * np.cos(abs(self.beta) * np.sinh(strip))) / strip
        return math.ceil(float(bounds.min()))
