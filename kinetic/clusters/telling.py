"""Clusters told from where the field gathers: what lies within the radius of each point, counted token by token."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss

from kinetic.charts.latitude import polar_angle
from kinetic.clusters.clusters import Clusters
from kinetic.geometry import chord_angle
from kinetic.types import Array

_WIDE = 1e-6
"""Spread above which unit vectors tell it to ten digits."""

_KNOWN = 1e-12
"""Spread below which unit vectors no longer tell it."""

_NOTHING = 1e-300  # a length that is divided by is no less


def told(centers: Array, radii: Array, points: Array, masses: Array) -> Clusters:
    """Return the clusters of tokens within radii of centers; a center near which there is no mass has none.

    Parameters
    ----------
    centers : Array, shape (c, d)
    radii : Array, shape (c,)
        Radians.
    points : Array, shape (n, d)
    masses : Array, shape (n,)
    """
    parts = []
    for center, radius in zip(centers, radii, strict=True):
        near = chord_angle(_lengths(points - center)) <= radius
        parts.append((points[near], masses[near]))
    return of_parts(parts, centers.shape[1])


def of_parts(parts: Sequence[tuple[Array, Array]], dimension: int) -> Clusters:
    """Return the clusters of which each has its own tokens, (points, masses)."""
    there = [(points, masses) for points, masses in parts if float(masses.sum()) > 0]
    if not there:
        return Clusters.ordered(np.zeros((0, dimension)), np.zeros(0), np.zeros(0))
    points, masses = (np.concatenate(given) for given in zip(*there, strict=True))
    return of_runs(points, masses, [own.size for _, own in there])


def of_runs(points: Array, masses: Array, sizes: Sequence[int]) -> Clusters:
    """Return the clusters of tokens in the order of their clusters, so many of each; one without mass is none.

    Parameters
    ----------
    points : Array, shape (n, d)
    masses : Array, shape (n,)
    sizes : sequence of int
        At least one, none of them 0; of sum n.
    """
    starts = np.cumsum([0, *sizes[:-1]])
    mass, mean = np.add.reduceat(masses, starts), np.add.reduceat(masses[:, None] * points, starts)
    there = mass > 0
    center = mean / np.maximum(_lengths(mean), _NOTHING)[:, None]
    angles = chord_angle(_lengths(points - np.repeat(center, sizes, axis=0)))
    square = np.add.reduceat(masses * angles**2, starts)[there] / mass[there]
    spread = np.sqrt(np.where(square > _KNOWN**2, square, math.nan))
    return Clusters.ordered(center[there], mass[there], spread)


def interval(low: float, high: float, degree: int) -> tuple[Array, Array]:
    """Return Gauss's nodes and weights between two angles, exact to rounding for waves of up to that degree."""
    nodes, weights = _gauss(8 * math.ceil(0.0625 * degree * (high - low)) + 16)  # few rules, for many widths
    half = 0.5 * (high - low)
    return low + half * (nodes + 1.0), half * weights


@lru_cache(maxsize=64)
def _gauss(count: int) -> tuple[Array, Array]:
    return leggauss(count)


def _lengths(vectors: Array) -> Array:
    return np.asarray(np.sqrt(np.vecdot(vectors, vectors)))


def of_latitudes(
    attracting: Array, repelling: Array, y: Array, masses: Array, largest: float, share: float
) -> Clusters:
    """Return the clusters of an axisymmetric density: poles and rings, spreads in relative accuracy at the poles.

    Parameters
    ----------
    attracting, repelling : Array
        Polar angles.
    y : Array, shape (n,)
        ln tan(θ/2) of the tokens.
    masses : Array, shape (n,)
    largest, share : float
        Of a radius: at most the first, or the second of the distance to what repels.
    """
    rows = []
    for angle in attracting:
        radius = radius_of(float(angle), repelling, largest, share)
        away = polar_angle(y) if angle == 0 else polar_angle(-y) if angle == math.pi else np.abs(polar_angle(y) - angle)
        near = away <= radius
        mass = float(masses[near].sum())
        if mass > 0:
            rows.append((math.cos(angle), mass, math.sqrt(max(float(masses[near] @ away[near] ** 2), 0.0) / mass)))
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return Clusters.ordered(table[:, :1], table[:, 1], table[:, 2])


def radius_of(angle: float, repelling: Array, largest: float, share: float) -> float:
    """Return the radius of the cluster at a polar angle."""
    return min(largest, share * float(np.min(np.abs(repelling - angle), initial=math.pi)))


def with_spread_at(found: Clusters, axis: Array, latitudes: Array, masses: Array, radius: float) -> Clusters:
    """Return clusters with the spread of the one at an axis from latitudes about it, which know it at any width.

    Parameters
    ----------
    found : Clusters
    axis : Array, shape (d,)
        Direction of the cluster.
    latitudes, masses : Array, shape (n,)
        y = ln tan(θ/2), θ the angle from the axis, and the mass there.
    radius : float
        Of the cluster.
    """
    if not found.count:
        return found
    nearest = int(np.argmax(found.position @ axis))
    wide = found.spread[nearest] > _WIDE  # and then its own center of mass counts, not the axis
    if wide or float(found.position[nearest] @ axis) < math.cos(0.5 * radius):
        return found
    own = of_latitudes(np.zeros(1), np.full(1, math.pi), latitudes, masses, radius, 1.0)
    spread = found.spread.copy()
    spread[nearest] = own.spread[0] if own.count else math.nan
    return replace(found, spread=spread)
