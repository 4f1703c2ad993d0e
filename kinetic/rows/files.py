"""Tables of numbers in files that are not to be trusted, piece by piece.

Responsible for what may be in such a file and for memory: whatever its size, a piece is held at a time. Nothing is ever
unpickled or evaluated. Refuses to know what the numbers mean.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from kinetic.errors import CaseError, KineticError
from kinetic.types import Array

MOST_COLUMNS = 4096
"""The largest dimension of a space."""

LARGEST_MEMBER = 2**31
"""Bytes of an array in an .npz file, which cannot be read in pieces: what most machines have room for."""

_NUMBERS = 2**21  # of a piece: 16 MB
_LONGEST_LINE = 32 * MOST_COLUMNS  # characters; 25 write a double with its comma
_ENDINGS = ".npy, .npz, .csv, .h5 or .hdf5"


@dataclass(frozen=True)
class Source:
    """A table in a file.

    Parameters
    ----------
    path : pathlib.Path
    dataset : str, optional
        Of an HDF5 file the dataset, of an .npz file the array; may be left out where there is one only.
    """

    path: Path
    dataset: str | None = None

    def refuse(self, received: str, allowed: str) -> CaseError:
        """Return the error that names key, file, what was received and what is allowed."""
        return CaseError(f"initial.path: {ascii(str(self.path))[1:-1]}: received {received}; {allowed}")


def pieces(source: Source) -> Iterator[Array]:
    """Yield the rows of a table in order, as arrays of shape (some, d).

    Raises
    ------
    CaseError
        Where the file is missing, unreadable, of another format, or no table of real numbers.
    """
    reader = _READERS.get(source.path.suffix.lower())
    if reader is None:
        raise source.refuse(f'the ending "{ascii(source.path.suffix)[1:-1][:20]}"', f"must be {_ENDINGS}")
    if not source.path.is_file():
        raise source.refuse("no such file", "must be a file; a relative path starts at the folder of the case file")
    if source.dataset is not None and reader in (_npy, _csv):
        raise source.refuse("a dataset beside it", "only .npz, .h5 and .hdf5 files have any; remove initial.dataset")
    try:
        yield from reader(source)
    except KineticError:
        raise
    except Exception as error:
        reason = ascii(" ".join(str(error).split()))[1:-1][:200] or type(error).__name__
        raise source.refuse(
            f"a file that cannot be read ({reason})",
            f"must hold a table of real numbers as {_ENDINGS}, without pickled objects; write it anew",
        ) from error


def _npy(source: Source) -> Iterator[Array]:
    """Rows of an .npy file, which stays on the disk."""
    return _blocks(source, np.load(source.path, mmap_mode="r", allow_pickle=False))


def _npz(source: Source) -> Iterator[Array]:
    """Rows of an array of an .npz file, which must fit in memory."""
    with zipfile.ZipFile(source.path) as archive:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
    name = _one_of(source, sorted(sizes), "arrays")
    if sizes[name] > LARGEST_MEMBER:
        raise source.refuse(
            f"an array of {sizes[name]} bytes",
            f"in an .npz file must be at most {LARGEST_MEMBER}, as it is read whole; save it as .npy or .h5",
        )
    with np.load(source.path, allow_pickle=False) as arrays:
        yield from _blocks(source, arrays[name])


def _hdf5(source: Source) -> Iterator[Array]:
    """Rows of a dataset that the file itself holds."""
    import h5py

    with h5py.File(source.path, "r") as file:
        names: list[str] = []
        file.visititems(lambda name, entry: names.append(name) if isinstance(entry, h5py.Dataset) else None)
        name = _one_of(source, names, "datasets")
        dataset = file.get(name)
        link = file.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink) or dataset.is_virtual or dataset.external:
            raise source.refuse(f'"{name}", whose numbers are in another file', "must be in this one; copy them")
        yield from _blocks(source, dataset)


def _one_of(source: Source, names: list[str], what: str) -> str:
    """Return the name asked for, or the only one."""
    shown = ascii(", ".join(names[:8]))[1:-1][:200] or "none"
    if source.dataset is None and len(names) != 1:
        raise source.refuse(f"{len(names)} {what} ({shown})", "give the one that is meant as initial.dataset")
    name = names[0] if source.dataset is None else source.dataset.strip("/")
    if name not in names:
        raise source.refuse(f"no {what[:-1]} {ascii(name)[:60]}", f"initial.dataset must be one of: {shown}")
    return name


def _blocks(source: Source, table: Any) -> Iterator[Array]:
    """Yield the rows of an array, some at a time."""
    if table.dtype.kind not in "fiu":
        raise source.refuse(f"entries of type {table.dtype}", "must be real numbers; convert them")
    _require_table(source, table.shape)
    step = max(1, _NUMBERS // table.shape[1])
    for start in range(0, table.shape[0], step):
        yield np.asarray(table[start : start + step], dtype=float)


def _require_table(source: Source, shape: tuple[int, ...]) -> None:
    """Refuse what has no rows of a length that tokens can have."""
    if len(shape) != 2 or shape[0] < 1 or not 2 <= shape[1] <= MOST_COLUMNS:
        raise source.refuse(
            f"an array of shape {shape}",
            f"must be (n, d), one row a token, n at least 1 and d from 2 to {MOST_COLUMNS}; reshape it",
        )


def _csv(source: Source) -> Iterator[Array]:
    """Rows of a text: numbers between commas, semicolons or blanks; one line of names may stand above them."""
    with source.path.open(encoding="utf-8-sig", errors="replace") as stream:
        lines = _lines(source, stream)
        first = next(lines, None)
        if first is None:
            raise source.refuse("no line", "must hold one row a token")
        separator = next((mark for mark in (",", ";") if mark in first[1]), None)
        if not _is_row(first[1], separator):
            first = next(lines, None)
        if first is None:
            raise source.refuse("names of columns and no row", "must hold one row a token")
        columns = len(first[1].split(separator))
        _require_table(source, (1, columns))
        block, step = [first], max(1, _NUMBERS // columns)
        block += islice(lines, step - 1)
        while block:
            yield _parsed(source, block, separator, columns)
            block = list(islice(lines, step))


def _lines(source: Source, stream: TextIO) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line that is not blank or a remark."""
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise source.refuse(
                f"a line {number} of more than {_LONGEST_LINE} characters", f"must have at most {MOST_COLUMNS} numbers"
            )
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _is_row(text: str, separator: str | None) -> bool:
    """Whether all entries of a line are numbers."""
    try:
        [float(entry) for entry in text.split(separator)]
    except ValueError:
        return False
    return True


def _parsed(source: Source, block: list[tuple[int, str]], separator: str | None, columns: int) -> Array:
    """Return lines as rows, or name the first that is none."""
    try:
        table = np.loadtxt([text for _, text in block], delimiter=separator, comments=None, ndmin=2)
    except ValueError:
        table = np.empty((0, 0))
    if table.shape == (len(block), columns):
        return np.asarray(table, dtype=float)
    for number, text in block:
        if len(text.split(separator)) != columns or not _is_row(text, separator):
            raise source.refuse(
                f"line {number}: {text[:40]!a}", f"must be {columns} numbers like the lines above; mend it"
            )
    raise source.refuse("lines that are no numbers", f"must be {columns} numbers a line")


_READERS: dict[str, Callable[[Source], Iterator[Array]]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
}
