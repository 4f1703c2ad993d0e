"""Steps of a field that changes slowly while it carries its sources fast; knows arrays and callables only.

Let y' = f(y, m(t)) with a few sources m = M(y), sums over all unknowns, each of which moves in the field by itself:
m may take its time where single unknowns rush, some of them always, others at rest. A Runge–Kutta step must follow the
rush. Here m is a polynomial over the step, in which each unknown is followed with steps of its own, exactly; the
polynomial is that which they make up at its nodes (Picard's iteration of the collocation equations).
"""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.polynomial import chebyshev

from kinetic.errors import Blowup
from kinetic.integrate.chebyshev import chebyshev_table, integral
from kinetic.types import Array

DEGREE = 10
"""Of the sources' polynomials in time."""

_NODES = 0.5 - 0.5 * np.cos(np.pi * np.arange(DEGREE + 1) / DEGREE)  # Lobatto's, of a step
_TO_SERIES = np.linalg.inv(chebyshev.chebvander(2.0 * _NODES - 1.0, DEGREE))
_SAFETY, _LEAST, _MOST, _AGAIN = 0.8, 0.2, 10.0, 0.5  # of the change of step; after one that did not settle
_STEEPEST = (-30.0, 1.0)  # change of ln m in a step that is guessed from its rate
_MOST_ROUNDS = 12  # five or six where it pays; each settles two digits or more
_SHARE = 0.1  # of the tolerance, for each unknown's own steps
_SETTLED = 0.1  # of the tolerance: what the last round may change
_NEARLY = 10.0  # times that: the next round is the last
_LOOSEST = 1e-3  # accuracy of the first round: the guess is no better
_NEXT = 1e-4  # of a round's relative change, the accuracy of the next: two rounds' gain at two digits each
_SMALLEST = 1e-300  # of sources, which may be zero


@dataclass(frozen=True, eq=False)
class Course:
    """Sources over a step, as Chebyshev series of time.

    Parameters
    ----------
    start, length : float
        Of the step.
    series : Array, shape (degree + 1, sources)
    """

    start: float
    length: float
    series: Array

    def basis(self, times: Array) -> Array:
        """Return the Chebyshev polynomials of the step at times, shape (degree + 1, times)."""
        return chebyshev_table(2.0 * (times - self.start) / self.length - 1.0, self.series.shape[0])

    def at(self, times: Array) -> Array:
        """Return the sources at times, shape (times, sources)."""
        return np.asarray(self.basis(times).T @ self.series)

    def integral(self, source: int, times: Array) -> Array:
        """Return the integral of one source from the beginning of the step."""
        return integral(self.series[:, source], self.start, self.length, times)


@runtime_checkable
class Carrying(Protocol):
    """Unknowns that are carried by a field of few sources."""

    def sources(self, time: float, state: Array) -> Array:
        """Return the sources m, in units of the velocity that they cause: |f(y, m) − f(y, m')| ≤ Σ |m − m'|."""

    def source_rates(self, time: float, state: Array) -> Array:
        """Return dm/dt."""

    def carried(self, state: Array, course: Course, times: Array, accuracy: float) -> Array:
        """Return the states at ascending times of a step, of which the first is that of the given state."""

    def reach(self, time: float, state: Array) -> float:
        """Return the longest step for which the unknowns are enough to tell the sources."""

    def speed(self, sources: Array) -> Array:
        """Return the solution's speed from its sources, last axis: sources."""


class CarryingStepper:
    """Steps whose length follows the sources; outputs in between never steer it.

    Parameters
    ----------
    flow : Carrying
    time, state : float, Array
        Where to start.
    tolerance : float
        Bound on how far a step may carry an unknown wrongly, absolute.
    step : float, optional
        Length to try first.
    until : float, optional
        Time at which the last step ends, and beyond which there is none.
    length : float
        Length of the path up to here; NaN where it is not known.
    """

    error = 1.0
    """A constant: no step depends on the error of the one before."""

    def __init__(
        self,
        flow: Carrying,
        time: float,
        state: Array,
        tolerance: float,
        step: float | None = None,
        *,
        until: float = math.inf,
        length: float = math.nan,
    ) -> None:
        self.time, self.state, self.length = float(time), state, length
        self.evaluations = self.rejected = 0
        self._flow, self._tolerance, self._until = flow, tolerance, until
        self.next_step = step or flow.reach(time, state)
        self._last: _Trial | None = None

    def advance(self) -> None:
        """Take one accepted step.

        Raises
        ------
        Blowup
            If the step has to shrink below what the clock can tell apart.
        """
        step = min(self.next_step, self._flow.reach(self.time, self.state))
        growth = _MOST
        while True:
            meets = self.time + step > self._until - 100 * np.spacing(self._until)
            step = self._until - self.time if meets else step
            if not step > 10 * np.spacing(self.time):
                raise Blowup(
                    f"time step: no step from t = {self.time:.6g} meets the tolerance; raise time.tolerance or the "
                    "resolution"
                )
            trial = _Trial(self._flow, self.time, self.state, step, self._tolerance)
            self.evaluations += trial.evaluations
            error = trial.error / self._tolerance
            factor = _SAFETY * max(error, 1e-30) ** (-1.0 / (DEGREE + 1)) if math.isfinite(error) else _AGAIN
            self.next_step = step * min(max(factor, _LEAST), growth)
            if error <= 1.0:
                break
            self.rejected, growth, step = self.rejected + 1, 1.0, self.next_step
        end = self._until if meets else self.time + step
        self._last = trial
        self.time, self.state, self.length = end, trial.states[-1], self.length + trial.length(end)

    def length_at(self, time: float) -> float:
        """Return the length of the path up to a time within the last step."""
        if self._last is None:
            return self.length
        return self.length - self._last.length(self.time) + self._last.length(time)

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time: carried there from the node before."""
        assert self._last is not None
        return self._last.at


class _Trial:
    """One trial step: the states at its nodes, and its error, infinite where it does not settle.

    A round of Picard's iteration follows the unknowns no more accurately than the sources are known by then, which
    saves most of the first rounds' steps.
    """

    def __init__(self, flow: Carrying, time: float, state: Array, step: float, tolerance: float) -> None:
        self._flow, self._time, self._state, self._step, self._tolerance = flow, time, state, step, tolerance
        self.times = time + step * _NODES
        self.accuracy = _SHARE * tolerance
        self.evaluations, self.error = 0, math.inf
        self._now = flow.sources(time, state)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"), suppress(Blowup):
            self._settle(max(step * float(np.abs(self._now).sum()), _SMALLEST))

    def _settle(self, scale: float) -> None:
        """Iterate until a round changes nothing, and see what the sources' last coefficient does."""
        told, accuracy, before = self._guess(), _LOOSEST, math.inf
        for _ in range(_MOST_ROUNDS):
            self.course = Course(self._time, self._step, _TO_SERIES @ told)
            self.states = self._flow.carried(self._state, self.course, self.times, accuracy)
            found = self._told()
            change, last = self._effect(found - told).max(), float(self._effect(_TO_SERIES[-1:] @ found)[0])
            told = found
            if change <= _SETTLED * self._tolerance and accuracy == self.accuracy:
                self.error = last
                return
            hopeless = last > 10.0 * max(self._tolerance, change)
            if hopeless or not change < before:
                return
            before = change + accuracy * scale  # of which a part is the unknowns' own error
            nearly = change < _NEARLY * _SETTLED * self._tolerance
            next_accuracy = self.accuracy if nearly else min(_NEXT * change / scale, 0.1 * accuracy)
            accuracy = max(self.accuracy, next_accuracy)

    def _guess(self) -> Array:
        """Return the sources at the nodes as if each kept its relative rate."""
        pace = np.clip(self._step * self._flow.source_rates(self._time, self._state) / self._now, *_STEEPEST)
        return np.asarray(self._now * np.exp(np.multiply.outer(_NODES, np.where(np.isfinite(pace), pace, 0.0))))

    def _told(self) -> Array:
        """Return the sources that the states at the nodes make up."""
        self.evaluations += DEGREE
        later = zip(self.times[1:], self.states[1:], strict=True)
        return np.array([self._now, *(self._flow.sources(float(t), state) for t, state in later)])

    def _effect(self, sources: Array) -> Array:
        """Return how far sources can carry an unknown in the step, shape (nodes,)."""
        return np.asarray(self._step * np.abs(sources).sum(axis=1))

    @cached_property
    def _speed(self) -> Array:
        return np.asarray(_TO_SERIES @ self._flow.speed(self.course.at(self.times)))

    def length(self, time: float) -> float:
        """Return the length of the path from the beginning of the step to a time in it."""
        return float(integral(self._speed, self._time, self._step, np.array(time)))

    def at(self, time: float) -> Array:
        """Return the state at a time in the step."""
        node = max(int(np.searchsorted(self.times, time, side="right")) - 1, 0)
        if time == self.times[node]:
            return np.asarray(self.states[node])
        both = np.array([self.times[node], time])
        return np.asarray(self._flow.carried(self.states[node], self.course, both, self.accuracy)[-1])
