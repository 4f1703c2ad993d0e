"""Steps of embedded explicit Runge–Kutta pairs, one at a time; knows arrays and callables, nothing of spheres.

They are those of scipy's `DOP853` and `RK45` to the last bit (tests/integrate/test_pairs.py), forwards in time and for
real unknowns. They stand here because loading `scipy.integrate` takes longer than a right-hand side of most cases.
"""

from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from kinetic.errors import DomainError
from kinetic.integrate import tableaux
from kinetic.types import Array

Rate: TypeAlias = Callable[[float, Array], Array]

_SAFETY, _LEAST, _MOST = 0.9, 0.2, 10.0  # of the change of step
_SHORTEST = 10.0  # spacings of the clock
_STILL, _NOTHING, _BLIND = 1e-5, 1e-15, 1e-6  # of the first step: sizes that say nothing of it, and the step then


class Pair:
    """A solution of y' = f(t, y) at the end of its last step, and what the next one begins with.

    Parameters
    ----------
    rate : callable
        f(t, y) -> y'.
    time, state : float, Array
        Where to start.
    until : float
        Time at which the last step ends.
    relative, absolute : float, Array
        A step is accepted where the root mean square of its error, over absolute + relative max(|y_n|, |y_{n+1}|), is
        below one.
    first : float, optional
        Length to try first; chosen from f if absent.
    longest : float
        Upper bound on the step.

    Source
    ------
    Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I, sections II.4 to II.6 and II.10.
    """

    A: ClassVar[Array]
    B: ClassVar[Array]
    C: ClassVar[Array]
    n_stages: ClassVar[int]
    error_estimator_order: ClassVar[int]
    """Of the error estimate, which falls with one power of the step more."""

    rows: ClassVar[int]
    """Stages that are kept, those of the interpolant included."""

    def __init__(
        self,
        rate: Rate,
        time: float,
        state: Array,
        until: float,
        relative: float,
        absolute: Array,
        first: float | None = None,
        longest: float = np.inf,
    ) -> None:
        if first is not None and not 0.0 < first <= until - time:
            raise DomainError(f"first step: received {first:g}; must be > 0 and at most {until - time:g}")
        self._rate, self._until, self._longest = rate, until, longest
        self._relative, self._absolute = relative, absolute
        self.t, self.y, self.t_old, self.y_old = time, np.asarray(state, dtype=float), time, state
        self.nfev, self.trials, self.error, self.h_previous = 0, 0, 1.0, 0.0
        self.status: Literal["running", "finished", "failed"] = "running"
        self._slope = self._evaluated(time, self.y)
        self.h_abs = self._first() if first is None else first
        self._stages = np.empty((self.rows, self.y.size))
        self.K = self._stages[: self.n_stages + 1]

    def _evaluated(self, time: float, state: Array) -> Array:
        self.nfev += 1
        return np.asarray(self._rate(time, state), dtype=float)

    def _first(self) -> float:
        """Return a length to try first: a hundredth of y/y', and less where y' changes sooner."""
        left = abs(self._until - self.t)
        if self.y.size == 0 or left == 0.0:
            return np.inf if self.y.size == 0 else 0.0
        scale = self._absolute + np.abs(self.y) * self._relative
        size, speed = _root_mean_square(self.y / scale), _root_mean_square(self._slope / scale)
        guess = _BLIND if size < _STILL or speed < _STILL else 0.01 * size / speed
        guess = min(guess, left)
        beyond = self._evaluated(self.t + guess, self.y + guess * self._slope)
        bend = _root_mean_square((beyond - self._slope) / scale) / guess
        if speed <= _NOTHING and bend <= _NOTHING:
            allowed = max(_BLIND, guess * 1e-3)
        else:
            allowed = (0.01 / max(speed, bend)) ** (1 / (self.error_estimator_order + 1))
        return float(min(100 * guess, allowed, left, self._longest))

    def step(self) -> str:
        """Take one accepted step; return why there is none, or nothing."""
        if self.y.size == 0 or self.t == self._until:
            self.t_old, self.t, self.status = self.t, self._until, "finished"
            return ""
        shortest = _SHORTEST * abs(np.nextafter(self.t, np.inf) - self.t)
        length, rejected = min(max(self.h_abs, shortest), self._longest), False
        while True:
            if not length >= shortest:
                self.status = "failed"
                return "the step is shorter than the clock can tell apart"
            end = min(self.t + length, self._until)
            h = end - self.t
            state, slope = self._tried(h, end)
            scale = self._absolute + np.maximum(np.abs(self.y), np.abs(state)) * self._relative
            self.trials += 1
            self.error = self.estimate(self.K, h, scale)
            factor = _SAFETY * self.error ** (-1 / (self.error_estimator_order + 1)) if self.error else _MOST
            if self.error < 1:
                break
            length, rejected = h * max(_LEAST, factor), True
        self.h_abs = h * min(1.0 if rejected else _MOST, factor)
        self.t_old, self.y_old, self.t, self.y, self._slope, self.h_previous = self.t, self.y, end, state, slope, h
        self.status = "finished" if end >= self._until else "running"
        return ""

    def _tried(self, h: float, end: float) -> tuple[Array, Array]:
        """Fill in the stages of a step, and return state and rate at its end."""
        stages = self.K
        stages[0] = self._slope
        for s in range(1, self.n_stages):
            stages[s] = self._evaluated(self.t + self.C[s] * h, self.y + np.dot(stages[:s].T, self.A[s, :s]) * h)
        state = self.y + h * np.dot(stages[:-1].T, self.B)
        stages[-1] = slope = self._evaluated(end, state)
        return state, slope

    @property
    def step_size(self) -> float:
        """Length of the last step."""
        return abs(self.t - self.t_old)

    def estimate(self, stages: Array, step: float, scale: Array) -> float:
        """Return the root-mean-square error of a step from its stages, in units of a scale."""
        raise NotImplementedError

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time."""
        raise NotImplementedError


class DormandPrince8(Pair):
    """Order 8, with an estimate of order 7 from those of orders 5 and 3; its interpolant takes three stages more."""

    A, B, C = tableaux.STAGES_8[:12, :12], tableaux.WEIGHTS_8, tableaux.NODES_8[:12]
    E5, E3 = tableaux.ERROR_5, tableaux.ERROR_3
    n_stages, error_estimator_order, rows = 12, 7, 16

    def estimate(self, stages: Array, step: float, scale: Array) -> float:
        """Return the error: that of order 5, less where that of order 3 says that it is too large a guess."""
        fifth, third = (np.linalg.norm(np.dot(stages.T, weights) / scale) ** 2 for weights in (self.E5, self.E3))
        if fifth == 0 and third == 0:
            return 0.0
        return float(np.abs(step) * fifth / np.sqrt((fifth + 0.01 * third) * len(scale)))

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step, by a polynomial of degree 7."""
        h, stages = self.h_previous, self._stages
        for s in range(self.n_stages + 1, self.rows):
            change = np.dot(stages[:s].T, tableaux.STAGES_8[s, :s]) * h
            stages[s] = self._evaluated(self.t_old + tableaux.NODES_8[s] * h, self.y_old + change)
        change = self.y - self.y_old
        lowest = [change, h * stages[0] - change, 2 * change - h * (self._slope + stages[0])]
        rows = [*lowest, *(h * np.dot(tableaux.INTERPOLANT_8, stages))]
        began, length, start = self.t_old, self.t - self.t_old, self.y_old

        def within(time: float) -> Array:
            x = (time - began) / length
            value = np.zeros_like(start)
            for i, row in enumerate(reversed(rows)):
                value = (value + row) * (x if i % 2 == 0 else 1 - x)
            return value + start

        return within


class DormandPrince5(Pair):
    """Order 5, with an estimate of order 4; its interpolant takes no stage more."""

    A, B, C, E = tableaux.STAGES_5, tableaux.WEIGHTS_5, tableaux.NODES_5, tableaux.ERROR_4
    n_stages, error_estimator_order, rows = 6, 4, 7

    def estimate(self, stages: Array, step: float, scale: Array) -> float:
        """Return the error of order 4."""
        return _root_mean_square(np.dot(stages.T, self.E) * step / scale)

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step, by a polynomial of degree 4."""
        powers = self.K.T.dot(tableaux.INTERPOLANT_5)
        began, length, start = self.t_old, self.t - self.t_old, self.y_old

        def within(time: float) -> Array:
            x = np.cumprod(np.full(powers.shape[1], (time - began) / length))
            value: Array = length * np.dot(powers, x) + start
            return value

        return within


def _root_mean_square(values: Array) -> float:
    return float(np.linalg.norm(values) / values.size**0.5)
