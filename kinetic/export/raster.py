"""Records as fields over angles for netCDF, with coordinates, units and quadrature weights.

Responsible for names, axes and attributes. Refuses to know the bytes of the file.
"""

import math
from pathlib import Path

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.export import netcdf
from kinetic.export.mesh import Mesh
from kinetic.export.snapshots import Snapshots, texts
from kinetic.pair_law import BINS, laws_of, pairs_of_record
from kinetic.types import Array

_SCALARS = {
    "density": {"long_name": "density of tokens with respect to the uniform probability measure", "units": "1"},
    "potential": {"long_name": "potential whose gradient is the drift before normalization", "units": "1"},
}
_LABEL = {"long_name": "position of a token in (0, 1], or its rotation rate per unit of time", "units": "1"}
_NUMBER = {"long_name": "number of a token's rotation, label_rotation", "units": "1"}
_LABEL_WEIGHT = {"long_name": "share of the tokens that a label stands for", "units": "1"}
_WEIGHT = {
    "long_name": "probability that a point stands for: times density it adds up to 1 where points resolve that",
    "units": "1",
}
_PAIRS = {"long_name": "mass of pairs of tokens with <x, y> in a bin, from the density's moments", "units": "1"}
_PAIRS_ERROR = {"long_name": "how far a mass of pair_histogram may be off", "units": "1"}
_ROWS_PAIRS = {"long_name": "share of the pairs of the rows that the run began with", "units": "1"}
_DRIFT = "drift of a token, radians per unit of dimensionless time"


def write(path: Path, snapshots: Snapshots) -> None:
    """Write every snapshot over the angles of its space."""
    found = variables(snapshots)
    netcdf.write(path, found, texts(snapshots))


def variables(snapshots: Snapshots) -> tuple[netcdf.Variable, ...]:
    """Return every snapshot over the angles of its space: coordinates, weights, fields, and the law of pairs.

    Raises
    ------
    DomainError
        If a field does not fit into a file.
    """
    evidence, mesh = snapshots.evidence, snapshots.mesh
    axes = [netcdf.Variable(axis.name, (axis.name,), axis.values, axis.attributes) for axis in mesh.coordinates]
    dims = ("time", *(axis.name for axis in axes))
    points = math.prod(axis.values.size for axis in axes)
    netcdf.require_room(evidence.snapshot_times.size, points)
    found = list(snapshots)
    time = netcdf.Variable(
        "time", ("time",), evidence.snapshot_times, {"long_name": "dimensionless time", "units": "1", "axis": "T"}
    )
    stacked = {name: np.stack([fields[name] for fields in found]) for name in snapshots.shapes}
    scalars = [netcdf.Variable(name, dims, stacked[name], _SCALARS[name]) for name in _SCALARS if name in stacked]
    weight = netcdf.Variable("weight", (dims[1],), mesh.weights, _WEIGHT)
    drift = _drift_components(mesh, stacked["drift"], dims) if "drift" in stacked else []
    return (time, *axes, weight, *scalars, *drift, *_by_label(evidence, mesh, dims, points), *_pairs(evidence))


def _by_label(evidence: Evidence, mesh: Mesh, dims: tuple[str, ...], points: int) -> tuple[netcdf.Variable, ...]:
    """Return labels, and the density of each at every snapshot; nothing where tokens have none.

    Raises
    ------
    DomainError
        If the densities of all labels do not fit into a file.
    """
    if evidence.case.label is None:
        return ()
    count = evidence.snapshot_times.size
    arrays = evidence.record.density_arrays
    netcdf.require_room(count * arrays["label"].size, points)
    values = np.stack([[one.values(mesh.arguments) for one in evidence.by_label(i)] for i in range(count)])
    rotations = arrays.get("label_rotation")
    turning = () if rotations is None else _rotation(rotations)
    return (
        netcdf.Variable("label", ("label",), arrays["label"], _LABEL if rotations is None else _NUMBER),
        *turning,
        netcdf.Variable("label_weight", ("label",), arrays["label_weight"], _LABEL_WEIGHT),
        netcdf.Variable("density_by_label", (dims[0], "label", *dims[1:]), values, _SCALARS["density"]),
    )


def _pairs(evidence: Evidence) -> tuple[netcdf.Variable, ...]:
    """Return the law of <x, y> over pairs at every snapshot, and the rows' own; nothing where no snapshot gives it."""
    laws = laws_of(evidence.density(i) for i in range(evidence.snapshot_times.size))
    if all(law is None for law in laws):
        return ()
    blank = np.full(BINS, np.nan)
    masses = np.stack([blank if law is None else law.masses for law in laws])
    centers = next(law.centers for law in laws if law is not None)
    errors = np.array([np.nan if law is None else law.error for law in laws])
    found = [
        netcdf.Variable("cosine", ("cosine",), centers, {"long_name": "middle of a bin of <x, y>", "units": "1"}),
        netcdf.Variable("pair_histogram", ("time", "cosine"), masses, _PAIRS),
        netcdf.Variable("pair_histogram_error", ("time",), errors, _PAIRS_ERROR),
    ]
    own = pairs_of_record(evidence.record)
    return (*found, *([] if own is None else [netcdf.Variable("rows_pair_histogram", ("cosine",), own, _ROWS_PAIRS)]))


def _rotation(rotations: Array) -> tuple[netcdf.Variable, ...]:
    """Return the Cartesian components of angular velocities, one variable each."""
    about = "component of the angular velocity of a token's own rotation (radians per unit of time)"
    return tuple(
        netcdf.Variable(f"label_rotation_{name}", ("label",), column, {"long_name": f"{name} {about}", "units": "1"})
        for name, column in zip("xyz", rotations.T, strict=True)
    )


def _drift_components(mesh: Mesh, drift: Array, dims: tuple[str, ...]) -> list[netcdf.Variable]:
    """Return the components of the drift along the coordinates."""
    way = {"drift_eastward": "eastward ", "drift_northward": "northward "}
    return [
        netcdf.Variable(name, dims, values, {"long_name": way.get(name, "") + _DRIFT, "units": "1"})
        for name, values in mesh.components(drift).items()
    ]
