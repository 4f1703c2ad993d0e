"""From cells to clusters: which points attract, what has come to them, which clusters have met, what is left out.

A cluster takes a cell in when all of it is within r_c of the cluster's center, and the field, seen from the center,
points inward up to there: −(X(c + r) − X(c)) ≥ 0.3 |X'(c)| |r| on both sides. r_c is a quarter of the distance to the
nearest point that repels, at most `LARGEST`.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from kinetic.charts.patches import Selection
from kinetic.clusters.clusters import TOUCHING
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud, united
from kinetic.mercator.circle.several.field import Potential, rises, waves
from kinetic.mercator.circle.several.state import CircleClusterState
from kinetic.types import Array, ComplexArray

LARGEST = 0.3
"""Largest r_c, radians."""

SHARE = 0.25
"""r_c relative to the distance of the nearest point that repels: what the numbers of tokens are made for."""

MEETING = 0.1
"""Angle, radians, at which two clusters become one cloud, their distance known to 1e-15 of itself from here on."""

_INWARD = 0.3
_PROBES = np.array([0.125, 0.25, 0.5, 0.75, 1.0])
_EXACT = 1e-8  # all that radii and new centers need
_MOST = 40
_FEWEST = 2  # tokens of a cluster that nothing comes to
_FINE = 480  # points of the scan, and as many times √β


@dataclass(frozen=True, eq=False)
class Zeros:
    """Angles in [0, 2π) where X falls through zero, and where it rises."""

    attracting: Array
    repelling: Array

    @classmethod
    def of(cls, potential: Potential) -> "Zeros":
        """Scan the circle, then follow the slope within each interval that holds a change of sign."""
        count = int(_FINE * max(1.0, math.sqrt(potential.beta)))
        centers = np.concatenate([potential.centers + side * 1e-3 for side in (-1, 1)])
        even, table = _scan(count, potential.series.size - 1)
        extra = np.mod(centers, 2 * np.pi)
        grid = np.concatenate([even, extra])
        table = np.concatenate([table, waves(extra, potential.series.size - 1)], axis=1)
        values = potential.velocity(grid, table)[0]
        order = np.argsort(grid)
        grid, values = np.append(grid[order], grid[order[0]] + 2 * np.pi), np.append(values[order], values[order[0]])
        falls = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
        climbs = np.flatnonzero((values[:-1] <= 0) & (values[1:] > 0))
        at, side = np.concatenate([falls, climbs]), np.repeat([1.0, -1.0], [falls.size, climbs.size])
        zeros = np.mod(_found(potential, grid[at], grid[at + 1], side), 2 * np.pi)
        return cls(zeros[: falls.size], zeros[falls.size :])

    def radius(self, center: float) -> float:
        """Return r_c of a cluster at an angle."""
        if self.repelling.size == 0:
            return LARGEST
        return min(LARGEST, SHARE * float(np.min(np.abs(wrapped(self.repelling - center)))))


@lru_cache(maxsize=16)
def _scan(count: int, degree: int) -> tuple[Array, ComplexArray]:
    """Return equidistant angles and their waves."""
    even = 2 * np.pi * (np.arange(count) + 0.5) / count
    return even, waves(even, degree)


def _found(potential: Potential, low: Array, high: Array, side: Array) -> Array:
    """Return the zeros of X in intervals, side · X falling through each: Newton's steps, halving where they leave."""
    at = 0.5 * (low + high)
    for _ in range(_MOST if at.size else 0):
        values, slopes, _ = potential.drift(at)
        above = side * values > 0
        low, high = np.where(above, at, low), np.where(above, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            follow = at - values / slopes
        step = np.where((low <= follow) & (follow <= high), follow, 0.5 * (low + high)) - at
        at = at + step
        if np.abs(step).max() < _EXACT:
            break
    return at


def wrapped(angle: Array) -> Array:
    """Return angles in [−π, π]."""
    return np.asarray(angle - 2 * np.pi * np.round(angle / (2 * np.pi)))


def points_inward(potential: Potential, center: float, radius: float) -> bool:
    """Whether the field around a center contracts the disc."""
    r = np.concatenate([-_PROBES, _PROBES]) * radius
    lifts = rises(r, potential.series.size - 1)
    there = potential.inside(np.array([center]), np.zeros(r.size, dtype=np.int64), r, lifts)
    slope = float(there.center_slope[0])
    return bool(radius > 0 and slope < 0 and np.all(there.relative / r <= _INWARD * slope))


def absorbed(state: CircleClusterState, potential: Potential) -> CircleClusterState:
    """Return the state with all cells taken in that have come to a cluster; itself where none has."""
    if state.arcs.size == 0 and all(cloud.size <= _FEWEST for cloud in state.clouds):
        return state
    zeros = Zeros.of(potential)
    clouds, arcs, entropy = list(state.clouds), state.arcs, state.entropy
    for center in _new_centers(zeros, clouds):
        clouds.append(empty_cloud(center))
    grown = []
    for cloud in clouds:
        radius = zeros.radius(cloud.center)
        inside = _inside(arcs, potential, cloud.center, radius)
        if inside.any():
            came, arcs = arcs.kept(inside), arcs.kept(~inside)
            entropy += came.entropy
            grown.append(joined(cloud, wrapped(came.angle - cloud.center).ravel(), came.masses.ravel(), radius))
        elif cloud.size:
            grown.append(cloud)
    if arcs is state.arcs:
        return _narrowed(state, zeros)
    return replace(state, arcs=arcs, clouds=tuple(grown), entropy=entropy)


def _narrowed(state: CircleClusterState, zeros: Zeros) -> CircleClusterState:
    """Return the state with clusters in the tokens that their present width needs; itself where that is as it was."""
    few = tuple(cloud.compressed(zeros.radius(cloud.center)) for cloud in state.clouds)
    if all(one is other for one, other in zip(few, state.clouds, strict=True)):
        return state
    return replace(state, clouds=tuple(cloud.rescaled() for cloud in few))


def _inside(arcs: Arcs, potential: Potential, center: float, radius: float) -> Selection:
    """Return which cells a cluster takes in."""
    if not (arcs.size and points_inward(potential, center, radius)):
        return np.zeros(arcs.size, dtype=bool)
    return np.asarray(np.all(np.abs(wrapped(arcs.borders - center)) <= radius, axis=1))


def joined(cloud: ArcCloud, angles: Array, masses: Array, radius: float) -> ArcCloud:
    """Return the cloud with tokens at r taken in, in few tokens about its center of mass."""
    return cloud.with_tokens(angles, masses).compressed(radius).rescaled().recentered()


def _new_centers(zeros: Zeros, clouds: list[ArcCloud]) -> list[float]:
    """Return the attracting points that no cluster has yet: those with a point that repels on the way to each."""
    found = []
    for point in zeros.attracting:
        if all(_parted(zeros, float(point), cloud.center) for cloud in clouds):
            found.append(float(point))
    return found


def _parted(zeros: Zeros, first: float, second: float) -> bool:
    """Whether the shorter way between two angles leads over a point that repels."""
    way = float(wrapped(np.array(second - first)))
    along = np.mod(np.sign(way) * (zeros.repelling - first), 2 * np.pi)
    return bool(np.any(along < abs(way)))


def empty_cloud(center: float) -> ArcCloud:
    """Return a cluster that holds nothing yet."""
    none = np.zeros(0)
    return ArcCloud(center, 0.0, none, none, none, none)


def met(state: CircleClusterState) -> CircleClusterState:
    """Return the state with clusters nearer than `MEETING` made one cloud; itself where there are none."""
    clouds = list(state.clouds)
    for i in range(len(clouds)):
        for j in range(i + 1, len(clouds)):
            if abs(float(wrapped(np.array(clouds[i].center - clouds[j].center)))) < MEETING:
                rest = [cloud for k, cloud in enumerate(clouds) if k not in (i, j)]
                return met(replace(state, clouds=(*rest, united(clouds[i], clouds[j]))))
    return state


def touching(cloud: ArcCloud) -> tuple[int, int] | None:
    """Return the marks of two clusters that touch."""
    order = np.argsort(cloud.marks)
    for one, other in pairwise(order):
        if separation(cloud, (int(one), int(other))) < TOUCHING:
            return int(one), int(other)
    return None


def separation(cloud: ArcCloud, pair: tuple[int, int]) -> float:
    """Return the angle between two marks, in relative accuracy."""
    return abs(float(cloud.marks[pair[0]] - cloud.marks[pair[1]])) * math.exp(-cloud.contraction)


def fused(cloud: ArcCloud, pair: tuple[int, int]) -> ArcCloud:
    """Return the cloud with two marks made one; none where it would be the only one."""
    if cloud.marks.size == 2:
        return replace(cloud, marks=np.zeros(0), marked=np.zeros(0))
    others = np.array([k for k in range(cloud.marks.size) if k not in pair], dtype=np.int64)
    weights = cloud.marked[list(pair)]
    place = float(weights @ cloud.marks[list(pair)]) / float(weights.sum())
    marks, marked = np.append(cloud.marks[others], place), np.append(cloud.marked[others], weights.sum())
    return replace(cloud, marks=marks, marked=marked)
