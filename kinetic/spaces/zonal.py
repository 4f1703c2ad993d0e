"""Axisymmetric densities on S^{d-1}, 2 ≤ d ≤ 4096, by their normalised moments M_l = ∫ P_l(<x, e>) dμ.

The moments, not the orthonormal coefficients √N_l M_l, are the native vector: N_l grows like d^l/l!, and arithmetic
with weights of that size loses every digit in high dimension, while |M_l| ≤ 1 and multiplication by a polynomial in
t = <x, e> is a banded matrix with non-negative entries whose rows add up to one.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kinetic.errors import DomainError
from kinetic.spaces.space import FewerNodes
from kinetic.special import (
    gauss_gegenbauer,
    gegenbauer,
    jacobi_coefficients,
    laplace_eigenvalues,
    log_harmonic_dimensions,
)
from kinetic.types import Array, ArrayLike, Integers

MOMENT_DIMENSION = 8
"""Above it, zonal densities are judged by their moments: the density's own series is useless."""


@dataclass(frozen=True)
class Zonal:
    """Functions f(x) = Σ_{l ≤ L} N_l M_l P_l(<x, e>) on S^{d-1}, e a fixed axis.

    The native vector is M_0 … M_L; the public layout [L+1] holds the orthonormal coefficients √N_l M_l.

    Parameters
    ----------
    degree : int
        L ≥ 1.
    dimension : int
        d ≥ 2.
    """

    degree: int
    dimension: int
    kind = "zonal"
    axes = ("degree",)
    axisymmetric = True
    components = 2
    poles = np.array([1.0, -1.0])

    @cached_property
    def degrees(self) -> Integers:
        """0 … L."""
        return np.arange(self.degree + 1)

    @cached_property
    def log_multiplicities(self) -> Array:
        """ln N_l, l = 0 … L."""
        return log_harmonic_dimensions(self.degree, self.dimension)

    def at_degree(self, degree: int) -> "Zonal":
        """Return the same space with another highest degree."""
        return Zonal(degree, self.dimension)

    def dirac(self, axis: ArrayLike) -> Array:
        """Return the moments (±1)^l of the Dirac mass at e (axis = 1) or −e (axis = −1)."""
        sign = float(np.asarray(axis).reshape(()))
        return np.where(self.degrees % 2 == 1, np.sign(sign), 1.0)

    def by_degree(self, left: Array, right: Array) -> Array:
        """Return the products of moments of equal degree."""
        return left * right

    def orders(self, degree: int) -> tuple[int, ...]:  # noqa: ARG002
        """Return 0 alone."""
        return (0,)

    def place(self, degree: int, order: int) -> tuple[int, ...]:  # noqa: ARG002
        """Return (degree,)."""
        return (degree,)

    def vectors(self, points: Array) -> Array:
        """Return (sin θ, cos θ) of cosines."""
        return np.stack([np.sqrt((1 - points) * (1 + points)), points], axis=-1)

    def spread(self, points: Array, masses: Array) -> tuple[Array, Array]:
        """Return half of each mass on either side of the axis, at (± sin θ, cos θ)."""
        vectors = self.vectors(points)
        both = np.concatenate([vectors, vectors * np.array([-1.0, 1.0])])
        return both, 0.5 * np.concatenate([masses, masses])

    def meridian(self, angle: Array, azimuth: float) -> Array:  # noqa: ARG002
        """Return the cosines."""
        return np.asarray(np.cos(angle))

    def pole_last(self, vectors: Array) -> Array:
        """Return the argument."""
        return vectors

    def raster(self, coefficients: Array) -> tuple[Array, Array]:
        """Return the cosines of 4L+1 equidistant angles from 0 to π, and f there."""
        points = np.cos(np.linspace(0.0, np.pi, 4 * self.degree + 1))
        return points, self.evaluate(coefficients, points)

    def mean(self, coefficients: Array) -> Array:
        """Return [∫ <x, e> dμ] = [M_1]."""
        return coefficients[..., 1:2].copy()

    def resize(self, coefficients: Array, degree: int) -> Array:
        """Return the moments cut or padded with zeros to another degree."""
        resized = np.zeros((*coefficients.shape[:-1], degree + 1))
        shared = min(degree, self.degree) + 1
        resized[..., :shared] = coefficients[..., :shared]
        return resized

    def evaluate(self, coefficients: Array, points: ArrayLike) -> Array:
        """Return f at cosines t = <x, e> of any shape, by Clenshaw's rule on N_l M_l P_l.

        Accuracy
        --------
        ε·Σ N_l |M_l|: useless once that sum exceeds 1e15, which in high dimension it does at small degrees already;
        the caller compares with `magnitude`. NaN where a term exceeds the largest number.
        """
        t = np.asarray(points, dtype=float)
        if np.any(np.abs(t) > 1 + 1e-12):
            raise DomainError(
                f"zonal density: received t = {float(np.max(np.abs(t)))}; needs cosines <x, e> in [-1, 1]"
            )
        alpha, gamma = jacobi_coefficients(self.degree + 2, self.dimension)
        weights = self._weighted(coefficients)
        if not np.all(np.isfinite(weights)):
            return np.full(t.shape, np.nan)
        later, latest = np.zeros(t.shape), np.zeros(t.shape)
        for l in range(self.degree, -1, -1):
            later, latest = latest, weights[l] + t / alpha[l] * latest - gamma[l + 1] / alpha[l + 1] * later
        return latest

    def _weighted(self, coefficients: Array) -> Array:
        """Return N_l M_l without overflow where M_l is zero."""
        with np.errstate(divide="ignore", over="ignore"):
            logs = self.log_multiplicities + np.log(np.abs(coefficients))
            return np.sign(coefficients) * np.exp(logs)

    def to_public(self, coefficients: Array) -> Array:
        """Return √N_l M_l (±∞ where that exceeds the largest number)."""
        with np.errstate(divide="ignore", over="ignore"):
            logs = self.log_multiplicities / 2 + np.log(np.abs(coefficients))
            return np.asarray(np.sign(coefficients) * np.exp(logs))

    def from_public(self, array: Array) -> Array:
        """Return moments from orthonormal coefficients."""
        return np.asarray(array * np.exp(-self.log_multiplicities / 2))

    @property
    def fewer_nodes(self) -> "tuple[FewerNodes, ...]":
        """None: a grid costs next to nothing."""
        return ()

    def grid(self, product_degree: int) -> "ZonalGrid":
        """Return the Gauss–Gegenbauer grid that projects products with a function of `product_degree` exactly."""
        return self.grid_of(self.degree + product_degree // 2 + 1)

    def grid_of(self, shape: int) -> "ZonalGrid":
        """Return the grid of `shape` Gauss–Gegenbauer nodes."""
        return _grid(self, shape)


@dataclass(frozen=True)
class ZonalGrid:
    """Zonal functions at Gauss–Gegenbauer nodes: for low dimension, where the sum over degrees can be trusted.

    Cost
    ----
    A dense matrix of (nodes × degrees) per transform. It serves observables and initial data; the time loop works on
    moments (`attention.moments`) and needs no nodes.
    """

    space: Zonal
    shape: int

    @property
    def exact_to(self) -> int:
        """Highest degree in t that the rule integrates exactly."""
        return 2 * self.shape - 1

    @cached_property
    def _rule(self) -> tuple[Array, Array]:
        return gauss_gegenbauer(self.shape, self.space.dimension)

    @property
    def points(self) -> Array:
        """The nodes t_i, ascending, shape (n,)."""
        return self._rule[0]

    @property
    def rotations(self) -> Array:
        """None: every rotation moves the axis or changes nothing; shape (0, 1, n)."""
        return np.zeros((0, 1, self.shape))

    @property
    def weights(self) -> Array:
        """Their weights for σ, shape (n,)."""
        return self._rule[1]

    @cached_property
    def _polynomials(self) -> Array:
        return gegenbauer(self.space.degree, self.space.dimension, self.points)

    @cached_property
    def _slopes(self) -> Array:
        """dP_l/dθ at the nodes: −l(l+d−2)/(2l+d−2) (P_{l−1} − P_{l+1})/sin θ."""
        degree, dimension = self.space.degree, self.space.dimension
        values = gegenbauer(degree + 1, dimension, self.points)
        sine = np.sqrt((1 - self.points) * (1 + self.points))
        slopes = np.zeros((degree + 1, self.shape))
        factor = laplace_eigenvalues(degree, dimension)[1:] / (2 * np.arange(1.0, degree + 1) + dimension - 2)
        slopes[1:] = -factor[:, None] * (values[:-2] - values[2:]) / sine
        return slopes

    def values(self, coefficients: Array) -> Array:
        """Return f(t_i), shape (n,); NaN where a term exceeds the largest number."""
        return self._sum(coefficients, self._polynomials)

    def _sum(self, coefficients: Array, table: Array) -> Array:
        weights = self.space._weighted(coefficients)
        return np.asarray(weights @ table) if np.all(np.isfinite(weights)) else np.full(self.shape, np.nan)

    def analysis(self, values: Array) -> Array:
        """Return the moments ∫ f P_l dσ, l = 0 … L."""
        return np.asarray(self._polynomials @ (self.weights * values))

    def gradient(self, coefficients: Array) -> Array:
        """Return df/dθ at the nodes, θ the angle to the axis, shape (1, n)."""
        return self._sum(coefficients, self._slopes)[None]

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ v dP_l/dθ dσ: the moments of −div v."""
        return np.asarray(self._slopes @ (self.weights * field[0]))

    def integrate(self, values: Array) -> float:
        """Return ∫ f dσ."""
        return float(self.weights @ values)

    def inner(self, left: Array, right: Array) -> float:
        """Return ∫ <u, v> dσ of two tangent fields."""
        return float(self.weights @ (left[0] * right[0]))


@lru_cache(maxsize=8)
def _grid(space: Zonal, shape: int) -> ZonalGrid:
    """Grids are kept, because their nodes are eigenvalues."""
    return ZonalGrid(space, shape)
