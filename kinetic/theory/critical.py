"""Where a field X on the sphere S² vanishes, and how it leaves such points.

Responsible for Newton's method from all over the sphere, and for eigenvalues of X's derivative. Knows nothing of what
makes the field.
"""

import math
from typing import Protocol

import numpy as np

from kinetic.types import Array

_STARTS, _STEPS, _LONGEST = 1200, 80, 0.2  # of Newton's method; steps in radians
_ZERO, _SAME = 1e-12, 1e-6
_SETTLED = 1e-9  # of a last step: its square is left
_RADIAL = 1e6  # added to the eigenvalue of the direction that leaves the sphere, which then comes last


class Gradient(Protocol):
    """A tangent field that is a gradient."""

    def field(self, x: Array) -> tuple[Array, Array]:
        """Return X and its derivative along the sphere at unit vectors (q, 3), shapes (q, 3) and (q, 3, 3)."""


def critical_points(gradient: Gradient, zero: float = _ZERO) -> Array:
    """Return where X vanishes, to `zero`, shape (k, 3), by Newton's steps from all over the sphere."""
    k = np.arange(_STARTS) + 0.5
    height = 1.0 - 2.0 * k / _STARTS
    turn = math.pi * (1.0 + math.sqrt(5.0)) * k
    across = np.sqrt(1.0 - height**2)
    x = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)
    moving = np.arange(_STARTS)
    for _ in range(_STEPS):
        velocity, bend = gradient.field(x[moving])
        sizes, axes = np.linalg.eigh(bend)
        along = np.einsum("qji,qj->qi", axes, velocity)
        flat = np.abs(sizes) < _ZERO  # the radial direction, and rings of zeros
        step = -np.einsum("qij,qj->qi", axes, np.where(flat, 0.0, along / np.where(flat, 1.0, sizes)))
        length = np.linalg.norm(step, axis=1)
        x[moving] += step * np.minimum(1.0, _LONGEST / np.maximum(length, 1e-300))[:, None]
        x[moving] /= np.linalg.norm(x[moving], axis=1, keepdims=True)
        moving = moving[length > _SETTLED]
        if not moving.size:
            break
    zeros = x[np.linalg.norm(gradient.field(x)[0], axis=1) < zero]
    near = np.linalg.norm(zeros[:, None] - zeros, axis=2) < _SAME
    return np.asarray(zeros[np.argmax(near, axis=1) == np.arange(len(zeros))])  # the first of each


def exponents(gradient: Gradient, x: Array) -> tuple[Array, Array]:
    """Return both eigenvalues of X's derivative at points, ascending, and their directions, shape (q, 3, 2)."""
    _, bend = gradient.field(x)
    sizes, axes = np.linalg.eigh(bend + _RADIAL * x[:, :, None] * x[:, None, :])
    return np.asarray(sizes[:, :2]), np.asarray(axes[:, :, :2])
