"""Records as fields over angles for netCDF, with coordinates, units and quadrature weights.

Responsible for names, axes and attributes. Refuses to know the bytes of the file.
"""

import math
from pathlib import Path

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.export import netcdf
from kinetic.export.mesh import SphereMesh, circle, latitude_weights, meridian
from kinetic.export.snapshots import Snapshots, sample_points, texts
from kinetic.pair_law import BINS, laws_of, pairs_of_record
from kinetic.types import Array

_SCALARS = {
    "density": {"long_name": "density of tokens with respect to the uniform probability measure", "units": "1"},
    "potential": {"long_name": "potential whose gradient is the drift before normalization", "units": "1"},
}
_LABEL = {"long_name": "position of a token in (0, 1], or its rotation rate per unit of time", "units": "1"}
_NUMBER = {"long_name": "number of a token's rotation, label_rotation", "units": "1"}
_LABEL_WEIGHT = {"long_name": "share of the tokens that a label stands for", "units": "1"}
_WEIGHT = {"long_name": "probability that a point stands for: weight times density adds up to 1", "units": "1"}
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
    evidence, resolution = snapshots.evidence, snapshots.resolution
    axes = _axes(evidence, resolution)
    dims = ("time", *(axis.name for axis in axes if axis.name in axis.dims))
    points = math.prod(axis.values.size for axis in axes if axis.name in axis.dims)
    netcdf.require_room(evidence.snapshot_times.size, points)
    found = list(snapshots)
    time = netcdf.Variable(
        "time", ("time",), evidence.snapshot_times, {"long_name": "dimensionless time", "units": "1", "axis": "T"}
    )
    stacked = {name: np.stack([fields[name] for fields in found]) for name in snapshots.shapes}
    scalars = [netcdf.Variable(name, dims, stacked[name], _SCALARS[name]) for name in _SCALARS if name in stacked]
    drift = _drift_components(evidence, resolution, stacked["drift"], dims) if "drift" in stacked else []
    return (time, *axes, *scalars, *drift, *_by_label(evidence, resolution, dims, points), *_pairs(evidence))


def _by_label(evidence: Evidence, resolution: int, dims: tuple[str, ...], points: int) -> tuple[netcdf.Variable, ...]:
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
    where = sample_points(evidence.kind, resolution)
    at = np.cos(where) if evidence.kind == "zonal" else where
    values = np.stack([[one.values(at) for one in evidence.by_label(i)] for i in range(count)])
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


def _axes(evidence: Evidence, resolution: int) -> tuple[netcdf.Variable, ...]:
    """Return the coordinates of a space and the quadrature weights of its points."""
    if evidence.kind == "sphere":
        return _latitude_longitude(SphereMesh(resolution))
    if evidence.kind == "circle":
        angles, name, meaning = circle(resolution), "angle", "angle on the circle"
        weights = np.full(angles.size, 1.0 / angles.size)
    else:
        angles, name, meaning = meridian(resolution), "theta", "angle to the axis of symmetry"
        weights = latitude_weights(resolution, evidence.d)
    attributes = {"long_name": meaning, "units": "radian"}
    return netcdf.Variable(name, (name,), angles, attributes), netcdf.Variable("weight", (name,), weights, _WEIGHT)


def _latitude_longitude(mesh: SphereMesh) -> tuple[netcdf.Variable, ...]:
    """Return latitude from the north, longitude from 0, and the weight of a point."""
    latitudes = np.degrees(0.5 * np.pi - mesh.colatitudes)
    return (
        netcdf.Variable("lat", ("lat",), latitudes, _coordinate("latitude", "degrees_north", "Y")),
        netcdf.Variable("lon", ("lon",), np.degrees(mesh.longitudes), _coordinate("longitude", "degrees_east", "X")),
        netcdf.Variable("weight", ("lat",), mesh.weights, _WEIGHT),
    )


def _coordinate(name: str, units: str, axis: str) -> dict[str, str]:
    """Return the CF attributes of a coordinate."""
    return {"standard_name": name, "long_name": name, "units": units, "axis": axis}


def _rotation(rotations: Array) -> tuple[netcdf.Variable, ...]:
    """Return the Cartesian components of angular velocities, one variable each."""
    about = "component of the angular velocity of a token's own rotation (radians per unit of time)"
    return tuple(
        netcdf.Variable(f"label_rotation_{name}", ("label",), column, {"long_name": f"{name} {about}", "units": "1"})
        for name, column in zip("xyz", rotations.T, strict=True)
    )


def _drift_components(
    evidence: Evidence, resolution: int, drift: Array, dims: tuple[str, ...]
) -> list[netcdf.Variable]:
    """Return the components of the drift along the coordinates."""
    if evidence.kind == "sphere":
        mesh = SphereMesh(resolution)
        pairs = {
            "drift_eastward": np.vecdot(drift, mesh.eastward),
            "drift_northward": -np.vecdot(drift, mesh.southward),
        }
    elif evidence.kind == "circle":
        angles = circle(resolution)
        pairs = {"drift": np.vecdot(drift, np.stack([-np.sin(angles), np.cos(angles)], axis=-1))}
    else:
        pairs = {"drift": drift[..., 0]}
    way = {"drift_eastward": "eastward ", "drift_northward": "northward "}
    return [
        netcdf.Variable(name, dims, values, {"long_name": way.get(name, "") + _DRIFT, "units": "1"})
        for name, values in pairs.items()
    ]
