"""Vectors and angles on the unit sphere of R^d. Knows nothing of densities, bases or time."""

from collections.abc import Callable
from typing import Any

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
    points = np.asarray(points, dtype=float)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.arctan2(np.hypot(x, y), z), np.mod(np.arctan2(y, x), 2 * np.pi)


def from_angles(theta: ArrayLike, phi: ArrayLike) -> Array:
    """Return the points of S² at colatitude θ and azimuth φ (radians); the inverse of `colatitude_azimuth`."""
    theta, phi = np.asarray(theta, dtype=float), np.asarray(phi, dtype=float)
    sine = np.sin(theta)
    return np.stack(np.broadcast_arrays(sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)), axis=-1)


def on_circle(angles: ArrayLike) -> Array:
    """Return the points of the circle at angles, in radians, shape (..., 2)."""
    angles = np.asarray(angles, dtype=float)
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def frame_of(direction: Array) -> Array:
    """Return an orthonormal frame whose last row is a direction of R² or R³."""
    if direction.size == 2:
        return np.array([[direction[1], -direction[0]], direction])
    first = np.cross(direction, np.eye(3)[int(np.argmin(np.abs(direction)))])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(direction, first), direction])


def meridian(frame: Array, theta: ArrayLike, azimuth: float) -> Array:
    """Return the points at angles θ from a frame's last row along the meridian of one azimuth, shape (*θ, d)."""
    theta = np.asarray(theta, dtype=float)[..., None]
    side = np.array([np.cos(azimuth), np.sin(azimuth)])[: frame.shape[0] - 1] @ frame[:-1]
    return np.asarray(np.cos(theta) * frame[-1] + np.sin(theta) * side)


def latitudes_about(points: Array, axis: Array) -> Array:
    """Return y = ln tan(θ/2) = ln |x − n|/|x + n| of unit vectors of shape (..., d) about a direction n."""
    near, far = (np.linalg.norm(points - side * axis, axis=-1) for side in (1.0, -1.0))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(near) - np.log(far))


_UNIT = 8 * np.finfo(float).eps  # a vector this close to the sphere is on it
_COSINE = 1e-12  # how far a computed cosine may lie beyond ±1
HIGHEST_MOMENT = 10_000_000  # numbers of a tensor of moments: 80 MB
_BLOCK = 2**22  # numbers that a block of points may take on the way


def chord_angle(length: ArrayLike) -> Array:
    """Return the angle that a chord of the unit sphere spans, in relative accuracy; lengths above 2 are rounding.

    Parameters
    ----------
    length : array_like
        |x − y| of unit vectors.

    Returns
    -------
    Array
        2 arcsin(|x − y|/2), radians.
    """
    return np.asarray(2.0 * np.arcsin(np.minimum(0.5 * np.asarray(length, dtype=float), 1.0)))


def numbers(what: str, given: Any) -> Array:
    """Return finite real numbers as an array.

    Raises
    ------
    DomainError
        If they are anything else.
    """
    try:
        array = np.asarray(given)
        real = array.dtype.kind in "fiu" and bool(np.all(np.isfinite(array)))
    except (TypeError, ValueError):
        real = False
    if not real:
        raise DomainError(f"{what}: received {_shown(given)}; finite real numbers are needed")
    return np.asarray(array, dtype=float)


def on_sphere(points: Any, dimension: int) -> Array:
    """Return vectors of shape (..., d) as points of the sphere: by their direction, as a case reads them.

    Raises
    ------
    DomainError
        If the shape is another, or a vector is zero, infinite or undefined.
    """
    x = numbers("points", points)
    if x.ndim == 0 or x.shape[-1] != dimension:
        raise DomainError(f"points: received the shape {x.shape}; vectors of {dimension} numbers, (..., {dimension})")
    off = np.abs(np.einsum("...i,...i", x, x) - 1.0) > _UNIT
    return np.where(off[..., None], unit(x), x) if off.any() else x


def cosines(points: Any) -> Array:
    """Return numbers t = <x, e> of any shape, those beyond ±1 by rounding set to ±1.

    Raises
    ------
    DomainError
        If one is no cosine.
    """
    t = numbers("points", points)
    if np.any(np.abs(t) > 1 + _COSINE):
        raise DomainError(
            f"points: received t = {float(np.max(np.abs(t)))}; axisymmetric densities need cosines <x, e> in [-1, 1]"
        )
    return np.clip(t, -1.0, 1.0)


def polar_angles(theta: Any) -> Array:
    """Return angles in [0, π], radians.

    Raises
    ------
    DomainError
        If one is no such angle.
    """
    angles = numbers("angles", theta)
    if np.any((angles < 0) | (angles > np.pi)):
        raise DomainError(f"angles: received {_shown(theta)}; radians from 0 to pi are needed")
    return angles


def natural(what: str, given: Any, highest: int = 65535) -> int:
    """Return an integer from 0 to a highest one; `what` ends in the word that it is received as.

    Raises
    ------
    DomainError
        If it is anything else.
    """
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or not 0 <= given <= highest:
        raise DomainError(f"{what} {_shown(given)}; it must be an integer from 0 to {highest}, not negative")
    return int(given)


def moment_order(order: Any, dimension: int) -> int:
    """Return the order of a tensor of moments, d^order numbers (dimension 1: one number).

    Raises
    ------
    DomainError
        If it is no natural number, or the tensor would have more than `HIGHEST_MOMENT` numbers.
    """
    found = natural("moment: received order", order)
    if dimension**found > HIGHEST_MOMENT:
        raise DomainError(
            f"moment: received order {found}, a tensor of {dimension}^{found} numbers; at most {HIGHEST_MOMENT}"
        )
    return found


def by_blocks(function: Callable[[Array], Array], points: Array, per_point: int, trailing: int = 0) -> Array:
    """Return one number a point, computed for some of them at a time.

    Parameters
    ----------
    function : callable
        Takes points of shape (n, *last), returns shape (n,).
    points : Array
        Its last `trailing` axes belong to one point.
    per_point : int
        Numbers that a point takes on the way.
    trailing : int
        1 for vectors, 0 for numbers.
    """
    shape = points.shape[: points.ndim - trailing]
    flat = points.reshape(-1, *points.shape[points.ndim - trailing :])
    size = max(64, _BLOCK // max(per_point, 1))
    answer = np.empty(len(flat))  # no block of no points: transforms refuse those
    for i in range(0, len(flat), size):
        answer[i : i + size] = function(flat[i : i + size])
    return answer.reshape(shape)


def _shown(given: Any) -> str:
    """Return a received value in at most 60 printable characters."""
    large = isinstance(given, np.ndarray) and given.size > 8
    text = f"an array of shape {given.shape}" if large else ascii(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
