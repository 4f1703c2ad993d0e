"""The march through time: steps, rows and snapshots at exactly the requested times, and where to stop.

Rows and snapshots come from the stepper's interpolant, so that they never steer the steps: a run continued from a
checkpoint, or with other outputs, makes the same steps. The march knows problems and steppers; not charts, files or
terminals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.errors import Blowup, DomainError, Unresolved
from kinetic.integrate.adaptive import FORGOTTEN, AdaptiveStepper
from kinetic.integrate.exponential import ExponentialStepper
from kinetic.integrate.stepper import EXPONENTIAL, Stepper
from kinetic.problem import RESOLVED_CHANGE, Flow, Observation, Problem, SplitFlow
from kinetic.types import Array

MOST_STEPS = 1e12
"""Steps to the end, at the length of the next one, beyond which a run does not get there.

A step is a dozen right-hand sides of some microseconds each: so many take years.
"""

PATIENCE = 400
"""Steps for which that must have been so: growing tenfold each time, they would span all doubles."""


@dataclass(frozen=True)
class Row:
    """The observables at one requested time."""

    time: float
    values: Observation
    clusters: Clusters | None = None


@dataclass(frozen=True)
class Snapshot:
    """The density at one requested time."""

    time: float
    density: Any


@dataclass(frozen=True)
class Checkpoint:
    """All that the next step depends on: from here a run goes on bit for bit.

    Parameters
    ----------
    time : float
    state : Array
    step : float
        Length to try next.
    layout : mapping
        Sizes of the flow.
    error : float
        Local error of the last step, in tolerances, which the lengths after the next one depend on.
    """

    time: float
    state: Array
    step: float
    layout: Mapping[str, int]
    error: float = FORGOTTEN


@dataclass(frozen=True)
class Step:
    """An accepted step; every row and snapshot up to `checkpoint.time` has been handed out before."""

    checkpoint: Checkpoint
    evaluations: int


Event: TypeAlias = Row | Snapshot | Step


def march(problem: Problem, start: Checkpoint | None = None) -> Iterator[Event]:
    """Yield rows, snapshots and steps in the order of time.

    Parameters
    ----------
    problem : Problem
    start : Checkpoint, optional
        Continue from here instead of the initial density.

    Raises
    ------
    Unresolved, Blowup
        After the last event that can be trusted.
    """
    events = _march(problem, start)
    return events if problem.companion is None else _beside(events, problem.companion)


def _march(problem: Problem, start: Checkpoint | None) -> Iterator[Event]:
    flow, stepper = _begin(problem, start)
    due = _Due(problem, start)
    flow.verify(stepper.time, stepper.state)
    yield from _outputs(flow, stepper.state, due.until(stepper.time))
    spent, pace = 0, _Pace(problem.schedule.end)
    while due:
        stepper.advance()
        pace.follow(stepper)
        yield from _interpolated(flow, stepper, due.until(stepper.time))
        if not due:
            return
        adapted = flow.adapt(stepper.state)
        if adapted is not None:
            flow, state = adapted
            spent += stepper.evaluations
            stepper = _stepper(problem, flow, stepper.time, state, stepper.next_step, stepper.error)
        flow.verify(stepper.time, stepper.state)
        checkpoint = Checkpoint(stepper.time, stepper.state, stepper.next_step, flow.layout, stepper.error)
        yield Step(checkpoint, spent + stepper.evaluations)


def _begin(problem: Problem, start: Checkpoint | None) -> tuple[Flow, Stepper]:
    if start is None:
        return problem.flow, _stepper(problem, problem.flow, 0.0, problem.state)
    flow = problem.flow.at_layout(start.layout)
    return flow, _stepper(problem, flow, start.time, start.state, start.step, start.error)


def _stepper(
    problem: Problem, flow: Flow, time: float, state: Array, step: float | None = None, error: float = FORGOTTEN
) -> Stepper:
    """Return a stepper of the problem's scheme for one of its flows."""
    if problem.scheme not in EXPONENTIAL:
        return AdaptiveStepper(flow, time, state, problem.tolerance, problem.scheme, step, error=error)
    if not isinstance(flow, SplitFlow):
        raise DomainError(
            f"time scheme: received {problem.scheme} for a flow without a linear part of its own; such a flow needs "
            '"dop853" or "rk45"; use one of them'
        )
    return ExponentialStepper(flow.decay, flow.nonlinear, time, state, problem.tolerance, step)


class _Pace:
    """Watches whether the steps will ever arrive at the end."""

    def __init__(self, end: float) -> None:
        self.end, self.slow = end, 0

    def follow(self, stepper: Stepper) -> None:
        """Raise `Blowup` if the steps have been hopelessly short for long."""
        left = self.end - stepper.time
        self.slow = self.slow + 1 if left > MOST_STEPS * stepper.next_step else 0
        if self.slow >= PATIENCE:
            raise Blowup(
                f"time step {stepper.next_step:.3g} at t = {stepper.time:.6g}: the end, {left:.3g} later, is more than "
                f"{MOST_STEPS:.0e} such steps away; lower attention.beta or time.end, or use normalization = "
                '"softmax", with which tokens move at most at the speed of their values'
            )


@dataclass(frozen=True)
class _Output:
    """One requested time and what it is requested for."""

    time: float
    row: bool
    snapshot: bool


class _Due:
    """The outputs still to come, in the order of time."""

    def __init__(self, problem: Problem, start: Checkpoint | None) -> None:
        after = -np.inf if start is None else start.time
        rows, snapshots = problem.schedule.rows, problem.schedule.snapshots
        times = np.union1d(rows, snapshots)
        wanted = zip(times, np.isin(times, rows), np.isin(times, snapshots), strict=True)
        self._outputs = [_Output(float(t), bool(row), bool(saved)) for t, row, saved in wanted if t > after]

    def __bool__(self) -> bool:
        return bool(self._outputs)

    def until(self, time: float) -> list[_Output]:
        """Take out what is due up to a time."""
        count = sum(output.time <= time for output in self._outputs)
        taken, self._outputs = self._outputs[:count], self._outputs[count:]
        return taken


def _interpolated(flow: Flow, stepper: Stepper, outputs: list[_Output]) -> Iterator[Row | Snapshot]:
    """Yield what is wanted within the last step, each time after it has been verified."""
    solution = stepper.interpolant() if outputs else None
    for output in outputs:
        assert solution is not None
        state = solution(output.time)
        flow.verify(output.time, state)
        yield from _outputs(flow, state, [output])


def _outputs(flow: Flow, state: Array, outputs: list[_Output]) -> Iterator[Row | Snapshot]:
    """Yield what is wanted of one state."""
    for output in outputs:
        if output.row:
            clusters = flow.clusters(output.time, state) if isinstance(flow, ClusteredFlow) else None
            yield Row(output.time, flow.observe(output.time, state), clusters)
        if output.snapshot:
            yield Snapshot(output.time, flow.density(state))


def _beside(events: Iterator[Event], companion: Problem) -> Iterator[Event]:
    """Pass on the events of a march while its companion has the same R and E."""
    twins = (event for event in _march(companion, None) if isinstance(event, Row))
    for event in events:
        if isinstance(event, Row):
            _compare(event, next(twin for twin in twins if twin.time == event.time), companion)
        yield event


def _compare(row: Row, twin: Row, companion: Problem) -> None:
    for name in ("order_parameter", "energy"):
        fine, coarse = float(np.asarray(row.values[name])), float(np.asarray(twin.values[name]))
        # a mean that symmetry keeps at 0 is rounding in both
        if abs(fine - coarse) > RESOLVED_CHANGE * abs(fine) + RESOLVED_CHANGE**2:
            sizes = ", ".join(f"{key} {value}" for key, value in companion.flow.layout.items())
            raise Unresolved(
                f"the resolution changes {name} from {coarse:.9g} with {sizes} to {fine:.9g}, t = {row.time:.6g} "
                f"(allowed {RESOLVED_CHANGE:.0e}, relatively); raise space.degree, or use chart = 'mercator'"
            )
