"""Chebyshev polynomials at many points, and integrals of their series; knows arrays only."""

import numpy as np
from numpy.polynomial import chebyshev

from kinetic.types import Array


def chebyshev_table(points: Array, count: int) -> Array:
    """Return T_0 … T_{count−1} at points of [−1, 1], shape (count, n).

    T_{k+j} = 2 T_k T_j − T_{k−j} makes twice as many at a time: few calls, where the points are few.

    Accuracy
    --------
    A few ε in T_j times j², as the points are known (tests/integrate/test_chebyshev.py).
    """
    table = np.empty((max(count, 2), points.size))
    table[0], table[1] = 1.0, points
    known = 2
    while known < count:
        top = known - 1
        more = min(top, count - known)
        fresh = table[known : known + more]
        np.multiply(2.0 * table[top], table[1 : more + 1], out=fresh)
        fresh -= table[top - more : top][::-1]
        known += more
    return table[:count]


def integral(series: Array, start: float, length: float, times: Array) -> Array:
    """Return the integral of a Chebyshev series on an interval, from its beginning to times in it."""
    local = 2.0 * (np.asarray(times) - start) / length - 1.0
    return np.asarray(0.5 * length * chebyshev.chebval(local, chebyshev.chebint(series, lbnd=-1.0)))
