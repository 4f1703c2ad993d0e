"""One run, step by step: from flow to flow, over jumps and knots, with what is due handed out between the steps."""

import math
from collections.abc import Iterator

import numpy as np

from kinetic.clusters import ClusteredFlow
from kinetic.errors import DomainError
from kinetic.integrate.adaptive import FORGOTTEN, AdaptiveStepper
from kinetic.integrate.carrying import CarryingStepper
from kinetic.integrate.stepper import EXPONENTIAL, Stepper
from kinetic.integrate.traced import TracedStepper
from kinetic.march.due import Due, Output, with_lengths
from kinetic.march.events import Checkpoint, Event, Row, Snapshot, Step
from kinetic.march.pace import Pace
from kinetic.problem import (
    BoundedFlow,
    CarryingFlow,
    Flow,
    KickedFlow,
    PassingFlow,
    Problem,
    SplitFlow,
    TracedFlow,
    VaryingFlow,
)
from kinetic.types import Array

_SAME_TIME = 1e-12
"""Share by which two sums of the same steps, a million at most, may differ by rounding."""


def run(problem: Problem, start: Checkpoint | None) -> Iterator[Event]:
    """Yield the events of one run, without any other beside it."""
    flow, stepper = begin(problem, start)
    due = Due(problem, start)
    flow.verify(stepper.time, stepper.state)
    yield from _outputs(problem, flow, stepper.state, stepper.length, due.until(stepper.time))
    spent, pace = 0, Pace(problem.schedule.end)
    while due:
        kick, trusted = _kick_after(flow, stepper.time), (stepper.time, stepper.state, stepper.length)
        stepper.advance()
        pace.follow(stepper)
        if isinstance(flow, PassingFlow) and not flow.trusts(stepper.state):
            spent += stepper.evaluations
            flow, stepper = _passed_on(problem, flow, trusted)
            yield Step(checkpoint_of(flow, stepper), spent)
            continue
        jumps = stepper.time == kick
        # a time that differs from that of a jump by rounding alone is meant to be after it
        wanted = due.until(stepper.time, _SAME_TIME if jumps else 0.0)
        wanted = with_lengths(problem.schedule, stepper, trusted[0], trusted[2], wanted)
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
        yield Step(checkpoint_of(flow, stepper), spent + stepper.evaluations)


def _passed_on(problem: Problem, flow: PassingFlow, trusted: tuple[float, Array, float]) -> tuple[Flow, Stepper]:
    """Return the flow that takes over from the last trusted state, and its stepper: the step beyond is forgotten."""
    time, state, length = trusted
    taking, state = flow.handed_over(time, state)
    taking.verify(time, state)
    return taking, _stepper(problem, taking, time, state, length)


def checkpoint_of(flow: Flow, stepper: Stepper) -> Checkpoint:
    """Return what the next step of a flow depends on."""
    return Checkpoint(stepper.time, stepper.state, stepper.next_step, flow.layout, stepper.error, stepper.length)


def _kick_after(flow: Flow, time: float) -> float:
    """Return when the state jumps next, infinity where it never does."""
    return flow.next_kick(time) if isinstance(flow, KickedFlow) else np.inf


def begin(problem: Problem, start: Checkpoint | None) -> tuple[Flow, Stepper]:
    """Return flow and stepper at the beginning of a run, or at the checkpoint that it goes on from."""
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
        if isinstance(flow, CarryingFlow):
            return CarryingStepper(flow, time, state, problem.tolerance, step, until=until, length=length)
        longest = flow.longest_step if isinstance(flow, BoundedFlow) else math.inf
        own = (time, state, problem.tolerance, problem.scheme, step, longest)
        if isinstance(flow, TracedFlow) and not problem.beside:
            return TracedStepper(flow.traced, *own, error=error, until=until, length=length)
        return AdaptiveStepper(flow, *own, error=error, until=until)
    if not isinstance(flow, SplitFlow):
        raise DomainError(
            f"time scheme: received {problem.scheme} for a flow without a linear part of its own; such a flow needs "
            '"dop853" or "rk45"; use one of them'
        )
    from kinetic.integrate.exponential import ExponentialStepper  # its tables take time, and few runs need them

    return ExponentialStepper(flow.decay, flow.nonlinear, time, state, problem.tolerance, step, stop=stop)


def _interpolated(problem: Problem, flow: Flow, stepper: Stepper, outputs: list[Output]) -> Iterator[Row | Snapshot]:
    """Yield what is wanted within the last step, each time after it has been verified."""
    solution = stepper.interpolant() if outputs else None
    for output in outputs:
        assert solution is not None
        state = solution(output.time)
        flow.verify(output.time, state)
        yield from _outputs(problem, flow, state, stepper.length_at(output.time), [output])


def _outputs(
    problem: Problem, flow: Flow, state: Array, length: float, outputs: list[Output]
) -> Iterator[Row | Snapshot]:
    """Yield what is wanted of one state."""
    for output in outputs:
        if output.row:
            clusters = None
            if isinstance(flow, ClusteredFlow) and not problem.beside:
                clusters = flow.clusters(output.time, state)
            values = {**flow.observe(output.time, state), "arc_length": length}
            if problem.entropies is not None:
                values |= problem.entropies(flow.density(state))
            if problem.watched is not None:
                values = {**values, **problem.watched(output.time, flow.density(state))}
            yield Row(output.time, values, clusters, output.scheduled)
        if output.snapshot:
            yield Snapshot(output.time, flow.density(state))
