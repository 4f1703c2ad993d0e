"""The march through time: steps, rows and snapshots at exactly the requested times, and where to stop.

Rows and snapshots come from the stepper's interpolant, so that they never steer the steps: a run continued from a
checkpoint, or with other outputs, makes the same steps. The march knows problems and steppers; not charts, files or
terminals.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from kinetic.clusters import ClusteredFlow, Clusters
from kinetic.density import Body
from kinetic.errors import Blowup, DomainError, Unresolved
from kinetic.integrate.adaptive import FORGOTTEN, AdaptiveStepper
from kinetic.integrate.exponential import ExponentialStepper
from kinetic.integrate.stepper import EXPONENTIAL, Stepper
from kinetic.integrate.traced import TracedStepper
from kinetic.observables import Observation
from kinetic.problem import (
    Flow,
    KickedFlow,
    PassingFlow,
    Problem,
    Schedule,
    SplitFlow,
    TracedFlow,
    VaryingFlow,
    Witness,
)
from kinetic.trust import NOTICED_TAIL, RESOLVED_CHANGE
from kinetic.types import Array

MOST_STEPS = 1e12
"""Steps to the end, at the length of the next one, beyond which a run does not get there.

A step is a dozen right-hand sides of some microseconds each: so many take years.
"""

_SAME_TIME = 1e-12
"""Share by which two sums of the same steps, a million at most, may differ by rounding."""

PATIENCE = 400
"""Steps for which that must have been so: growing tenfold each time, they would span all doubles."""


@dataclass(frozen=True)
class Row:
    """The observables at one requested time, or where the path had a requested length."""

    time: float
    values: Observation
    clusters: Clusters | None = None
    scheduled: bool = True


@dataclass(frozen=True)
class Snapshot:
    """The density at one requested time."""

    time: float
    density: Body


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
    length : float
        Length of the path in W₂ up to here, NaN where it is not known: rows depend on it, steps do not.
    witness : Checkpoint, optional
        Of the coarser run beside it, once that has begun.
    """

    time: float
    state: Array
    step: float
    layout: Mapping[str, int]
    error: float = FORGOTTEN
    length: float = math.nan
    witness: "Checkpoint | None" = None


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
    if problem.companion is not None:
        return _beside(events, problem.companion)
    return events if problem.witness is None else _witnessed(events, _Beside(problem, problem.witness, start))


def _march(problem: Problem, start: Checkpoint | None) -> Iterator[Event]:
    flow, stepper = _begin(problem, start)
    due = _Due(problem, start)
    flow.verify(stepper.time, stepper.state)
    yield from _outputs(problem, flow, stepper.state, stepper.length, due.until(stepper.time))
    spent, pace = 0, _Pace(problem.schedule.end)
    while due:
        kick, trusted = _kick_after(flow, stepper.time), (stepper.time, stepper.state, stepper.length)
        stepper.advance()
        pace.follow(stepper)
        if isinstance(flow, PassingFlow) and not flow.trusts(stepper.state):
            spent += stepper.evaluations
            flow, stepper = _passed_on(problem, flow, trusted)
            yield Step(_checkpoint(flow, stepper), spent)
            continue
        jumps = stepper.time == kick
        # a time that differs from that of a jump by rounding alone is meant to be after it
        wanted = due.until(stepper.time, _SAME_TIME if jumps else 0.0)
        wanted = _with_lengths(problem.schedule, stepper, trusted[0], trusted[2], wanted)
        yield from _interpolated(problem, flow, stepper, wanted)
        if not due:
            return
        state = flow.kicked(kick, stepper.state) if jumps and isinstance(flow, KickedFlow) else stepper.state
        adapted = flow.adapt(state)
        if adapted is not None:
            flow, state = adapted
        flow.verify(stepper.time, state)
        if jumps or adapted is not None:
            spent += stepper.evaluations
            stepper = _stepper(problem, flow, stepper.time, state, stepper.length, stepper.next_step, stepper.error)
        if stepper.time in problem.knots:
            spent += stepper.evaluations
            flow, stepper = _beyond(problem, flow, stepper)
            flow.verify(stepper.time, stepper.state)
        if jumps:
            yield from _outputs(problem, flow, stepper.state, stepper.length, due.until(stepper.time))
        yield Step(_checkpoint(flow, stepper), spent + stepper.evaluations)


def _passed_on(problem: Problem, flow: PassingFlow, trusted: tuple[float, Array, float]) -> tuple[Flow, Stepper]:
    """Return the flow that takes over from the last trusted state, and its stepper: the step beyond is forgotten."""
    time, state, length = trusted
    taking, state = flow.handed_over(time, state)
    taking.verify(time, state)
    return taking, _stepper(problem, taking, time, state, length)


def _checkpoint(flow: Flow, stepper: Stepper) -> Checkpoint:
    return Checkpoint(stepper.time, stepper.state, stepper.next_step, flow.layout, stepper.error, stepper.length)


def _kick_after(flow: Flow, time: float) -> float:
    """Return when the state jumps next, infinity where it never does."""
    return flow.next_kick(time) if isinstance(flow, KickedFlow) else np.inf


def _begin(problem: Problem, start: Checkpoint | None) -> tuple[Flow, Stepper]:
    if start is None:
        return problem.flow, _stepper(problem, problem.flow, 0.0, problem.state, 0.0)
    flow = problem.flow.at_layout(start.layout)
    passed = [knot for knot in problem.knots if knot <= start.time]
    if passed and isinstance(flow, VaryingFlow):
        flow = flow.after(passed[-1])
    return flow, _stepper(problem, flow, start.time, start.state, start.length, start.step, start.error)


def _beyond(problem: Problem, flow: Flow, stepper: Stepper) -> tuple[Flow, Stepper]:
    """Return flow and stepper beyond the knot that the stepper has reached; its pace is no guide there."""
    assert isinstance(flow, VaryingFlow)
    state = flow.crossed(stepper.time, stepper.state)
    later = flow.after(stepper.time)
    return later, _stepper(problem, later, stepper.time, state, stepper.length)


def _stepper(
    problem: Problem,
    flow: Flow,
    time: float,
    state: Array,
    length: float,
    step: float | None = None,
    error: float = FORGOTTEN,
) -> Stepper:
    """Return a stepper of the problem's scheme for one of its flows, which stops at the next knot."""
    stop = next((knot for knot in problem.knots if knot > time), math.inf)
    if problem.scheme not in EXPONENTIAL:
        until = min(_kick_after(flow, time), stop)
        own = (time, state, problem.tolerance, problem.scheme, step)
        if isinstance(flow, TracedFlow):
            return TracedStepper(flow.traced, *own, error=error, until=until, length=length)
        return AdaptiveStepper(flow, *own, error=error, until=until)
    if not isinstance(flow, SplitFlow):
        raise DomainError(
            f"time scheme: received {problem.scheme} for a flow without a linear part of its own; such a flow needs "
            '"dop853" or "rk45"; use one of them'
        )
    return ExponentialStepper(flow.decay, flow.nonlinear, time, state, problem.tolerance, step, stop=stop)


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
    scheduled: bool = True


def _with_lengths(
    schedule: Schedule, stepper: Stepper, time: float, length: float, wanted: list[_Output]
) -> list[_Output]:
    """Return what is wanted within the last step, and a row where the path's length passes each multiple of a length.

    Parameters
    ----------
    schedule : Schedule
    stepper : Stepper
    time, length : float
        Where the step began.
    wanted : list of _Output
        At times, ascending.
    """
    if schedule.observe_length is None or not math.isfinite(length + stepper.length):
        return wanted
    every, stop = schedule.observe_length, min(stepper.time, schedule.end)
    passed = np.arange(math.floor(length / every) + 1, math.floor(stepper.length_at(stop) / every) + 1)
    times = [_time_of_length(stepper, every * float(k), time, stop) for k in passed]
    taken = {output.time for output in wanted}
    extra = [_Output(t, row=True, snapshot=False, scheduled=False) for t in dict.fromkeys(times) if t not in taken]
    return sorted([*wanted, *extra], key=lambda output: output.time)


def _time_of_length(stepper: Stepper, length: float, low: float, high: float) -> float:
    """Return the time between two at which the path has a length, by halving: the length may be all but a jump."""
    while True:
        middle = low + 0.5 * (high - low)
        if not low < middle < high:
            return high
        low, high = (middle, high) if stepper.length_at(middle) < length else (low, middle)


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

    def until(self, time: float, short: float = 0.0) -> list[_Output]:
        """Take out what is due up to a time, or up to a share of it short of that."""
        count = sum(output.time <= time * (1.0 - short) for output in self._outputs)
        taken, self._outputs = self._outputs[:count], self._outputs[count:]
        return taken


def _interpolated(problem: Problem, flow: Flow, stepper: Stepper, outputs: list[_Output]) -> Iterator[Row | Snapshot]:
    """Yield what is wanted within the last step, each time after it has been verified."""
    solution = stepper.interpolant() if outputs else None
    for output in outputs:
        assert solution is not None
        state = solution(output.time)
        flow.verify(output.time, state)
        yield from _outputs(problem, flow, state, stepper.length_at(output.time), [output])


def _outputs(
    problem: Problem, flow: Flow, state: Array, length: float, outputs: list[_Output]
) -> Iterator[Row | Snapshot]:
    """Yield what is wanted of one state."""
    for output in outputs:
        if output.row:
            clusters = flow.clusters(output.time, state) if isinstance(flow, ClusteredFlow) else None
            values = {**flow.observe(output.time, state), "arc_length": length}
            if problem.entropies is not None:
                values |= problem.entropies(flow.density(state))
            if problem.watched is not None:
                values = {**values, **problem.watched(output.time, flow.density(state))}
            yield Row(output.time, values, clusters, output.scheduled)
        if output.snapshot:
            yield Snapshot(output.time, flow.density(state))


def _beside(events: Iterator[Event], companion: Problem) -> Iterator[Event]:
    """Pass on the events of a march while its companion has the same R and E."""
    twins = _rows(companion)
    for event in events:
        if isinstance(event, Row) and event.scheduled:
            _compare(event, _at(event.time, twins), companion.flow.layout, companion.remedy)
        yield event


def _witnessed(events: Iterator[Event], beside: "_Beside") -> Iterator[Event]:
    """Pass on the events of a march while what half of the degrees change says that twice as many change nothing.

    To first order truncation at degree L changes a functional J by ∫ <(1 − P_L) φ, div(ρX)> dt, φ the gradient of J
    carried back by the flow: by √(tail of ρ) times √(tail of φ). A coarser run has a change of the same form, so that
    the change of the finer is its, times the root of the ratio of the tails of ρ, or less, as the tail of φ falls too.
    Up to the step at which the tail is noticed there is nothing to be seen: the coarser run begins there, with what
    that leaves out taken away at once.
    """
    for event in events:
        if isinstance(event, Row) and event.scheduled and _tail(event) > NOTICED_TAIL:
            twin = beside.row(event.time)
            share = math.sqrt(min(_tail(event) / max(_tail(twin), NOTICED_TAIL), 1.0))
            _compare(event, twin, beside.layout, beside.remedy, share, beside.tolerance)
        yield beside.passed(event) if isinstance(event, Step) else event


class _Beside:
    """The coarser run of a witness; the last step before it begins is all that a later beginning depends on."""

    def __init__(self, problem: Problem, witness: Witness, start: Checkpoint | None) -> None:
        self._problem, self._tail, self._before = problem, witness.tail, start
        self._reached = None if start is None else start.witness
        self._events: Iterator[Event] | None = None
        if self._reached is not None or (start is not None and self._noticed(start)):
            self._started()

    def _noticed(self, checkpoint: Checkpoint) -> bool:
        return self._tail(checkpoint.layout, checkpoint.state) > NOTICED_TAIL

    def _started(self) -> Iterator[Event]:
        """Return its events, from where it has got to or from the run's own last step."""
        problem, before, start = self._problem, self._before, self._reached
        own = (problem.flow.layout, problem.state) if before is None else (before.layout, before.state)
        coarser = problem.witnessed(*own)
        if start is None and before is not None:
            start = Checkpoint(before.time, coarser.state, before.step, coarser.flow.layout)
        self._reached = start or _checkpoint(*_begin(coarser, None))
        self._events = _march(coarser, start)
        return self._events

    @property
    def layout(self) -> Mapping[str, int]:
        """Its sizes."""
        assert self._reached is not None
        return self._reached.layout

    @property
    def remedy(self) -> str:
        """What resolves more."""
        return self._problem.remedy

    @property
    def tolerance(self) -> float:
        """Of its steps."""
        assert self._problem.witness is not None
        return self._problem.witness.tolerance

    def row(self, time: float) -> Row:
        """Return its row of a time."""
        for event in self._events or self._started():
            if isinstance(event, Step):
                self._reached = event.checkpoint
            elif isinstance(event, Row) and event.time == time:
                return event
        raise AssertionError(time)

    def passed(self, step: Step) -> Step:
        """Return a step of the run with the coarser one in its checkpoint; begin that if the tail is noticed there."""
        if self._events is None and self._noticed(step.checkpoint):
            self._started()
        self._before = step.checkpoint
        return replace(step, checkpoint=replace(step.checkpoint, witness=self._reached))


def _rows(problem: Problem) -> Iterator[Row]:
    return (event for event in _march(problem, None) if isinstance(event, Row))


def _at(time: float, rows: Iterator[Row]) -> Row:
    return next(row for row in rows if row.time == time)


def _tail(row: Row) -> float:
    return float(np.asarray(row.values["spectral_tail"]))


def _compare(
    row: Row, twin: Row, layout: Mapping[str, int], remedy: str, share: float = 1.0, tolerance: float = 0.0
) -> None:
    """Refuse a row whose R or E changes too much, by a share of its difference to that of another layout.

    A mean that symmetry keeps at 0 is rounding in both. Below the tolerance of the other's steps, an absolute one, the
    other's mean says nothing: it is not compared.
    """
    for name in ("order_parameter", "energy"):
        fine, coarse = float(np.asarray(row.values[name])), float(np.asarray(twin.values[name]))
        if name == "order_parameter" and max(fine, coarse) < tolerance:
            continue
        if share * abs(fine - coarse) > RESOLVED_CHANGE * abs(fine) + RESOLVED_CHANGE**2:
            sizes = ", ".join(f"{key} {value}" for key, value in layout.items())
            raise Unresolved(
                f"the resolution changes {name} from {coarse:.9g} with {sizes} to {fine:.9g}, t = {row.time:.6g} "
                f"(allowed {RESOLVED_CHANGE / share:.1g}, relatively); {remedy}"
            )
