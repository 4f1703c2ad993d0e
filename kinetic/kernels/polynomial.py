"""Polynomial kernels Σ_k c_k <x, y>^k: finitely many degrees, each eigenvalue in closed form.

    ∫ t^k P_l dσ = Γ(k+1) Γ(d/2) / (2^k Γ((k−l)/2 + 1) Γ((k+l+d)/2))      (k − l even and ≥ 0, otherwise 0),

hence k!/(d(d+2)…)-like numbers that follow from one another by (k − l)/(k + l + d) from l to l + 2.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kinetic.kernels.kernel import NEGLIGIBLE, Kernel
from kinetic.types import Array, ArrayLike, ComplexArray


@dataclass(frozen=True)
class PolynomialKernel(Kernel):
    """The kernel Σ_k c_k t^k.

    Parameters
    ----------
    coefficients : tuple of float
        c_0, c_1, …
    dimension : int
        Ambient dimension d ≥ 2.

    Accuracy
    --------
    Products and quotients of positive numbers for each power; powers of different signs may cancel, as they do in g
    (tests/kernels/test_kernels.py: d = 2 … 4096 against quadrature).
    """

    coefficients: tuple[float, ...]
    dimension: int

    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return Σ_k c_k t^k e^{−log_scale}."""
        powers = np.polynomial.polynomial.polyval(np.asarray(cosine, dtype=float), self.coefficients)
        return np.asarray(np.exp(np.negative(log_scale)) * powers)

    def slopes(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return Σ_k k c_k t^{k−1} e^{−log_scale}."""
        return self._with(k * c for k, c in enumerate(self.coefficients) if k).values(cosine, log_scale)

    def antiderivative(self) -> tuple[float, "PolynomialKernel"]:
        """Return Σ_k c_k t^{k+1}/(k+1)."""
        return 1.0, self._with([0.0, *(c / (k + 1) for k, c in enumerate(self.coefficients))])

    def scaled(self, factor: float) -> "PolynomialKernel":
        """Return Σ_k c_k factor^k t^k."""
        return self._with(c * factor**k for k, c in enumerate(self.coefficients))

    def _with(self, coefficients: Iterable[float]) -> "PolynomialKernel":
        return PolynomialKernel(tuple(coefficients) or (0.0,), self.dimension)

    @property
    def last_degree(self) -> int:
        """One more than the highest power: the degree of the potential."""
        return len(self.coefficients)

    @property
    def sharpness(self) -> float:
        """The degree: t^k changes at most by the factor e^{k(1−t)} near t = 1."""
        return float(len(self.coefficients) - 1)

    @property
    def log_largest(self) -> float:
        """ln Σ_k |c_k|; 0 for the kernel that is zero."""
        total = sum(map(abs, self.coefficients))
        return math.log(total) if total else 0.0

    def logarithmic_degree(self) -> int | None:
        """Return a degree beyond which ∇Z/Z is below rounding for every density; None where g has a zero nearby.

        Along a great circle continued to θ + iη, <x, y> stays in the ellipse of semi-axes cosh η and sinh η, and there
        the harmonic Re g is least on the border. While that is m > 0, |Z| ≥ m, and the quotient, bounded by
        cosh η max |g|/m, is analytic: its coefficients fall like that times e^{−ηk}. The best η gives the degree.
        """
        strip = np.linspace(0.05, 4.0, 80)
        border = self._continued(np.cos(np.linspace(0.0, np.pi, 400)[:, None] + 1j * strip))
        least, largest = border.real.min(axis=0), np.abs(border).max(axis=0)
        if not least[0] > 0:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            bounds = np.where(least > 0, np.log(np.cosh(strip) * largest / (NEGLIGIBLE * least)) / strip, np.inf)
        return math.ceil(float(bounds.min()))

    def _continued(self, cosine: ComplexArray) -> ComplexArray:
        """Return Σ_k c_k t^k at complex t."""
        return np.asarray(np.polynomial.polynomial.polyval(cosine, self.coefficients))

    def log_eigenvalues(self, degree: int) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.abs(self._sums(degree))))

    def signs(self, degree: int) -> Array:
        return np.where(self._sums(degree) < 0, -1.0, 1.0)

    def _sums(self, degree: int) -> Array:
        total = np.zeros(degree + 1)
        for power, coefficient in enumerate(self.coefficients):
            if coefficient:
                total += coefficient * monomial_eigenvalues(power, degree, self.dimension)
        return total


def monomial_eigenvalues(power: int, degree: int, dimension: int) -> Array:
    """Return ∫ t^k P_l dσ, l = 0 … degree, of the power k."""
    found = np.zeros(degree + 1)
    first = power % 2
    # means of even powers: ∫ t^{2j} dσ = Π (2i−1)/(d+2i−2); an odd power with P_1 = t is the next even one
    value = math.prod((2 * i - 1) / (dimension + 2 * i - 2) for i in range(1, (power + first) // 2 + 1))
    for l in range(first, min(power, degree) + 1, 2):
        found[l] = value
        value *= (power - l) / (power + l + dimension)
    return found
