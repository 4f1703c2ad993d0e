"""Embedded Runge–Kutta pairs, scipy's, that say what their trial steps cost and how far off the last one was."""

from scipy.integrate import DOP853, RK45

from kinetic.integrate.adaptive import FORGOTTEN
from kinetic.types import Array


class _Judged:
    """A pair of scipy's that counts its trial steps and remembers the error of the last one, in tolerances."""

    trials = 0
    error = FORGOTTEN

    def _estimate_error_norm(self, stages: Array, step: float, scale: Array) -> float:
        self.trials += 1
        self.error = self.estimate(stages, step, scale)
        return self.error

    def estimate(self, stages: Array, step: float, scale: Array) -> float:
        """Return the root-mean-square error of a step from its stages, in units of a scale."""
        return float(super()._estimate_error_norm(stages, step, scale))  # type: ignore[misc]


class _JudgedOrder8(_Judged, DOP853):  # type: ignore[misc]
    """Order 8(5,3)."""


class _JudgedOrder5(_Judged, RK45):  # type: ignore[misc]
    """Order 5(4)."""


METHODS = {"dop853": _JudgedOrder8, "rk45": _JudgedOrder5}
"""Time schemes by name: Dormand and Prince's pairs of order 8(5,3) and 5(4)."""
