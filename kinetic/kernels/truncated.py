"""The exponential kernel cut off: e^{β<x, y>} where <x, y> ≥ c, and nothing for tokens farther away.

With w the weight (1 − t²)^{(d−3)/2}, the step 1_{t ≥ c} has the eigenvalues

    h_l = ∫_c^1 P_l w dt / ∫ w dt = (1 − c²)^{(d−1)/2} P_{l−1}^{(d+2)}(c) / ((d−1) B(½, (d−1)/2)),      l ≥ 1,

because ((1 − t²) w P_l')' = −l(l+d−2) w P_l. For every kernel W' = g gives W_l = (g_{l−1} − g_{l+1})/(2l+d−2), and here
W = (e^{βt} − e^{βc})/β on the cap, so that (derived here)

    (2l + d − 2)(g_l − e^{βc} h_l) = β (g_{l−1} − g_{l+1}).

Of the two solutions without h one decays and one grows like those of Bessel's recurrence: the equations are solved as
a boundary value problem, g_0 from a quadrature at one end and e^{βc} h_l, which g_l tends to, far out. Both ends are
forgotten within the degrees added. g_l falls like l^{−d/2}. The unknowns are √N_l g_l, bounded by Bessel's inequality.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kinetic.errors import DomainError
from kinetic.kernels.exponential import ExponentialKernel
from kinetic.kernels.kernel import Kernel, ZonalFunction
from kinetic.kernels.polynomial import PolynomialKernel
from kinetic.special import (
    gauss_panels,
    jacobi_coefficients,
    laplace_eigenvalues,
    log_gamma_ratio,
    log_harmonic_dimensions,
)
from kinetic.types import Array, ArrayLike

_FORGOTTEN = 60  # degrees beyond the last one, and beyond |β|, after which an end is felt by less than 2^{-60}
_SMALLEST_CAP = -550.0  # ln (1 − c²)^{(d−1)/2}: below, orthonormal polynomials at c leave the range of doubles


def truncated_kernel(beta: float, cutoff: float, dimension: int, side: int = 1) -> Kernel:
    """Return e^{β·side·t} where side·t ≥ cutoff and 0 elsewhere, for a cutoff anywhere on the real line."""
    if cutoff > 1:
        return PolynomialKernel((0.0,), dimension)
    return TruncatedKernel(beta, cutoff, dimension, side) if cutoff > -1 else ExponentialKernel(side * beta, dimension)


@dataclass(frozen=True)
class TruncatedKernel(Kernel):
    """The kernel e^{β·side·t} where side·t ≥ c, 0 elsewhere.

    Parameters
    ----------
    beta : float
        Inverse temperature, any sign.
    cutoff : float
        c, a cosine in (−1, 1].
    dimension : int
        Ambient dimension d ≥ 2.
    side : int
        1, or −1 for the cap about −x.

    Accuracy
    --------
    √N_l g_l to about l·ε of the largest of them (tests/kernels/test_kernels.py: against quadrature broken at the
    jump).

    Raises
    ------
    DomainError
        If the cap is so small in so high a dimension that doubles do not hold its share of the sphere.
    """

    beta: float
    cutoff: float
    dimension: int
    side: int = 1

    def __post_init__(self) -> None:
        share = _log_share(self.cutoff, self.dimension)
        if 0 < self.cutoff < 1 and share < _SMALLEST_CAP:
            raise DomainError(
                f"attention.cutoff: received {self.cutoff:g} in dimension {self.dimension}, a cap of e^{share:.0f} of "
                f"the sphere; allowed are caps above e^{_SMALLEST_CAP:.0f}; bring the cutoff nearer to 0"
            )

    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return g(t) e^{−log_scale}; at the jump that of the cap."""
        t = self.side * np.asarray(cosine, dtype=float)
        return np.where(t >= self.cutoff, np.exp(self.beta * np.maximum(t, self.cutoff) - log_scale), 0.0)

    def slopes(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return g'(t) e^{−log_scale} off the jump."""
        return self.side * self.beta * self.values(cosine, log_scale)

    def antiderivative(self) -> tuple[float, ZonalFunction]:
        """Return side·(e^{β·side·t} − e^{βc})/β on the cap."""
        return float(self.side), CapPotential(self.beta, self.cutoff, self.dimension, self.side)

    def scaled(self, factor: float) -> Kernel:
        """Return g(factor·t): another cutoff; at factor = 0 the constant g(0)."""
        if factor == 0:
            return PolynomialKernel((float(self.values(0.0)),), self.dimension)
        size, side = abs(factor), self.side if factor > 0 else -self.side
        return truncated_kernel(self.beta * size, self.cutoff / size, self.dimension, side)

    @property
    def last_degree(self) -> None:
        """None: a jump has all degrees."""
        return

    @property
    def log_largest(self) -> float:
        """The larger exponent at the ends of the cap."""
        return max(self.beta, self.beta * self.cutoff)

    def logarithmic_degree(self) -> None:
        """Return None: a quotient may have any degree."""

    def log_eigenvalues(self, degree: int) -> Array:
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(_orthonormal(self.beta, self.cutoff, self.dimension, degree)[: degree + 1]))
        return np.asarray(logs + self.log_largest - 0.5 * log_harmonic_dimensions(degree, self.dimension))

    def signs(self, degree: int) -> Array:
        found = _orthonormal(self.beta, self.cutoff, self.dimension, degree)[: degree + 1]
        return _signs(found, self.side)


@dataclass(frozen=True)
class CapPotential(ZonalFunction):
    """factor·(e^{β·side·t} − e^{βc})/β where side·t ≥ c, 0 elsewhere; factor·(side·t − c) at β = 0.

    Parameters
    ----------
    beta, cutoff : float
        The cutoff may lie outside [−1, 1].
    dimension : int
    side : int
    factor : float
    """

    beta: float
    cutoff: float
    dimension: int
    side: int = 1
    factor: float = 1.0

    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        rise = np.maximum(self.side * np.asarray(cosine, dtype=float) - self.cutoff, 0.0)
        grown = np.expm1(self.beta * rise) / self.beta if self.beta else rise
        return np.asarray(self.factor * np.exp(self.beta * self.cutoff - np.asarray(log_scale)) * grown)

    def scaled(self, factor: float) -> ZonalFunction:
        """Return the value at factor·t: |factor| times that of another cutoff."""
        if factor == 0:
            return PolynomialKernel((float(self.values(0.0)),), self.dimension)
        size, side = abs(factor), self.side if factor > 0 else -self.side
        return CapPotential(self.beta * size, self.cutoff / size, self.dimension, side, self.factor * size)

    @property
    def last_degree(self) -> None:
        """None: a kink has all degrees."""
        return

    def log_eigenvalues(self, degree: int) -> Array:
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(self._scaled_eigenvalues(degree)))
        return np.asarray(logs - 0.5 * log_harmonic_dimensions(degree, self.dimension))

    def signs(self, degree: int) -> Array:
        return _signs(self._scaled_eigenvalues(degree), self.side)

    @property
    def log_constant(self) -> float:
        """The logarithm of the mean, alone; 0 where that is none."""
        return math.log(self._mean) if self._mean > 0 else 0.0

    @cached_property
    def _mean(self) -> float:
        return _mean(self.values, max(self.cutoff, -1.0), self.dimension, self.beta, self.side)

    @cached_property
    def _found(self) -> dict[int, Array]:
        """Eigenvalues by degree: their sizes are asked for, and their signs."""
        return {}

    def _scaled_eigenvalues(self, degree: int) -> Array:
        """√N_l times the eigenvalue at side 1, W_l = (g_{l−1} − g_{l+1})/(2l+d−2) beyond the mean."""
        if degree in self._found:
            return self._found[degree]
        kernel = truncated_kernel(self.beta, self.cutoff, self.dimension)
        found = self._found[degree] = np.empty(degree + 1)
        found[0] = self._mean
        size = 0.5 * log_harmonic_dimensions(degree + 1, self.dimension)
        g = kernel.signs(degree + 1) * np.exp(kernel.log_eigenvalues(degree + 1) + size)
        steps = np.exp(np.diff(size))
        l = np.arange(1.0, degree + 1)
        found[1:] = self.factor * (g[:-2] * steps[:-1] - g[2:] / steps[1:]) / (2 * l + self.dimension - 2)
        return found


def _signs(found: Array, side: int) -> Array:
    signs = np.where(found < 0, -1.0, 1.0)
    return np.where((np.arange(found.size) % 2 == 1) & (side < 0), -signs, signs)


@lru_cache(maxsize=64)
def _orthonormal(beta: float, cutoff: float, dimension: int, degree: int) -> Array:
    """Return √N_l g_l over the kernel's largest value, l = 0 … some degree beyond the one asked for, for side 1."""
    from scipy.linalg import solve_banded

    kernel = TruncatedKernel(beta, cutoff, dimension)
    log_scale = kernel.log_largest
    last = max(degree, int(abs(beta))) + _FORGOTTEN
    steps = np.exp(0.5 * np.diff(log_harmonic_dimensions(last + 2, dimension)))
    target = math.exp(beta * cutoff - log_scale) * _orthonormal_step(cutoff, dimension, last + 1)
    mean = _mean(lambda t: kernel.values(t, log_scale), cutoff, dimension, beta, 1)
    l = np.arange(1.0, last + 1)
    diagonal = 2 * l + dimension - 2
    bands = np.zeros((3, last))
    bands[0, 1:] = beta / steps[1:last]
    bands[1] = diagonal
    bands[2, :-1] = -beta * steps[1:last]
    right = diagonal * target[1:-1]
    right[0] += beta * steps[0] * mean
    right[-1] -= beta * target[-1] / steps[last]
    found = np.concatenate([[mean], solve_banded((1, 1), bands, right, check_finite=False)])
    found.setflags(write=False)
    return np.asarray(found)


def _orthonormal_step(cutoff: float, dimension: int, degree: int) -> Array:
    """Return √N_l h_l, l = 0 … degree (l = 0 is left out: 0), from √N_l P_{l−1}^{(d+2)} = √(d(d−1)/λ_l) p_{l−1}."""
    d = dimension
    if _log_share(cutoff, d) < _SMALLEST_CAP:  # a far cutoff: what is left out is nothing, the step a constant
        return np.zeros(degree + 1)
    alpha, gamma = jacobi_coefficients(degree + 1, d + 2)
    ups = np.sqrt(alpha[:degree] * gamma[1 : degree + 1])
    polynomials = np.zeros(degree)
    before, now = 0.0, 1.0
    for k in range(degree):
        polynomials[k] = now
        before, now = now, (cutoff * now - (float(ups[k - 1]) * before if k else 0.0)) / float(ups[k])
    cap = math.exp(_log_share(cutoff, d) - _log_area(d))
    sizes = np.sqrt(d * (d - 1.0) / laplace_eigenvalues(degree, d)[1:]) / (d - 1)
    return np.concatenate([[0.0], cap * sizes * polynomials])


def _log_share(cutoff: float, dimension: int) -> float:
    """Return ln (1 − c²)^{(d−1)/2}."""
    return 0.5 * (dimension - 1) * math.log1p(-cutoff * cutoff) if cutoff < 1 else -math.inf


def _mean(function: Callable[[Array], Array], cutoff: float, dimension: int, beta: float, side: int) -> float:
    """Return the mean over the sphere of a function of <x, e> that is smooth on the cap and 0 elsewhere."""
    if cutoff >= 1:
        return 0.0
    panels = 8 + int(dimension / 20 + math.sqrt(abs(beta)) + abs(beta) / 5)
    theta, weights = gauss_panels(np.linspace(0.0, math.acos(cutoff), panels + 1))
    area = np.exp((dimension - 2) * np.log(np.sin(theta)) - _log_area(dimension))
    return float((weights * area) @ function(side * np.cos(theta)))


def _log_area(dimension: int) -> float:
    """Return ln B(½, (d−1)/2), the integral of the weight."""
    return 0.5 * math.log(math.pi) - log_gamma_ratio(0.5 * (dimension - 1), 0.5)
