"""A study as a figure: the differences between levels over the level, a line for each observable."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetic.plot import style
from kinetic.sweep.convergence.differences import ROUNDING, Finding, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.6  # inches
_LABELS = {
    "space.degree": r"degree $L$",
    "space.elements": "elements",
    "time.tolerance": "tolerance of the stepper",
}


def draw(found: Sequence[Finding], title: str) -> "Figure":
    """Return the figure of a study.

    Parameters
    ----------
    found : sequence of Finding
    title : str
        Of the case.
    """
    from matplotlib.figure import Figure

    with style.styled():
        figure = Figure(figsize=(style.WIDTH, _HEIGHT), layout="constrained")
        axes = figure.subplots(1, len(found), squeeze=False, sharey=True)[0]
        for ax, one in zip(axes, found, strict=True):
            _draw(ax, one)
        axes[0].set_ylabel("relative change to the next level")
        style.outside_legend(axes[0], 4, 2.0)
        style.put_caption(figure, style.Caption(title, "", f"{verdict(found)}. Grey: rounding."))
    return figure


def _draw(ax: "Axes", finding: Finding) -> None:
    """Draw the differences along one key."""
    levels = np.array(finding.levels[:-1], dtype=float)
    looks = zip(finding.changes, style.COLORS * 2, style.DASHES * 2, strict=False)
    for one, color, dash in looks:
        values = np.maximum(np.array(one.differences), np.finfo(float).eps / 8)
        label = style.SYMBOLS.get(one.name, (one.name, ""))[0].strip()
        ax.loglog(levels, values, color=color, ls=dash, marker="o", ms=3, label=label)
    ax.axhspan(np.finfo(float).eps / 8, ROUNDING, color="0.92", lw=0, zorder=0)
    ax.set_xlabel(_LABELS.get(finding.key, finding.key))
    ax.set_xticks(levels, [f"{level:g}" for level in levels])
    ax.minorticks_off()
    if finding.key == "time.tolerance":
        ax.invert_xaxis()
