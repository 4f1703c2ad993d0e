"""Densities in records: to datasets and back, the two directions side by side."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kinetic.charts.density import MercatorDensity
from kinetic.charts.elements import LARGEST_ORDER, element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.conformal import ConformalDensity
from kinetic.density import Density
from kinetic.errors import RecordError
from kinetic.record import Record, Variable
from kinetic.spaces.circle import Circle
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.types import Array

SPACES: dict[str, Callable[[int, int], Space]] = {
    "circle": lambda degree, _: Circle(degree),
    "sphere": lambda degree, _: Sphere(degree),
    "zonal": Zonal,
}
"""Spaces by the name they have in case files and records, made from degree and dimension."""


def pack(times: Sequence[float], densities: Sequence[Any]) -> tuple[Variable, ...]:
    """Return the datasets of /density."""
    if not densities:
        return ()
    packers: dict[type, Callable[[Any], tuple[Variable, ...]]]
    packers = {MercatorDensity: _pack_tokens, ConformalDensity: _pack_frames, Density: _pack_harmonics}
    packed = packers[type(densities[0])]
    return (Variable("time", np.array(times, dtype=float), ("time",), "1", "time of the snapshot"), *packed(densities))


def _pack_harmonics(densities: Sequence[Density]) -> tuple[Variable, ...]:
    """Return coefficients, every snapshot padded with zeros to the highest degree."""
    highest = max(density.space.degree for density in densities)
    padded = [Density(d.space.at_degree(highest), d.space.resize(d.native, highest)) for d in densities]
    space = padded[0].space
    coefficients = np.array([density.coefficients for density in padded])
    degrees = np.array([density.space.degree for density in densities])
    text = "real coefficients of the density, orthonormal for the uniform probability measure"
    variables = [
        Variable("coefficients", coefficients, ("time", *space.axes), "1", text),
        Variable("degree", degrees, ("time",), "1", "highest degree in use"),
    ]
    if isinstance(space, Zonal):
        moments = np.array([density.native for density in padded])
        text = "normalised moments ∫ P_l(<x, e>) dμ, which high dimension does not drown in rounding"
        variables.append(Variable("moments", moments, ("time", "degree"), "1", text))
    return tuple(variables)


def _pack_frames(densities: Sequence[ConformalDensity]) -> tuple[Variable, ...]:
    """Return coefficients in the frames' variable, and how each frame is boosted and turned."""
    poses = np.array([density.pose for density in densities])
    boost = "rapidity η of the frame: tan(θ/2) = e^{−η} tan(Θ/2) about its axis"
    axis = "pole of the frame (zonal: 1)"
    turn = "the frame's turn: circle, the angle of its pole; sphere, a quaternion (w, x, y, z) from body to space"
    frames = [
        Variable("boost", poses[:, 0], ("time",), "1", boost),
        Variable("axis", np.array([density.axis for density in densities]), ("time", "component"), "1", axis),
    ]
    if poses.shape[1] > 1:
        frames.append(Variable("turn", poses[:, 1:], ("time", "part_of_turn"), "1", turn))
    return (*_pack_harmonics([density.frame for density in densities]), *frames)


def rebuild(record: Record, index: int) -> Density | MercatorDensity | ConformalDensity:
    """Return the density of one snapshot of a record.

    Raises
    ------
    RecordError
        If the record's densities are not of a kind that this version knows, or contradict themselves.
    """
    if record.density_attributes.get("chart") == "mercator":
        return _rebuild_tokens(record, index)
    if record.density_attributes.get("chart") == "conformal":
        return _rebuild_frame(record, index)
    return _rebuild_harmonics(record, index)


def _rebuild_harmonics(record: Record, index: int) -> Density:
    """Return a density from its coefficients."""
    attributes = record.density_attributes
    kind, chart = str(attributes.get("space", "none")), str(attributes.get("chart", "none"))
    try:
        public = record.density_arrays["coefficients"][index]
        full = SPACES[kind](public.shape[-1] - 1, int(attributes["dimension"]))
        degree = int(record.density_arrays["degree"][index])
        native = full.from_public(public)
        if isinstance(full, Zonal):
            native = np.array(record.density_arrays["moments"][index])
        if chart not in ("harmonic", "conformal") or not 1 <= degree <= full.degree or native.size != full.degrees.size:
            raise ValueError(f"chart {chart}, degree {degree}")
    except (KeyError, ValueError, IndexError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} of space {kind} in chart {chart} cannot be read ({error}); "
            "use the version of kinetic that wrote it"
        ) from error
    return Density(full.at_degree(degree), full.resize(native, degree))


def _rebuild_frame(record: Record, index: int) -> ConformalDensity:
    """Return a density of the conformal chart from its coefficients and its frame."""
    frame = _rebuild_harmonics(record, index)
    try:
        turn = record.density_arrays["turn"][index] if frame.space.kind != "zonal" else np.zeros(0)
        pose = np.append(record.density_arrays["boost"][index], turn)
        if pose.size != {"zonal": 1, "circle": 2, "sphere": 5}[frame.space.kind] or not np.all(np.isfinite(pose)):
            raise ValueError(f"frame {pose.tolist()}")
    except (KeyError, ValueError, IndexError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} in the conformal chart cannot be read ({error}); use the version of "
            "kinetic that wrote it"
        ) from error
    return ConformalDensity(frame, pose)


def _pack_tokens(densities: Sequence[MercatorDensity]) -> tuple[Variable, ...]:
    """Return the tokens of the Mercator chart, element after element, padded with NaN to the largest mesh."""
    most = max(density.mesh.y.size for density in densities)

    def padded(values: Callable[[MaterialMesh], Array]) -> Array:
        rows = [np.pad(values(d.mesh).ravel(), (0, most - d.mesh.y.size), constant_values=np.nan) for d in densities]
        return np.array(rows)

    def numbers(values: Callable[[MercatorDensity], Any]) -> Any:
        return np.array([values(density) for density in densities])

    tokens, poles = ("time", "token"), ("time", "pole")
    nodes = "y = ln tan(θ/2) of the tokens at the Gauss points of each element, from θ = 0 to θ = π"
    limits = "G at θ = 0 and θ = π: beyond the mesh ln ρ = G − a|y|"
    return (
        Variable("nodes", padded(lambda mesh: mesh.y), tokens, "1", nodes),
        Variable("log_density", padded(lambda mesh: mesh.log_density), tokens, "1", "ln ρ at the nodes"),
        Variable("log_mass", padded(lambda mesh: mesh.log_mass), tokens, "1", "ln dμ/dξ, ξ from 0 to 1 in an element"),
        Variable("elements", numbers(lambda d: d.mesh.size), ("time",), "1", "number of elements"),
        Variable("element_order", numbers(lambda d: d.mesh.element.order), ("time",), "1", "their polynomial degree"),
        Variable("pole_constant", numbers(lambda d: d.poles), poles, "1", limits),
        Variable("pole_exponent", numbers(lambda d: d.exponents), poles, "1", "a; infinite: no mass beyond the mesh"),
    )


def _rebuild_tokens(record: Record, index: int) -> MercatorDensity:
    """Return a density of the Mercator chart from its tokens."""
    arrays = record.density_arrays
    try:
        dimension = int(record.density_attributes["dimension"])
        elements, order = int(arrays["elements"][index]), int(arrays["element_order"][index])
        if elements < 1 or not 1 <= order <= LARGEST_ORDER or dimension < 2:
            raise ValueError(f"{elements} elements of order {order} in dimension {dimension}")
        shape = (elements, order + 1)
        names = ("nodes", "log_density", "log_mass")
        fields = [np.array(arrays[name][index][: elements * (order + 1)]).reshape(shape) for name in names]
        poles, exponents = (np.array(arrays[f"pole_{name}"][index]) for name in ("constant", "exponent"))
        if not np.all(np.isfinite(fields)) or poles.shape != (2,) or exponents.shape != (2,):
            raise ValueError("tokens that are not numbers, or not two poles")
    except (KeyError, ValueError, IndexError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} in the Mercator chart cannot be read ({error}); use the version of "
            "kinetic that wrote it"
        ) from error
    return MercatorDensity(MaterialMesh(element_of_order(order), *fields), dimension, poles, exponents)
