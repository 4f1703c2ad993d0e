"""The clusters of an axisymmetric density: latitudes that attract, with the mass that has come near them.

A cluster is a pole that attracts, or a ring between two latitudes that repel.
"""

import math

import numpy as np

from kinetic.attention.attracting import LARGEST, SHARE
from kinetic.charts.elements import Element, labels_of
from kinetic.charts.latitude import polar_angle
from kinetic.charts.material import MaterialMesh
from kinetic.clusters import Clusters
from kinetic.clusters.telling import of_latitudes, radius_of
from kinetic.types import Array

_GRADED = 0.5 ** np.arange(9)


def clusters_of(mesh: MaterialMesh, velocity: Array) -> Clusters:
    """Return the clusters of the tokens of a mesh.

    Parameters
    ----------
    mesh : MaterialMesh
    velocity : Array, shape (n + 2,)
        ẏ at the pole θ = 0, at all tokens, and at the pole θ = π.
    """
    outward = np.sign(velocity)
    outward[outward == 0] = 1.0
    turns = np.flatnonzero(outward[:-1] != outward[1:])
    angles = np.concatenate([[0.0], polar_angle(mesh.y.ravel()), [math.pi]])
    here, ahead = velocity[turns], velocity[turns + 1]
    share = np.divide(here, here - ahead, out=np.full(here.shape, 0.5), where=here != ahead)
    middles = angles[turns] + share * (angles[turns + 1] - angles[turns])
    falls = outward[turns] > 0
    poles = [angle for angle, sign in ((0.0, -outward[0]), (math.pi, outward[-1])) if sign > 0]
    attracting, repelling = np.append(middles[falls], poles), middles[~falls]
    y, log_mass = mesh.y, mesh.log_mass
    for angle in attracting:
        radius = radius_of(float(angle), repelling, LARGEST, SHARE)
        for rim in (angle - radius, angle + radius):
            if 0.0 < rim < math.pi:
                y, log_mass = _cut(mesh.element, y, log_mass, math.log(math.tan(0.5 * rim)))
    masses = np.exp(log_mass) * mesh.element.weights
    return of_latitudes(attracting, repelling, y.ravel(), masses.ravel(), LARGEST, SHARE)


def _cut(element: Element, y: Array, log_mass: Array, rim: float) -> tuple[Array, Array]:
    """Return y and ln dμ/dξ of elements, shape (elements, order + 1), the one that holds a rim cut there.

    Its pieces grow twofold away from the rim: in high dimension what is within one may be all but nothing, and lie next
    to the rim.
    """
    borders = y @ element.ends.T
    holds = (borders[:, 0] < rim) & (rim < borders[:, 1])
    if not holds.any():
        return y, log_mass
    index = int(np.argmax(holds))
    label = float(labels_of(element, y[[index]], np.array([rim]))[0])
    edges = np.unique(np.concatenate([label * (1.0 - _GRADED), [label], label + (1.0 - label) * _GRADED]))
    widths = np.diff(edges)[:, None]
    rows = element.tabulate((edges[:-1, None] + widths * element.points).ravel())
    pieces = (rows @ np.stack([y[index], log_mass[index]], axis=1)).reshape(-1, element.order + 1, 2)
    return (
        np.concatenate([np.delete(y, index, axis=0), pieces[..., 0]]),
        np.concatenate([np.delete(log_mass, index, axis=0), pieces[..., 1] + np.log(widths)]),
    )
