"""A written table back to a table, trusting nothing in the file.

Responsible for telling a table from everything else, with the same care as for records: whatever the bytes are, the
outcome is a table that can be drawn, or a `RecordError` of one line. What varies, and how, is read from the text of the
sweep in the file; the cases of its points are not.
"""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from kinetic.case.show import printable
from kinetic.errors import KineticError, RecordError
from kinetic.record import reading as records
from kinetic.record.attributes import attribute, is_text, text_of
from kinetic.record.seal import check_seal
from kinetic.sweep.cells import claim_columns
from kinetic.sweep.sweep import Sweep
from kinetic.sweep.table import FORMAT, VERSION, Column, Table, axis_columns, dimensions

LARGEST_TABLE = 1024**3  # bytes: ten thousand points of a hundred traces of a hundred times


def is_table(path: Path) -> bool:
    """Whether a file says of itself that it is the table of a sweep; a file that cannot be read says nothing."""
    try:
        check_seal(path)
        with path.open("rb") as stream, h5py.File(stream, "r") as file:
            return "format" in file.attrs and bool(attribute(file, "format") == FORMAT)
    except (KineticError, *records.DAMAGE):
        return False


def read(path: str | Path) -> Table:
    """Read a table.

    Parameters
    ----------
    path : path
        The HDF5 file that a sweep wrote.

    Returns
    -------
    Table
        The columns of the axes made anew from the text of the sweep, all others from the file.

    Raises
    ------
    RecordError
        Where there is no file, it is no table, one of a newer version, incomplete, or damaged.
    """
    records.check_file(Path(path))
    try:
        with Path(path).open("rb") as stream, h5py.File(stream, "r") as file:
            return _table(file, printable(Path(path).stem))
    except KineticError as error:
        raise RecordError(f"{path}: {' '.join(str(error).split())}") from error
    except records.DAMAGE as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise RecordError(f"{path}: the table is damaged ({detail}); kinetic sweep --resume writes it again") from error


def _table(file: h5py.File, name: str) -> Table:
    """Return the table in an open file."""
    if "format" not in file.attrs or attribute(file, "format") != FORMAT:
        raise RecordError("an HDF5 file, but not the table of a sweep; kinetic sweep writes one")
    version = attribute(file, "version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise RecordError(f"the table has format version {version!r}, this kinetic reads {VERSION}; install another")
    sweep = Sweep.restored(text_of(file, "sweep"), text_of(file, "template"), name)
    members = dict(records.datasets_of(file["/"]))
    if sum(map(records.nbytes, members.values())) > LARGEST_TABLE:
        raise RecordError(f"the columns take more than {LARGEST_TABLE} bytes; draw the table by hand")
    axes = axis_columns(sweep)
    made = {"point", *(column.name for column in axes)}
    kept = {name: dataset for name, dataset in members.items() if name not in made and not _is_statistic(name)}
    columns = [_column(sweep, name, dataset) for name, dataset in kept.items()]
    table = Table(sweep, (*axes, *columns), text_of(file, "status") == "finished")
    _require_drawable(table)
    return table


def _is_statistic(name: str) -> bool:
    """Whether a column is a statistic of others, made anew where it is wanted."""
    return name == "statistic" or name.startswith("statistic_")


def _column(sweep: Sweep, name: str, dataset: h5py.Dataset) -> Column:
    """Return one column, of the shape that the sweep gives it."""
    dims, shape = dimensions(sweep, name)
    if dataset.shape != shape:
        raise RecordError(f"the column {name} has the shape {dataset.shape}; allowed: {shape}; run the sweep again")
    values: NDArray[np.generic]
    if is_text(dataset.dtype):
        values = np.array(records.strings(dataset), dtype=object)
    else:
        found = records.numbers_of(dataset)
        if found.dtype.kind == "c":
            raise RecordError(
                f"the column {name} has the type {found.dtype}; allowed: real numbers; run the sweep again"
            )
        values = np.array(found, dtype=float)
    return Column(name, values, dims, text_of(dataset, "units"), text_of(dataset, "description"))


def _require_drawable(table: Table) -> None:
    """Refuse axes that are no numbers, and quantities without their columns."""
    for column in axis_columns(table.sweep):
        if not column.is_text and not np.all(np.isfinite(column.values)):
            raise RecordError(f"the axis {column.name} holds values that are not finite; run the sweep again")
    for quantity in table.sweep.quantities:
        needed = [quantity.name]
        if quantity.kind == "claim":
            needed = list(claim_columns(quantity.name)[:3])
        if quantity.kind == "trace":
            needed.append(f"time_{quantity.name}")
        for name in needed:
            if table[name].is_text:
                raise RecordError(f"the column {name} holds text; allowed: numbers; run the sweep again")
