"""Steps that also measure how far the solution has come: the integral of a speed, beside the unknowns.

The length is one more unknown whose error no step counts: steps are those that the state alone asks for. Where such a
step is too long for the speed, as steps are that follow a collapse in variables in which nothing happens any more,
the speed is integrated again on the solution within the step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.polynomial import chebyshev

from kinetic.integrate.adaptive import FORGOTTEN, AdaptiveStepper
from kinetic.types import Array

Traced: TypeAlias = Callable[[float, Array], tuple[Array, float]]
"""(t, y) -> y' and the square of the speed; NaN for a speed that is not known."""

_POINTS = -np.cos(np.pi * np.arange(14) / 13)  # of a panel within a step
_TO_SERIES = np.linalg.inv(chebyshev.chebvander(_POINTS, 13))
_NEARLY = 1e-3  # of a speed: a smaller tail falls with the panel, unless it is rounding
_SMALLEST = 1e-13  # of a step, half a panel: no shorter one is halved


@dataclass(frozen=True)
class _Panel:
    """A Chebyshev series on an interval, of the speed times half its length, and the speed at both ends."""

    low: float
    high: float
    series: Array
    ends: tuple[float, float]

    @property
    def tail(self) -> float:
        """What a longer series may add."""
        return float(np.abs(self.series[-2:]).sum())

    @property
    def is_rough(self) -> bool:
        """Whether the series does not fall off; two terms of independent errors hold less in one case of a hundred."""
        return self.tail > 0.02 * float(np.abs(self.series[1:]).sum())

    def integral(self, time: float) -> float:
        """Return the integral from the lower end to a time, at most to the upper end."""
        at = min(2.0 * (time - self.low) / (self.high - self.low) - 1.0, 1.0)
        return float(chebyshev.chebval(at, self._integrated))

    @cached_property
    def _integrated(self) -> Array:
        return np.asarray(chebyshev.chebint(self.series, lbnd=-1.0))


def _is_rounding(whole: _Panel, halves: list[_Panel], allowed: float) -> bool:
    """Whether a panel holds rounding.

    Its halves are as rough as itself: a speed that is none. Or it is a nearly constant speed, and both halves keep an
    eighth of its tail: half as long, they have half of what is random, and 2⁻¹³ of what is smooth.
    """
    if any(half.tail <= allowed for half in halves):
        return False
    if whole.is_rough and all(half.is_rough for half in halves):
        return True
    return whole.tail < _NEARLY * abs(whole.series[0]) and all(8.0 * half.tail > whole.tail for half in halves)


class TracedStepper(AdaptiveStepper):
    """Steps of y' = f(t, y) with the length L' = speed(t, y).

    Parameters
    ----------
    traced : callable
        (t, y) -> (f, square of the speed).
    time, state, tolerance, method, step, longest, error, until
        As `AdaptiveStepper` has them; the tolerance is also that of the length, relatively, in a step.
    length : float
        L at that time; NaN where it is not known.
    """

    def __init__(
        self,
        traced: Traced,
        time: float,
        state: Array,
        tolerance: float,
        method: str = "dop853",
        step: float | None = None,
        longest: float = np.inf,
        *,
        error: float = FORGOTTEN,
        until: float = np.inf,
        length: float = 0.0,
    ) -> None:
        self._traced, self._tolerance = traced, tolerance
        self._known, self._since, self._again = math.isfinite(length), length, 0
        self._solution: Callable[[float], Array] | None = None
        self._mended: list[_Panel] = []
        whole = np.append(state, length if self._known else 0.0)
        super().__init__(self._both, time, whole, tolerance, method, step, longest, error, until, uncounted=1)

    def _both(self, time: float, whole: Array) -> Array:
        """Return (y', speed)."""
        rate, square = self._traced(time, whole[:-1])
        if math.isnan(square) and np.all(np.isfinite(rate)):
            self._known, square = False, 0.0
        both = np.empty(whole.size)
        both[:-1], both[-1] = rate, math.sqrt(max(square, 0.0))
        return both

    def advance(self) -> None:
        """Take one accepted step; integrate the speed anew where the step is too long for it."""
        self._since, self._solution, self._mended = float(self._solver.y[-1]), None, []
        super().advance()
        if self._known and self._last_unknown_error() > self._tolerance * self._solver.y[-1]:
            self._mend()

    def _panels(self, reference: float) -> list[_Panel]:
        """Return intervals that make up the last step, halved where the speed needs it, none where it has none.

        Panels that hold rounding are not halved, nor those that time cannot tell apart: it would resolve nothing. Where
        states between the stages of a step have no speed, the length is not known from there on.
        """
        solution, allowed = self.interpolant(), 0.1 * self._tolerance * reference
        shortest = max(_SMALLEST * (self.time - self._solver.t_old), 2.0 * float(np.spacing(self.time)))
        first, *_, last = self._solver.K[:, -1]  # known from the step itself
        waiting, found = [self._panel(solution, float(self._solver.t_old), self.time, (float(first), float(last)))], []
        while waiting:
            whole = waiting.pop()
            if not math.isfinite(whole.tail):
                return []
            if whole.tail <= allowed or 0.5 * (whole.high - whole.low) <= shortest:
                found.append(whole)
                continue
            middle = whole.low + 0.5 * (whole.high - whole.low)
            speed = self._speed(middle, solution(middle))
            halves = [
                self._panel(solution, middle, whole.high, (speed, whole.ends[1])),
                self._panel(solution, whole.low, middle, (whole.ends[0], speed)),
            ]
            (found if _is_rounding(whole, halves, allowed) else waiting).extend(halves)
        return found

    def _panel(self, solution: Callable[[float], Array], low: float, high: float, ends: tuple[float, float]) -> _Panel:
        """Return the speed on an interval; nodes lie on both ends, where a speed that soon is none is seen."""
        half = 0.5 * (high - low)
        times = np.clip(low + half * (_POINTS[1:-1] + 1.0), low, high)
        speeds = [ends[0], *(self._speed(float(t), solution(float(t))) for t in times), ends[1]]
        return _Panel(low, high, half * (_TO_SERIES @ speeds), ends)

    def _speed(self, time: float, state: Array) -> float:
        self._again += 1
        return math.sqrt(max(self._traced(time, state)[1], 0.0))

    def _mend(self) -> None:
        """Measure the last step again, to the tolerance of what it adds or of what was there before."""
        reference = self._since or abs(float(self._solver.y[-1]))  # rounding may be of either sign
        while True:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                self._mended = self._panels(reference)
            if not self._mended:
                self._known = False
                return
            whole = self._since + self._measured(self.time)
            if not 0.0 < whole < 0.5 * reference:
                break
            reference = whole
        self._solver.y[-1] = whole

    def _measured(self, time: float) -> float:
        """Return the length from the beginning of the step to a time in it, from the speed within the step."""
        return sum(panel.integral(time) for panel in self._mended if panel.low < time)

    @property
    def state(self) -> Array:
        """State at the end of the last step."""
        return np.asarray(self._solver.y[:-1])

    @property
    def length(self) -> float:
        """L at the end of the last step."""
        return float(self._solver.y[-1]) if self._known else math.nan

    def length_at(self, time: float) -> float:
        """Return L at a time within the last step."""
        if not self._known or time == self.time:
            return self.length
        return self._since + self._measured(time) if self._mended else float(self._whole(time)[-1])

    @property
    def evaluations(self) -> int:
        """How often f was called."""
        return super().evaluations + self._again

    @property
    def _whole(self) -> Callable[[float], Array]:
        if self._solution is None:
            self._solution = super().interpolant()
        return self._solution

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time."""
        whole = self._whole
        return lambda time: np.asarray(whole(time)[:-1])


__all__ = ["Traced", "TracedStepper"]
