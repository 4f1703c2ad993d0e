"""Attention between axisymmetric densities, entirely in normalised moments: no nodes, no large weights.

Every head with scalar matrices moves a token at t = <x, e> by ṫ = (1 − t²) u(t), u = Σ_h f_h(t)/Z_h(t) with two
polynomials of the degree of the kernel. Multiplication of a measure by a polynomial p(t) turns its moments M into
p(J) M, where J is the tridiagonal matrix of t; division by Z is the banded linear system Z(J) n = M. Then

    dM_l/dt = ∫ (1 − t²) P_l'(t) u(t) dμ = l(l+d−2)/(2l+d−2) · (s_{l−1} − s_{l+1}),     s_l = ∫ P_l(t) u(t) dμ.

The module knows polynomials and moments; eigenvalues of the kernel come from `kernels`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.linalg import LinAlgError, solve_banded

from kinetic.attention.contract import Holding
from kinetic.errors import Unresolved
from kinetic.kernels import Kernel, Spectrum
from kinetic.spaces.zonal import MOMENT_DIMENSION, Zonal
from kinetic.special import gegenbauer, jacobi_coefficients, laplace_eigenvalues, log_harmonic_dimensions
from kinetic.types import Array, Normalization

_LOWEST = 2  # degrees whose rates R and most of E feel
_MOST_BY_BANDS = 16_000  # K L of a product: see Products.apply


class Products:
    """Multiplication of a measure by P_k(t), k = 0 … band, as bands of matrices that act on its moments 0 … degree.

    Parameters
    ----------
    degree : int
        L, the last moment.
    band : int
        K, the highest polynomial.
    dimension : int
        d.

    Notes
    -----
    The entry of row l and column j of P_k(J) is the coefficient of P_j in P_k P_l: non-negative, of sum one over j, and
    zero unless j + k + l is even; those of odd sum are not kept.
    """

    def __init__(self, degree: int, band: int, dimension: int) -> None:
        self.band, self.columns = band, degree + 1
        self._alpha, self._gamma = jacobi_coefficients(degree + 2 * band + 3, dimension)

    @cached_property
    def _entries(self) -> tuple[Array, Array]:
        """[k // 2, b // 2, j] of the even and the odd k: P_k(J) in row j + b − band and column j."""
        width = self.columns + self.band
        lower, upper = self._alpha[: width - 1], self._gamma[1:width]
        before, matrix = np.zeros((2, 2 * self.band + 1, width))
        matrix[self.band] = 1.0
        kept: tuple[list[Array], list[Array]] = ([], [])
        for k in range(self.band + 1):
            kept[k % 2].append(matrix[(self.band + k) % 2 :: 2, : self.columns].copy())
            # P_{k+1} = (t P_k − γ_k P_{k−1})/α_k, t acting on columns: J has α_l right and γ_l left of its diagonal
            after = -self._gamma[k] * before
            after[:-1, 1:] += lower * matrix[1:, :-1]
            after[1:, :-1] += upper * matrix[:-1, 1:]
            before, matrix = matrix, after / self._alpha[k]
        even, odd = (np.array(part) for part in kept)
        return even, odd

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor that `bands` reads."""
        return sum(part.nbytes for part in self._entries)

    def bands(self, polynomial: Array) -> Array:
        """Return B[b, j], the entry of Σ_k polynomial[k] P_k(J) in row j + b − band and column j.

        Rows outside 0 … L + band are zero; this is how LAPACK stores a banded matrix.

        Cost
        ----
        K² L numbers, built once, are read.
        """
        result = np.empty((2 * self.band + 1, self.columns))
        for parity, entries in enumerate(self._entries[: self.band + 1]):
            part = polynomial[parity::2] @ entries.reshape(entries.shape[0], -1)
            result[(self.band + parity) % 2 :: 2] = part.reshape(entries.shape[1:])
        return result

    def apply(self, polynomial: Array, moments: Array) -> Array:
        """Return the moments 0 … L + 1 of the measure times Σ_k polynomial[k] P_k(t).

        Cost
        ----
        By bands K² L numbers are read, at 0.3 ns each while the caches hold them; by the recurrence K times six passes
        over L + K numbers, 5 µs for L up to a thousand. The two are equal where K L = 16 000, beyond which the
        recurrence is taken: O(K L), without a tensor.
        """
        if self.band * self.columns > _MOST_BY_BANDS:
            return self._apply_by_recurrence(polynomial, moments)
        band = self.band
        # column j goes to row j + b − band: in rows that are one entry shorter, row r stands below row r
        products = np.zeros((2 * band + 1, self.columns + 2 * band + 2))
        np.multiply(self.bands(polynomial), moments, out=products[:, : self.columns])
        skewed = products.reshape(-1)[: -2 * band - 1].reshape(2 * band + 1, -1)
        return np.asarray(skewed[:, band : band + self.columns + 1].sum(axis=0))

    def _apply_by_recurrence(self, polynomial: Array, moments: Array) -> Array:
        """Apply P_0(J), P_1(J) … to the moments one after the other."""
        width = self.columns + self.band + 1
        alpha, gamma = self._alpha[: width - 1], self._gamma[1:width]
        powers = np.zeros((self.band + 1, width))
        powers[0, : self.columns] = moments
        shifted = np.empty(width - 1)
        for k in range(self.band):
            after = powers[k + 1]
            np.multiply(alpha, powers[k, 1:], out=after[:-1])
            after[1:] += np.multiply(gamma, powers[k, :-1], out=shifted)
            if k:
                after -= self._gamma[k] * powers[k - 1]
            after /= self._alpha[k]
        return np.asarray(polynomial @ powers[:, : self.columns + 1])


@lru_cache(maxsize=16)
def products(degree: int, band: int, dimension: int) -> Products:
    """Return the products of a space, made once: weights that change with time ask for them at every stage."""
    return Products(degree, band, dimension)


@lru_cache(maxsize=16)
def _probe(degree: int, dimension: int) -> Array:
    """P_l, l = 0 … degree, at 4 degree + 9 angles from pole to pole."""
    return gegenbauer(degree, dimension, np.cos(np.linspace(0, np.pi, 4 * degree + 9)))


@dataclass(frozen=True)
class ScalarHead:
    """A head whose query, key and value are multiples of the identity.

    Parameters
    ----------
    kernel : Kernel
        g(<x, y>) of the head with query = key = identity.
    value : float
        The multiple of the identity that transforms values.
    score : float
        Query times key: <x, y> is multiplied with this.
    """

    kernel: Kernel
    value: float = 1.0
    score: float = 1.0

    @property
    def acting(self) -> Kernel:
        """The kernel as a function of <x, y>."""
        return self.kernel.scaled(self.score)

    def energy(self, moments: Array) -> float:
        """Return ½ ∬ W(score·<x,y>) dμ dμ, W' = g: score times that of the acting kernel."""
        if self.score == 0:
            return 0.5 * float(self.kernel.potential(0.0)) * float(moments[0]) ** 2
        return self.score * self.acting.energy(moments * moments)


class _HeadAlgebra:
    """The two polynomials of one head as linear maps of the moments, and their action on measures."""

    def __init__(
        self, space: Zonal, head: ScalarHead, normalization: Normalization, context_length: float = np.inf
    ) -> None:
        kernel = head.acting
        # with softmax numerator and partition are both divided by w_0: no overflow, whatever β
        spectrum = kernel.spectrum(normalization, space.degree)
        self.degree, self.normalized, self.scale = spectrum.degree, spectrum.normalized, spectrum.scale
        self.partition = spectrum.partition.copy()
        self.partition[0] += float(kernel.values(1.0, spectrum.log_scale)) / (context_length - 1)  # M_0 = 1
        self.slope = head.value * _slope_coefficients(spectrum)
        self.products = products(space.degree, self.degree, space.dimension)
        self._probe = _probe(self.degree, space.dimension)

    def divide(self, moments: Array, source: Array) -> Array:
        """Return the moments of μ/Z, Z that of a source: the solution n of Z(J) n = M within degree L."""
        bands = self.products.bands(self.partition * source[: self.degree + 1])
        try:
            return np.asarray(solve_banded((self.degree, self.degree), bands, moments, check_finite=False))
        except LinAlgError as error:
            raise Unresolved(
                f"softmax partition is singular in moments of degree {moments.size - 1}; raise space.degree, or lower "
                "attention.beta"
            ) from error

    def partition_noise(self, moments: Array) -> float:
        """Return ε Σ|z_l M_l| / min Z: the relative rounding error of the partition where it is smallest."""
        terms = self.partition * moments[: self.degree + 1]
        smallest = float((terms @ self._probe).min())
        noise = float(np.finfo(float).eps * np.abs(terms).sum())
        return noise / smallest if smallest > 0 else np.inf


def _slope_coefficients(spectrum: Spectrum) -> Array:
    """C[j, k] with dG/dt = Σ_j P_j(t) Σ_k C[j, k] M_k."""
    return np.asarray(derivative_table(spectrum.degree, spectrum.dimension) * spectrum.potential)


@lru_cache(maxsize=16)
def derivative_table(degree: int, dimension: int) -> Array:
    """D[j, k] with P_k' = Σ_j D[j, k] P_j: from (N_k P_k)' = (2k+d−2) Σ_{j = k−1, k−3, …} N_j P_j."""
    sizes = log_harmonic_dimensions(degree, dimension)
    j, k = np.indices((sizes.size, sizes.size))
    ratios = np.exp(np.minimum(sizes[:, None] - sizes[None, :], 0.0))
    return np.where((j < k) & ((k - j) % 2 == 1), (2 * k + dimension - 2.0) * ratios, 0.0)


def rate_of(carried: Array, dimension: int) -> Array:
    """Return dM_l/dt, l = 0 … L, from s_l = ∫ P_l u dμ, l = 0 … L + 1."""
    rate = np.zeros(carried.size - 1)
    rate[1:] = _climbs(rate.size - 1, dimension) * (carried[:-2] - carried[2:])
    return rate


@lru_cache(maxsize=16)
def _climbs(degree: int, dimension: int) -> Array:
    """l(l+d−2)/(2l+d−2), l = 1 … degree."""
    degrees = np.arange(1.0, degree + 1)
    return np.asarray(laplace_eigenvalues(degree, dimension)[1:] / (2 * degrees + dimension - 2))


class MomentAttention(Holding):
    """Scalar heads acting on axisymmetric densities: the drift, the transport by it, and its power.

    Parameters
    ----------
    space : Zonal
    heads : sequence of ScalarHead
    normalization : {"none", "softmax"}
    context_length : float
        Number n of tokens (softmax): of the attention of a token to itself the weight 1/n is kept, which adds
        e^β/(n − 1) to Z.

    Accuracy
    --------
    Products are exact for moments up to L; division by the partition converges like the density itself. Nothing grows
    with d (tests/attention/test_moments.py: d = 2 … 4096 against dense quadrature).

    Cost
    ----
    Per head O(K L), with softmax O(K² L), K the kernel's significant degree (16 at β = 1, 90 at β = 100 for d = 3);
    for small K L both are O(K² L).
    """

    def __init__(
        self,
        space: Zonal,
        heads: tuple[ScalarHead, ...],
        normalization: Normalization,
        context_length: float = np.inf,
    ) -> None:
        self.space = space
        self._scalars, self._context_length = heads, context_length
        self.heads = tuple(_HeadAlgebra(space, head, normalization, context_length) for head in heads)

    def motion(self, moments: Array) -> tuple[Array, float, float]:
        """Return (−div(μX) in moments, ∫ <F, X> dμ, ∫ |X|² dμ); the last is NaN where X is a quotient."""
        slopes, carried = self._carried(moments, moments)
        power = self._power(slopes, carried)
        divided = any(head.normalized for head in self.heads)
        return rate_of(carried, self.space.dimension), power, math.nan if divided else power

    def _carried(self, moments: Array, source: Array) -> tuple[list[Array], Array]:
        """Return the slopes f_h that a source makes, and s_l = ∫ P_l u dμ of the density that feels it."""
        slopes = [head.slope @ source[: head.degree + 1] for head in self.heads]
        carried = sum(
            head.products.apply(slope, head.divide(moments, source) if head.normalized else moments)
            for head, slope in zip(self.heads, slopes, strict=True)
        )
        return slopes, np.asarray(carried)

    def carried(self, coefficients: Array, source: Array) -> Array:
        """Return the moments of −div(f X[ν]) for densities f that feel others, one row a density.

        Parameters
        ----------
        coefficients : Array, shape (count, L + 1)
            Of f.
        source : Array, shape (count, n) or (1, n)
            Moments of ν in the space `felt`.
        """
        pairs = zip(coefficients, np.broadcast_to(source, (len(coefficients), source.shape[1])), strict=True)
        return np.stack([rate_of(self._carried(moments, felt)[1], self.space.dimension) for moments, felt in pairs])

    def held(self, source: Array) -> Callable[[Array], tuple[Array, float]]:
        """Return f ↦ (−div(f X[ν]) in moments, ∫ |X[ν]|² f dσ), X of a source ν; the latter NaN for quotients."""

        def carried(moments: Array) -> tuple[Array, float]:
            slopes, sums = self._carried(moments, source)
            divided = any(head.normalized for head in self.heads)
            return rate_of(sums, self.space.dimension), math.nan if divided else self._power(slopes, sums)

        return carried

    def pulled(self, moments: Array) -> Array | None:
        """Return the moments of −div(μF), F the heads' unnormalised fields; None where it is the energy's gradient."""
        if all(head.value == head.score for head in self._scalars):
            return None
        carried = [
            head.scale * head.products.apply(head.slope @ moments[: head.degree + 1], moments) for head in self.heads
        ]
        return rate_of(np.sum(carried, axis=0), self.space.dimension)

    @property
    def felt(self) -> Zonal:
        """The space of what a density is felt by: up to the kernels' last significant degree."""
        return self.space.at_degree(max(head.degree for head in self.heads))

    def felt_noise(self, low: Array) -> float:
        """Return `partition_noise` of several densities given in the space `felt`, the largest of them."""
        return max(self.partition_noise(moments) for moments in low)

    def _power(self, slopes: list[Array], carried: Array) -> float:
        """Return ∫ (1 − t²) f(t) u(t) dμ from f's coefficients and s_l = ∫ P_l u dμ."""
        alpha, gamma = jacobi_coefficients(carried.size, self.space.dimension)
        above = np.append(carried[1:], 0.0)
        below = np.insert(carried[:-1], 0, 0.0)
        once = alpha[:-1] * above + gamma[:-1] * below
        twice = alpha[:-1] * np.append(once[1:], 0.0) + gamma[:-1] * np.insert(once[:-1], 0, 0.0)
        tangent = carried - twice
        parts = zip(self.heads, slopes, strict=True)
        return float(sum(head.scale * (slope @ tangent[: slope.size]) for head, slope in parts))

    def energy(self, moments: Array) -> float:
        return sum(head.energy(moments) for head in self._scalars)

    def partition_noise(self, moments: Array) -> float:
        return max((head.partition_noise(moments) for head in self.heads if head.normalized), default=0.0)

    def truncation_change(self, moments: Array, source: Array | None = None) -> float:
        """Return the relative change of the rates of M_1 and M_2 if only the lower half of the degrees were kept.

        The field is that of a source, by default of the density itself.

        The inverse of Z(J) does not decay along its bands where d is large and the density has two sides: what is cut
        off comes back at low degrees, far above the spectral tail (d = 64, β = 3, bumps at both poles: R is off by 3e-3
        at a tail of 5e-9). Up to dimension 8 it stays below the tail, and without softmax nothing is divided: 0.
        """
        if self._coarse is None:
            return 0.0
        half = self._coarse.space.degree + 1
        count, felt = min(_LOWEST + 1, half), moments if source is None else source
        fine = self.held(felt)(moments)[0][:count]
        coarse = self._coarse.held(felt[:half])(moments[:half])[0][:count]
        largest = float(np.abs(fine).max())
        return float(np.abs(fine - coarse).max()) / largest if largest > 0 else 0.0

    @property
    def is_delicate(self) -> bool:
        """Whether a quotient is formed in dimension above 8.

        A normalised moment of high degree known to ε leaves √N_l ε of the density unknown, which the flow may carry
        from the bulk of the sphere to a pole, where every P_l feels it.
        """
        return self.space.dimension > MOMENT_DIMENSION and any(head.normalized for head in self.heads)

    @cached_property
    def _coarse(self) -> "MomentAttention | None":
        """The same heads in half of the degrees, where that has something to say."""
        if not self.is_delicate or self.space.degree < 2:
            return None
        half = self.space.at_degree(self.space.degree // 2)
        return MomentAttention(half, self._scalars, "softmax", self._context_length)
