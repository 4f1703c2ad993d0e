"""All snapshots as one VTKHDF file, which ParaView (5.12 and later) and vtk (9.3 and later) open as a time series.

Layout (VTKHDF 2.0, PolyData): the points and cells of one mesh, and of every field the snapshots one after another;
`Steps/PointDataOffsets` says where each begins. Responsible for this layout. Refuses to know densities.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kinetic.types import Array, Integers

_KINDS = ("Polygons", "Vertices", "Lines", "Strips")  # readers require all four, empty ones too


@dataclass(frozen=True)
class Geometry:
    """Surface or lines on which fields are written.

    Parameters
    ----------
    points : Array, shape (n, 3)
    kind : {"Polygons", "Lines"}
    connectivity, offsets : Integers
        Cell c has the points connectivity[offsets[c]:offsets[c + 1]].
    """

    points: Array
    kind: str
    connectivity: Integers
    offsets: Integers


def line(points: Array, *, closed: bool) -> Geometry:
    """Return the geometry of one polygonal line through points in the plane, shape (n, 2)."""
    count = len(points)
    order = np.append(np.arange(count), 0) if closed else np.arange(count)
    space = np.concatenate([points, np.zeros((count, 1))], axis=1)
    return Geometry(space, "Lines", order, np.array([0, order.size]))


def write(
    path: Path, geometry: Geometry, times: Array, steps: Iterable[Mapping[str, Array]], texts: Mapping[str, str]
) -> None:
    """Write the file.

    Parameters
    ----------
    path : pathlib.Path
    geometry : Geometry
        Of n points, the same at all times.
    times : Array, shape (K,)
    steps : iterable of mapping
        K times the fields by name, shape (n,) or (n, 3).
    texts : mapping
        Datasets beside the VTK group, which readers pass over: where the data come from.

    **Cost** The memory of one step.
    """
    with h5py.File(path, "w") as file:
        for name, text in texts.items():
            file[name] = text.replace("\0", "")  # an attribute could not hold a long case
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = np.array([2, 0], dtype=np.int64)
        root.attrs.create("Type", np.bytes_("PolyData"))  # of fixed length: readers refuse the variable one
        count = len(geometry.points)
        root["NumberOfPoints"] = np.array([count], dtype=np.int64)
        root["Points"] = geometry.points
        for kind in _KINDS:
            _write_cells(root.create_group(kind), geometry if kind == geometry.kind else None)
        data = root.create_group("PointData")
        for k, fields in enumerate(steps):
            for name, values in fields.items():
                if k == 0:
                    _create(data, name, len(times), values)
                data[name][k * count : (k + 1) * count] = values
        _write_steps(root.create_group("Steps"), times, count, list(data))


def _write_cells(group: h5py.Group, geometry: Geometry | None) -> None:
    """Write the cells of one kind, none where there is no geometry of it."""
    empty = np.zeros(0, dtype=np.int64)
    connectivity = empty if geometry is None else geometry.connectivity
    offsets = np.zeros(1, dtype=np.int64) if geometry is None else geometry.offsets
    group["NumberOfCells"] = np.array([offsets.size - 1], dtype=np.int64)
    group["NumberOfConnectivityIds"] = np.array([connectivity.size], dtype=np.int64)
    group["Offsets"] = offsets.astype(np.int64)
    group["Connectivity"] = connectivity.astype(np.int64)


def _create(group: h5py.Group, name: str, steps: int, values: Array) -> None:
    """Make room for all steps of a field, a step a chunk."""
    shape: tuple[Any, ...] = (steps * values.shape[0], *values.shape[1:])
    group.create_dataset(
        name, shape, dtype=np.float64, chunks=values.shape, compression="gzip", compression_opts=1, shuffle=True
    )


def _write_steps(group: h5py.Group, times: Array, count: int, names: list[str]) -> None:
    """Say where the data of every step begin: geometry always at 0, fields after those of the steps before."""
    steps = len(times)
    group.attrs["NSteps"] = np.int64(steps)
    group["Values"] = np.asarray(times, dtype=float)
    group["NumberOfParts"] = np.ones(steps, dtype=np.int64)
    for name in ("PartOffsets", "PointOffsets"):
        group[name] = np.zeros(steps, dtype=np.int64)
    for name in ("CellOffsets", "ConnectivityIdOffsets"):
        group[name] = np.zeros((steps, len(_KINDS)), dtype=np.int64)
    offsets = group.create_group("PointDataOffsets")
    for name in names:
        offsets[name] = count * np.arange(steps, dtype=np.int64)
