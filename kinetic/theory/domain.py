"""The ranges in which the predictions of this package are defined, checked in one place.

Responsible for refusing arguments outside a formula's domain with a message that names them. Knows no
formula.
"""

import math
from typing import get_args

import numpy as np

from kinetic.errors import DomainError
from kinetic.types import Array, ArrayLike, Normalization


def require_dimension(d: int, least: int = 2) -> None:
    """Refuse an ambient dimension that is not an integer of at least `least`."""
    if d != int(d) or d < least:
        raise DomainError(f"ambient dimension d = {d!r} is not possible here; allowed: integers d ≥ {least}")


def require_degree(degree: int) -> None:
    """Refuse a harmonic degree that is not an integer of at least zero."""
    if degree != int(degree) or degree < 0:
        raise DomainError(f"harmonic degree {degree!r} is not possible; allowed: integers ≥ 0")


def require_normalization(normalization: Normalization) -> None:
    """Refuse a normalization that is neither "softmax" nor "none"."""
    if normalization not in get_args(Normalization):
        raise DomainError(f"normalization {normalization!r} is unknown; allowed: 'softmax' (SA) and 'none' (USA)")


def require_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside the open interval (low, high), NaN included."""
    if not low < value < high:
        raise DomainError(f"{name} = {value!r} is outside its range; allowed: {low!r} < {name} < {high!r}")


def require_finite(name: str, value: float) -> None:
    """Refuse an infinite or undefined number."""
    if not math.isfinite(value):
        raise DomainError(f"{name} = {value!r} is not finite; give a finite number")


def increasing_times(times: ArrayLike) -> Array:
    """Return the times as a one-dimensional array, refused unless 0 ≤ t₀ ≤ t₁ ≤ … and finite."""
    array = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if array.ndim != 1 or not np.all(np.isfinite(array)) or np.any(np.diff(array) < 0.0) or np.any(array < 0.0):
        raise DomainError(f"times {times!r} do not increase from 0; give finite times with 0 ≤ t₀ ≤ t₁ ≤ …")
    return array


def normalized_masses(masses: ArrayLike, count: int) -> Array:
    """Return positive weights of total one, refused unless there are `count` non-negative ones."""
    array = np.asarray(masses, dtype=np.float64)
    total = float(np.sum(array))
    if array.shape != (count,) or np.any(array < 0.0) or not 0.0 < total < math.inf:
        raise DomainError(
            f"masses of shape {array.shape} and sum {total} cannot weight {count} points; "
            f"give {count} non-negative finite numbers, not all zero"
        )
    return array / total
