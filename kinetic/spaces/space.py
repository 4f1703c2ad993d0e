"""What every space of densities offers, and what can be said of all of them at once.

A *space* is a truncated orthonormal basis of functions on the sphere S^{d-1}. It stores the coefficients of a density
as one real vector in the layout its transforms want ("native"), so that steppers can treat them as plain numbers;
`to_public` and `from_public` translate to the layout of records. A *grid* is the same functions seen at quadrature
nodes. Neither knows attention, time or files.

Several functions go through one call where a vector may have axes in front: `by_degree`, `mean` and `resize` of every
space, and the transforms of circle and sphere, which take (…, size) to (…, *nodes) and tangent fields to
(components, …, *nodes).
"""

from typing import Protocol, Self

import numpy as np
from scipy import fft

from kinetic.types import Array, ArrayLike, Integers


class Space(Protocol):
    """Functions on S^{d-1} up to a degree L, orthonormal for the uniform probability measure σ."""

    @property
    def kind(self) -> str:
        """Name of the space in case files."""

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""

    @property
    def degree(self) -> int:
        """Highest degree L."""

    @property
    def degrees(self) -> Integers:
        """Degree l of each entry of a native vector, shape (size,), integers."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes of the public layout."""

    @property
    def axisymmetric(self) -> bool:
        """Whether functions depend on the angle to an axis alone, and points are cosines to it."""

    @property
    def components(self) -> int:
        """Number of coordinates of a vector: d; about an axis two, along it and across it."""

    @property
    def poles(self) -> Array:
        """The two ends of the axis about which quadratures are built, shape (2, d); about an axis its cosines ±1."""

    def at_degree(self, degree: int) -> Self:
        """Return the same space with another highest degree."""

    def dirac(self, axis: ArrayLike) -> Array:
        """Return the native coefficients of the Dirac mass at `axis` (a unit vector; for zonal spaces +1 or −1)."""

    def by_degree(self, left: Array, right: Array) -> Array:
        """Return s[l] = (1/N_l) Σ_m left_lm right_lm, shape (L+1,): the mean product of two functions in degree l."""

    def orders(self, degree: int) -> tuple[int, ...]:
        """Return the orders of the harmonics of one degree: ≥ 0 cosines, < 0 sines."""

    def place(self, degree: int, order: int) -> tuple[int, ...]:
        """Return where a harmonic stands in the public layout."""

    def vectors(self, points: Array) -> Array:
        """Return points of the space as vectors, shape (…, components); cosines in a half-plane, the axis last."""

    def spread(self, points: Array, masses: Array) -> tuple[Array, Array]:
        """Return (vectors, masses) as rows; about an axis half of each mass on either side of it."""

    def meridian(self, angle: Array, azimuth: float) -> Array:
        """Return the points, pole last, at angles from the pole along one meridian: the circle has two, an axis one."""

    def pole_last(self, vectors: Array) -> Array:
        """Return vectors (…, d) with the coordinate along the `poles` last, or from there back; cosines as they are."""

    def raster(self, coefficients: Array) -> tuple[Array, Array]:
        """Return points of a regular grid that includes the poles, four to a wave, and the values there."""

    def mean(self, coefficients: Array) -> Array:
        """Return ∫ x dμ, shape (d,); for zonal spaces its one component along the axis, shape (1,)."""

    def resize(self, coefficients: Array, degree: int) -> Array:
        """Return the native vector at another degree: cut, or padded with zeros."""

    def evaluate(self, coefficients: Array, points: ArrayLike) -> Array:
        """Return the function's values at points of the sphere."""

    def to_public(self, coefficients: Array) -> Array:
        """Return orthonormal real coefficients in the layout of records."""

    def from_public(self, array: Array) -> Array:
        """Return native coefficients from the layout of records."""

    @property
    def fewer_nodes(self) -> "tuple[FewerNodes, ...]":
        """Grids of fewer nodes than `grid(degree)`, for functions that are smooth enough, the smallest first."""

    def grid(self, product_degree: int) -> "Grid":
        """Return nodes on which the product with a function of that degree is projected onto the space exactly."""


class Grid(Protocol):
    """A space's functions at the nodes of a quadrature rule."""

    @property
    def exact_to(self) -> int:
        """Highest degree of a function that the rule integrates exactly."""

    @property
    def points(self) -> Array:
        """The nodes, shape (*nodes, d); for zonal grids the cosines <x, e>, shape (nodes,)."""

    @property
    def weights(self) -> Array:
        """Quadrature weights for σ, of sum one, broadcastable to the nodes."""

    def values(self, coefficients: Array) -> Array:
        """Return f at the nodes."""

    def analysis(self, values: Array) -> Array:
        """Return the coefficients ∫ f Y_lm dσ from values at the nodes."""

    def gradient(self, coefficients: Array) -> Array:
        """Return the tangent vector ∇f in an orthonormal frame, shape (components, *nodes)."""

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ <field, ∇Y_lm> dσ: the coefficients of −div(field), of mass zero to the last bit."""

    def integrate(self, values: Array) -> float:
        """Return ∫ f dσ from values at the nodes."""

    def inner(self, left: Array, right: Array) -> float:
        """Return ∫ <u, v> dσ of two tangent fields at the nodes."""

    @property
    def rotations(self) -> Array:
        """The velocity ω × x of each elementary rotation that keeps the space, shape (count, components, *nodes)."""


class FewerNodes(Protocol):
    """A quadrature rule that is exact for less than products of two functions, and tells what it leaves out."""

    @property
    def grid(self) -> Grid:
        """Of the functions that its nodes tell apart."""

    @property
    def degree(self) -> int:
        """Degree of these functions."""

    @property
    def first_of_top(self) -> int:
        """Degree from which on `tail` looks."""

    @property
    def count(self) -> int:
        """How many degrees the nodes tell apart."""

    def tail(self, values: Array) -> float:
        """Return the largest of the highest coefficients that the rule sees: the square of it is what it leaves out."""

    def smallest(self, coefficients: Array, values: Array) -> float:
        """Return the smallest value at the nodes of `grid(degree)`, from coefficients and from values at the nodes."""


def tail_degree(degree: int) -> int:
    """Return the first degree that counts as the top tenth of 0 … degree."""
    return degree - max(1, (degree + 1) // 10) + 1


def even_length(length: int) -> int:
    """Return the next length of a fast real Fourier transform that is even."""
    return 2 * int(fft.next_fast_len((length + 1) // 2, real=True))


def pad_complex(coefficients: Array, count: int) -> Array:
    """Return native vectors of `count` complex numbers that start like the given ones."""
    resized = np.zeros((*coefficients.shape[:-1], 2 * count))
    shared = min(2 * count, coefficients.shape[-1])
    resized[..., :shared] = coefficients[..., :shared]
    return resized
