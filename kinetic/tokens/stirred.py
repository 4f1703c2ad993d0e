"""N tokens in the environment of a record: the very increments that moved its density.

Responsible for taking attention and increments in turn, at the density's own times. Refuses to draw an increment.
"""

from collections.abc import Callable

import numpy as np

from kinetic.normed.common_noise import Kick
from kinetic.particles import move, observe
from kinetic.tokens.field import CloudAttention
from kinetic.types import Array

_SAME_TIME = 1e-12  # share of a time by which the sums of steps in a record may differ


def stirred(
    kick: Kick,
    acting: tuple[Array, Array],
    cloud: CloudAttention,
    velocity: Callable[[float, Array], Array],
    points: Array,
    times: Array,
    tolerance: float,
    progress: Callable[[float], None] | None = None,
) -> tuple[Array, Array, int]:
    """Return R and 1 − R of tokens at the given times, and how often their velocities were computed.

    Parameters
    ----------
    kick : Kick
        What an increment does to tokens.
    acting : (Array, Array)
        Times at which increments act, and these.
    cloud : CloudAttention
        Whose tokens these are.
    velocity : callable
        velocity(time, tokens) -> dy/dt between increments.
    points : Array, shape (N, d)
        Unit vectors at ``times[0]``.
    times : Array
        Of rows, strictly increasing.
    tolerance, progress
        As in `particles.move`.
    """
    still = not any(np.any(head.value) for head in cloud.model.matrices)
    tokens, time, evaluations = points, float(times[0]), 0
    rows, pending = [observe(tokens, cloud.masses)], times[1:]
    ends = [*zip(*acting, strict=True), (np.inf, None)]
    for end, increment in ends:
        before = pending[pending < end * (1.0 - _SAME_TIME)]
        stops = np.unique([time, *before, *([end] if np.isfinite(end) else [])])
        if still:
            rows += [observe(tokens, cloud.masses)] * before.size
        elif stops.size > 1:
            found = move(tokens, stops, velocity, cloud.masses, tolerance, floor=lambda: cloud.error, save=tuple(stops))
            saved = found.saved_points[1:]
            rows += [observe(saved[np.searchsorted(stops[1:], row)], cloud.masses) for row in before]
            tokens, evaluations = found.points, evaluations + found.evaluations
        pending = pending[before.size :]
        if increment is None or pending.size == 0:
            break
        tokens = kick(tokens, cloud.masses, increment)
        tokens = tokens / np.sqrt(np.vecdot(tokens, tokens))[:, None]
        time = float(end)
        now = pending[pending <= end * (1.0 + _SAME_TIME)]
        rows += [observe(tokens, cloud.masses)] * now.size
        pending = pending[now.size :]
        if progress is not None:
            progress(time)
    order, deficit = (np.array(column) for column in zip(*((row[1], row[2]) for row in rows), strict=True))
    return order, deficit, evaluations
