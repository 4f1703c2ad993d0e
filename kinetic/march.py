"""The march through time: steps, rows and snapshots at exactly the requested times, and knowing when to stop.

Rows and snapshots come from the stepper's interpolant, so that they never steer the steps: a run continued from a
checkpoint, or with other outputs, makes the same steps. The march knows problems, not files or terminals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kinetic.density import Density
from kinetic.equation import MeanFieldEquation
from kinetic.errors import Blowup, Unresolved
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.observables import observe, spectral_tail
from kinetic.problem import Problem
from kinetic.spaces.space import Space
from kinetic.types import Array

RESOLVED_CHANGE = 1e-6
"""*Resolved* means: doubling the degree would change R and E by less than this, relatively."""

TAIL_BOUND = RESOLVED_CHANGE
"""Largest share of squared coefficients in the top tenth of the degrees.

A truncation drops about as much as the top tenth holds: |δρ|² ≤ tail·|ρ|² in L²(σ). R and E are functionals of low
degree, and in a Galerkin method the error of such a functional is the product of two truncation errors, that of ρ and
that of the dual solution (the functional carried back by the flow): the former is √tail, the latter no larger, because
the same contraction of the flow that steepens ρ carries smooth test functions, never concentrated ones. The change of
R and E is thus at most about tail itself (tests/test_march.py measures it by doubling: it stays far below).
"""

NOISE_BOUND = RESOLVED_CHANGE
"""Largest relative rounding error of the softmax partition at its smallest value.

The tokens where Z is small are few (Z ≥ w_0 ρ for a smooth density), so that R and E feel far less than this.
"""

MASS_BOUND = 1e-10
GROWTH = 2  # factor of degree = "auto": half as many changes of size as 3/2 would make, each still cheap
SMALLEST_AUTO_DEGREE = 16


@dataclass(frozen=True)
class Row:
    """The observables at one requested time."""

    time: float
    values: dict[str, float | Array]


@dataclass(frozen=True)
class Snapshot:
    """The density at one requested time."""

    time: float
    density: Density


@dataclass(frozen=True)
class Checkpoint:
    """All that the next step depends on: from here a run goes on bit for bit."""

    time: float
    state: Array
    step: float | None
    degree: int


@dataclass(frozen=True)
class Step:
    """An accepted step; every row and snapshot up to `checkpoint.time` has been handed out before."""

    checkpoint: Checkpoint
    evaluations: int


Event: TypeAlias = Row | Snapshot | Step


def march(problem: Problem, start: Checkpoint | None = None) -> Iterator[Event]:
    """Yield rows, snapshots and steps in the order of time.

    Densities that are smooth at their degree are watched by their spectral tail. Initial data that no degree resolves
    pointwise (a jump, a needle) may still have R and E resolved for a while, because attention sees low degrees only:
    such runs are watched by a companion at half the degree, and stop where R or E of the two part.

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
    space = starting_space(problem)
    if _initial_tail(problem, space) <= TAIL_BOUND:
        return _march(problem, start, TAIL_BOUND)
    main = _march(problem.at_degree(space.degree), start, np.inf)
    return _beside_companion(main, problem.at_degree(max(1, space.degree // 2)), problem)


def starting_space(problem: Problem) -> Space:
    """Return the space to begin with: as given; or, if it may grow, the smallest that carries the initial density."""
    if problem.max_degree is None:
        return problem.space
    degree = min(SMALLEST_AUTO_DEGREE, problem.max_degree)
    while degree < problem.max_degree:
        space = problem.space.at_degree(degree)
        if _initial_tail(problem, space) <= problem.tolerance**2:
            return space
        degree = min(GROWTH * degree, problem.max_degree)
    return problem.space.at_degree(degree)


def _initial_tail(problem: Problem, space: Space) -> float:
    return spectral_tail(Density(space, problem.initial.coefficients(space)))


def _march(problem: Problem, start: Checkpoint | None, tail_bound: float) -> Iterator[Event]:
    """March one problem, its tail held below a bound."""
    equation, stepper = _begin(problem, start)
    due = _Due(problem, start)
    yield from _outputs(problem, equation, stepper.state, due.until(stepper.time))
    _verify(equation, stepper.state, stepper.time, tail_bound)
    spent = 0
    while due:
        stepper.advance()
        times = due.until(stepper.time)
        solution = stepper.interpolant() if times else None
        for time in times:
            assert solution is not None
            _verify(equation, solution(time.time), time.time, tail_bound)
            yield from _outputs(problem, equation, solution(time.time), [time])
        if not due:
            return
        equation, grown = _grow(problem, equation, stepper)
        if grown is not stepper:
            spent, stepper = spent + stepper.evaluations, grown
        _verify(equation, stepper.state, stepper.time, tail_bound)
        checkpoint = Checkpoint(stepper.time, stepper.state, stepper.next_step, equation.space.degree)
        yield Step(checkpoint, spent + stepper.evaluations)


def _begin(problem: Problem, start: Checkpoint | None) -> tuple[MeanFieldEquation, AdaptiveStepper]:
    if start is None:
        equation = problem.equation(starting_space(problem))
        state = equation.state(problem.initial.coefficients(equation.space))
        return equation, AdaptiveStepper(equation, 0.0, state, problem.tolerance, problem.scheme)
    equation = problem.equation(problem.space.at_degree(start.degree))
    stepper = AdaptiveStepper(equation, start.time, start.state, problem.tolerance, problem.scheme, start.step)
    return equation, stepper


def _grow(
    problem: Problem, equation: MeanFieldEquation, stepper: AdaptiveStepper
) -> tuple[MeanFieldEquation, AdaptiveStepper]:
    """Return equation and stepper in a larger space once the tail passes what the time stepper tolerates."""
    space, highest = equation.space, problem.max_degree
    if highest is None or space.degree >= highest:
        return equation, stepper
    if spectral_tail(equation.density(stepper.state)) <= problem.tolerance**2:
        return equation, stepper
    larger = problem.equation(space.at_degree(min(GROWTH * space.degree, highest)))
    coefficients = space.resize(stepper.state[:-1], larger.space.degree)
    state = larger.state(coefficients, equation.work(stepper.state))
    return larger, AdaptiveStepper(larger, stepper.time, state, problem.tolerance, problem.scheme, stepper.next_step)


@dataclass(frozen=True)
class _Output:
    """One requested time and what it is requested for."""

    time: float
    row: bool
    snapshot: bool


class _Due:
    """The outputs still to come, in the order of time."""

    def __init__(self, problem: Problem, start: Checkpoint | None) -> None:
        rows, snapshots = problem.schedule.rows, problem.schedule.snapshots
        after = -np.inf if start is None else start.time
        row_times, snapshot_times = set(rows.tolist()), set(snapshots.tolist())
        self._outputs = [
            _Output(float(t), float(t) in row_times, float(t) in snapshot_times)
            for t in np.union1d(rows, snapshots)
            if t > after
        ]

    def __bool__(self) -> bool:
        return bool(self._outputs)

    def until(self, time: float) -> list[_Output]:
        """Take out what is due up to a time."""
        count = sum(output.time <= time for output in self._outputs)
        taken, self._outputs = self._outputs[:count], self._outputs[count:]
        return taken


def _outputs(
    problem: Problem, equation: MeanFieldEquation, state: Array, outputs: list[_Output]
) -> Iterator[Row | Snapshot]:
    """Yield what is wanted of one state."""
    for output in outputs:
        density = equation.density(state)
        if output.row:
            power = float(equation(output.time, state)[-1])
            yield Row(output.time, dict(observe(density, problem.kernel, power, equation.work(state))))
        if output.snapshot:
            yield Snapshot(output.time, density)


def _verify(equation: MeanFieldEquation, state: Array, time: float, tail_bound: float) -> None:
    """Stop a run whose numbers can no longer be trusted."""
    density = equation.density(state)
    where = f"at degree {equation.space.degree}, t = {time:.6g}"
    if not np.all(np.isfinite(state)) or abs(density.mass - 1) > MASS_BOUND:
        raise Blowup(f"mass {density.mass:.6g} {where}, should be 1; lower time.tolerance or raise space.degree")
    tail = spectral_tail(density)
    if tail > tail_bound:
        raise Unresolved(
            f"spectral tail {tail:.2g} {where} (allowed {tail_bound:.2g}); "
            'raise space.degree, use degree = "auto" with a larger max_degree, or a chart that follows the cluster'
        )
    noise = equation.attention.partition_noise(density.native)
    if noise > NOISE_BOUND:
        raise Unresolved(
            f"softmax partition known to {noise:.2g} only where it is smallest, {where} (allowed {NOISE_BOUND:.2g}): "
            "its range exceeds what a sum of harmonics carries; lower attention.beta, start less concentrated, or use "
            'chart = "mercator"'
        )


def _beside_companion(main: Iterator[Event], coarse: Problem, problem: Problem) -> Iterator[Event]:
    """Pass on the events of a march while halving its degree changes neither R nor E."""
    companion = (event for event in _march(coarse, None, np.inf) if isinstance(event, Row))
    for event in main:
        if isinstance(event, Row):
            twin = next(row for row in companion if row.time == event.time)
            _compare(event, twin, coarse, problem)
        yield event


def _compare(row: Row, twin: Row, coarse: Problem, problem: Problem) -> None:
    for name in ("order_parameter", "energy"):
        fine, rough = float(np.asarray(row.values[name])), float(np.asarray(twin.values[name]))
        change = abs(fine - rough) / abs(fine)
        if change > RESOLVED_CHANGE:
            raise Unresolved(
                f"doubling the degree from {coarse.space.degree} changes {name} by {change:.2g}, at t = {row.time:.6g} "
                f"(allowed {RESOLVED_CHANGE:.2g}); raise space.degree ({problem.space.degree})"
            )
