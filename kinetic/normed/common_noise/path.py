"""One Brownian path from a seed, the same at every step that halving or doubling leads to.

A step is h = f 2^e with f in [1/2, 1), which halving does not change. The root of a binary tree is the increment of a
path over [0, f 2^31], longer than any run; below it stand Lévy's halves of an interval of length L,

    B(middle) − B(left) = D/2 + √L/2 ξ,     B(right) − B(middle) = D/2 − √L/2 ξ,

D the increment over the whole of it and ξ standard normal. Every ξ has a stream of its own, which level and index of
the interval name, so that an increment depends on seed, step and index alone: not on what was drawn before it, nor on
how long the run is. The module knows numbers, not what they move.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kinetic.types import Array

GENERATOR = "numpy.random.Generator(Philox(key=seed, counter=(0, 0, index, level))).standard_normal"
"""What ξ is drawn from: that of interval number `index` of the 2^level that [0, f 2^31] is cut into."""

_ROOT = 31  # f 2^31 ≥ 2^30 > 10^9, the longest time
_KEPT = 256  # increments: consecutive ones share all but a few of their ancestors


@dataclass(frozen=True)
class BrownianPath:
    """Increments of independent standard Brownian motions, B(0) = 0.

    Parameters
    ----------
    seed : int
        ≥ 0.
    step : float
        h > 0.
    shape : tuple of int
        Of an increment.

    **Accuracy** Two increments of a path at step h/2 add up to one at step h to rounding: ε √L for each ancestor of
    length L over 2^(generations in between), altogether a few ε √h.

    **Cost** Two draws an increment, taken in order.
    """

    seed: int
    step: float
    shape: tuple[int, ...]

    def increment(self, index: int) -> Array:
        """Return B((index + 1) h) − B(index h), index ≥ 0, entries of variance h."""
        fraction, exponent = math.frexp(self.step)
        level = _ROOT - exponent
        return np.array(_increment(self.seed, fraction, math.prod(self.shape), level, index)).reshape(self.shape)


@lru_cache(maxsize=_KEPT)
def _increment(seed: int, fraction: float, count: int, level: int, index: int) -> Array:
    """Return the increment over interval `index` of the 2^level that [0, f 2^31] is cut into; not to be written to."""
    length = math.ldexp(fraction, _ROOT - level)
    if level == 0:
        return math.sqrt(length) * _normals(seed, level, index, count)
    parent = _increment(seed, fraction, count, level - 1, index // 2)
    bridge = math.sqrt(0.5 * length) * _normals(seed, level, index // 2, count)
    return np.asarray(0.5 * parent + (bridge if index % 2 == 0 else -bridge))


def _normals(seed: int, level: int, index: int, count: int) -> Array:
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, index, level])).standard_normal(count)
