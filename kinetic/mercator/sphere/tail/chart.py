"""The coordinate of the sphere in which the pull of a Dirac mass without softmax is a stretch.

A Dirac mass of size M at the pole p moves a token at latitude y by ẏ = −M e^{βc}, c = −tanh y. Let

    L(y) = ∫_y^∞ (e^{−β(1+c)} − 1) dy' − y,     W = e^L e^{iφ}.

Then L̇ = M e^{−β}: all of W is stretched alike. W is cot(θ/2) e^{iφ} near −p, and analytic in it. Towards p, where
L̇ = e^{−2β} |ẏ|, an interval of L is one of y e^{2β} times as long: what the flow draws out without bound in y, as it
leaves −p slowly and comes to p fast, keeps its shape in W. The module knows neither cells nor time.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.legendre import leggauss

from kinetic.charts.latitude import log_cosh, versine
from kinetic.types import Array

if TYPE_CHECKING:
    from scipy.interpolate import CubicHermiteSpline

_FARTHEST = 20.0  # |y| beyond which 1 + c and 1 − c are 0 to 1e-17
_PARTS = 20_000  # Hermite's cubics of steps h in y err by β³ h⁴/384, 2e-12 at β = 6
_POINTS = 8  # of Gauss in each of them


@dataclass(frozen=True)
class DiracChart:
    """W of one β.

    Parameters
    ----------
    beta : float

    Accuracy
    --------
    latitude(coordinate(y)) is y to 1e-12 for β up to 6 (tests/mercator/test_tail.py).
    """

    beta: float

    @cached_property
    def _tables(self) -> tuple[Array, Array, Array]:
        """Latitudes, ascending, L there and dL/dy."""
        y = np.linspace(-_FARTHEST, _FARTHEST, _PARTS + 1)
        points, weights = leggauss(_POINTS)
        half = 0.5 * (y[1] - y[0])
        parts = half * self.slope(0.5 * (y[1:] + y[:-1])[:, None] + half * points) @ weights
        above = np.concatenate([np.cumsum(parts[::-1])[::-1], [0.0]])
        return y, -_FARTHEST - above, self.slope(y)

    @cached_property
    def _by_latitude(self) -> "CubicHermiteSpline":
        from scipy.interpolate import CubicHermiteSpline

        y, logs, slopes = self._tables
        return CubicHermiteSpline(y, logs, slopes)

    @cached_property
    def _by_coordinate(self) -> "CubicHermiteSpline":
        from scipy.interpolate import CubicHermiteSpline

        y, logs, slopes = self._tables
        return CubicHermiteSpline(logs[::-1], y[::-1], 1.0 / slopes[::-1])

    def slope(self, y: Array) -> Array:
        """Return dL/dy = −e^{−β(1+c)}."""
        return -np.exp(-self.beta * versine(-y))

    def coordinate(self, y: Array) -> Array:
        """Return L = ln |W|."""
        inner = np.clip(y, -_FARTHEST, _FARTHEST)
        return np.asarray(self._by_latitude(inner) + self.slope(inner) * (y - inner))

    def latitude(self, logs: Array) -> Array:
        """Return y."""
        _, known, slopes = self._tables
        inner = np.clip(logs, known[-1], known[0])
        beyond = logs - inner
        return np.asarray(self._by_coordinate(inner) + beyond / np.where(beyond > 0, slopes[0], slopes[-1]))

    def log_area(self, y: Array, logs: Array) -> Array:
        """Return ln dσ/d²W, σ of mass one."""
        return np.asarray(self.beta * versine(-y) - 2.0 * (log_cosh(y) + logs) - np.log(4.0 * np.pi))


def log_plane_area(logs: Array) -> Array:
    """Return ln d²W/dσ' where −L is the latitude of a sphere with the uniform measure σ'."""
    return np.asarray(2.0 * (logs + log_cosh(logs)) + np.log(4.0 * np.pi))
