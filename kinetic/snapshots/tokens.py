"""What all densities by tokens share in a record: rows of different length, and one complaint about unreadable ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from kinetic.charts.elements import LARGEST_ORDER
from kinetic.errors import DomainError, RecordError
from kinetic.record import Record
from kinetic.types import Array

TOKENS = ("time", "token")
"""Axes of an array with one number a token."""

TIMES = ("time",)
"""Axes of an array with one number a snapshot."""


def padded(densities: Sequence[Any], values: Callable[[Any], Array]) -> Array:
    """Return one row a density, each padded with NaN to the longest."""
    rows = [np.asarray(values(density), dtype=float).ravel() for density in densities]
    most = max(row.size for row in rows)
    return np.array([np.pad(row, (0, most - row.size), constant_values=np.nan) for row in rows])


def numbers(densities: Sequence[Any], values: Callable[[Any], Any]) -> Any:
    """Return one entry a density."""
    return np.array([values(density) for density in densities])


def field(record: Record, name: str, index: int, shape: tuple[int, ...]) -> Array:
    """Return the finite numbers of one snapshot, in a shape.

    Raises
    ------
    KeyError, IndexError, ValueError
        Where they are missing, fewer, or not numbers.
    """
    row = np.array(record.density_arrays[name][index], dtype=float).ravel()[: int(np.prod(shape))].reshape(shape)
    if not np.all(np.isfinite(row)):
        raise ValueError(f"{name} with entries that are not numbers")
    return row


def integer(record: Record, name: str, index: int, low: int, high: int) -> int:
    """Return one integer of a snapshot.

    Raises
    ------
    KeyError, IndexError, ValueError
        Where it is missing or outside low … high.
    """
    value = int(record.density_arrays[name][index])
    if not low <= value <= high:
        raise ValueError(f"{name} {value}")
    return value


def cell_order(record: Record, index: int) -> int:
    """Return the polynomial degree of the cells."""
    return integer(record, "element_order", index, 1, LARGEST_ORDER)


@contextmanager
def readable(record: Record, index: int, what: str) -> Iterator[None]:
    """Turn whatever is wrong with a snapshot into a `RecordError`."""
    try:
        yield
    except (KeyError, ValueError, IndexError, TypeError, OverflowError, DomainError) as error:
        raise RecordError(
            f"{record.path}: snapshot {index} {what} cannot be read ({error}); use the version of kinetic that wrote it"
        ) from error
