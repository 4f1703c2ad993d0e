"""A sweep's table as a figure: a curve for one axis, a phase diagram for two or for one and time.

Responsible for choosing the panels and drawing them, legible in grey and by the color-blind. Refuses to compute.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import DomainError
from kinetic.plot import require_format, style
from kinetic.plot import save as save_figure
from kinetic.sweep import ensemble_picture, predicted
from kinetic.sweep.file import CLOSE_PAIRS, MEAN_COSINE, Axis, Quantity
from kinetic.sweep.quantities import trace_times
from kinetic.sweep.table import Table
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw", "require_format", "save"]

_SMOOTH = 400  # points of a curve
MARKERS = ("o", "s", "^", "D", "v", "P")
HEIGHT = 3.6  # inches of a panel
MARGIN = 0.8  # inches of title and caption
LOW = 2.3  # inches of a panel beside another one
LEGEND = 0.25  # inches of the legend above such panels
MOST_PANELS = 12
FLOOR = 1e-12  # of what vanishes at a Dirac mass, where it is drawn over time
VANISHING = ("order_deficit", "energy_gap", "w2_to_dirac")
LARGEST = 1e150  # margins of an axis end in the range of numbers
SYMBOLS = {
    "attention.beta": r"$\beta$",
    "attention.context_length": r"$n$",
    "initial.latitude": r"$h$",
    "label.slices.0.upto": "position $s$ where it begins",
    "noise.diffusion": r"$\kappa$",
    "perceptron.neurons.0.weight": r"$w$",
    "space.dimension": r"$d$",
    "space.degree": r"$L$",
    "time.end": r"$t_\mathrm{end}$",
    "initial.terms.0.degree": r"$K$",
}
OF_DEFICIT = "dirac_rate"
"""The claim that measures the rate of 1 − R."""
CLAIMED = {
    "dirac_rate": r"rate $\kappa$ of $1-R$",
    "symmetric_rate": r"rate $\kappa$ of the mean square angle",
}
"""What claims measure, as papers write it."""
WORDS = {("attention.normalization", "none"): "unnormalised"}
"""Values of keys that say little without the key."""


@dataclass(frozen=True)
class _Layout:
    """What stands where: the numeric axes, and the combinations of the other ones."""

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
            names = [_chosen(axis, value) for axis, value in zip(axes, chosen, strict=True)]
            found.append((", ".join(names), rows & among))
        return [(label, rows) for label, rows in found if rows.any()]

    def numbers(self, name: str) -> NDArray[Any]:
        """Values of a column that can be drawn; NaN for all others."""
        values = np.asarray(self.table[name].values, dtype=float)
        return np.where(np.abs(values) < LARGEST, values, np.nan)


def draw(table: Table) -> "Figure":
    """Return the figure of a table: a panel for each quantity of the sweep (without any: R at the end).

    Parameters
    ----------
    table : Table

    Returns
    -------
    Figure
        One numeric axis: curves, with what theory predicts beside a claim; traces as phase diagrams of time and that
        axis, with the crossing times of the same observable on them; several diagrams of one observable stand side by
        side. Two numeric axes: phase diagrams. None: traces
        as curves over time. Axes of words make several curves, or several diagrams. Cells that no run tells are
        hatched. An ensemble: see `ensemble_picture`.

    Raises
    ------
    DomainError
        For more than two numeric axes, or none without a trace, or a trace over two: the table has to be drawn by hand.
    """
    from matplotlib.figure import Figure

    if table.sweep.model.ensemble is not None:
        return ensemble_picture.draw(table)
    layout = _layout(table)
    shared = {
        q.name
        for q in table.sweep.quantities
        if (q.kind == "crossing" and _has_trace(table, q)) or (q.kind == "tokens" and _has_claim(table))
    }
    quantities = [q for q in table.sweep.quantities if q.name not in shared]
    if not table.sweep.quantities:
        quantities = [Quantity(name="final_order_parameter", kind="final", of="order_parameter")]
    columns = len(quantities) if layout.numeric and _are_beside(quantities) else 1
    panels = [panel for quantity in quantities for panel in _panels(layout, quantity)]
    if len(panels) > MOST_PANELS:
        raise DomainError(f"figure: received {len(panels)} panels; at most {MOST_PANELS}; name fewer quantities")
    with style.styled():
        rows = len(panels) // columns
        height = HEIGHT if columns == 1 else LOW
        figure = Figure(figsize=(style.WIDTH, height * rows + MARGIN), layout="constrained")
        if columns > 1:
            _diagrams_beside(figure, rows, layout, quantities)
        grid = figure.subplots(rows, 1, squeeze=False) if columns == 1 else np.empty((0, 1))
        for axes, (quantity, label, series) in zip(grid[:, 0], panels if columns == 1 else [], strict=columns == 1):
            if not layout.numeric:
                _lines(axes, layout, quantity, series)
            elif quantity.kind == "trace":
                _time_diagram(axes, layout, quantity, *series[0])
            elif len(layout.numeric) == 2:
                _diagram(axes, layout, quantity, *series[0])
            else:
                _curves(axes, layout, quantity, series)
            if label:
                axes.set_title(f"{axes.get_title()}: {label}")
        model = table.sweep.model
        origin = f"Table {table.sweep.name}.h5, {_runs(table)}."
        style.put_caption(figure, style.Caption(model.title, model.source or "", origin))
    return figure


def _runs(table: Table) -> str:
    """Say how many runs there are, and of those that did not finish how they ended."""
    ends = [str(status) or "missing" for status in table["status"].values]
    others = [f"{ends.count(end)} {end}" for end in sorted(set(ends) - {"finished"})]
    incomplete = [] if table.complete else ["incomplete"]
    return ", ".join([f"{table.sweep.size} runs", *others, *incomplete])


def save(table: Table, path: Path) -> None:
    """Draw a table into a PNG, SVG or PDF file, by the ending of the path.

    Raises
    ------
    DomainError
        For another ending, or a table that cannot be drawn.
    RecordError
        Where the file cannot be written.
    """
    require_format(path)
    save_figure(draw(table), path)


def _layout(table: Table) -> _Layout:
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
    return _Layout(table, numeric, others)


def _has_trace(table: Table, crossing: Quantity) -> bool:
    """Whether a crossing is drawn on the diagram of a trace."""
    return any(q.kind == "trace" and _is_same(q, crossing) for q in table.sweep.quantities)


def _has_claim(table: Table) -> bool:
    """Whether rates of tokens are drawn beside those of the density."""
    return any(q.kind == "claim" and q.of == OF_DEFICIT for q in table.sweep.quantities)


def _is_same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are of one observable."""
    return one.of == other.of and (one.of != CLOSE_PAIRS or (one.delta, one.tokens) == (other.delta, other.tokens))


def _are_beside(quantities: list[Quantity]) -> bool:
    """Whether all diagrams are of one observable, so that they are read against each other."""
    return len(quantities) > 1 and {(q.kind, q.of, q.delta) for q in quantities} == {
        ("trace", quantities[0].of, quantities[0].delta)
    }


def _diagrams_beside(figure: "Figure", rows: int, layout: _Layout, quantities: list[Quantity]) -> None:
    """Draw a row of diagrams for each series, a column for each quantity, with one color bar and one legend for all."""
    places = figure.add_gridspec(rows + 1, len(quantities), height_ratios=[LEGEND, *[LOW] * rows])
    above = figure.add_subplot(places[0, :])
    above.set_axis_off()
    fields = [layout.numbers(quantity.name) for quantity in quantities]
    limits = _limits(quantities[0], np.concatenate([field.ravel() for field in fields]))
    diagrams = []
    for i, (label, shown) in enumerate(layout.series, start=1):
        for j, quantity in enumerate(quantities):
            axes = figure.add_subplot(places[i, j])
            mesh = _time_mesh(axes, layout, quantity, label, shown, limits)
            axes.label_outer()
            diagrams.append(axes)
    told = _measured(quantities[0], layout.table[quantities[0].name].units).replace(" with ", " with\n")
    hatched = "\nhatched: not known" if any(np.isnan(field).any() for field in fields) else ""
    figure.colorbar(mesh, ax=diagrams, label=f"{told}{hatched}", aspect=15 * rows)
    named = {label: line for axes in diagrams for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    if named:
        above.legend(
            list(named.values()), list(named), loc="center", ncols=2, frameon=True, facecolor="0.8", framealpha=1.0,
            edgecolor="none",
        )  # fmt: skip


def _limits(quantity: Quantity, values: NDArray[Any]) -> tuple[float, float]:
    """Return the range of colors: of a share all of it, otherwise that of the numbers."""
    known = values[np.isfinite(values)]
    return (0.0, 1.0) if quantity.of == CLOSE_PAIRS or not known.size else (float(known.min()), float(known.max()))


def _panels(layout: _Layout, quantity: Quantity) -> list[tuple[Quantity, str, list[tuple[str, NDArray[np.bool_]]]]]:
    """Give the series that share a panel, and its name: all where they are curves, one where they are diagrams."""
    if not layout.numeric or (quantity.kind != "trace" and len(layout.numeric) == 1):
        return [(quantity, label, series) for label, series in layout.panels]
    return [(quantity, "", [series]) for series in layout.series]


def _label(axis: Axis) -> str:
    """Name an axis, with its symbol if it has one."""
    symbol = SYMBOLS.get(axis.key)
    return f"{symbol} ({axis.key}, dimensionless)" if symbol else f"{axis.key} (dimensionless)"


def _chosen(axis: Axis, value: Any) -> str:
    """Name one value of an axis that figures do not have."""
    if not isinstance(value, float):
        return WORDS.get((axis.key, value), str(value))
    return f"{SYMBOLS.get(axis.key, axis.key)} = {value:g}"


def _measured(quantity: Quantity, units: str) -> str:
    """Name what a quantity is, with its unit."""
    if quantity.kind == "claim" and quantity.of in CLAIMED:
        return f"{CLAIMED[quantity.of]} (dimensionless)"
    if quantity.kind == "tokens":
        return f"rate of $1-R$ of {quantity.count} tokens (dimensionless)"
    if quantity.of == CLOSE_PAIRS:
        return rf"share of pairs with $\langle x,y\rangle\geq$ 1 − {quantity.delta:g} (dimensionless)"
    if quantity.of == MEAN_COSINE:
        return r"mean cosine $\langle x,y\rangle$ of two tokens, $R^2$ (dimensionless)"
    units = "dimensionless" if units == "1" else units
    symbol = style.SYMBOLS.get(quantity.of, ("", ""))[0]
    symbol = f"{symbol}, " if symbol.startswith("$") else ""
    return f"{symbol}{quantity.of.replace('_', ' ')} ({units})"


def _theory(axes: "Axes", layout: _Layout, quantity: Quantity, rows: NDArray[np.bool_], keys: tuple[str, str]) -> None:
    """Draw the curve of the sweep, if it has one, over two axes given by their keys."""
    found = predicted.curve(layout.table, int(np.argmax(rows)), quantity)
    if found is None:
        return
    if set(found.along) == set(keys):
        x, y = (found.along[key] for key in keys)
        axes.plot(x, y, color="black", lw=3.0)
        axes.plot(x, y, color="white", lw=1.4, ls=(0, (5, 1.5)), label=found.label)
    elif keys[0] in found.along:
        axes.axvline(float(found.along[keys[0]][0]), color=style.GREY, lw=1.0, label=found.label)


def _legend(axes: "Axes") -> None:
    """Name lines below a diagram, on a ground on which white ones are seen."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc="upper left", bbox_to_anchor=(0.0, -0.13), ncols=2, frameon=True, facecolor="0.8", framealpha=1.0,
            edgecolor="none",
        )  # fmt: skip


def _title(axes: "Axes", quantity: Quantity, label: str) -> None:
    """Say what a panel shows."""
    axes.set_title(f"{quantity.name.replace('_', ' ')}{': ' if label else ''}{label}")


def _curves(axes: "Axes", layout: _Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]]) -> None:
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
    axes.set_xlabel(_label(axis))
    axes.set_ylabel(_measured(quantity, column.units) if quantity.kind != "crossing" else _crossed(quantity))
    _title(axes, quantity, "")
    named = {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    # what was measured before what theory says of it
    measured = [label for label in named if label == "measured" or label in dict(series)]
    labels = measured + [label for label in named if label not in measured]
    if labels:
        axes.legend([named[label] for label in labels], labels)


def _rates(
    axes: "Axes", layout: _Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]], values: Array
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


def _tokens(axes: "Axes", layout: _Layout, x: NDArray[Any], rows: NDArray[np.bool_], color: str, marker: str) -> None:
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


def _lines(axes: "Axes", layout: _Layout, quantity: Quantity, series: list[tuple[str, NDArray[np.bool_]]]) -> None:
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
    axes.set_ylabel(_measured(quantity, layout.table[quantity.name].units))
    _title(axes, quantity, "")
    axes.legend(loc="lower left" if vanishes else "best", handlelength=4.0)


def _decade_below(axes: "Axes") -> float:
    """Return the power of ten below all that is drawn, and above the floor."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines] or [np.ones(1)])
    known = drawn[np.isfinite(drawn) & (drawn > FLOOR)]
    return float(10.0 ** np.floor(np.log10(np.min(known)))) if known.size else FLOOR


def _prediction(
    axes: "Axes",
    layout: _Layout,
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


def _crossed(quantity: Quantity) -> str:
    """Say which time a crossing is."""
    level, sign = (quantity.above, ">") if quantity.above is not None else (quantity.below, "<")
    return f"time t from which {quantity.of.replace('_', ' ')} {sign} {level:g} (dimensionless)"


def say_why_empty(axes: "Axes", table: Table, quantity: Quantity) -> bool:
    """Write the verdicts and their reasons into a panel without a single measured number; return whether it is one."""
    if np.any(np.isfinite(np.asarray(table[quantity.name].values, dtype=float))):
        return False
    known = {column.name for column in table.columns}
    told = [f"{quantity.name}{part}" for part in ("_verdict", "_reason")]
    texts = [table[name].values if name in known else [""] * table.sweep.size for name in told]
    counts = Counter(": ".join(filter(None, map(str, pair))) for pair in zip(*texts, strict=True))
    lines = [f"{count} of {table.sweep.size} runs: {text or 'no number'}" for text, count in counts.most_common(3)]
    words = "\n".join(style.wrapped(line, 80, 2) for line in ["nothing was measured", *lines])
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", fontsize=7, color=style.GREY)
    return True


def _diagram(axes: "Axes", layout: _Layout, quantity: Quantity, label: str, rows: NDArray[np.bool_]) -> None:
    """Draw a number over the plane of two axes."""
    across, up = layout.numeric
    x, y = (np.unique(layout.table[axis.key].values[rows]) for axis in (across, up))
    field = np.full((y.size, x.size), np.nan)
    at_x = np.searchsorted(x, layout.table[across.key].values[rows])
    at_y = np.searchsorted(y, layout.table[up.key].values[rows])
    field[at_y, at_x] = layout.numbers(quantity.name)[rows]
    units = layout.table[quantity.name].units
    mesh = _mesh(axes, (x, across.spacing), (y, up.spacing), field)
    _color_bar(axes, mesh, field, _measured(quantity, units))
    if quantity.kind == "claim":
        say_why_empty(axes, layout.table, quantity)
    _theory(axes, layout, quantity, rows, (across.key, up.key))
    _legend(axes)
    axes.set_xlabel(_label(across))
    axes.set_ylabel(_label(up))
    _title(axes, quantity, label)


def _time_diagram(axes: "Axes", layout: _Layout, quantity: Quantity, label: str, rows: NDArray[np.bool_]) -> None:
    """Draw a trace over the plane of time and the one axis, and the crossing times of its observable on it."""
    field = layout.numbers(quantity.name)[rows]
    mesh = _time_mesh(axes, layout, quantity, label, rows, _limits(quantity, field))
    _color_bar(axes, mesh, field, _measured(quantity, layout.table[quantity.name].units))
    _legend(axes)


def _time_mesh(
    axes: "Axes",
    layout: _Layout,
    quantity: Quantity,
    label: str,
    rows: NDArray[np.bool_],
    limits: tuple[float, float],
) -> Any:
    """Draw the diagram of a trace without its color bar and its legend."""
    (axis,) = layout.numeric
    y = layout.table[axis.key].values[rows]
    order = np.argsort(y)
    times = trace_times(quantity)
    field = layout.numbers(quantity.name)[rows][order]
    mesh = _mesh(axes, (times, "linear"), (y[order], axis.spacing), field)
    mesh.set_clim(*limits)
    for i, crossing in enumerate(q for q in layout.table.sweep.quantities if q.kind == "crossing"):
        if _is_same(crossing, quantity):
            reached = layout.numbers(crossing.name)[rows][order]
            axes.plot(reached, y[order], color="white", lw=2.6)
            dash = style.DASHES[i % len(style.DASHES)]
            axes.plot(reached, y[order], color="black", lw=1.2, ls=dash, label=crossing.name.replace("_", " "))
    _theory(axes, layout, quantity, rows, (predicted.TIME, axis.key))
    axes.set_xlabel("time $t$ (dimensionless)")
    axes.set_ylabel(_label(axis))
    _title(axes, quantity, label)
    return mesh


def _mesh(
    axes: "Axes",
    across: tuple[NDArray[Any], str],
    up: tuple[NDArray[Any], str],
    field: NDArray[Any],
) -> Any:
    """Draw cells, hatched where there is no number."""
    axes.set_facecolor("0.9")
    (left, right), (bottom, top) = ((edges[0], edges[-1]) for edges in (_edges(*across), _edges(*up)))
    corner = (left, bottom)
    axes.add_patch(_unknown(corner, right - left, top - bottom))
    mesh = axes.pcolormesh(
        _edges(*across), _edges(*up), np.ma.masked_invalid(field), cmap=style.COLOR_MAP, rasterized=True
    )
    for spacing, scale in ((across[1], axes.set_xscale), (up[1], axes.set_yscale)):
        scale("log" if spacing == "logarithmic" else "linear")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    return mesh


def _color_bar(axes: "Axes", mesh: Any, field: NDArray[Any], label: str) -> None:
    """Draw the color bar of one diagram."""
    hatched = "\nhatched: not known" if np.isnan(field).any() else ""
    axes.figure.colorbar(mesh, ax=axes, label=f"{label}{hatched}")


def _unknown(corner: tuple[float, float], width: float, height: float) -> Any:
    """Return the hatched ground on which the cells lie."""
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, facecolor="0.9", edgecolor="0.6", hatch="////", linewidth=0, zorder=0)


def _edges(centers: NDArray[Any], spacing: str) -> NDArray[Any]:
    """Return the borders half-way between cells, and as far beyond the first and the last."""
    c = np.log(centers) if spacing == "logarithmic" else np.asarray(centers, dtype=float)
    if c.size == 1:
        edges = np.array([c[0] - 0.5, c[0] + 0.5])
    else:
        middle = 0.5 * (c[1:] + c[:-1])
        edges = np.concatenate([[c[0] - (middle[0] - c[0])], middle, [c[-1] + (c[-1] - middle[-1])]])
    return np.exp(edges) if spacing == "logarithmic" else edges
