"""A march beside another of the same problem, whose rows say how much the resolution changes."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from kinetic.errors import Unresolved
from kinetic.march.events import Checkpoint, Event, Row, Step
from kinetic.march.stepping import begin, checkpoint_of, run
from kinetic.problem import Problem, Witness
from kinetic.trust import NOTICED_TAIL, RESOLVED_CHANGE


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
    events = run(problem, start)
    if problem.companion is not None:
        return _beside(events, problem.companion)
    return events if problem.witness is None else _witnessed(events, _Beside(problem, problem.witness, start))


def _beside(events: Iterator[Event], companion: Problem) -> Iterator[Event]:
    """Pass on the events of a march while its companion has the same R and E."""
    twins = _rows(replace(companion, beside=True))
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
        self._reached = start or checkpoint_of(*begin(coarser, None))
        self._events = run(coarser, start)
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
    return (event for event in run(problem, None) if isinstance(event, Row))


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
