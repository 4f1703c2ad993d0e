"""The observables as a table of comma-separated values, one row a time, for spreadsheets.

Responsible for columns and number format. Refuses to know what an observable is.
"""

import csv
from pathlib import Path

import numpy as np

from kinetic.record import Record
from kinetic.types import Array

_COMPONENTS = ("x", "y", "z")


def write(path: Path, record: Record) -> None:
    """Write the rows of a record: `time` first, a vector as one column a component, an unknown number as nothing.

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
        values = record.observables[name]
        if values.ndim == 1:
            columns[name] = values
        else:
            flat = values.reshape(len(values), -1)
            columns |= {f"{name}_{_suffix(i)}": flat[:, i] for i in range(flat.shape[1])}
    return columns


def _suffix(component: int) -> str:
    """Return x, y, z, or the number of the component."""
    return _COMPONENTS[component] if component < len(_COMPONENTS) else str(component)
