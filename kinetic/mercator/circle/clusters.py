"""The clusters of a density in the chart about one cluster: points that attract, with the mass that has come near."""

import math

import numpy as np
from scipy import fft

from kinetic.charts.patches import Selection
from kinetic.clusters import Clusters
from kinetic.geometry import on_circle
from kinetic.mercator.circle.field import Drift
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.mercator.circle.several.absorbing import LARGEST, SHARE, wrapped
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.observing import cut_at
from kinetic.types import Array

_SCAN = 1024
_STEPS = 5  # Newton's, from an error of 3e-3


def standing(mesh: CircleMesh, pole: float, drift: Drift) -> Clusters:
    """Return the clusters: those within r_c of a point that attracts, a quarter of the way to what repels.

    Parameters
    ----------
    mesh : CircleMesh
    pole : float
        Its angle.
    drift : Drift
        X about the pole.
    """
    arcs = Arcs(mesh.cell, np.unwrap(mesh.angles, axis=1), mesh.log_mass)
    angles, falls = _zeros(drift)
    attracting, repelling = angles[falls], angles[~falls]
    rows = []
    for center in attracting:
        radius = min(LARGEST, SHARE * float(np.min(np.abs(wrapped(repelling - center)), initial=math.pi)))
        own = arcs
        for rim in (center - radius, center + radius):
            own = cut_at(own, float(rim))
        own = own.kept(np.abs(wrapped(own.borders.mean(axis=1) - center)) < radius)
        mass = own.mass
        if mass > 0:
            # of the cluster about the pole angles as they are, which are relatively accurate
            base = 0.0 if abs(wrapped(center)) < radius else float(center)
            away, masses = wrapped(own.angle - base).ravel(), own.masses.ravel()
            mean = float(masses @ away) / mass
            spread = math.sqrt(float(masses @ (away - mean) ** 2) / mass)
            rows.append((pole + base + mean, mass, spread))
    table = np.array(rows).reshape(-1, 3)
    position = on_circle(table[:, 0])
    return Clusters.ordered(position, table[:, 1], table[:, 2])


def signs_change(drift: Drift, side: float) -> tuple[Array, Array]:
    """Return the ends of the intervals of a scan in which X falls (side = 1) or rises through zero."""
    values = side * fft.irfft(drift.velocity, _SCAN, norm="forward")
    at = np.flatnonzero((values > 0) & (np.roll(values, -1) <= 0))
    step = 2.0 * math.pi / _SCAN
    return np.asarray(at * step), np.asarray((at + 1.0) * step)


def _zeros(drift: Drift) -> tuple[Array, Selection]:
    """Return the angles from the pole, in [0, 2π), where X passes zero, and at which it falls."""
    ends = [signs_change(drift, side) for side in (1.0, -1.0)]
    low, high = (np.concatenate(side) for side in zip(*ends, strict=True))
    angles = 0.5 * (low + high)
    for _ in range(_STEPS if angles.size else 0):
        value, slope = drift.at(angles)
        move = np.divide(value, slope, out=np.zeros_like(value), where=slope != 0.0)
        angles = np.minimum(np.maximum(angles - move, low), high)
    return np.asarray(angles), np.arange(angles.size) < ends[0][0].size
