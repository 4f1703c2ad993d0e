"""Vectors and angles on the unit sphere of R^d. Knows nothing of densities, bases or time."""

import numpy as np

from kinetic.errors import DomainError
from kinetic.types import Array, ArrayLike


def unit(vector: ArrayLike) -> Array:
    """Return vector/|vector| as a point of the sphere.

    Parameters
    ----------
    vector : array_like, shape (..., d)
        Finite and not zero.

    Raises
    ------
    DomainError
        If a vector has no direction.
    """
    v = np.asarray(vector, dtype=float)
    largest = np.max(np.abs(v), axis=-1, keepdims=True)
    if not np.all(np.isfinite(v)) or np.any(largest == 0.0):
        raise DomainError(f"direction: received {v.tolist()}; a finite vector other than zero is needed")
    scaled = v / largest
    return np.asarray(scaled / np.linalg.norm(scaled, axis=-1, keepdims=True))


def colatitude_azimuth(points: ArrayLike) -> tuple[Array, Array]:
    """Return the spherical angles (θ, φ) of points on S², in radians, φ in [0, 2π).

    θ comes from the arc tangent, so that it keeps its relative accuracy at the north pole.
    """
    x, y, z = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    return np.arctan2(np.hypot(x, y), z), np.mod(np.arctan2(y, x), 2 * np.pi)


def from_angles(theta: ArrayLike, phi: ArrayLike) -> Array:
    """Return the points of S² at colatitude θ and azimuth φ (radians); the inverse of `colatitude_azimuth`."""
    theta, phi = np.asarray(theta, dtype=float), np.asarray(phi, dtype=float)
    sine = np.sin(theta)
    return np.stack(np.broadcast_arrays(sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)), axis=-1)
