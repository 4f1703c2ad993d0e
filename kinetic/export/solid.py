"""Records as things in space for VTK: a closed surface, a closed circle, or a meridian.

Responsible for what is drawn where, and for vectors in three components. Refuses to know the layout of the file.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinetic.export import vtkhdf
from kinetic.export.mesh import MeridianMesh, Mesh, SphereMesh
from kinetic.export.snapshots import Snapshots, texts
from kinetic.types import Array

_NAMES = {"density": "density", "potential": "potential", "drift": "velocity"}
"""Names of the fields in VTK files."""


def write(path: Path, snapshots: Snapshots) -> None:
    """Write every snapshot on a surface or a line in space."""
    geometry, spread = _drawn(snapshots.mesh)
    steps = ({_NAMES[name]: spread(name, values) for name, values in found.items()} for found in snapshots)
    vtkhdf.write(path, geometry, snapshots.evidence.snapshot_times, steps, texts(snapshots))


def _drawn(mesh: Mesh) -> tuple[vtkhdf.Geometry, Callable[[str, Array], Array]]:
    """Return the geometry, and the function that brings a field onto its points, vectors with three components."""
    match mesh:
        case SphereMesh():
            return _surface(mesh), lambda _, values: mesh.surface(values)
        case MeridianMesh(dimension=3):
            revolved = SphereMesh(mesh.intervals)
            return _surface(revolved), lambda _, values: revolved.surface(_revolved(values, revolved))
        case MeridianMesh():
            theta = mesh.sites
            arc = vtkhdf.line(np.stack([np.sin(theta), np.cos(theta)], axis=-1), closed=False)
            along = np.stack([np.cos(theta), -np.sin(theta)], axis=-1)
            return arc, lambda _, values: values if values.ndim == 1 else _in_space(values * along)
    return vtkhdf.line(mesh.sites, closed=True), lambda _, values: _in_space(values)


def _surface(mesh: SphereMesh) -> vtkhdf.Geometry:
    """Return the closed surface of a mesh of S²."""
    return vtkhdf.Geometry(mesh.surface(mesh.points), "Polygons", *mesh.cells)


def _in_space(values: Array) -> Array:
    """Return vectors of the plane with a third component 0; numbers as they are."""
    return values if values.ndim == 1 else np.concatenate([values, np.zeros((len(values), 1))], axis=1)


def _revolved(values: Array, mesh: SphereMesh) -> Array:
    """Return a function of θ, or a field along θ, at every point of a mesh of S² around the axis (0, 0, 1)."""
    if values.ndim == 1:
        return np.broadcast_to(values[:, None], mesh.points.shape[:2])
    return values[:, None, :] * mesh.southward
