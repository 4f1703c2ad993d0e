"""Small ordinary differential equations to nearly machine precision, at exactly the requested times.

Responsible for landing on every requested time with a step of the Runge–Kutta pair itself: its interpolant
is of lower order and would cost digits. Knows nothing of what is being integrated.
"""

from collections.abc import Callable

import numpy as np
from scipy.integrate import DOP853

from kinetic.errors import Blowup
from kinetic.theory.domain import increasing_times
from kinetic.types import Array, ArrayLike

RELATIVE_TOLERANCE = 1e-13
FASTEST_RATE = 1e10
"""Rates of logit-like variables are cut here: beyond it the passage from order one to 1e-300 takes less than 1e-7."""


def solution_at(
    rate: Callable[[float, Array], Array], start: ArrayLike, times: ArrayLike, absolute: float = 1e-14
) -> Array:
    """Return the solution of u′ = rate(t, u), u(0) = start, at the given times.

    Parameters
    ----------
    rate : callable
        (t, u) ↦ u′, u of shape (k,).
    start : array_like, shape (k,)
        u(0).
    times : array_like, shape (n,)
        0 ≤ t₀ ≤ t₁ ≤ ….
    absolute : float
        Absolute tolerance of a step; the relative one is 1e-13.

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


def cut_rate(rate: float) -> Array:
    """Return the rate of a scalar equation as an array, cut at ±1e10 so that time in doubles can follow it."""
    return np.array([min(max(rate, -FASTEST_RATE), FASTEST_RATE)])


def _advance(
    rate: Callable[[float, Array], Array],
    state: Array,
    interval: tuple[float, float],
    step: float | None,
    absolute: float,
) -> tuple[Array, float]:
    """Integrate over an interval; return the state at its end and a good length for the next step."""
    now, until = interval
    first = None if step is None else (until - now if step > 0.9 * (until - now) else step)
    solver = DOP853(rate, now, state, until, rtol=RELATIVE_TOLERANCE, atol=absolute, first_step=first)
    longest = 0.0
    while solver.status == "running":
        message = solver.step()
        if solver.status == "failed":
            raise Blowup(f"reference solution lost at t = {solver.t:g}: {message}; ask for an earlier time")
        longest = max(longest, float(solver.step_size))
    return np.asarray(solver.y, dtype=np.float64), longest
