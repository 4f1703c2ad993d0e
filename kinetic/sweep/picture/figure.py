"""The figure of a table: its panels, its title and its caption."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinetic.errors import DomainError
from kinetic.plot import require_format, style
from kinetic.plot import save as save_figure
from kinetic.sweep import ensemble_picture
from kinetic.sweep.file import Quantity
from kinetic.sweep.picture.curves import draw_curves, draw_lines
from kinetic.sweep.picture.diagrams import LOW, draw_diagram, draw_diagrams_beside, draw_time_diagram
from kinetic.sweep.picture.layout import are_beside, has_claim, has_trace, layout_of, panels_of
from kinetic.sweep.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 3.6  # inches of a panel
MARGIN = 0.8  # inches of title and caption

MOST_PANELS = 12


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
    layout = layout_of(table)
    shared = {
        q.name
        for q in table.sweep.quantities
        if (q.kind == "crossing" and has_trace(table, q)) or (q.kind == "tokens" and has_claim(table))
    }
    quantities = [q for q in table.sweep.quantities if q.name not in shared]
    if not table.sweep.quantities:
        quantities = [Quantity(name="final_order_parameter", kind="final", of="order_parameter")]
    columns = len(quantities) if layout.numeric and are_beside(quantities) else 1
    panels = [panel for quantity in quantities for panel in panels_of(layout, quantity)]
    if len(panels) > MOST_PANELS:
        raise DomainError(f"figure: received {len(panels)} panels; at most {MOST_PANELS}; name fewer quantities")
    with style.styled():
        rows = len(panels) // columns
        height = HEIGHT if columns == 1 else LOW
        figure = Figure(figsize=(style.WIDTH, height * rows + MARGIN), layout="constrained")
        if columns > 1:
            draw_diagrams_beside(figure, rows, layout, quantities)
        grid = figure.subplots(rows, 1, squeeze=False) if columns == 1 else np.empty((0, 1))
        for axes, (quantity, label, series) in zip(grid[:, 0], panels if columns == 1 else [], strict=columns == 1):
            if not layout.numeric:
                draw_lines(axes, layout, quantity, series)
            elif quantity.kind == "trace":
                draw_time_diagram(axes, layout, quantity, *series[0])
            elif len(layout.numeric) == 2:
                draw_diagram(axes, layout, quantity, *series[0])
            else:
                draw_curves(axes, layout, quantity, series)
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
