"""Densities as rows of arrays in a record: rows of different length, and one complaint about unreadable ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kinetic.charts.elements import LARGEST_ORDER
from kinetic.errors import DomainError, RecordError
from kinetic.types import Array
from kinetic.variable import Variable

if TYPE_CHECKING:
    from kinetic.record import Record

D = TypeVar("D")

TOKENS = ("time", "token")
"""Axes of an array with one number a token."""

TIMES = ("time",)
"""Axes of an array with one number a snapshot."""

MOST = 10**8
"""Largest count of tokens, cells or clusters that a row is believed to hold."""


def ragged(
    name: str,
    densities: Sequence[D],
    values: Callable[[D], Any],
    description: str,
    axes: tuple[str, str] = TOKENS,
    units: str = "1",
) -> Variable:
    """Return a variable of one row a density, each padded with NaN to the longest."""
    rows = [np.asarray(values(density), dtype=float).ravel() for density in densities]
    most = max(row.size for row in rows)
    table = np.array([np.pad(row, (0, most - row.size), constant_values=np.nan) for row in rows])
    return Variable(name, table, axes, units, description)


def regular(
    name: str,
    densities: Sequence[D],
    values: Callable[[D], Any],
    description: str,
    axes: tuple[str, ...] = TIMES,
    units: str = "1",
) -> Variable:
    """Return a variable of one number, or one array of the same shape, a density."""
    return Variable(name, np.array([values(density) for density in densities]), axes, units, description)


@dataclass(frozen=True)
class Stored:
    """One snapshot of a record, as a body of a density reads it.

    Parameters
    ----------
    record : Record
    index : int
        Which of its snapshots.
    """

    record: "Record"
    index: int

    @property
    def space(self) -> str:
        """Name of the space."""
        return str(self.record.density_attributes.get("space", "none"))

    @property
    def dimension(self) -> int:
        """Ambient dimension d.

        Raises
        ------
        KeyError, ValueError
            Where it is missing or below 2.
        """
        dimension = int(self.record.density_attributes["dimension"])
        if dimension < 2:
            raise ValueError(f"dimension {dimension}")
        return dimension

    def row(self, name: str) -> Any:
        """Return the entry of one array that belongs to the snapshot, as it is.

        Raises
        ------
        KeyError, IndexError
            Where it is missing.
        """
        return self.record.density_arrays[name][self.index]

    def field(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return finite numbers, in a shape.

        Raises
        ------
        KeyError, IndexError, ValueError
            Where they are missing, fewer, or not numbers.
        """
        found = np.array(self.row(name), dtype=float).ravel()[: int(np.prod(shape))].reshape(shape)
        if not np.all(np.isfinite(found)):
            raise ValueError(f"{name} with entries that are not numbers")
        return found

    def number(self, name: str) -> float:
        """Return one finite number."""
        return float(self.field(name, ()))

    def integer(self, name: str, low: int = 0, high: int = MOST) -> int:
        """Return one integer.

        Raises
        ------
        KeyError, IndexError, ValueError
            Where it is missing or outside low … high.
        """
        value = int(self.row(name))
        if not low <= value <= high:
            raise ValueError(f"{name} {value}")
        return value

    def cell_order(self) -> int:
        """Return the polynomial degree of the cells."""
        return self.integer("element_order", 1, LARGEST_ORDER)

    @contextmanager
    def readable(self, what: str) -> Iterator[None]:
        """Turn whatever is wrong with the snapshot into a `RecordError`."""
        try:
            yield
        except (KeyError, ValueError, IndexError, TypeError, OverflowError, DomainError) as error:
            raise RecordError(
                f"{self.record.path}: snapshot {self.index} {what} cannot be read ({error}); use the version of "
                "kinetic that wrote it"
            ) from error
