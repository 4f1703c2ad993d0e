"""Which rows and snapshots a step has to hand out: those of requested times, and those of requested lengths."""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.integrate.stepper import Stepper
from kinetic.march.events import Checkpoint
from kinetic.problem import Problem, Schedule


@dataclass(frozen=True)
class Output:
    """One requested time and what it is requested for."""

    time: float
    row: bool
    snapshot: bool
    scheduled: bool = True


def with_lengths(
    schedule: Schedule, stepper: Stepper, time: float, length: float, wanted: list[Output]
) -> list[Output]:
    """Return what is wanted within the last step, and a row where the path's length passes each multiple of a length.

    Parameters
    ----------
    schedule : Schedule
    stepper : Stepper
    time, length : float
        Where the step began.
    wanted : list of Output
        At times, ascending.
    """
    if schedule.observe_length is None or not math.isfinite(length + stepper.length):
        return wanted
    every, stop = schedule.observe_length, min(stepper.time, schedule.end)
    passed = np.arange(math.floor(length / every) + 1, math.floor(stepper.length_at(stop) / every) + 1)
    times = [_time_of_length(stepper, every * float(k), time, stop) for k in passed]
    taken = {output.time for output in wanted}
    extra = [Output(t, row=True, snapshot=False, scheduled=False) for t in dict.fromkeys(times) if t not in taken]
    return sorted([*wanted, *extra], key=lambda output: output.time)


def _time_of_length(stepper: Stepper, length: float, low: float, high: float) -> float:
    """Return the time between two at which the path has a length, by halving: the length may be all but a jump."""
    while True:
        middle = low + 0.5 * (high - low)
        if not low < middle < high:
            return high
        low, high = (middle, high) if stepper.length_at(middle) < length else (low, middle)


class Due:
    """The outputs still to come, in the order of time."""

    def __init__(self, problem: Problem, start: Checkpoint | None) -> None:
        after = -np.inf if start is None else start.time
        rows, snapshots = problem.schedule.rows, problem.schedule.snapshots
        times = np.union1d(rows, snapshots)
        wanted = zip(times, np.isin(times, rows), np.isin(times, snapshots), strict=True)
        self._outputs = [Output(float(t), bool(row), bool(saved)) for t, row, saved in wanted if t > after]

    def __bool__(self) -> bool:
        return bool(self._outputs)

    def until(self, time: float, short: float = 0.0) -> list[Output]:
        """Take out what is due up to a time, or up to a share of it short of that."""
        count = sum(output.time <= time * (1.0 - short) for output in self._outputs)
        taken, self._outputs = self._outputs[:count], self._outputs[count:]
        return taken
