"""Short runs of a case at small degrees, from which the steps and the end of a large one are foretold.

Responsible for the pilots and for what follows from two of them. Refuses to know what a right-hand side costs.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.case.text import apply_overrides, parse_toml
from kinetic.case.writing import document
from kinetic.errors import CaseError, NumericsError
from kinetic.march import Step, march
from kinetic.problem import Problem
from kinetic.trust import NOTICED_TAIL
from kinetic.types import Array

WORK = 4e5
"""Right-hand sides × unknowns that a pilot may take: about a second, of runs that take minutes or more."""

MOST = 3000
"""Right-hand sides that it may take, however few its unknowns are."""

SHARES = {8: 12, 4: 24, 2: 48}
"""Parts of the degree that pilots have, and the smallest degree that each may come to."""

FIRST = 17
"""Right-hand sides of a run of one step."""


@dataclass(frozen=True)
class Pilot:
    """A run at a small degree, as far as it came.

    Parameters
    ----------
    degree : int
    times : Array
        Ends of its steps, ascending.
    evaluations : int
        Right-hand sides until then.
    stopped : float
        When the numerics stopped it; infinite if they did not.
    noticed : float
        When its spectral tail passed that from which a witness marches; infinite if it did not.
    arrived : bool
        Whether it was followed until it stopped, or to the end.
    watched : bool
        Whether its spectral tail could have stopped it.
    slowdown : float
        Processor time of a right-hand side on the way, with its share of the stepper's work, to that of one at t = 0.
    """

    degree: int
    times: Array
    evaluations: int
    stopped: float
    noticed: float
    arrived: bool
    watched: bool
    slowdown: float

    def steps(self, until: float) -> float:
        """Return the number of steps until a time; beyond the last one by steps of its length."""
        count, last = self.times.size, float(self.times[-1])
        if until <= last:
            return float(max(np.interp(until, [0.0, *self.times], np.arange(count + 1.0)), 1.0))
        return count + (until - last) / (last - float(self.times[-2] if count > 1 else 0.0))

    @property
    def evaluations_per_step(self) -> float:
        """Right-hand sides a step, rejected ones included."""
        return self.evaluations / self.times.size


def at_degree(case: Case, degree: int) -> Case:
    """Return a case at another degree, with rows at the start and the end alone.

    Raises
    ------
    CaseError
        If that is no case.
    """
    tables = apply_overrides(parse_toml(case.text, case.name), case.overrides, case.name)
    space = {key: value for key, value in tables["space"].items() if key != "max_degree"}
    rows = {"observe_every": case.time.end, "save_every": case.time.end}
    changed = {**tables, "space": {**space, "degree": degree}, "output": rows}
    return replace(Case.parse(document(changed), name=case.name), folder=case.folder)


@dataclass(frozen=True)
class Outlook:
    """What pilots tell of a run; NaN where they do not.

    Parameters
    ----------
    steps : float
        Until it ends or stops.
    evaluations : float
        Right-hand sides until then.
    unresolved : float
        When it stops; infinite if it arrives.
    noticed : float
        When its witness begins to march; infinite if it does not.
    degrees : tuple of int
        Of the pilots.
    slowdown : float
        How much dearer right-hand sides become on the way.
    """

    steps: float
    evaluations: float
    unresolved: float
    noticed: float
    degrees: tuple[int, ...]
    slowdown: float = 1.0


def outlook(case: Case, problem: Problem, degree: int) -> Outlook:
    """Follow two pilots of a case, and tell what they say of a run at a degree.

    A density that attention contracts narrows by a factor in equal times, and the degrees that it needs grow by that
    factor: from two degrees and the times at which they become too few follows the time for a third (heuristic; exact
    for one cluster that contracts at its rate). The degree of a space leaves the steps that accuracy allows as they
    are, and shortens those that stability allows at most in proportion: the number of steps at L is between that at n
    and L/n times as much, and the geometric mean of the two is within the root of L/n of it.

    Parameters
    ----------
    case : Case
    problem : Problem
        As it was built.
    degree : int
        The degree of the run, or the one to which it may grow.
    """
    pilots = list(_pilots(case, degree, problem.witness is not None))
    if not pilots:
        return Outlook(math.nan, math.nan, math.nan, math.nan, ())
    last = pilots[-1]
    watched = problem.companion is None and all(pilot.watched and pilot.arrived for pilot in pilots)
    stopped = extrapolated([(pilot.degree, pilot.stopped) for pilot in pilots], degree) if watched else math.nan
    noticed = extrapolated([(pilot.degree, pilot.noticed) for pilot in pilots], degree)
    end = problem.schedule.end
    until = end if math.isnan(stopped) else min(end, stopped)
    steps = last.steps(until) * math.sqrt(degree / last.degree) if 3 * float(last.times[-1]) >= until else math.nan
    unresolved = math.inf if stopped > end else stopped
    degrees = tuple(pilot.degree for pilot in pilots)
    return Outlook(steps, steps * last.evaluations_per_step, unresolved, noticed, degrees, last.slowdown)


def extrapolated(found: list[tuple[int, float]], degree: int) -> float:
    """Return the time at which a degree becomes too small, from (degree, time) of one or two smaller ones.

    Returns
    -------
    float
        Infinite if one of them never was, NaN if one of them tells nothing.
    """
    (small, early), (large, late) = found[0], found[-1]
    if late == math.inf or degree == large:
        return late
    if small == large:
        return math.nan
    return late + max(late - early, 0.0) * math.log(degree / large) / math.log(large / small)


def _pilots(case: Case, degree: int, notice: bool) -> Iterator[Pilot]:
    """Yield the first two pilots, from small degrees on, that can begin."""
    degrees = sorted({min(degree, max(smallest, -(-degree // share))) for share, smallest in SHARES.items()})
    count = 0
    for small in degrees:
        with suppress(CaseError):
            pilot = piloted(case, small, notice)
            if pilot.times.size and (pilot.stopped > 0 or small == degree):
                yield pilot
                count += 1
        if count == 2:
            return


def piloted(case: Case, degree: int, notice: bool = False) -> Pilot:
    """Follow a case at a degree: to the end, until it stops, or as long as a pilot may.

    Parameters
    ----------
    case : Case
    degree : int
    notice : bool
        Whether its spectral tail is looked at after every step.

    Raises
    ------
    CaseError
        If there is no such case.
    """
    built = build(at_degree(case, degree))
    problem, watched = replace(built, companion=None, witness=None), built.companion is None
    times, evaluations, stopped, noticed, arrived = [0.0], 0, math.inf, math.inf, True
    most = min(WORK / problem.state.size, MOST)
    problem.flow(0.0, problem.state)
    first, clock = timed(lambda: problem.flow(0.0, problem.state)), Clock()
    try:
        for event in march(problem):
            if not isinstance(event, Step):
                continue
            times.append(event.checkpoint.time)
            evaluations = event.evaluations
            clock.tick(evaluations)
            if notice and noticed == math.inf and _tail(problem, event) > NOTICED_TAIL:
                noticed = times[-1]
            if evaluations > most:
                arrived = False
                break
    except NumericsError:
        stopped = times[-1]
    else:
        if arrived:  # the last step is not handed out
            evaluations += evaluations // max(len(times) - 1, 1) or FIRST
            times.append(problem.schedule.end)
    slowdown = max(clock.per_evaluation / first, 1.0) if first > 0 else 1.0
    return Pilot(degree, np.array(times[1:]), evaluations, stopped, noticed, arrived, watched, slowdown)


class Clock:
    """Processor time between the first step and the last, for each right-hand side."""

    def __init__(self) -> None:
        self.began: tuple[float, int] | None = None
        self.per_evaluation = 0.0

    def tick(self, evaluations: int) -> None:
        """Take note of a step."""
        now = time.process_time()
        if self.began is None:
            self.began = now, evaluations
        elif evaluations > self.began[1]:
            self.per_evaluation = (now - self.began[0]) / (evaluations - self.began[1])


def timed(call: Callable[[], object]) -> float:
    """Return the seconds of processor time that a call takes."""
    before = time.process_time()
    call()
    return time.process_time() - before


def _tail(problem: Problem, step: Step) -> float:
    """Return the spectral tail of the state behind a step."""
    seen = problem.flow.at_layout(step.checkpoint.layout).observe(step.checkpoint.time, step.checkpoint.state)
    return float(np.asarray(seen["spectral_tail"]))
