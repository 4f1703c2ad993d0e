"""The functions φ_j of exponential integrators on the negative real axis, without cancellation.

    φ_0(z) = e^z,     φ_j(z) = ∫_0^1 e^{(1−s)z} s^{j−1}/(j−1)! ds.

They integrate e^{(1−s)z} times a polynomial exactly. The module knows numbers, not steps.
"""

import math

import numpy as np

from kinetic.types import Array

_SWITCH = 5.0  # |z| below which the series is summed
_TERMS = 42  # 5⁴²/42! = 2e-22


def phi_functions(count: int, z: Array) -> Array:
    """Return φ_0 … φ_count at z ≤ 0.

    Near 0, with x = −z, the series in which every term is positive (Kummer's transformation of φ_j = M(1, j+1, z)/j!),

        φ_j(−x) = e^{−x}/(j−1)! Σ_n x^n/(n! (n+j));

    beyond |z| = 5 the recurrence φ_j = (1/(j−1)! − φ_{j−1})/x, which loses a factor (x+j−1)/x a step: 30 in φ_8.

    Parameters
    ----------
    count : int
    z : Array
        Any shape, −∞ ≤ z ≤ 0.

    Returns
    -------
    Array, shape (count + 1, *z.shape)

    Accuracy
    --------
    Relative (10 + |z| for φ_0) ε, times that factor (tests/integrate/test_phi.py: z from 0 to −1e6).
    """
    x = -np.asarray(z, dtype=float)
    near = x < _SWITCH
    table = np.empty((count + 1, *x.shape))
    table[0] = np.exp(-x)
    table[1:, near] = _series(count, x[near])
    previous, far = table[0, ~near], x[~near]
    for j in range(1, count + 1):
        previous = (1 / math.factorial(j - 1) - previous) / far
        table[j, ~near] = previous
    return table


def _series(count: int, x: Array) -> Array:
    """φ_1 … φ_count by their positive series."""
    orders = np.arange(1.0, count + 1)[:, None]
    power = np.ones_like(x)
    total = power / orders
    for n in range(1, _TERMS):
        power = power * x / n
        total = total + power / (n + orders)
    factorials = np.cumprod(np.maximum(orders - 1, 1.0), axis=0)
    return np.asarray(total * np.exp(-x) / factorials)
