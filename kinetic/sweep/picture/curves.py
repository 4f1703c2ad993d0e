"""Numbers against one axis, and traces over time, each with what theory predicts."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinetic.plot import style
from kinetic.sweep import predicted
from kinetic.sweep.cells import trace_times
from kinetic.sweep.file import Quantity
from kinetic.sweep.picture.diagrams import _theory
from kinetic.sweep.picture.layout import OF_DEFICIT, Layout
from kinetic.sweep.picture.words import axis_label, crossing_label, measured_label, put_title, say_why_empty
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMOOTH = 400  # points of a curve
MARKERS = ("o", "s", "^", "D", "v", "P")

FLOOR = 1e-12  # of what vanishes at a Dirac mass, where it is drawn over time
VANISHING = ("order_deficit", "energy_gap", "w2_to_dirac")


def draw_curves(axes: "Axes", layout: Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]]) -> None:
    """Draw a number against the one axis."""
    (axis,) = layout.numeric
    column = layout.table[quantity.name]
    shown_at = layout.table[axis.key].values[np.logical_or.reduce([rows for _, rows in series])].astype(float)
    laws = _rates(axes, layout, quantity, series, shown_at)
    for i, (label, rows) in enumerate(series):
        x, y = layout.table[axis.key].values[rows], layout.numbers(quantity.name)[rows]
        order = np.argsort(x)
        color, marker = style.COLORS[i % len(style.COLORS)], MARKERS[i % len(MARKERS)]
        if quantity.kind == "claim" and not laws:
            _prediction(axes, layout, quantity, rows, order, color)
        line = "none" if quantity.kind == "claim" else "-"
        shown = label or ("measured" if quantity.kind == "claim" else None)
        axes.plot(x[order], y[order], color=color, marker=marker, ms=4, ls=line, lw=1.2, label=shown)
        if quantity.of == OF_DEFICIT:
            _tokens(axes, layout, x, rows, color, marker)
        _theory(axes, layout, quantity, rows, (axis.key, quantity.name))
    if axis.spacing == "logarithmic":
        axes.set_xscale("log")
        style.tidy_log(axes, "x")
    elif quantity.kind == "claim":
        _span(axes, shown_at)
    if quantity.spacing == "logarithmic":
        axes.set_yscale("log")
        _leave_out_far_below(axes, layout.numbers(quantity.name))
        style.tidy_log(axes, "y")
    if quantity.kind == "claim" and say_why_empty(axes, layout.table, quantity):
        axes.set_yticks([])  # there are no numbers
    axes.set_xlabel(axis_label(axis))
    axes.set_ylabel(measured_label(quantity, column.units) if quantity.kind != "crossing" else crossing_label(quantity))
    put_title(axes, quantity, "")
    named = {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    # what was measured before what theory says of it
    measured = [label for label in named if label == "measured" or label in dict(series)]
    labels = measured + [label for label in named if label not in measured]
    if labels:
        axes.legend([named[label] for label in labels], labels)


def _rates(
    axes: "Axes", layout: Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]], values: Array
) -> bool:
    """Draw the rates of density and tokens over the whole axis; return whether there are any.

    They have the color of their series; where all series have the same, the density's is black and tokens' are grey.
    """
    steps = np.linspace(float(values.min()), float(values.max()), _SMOOTH)
    laws: dict[bytes, tuple[str, predicted.Curve]] = {}  # each once, by its numbers
    for i, (_, rows) in enumerate(series):
        for law in predicted.rates(layout.table, rows, quantity, steps):
            laws.setdefault(law.along[quantity.name].tobytes(), (style.COLORS[i % len(style.COLORS)], law))
    for of_tokens, alone, dash in ((False, "black", "-"), (True, style.GREY, (0, (4, 2)))):
        found = [(color, law) for color, law in laws.values() if law.of_tokens is of_tokens]
        for color, law in found:
            own = color if len(found) > 1 else alone
            axes.plot(steps, law.along[quantity.name], color=own, lw=1.2, ls=dash, zorder=1.5 + 0.1 * of_tokens)
            axes.plot([], [], color=alone, lw=1.2, ls=dash, label=law.label)  # one entry of the legend for all colors
    return bool(laws)


def _tokens(axes: "Axes", layout: Layout, x: NDArray[Any], rows: NDArray[np.bool_], color: str, marker: str) -> None:
    """Draw rates of finitely many tokens as hollow marks, which can be told where the density's are as large."""
    for measured in (q for q in layout.table.sweep.quantities if q.kind == "tokens"):
        axes.plot(
            x, layout.numbers(measured.name)[rows], color=color, marker=marker, ms=7, mfc="none", mew=0.8, ls="none"
        )
        label = f"{measured.count} tokens, measured"
        axes.plot([], [], color=style.GREY, marker="o", ms=7, mfc="none", mew=0.8, ls="none", label=label)


def _leave_out_far_below(axes: "Axes", measured: NDArray[Any]) -> None:
    """Begin a logarithmic axis not far below what was measured, wherever a curve of theory goes."""
    known = measured[np.isfinite(measured) & (measured > 0)]
    if known.size:
        axes.set_ylim(bottom=max(axes.get_ylim()[0], 0.5 * float(known.min())))


def _span(axes: "Axes", values: NDArray[np.float64]) -> None:
    """Show a whole axis: where a claim says nothing, panels can still be held against each other."""
    low, high = float(values.min()), float(values.max())
    if high > low:
        axes.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))


def draw_lines(axes: "Axes", layout: Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]]) -> None:
    """Draw traces over time, each with what theory predicts."""
    times, values = trace_times(quantity), layout.numbers(quantity.name)
    vanishes = quantity.of in VANISHING
    for i, (label, rows) in enumerate(series):
        color, dash = style.COLORS[i % len(style.COLORS)], style.DASHES[i % len(style.DASHES)]
        found = predicted.curve(layout.table, int(np.argmax(rows)), quantity)
        for line in np.where(values[rows] > FLOOR, values[rows], np.nan) if vanishes else values[rows]:
            axes.plot(times, line, color=color, ls=dash, lw=2.2, label=label)
        if found is not None and predicted.TIME in found.along:
            law = found.along[quantity.name]
            axes.plot(
                found.along[predicted.TIME],
                law,
                color="black",
                lw=0.6,
                label=found.label if i == len(series) - 1 else None,
            )
    if vanishes:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(0.01 * times[-1], times[-1])
        axes.set_ylim(_decade_below(axes), 2.0)
    axes.set_xlabel(style.TIME)
    axes.set_ylabel(measured_label(quantity, layout.table[quantity.name].units))
    put_title(axes, quantity, "")
    axes.legend(loc="lower left" if vanishes else "best", handlelength=4.0)


def _decade_below(axes: "Axes") -> float:
    """Return the power of ten below all that is drawn, and above the floor."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines] or [np.ones(1)])
    known = drawn[np.isfinite(drawn) & (drawn > FLOOR)]
    return float(10.0 ** np.floor(np.log10(np.min(known)))) if known.size else FLOOR


def _prediction(
    axes: "Axes",
    layout: Layout,
    quantity: Quantity,
    rows: NDArray[np.bool_],
    order: NDArray[np.intp],
    color: str,
) -> None:
    """Draw what theory predicts, where it does."""
    (axis,) = layout.numeric
    x = layout.table[axis.key].values[rows][order]
    y = layout.numbers(f"{quantity.name}_predicted")[rows][order]
    # where the claim does not apply there is no number, and the line has a gap
    axes.plot(x, y, color=color, lw=0.9, ls="--", marker="s", ms=8, mfc="none", label="predicted")
