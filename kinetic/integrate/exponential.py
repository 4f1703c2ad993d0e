"""Exponential steps with error control for y' = Λy + N(t, y), Λ diagonal; knows arrays and callables only.

The linear part is integrated exactly, whatever its size; the step follows the rest. The method is that of `ladder`.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from kinetic.errors import Blowup
from kinetic.integrate.ladder import DENSE_NODES, RUNGS, Exponentials, divided_differences, last_rung_remainders
from kinetic.types import Array

ORDER = 8
"""Order of the error after a fixed time where nothing is stiff (measured in test_exponential.py)."""

_SAFETY, _LEAST, _MOST = 0.9, 0.2, 10.0  # of the change of step
_EXPONENT = 1 / 7  # of the error estimate in the step
_ITERATION = 10.0  # the ladder's own error beside the estimate of it: measured 1 to 7 where it is above rounding
_STEEPEST = 10.0  # a polynomial whose differences grow faster is no approximation


class ExponentialStepper:
    """Steps of y' = Λy + N(t, y) whose length follows the local error; outputs in between never steer it.

    Parameters
    ----------
    decay : Array
        The diagonal of Λ, ≤ 0.
    rate : callable
        N(t, y), arrays of one shape.
    time, state : float, Array
        Where to start.
    tolerance : float
        Bound on the 2-norm of the local error of a step, each component relative to 1 + |y|.
    step : float, optional
        Length to try first; chosen from N if absent.
    longest : float, optional
        Upper bound on the step.
    stop : float, optional
        A time that a step meets exactly, instead of going over it; no step leads beyond it.

    Accuracy
    --------
    Exact where N does not change: pure decay, and stationary states are kept to rounding. Order 8 without stiffness,
    near 6 with (tests/integrate/test_exponential.py).

    Cost
    ----
    17 evaluations of N a step, 16 for a rejected one.
    """

    error = 0.0
    """A constant: no step depends on the error of the one before."""

    length = math.nan
    """These steps measure none."""

    def __init__(
        self,
        decay: Array,
        rate: Callable[[float, Array], Array],
        time: float,
        state: Array,
        tolerance: float,
        step: float | None = None,
        longest: float = np.inf,
        stop: float = np.inf,
    ) -> None:
        self.time, self.state, self._stop = float(time), state, stop
        self.evaluations = self.rejected = 0
        self._rate, self._tolerance, self._longest = rate, tolerance, longest
        self._rates, group = np.unique(decay, return_inverse=True)
        self._group = group.reshape(decay.shape)
        self._start: Array | None = None  # N at the end of the last step, where it is known already
        self._last: _Step | None = None
        self.next_step = min(step or self._first_step(), longest)

    def advance(self) -> None:
        """Take one accepted step.

        Raises
        ------
        Blowup
            If the step has to shrink below what the clock can tell apart.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a wild trial step is rejected, not fatal
            start = self._evaluate(self.time, self.state) if self._start is None else self._start
            growth = _MOST
            while True:
                step = min(self.next_step, self._longest)
                # what would be left before the stop is too short for another step: it is taken as well
                meets = self.time + step > self._stop - 100 * np.spacing(self._stop)
                step = self._stop - self.time if meets else step
                if not step > 10 * np.spacing(self.time):
                    raise Blowup(
                        f"time step: no step from t = {self.time:.6g} meets the tolerance; raise time.tolerance or the "
                        "resolution"
                    )
                trial = _Step(self, self.time, self.state, start, step)
                error = trial.error() / self._tolerance
                factor = min(_SAFETY * error**-_EXPONENT, growth) if error > 0 else growth
                self.next_step = step * max(factor, _LEAST) if np.isfinite(error) else step * _LEAST
                if error <= 1:
                    break
                self.rejected, growth = self.rejected + 1, 1.0
        self._last, self._start = trial, None
        self.time, self.state = self._stop if meets else self.time + step, trial.end

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time.

        N is evaluated once more, at the nodes of Lobatto's rule of six points, on the solution that the step's own
        polynomial of degree four gives there, and integrated exactly.

        Accuracy
        --------
        Order 6 without stiffness; the end of the step is met exactly.

        Cost
        ----
        Five evaluations of N a step, one of which the next step needs anyway.
        """
        assert self._last is not None
        values = self._last.dense_values()
        self._start = values[-1]
        return self._last.output(values)

    def length_at(self, time: float) -> float:  # noqa: ARG002
        """Return NaN."""
        return math.nan

    def _evaluate(self, time: float, state: Array) -> Array:
        self.evaluations += 1
        return self._rate(time, state)

    def _spread(self, by_rate: Array) -> Array:
        """One number for each component from one for each rate of decay."""
        return np.asarray(by_rate[self._group])

    def _norms(self, vector: Array) -> Array:
        """2-norm over the components of each rate of decay: for harmonics, over a degree."""
        return np.sqrt(np.bincount(self._group, vector * vector, self._rates.size))

    def _first_step(self) -> float:
        """Return a step on which N changes y little, and itself little: h⁸ max(|N|, |dN/dt|) = 1/100 in tolerances."""
        scale = self._tolerance * (1 + np.abs(self.state))
        self._start = start = self._evaluate(self.time, self.state)
        size, speed = (float(np.linalg.norm(v / scale)) for v in (self.state, start))
        trial = 0.01 * size / speed if size > 1e-5 and speed > 1e-5 else 1e-6
        exponentials = Exponentials(trial * self._rates)
        decayed, weight = (self._spread(m) for m in exponentials.moments(1.0)[:2])
        ahead = self._evaluate(self.time + trial, decayed * self.state + trial * weight * start)
        bend = float(np.linalg.norm((ahead - start) / scale)) / trial
        largest = max(speed, bend)
        best = max(1e-6, trial * 1e-3) if not largest > 1e-15 else (0.01 / largest) ** (1 / ORDER)
        return min(100 * trial, best)


class _Step:
    """One trial step: its values of N on the last three rungs, and its end."""

    def __init__(self, stepper: ExponentialStepper, time: float, state: Array, start: Array, length: float) -> None:
        self._of, self.time, self.state, self.start, self.length = stepper, time, state, start, length
        self._exponentials = Exponentials(length * stepper._rates)
        changes: list[list[Array]] = [[]]
        for lower, upper in pairwise(RUNGS):
            changes.append(self._changes(lower, changes[-1], upper))
        self._last_three = changes[-3:]
        self.end = self.value(RUNGS[-1], changes[-1], 1.0)

    def value(self, nodes: tuple[float, ...], changes: Sequence[Array], c: float) -> Array:
        """Return y(t + ch) from N − N(t) at the nodes: e^{cz} y + h ∫_0^c e^{(c−s)z} N ds."""
        moments = self._exponentials.moments(c)
        total = self._of._spread(moments[0]) * self.state + self._of._spread(self.length * moments[1]) * self.start
        for weight, change in zip(self.length * self._exponentials.weights(nodes, c), changes, strict=True):
            total += self._of._spread(weight) * change
        return total

    def _changes(self, lower: tuple[float, ...], changes: Sequence[Array], upper: tuple[float, ...]) -> list[Array]:
        """N − N(t) at the nodes of a rung, from those on the rung below."""
        return [
            self._of._evaluate(self.time + c * self.length, self.value(lower, changes, c)) - self.start for c in upper
        ]

    def error(self) -> float:
        """Estimate the 2-norm of the local error, relative to 1 + |y|.

        Two parts, each judged for the components of similar rates of decay together. The iteration: what the last rung
        changed, times the factor by which that is less than what the rung before changed. The interpolation: the
        divided differences beyond the last rung, continued geometrically, times their exact integrals.
        """
        scale = 1 / (1 + np.maximum(np.abs(self.state), np.abs(self.end)))
        norms = self._of._norms
        before, middle, last = self._last_three
        weights = self.length * self._exponentials.weights(RUNGS[-1], 1.0)[: len(before)]
        late, early = (
            norms(scale * sum(self._of._spread(w) * (b - a) for w, a, b in zip(weights, old, new, strict=False)))
            for old, new in ((middle, last), (before, middle))
        )
        iteration = _ITERATION * late * _ratio(late, early, 1.0)
        zero = np.zeros_like(self.start)
        steep, mild = (norms(scale * part) for part in divided_differences([zero, *last], (0.0, *RUNGS[-1])))
        ratio = _ratio(steep, mild, _STEEPEST)
        remainders = last_rung_remainders(self._exponentials)
        left_out = ratio * (remainders[0] + ratio * (remainders[1] + ratio * (remainders[2] + ratio * remainders[3])))
        interpolation = self.length * steep * left_out
        if not np.all(np.isfinite(self.end)):
            return np.inf
        return float(np.linalg.norm(iteration + interpolation))

    def dense_values(self) -> list[Array]:
        """Return N at the nodes for output."""
        inside = [self.value(RUNGS[-1], self._last_three[-1], c) for c in DENSE_NODES[:-1]]
        return [
            self._of._evaluate(self.time + c * self.length, y)
            for c, y in zip(DENSE_NODES, [*inside, self.end], strict=True)
        ]

    def output(self, values: Sequence[Array]) -> Callable[[float], Array]:
        """Return y as a function of time from N at the nodes for output."""
        changes = [value - self.start for value in values]
        # what the polynomial misses at the end is taken back, in proportion to what has been integrated
        defect = self.end - self.value(DENSE_NODES, changes, 1.0)

        def solution(time: float) -> Array:
            c = (time - self.time) / self.length
            return self.value(DENSE_NODES, changes, c) + c * defect

        return solution


def _ratio(upper: Array, lower: Array, largest: float) -> Array:
    """upper/lower, at most `largest`; 0 where the upper is 0.

    Norms over a rate of decay and two neighbours on either side: a single component may pass through zero.
    """
    upper, lower = (np.sqrt(np.convolve(np.pad(v * v, 2, mode="edge"), np.ones(5), "valid")) for v in (upper, lower))
    return np.asarray(np.where(upper < largest * lower, upper / np.where(lower > 0, lower, 1.0), largest * (upper > 0)))
