"""The table of a sweep: one row a point, as HDF5 and as CSV.

Responsible for the columns, their order and their meaning, and for the two files. Knows nothing of how points are run.

Layout of the HDF5 file, version 1: root attributes `format`, `version`, `kinetic_version`, `title`, `source`, `sweep`
and `template` (the two texts, to the letter), `status` ("finished" or "incomplete"); one dataset a column along the
dimension scale `point`, those of traces also along a scale `time_<name>`. Every dataset has `units` and `description`.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from kinetic.case.writing import value_text
from kinetic.errors import RecordError
from kinetic.observables import DEFINITIONS
from kinetic.record import libraries, replace_file
from kinetic.record.seal import sealed
from kinetic.sweep.cells import Cell, claim_cells, claim_columns, trace_times
from kinetic.sweep.file import Axis, Quantity
from kinetic.sweep.sweep import Sweep
from kinetic.sweep.task import Outcome

FORMAT = "kinetic-sweep"
VERSION = 1
TEXT = h5py.string_dtype("utf-8")
MISSING = Outcome("missing", "not run yet; kinetic sweep --resume runs it")
_PARTS = ("", "what theory predicts", "uncertainty", "verdict", "reason of the verdict")


@dataclass(frozen=True)
class Column:
    """One column: a value for each point, or for each point and time.

    Parameters
    ----------
    name : str
    values : array
        Numbers, or text (as objects).
    dims : tuple of str
        ("point",) or ("point", "time_<name>"); ("time_<name>",) for the times themselves.
    units, description : str
    """

    name: str
    values: NDArray[Any]
    dims: tuple[str, ...]
    units: str
    description: str

    @property
    def is_text(self) -> bool:
        """Whether the column holds text."""
        return self.values.dtype.kind == "O"


@dataclass(frozen=True)
class Table:
    """All that a sweep found.

    Parameters
    ----------
    sweep : Sweep
    columns : tuple of Column
        The swept keys, status, quantities, last rows and claims, in this order.
    complete : bool
        Whether every point was run.
    """

    sweep: Sweep = field(repr=False)
    columns: tuple[Column, ...]
    complete: bool

    def __getitem__(self, name: str) -> Column:
        """Return a column by name.

        Raises
        ------
        RecordError
            If there is none.
        """
        found = {column.name: column for column in self.columns}
        if name not in found:
            raise RecordError(f"{self.sweep.name}: there is no column {name!r}; known: {', '.join(found)}")
        return found[name]


Rows: TypeAlias = Sequence[Outcome]


def tabulate(sweep: Sweep, outcomes: Mapping[int, Outcome]) -> Table:
    """Return the table of a sweep.

    Parameters
    ----------
    sweep : Sweep
    outcomes : mapping
        Outcome by the index of its point; a point without one is "missing".
    """
    rows = [outcomes.get(point.index, MISSING) for point in sweep.points]
    columns = [
        Column("point", np.arange(len(rows)), ("point",), "1", "number of the point"),
        *axis_columns(sweep),
        _column("status", [row.status for row in rows], "how the run ended"),
        _column("message", [row.message for row in rows], "why it ended so"),
        *(column for quantity in sweep.quantities for column in _quantity_columns(quantity, rows)),
        *_final_columns(rows),
        *_claim_columns(rows),
        _column("wall_seconds", [row.wall_seconds for row in rows], "elapsed time of the run", "s"),
        _column("record", [f"{point.case.name}.h5" for point in sweep.points], "file of the record"),
    ]
    return Table(sweep, tuple(columns), all(row.is_final for row in rows))


def _column(name: str, values: Sequence[Cell | int], description: str, units: str = "1") -> Column:
    """Return a column of numbers, or of text if there is any in it."""
    text = any(isinstance(value, str) for value in values)
    return Column(name, np.array(values, dtype=object if text else float), ("point",), units, description)


def axis_columns(sweep: Sweep) -> list[Column]:
    """Return the values of the swept keys: numbers, or else text as in a case file."""
    combinations = list(sweep.combinations())
    return [_axis_column(axis, [values[i] for values in combinations]) for i, axis in enumerate(sweep.axes)]


def _axis_column(axis: Axis, values: list[Any]) -> Column:
    """Return the values of one swept key."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    cells = values if numbers else [value if isinstance(value, str) else value_text(value) for value in values]
    return _column(axis.key, cells, f"key {axis.key} of the case")


def dimensions(sweep: Sweep, name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the names and the lengths of the dimensions of a column."""
    traces = {quantity.name: quantity.count or 0 for quantity in sweep.quantities if quantity.kind == "trace"}
    if name in traces:
        return ("point", f"time_{name}"), (sweep.size, traces[name])
    if name.startswith("time_") and name[5:] in traces:
        return (name,), (traces[name[5:]],)
    return ("point",), (sweep.size,)


def _quantity_columns(quantity: Quantity, rows: Rows) -> Iterator[Column]:
    """Yield the columns of one quantity."""
    said = f"{quantity.kind} of {quantity.of}"
    if quantity.kind == "trace":
        times, scale = trace_times(quantity), f"time_{quantity.name}"
        nothing = (math.nan,) * times.size
        yield Column(scale, times, (scale,), "1", f"times of {quantity.name}")
        values = np.array([row.cells.get(quantity.name, nothing) for row in rows], dtype=float)
        yield Column(quantity.name, values, ("point", scale), _units(quantity.of), said)
    elif quantity.kind == "claim":
        for name, part in zip(claim_columns(quantity.name), _PARTS, strict=True):
            default = claim_cells(quantity.name, None)[name]
            values_or_words = [row.cells.get(name, default) for row in rows]
            yield _column(name, values_or_words, f"{said}{', ' if part else ''}{part}")
    else:
        level = quantity.above if quantity.above is not None else quantity.below
        passed = "" if level is None else f", {'above' if quantity.above is not None else 'below'} {level:g}"
        said = f"rate of {quantity.of} of {quantity.count} tokens" if quantity.kind == "tokens" else said
        units = "1" if quantity.kind in ("crossing", "tokens") else _units(quantity.of)
        yield _column(quantity.name, [row.cells.get(quantity.name, math.nan) for row in rows], said + passed, units)


def _units(observable: str) -> str:
    """Return the unit of an observable."""
    return {definition.name: definition.units for definition in DEFINITIONS}.get(observable, "1")


def _final_columns(rows: Rows) -> Iterator[Column]:
    """Yield every observable of the last rows."""
    for name in dict.fromkeys(name for row in rows for name in row.finals):
        values = [row.finals.get(name, math.nan) for row in rows]
        yield _column(f"final_{name}", values, f"{name} in the last row", _units(name))


def _claim_columns(rows: Rows) -> Iterator[Column]:
    """Yield the five columns of every claim that some point was held against."""
    for name in dict.fromkeys(claim.name for row in rows for claim in row.claims):
        told = [{claim.name: claim for claim in row.claims}.get(name) for row in rows]
        cells = [claim_cells(f"claim_{name}", claim) for claim in told]
        for column, part in zip(claim_columns(f"claim_{name}"), _PARTS, strict=True):
            values = [cell[column] for cell in cells]
            yield _column(column, values, f"claim {name}: {part or 'what was measured'}")


def write(table: Table, folder: Path, statistics: Sequence[Column] = ()) -> tuple[Path, ...]:
    """Write a table as `<sweep>.h5` and `<sweep>.csv`, each whole or not at all.

    Parameters
    ----------
    table : Table
    folder : Path
    statistics : sequence of Column
        Along a dimension of their own: into the HDF5 file, and as `<sweep>.statistics.csv`.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    RecordError
        If they cannot be written; earlier files are then intact.
    """
    paths = [table_path(table.sweep, folder), folder / f"{table.sweep.name}.csv"]
    images = [sealed(_hdf5(table, statistics)), _csv(table).encode("utf-8")]
    if statistics:
        paths.append(folder / f"{table.sweep.name}.statistics.csv")
        images.append(_text_of([c.name.removeprefix("statistic_") for c in statistics], statistics).encode("utf-8"))
    for path, image in zip(paths, images, strict=True):
        try:
            replace_file(path, image)
        except (OSError, RuntimeError) as error:
            raise RecordError(
                f"{path}: cannot write the table: {getattr(error, 'strerror', None) or error}; free space on the disk, "
                "or choose another folder with --output"
            ) from error
    return tuple(paths)


def table_path(sweep: Sweep, folder: Path) -> Path:
    """Return the path of the HDF5 table of a sweep."""
    return folder / f"{sweep.name}.h5"


def _hdf5(table: Table, statistics: Sequence[Column]) -> bytes:
    """Return the bytes of the HDF5 file."""
    sweep, versions = table.sweep, libraries()
    attributes = {
        "format": FORMAT,
        "version": VERSION,
        "title": sweep.title,
        "source": sweep.model.source or "",
        "sweep": sweep.text,
        "template": sweep.template.text,
        "status": "finished" if table.complete else "incomplete",
        "libraries": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=("v110", "v110")) as file:
        for name, value in attributes.items():
            file.attrs[name] = value
        columns = (*table.columns, *statistics)
        for column in columns:
            dataset = file.create_dataset(column.name, data=column.values, dtype=TEXT if column.is_text else None)
            dataset.attrs["units"], dataset.attrs["description"] = column.units, column.description
            if column.dims == (column.name,):
                dataset.make_scale(column.name)
        for column in columns:
            for axis, scale in enumerate(column.dims):
                if scale != column.name:
                    file[column.name].dims[axis].attach_scale(file[scale])
    return stream.getvalue()


def _csv(table: Table) -> str:
    """Return the text of the CSV file: a trace becomes one column for each of its times, numbers read back exactly."""
    headings, cells = [], []
    for column in table.columns:
        if column.dims == ("point",):
            headings.append(column.name)
            cells.append(column.values)
        elif column.dims[0] == "point":
            headings += [f"{column.name} t={time:g}" for time in table[column.dims[1]].values]
            cells += list(column.values.T)
    return _written(headings, cells)


def _text_of(headings: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the text of a CSV file of columns along one dimension."""
    return _written(headings, [column.values for column in columns])


def _written(headings: Sequence[str], cells: Sequence[NDArray[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([_cell(column[i]) for column in cells] for i in range(len(cells[0])))
    return text.getvalue()


def _cell(value: Any) -> str:
    """Write one cell; a number that is not known is empty."""
    if isinstance(value, str):
        return value
    return "" if math.isnan(value) else repr(value.item() if isinstance(value, np.generic) else value)
