"""Tokens that rush through a field which changes slowly: how they are carried, and what their mesh needs for it.

In a collapse without softmax tokens leave the repelling point at the rate e^{−β}, cross the equator at the speed 1 and
fall into the cluster at the speed e^β. Some cross at any time, and a Runge–Kutta step must resolve them: it takes
e^{2β} steps an e-fold of 1 − R. What tokens feel is a handful of moments that change once an e-fold. So the moments are
stepped (`integrate.carrying`), and each token is followed in them with steps of its own (`integrate.paths`).

The moments are sums over the Gauss points of elements, which must be narrow wherever the kernel and 1 − cos θ change:
those that are about to cross the equator are halved before. The time Δτ = ∫ dy/|ẏ| that an element takes to pass a
point stays what it is on its way, but for the change of the field, so that it will be Δτ max |ẏ| wide in the cluster.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.axisymmetric import AxisymmetricAttention, ZonalField
from kinetic.attention.stream import Stream
from kinetic.charts.material import MaterialMesh, Selection
from kinetic.integrate.carrying import Course
from kinetic.mercator.zonal.ends import End
from kinetic.types import Array

WIDEST = 2.0
"""Width in y of an element whose Gauss points see the equator.

Twelve points at β = 2: 1 − R differs by 1e-13 from widths of 1 and of ½, which agree to 2e-14.
"""

LEAD_TIME = 2.0
"""Time from the equator, over its duration Δτ, at which an element must be no longer.

y as a function of the time of passage turns on the equator, which lies 5 half lengths from the middle of such an
element: its Legendre modes fall by 5 + √24 = 9.9, to 1e-11 in the last of twelve.
"""

AHEAD = 1.4
"""How long before they are there elements are halved, in e-folds of the repelling point."""

LONGEST = 2.0
"""Longest step, in e-folds of the repelling point: the end of the mesh is continued only between steps."""

_FAR = 19.5 + LONGEST  # |y| beyond which a token moves like the pole, throughout a step
_POLE = 60.0  # |y| of the tokens that stand for those
_CLUSTER = -18.0  # y below which 1 − cos θ is 1e-16 of what it was at the equator: widths do not matter

_RUSH = 0.2  # a Runge–Kutta step times the largest |ẏ|: 0.20 to 0.21 measured at β = 1, 2, 3, tolerance 1e-11
_CALM = 0.8  # a step of the moments times their rate, in which they are stepped to 1e-11 where ε < 1
_ROUND = 16.0  # cost of following all tokens once, in Runge–Kutta steps; measured at β = 1 and 2
_DIGITS = 2.5  # that one more round settles


def carries(attention: AxisymmetricAttention) -> bool:
    """Return whether tokens can be carried: the field is smooth and has no part but the pulls."""
    plain = attention.normalization == "none" and attention.neurons is None
    return plain and attention.kernel.logarithmic_slope is not None


def streams(field: ZonalField) -> bool:
    """Return whether all tokens move towards the cluster."""
    return bool(np.all(field.side * field.velocity < 0))


def pays(attention: AxisymmetricAttention, field: ZonalField, tolerance: float) -> bool:
    """Return whether carrying tokens costs less than Runge–Kutta steps.

    It does so in the stage of one cluster, where the pulls are less than the slowest speed (ε = Σ S_l/min |ẏ| < 1), so
    that a round of Picard's iteration settles digits, and where steps of the moments are as much longer than those of
    tokens as they are dearer. The moments follow 1 − R, whose rate is (d−1) min |ẏ|, or that of the cluster if that is
    less, 2 max |ẏ|.
    """
    speeds = np.abs(field.velocity)
    slowest, fastest, pull = float(speeds.min()), float(speeds.max()), float(attention.pulls(field.deficits).sum())
    if not (streams(field) and pull < slowest):
        return False
    calm = _CALM / min((attention.kernel.dimension - 1) * slowest, 2.0 * fastest)
    rounds = 1.0 + math.log10(max(calm * pull / tolerance, 1.0)) / _DIGITS
    return calm * fastest / _RUSH > _ROUND * rounds


def pull_rates(attention: AxisymmetricAttention, mesh: MaterialMesh, field: ZonalField) -> Array:
    """Return dS_l/dt."""
    return attention.pull_rates(field.side * mesh.y.ravel(), mesh.masses.ravel(), field.side * field.velocity[1:-1])


@dataclass(frozen=True, eq=False)
class Carried:
    """Where tokens have come to at some times of a step.

    Parameters
    ----------
    y, log_density : Array, shape (times, tokens)
    poles : Array, shape (times, 2)
        By how much G has grown, at θ = 0 and at θ = π.
    """

    y: Array
    log_density: Array
    poles: Array

    @classmethod
    def of(
        cls,
        stream: Stream,
        mesh: MaterialMesh,
        side: float,
        ends: tuple[End, End],
        course: Course,
        times: Array,
        accuracy: float,
    ) -> "Carried":
        """Follow the tokens of a mesh; those far from the equator move like the pole on their side."""
        from kinetic.integrate.paths import paths  # scipy's pairs take longer to load than reading a case

        z, logs = side * mesh.y.ravel(), mesh.log_density.ravel()
        near = np.abs(z) < _FAR
        start = np.stack([np.append(z[near], [-_POLE, _POLE]), np.append(logs[near], [0.0, 0.0])])

        def rate(t: Array, state: Array) -> Array:
            return np.stack(stream.rates(state[0], course.basis(t)))

        found = paths(rate, start, times, accuracy)
        moved = found[:, :, -2:] - start[:, -2:]
        pole = np.where(z < 0, 0, 1)
        z, logs = z + moved[:, 0][:, pole], logs + moved[:, 1][:, pole]
        z[:, near], logs[:, near] = found[:, 0, :-2], found[:, 1, :-2]
        moved = moved if side > 0 else moved[:, :, ::-1]
        exponents = np.array([end.exponent * end.side if end.is_open else 0.0 for end in ends])
        return cls(side * z, logs, moved[:, 1] + exponents * side * moved[:, 0])


@dataclass(frozen=True, eq=False)
class Passage:
    """Elements on their way to the cluster, in the order of z = ±y, which falls along all paths.

    Parameters
    ----------
    side : float
    durations : Array, shape (elements,)
        Δτ.
    places, speeds : Array, shape (elements + 1,)
        z of the edges, and |ż| there.
    """

    side: float
    durations: Array
    places: Array
    speeds: Array

    @classmethod
    def of(cls, mesh: MaterialMesh, field: ZonalField) -> "Passage":
        """Return the passage of a mesh in its field."""
        speeds = -field.side * field.velocity[1:-1].reshape(mesh.y.shape)
        durations = np.abs((mesh.y @ mesh.element.derivative.T) / speeds) @ mesh.element.weights
        places, at = field.side * mesh.borders, np.exp(np.log(speeds) @ mesh.element.ends.T)
        if field.side < 0:
            durations, places, at = durations[::-1], places[::-1, ::-1], at[::-1, ::-1]
        return cls(field.side, durations, np.append(places[:, 0], places[-1, 1]), np.append(at[:, 0], at[-1, 1]))

    @cached_property
    def _waits(self) -> Array:
        """How long it takes each element until it should be narrower, infinite where it never should."""
        times = np.append(0.0, np.cumsum(self.durations))
        left = times[:-1] - np.interp(0.0, self.places, times)
        passing = (self.durations * self.speeds.max() > WIDEST) & (self.places[:-1] > _CLUSTER)
        return np.where(passing, left - LEAD_TIME * self.durations, math.inf)

    def wide(self) -> Selection:
        """Return which elements, in the order of the mesh, are soon wider than they should be."""
        wide = self._waits < AHEAD / float(self.speeds[-1])
        return np.asarray(wide if self.side > 0 else wide[::-1])

    def reach(self) -> float:
        """Return how long it takes until the first element is wider than it should be, or the longest step."""
        slowest = float(self.speeds[-1])
        soonest = float(self._waits.min())
        return min(soonest if soonest > 0 else AHEAD / slowest, LONGEST / slowest)
