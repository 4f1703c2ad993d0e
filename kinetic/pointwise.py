"""Densities of every chart asked the same questions: values about an axis, masses about the mean direction.

Responsible for where an answer means nothing. Refuses to know what the answers are for.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaln

from kinetic.errors import DomainError
from kinetic.special import gauss_panels
from kinetic.types import Array

_RING = 64  # azimuths of a ring
_PANEL = 0.5  # width of a panel in ln tan(θ/2)
_NEAREST = 34.0  # |ln tan(θ/2)| of points that a unit vector cannot tell from its direction
_POLES = 24.0  # the sphere beyond |y| = 24/(d − 1) has a share of 1e-10


def zonal_values(density: Any, theta: Array) -> Array:
    """Return ρ at angles θ to the axis, NaN where rounding or the missing degrees hide it.

    Parameters
    ----------
    density : density of any chart
    theta : Array
        Angles in [0, π], radians.

    Raises
    ------
    DomainError
        Where no value is left.
    """
    if hasattr(density, "values_at_angle"):
        return np.asarray(density.values_at_angle(theta))
    known = np.asarray(density.values(np.cos(theta)))
    if not np.any(np.isfinite(known)):
        raise DomainError(
            f"density in dimension {density.space.dimension}: rounding or the missing degrees hide its values at every "
            "point; its moments (kinetic plot --what spectrum) and its observables are known"
        )
    return known


@dataclass(frozen=True)
class Rings:
    """A density of the circle or the sphere by points and masses on rings around its mean direction.

    Parameters
    ----------
    latitudes : Array, shape (n,)
        y = ln tan(θ/2) of the rings, ascending, θ the angle to the mean direction.
    frame : Array, shape (d, d)
        Rows: the directions from which the azimuth is counted, then the mean direction.
    masses : Array, shape (n, azimuths)
        Mass of every point; azimuth j is 2πj/azimuths (the circle has the azimuths 0 and π).
    """

    latitudes: Array
    frame: Array
    masses: Array


def rings(density: Any, tolerance: float) -> Rings:
    """Return a density known by its values as masses on rings that are as fine as its cluster.

    Parameters
    ----------
    density : density of any chart
        Of the circle or the sphere, with a mean direction.
    tolerance : float
        Largest error of the mass.

    Raises
    ------
    DomainError
        If there is no mean direction, or the rings miss or exceed the mass by more than the tolerance.

    **Cost** Some 10⁵ values.
    """
    direction = density.direction
    if direction is None:
        raise DomainError("masses about the mean: this density has no mean direction (R = 0)")
    frame = frame_of(np.asarray(direction))
    y, weights = _latitude_rule(density, frame.shape[0])
    points = ring_points(frame, 2.0 * np.arctan(np.exp(y)))
    dimension, azimuths = frame.shape[0], points.shape[1]
    sine = 1.0 / np.cosh(y)
    area = weights * sine ** (dimension - 1) / (2.0 if dimension == 3 else np.pi)
    masses = np.asarray(density.values(points)) * area[:, None] / azimuths
    if not abs(masses.sum() - 1.0) < tolerance:
        raise DomainError(
            f"masses about the mean: quadrature of the values gives {masses.sum():.8g} instead of 1; only its "
            "observables are known"
        )
    return Rings(y, frame, masses)


def ring_points(frame: Array, theta: Array) -> Array:
    """Return points at angles θ to the last direction of a frame, shape (n, azimuths, d)."""
    azimuth = 2 * np.pi * np.arange(_RING) / _RING if frame.shape[0] == 3 else np.array([0.0, np.pi])
    around = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=-1)[:, : frame.shape[0] - 1] @ frame[:-1]
    return np.asarray(np.cos(theta)[:, None, None] * frame[-1] + np.sin(theta)[:, None, None] * around)


def frame_of(direction: Array) -> Array:
    """Return an orthonormal frame whose last row is a direction of R² or R³."""
    if direction.size == 2:
        return np.array([[direction[1], -direction[0]], direction])
    first = np.cross(direction, np.eye(3)[int(np.argmin(np.abs(direction)))])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(direction, first), direction])


def latitudes(density: Any, tolerance: float = 1e-3) -> tuple[Array, Array]:
    """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction and the mass at each.

    Raises
    ------
    DomainError
        Where the density does not give them.
    """
    quadrature = getattr(density, "axial_quadrature", None)
    if quadrature is not None:
        y, masses = quadrature()
        return np.asarray(y), np.asarray(masses)
    if np.size(density.mean) == 1:
        return _axial_latitudes(density, tolerance)
    found = rings(density, tolerance)
    return found.latitudes, found.masses.sum(axis=1)


def _latitude_rule(density: Any, dimension: int) -> tuple[Array, Array]:
    """Return nodes and weights in y from inside the cluster (of a boosted frame: at y = −η) to the antipode."""
    poles = _POLES / (dimension - 1) + 2.0
    near = min(_NEAREST, float(getattr(density, "rapidity", 0.0)) + poles)
    return gauss_panels(np.linspace(-near, poles, round((near + poles) / _PANEL) + 1))


def _axial_latitudes(density: Any, tolerance: float) -> tuple[Array, Array]:
    """Return latitudes and masses of an axisymmetric density that is known by its values."""
    side, dimension = float(np.sign(np.ravel(density.mean)[0])), int(density.space.dimension)
    y, weights = _latitude_rule(density, dimension)
    theta = 2.0 * np.arctan(np.exp(y))
    logs = (dimension - 1) * -np.log(np.cosh(y)) - float(betaln(0.5, 0.5 * (dimension - 1)))
    masses = zonal_values(density, theta if side >= 0 else np.pi - theta) * weights * np.exp(logs)
    if side == 0 or not abs(masses.sum() - 1.0) < tolerance:
        raise DomainError("masses about the mean: quadrature of the density's values does not give them")
    return y, masses
