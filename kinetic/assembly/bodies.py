"""The bodies of a density by name, and their way into records and back.

A record names its bodies in an attribute of its densities (`bodies`), and where a run has passed from one to another,
the array `form` says which of them each snapshot has. Records of versions without that attribute are read by the table
`_UNNAMED` and the chart. A body is imported when a density has it: a run loads its own chart alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from kinetic.density import Body, Stored
from kinetic.errors import RecordError
from kinetic.record import Record, Scalar
from kinetic.types import Integers
from kinetic.variable import Variable

BODIES = {
    "series": "kinetic.density:Density",
    "frame": "kinetic.conformal:ConformalDensity",
    "meridian": "kinetic.mercator.zonal.density:MercatorDensity",
    "circle_cells": "kinetic.mercator.circle:CircleTokenDensity",
    "sphere_cells": "kinetic.mercator.sphere:SphereMercatorDensity",
    "arcs_and_clusters": "kinetic.mercator.circle.several.density:CircleClusterDensity",
    "cells_and_clusters": "kinetic.mercator.several:SeveralDensity",
    "clusters": "kinetic.clusters.density:CloudDensity",
    "tokens_with_norms": "kinetic.normed:NormedDensity",
    "labels": "kinetic.label:LabelledDensity",
    "tokens_on_cells": "kinetic.normed.common_noise:StirredDensity",
}
"""Every body of a density, by the name that records give it: module and class."""

_UNNAMED = ("", "cells_and_clusters", "clusters", "arcs_and_clusters")
"""Bodies by the number that records without names give them; 0 is the chart's own."""

_CHARTS = {
    ("mercator", "circle"): "circle_cells",
    ("mercator", "sphere"): "sphere_cells",
    ("mercator", "zonal"): "meridian",
}
"""The body of a chart and a space in records without names."""


def body_named(name: str) -> type[Body]:
    """Return the class of a body by its name in `BODIES`."""
    module, _, given = BODIES[name].partition(":")
    found: type[Body] = getattr(import_module(module), given)
    return found


def names_of(densities: Sequence[Body]) -> tuple[str, ...]:
    """Return the names of the bodies that densities have, in the order in which they first appear."""
    return tuple(dict.fromkeys(density.body for density in densities))


def pack(times: Sequence[float], densities: Sequence[Body]) -> tuple[tuple[Variable, ...], dict[str, Scalar]]:
    """Return the datasets of /density and the attribute that names their bodies.

    Of densities with different bodies each body has its own arrays, NaN (−1 in counts) in the rows of the others.
    """
    if not densities:
        return (), {}
    time = Variable("time", np.array(times, dtype=float), ("time",), "1", "time of the snapshot")
    names = names_of(densities)
    named: dict[str, Scalar] = {"bodies": ", ".join(names)}
    if len(names) == 1:
        return (time, *body_named(names[0]).packed(densities)), named
    forms = np.array([names.index(density.body) for density in densities])
    parts = []
    for form, name in enumerate(names):
        rows = np.flatnonzero(forms == form).astype(np.int64)
        parts.append((rows, body_named(name).packed([densities[int(row)] for row in rows])))
    form_of = Variable("form", forms, ("time",), "1", "body of the density: which of the attribute bodies, from 0 on")
    return (time, form_of, *_together(parts, len(densities))), named


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


def rebuild(record: Record, index: int) -> Body:
    """Return the density of one snapshot of a record.

    Raises
    ------
    RecordError
        If the record's densities have a body that this version does not know, or contradict themselves.
    """
    name = _body_of(record, index)
    if name not in BODIES:
        raise RecordError(
            f"{record.path}: snapshot {index} has the body {name!r}, which this version does not know (it knows "
            f"{', '.join(BODIES)}); use the version of kinetic that wrote it"
        )
    return body_named(name).rebuilt(Stored(record, index))


def _body_of(record: Record, index: int) -> str:
    """Return the name of the body of one snapshot."""
    attributes, arrays = record.density_attributes, record.density_arrays
    form = int(arrays["form"][index]) if "form" in arrays else 0
    named = "bodies" in attributes
    names = str(attributes["bodies"]).split(", ") if named else _UNNAMED
    if not 0 <= form < len(names):
        return f"number {form}"
    return names[form] if named or form else _unnamed(attributes.get("chart"), attributes.get("space"), set(arrays))


def _unnamed(chart: Any, space: Any, arrays: set[str]) -> str:
    """Return the body of a record without names that has one."""
    if chart == "harmonic":
        return "tokens_with_norms" if "token_mass" in arrays else "series"
    return "frame" if chart == "conformal" else _CHARTS.get((chart, space), f"of the chart {chart}")


__all__ = ["BODIES", "body_named", "pack", "rebuild"]
