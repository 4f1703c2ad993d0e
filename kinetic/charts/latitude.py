"""The Mercator latitude y = ln tan(θ/2) of a point at angle θ from the axis e, and what is elementary in it.

The sphere S^{d−1} without its poles is a conformal cylinder over y: cos θ = −tanh y, sin θ = sech y, and the boost of
rapidity s along e is the translation y → y − s. Everything here keeps its relative accuracy at both poles, ±∞ included.
The module knows no densities and no meshes.
"""

import math

import numpy as np
from scipy.special import betaln, expit

from kinetic.types import Array, ArrayLike


def cosine(y: ArrayLike) -> Array:
    """Return cos θ = −tanh y."""
    return np.asarray(-np.tanh(y))


def versine(y: ArrayLike) -> Array:
    """Return 1 − cos θ = 2/(1 + e^{−2y}) with relative accuracy; 1 + cos θ is `versine(-y)`."""
    return np.asarray(2.0 * expit(2.0 * np.asarray(y, dtype=float)))


def squared_sine(y: ArrayLike) -> Array:
    """Return sin² θ = sech² y with relative accuracy."""
    y = np.asarray(y, dtype=float)
    return np.asarray(4.0 * expit(2.0 * y) * expit(-2.0 * y))


def polar_angle(y: ArrayLike) -> Array:
    """Return θ = 2 arctan(e^y) in radians, with relative accuracy at θ = 0; π − θ is `polar_angle(-y)`."""
    y = np.asarray(y, dtype=float)
    return np.asarray(2.0 * np.arctan(np.exp(np.minimum(y, 600.0))))


def latitude(cosines: ArrayLike) -> Array:
    """Return y of points with given cos θ in [−1, 1]: ½ ln((1 − cos θ)/(1 + cos θ)), ±∞ at the poles."""
    t = np.asarray(cosines, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * (np.log(1.0 - t) - np.log(1.0 + t)))


def latitude_of_angle(theta: ArrayLike) -> Array:
    """Return y of points at angles θ in [0, π], relative accuracy at θ = 0 included."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.tan(0.5 * np.asarray(theta, dtype=float))))


def log_cosh(y: ArrayLike) -> Array:
    """Return ln cosh y without overflow."""
    size = np.abs(np.asarray(y, dtype=float))
    return np.asarray(size + np.log1p(np.exp(-2.0 * size)) - math.log(2.0))


def sine(y: ArrayLike) -> Array:
    """Return sin θ = sech y."""
    return np.asarray(np.exp(-log_cosh(y)))


def log_circumference(y: ArrayLike, dimension: int) -> Array:
    """Return ln(dσ/dy), dσ/dy = sech^{d−1}(y)/B(½, (d−1)/2), σ the uniform probability measure on S^{d−1}."""
    return np.asarray(-(dimension - 1) * log_cosh(y) - betaln(0.5, 0.5 * (dimension - 1)))
