"""The law of <x, y> over pairs of tokens, at several times, beside that of the rows a run began with."""

from typing import TYPE_CHECKING

import numpy as np

from kinetic.pair_law import BINS, PairLaw, laws_of, pair_histogram, pairs_of_record
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_NEGLIGIBLE = 1e-6  # of the largest mass: bins that are not shown at the ends
_DECADES = 20.0  # ratio of peaks from which the masses are shown on a logarithmic axis
_MARGIN = 2  # bins


def draw_pairs(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the masses of bins of <x, y>, a line a time.

    Raises
    ------
    DomainError
        If nothing is known of the law at any of the times.
    """
    laws = laws_of(scene.densities)
    known = [(law, float(time)) for law, time in zip(laws, scene.times, strict=True) if law is not None]
    rows = pairs_of_record(scene.record)
    if not known and rows is None:
        pair_histogram(scene.densities[0])  # says why
    ax = panel.subplots()
    edges = np.linspace(-1.0, 1.0, BINS + 1)
    if rows is not None:
        ax.stairs(rows, edges, fill=True, color="0.85", label="rows of the file")
    colors = style.time_colors(len(known)) if known else []
    for (law, time), color in zip(known, colors, strict=True):
        ax.stairs(law.masses, law.edges, color=color, lw=1.1, label=style.time_label(time))
    _finish(ax, [law for law, _ in known], edges, rows)
    hidden = len(laws) - len(known)
    note = f" ({hidden} of {len(laws)} times are hidden by rounding or missing degrees)" if hidden else ""
    style.heading(panel, f"Cosines between two tokens{note}")


def _finish(ax: "Axes", laws: list[PairLaw], edges: Array, rows: Array | None) -> None:
    """Label the axes and leave out ends without mass."""
    masses = np.stack([law.masses for law in laws] + ([] if rows is None else [rows]))
    peaks = masses.max(axis=1)
    if peaks.max() > _DECADES * peaks.min():
        ax.set_yscale("log")
        ax.set_ylim(1e-3 * float(peaks.min()), 2.0 * float(peaks.max()))
    shown = np.flatnonzero(masses.max(axis=0) > _NEGLIGIBLE * peaks.max())
    last = masses.shape[1]
    ax.set_xlim(edges[max(shown[0] - _MARGIN, 0)], edges[min(shown[-1] + 1 + _MARGIN, last)])
    ax.set_xlabel(r"cosine $\langle x, y\rangle$ of two tokens (1)")
    ax.set_ylabel(f"mass in one of {last} bins (1)")
    error = max((law.error for law in laws), default=0.0)
    if laws:
        ax.text(
            0.99,
            0.98,
            f"known to {error:.1g}",
            transform=ax.transAxes,
            ha="right",
            va="top",
            fontsize=7,
            color=style.GREY,
        )
    style.outside_legend(ax, 4)
