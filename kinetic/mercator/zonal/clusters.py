"""The clusters of an axisymmetric density: latitudes that attract, with the mass that has come near them.

A cluster is a pole that attracts, or a ring between two latitudes that repel.
"""

import math

import numpy as np

from kinetic.attention.attracting import LARGEST, SHARE
from kinetic.charts.latitude import polar_angle
from kinetic.charts.material import MaterialMesh, Selection
from kinetic.clusters import Clusters
from kinetic.clusters.telling import of_latitudes, radius_of
from kinetic.types import Array

_HALVINGS = 16  # what is on the wrong side of a rim: 1e-5 of an element


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
    here, ahead = velocity[turns], velocity[turns + 1]
    share = np.divide(here, here - ahead, out=np.full(here.shape, 0.5), where=here != ahead)
    middles = angles[turns] + share * (angles[turns + 1] - angles[turns])
    falls = outward[turns] > 0
    poles = [angle for angle, sign in ((0.0, -outward[0]), (math.pi, outward[-1])) if sign > 0]
    attracting, repelling = np.append(middles[falls], poles), middles[~falls]
    parts = [mesh]
    for angle in attracting:
        radius = radius_of(float(angle), repelling, LARGEST, SHARE)
        for rim in (angle - radius, angle + radius):
            if 0.0 < rim < math.pi:
                parts = [piece for part in parts for piece in _parted(part, math.log(math.tan(0.5 * rim)))]
    y, masses = (np.concatenate([f(part).ravel() for part in parts]) for f in (_latitudes, _masses))
    return of_latitudes(attracting, repelling, y, masses, LARGEST, SHARE)


def _latitudes(mesh: MaterialMesh) -> Array:
    return mesh.y


def _masses(mesh: MaterialMesh) -> Array:
    return mesh.masses


def _parted(mesh: MaterialMesh, rim: float) -> list[MaterialMesh]:
    """Return a mesh as pieces, the element that holds a rim halved until hardly any of it lies across."""
    pieces = []
    for _ in range(_HALVINGS):
        holds = (mesh.borders[:, 0] < rim) & (rim < mesh.borders[:, 1])
        if not holds.any():
            break
        pieces.append(_chosen(mesh, ~holds))
        mesh = _chosen(mesh, holds).split(np.ones(int(holds.sum()), dtype=bool))
    return [*(piece for piece in pieces if piece.size), mesh]


def _chosen(mesh: MaterialMesh, which: Selection) -> MaterialMesh:
    return MaterialMesh(mesh.element, mesh.y[which], mesh.log_density[which], mesh.log_mass[which])
