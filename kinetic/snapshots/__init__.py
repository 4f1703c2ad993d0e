"""Densities in records: to datasets and back, one module for each kind of density, the two directions side by side."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kinetic.charts.density import MercatorDensity
from kinetic.clusters.density import CloudDensity
from kinetic.conformal import ConformalDensity
from kinetic.density import Density
from kinetic.mercator.circle import CircleTokenDensity
from kinetic.mercator.circle.several.density import CircleClusterDensity
from kinetic.mercator.several import SeveralDensity
from kinetic.mercator.sphere import SphereMercatorDensity
from kinetic.normed import NormedDensity
from kinetic.record import Record, Variable
from kinetic.snapshots.arcs import pack_arcs, rebuild_arcs
from kinetic.snapshots.cells import pack_cells, rebuild_cells
from kinetic.snapshots.clouds import pack_clouds, rebuild_clouds
from kinetic.snapshots.frames import pack_frames, rebuild_frame
from kinetic.snapshots.gaps import pack_gaps, rebuild_gaps
from kinetic.snapshots.harmonics import pack_harmonics, rebuild_harmonics
from kinetic.snapshots.meridian import pack_meridian, rebuild_meridian
from kinetic.snapshots.normed import pack_normed, rebuild_normed
from kinetic.snapshots.several import pack_several, rebuild_several
from kinetic.types import Integers

_PACKERS: dict[type, Callable[[Any], tuple[Variable, ...]]] = {
    MercatorDensity: pack_meridian,
    CircleTokenDensity: pack_arcs,
    CircleClusterDensity: pack_gaps,
    SphereMercatorDensity: pack_cells,
    SeveralDensity: pack_several,
    CloudDensity: pack_clouds,
    ConformalDensity: pack_frames,
    NormedDensity: pack_normed,
    Density: pack_harmonics,
}
_MERCATOR: dict[str, Callable[[Record, int], Any]] = {"circle": rebuild_arcs, "sphere": rebuild_cells}


_FORMS: dict[type, int] = {SeveralDensity: 1, CloudDensity: 2, CircleClusterDensity: 3}
"""Bodies that a density takes when it becomes several clusters, by number: 0 is the chart's own."""

_REBUILT: dict[int, Callable[[Record, int], Any]] = {
    1: rebuild_several,
    2: rebuild_clouds,
    3: rebuild_gaps,
}


def pack(times: Sequence[float], densities: Sequence[Any]) -> tuple[Variable, ...]:
    """Return the datasets of /density.

    Of densities with different bodies each body has its own arrays, NaN (−1 in counts) in the rows of the others.
    """
    if not densities:
        return ()
    time = Variable("time", np.array(times, dtype=float), ("time",), "1", "time of the snapshot")
    forms = np.array([_FORMS.get(type(density), 0) for density in densities])
    if not forms.any():
        return (time, *_PACKERS[type(densities[0])](densities))
    parts = []
    for form in np.unique(forms):
        rows = np.flatnonzero(forms == form).astype(np.int64)
        own = [densities[int(row)] for row in rows]
        parts.append((rows, _PACKERS[type(own[0])](own)))
    meaning = "body of the density: 0 the chart's own, 1 cells and clusters, 2 clusters alone, 3 arcs and clusters"
    return (time, Variable("form", forms, ("time",), "1", meaning), *_together(parts, len(densities)))


def _together(parts: list[tuple[Integers, tuple[Variable, ...]]], count: int) -> list[Variable]:
    """Return the variables of several bodies, each over all snapshots, axes of one name of one length."""
    lengths: dict[str, int] = {"time": count}
    for _, variables in parts:
        for variable in variables:
            for dim, length in zip(variable.dims[1:], variable.values.shape[1:], strict=True):
                lengths[dim] = max(lengths.get(dim, 0), length)
    found: dict[str, Variable] = {}
    for rows, variables in parts:
        for variable in variables:
            counts = np.issubdtype(variable.values.dtype, np.integer)
            blank = np.full([lengths[dim] for dim in variable.dims], -1 if counts else np.nan, variable.values.dtype)
            target = found.setdefault(variable.name, replace(variable, values=blank)).values
            own: tuple[Any, ...] = (rows, *(slice(length) for length in variable.values.shape[1:]))
            target[own] = variable.values
    return list(found.values())


def rebuild(record: Record, index: int) -> Any:
    """Return the density of one snapshot of a record.

    Raises
    ------
    RecordError
        If the record's densities are not of a kind that this version knows, or contradict themselves.
    """
    chart = record.density_attributes.get("chart")
    form = int(record.density_arrays["form"][index]) if "form" in record.density_arrays else 0
    if form in _REBUILT:
        return _REBUILT[form](record, index)
    if chart == "mercator":
        return _MERCATOR.get(str(record.density_attributes.get("space")), rebuild_meridian)(record, index)
    if chart == "conformal":
        return rebuild_frame(record, index)
    return (rebuild_normed if "token_mass" in record.density_arrays else rebuild_harmonics)(record, index)


__all__ = ["pack", "rebuild"]
