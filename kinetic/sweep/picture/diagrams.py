"""Phase diagrams: a number over two axes, or over time and one axis; hatched where no run tells it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinetic.plot import style
from kinetic.sweep import predicted
from kinetic.sweep.cells import trace_times
from kinetic.sweep.file import CLOSE_PAIRS, Quantity
from kinetic.sweep.picture.layout import Layout, is_same
from kinetic.sweep.picture.words import axis_label, measured_label, put_title, say_why_empty

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOW = 2.3  # inches of a panel beside another one
LEGEND = 0.25  # inches of the legend above such panels


def draw_diagrams_beside(figure: "Figure", rows: int, layout: Layout, quantities: list[Quantity]) -> None:
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
    told = measured_label(quantities[0], layout.table[quantities[0].name].units).replace(" with ", " with\n")
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


def _theory(axes: "Axes", layout: Layout, quantity: Quantity, rows: NDArray[np.bool_], keys: tuple[str, str]) -> None:
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


def draw_diagram(axes: "Axes", layout: Layout, quantity: Quantity, label: str, rows: NDArray[np.bool_]) -> None:
    """Draw a number over the plane of two axes."""
    across, up = layout.numeric
    x, y = (np.unique(layout.table[axis.key].values[rows]) for axis in (across, up))
    field = np.full((y.size, x.size), np.nan)
    at_x = np.searchsorted(x, layout.table[across.key].values[rows])
    at_y = np.searchsorted(y, layout.table[up.key].values[rows])
    field[at_y, at_x] = layout.numbers(quantity.name)[rows]
    units = layout.table[quantity.name].units
    mesh = _mesh(axes, (x, across.spacing), (y, up.spacing), field)
    _color_bar(axes, mesh, field, measured_label(quantity, units))
    if quantity.kind == "claim":
        say_why_empty(axes, layout.table, quantity)
    _theory(axes, layout, quantity, rows, (across.key, up.key))
    _legend(axes)
    axes.set_xlabel(axis_label(across))
    axes.set_ylabel(axis_label(up))
    put_title(axes, quantity, label)


def draw_time_diagram(axes: "Axes", layout: Layout, quantity: Quantity, label: str, rows: NDArray[np.bool_]) -> None:
    """Draw a trace over the plane of time and the one axis, and the crossing times of its observable on it."""
    field = layout.numbers(quantity.name)[rows]
    mesh = _time_mesh(axes, layout, quantity, label, rows, _limits(quantity, field))
    _color_bar(axes, mesh, field, measured_label(quantity, layout.table[quantity.name].units))
    _legend(axes)


def _time_mesh(
    axes: "Axes",
    layout: Layout,
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
        if is_same(crossing, quantity):
            reached = layout.numbers(crossing.name)[rows][order]
            axes.plot(reached, y[order], color="white", lw=2.6)
            dash = style.DASHES[i % len(style.DASHES)]
            axes.plot(reached, y[order], color="black", lw=1.2, ls=dash, label=crossing.name.replace("_", " "))
    _theory(axes, layout, quantity, rows, (predicted.TIME, axis.key))
    axes.set_xlabel("time $t$ (dimensionless)")
    axes.set_ylabel(axis_label(axis))
    put_title(axes, quantity, label)
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
