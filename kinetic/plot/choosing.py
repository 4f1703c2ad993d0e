"""Which snapshots are shown: those nearest the times asked for, or else spread by how much changes between them."""

from collections.abc import Sequence

import numpy as np

from kinetic.errors import DomainError
from kinetic.record import Record
from kinetic.types import Array

_CHANGING = ("order_parameter", "energy", "entropy", "mean_radius")
_SCALES = ("w2_to_dirac",)
"""Observables whose logarithm counts: a cluster ten times narrower is another picture."""
_BETWEEN = 1e-6
"""Share of equal times in what spreads the snapshots: it decides where nothing changes, and nowhere else."""


def nearest(record: Record, times: Sequence[float]) -> tuple[int, ...]:
    """Return the snapshots nearest given times, ascending, each once.

    Raises
    ------
    DomainError
        For a time outside those of the snapshots.
    """
    known = record.density_times
    first, last = float(known[0]), float(known[-1])
    slack = 1e-9 * max(abs(first), abs(last))  # times that were written with ten digits
    for time in times:
        if time < first - slack or time > last + slack:  # NaN is refused by the record
            raise DomainError(
                f"time: received {time:g}; {record.path.name} holds snapshots from t = {first:g} to t = {last:g}; "
                f"name a time between them, or run on: kinetic run --resume --set time.end={time:g}"
                if time > last
                else f"time: received {time:g}; {record.path.name} begins at t = {first:g}"
            )
    return tuple(sorted({record.nearest_snapshot(time) for time in times}))


def by_change(record: Record, count: int) -> tuple[int, ...]:
    """Return so many snapshots between which equally much changes, the first and the last among them.

    What has changed up to a time is s(t) = mean over R, E, the entropy, the mean norm and ln W₂ of the share of their
    total variation up to t, so that 0 ≤ s ≤ 1. The snapshots nearest s = 0, 1/(n−1), …, 1 are taken; where several
    fall together, those farthest from the others come instead.
    """
    times = record.density_times
    if times.size <= count:
        return tuple(range(times.size))
    path = np.interp(times, record.observables["time"], changed(record))
    chosen: list[int] = sorted({int(np.argmin(np.abs(path - s))) for s in np.linspace(path[0], path[-1], count)})
    chosen = sorted({0, *chosen, times.size - 1})
    while len(chosen) < count:
        distance = np.min(np.abs(path[:, None] - path[chosen][None, :]), axis=1)
        distance[chosen] = -1.0
        chosen = sorted({*chosen, int(np.argmax(distance))})
    return tuple(chosen)


def changed(record: Record) -> Array:
    """Return s at every row, ascending from 0 to 1, as in `by_change`."""
    rows = record.observables
    times = rows["time"]
    span = float(times[-1] - times[0]) or 1.0
    even = (times - times[0]) / span
    with np.errstate(divide="ignore", invalid="ignore"):
        followed = [rows[name] for name in _CHANGING if name in rows]
        followed += [np.log(rows[name]) for name in _SCALES if name in rows]
    paths = [path for values in followed if (path := _variation(values)) is not None]
    if not paths:
        return np.asarray(even)
    return np.asarray((1 - _BETWEEN) * np.mean(paths, axis=0) + _BETWEEN * even)


def _variation(values: Array) -> Array | None:
    """Return the share of the total variation up to every row, unknown rows left out; None where nothing changes."""
    known = np.isfinite(values)
    if np.count_nonzero(known) < 2:
        return None
    filled = np.interp(np.arange(values.size), np.flatnonzero(known), values[known])
    path = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(filled)))])
    return None if path[-1] <= 0 else path / path[-1]
