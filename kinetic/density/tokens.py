"""A measure as points with masses: what every body that follows tokens says of it in the same words.

The module knows points and masses, not where they come from.
"""

from abc import ABC, abstractmethod

import numpy as np

from kinetic.density.common import Common, required
from kinetic.errors import DomainError
from kinetic.geometry import latitudes_about, moment_order, natural, numbers, on_sphere
from kinetic.spaces.scattered import scattered, space_of
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer, gegenbauer_mercator
from kinetic.types import Array, ArrayLike

PER_POINT = 256
"""Numbers that a point takes on the way to its cell and the polynomial there."""

MOMENTS = 64
"""Highest degree of the moments of a density that is no finite sum of harmonics, where none is given."""


class OfTokens(Common, ABC):
    """Everything that a density answers by its tokens alone (see `Body`), for bodies that say no more of it.

    A body gives `dimension`, `mass`, `mean`, `direction`, `values` or `log_values`, `quadrature`, and how it is kept.
    What it knows better than its tokens do, it answers itself.
    """

    @abstractmethod
    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i), points and masses that integrate harmonics up to a degree over μ."""

    def values(self, points: ArrayLike) -> Array:
        return np.exp(self.log_values(points))

    @property
    def coefficients(self) -> Array:
        """Refused.

        Raises
        ------
        DomainError
            Always.
        """
        raise DomainError(
            "coefficients: received a density of tokens, which is not a finite sum of harmonics; use coefficients_in a "
            "space of some degree, values or moment, or moments up to a degree"
        )

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction, ascending, and the mass dμ at each.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        points, masses = self.quadrature(0)
        return ascending(latitudes_about(points, required(self.direction)), masses)

    def moment(self, order: int) -> Array:
        """Return ∫ x ⊗ … ⊗ x dμ of that order, shape (d,)*order: order 0 is the mass, 1 the mean.

        Raises
        ------
        DomainError
            If the order is negative.
        """
        order = moment_order(order, 1 if self.axisymmetric else self.dimension)
        return tensor_moment(*self.quadrature(order), order)

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ, l = 0 … degree, about a direction n: sums over tokens.

        Parameters
        ----------
        axis : array_like, optional
            Default: the mean direction; axisymmetric: e.
        degree : int, optional
            Default `MOMENTS`.

        **Accuracy** That of the tokens up to degrees with a few waves a cell; higher ones see single tokens.
        """
        degree = natural("moments: received degree", MOMENTS if degree is None else degree)
        if self.axisymmetric:
            side = 1.0 if axis is None else float(on_sphere(numbers("axis", axis).reshape(-1), 1)[0])
            return self.coefficients_in(self.space_at(degree)) * side ** np.arange(degree + 1)
        points, masses = self.quadrature(degree)
        direction = (
            required(self.direction) if axis is None else on_sphere(numbers("axis", axis).reshape(-1), self.dimension)
        )
        return np.asarray(gegenbauer_mercator(degree, self.dimension, latitudes_about(points, direction)) @ masses)

    def mean_squares(self, degree: int) -> Array:
        """Return p_l = (1/N_l) Σ_m ρ_lm², l = 0 … degree."""
        degree = natural("mean_squares: received degree", degree)
        space = self.space_at(degree)
        native = self.coefficients_in(space)
        return space.by_degree(native, native)

    def space_at(self, degree: int) -> Space:
        """Return the harmonics up to a degree on the density's sphere.

        Raises
        ------
        DomainError
            If there are none in its dimension.
        """
        degree = natural("space_at: received degree", degree)
        if self.axisymmetric:
            return Zonal(degree, self.dimension)
        if self.dimension > 3:
            raise DomainError(f"harmonics in dimension {self.dimension}: only axisymmetric densities have them above 3")
        return space_of(self.dimension, degree)

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients of μ in a space of harmonics: sums over tokens."""
        points, masses = self.quadrature(space.degree)
        if self.axisymmetric:
            return np.asarray(gegenbauer(space.degree, self.dimension, points) @ masses)
        return scattered(points).sums(masses, space.degree)


def tensor_moment(points: Array, masses: Array, order: int) -> Array:
    """Return ∫ x ⊗ … ⊗ x dμ = Σ_i m_i x_i ⊗ … ⊗ x_i, of that order.

    Parameters
    ----------
    points : Array, shape (n, d), or (n,) for cosines <x, e>
    masses : Array, shape (n,)
    order : int
        0 is the mass, 1 the mean.

    Returns
    -------
    Array, shape (d,)*order; for cosines the number ∫ <x, e>^order dμ

    Raises
    ------
    DomainError
        If the order is no natural number, or the tensor would be too large.
    """
    order = moment_order(order, 1 if points.ndim == 1 else points.shape[1])
    if points.ndim == 1:
        return np.asarray(masses @ points**order)
    tensor = masses
    for _ in range(order):
        tensor = tensor[..., None] * points.reshape(points.shape[0], *([1] * (tensor.ndim - 1)), -1)
    return np.asarray(tensor.sum(axis=0))


def ascending(y: Array, masses: Array) -> tuple[Array, Array]:
    """Return latitudes in ascending order, and their masses."""
    order = np.argsort(y, kind="stable")
    return np.asarray(y[order]), np.asarray(masses[order])
