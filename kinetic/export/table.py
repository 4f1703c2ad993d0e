"""The observables as a table of comma-separated values, one row a time, for spreadsheets.

Responsible for columns and number format. Refuses to know what an observable is.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kinetic.record import Record
from kinetic.types import Array

_COMPONENTS = ("x", "y", "z")


def write(path: Path, record: Record) -> None:
    """Write the rows of a record: `time` first, a vector as one column a component, an unknown number as nothing.

    Of tokens with labels every observable of a label has one column for each, with the label in its name.

    **Accuracy** Every number reads back as the same double.
    """
    columns = _columns(record)
    with path.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow("" if np.isnan(value) else repr(float(value)) for value in row)


def _columns(record: Record) -> dict[str, Array]:
    """Return the columns by name."""
    names = sorted(record.observables, key=lambda name: name != "time")
    columns: dict[str, Array] = {}
    for name in names:
        values, dims = record.observables[name], record.variable(name).dims
        if dims[0] == "time":
            columns |= {f"{name}{suffix}": flat for suffix, flat in _flattened(values, dims[1:], record)}
    return columns


def _flattened(values: Array, dims: tuple[str, ...], record: Record) -> Iterator[tuple[str, Array]]:
    """Yield the columns of an array of rows, with the ends of their names."""
    if not dims:
        yield "", values
        return
    for i in range(values.shape[1]):
        label = f"{record.observables['label'][i]:.9g}" if dims[0] == "label" else _suffix(i, dims[0])
        for suffix, flat in _flattened(values[:, i], dims[1:], record):
            yield f"_{label}{suffix}", flat


def _suffix(component: int, axis: str) -> str:
    """Return x, y or z of a vector in space; of other arrays, and beyond z, the number."""
    return _COMPONENTS[component] if axis == "component" and component < len(_COMPONENTS) else str(component)
