"""Explicit Runge–Kutta steps with error control, from scipy; knows arrays and callables, nothing of spheres."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kinetic.errors import Blowup
from kinetic.types import Array

ORDERS = {"dop853": 8, "rk45": 5}
"""Order of the error of the solution after a fixed time as the step shrinks (measured in test_adaptive.py)."""

FORGOTTEN = 1.0
"""What stands for the error of the step before where it is not known."""

_SMALLEST_RELATIVE = 2.3e-14  # scipy refuses less than 100 ε
_TARGET = 0.9  # of the longest step within the tolerance
_LAST, _BEFORE = 0.7, 0.4  # exponents of the last two errors, times the order k of the estimate
_LEAST, _MOST = 0.2, 10.0  # of the change of step
_FLOOR = 1e-4  # of the error before: a step far too short is no reason to shorten another one
_TINY = 1e-100  # of the last error, which may be zero


class AdaptiveStepper:
    """Steps of y' = f(t, y) whose length follows the local error; outputs in between never steer it.

    Parameters
    ----------
    rate : callable
        f(t, y) -> y', arrays of one shape.
    time, state : float, Array
        Where to start.
    tolerance : float
        Bound on the 2-norm of the local error of a step, relative to max(1, |y|): scipy's root-mean-square norm times
        √n, so that an error in one of 10⁴ unknowns is not diluted by the others.
    method : {"dop853", "rk45"}
    step : float, optional
        Length to try first; chosen from f if absent.
    longest : float, optional
        Upper bound on the step.
    error : float, optional
        Local error of the step before, in tolerances, where this goes on from another stepper.
    until : float, optional
        Time at which the last step ends, and beyond which there is none.
    uncounted : int
        How many of the last unknowns have errors that no step counts.

    Notes
    -----
    After an error of r_n targets, the target being the error of 0.9 times the longest step allowed, the step becomes

        h_{n+1} = h_n r_n^{−a/k} r_{n−1}^{b/k},     a = 0.7, b = 0.4,

    k = 8 or 5 the power of h in the estimate; after a rejection h r^{−1/k}. Why the error before counts, derived here:
    where stability bounds the step, the error is that of a mode with growth |R(z)| a step and estimate |E(z)| times its
    size, z = λh, near |R(z*)| = 1. With u = ln(z/z*), e = ln r and the slopes C_R, C_E of ln|R|, ln|E| against u,

        e_{n+1} = e_n + C_R u_n + C_E (u_{n+1} − u_n),     u_{n+1} = u_n − (a/k) e_n + (b/k) e_{n−1},

    whose multipliers solve q (q−1)² + (a q − b)/k · (C_E (q−1) + C_R) = 0. Without memory (a = 1, b = 0) one of them is
    above 1 in modulus on most of the boundary of stability, up to 1.5 for order 8 and 1.2 for order 5: steps grow until
    one is rejected, over and over. With a = 0.7, b = 0.4 none is above 1.02 and 0.95 (test_adaptive.py), and where
    accuracy bounds the step (e = k u) they are 0.80 and −0.50.
    """

    def __init__(
        self,
        rate: Callable[[float, Array], Array],
        time: float,
        state: Array,
        tolerance: float,
        method: str = "dop853",
        step: float | None = None,
        longest: float = np.inf,
        error: float = FORGOTTEN,
        until: float = np.inf,
        uncounted: int = 0,
    ) -> None:
        share = tolerance / np.sqrt(state.size)
        allowed = np.full(state.size, share)
        allowed[state.size - uncounted :] = np.inf
        self.rejected = 0
        self.error = error
        from kinetic.integrate.pairs import METHODS  # loading them takes longer than reading a case

        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the first step is tried on wild rates too
            self._solver: Any = METHODS[method](
                rate,
                time,
                state,
                t_bound=until,
                first_step=None if step is None else min(step, until - time),
                max_step=longest,
                rtol=max(share, _SMALLEST_RELATIVE),
                atol=allowed,
            )

    def advance(self) -> None:
        """Take one accepted step.

        Raises
        ------
        Blowup
            If the step has to shrink below what the clock can tell apart, or the state is no longer finite.
        """
        solver = self._solver
        trials = solver.trials
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a wild trial step is rejected, not fatal
            message = solver.step()
        rejected = solver.trials - trials - 1
        if solver.status == "failed" or not np.all(np.isfinite(self.state)):
            raise Blowup(
                f"time step: no step from t = {self.time:.6g} meets the tolerance ({message or 'state not finite'}); "
                "raise time.tolerance or the resolution"
            )
        self.rejected += rejected
        longest = _MOST if rejected == 0 else 1.0
        solver.h_abs = solver.step_size * min(max(self._factor(solver.error), _LEAST), longest)
        self.error = solver.error

    def _factor(self, error: float) -> float:
        """Return by what the step is to be multiplied after an error, in tolerances."""
        order = self._solver.error_estimator_order + 1
        target = _TARGET**order
        last, before = max(error, _TINY) / target, max(self.error, _FLOOR) / target
        return float((before**_BEFORE / last**_LAST) ** (1 / order))

    def _last_unknown_error(self) -> float:
        """Return the error of the last unknown in the last step."""
        solver = self._solver
        return float(solver.estimate(solver.K[:, -1:], solver.h_previous, np.ones(1)))

    @property
    def time(self) -> float:
        """End of the last step."""
        return float(self._solver.t)

    @property
    def state(self) -> Array:
        """State at the end of the last step."""
        return np.asarray(self._solver.y)

    @property
    def next_step(self) -> float:
        """Length that the next step will try."""
        return float(self._solver.h_abs)

    @property
    def length(self) -> float:
        """NaN: these steps measure none."""
        return math.nan

    def length_at(self, time: float) -> float:  # noqa: ARG002
        """Return NaN."""
        return math.nan

    @property
    def evaluations(self) -> int:
        """How often f was called."""
        return int(self._solver.nfev)

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time.

        Accuracy
        --------
        Dormand and Prince's dense output, of order 7 for "dop853" (test_adaptive.py); linear invariants such as the
        mass are kept exactly.

        Cost
        ----
        Three evaluations of f a step for "dop853", none for "rk45".
        """
        output: Callable[[float], Array] = self._solver.dense_output()
        return output
