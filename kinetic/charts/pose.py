"""Poses: how a frame sits on the physical sphere, η and the turn R that carries its pole e.

A pose is a plain vector, part of the state that steppers see: (η) for axisymmetric densities, (η, α) on the circle,
(η, a unit quaternion) on the sphere. The body's coordinates have the pole last.
"""

import math

import numpy as np

from kinetic.types import Array

SIZES = {"zonal": 1, "circle": 2, "sphere": 5}
"""How many numbers a pose is, by the name of the space."""


def rapidity(pose: Array) -> float:
    """Return η."""
    return float(pose[0])


def axis(pose: Array) -> Array:
    """Return R e, the frame's pole in physical coordinates: shape (d,); [1] for axisymmetric densities."""
    return rotation(pose)[:, -1]


def rotation(pose: Array) -> Array:
    """Return R as a matrix from body to physical coordinates, shape (d, d); [[1]] for axisymmetric densities."""
    if pose.size == 1:
        return np.ones((1, 1))
    if pose.size == 2:
        cosine, sine = math.cos(pose[1]), math.sin(pose[1])
        # the body's axes: across (the direction of growing angle), then along the pole
        return np.array([[-sine, cosine], [cosine, sine]])
    w, x, y, z = pose[1:] / np.linalg.norm(pose[1:])
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def to_space(pose: Array, vectors: Array) -> Array:
    """Return physical points from body vectors, the pole last: shape (…, d); cosines (…) of axisymmetric densities."""
    return vectors[..., -1] if pose.size == 1 else vectors @ rotation(pose).T


def to_body(pose: Array, points: Array) -> Array:
    """Return body vectors of physical points; those about an axis are body vectors already."""
    return points if pose.size == 1 else points @ rotation(pose)


def spin(pose: Array, turn: Array) -> Array:
    """Return d/dt of the quaternion when the pole moves at body velocity (u_x, u_y), without turning about itself.

    The body's angular velocity is ω = e × u = (−u_y, u_x, 0), and q' = ½ q (0, ω).
    """
    w, x, y, z = pose[1:]
    p, q = -turn[1], turn[0]
    return 0.5 * np.array([-x * p - y * q, w * p - z * q, w * q + z * p, x * q - y * p])


def pointing(direction: Array, rapidity: float) -> Array:
    """Return the pose of a frame whose pole is at a direction (circle: 2, sphere: 3 numbers)."""
    if direction.size == 2:
        return np.array([rapidity, math.atan2(direction[1], direction[0])])
    x, y, z = direction
    half = np.array([1.0 + z, -y, x, 0.0])  # the shortest rotation of e_z, (1 + <e, n>, e × n)
    length = float(np.linalg.norm(half))
    quaternion = half / length if length > 1e-8 else np.array([0.0, 1.0, 0.0, 0.0])
    return np.append(rapidity, quaternion)
