"""Many small systems of one law, each followed with steps of its own; knows arrays and callables only.

A stepper that takes all of them together must resolve at every time whichever is fast just then. Here a system that
is fast for a while takes short steps for that while alone.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.integrate import DOP853

from kinetic.errors import Blowup
from kinetic.types import Array, Integers

Rate: TypeAlias = Callable[[Array, Array], Array]
"""(t, y) -> y' of systems at times of their own: shapes (n,), (m, n), (m, n)."""

_STAGES = DOP853.n_stages
_ERRORS = np.stack([DOP853.E5, DOP853.E3])
_SAFETY, _LEAST, _MOST = 0.9, 0.2, 10.0  # of the change of step
_EXPONENT = -1.0 / 8.0  # of the error in the step
_KNOWN = 20.0 * float(np.finfo(float).eps)  # of a state: smaller errors are rounding
_ROUNDING = 4.0 * float(np.finfo(float).eps)  # of the time: a step shorter than that is none


def paths(rate: Rate, start: Array, times: Array, tolerance: float) -> Array:
    """Return n systems of m unknowns at given times.

    Parameters
    ----------
    rate : callable
    start : Array, shape (m, n)
        At the first of the times.
    times : Array, shape (k,)
        Ascending.
    tolerance : float
        Bound on the error of a step in each system, absolute; rounding is let pass.

    Returns
    -------
    Array, shape (k, m, n)

    Raises
    ------
    Blowup
        If a step has to shrink below what the clock can tell apart.

    Accuracy
    --------
    Dormand and Prince's pair of order 8(5,3); between steps their interpolant of order 7.
    """
    found = np.empty((times.size, *start.shape))
    found[0] = start
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a wild trial step is rejected, not fatal
        _follow(rate, found, times, tolerance)
    return found


def _follow(rate: Rate, found: Array, times: Array, tolerance: float) -> None:
    """Fill in the systems at all times but the first."""
    end, count = float(times[-1]), found.shape[2]
    now, steps = np.full(count, times[0]), np.full(count, end - times[0])
    state = found[0].copy()
    slope = rate(now, state)
    left = np.arange(count)
    while left.size:
        t, y, h = now[left], state[:, left], np.minimum(steps[left], end - now[left])
        if not np.all(h > _ROUNDING * abs(end)):
            raise Blowup("a token's own step: none meets the tolerance; raise time.tolerance")
        stages = np.empty((DOP853.A_EXTRA.shape[1], *y.shape))
        stages[0] = slope[:, left]
        for s in range(1, _STAGES):
            stages[s] = rate(t + DOP853.C[s] * h, y + h * _sum(DOP853.A[s, :s], stages[:s]))
        after = y + h * _sum(DOP853.B, stages[:_STAGES])
        stages[_STAGES] = rate(t + h, after)
        error = _error(stages[: _STAGES + 1], h) / (tolerance + _KNOWN * np.abs(y).max(axis=0))
        good = error <= 1.0
        factor = np.clip(_SAFETY * np.maximum(error, 1e-30) ** _EXPONENT, _LEAST, _MOST)
        steps[left] = h * np.where(np.isfinite(error), factor, _LEAST)
        _between(rate, found, times, left[good], t[good], h[good], y[:, good], after[:, good], stages[:, :, good])
        done = left[good]
        state[:, done], slope[:, done] = after[:, good], stages[_STAGES][:, good]
        now[done] = np.where(h[good] == end - t[good], end, t[good] + h[good])
        left = left[now[left] < end]


def _sum(weights: Array, stages: Array) -> Array:
    """Return the weighted sum of stages; several rows of weights make several sums."""
    flat = weights @ stages.reshape(stages.shape[0], -1)
    return np.asarray(flat.reshape(*weights.shape[:-1], *stages.shape[1:]))


def _error(stages: Array, h: Array) -> Array:
    """Return the estimated error of each system, as Hairer, Norsett and Wanner combine it."""
    fifth, third = np.square(_sum(_ERRORS, stages)).sum(axis=1)
    whole = np.sqrt(fifth + 0.01 * third)
    return np.asarray(h * fifth / np.where(whole == 0.0, 1.0, whole))


def _between(
    rate: Rate, found: Array, times: Array, which: Integers, t: Array, h: Array, y: Array, after: Array, stages: Array
) -> None:
    """Fill in the times that lie in an accepted step of each system."""
    last = t + h >= times[-1]
    found[-1][:, which[last]] = after[:, last]
    first, beyond = np.searchsorted(times[:-1], t, side="right"), np.searchsorted(times[:-1], t + h, side="right")
    some = np.flatnonzero(beyond > first)
    if not some.size:
        return
    t, h, y, stages = t[some], h[some], y[:, some], stages[:, :, some]
    for s, (row, c) in enumerate(zip(DOP853.A_EXTRA, DOP853.C_EXTRA, strict=True), start=_STAGES + 1):
        stages[s] = rate(t + c * h, y + h * _sum(row[:s], stages[:s]))
    change = after[:, some] - y
    begun = h * stages[0] - change
    rows = [change, begun, 2.0 * change - h * (stages[_STAGES] + stages[0]), *(h * _sum(DOP853.D, stages))]
    counts = (beyond - first)[some]
    own = np.repeat(np.arange(some.size), counts)
    k = np.arange(own.size) - np.repeat(np.cumsum(counts) - counts - first[some], counts)
    x = (times[k] - t[own]) / h[own]
    value = np.zeros((y.shape[0], own.size))
    for i, row in enumerate(reversed(rows)):
        value = (value + row[:, own]) * (x if i % 2 == 0 else 1.0 - x)
    found[k, :, which[some[own]]] = (y[:, own] + value).T
