"""Densities in records: to datasets and back, one module for each kind of density, the two directions side by side."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kinetic.charts.density import MercatorDensity
from kinetic.conformal import ConformalDensity
from kinetic.density import Density
from kinetic.label import LabelDensity
from kinetic.mercator.circle import CircleTokenDensity
from kinetic.mercator.sphere import SphereMercatorDensity
from kinetic.record import Record, Variable
from kinetic.snapshots.arcs import pack_arcs, rebuild_arcs
from kinetic.snapshots.cells import pack_cells, rebuild_cells
from kinetic.snapshots.frames import pack_frames, rebuild_frame
from kinetic.snapshots.harmonics import pack_harmonics, rebuild_harmonics
from kinetic.snapshots.labels import pack_labels, rebuild_labels
from kinetic.snapshots.meridian import pack_meridian, rebuild_meridian

_PACKERS: dict[type, Callable[[Any], tuple[Variable, ...]]] = {
    MercatorDensity: pack_meridian,
    CircleTokenDensity: pack_arcs,
    SphereMercatorDensity: pack_cells,
    ConformalDensity: pack_frames,
    LabelDensity: pack_labels,
    Density: pack_harmonics,
}
_MERCATOR: dict[str, Callable[[Record, int], Any]] = {"circle": rebuild_arcs, "sphere": rebuild_cells}


def pack(times: Sequence[float], densities: Sequence[Any]) -> tuple[Variable, ...]:
    """Return the datasets of /density."""
    if not densities:
        return ()
    packed = _PACKERS[type(densities[0])]
    return (Variable("time", np.array(times, dtype=float), ("time",), "1", "time of the snapshot"), *packed(densities))


def rebuild(record: Record, index: int) -> Any:
    """Return the density of one snapshot of a record.

    Raises
    ------
    RecordError
        If the record's densities are not of a kind that this version knows, or contradict themselves.
    """
    chart = record.density_attributes.get("chart")
    if chart == "mercator":
        return _MERCATOR.get(str(record.density_attributes.get("space")), rebuild_meridian)(record, index)
    if chart == "conformal":
        return rebuild_frame(record, index)
    return (rebuild_labels if "token_mass" in record.density_arrays else rebuild_harmonics)(record, index)


__all__ = ["pack", "rebuild"]
