"""Explicit Runge–Kutta steps with error control, from scipy; knows arrays and callables, nothing of spheres."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import DOP853, RK45

from kinetic.errors import Blowup
from kinetic.types import Array

METHODS = {"dop853": DOP853, "rk45": RK45}
"""Time schemes by name: Dormand and Prince's pairs of order 8(5,3) and 5(4)."""

ORDERS = {"dop853": 8, "rk45": 5}
"""Order of the error of the solution after a fixed time as the step shrinks (measured in test_adaptive.py)."""

_SMALLEST_RELATIVE = 2.3e-14  # scipy refuses less than 100 ε


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
    ) -> None:
        share = tolerance / np.sqrt(state.size)
        self.rejected = 0
        self._solver: Any = METHODS[method](
            rate,
            time,
            state,
            t_bound=np.inf,
            first_step=step,
            max_step=longest,
            rtol=max(share, _SMALLEST_RELATIVE),
            atol=share,
        )

    def advance(self) -> None:
        """Take one accepted step.

        Raises
        ------
        Blowup
            If the step has to shrink below what the clock can tell apart, or the state is no longer finite.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a wild trial step is rejected, not fatal
            message = self._solver.step()
        if self._solver.status == "failed" or not np.all(np.isfinite(self.state)):
            raise Blowup(
                f"time step: no step from t = {self.time:.6g} meets the tolerance ({message or 'state not finite'}); "
                "raise time.tolerance or the resolution"
            )

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
