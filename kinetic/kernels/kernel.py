"""What attention needs of a zonal function g(<x, y>) on S^{d−1}, by degree: the contract of kernels, their spectrum.

    ∫ g(<x, y>) Y_l(y) dσ(y) = g_l Y_l(x),        W' = g,  W_l likewise,

so that without normalization the drift is ∇∫ W(<x, y>) dμ(y), the energy ½ ∬ W dμ dμ, and the partition ∫ g dμ. The
module knows no densities, no matrices and no particular kernel.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kinetic.errors import DomainError
from kinetic.special import laplace_eigenvalues, log_harmonic_dimensions
from kinetic.types import Array, ArrayLike, Normalization

NEGLIGIBLE = 2.0**-53
"""A degree whose share of the drift is below one rounding error changes no digit."""


class ZonalFunction(ABC):
    """A function of <x, y> on S^{d−1}, by its values and by degree.

    Attributes
    ----------
    dimension : int
        Ambient dimension d ≥ 2.
    """

    dimension: int

    @abstractmethod
    def values(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return g(t) e^{−log_scale}."""

    @abstractmethod
    def scaled(self, factor: float) -> "ZonalFunction":
        """Return t ↦ g(factor·t), factor of any sign."""

    @abstractmethod
    def log_eigenvalues(self, degree: int) -> Array:
        """Return ln |g_l|, l = 0 … degree; −∞ where g_l = 0."""

    @abstractmethod
    def signs(self, degree: int) -> Array:
        """Return the sign of g_l, l = 0 … degree."""

    @property
    @abstractmethod
    def last_degree(self) -> int | None:
        """A degree beyond which there is nothing that double precision sees; None where there is no such degree.

        Functions with a kink or a jump have all degrees: their convolution with a density has those of the density.
        """

    def significant_degree(self, degree: int) -> int:
        """Return the highest degree ≤ `degree` that matters in double precision."""
        return degree if self.last_degree is None else min(degree, self.last_degree)

    @property
    def log_constant(self) -> float:
        """The logarithm that sums are reduced by: ln g_0 where the mean is positive, otherwise 0."""
        first = float(self.log_eigenvalues(0)[0])
        return first if math.isfinite(first) and self.signs(0)[0] > 0 else 0.0

    def eigenvalues(self, degree: int) -> Array:
        """Return g_l, l = 0 … degree."""
        return np.asarray(self.signs(degree) * np.exp(self.log_eigenvalues(degree)))


class Kernel(ZonalFunction):
    """A zonal function g(<x, y>), with which a token at x weighs one at y.

    A kernel says its values, its eigenvalues and its antiderivative; the rest follows here. Kernels are frozen
    dataclasses: two of equal parameters are one.
    """

    @abstractmethod
    def slopes(self, cosine: ArrayLike, log_scale: Array | float = 0.0) -> Array:
        """Return g'(t) e^{−log_scale}, away from kinks and jumps."""

    @abstractmethod
    def scaled(self, factor: float) -> "Kernel":
        """Return the kernel t ↦ g(factor·t), factor of any sign."""

    @abstractmethod
    def antiderivative(self) -> tuple[float, ZonalFunction]:
        """Return (a, h) with W = a·h, W' = g."""

    @property
    def logarithmic_slope(self) -> float | None:
        """β where g' = βg, which saves a sum; None for other kernels."""
        return None

    @property
    def sharpness(self) -> float:
        """About the largest |g'/g| where g matters, in size and, for e^{βt}, in sign."""
        raise DomainError(f"the kernel {self} has a kink: sums over tokens are not known for it")

    @property
    @abstractmethod
    def log_largest(self) -> float:
        """A logarithm that ln |g| does not exceed."""

    @abstractmethod
    def logarithmic_degree(self) -> int | None:
        """Return a degree beyond which ∇Z/Z is below rounding for every density; None where none is known."""

    def potential(self, cosine: ArrayLike) -> Array:
        """Return W(t)."""
        factor, function = self.antiderivative()
        return factor * function.values(cosine)

    @property
    def potential_mean(self) -> float:
        """W_0 = ∫ W dσ."""
        return _potential_mean(self)

    def log_potential_eigenvalues(self, degree: int) -> Array:
        """Return ln |W_l|, l = 0 … degree, −∞ at l = 0: a constant moves nothing."""
        factor, function = self.antiderivative()
        logs = function.log_eigenvalues(degree) + math.log(abs(factor))
        logs[0] = -np.inf
        return np.asarray(logs)

    def potential_signs(self, degree: int) -> Array:
        """Return the sign of W_l, l = 0 … degree."""
        factor, function = self.antiderivative()
        return np.asarray(math.copysign(1.0, factor) * function.signs(degree))

    def potential_eigenvalues(self, degree: int) -> Array:
        """Return W_l, l = 0 … degree, with 0 at l = 0."""
        return np.asarray(self.potential_signs(degree) * np.exp(self.log_potential_eigenvalues(degree)))

    def potential_weights(self, degree: int) -> Array:
        """Return N_l W_l without overflow, l = 0 … degree, with 0 at l = 0."""
        return _potential_weights(self, degree)

    def significant_degree(self, degree: int) -> int:
        """Return the highest degree ≤ `degree` that the drift can feel in double precision.

        A density of mass one adds at most |W_l| N_l P_l'(1) to the slope of the potential at a pole; degrees are cut
        where everything beyond them together is below one rounding error of the whole sum.
        """
        if self.last_degree is None or degree < 1:
            return degree
        return _significant_degree(self, min(degree, self.last_degree))

    def spectrum(
        self, normalization: Normalization, limit: int | None = None, log_scale: float | None = None
    ) -> "Spectrum":
        """Return the coefficients (u_l, z_l, scale) of the kernel: see `Spectrum`."""
        return Spectrum(self, normalization, limit, log_scale)

    def energy(self, powers: Array) -> float:
        """Return ½ ∬ W(<x, y>) dμ dμ = ½ Σ_l N_l W_l p_l.

        Parameters
        ----------
        powers : Array, shape (L + 1,)
            p_l, the mean square of the coefficients of degree l; p_0 is the square of the mass.
        """
        degree = self.significant_degree(powers.size - 1)
        weights = self.potential_weights(degree)
        return 0.5 * self.potential_mean * float(powers[0]) + float(0.5 * (weights @ powers[: degree + 1]))

    def energy_gap(self, missing: Array) -> float:
        """Return the energy of a Dirac mass minus that of a density, ½ Σ_{l ≥ 1} N_l W_l (1 − p_l).

        Parameters
        ----------
        missing : Array, shape (L + 1,)
            1 − p_l up to the last significant degree; for kernels that have all degrees, up to the density's own
            degree L, beyond which p_l = 0.

        Accuracy
        --------
        Non-negative terms where W_l ≥ 0, as for e^{βt} with β ≥ 0. For β < 0 the signs alternate and the relative error
        grows like ε·e^{2|β|}. What a kernel with a kink has beyond L, W(1) − Σ_{l ≤ L} N_l W_l, is a difference.
        """
        weights = self.potential_weights(missing.size - 1)
        known = float(weights[1:] @ missing[1:])
        if self.last_degree is None:
            known += float(self.potential(1.0)) - self.potential_mean - float(weights.sum())
        return 0.5 * known

    def energies(self, squares: Array, missing: Array) -> tuple[float, float]:
        """Return (E, E of a Dirac mass − E) from p_l and 1 − p_l, l = 0 … K.

        **Accuracy** Where all W_l ≥ 0 both are sums of non-negative terms: E is lost in rounding only where it is ε² of
        a Dirac mass's. For β < 0 the exponential's terms alternate, with relative error ε e^{2|β|}.
        """
        return self.energy(squares), self.energy_gap(missing)


@dataclass(frozen=True)
class Spectrum:
    """A kernel's coefficients by degree, to the last degree that the drift can feel.

    Parameters
    ----------
    kernel : Kernel
    normalization : {"none", "softmax"}
    limit : int, optional
        Highest degree offered, K at most; the kernel's own last degree if absent.
    log_scale : float, optional
        Logarithm of what softmax divides numerator and partition by, so that neither overflows; ln g_0 if absent.
    """

    kernel: Kernel
    normalization: Normalization
    limit: int | None = None
    given_scale: float | None = None

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return self.kernel.dimension

    @property
    def normalized(self) -> bool:
        """Whether the drift is divided by the partition."""
        return self.normalization == "softmax"

    @cached_property
    def degree(self) -> int:
        """K, the highest degree felt."""
        limit = self.kernel.last_degree if self.limit is None else self.limit
        assert limit is not None, "a kernel with a kink has no last degree: give one"
        return self.kernel.significant_degree(limit)

    @property
    def smooth_degree(self) -> int:
        """Degree of the drift as a function on the sphere: K, with softmax that of the quotient."""
        return max(self.degree, self.kernel.logarithmic_degree() or 0) if self.normalized else self.degree

    @property
    def log_scale(self) -> float:
        """Logarithm of what both sums are divided by: 0 without softmax."""
        if not self.normalized:
            return 0.0
        return self.kernel.log_constant if self.given_scale is None else self.given_scale

    @property
    def scale(self) -> float:
        """What the power has to be multiplied with."""
        return math.exp(self.log_scale)

    @cached_property
    def potential(self) -> Array:
        """u_l = N_l W_l over the scale, l = 0 … K; 0 at l = 0."""
        logs = self.kernel.log_potential_eigenvalues(self.degree) + self._log_sizes
        return np.asarray(self.kernel.potential_signs(self.degree) * np.exp(logs))

    @cached_property
    def partition(self) -> Array:
        """z_l = N_l g_l over the scale, l = 0 … K."""
        logs = self.kernel.log_eigenvalues(self.degree) + self._log_sizes
        return np.asarray(self.kernel.signs(self.degree) * np.exp(logs))

    @cached_property
    def _log_sizes(self) -> Array:
        return log_harmonic_dimensions(self.degree, self.dimension) - self.log_scale

    def least_partition(self, powers: Array) -> float:
        """Return a number that Z over the scale exceeds everywhere, of a density of mass √p_0 and mean squares p_l.

        Degree l adds at most |z_l| √p_l (Cauchy and Schwarz with the addition theorem).
        """
        sizes = np.sqrt(np.abs(powers)) * np.abs(self.partition)
        return float(math.copysign(sizes[0], self.partition[0]) - sizes[1:].sum())

    def noise(self, powers: Array, partition: Array) -> float:
        """Return the relative rounding error of Z where it is smallest (0 without softmax).

        Parameters
        ----------
        powers : Array, shape (..., K + 1)
            Mean square p_l of the coefficients of degree l ≤ K; of several densities the largest bound counts.
        partition : Array
            Z over the scale, at the nodes.
        """
        if not self.normalized:
            return 0.0
        smallest = float(partition.min())
        rounding = float(np.finfo(float).eps * np.max(np.sqrt(np.abs(powers)) @ np.abs(self.partition)))
        return rounding / smallest if smallest > 0 else np.inf


@lru_cache(maxsize=64)
def _potential_mean(kernel: Kernel) -> float:
    factor, function = kernel.antiderivative()
    return factor * float(function.eigenvalues(0)[0])


@lru_cache(maxsize=64)
def _potential_weights(kernel: Kernel, degree: int) -> Array:
    logs = kernel.log_potential_eigenvalues(degree) + log_harmonic_dimensions(degree, kernel.dimension)
    weights = np.asarray(kernel.potential_signs(degree) * np.exp(logs))
    weights.setflags(write=False)
    return weights


@lru_cache(maxsize=64)
def _significant_degree(kernel: Kernel, degree: int) -> int:
    """Find the degree of `Kernel.significant_degree` once: every row of a run asks for it."""
    slopes = laplace_eigenvalues(degree, kernel.dimension)[1:]
    logs = kernel.log_potential_eigenvalues(degree)[1:]
    logs = logs + log_harmonic_dimensions(degree, kernel.dimension)[1:] + np.log(slopes)
    if not np.any(np.isfinite(logs)):
        return min(degree, 1)
    shares = np.exp(logs - logs.max())
    beyond = np.cumsum(shares[::-1])[::-1]
    return int(np.count_nonzero(beyond > NEGLIGIBLE * beyond[0]))
