"""Small ordinary differential equations to nearly machine precision, at exactly the requested times.

Responsible for landing on every requested time with a step of the Runge–Kutta pair itself: its interpolant
is of lower order and costs two digits. Where those are not missed it saves nearly every step. Knows nothing of what is
being integrated. The solvers are loaded when one is wanted, for that takes longer than many a run.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kinetic.errors import Blowup
from kinetic.theory.domain import increasing_times
from kinetic.types import Array, ArrayLike

if TYPE_CHECKING:
    from scipy.integrate import DOP853

RELATIVE_TOLERANCE = 1e-13
SLOWEST_RATE = 1e-120
_NODES, _WEIGHTS = 0.5 * (np.polynomial.legendre.leggauss(12) + np.array([[1.0], [0.0]]))  # of [0, 1]
_NOTHING = np.zeros(1)
NEWTON_REACH = 1e-8
"""Newton's correction, relative to the step, beyond which its square could still be seen (slowness changes by a factor
of some tens within a step that resolves it to 1e-13): a safe search takes over."""


def solution_at(
    rate: Callable[[float, Array], Array], start: ArrayLike, times: ArrayLike, absolute: Array | float = 1e-14
) -> Array:
    """Return the solution of u′ = rate(t, u), u(0) = start, at the given times.

    Parameters
    ----------
    rate : callable
        (t, u) ↦ u′, u of shape (k,).
    start : array_like, shape (k,)
        u(0).
    absolute : Array or float
        Absolute tolerance of a step, for each number of the state or for all; the relative one is 1e-13.

    Returns
    -------
    ndarray, shape (n, k)
        `u[i, j]` = u_j(t_i).

    Raises
    ------
    Blowup
        If the step length falls to zero.

    **Accuracy** A few 1e-13 per unit of the Lipschitz constant times t; there is no interpolation error.
    **Cost** At least one step of twelve evaluations for each requested time.
    """
    instants = increasing_times(times)
    state, now, step = np.array(start, dtype=np.float64), 0.0, None
    rows = np.empty((instants.size, state.size))
    for index, instant in enumerate(instants):
        if instant > now:
            state, step = _advance(rate, state, (now, float(instant)), step, absolute)
            now = float(instant)
        rows[index] = state
    return rows


def solution_between(rate: Callable[[float, Array], Array], start: ArrayLike, times: ArrayLike) -> Array:
    """Return what `solution_at` does, with steps that pass the requested times.

    **Accuracy** 1e-11 of the largest number of the state, where that of the solution at the ends of steps is 1e-13: the
    interpolant within a step is of order 7.
    **Cost** Fifteen evaluations a step, however many times are requested.
    """
    instants = increasing_times(times)
    found = np.empty((instants.size, np.size(start)))
    found[instants == 0.0] = start
    if not instants[-1] > 0.0:
        return found
    solver = begun(rate, 0.0, np.array(start, dtype=np.float64), float(instants[-1]), None)
    while solver.status == "running":
        one_step(solver)
        within = (instants > solver.t_old) & (instants <= solver.t)
        if np.any(within):
            found[within] = solver.dense_output()(instants[within]).T
    return found


def monotone_solution_at(rate: Callable[[float], float], start: float, times: ArrayLike) -> Array:
    """Return the solution of one autonomous equation u′ = rate(u), u(0) = start, at the given times.

    The time t(u) = ∫ du/rate(u) is integrated instead and inverted within the step that brackets each requested
    time, so that rates may pass from 1e-100 to 1e100 within one run (below 1e-120 they are taken as 1e-120).

    Parameters
    ----------
    rate : callable
        u ↦ u′, without a zero on the solution's way; if rate(start) = 0 the solution stays.
    start : float
        u(0).

    Returns
    -------
    ndarray, shape (n,)
        `u[i]` = u(t_i).

    **Accuracy** Relative 1e-12 of the time at which a value of u is reached.
    **Cost** Fifteen evaluations a step and some fifteen for each requested time.
    """
    instants = increasing_times(times)
    first = rate(start)
    if first == 0.0:
        return np.full(instants.size, start)
    sign = math.copysign(1.0, first)

    def slowness(v: float, _: Array) -> Array:
        return np.array([1.0 / max(abs(rate(sign * v)), SLOWEST_RATE)])

    return sign * np.array(_inverse(slowness, sign * start, instants))


Slowness: TypeAlias = Callable[[float, Array], Array]


def _inverse(slowness: Slowness, start: float, instants: Array) -> list[float]:
    """Return the v at which ∫ slowness dv from `start` equals each instant."""
    from scipy.integrate import DOP853

    solver = DOP853(slowness, start, np.zeros(1), math.inf, rtol=RELATIVE_TOLERANCE, atol=1e-15)
    step = None
    values = []
    for instant in instants:
        while float(solver.y[0]) < instant:
            low, elapsed = float(solver.t), float(solver.y[0])
            one_step(solver)
            step = _Bracket(slowness, low, elapsed, float(solver.t), solver.dense_output())
        values.append(start if step is None else step.value_at(float(instant)))
    return values


@dataclass(frozen=True)
class _Bracket:
    """One accepted step of t(v): from (low, elapsed) to v = high, with its interpolant."""

    slowness: Slowness
    low: float
    elapsed: float
    high: float
    interpolant: Callable[[float], Array]

    def value_at(self, instant: float) -> float:
        """Return the v at which the time is `instant`: where the interpolant puts it, and from there by Newton."""
        guess = self._guess(instant)
        shift = (instant - self._time_at(guess)) / float(self.slowness(guess, _NOTHING)[0])
        if abs(shift) <= NEWTON_REACH * (self.high - self.low):
            return min(max(guess + shift, self.low), self.high)
        return _root(lambda v: self._time_at(v) - instant, self.low, self.high)

    def _guess(self, instant: float) -> float:
        return _root(lambda v: float(self.interpolant(v)[0]) - instant, self.low, self.high)

    def _time_at(self, v: float) -> float:
        return _time_at(self.slowness, self.low, self.elapsed, v)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the zero of an increasing function in [low, high], an end where rounding puts it outside."""
    if function(low) >= 0.0:
        return low
    if function(high) <= 0.0:
        return high
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-300, maxiter=1000))


def _time_at(slowness: Slowness, low: float, elapsed: float, v: float) -> float:
    """Return the time at v by Gauss's rule of order 24 inside one accepted step from (low, elapsed), of order 8."""
    rates = [slowness(low + (v - low) * float(node), _NOTHING)[0] for node in _NODES]
    return elapsed + (v - low) * float(_WEIGHTS @ rates)


def one_step(solver: "DOP853") -> None:
    """Take one step, or say that there is none."""
    message = solver.step()
    if solver.status == "failed":
        raise Blowup(f"reference solution lost at {solver.t:g}: {message}; ask for an earlier time")


def begun(
    rate: Callable[[float, Array], Array],
    now: float,
    state: Array,
    until: float,
    step: float | None,
    absolute: Array | float = 1e-14,
) -> "DOP853":
    """Return a solver over an interval that first tries a step."""
    from scipy.integrate import DOP853

    first = None if step is None else (until - now if step > 0.9 * (until - now) else step)
    return DOP853(rate, now, state, until, rtol=RELATIVE_TOLERANCE, atol=absolute, first_step=first)


def _advance(
    rate: Callable[[float, Array], Array],
    state: Array,
    interval: tuple[float, float],
    step: float | None,
    absolute: Array | float,
) -> tuple[Array, float]:
    """Integrate over an interval; return the state at its end and a good length for the next step."""
    solver = begun(rate, interval[0], state, interval[1], step, absolute)
    longest = 0.0
    while solver.status == "running":
        one_step(solver)
        longest = max(longest, float(solver.step_size))
    return np.asarray(solver.y, dtype=np.float64), longest
