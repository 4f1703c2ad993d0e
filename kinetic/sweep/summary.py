"""The table of a sweep as a terminal shows it: a row a point, the axes, what was asked for.

Responsible for choosing columns and rows that fit. Refuses to know where they are printed.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kinetic.case.show import printable
from kinetic.report import empty_table, number
from kinetic.sweep.table import Column, Table

if TYPE_CHECKING:
    from rich.table import Table as Shown

MOST_ROWS = 40
MOST_COLUMNS = 5
LONGEST_TEXT = 32
"""Characters of a cell: an axis may hold whole tables of a case."""

INSTEAD = ("final_order_parameter", "final_energy")
"""Shown of a sweep that asks for nothing."""


def summary(table: Table) -> "Shown":
    """Return the axes, the status and the quantities of every point; of very many points the first ones.

    Parameters
    ----------
    table : Table

    Returns
    -------
    rich.table.Table
        Its caption says what is left out, and where it is.
    """
    axes = [table[axis.key] for axis in table.sweep.axes]
    asked = _asked(table)
    shown = asked[:MOST_COLUMNS]
    statuses = table["status"]
    columns = [*axes, *([] if set(statuses.values) == {"finished"} else [statuses]), *shown]
    drawn = empty_table("")
    for column in columns:
        drawn.add_column(printable(_heading(column, axes)), justify="left" if column.is_text else "right")
    rows = table.sweep.size
    for i in range(min(rows, MOST_ROWS)):
        drawn.add_row(*(_cell(column, i) for column in columns))
    left = [f"{rows - MOST_ROWS} more points"] if rows > MOST_ROWS else []
    left += [f"{len(asked) - len(shown)} more columns"] if len(asked) > len(shown) else []
    lines = [f"{' and '.join(left)}: in the table"] if left else []
    drawn.caption = "\n".join([*lines, *map(printable, _unjudged(table))]) or None
    return drawn


def _unjudged(table: Table) -> Iterator[str]:
    """Yield a line for each claim that says nothing at some points: at how many, and the commonest reason."""
    known = {column.name for column in table.columns}
    for quantity in table.sweep.quantities:
        if quantity.kind != "claim" or f"{quantity.name}_reason" not in known:
            continue
        verdicts, reasons = (table[f"{quantity.name}_{part}"].values for part in ("verdict", "reason"))
        unjudged = [str(reasons[i]) for i in range(table.sweep.size) if verdicts[i] == "not applicable"]
        if unjudged:
            reason, count = Counter(unjudged).most_common(1)[0]
            others = f" (and {len(unjudged) - count} others)" if count < len(unjudged) else ""
            yield f"{quantity.name}: not applicable at {len(unjudged)} of {table.sweep.size} points: {reason}{others}"


def _asked(table: Table) -> list[Column]:
    """Return the columns of what was asked for, one number or word a point; of claims the numbers and the verdict."""
    known = {column.name: column for column in table.columns}
    names: list[str] = []
    for quantity in table.sweep.quantities:
        if quantity.kind == "claim":
            names += [quantity.name, f"{quantity.name}_predicted", f"{quantity.name}_verdict"]
        elif quantity.kind != "trace":
            names.append(quantity.name)
    return [known[name] for name in names or INSTEAD if name in known]


def _heading(column: Column, axes: list[Column]) -> str:
    """Return the last part of a key where that is enough."""
    short = column.name.rpartition(".")[2]
    return short if sum(axis.name.rpartition(".")[2] == short for axis in axes) <= 1 else column.name


def _cell(column: Column, i: int) -> str:
    value = column.values[i]
    if column.is_text:
        text = "-" if isinstance(value, float) and math.isnan(value) else printable(str(value))
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return number(float(value))
