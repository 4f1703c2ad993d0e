"""The clusters of an axisymmetric density: latitudes that attract, with the mass that has come near them.

A cluster is a pole that attracts, or a ring between two latitudes that repel. Its radius is a quarter of the angle to
the nearest latitude that repels, at most `LARGEST`.
"""

import math

import numpy as np

from kinetic.charts.latitude import polar_angle
from kinetic.charts.material import MaterialMesh
from kinetic.clusters import Clusters
from kinetic.types import Array

LARGEST = 0.3
SHARE = 0.25


def clusters_of(mesh: MaterialMesh, velocity: Array) -> Clusters:
    """Return the clusters of the tokens of a mesh.

    Parameters
    ----------
    mesh : MaterialMesh
    velocity : Array, shape (n + 2,)
        ẏ at the pole θ = 0, at all tokens, and at the pole θ = π.
    """
    y = mesh.y.ravel()
    outward = np.sign(velocity)
    outward[outward == 0] = 1.0
    turns = np.flatnonzero(outward[:-1] != outward[1:])
    angles = np.concatenate([[0.0], polar_angle(y), [math.pi]])
    middles = 0.5 * (angles[turns] + angles[turns + 1])
    falls = outward[turns] > 0
    attracting = middles[falls]
    if outward[0] < 0:
        attracting = np.append(attracting, 0.0)
    if outward[-1] > 0:
        attracting = np.append(attracting, math.pi)
    rows = [_row(mesh, float(angle), middles[~falls]) for angle in attracting]
    table = np.array([row for row in rows if row[1] > 0]).reshape(-1, 3)
    return Clusters.ordered(np.cos(table[:, :1]), table[:, 1], table[:, 2])


def _row(mesh: MaterialMesh, angle: float, repelling: Array) -> tuple[float, float, float]:
    """Return the angle, the mass and the root-mean-square distance of what is near a latitude that attracts."""
    radius = min(LARGEST, SHARE * float(np.min(np.abs(repelling - angle), initial=math.pi)))
    y, masses = mesh.y.ravel(), mesh.masses.ravel()
    # of a pole in relative accuracy: θ, or π − θ
    away = polar_angle(y) if angle == 0 else polar_angle(-y) if angle == math.pi else np.abs(polar_angle(y) - angle)
    near = away <= radius
    mass = float(masses[near].sum())
    return angle, mass, math.sqrt(float(masses[near] @ away[near] ** 2) / mass) if mass > 0 else math.nan
