"""The Möbius group of the sphere as a boost after a rotation, without cancellation at any rapidity.

Responsible for the images of points, their mean and its deficit, and the group's equation of motion under
x′ = m − <m,x>x. Knows nothing of where the points come from.

A state is the concatenation of the rapidity vector p = sinh(η) n (shape (d,)) and the rotation Q (d², by
rows).
"""

import math

import numpy as np

from kinetic.types import Array

ROUNDED_MEAN = 1e-17
"""What steps leave out of p at least: the mean of unit vectors is rounded at that size."""


def boost_tolerances(points: Array, weights: Array) -> Array:
    """Return the scales of a step's error in p, of the mean's size, and in Q, of size one; shape (d + d²,)."""
    d = points.shape[1]
    least = max(1e-14 * float(np.linalg.norm(weights @ points)), ROUNDED_MEAN)
    return np.concatenate([np.full(d, least), np.full(d * d, 1e-14)])


def boost_rates(state: Array, points: Array, weights: Array, value: Array | None = None) -> Array:
    """Return the time derivative of (p, Q) under b = Vm, m the mean of the moved points.

    p′ = cosh(η) b, Q′ = (b wᵀ − w bᵀ) Q with w = tanh(η/2) n = p/(1 + cosh η).

    Parameters
    ----------
    state : ndarray, shape (d + d²,)
        p and Q.
    points, weights : ndarray, shapes (k, d) and (k,)
        Unit vectors at t = 0 and weights of sum one.
    value : ndarray, shape (d, d), optional
        V; the identity if absent.

    Returns
    -------
    ndarray, shape (d + d²,)
        The derivative.
    """
    momentum, rotation = _split(state)
    cosh = math.sqrt(1.0 + float(momentum @ momentum))
    along, across, axis = _images(momentum, rotation, points)
    mean = _mean(along, across, axis, weights)
    mean = mean if value is None else value @ mean
    ball = momentum / (1.0 + cosh)
    turn = np.outer(mean, ball @ rotation) - np.outer(ball, mean @ rotation)
    return np.concatenate([cosh * mean, turn.ravel()])


def mean_and_deficit(state: Array, points: Array, weights: Array) -> tuple[Array, float]:
    """Return m = Σ m_i x_i and 1 − |m| = Σ m_i |x_i − m|² / (1 + |m|) of the moved points.

    Parameters as for `boost_rates`. Differences are taken between deficits from the axis, so that nothing
    cancels when all x_i agree to 1e-30.
    """
    along, across, axis = _images(*_split(state), points)
    mean = _mean(along, across, axis, weights)
    spread = (along - weights @ along) ** 2 + np.sum((across - weights @ across) ** 2, axis=1)
    return mean, float(weights @ spread) / (1.0 + float(np.linalg.norm(mean)))


def _split(state: Array) -> tuple[Array, Array]:
    """Return p and Q."""
    d = math.isqrt(state.size)
    return state[:d], state[d:].reshape(d, d)


def _mean(along: Array, across: Array, axis: Array, weights: Array) -> Array:
    """Return Σ m_i x_i from the deficits along the axis and the components across it."""
    return np.asarray((1.0 - float(weights @ along)) * axis + weights @ across)


def _images(momentum: Array, rotation: Array, points: Array) -> tuple[Array, Array, Array]:
    """Return 1 − <x_i, n>, the part of x_i across n, and n.

    With z = Qy, a = 1 − <z,n>, b = 1 + <z,n>: tan(θ/2) ↦ e^{−η} tan(θ/2) gives 1 − <x,n> = 2ae^{−2η}/(b +
    ae^{−2η}) and x across n = 2e^{−η}/(b + ae^{−2η}) times z across n.
    """
    sinh = float(np.linalg.norm(momentum))
    axis = momentum / sinh if sinh > 0.0 else np.eye(momentum.size)[0]
    shrink = 1.0 / (math.sqrt(1.0 + sinh * sinh) + sinh)
    z = points @ rotation.T
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    near, far = 0.5 * np.sum((z - axis) ** 2, axis=1), 0.5 * np.sum((z + axis) ** 2, axis=1)
    total = far + near * shrink * shrink
    across = (2.0 * shrink / total)[:, None] * (z - (z @ axis)[:, None] * axis)
    return 2.0 * near * shrink * shrink / total, across, axis
