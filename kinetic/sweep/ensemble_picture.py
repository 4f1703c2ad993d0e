"""An ensemble as a figure: realisations, their quantile bands, mean and median, and what theory says of them.

Responsible for one panel a quantity. Refuses to compute statistics.
"""

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinetic.claims.ensembles import LAWS
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.sweep import counted
from kinetic.sweep.cells import trace_times
from kinetic.sweep.ensemble import Statistic, groups, statistics
from kinetic.sweep.file import Quantity
from kinetic.sweep.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 3.0  # inches of a panel
MARGIN = 0.8  # inches of title and caption
MOST_PANELS = 12
MOST_PATHS = 100  # realisations of a group that are drawn one by one
VANISHING = ("order_deficit", "energy_gap", "w2_to_dirac", "axis_spread")
"""Quantities that fall by factors, which are drawn by their logarithms, as are those with a law of the median."""


def draw(table: Table) -> "Figure":
    """Return the figure of an ensemble: a panel a quantity, a color for each group of realisations.

    Parameters
    ----------
    table : Table
        Of a sweep with ``[ensemble]``.

    Returns
    -------
    Figure
        Traces over time: every realisation as a hair, the bands between the outer and the inner quantiles, the mean
        with its confidence interval, the median dashed, a law as black squares, independent noise dotted. Numbers at
        the end: the same at one place a group. Numbers of clusters against an axis of β: see `counted`.

    Raises
    ------
    DomainError
        Without a quantity, or with more than twelve.
    """
    from matplotlib.figure import Figure

    axis = counted.axis_of(table)
    if axis is not None:
        return counted.draw(table, axis)
    found = statistics(table)
    names = list(dict.fromkeys(statistic.quantity for statistic in found))
    if not 0 < len(names) <= MOST_PANELS:
        raise DomainError(f"figure: received {len(names)} quantities; allowed: 1 to {MOST_PANELS}; change quantities")
    quantities = {quantity.name: quantity for quantity in table.sweep.quantities}
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, HEIGHT * len(names) + MARGIN), layout="constrained")
        for axes, name in zip(figure.subplots(len(names), 1, squeeze=False)[:, 0], names, strict=True):
            _panel(axes, table, quantities[name], [s for s in found if s.quantity == name])
        model = table.sweep.model
        origin = f"Table {table.sweep.name}.h5, {table.sweep.size} runs."
        style.put_caption(figure, style.Caption(model.title, model.source or "", origin))
    return figure


def _panel(axes: "Axes", table: Table, quantity: Quantity, found: list[Statistic]) -> None:
    """Draw one quantity."""
    parts = [(label, list(rows)) for label, rows in groupby(found, key=lambda s: s.group)]
    rows_of = dict(groups(table))
    traced = quantity.kind == "trace"
    for i, (label, rows) in enumerate(parts):
        color = style.COLORS[i % len(style.COLORS)]
        times = np.array([s.time for s in rows]) if traced else np.array([float(i)])
        if traced:
            _hairs(axes, table, quantity, rows_of[label], color, len(parts))
        _band(axes, times, rows, color)
        mean = np.array([[s.mean.value, s.mean.low, s.mean.high] for s in rows]).T
        bars = np.maximum([mean[0] - mean[1], mean[2] - mean[0]], 0.0)
        named = ", ".join(filter(None, (_short(label), "mean")))
        axes.errorbar(times, mean[0], bars, color=color, fmt="o-", ms=3, capsize=2, lw=1.4, label=named)
        axes.plot(
            times, [s.median.value for s in rows], color=color, ls="--", marker="_", lw=1.0, label=_once("median", i)
        )
        _law(axes, times, rows)
    falls = quantity.of in VANISHING or (quantity.law is not None and LAWS[quantity.law].statistic == "median")
    if falls and np.all(np.array([s.mean.value for s in found]) > 0):
        axes.set_yscale("log")
        style.tidy_log(axes, "y")
    if not traced:
        axes.set_xticks(range(len(parts)), [_short(label) or quantity.name for label, _ in parts])
    axes.set_xlabel(style.TIME if traced else "group of realisations")
    axes.set_ylabel(_named(quantity, table[quantity.name].units))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize=7, frameon=False)


def _short(label: str) -> str:
    """Name a group by the last parts of its keys."""
    return re.sub(r"(?:\w+\.)+(\w+) = ", r"\1 = ", label)


def _once(label: str, index: int) -> str:
    """Name what all groups share in the first of them alone."""
    return label if index == 0 else ""


def _hairs(axes: "Axes", table: Table, quantity: Quantity, rows: list[int], color: str, groups: int) -> None:
    """Draw realisations one by one, where they would not hide those of another group."""
    values = np.asarray(table[quantity.name].values, dtype=float)[rows[: MOST_PATHS // groups]]
    axes.plot(trace_times(quantity), values.T, color=color, lw=0.3, alpha=0.35, zorder=1)


def _band(axes: "Axes", times: NDArray[Any], rows: list[Statistic], color: str) -> None:
    """Draw what lies between pairs of quantiles, the outermost first."""
    quantiles = np.sort(np.array([s.quantiles for s in rows]), axis=1)
    for k in range(quantiles.shape[1] // 2):
        low, high = quantiles[:, k], quantiles[:, -1 - k]
        if times.size > 1:
            axes.fill_between(times, low, high, color=color, alpha=0.15, lw=0)
        else:
            axes.plot([times[0]] * 2, [low[0], high[0]], color=color, alpha=0.3, lw=6.0 + 4.0 * k)


def _law(axes: "Axes", times: NDArray[Any], rows: list[Statistic]) -> None:
    """Draw what a law says."""
    predicted = np.array([s.predicted for s in rows])
    if np.any(np.isfinite(predicted)):
        name = f"law of the {LAWS[rows[0].law].statistic}: {rows[0].law.replace('_', ' ')}"
        known = axes.get_legend_handles_labels()[1]
        shown = "" if name in known else name
        axes.plot(times, predicted, color="black", marker="s", mfc="none", ms=5, lw=0.8, label=shown)
    independent = np.array([s.independent for s in rows])
    if np.any(np.isfinite(independent)):
        axes.plot(times, independent, color="black", ls=":", lw=1.2, label="independent noise for every token")


def _named(quantity: Quantity, units: str) -> str:
    """Name what a quantity is, with its unit."""
    symbol = style.SYMBOLS.get(quantity.of, ("", ""))[0]
    symbol = f"{symbol}, " if symbol.startswith("$") else ""
    degree = f" of degree {quantity.degree}" if quantity.of == "memory" else ""
    return f"{symbol}{quantity.of.replace('_', ' ')}{degree} ({units})"
