"""A measure as points with masses: what every chart that follows tokens says of it in the same words.

The module knows points and masses, not where they come from.
"""

from abc import ABC, abstractmethod

import numpy as np

from kinetic.errors import DomainError
from kinetic.geometry import moment_order
from kinetic.types import Array

PER_POINT = 256
"""Numbers that a point takes on the way to its cell and the polynomial there."""


class WithoutCoefficients:
    """A density of the Mercator chart, which no finite number of harmonics describes."""

    @property
    def coefficients(self) -> Array:
        """Refused.

        Raises
        ------
        DomainError
            Always.
        """
        raise DomainError(
            "coefficients: received a density of the Mercator chart, which is not a finite sum of harmonics; use "
            "log_values, values or moment, or moments up to a degree"
        )


class OfTokens(WithoutCoefficients, ABC):
    """A density whose moments of every order are those of the same tokens."""

    @abstractmethod
    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): unit vectors, shape (k, d), and their masses, whatever the degree."""

    def moment(self, order: int) -> Array:
        """Return ∫ x ⊗ … ⊗ x dμ of that order, shape (d,)*order: order 0 is the mass, 1 the mean.

        Raises
        ------
        DomainError
            If the order is negative.
        """
        return tensor_moment(*self.quadrature(order), order)


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


def required(direction: Array | None) -> Array:
    """Return the mean direction.

    Raises
    ------
    DomainError
        If there is none.
    """
    if direction is None:
        raise DomainError("axial quadrature: received a density of mean 0; needs a mean direction")
    return direction


def ascending(y: Array, masses: Array) -> tuple[Array, Array]:
    """Return latitudes in ascending order, and their masses."""
    order = np.argsort(y, kind="stable")
    return np.asarray(y[order]), np.asarray(masses[order])
