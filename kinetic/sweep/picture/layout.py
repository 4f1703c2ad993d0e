"""What stands where in the figure of a sweep: which axes are drawn, and which values share a panel."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import DomainError
from kinetic.sweep.file import CLOSE_PAIRS, Axis, Quantity
from kinetic.sweep.picture.words import value_label
from kinetic.sweep.table import Table

LARGEST = 1e150  # margins of an axis end in the range of numbers

OF_DEFICIT = "dirac_rate"
"""The claim that measures the rate of 1 − R."""


@dataclass(frozen=True)
class Layout:
    """Arrangement of a figure: the numeric axes, and the combinations of the other ones."""

    table: Table
    numeric: tuple[Axis, ...]
    others: tuple[Axis, ...]

    @property
    def series(self) -> list[tuple[str, NDArray[np.bool_]]]:
        """Label and rows of every combination of the axes that figures do not have."""
        return self._combined(self.others, np.ones(self.table.sweep.size, dtype=bool))

    @property
    def panels(self) -> list[tuple[str, list[tuple[str, NDArray[np.bool_]]]]]:
        """Label and series of every combination of the axes whose values have panels of their own."""
        apart = tuple(axis for axis in self.others if axis.drawn == "panels")
        inside = tuple(axis for axis in self.others if axis.drawn != "panels")
        whole = np.ones(self.table.sweep.size, dtype=bool)
        return [(label, self._combined(inside, rows)) for label, rows in self._combined(apart, whole)]

    def _combined(self, axes: tuple[Axis, ...], among: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
        """Return label and rows of every combination of the values of some axes that there is among some rows."""
        if not axes:
            return [("", among)]
        columns = [self.table[axis.key].values for axis in axes]
        found = []
        for chosen in product(*(dict.fromkeys(column) for column in columns)):
            rows = np.logical_and.reduce([column == word for column, word in zip(columns, chosen, strict=True)])
            names = [value_label(axis, value) for axis, value in zip(axes, chosen, strict=True)]
            found.append((", ".join(names), rows & among))
        return [(label, rows) for label, rows in found if rows.any()]

    def numbers(self, name: str) -> NDArray[Any]:
        """Values of a column that can be drawn; NaN for all others."""
        values = np.asarray(self.table[name].values, dtype=float)
        return np.where(np.abs(values) < LARGEST, values, np.nan)


def layout_of(table: Table) -> Layout:
    """Sort the axes; those that are zipped with another one count where they are drawn apart."""
    leaders = [axis for axis in table.sweep.axes if axis.zip_with is None]
    words = [axis for axis in leaders if table[axis.key].is_text]
    others = tuple(axis for axis in table.sweep.axes if axis in words or axis.drawn != "axis")
    numeric = tuple(axis for axis in leaders if axis not in others)
    kinds = {quantity.kind for quantity in table.sweep.quantities}
    least, most = (0 if kinds == {"trace"} else 1), (1 if "trace" in kinds else 2)
    if not least <= len(numeric) <= most:
        allowed = "one" if most == 1 else "one or two"
        raise DomainError(
            f"figure: the sweep has {len(numeric)} axes of numbers; allowed: {allowed}; give the others "
            'drawn = "separately", or use the table'
        )
    return Layout(table, numeric, others)


def has_trace(table: Table, crossing: Quantity) -> bool:
    """Whether a crossing is drawn on the diagram of a trace."""
    return any(q.kind == "trace" and is_same(q, crossing) for q in table.sweep.quantities)


def has_claim(table: Table) -> bool:
    """Whether rates of tokens are drawn beside those of the density."""
    return any(q.kind == "claim" and q.of == OF_DEFICIT for q in table.sweep.quantities)


def is_same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are of one observable."""
    return one.of == other.of and (one.of != CLOSE_PAIRS or (one.delta, one.tokens) == (other.delta, other.tokens))


def are_beside(quantities: list[Quantity]) -> bool:
    """Whether all diagrams are of one observable, so that they are read against each other."""
    return len(quantities) > 1 and {(q.kind, q.of, q.delta) for q in quantities} == {
        ("trace", quantities[0].of, quantities[0].delta)
    }


def panels_of(layout: Layout, quantity: Quantity) -> list[tuple[Quantity, str, list[tuple[str, NDArray[np.bool_]]]]]:
    """Give the series that share a panel, and its name: all where they are curves, one where they are diagrams."""
    if not layout.numeric or (quantity.kind != "trace" and len(layout.numeric) == 1):
        return [(quantity, label, series) for label, series in layout.panels]
    return [(quantity, "", [series]) for series in layout.series]
