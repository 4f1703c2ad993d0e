"""How every figure looks: sizes, colors, axes, captions. Knows no records.

Colors of lines are told apart by the color-blind, and by their dashes in grey; color maps are perceptually uniform, so
that they survive grey printing (cividis, which also reads the same with every kind of color vision).
"""

import math
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kinetic.case.show import printable
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS, RADIUS_DEFINITIONS
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1, 1)), (0, (8, 1.5, 1, 1.5, 1, 1.5)))
COLOR_MAP = "cividis"
WIDTH = 7.0  # inches: the text width of an A4 or letter page
GREY = "0.45"
FEW_DECADES = 100.0  # range below which a logarithmic scale is labeled with plain numbers
SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7,
    "legend.frameon": True,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.8,
    "lines.linewidth": 1.3,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "path",  # an SVG looks the same where the font is missing
    "svg.hashsalt": "kinetic",  # the same record gives the same file
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
_TITLE_COLUMNS, _TITLE_LINES = 84, 3
_CAPTION_COLUMNS = 150

SYMBOLS = {
    definition.name: (definition.drawn, definition.units)
    for definition in (*DEFINITIONS, *RADIUS_DEFINITIONS, *ENTROPY_DEFINITIONS)
    if definition.drawn
} | {"antipode_density": (r"$\rho(-m)$", "1")}
"""Observables as papers write them, with their units."""

TIME = r"time $t$ (dimensionless)"


@contextmanager
def styled() -> Iterator[None]:
    """Let what is drawn or saved inside look like this module says."""
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):
        yield


def quantity(name: str) -> str:
    """Return an axis label: symbol and unit of an observable."""
    symbol, unit = SYMBOLS[name]
    return symbol if unit == "1" else f"{symbol} ({unit})".replace("\n ", "\n")


def plain(text: str) -> str:
    """Return a text of a record in one printable line, nothing in it taken for mathematics."""
    return printable(" ".join(text.split())).replace("$", r"\$")


def wrapped(text: str, columns: int, lines: int) -> str:
    """Return a text folded to a width, cut after some lines."""
    return "\n".join(textwrap.wrap(plain(text), columns, max_lines=lines, placeholder=" …"))


@dataclass(frozen=True)
class Caption:
    """What stands above and below a figure.

    Parameters
    ----------
    title, source, origin : str
        Of the case; of the case, may be empty; which record this is, a line for each where there are several.
    """

    title: str
    source: str
    origin: str


def put_caption(figure: "Figure", caption: Caption) -> None:
    """Write the title above a figure, source and record below it."""
    figure.suptitle(wrapped(caption.title, _TITLE_COLUMNS, _TITLE_LINES), fontsize=10, fontweight="bold")
    below = caption.origin.split("\n") + ([f"Source: {caption.source}"] if caption.source else [])
    columns = int(_CAPTION_COLUMNS * min(1.0, figure.get_figwidth() / WIDTH))
    text = "\n".join(wrapped(line, columns, _TITLE_LINES) for line in below)
    # a label takes part in the layout, so that nothing lies on it
    figure.supxlabel(text, fontsize=6.5, color=GREY, x=0.01, ha="left", ma="left")


def time_colors(count: int) -> list[Any]:
    """Return a color a time, from light (early) to dark (late)."""
    import matplotlib as mpl

    shades = np.linspace(0.82, 0.0, count) if count > 1 else np.zeros(1)
    return [mpl.colormaps[COLOR_MAP](shade) for shade in shades]


def time_label(time: float) -> str:
    """Return `t = …` with three significant digits."""
    return f"$t$ = {time:.3g}"


def outside_legend(ax: "Axes", columns: int, length: float = 1.3) -> None:
    """Name the lines of an axes above it, where no line can be; nothing where no line has a name."""
    if not ax.get_legend_handles_labels()[0]:
        return
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(-0.02, 0.98),
        ncols=columns,
        handlelength=length,
        columnspacing=1.0,
        handletextpad=0.4,
        borderaxespad=0.2,
    )


def tidy_log(ax: "Axes", direction: Literal["x", "y"] = "y") -> None:
    """Label a logarithmic axis of few decades with round numbers, so that it has more than one label."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    low, high = ax.get_xlim() if direction == "x" else ax.get_ylim()
    axis = ax.xaxis if direction == "x" else ax.yaxis
    axis.set_minor_formatter(NullFormatter())
    if high < FEW_DECADES * low:
        axis.set_major_locator(FixedLocator(plain_ticks(low, high)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def plain_ticks(smallest: float, largest: float) -> list[float]:
    """Return two to five round numbers within a range of few decades."""
    decades = range(math.floor(math.log10(smallest)), math.ceil(math.log10(largest)) + 1)
    for digits in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)):
        ticks = [m * 10.0**k for k in decades for m in digits if smallest <= m * 10.0**k <= largest]
        if len(ticks) >= 3:
            return ticks[:5]
    return _even_ticks(smallest, largest)


def _even_ticks(smallest: float, largest: float) -> list[float]:
    """Return two to four multiples of 1, 2 or 5 times a power of ten; the ends of a range without any."""
    digit = math.floor(math.log10((largest - smallest) or 1.0))
    for share in (1.0, 0.5, 0.2):
        step = share * 10.0**digit
        ticks = [round(step * k, 1 - digit) for k in range(math.ceil(smallest / step), math.floor(largest / step) + 1)]
        if len(ticks) >= 2:
            return ticks[:: -(-len(ticks) // 4)]
    return [smallest, largest]


def edges(times: Array) -> Array:
    """Return borders halfway between times."""
    if times.size < 2:
        return np.array([times[0], times[0] + 1.0])
    return np.concatenate([times[:1], 0.5 * (times[1:] + times[:-1]), times[-1:]])


def outline() -> list[Any]:
    """Return the outline that makes a white letter legible on every color."""
    import matplotlib.patheffects as effects

    return [effects.withStroke(linewidth=1.4, foreground="black", alpha=0.6)]


def note(axes: "Axes", text: str, columns: int = 60) -> None:
    """Say in the place of a picture why there is none."""
    axes.set_axis_off()
    lines = (line for part in text.split("\n") for line in textwrap.wrap(part, columns))
    axes.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color=GREY, fontsize=7)


def heading(panel: "Figure | SubFigure", text: str) -> None:
    """Write what a panel shows above it."""
    panel.suptitle(text, fontsize=8.5, fontweight="bold", x=0.01, ha="left")


def limits(values: Array, *, low: float = 0.0, margin: float = 0.08) -> tuple[float, float]:
    """Return axis limits around finite values; the unit interval where there are none."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    bottom, top = min(low, float(finite.min())), max(low, float(finite.max()))
    room = margin * ((top - bottom) or 1.0)
    return bottom - (room if bottom < low else 0.0), top + room


def side_labels(ax: "Axes", labels: Sequence[tuple[float, str]], size: float = 6.5) -> None:
    """Write labels right of an axes at their heights, moved apart where they would lie on each other.

    The limits of the axes must be set before; labels outside of them are written at its end.
    """
    low, high = ax.get_ylim()
    box = ax.get_position(original=True)
    inches = float(ax.figure.get_size_inches()[1]) * box.height if hasattr(ax.figure, "get_size_inches") else 1.0
    line = 1.25 * size / 72.0 / max(inches, 0.8)  # of the height of the axes, 72 points an inch
    ordered = sorted(labels)
    wanted = np.array([min(max((value - low) / (high - low), 0.0), 1.0) for value, _ in ordered])
    room = np.array([line * (1 + text.count("\n")) for _, text in ordered])
    for (_, text), height in zip(ordered, apart(wanted, room), strict=True):
        ax.annotate(
            text, (1.0, float(height)), xycoords="axes fraction", xytext=(3, 0), textcoords="offset points",
            va="center", fontsize=size, color="0.3",
        )  # fmt: skip


def apart(wanted: Array, room: Array) -> Array:
    """Return heights as near as can be to ascending wanted ones, of which each has its room: neighbors do not overlap.

    Labels that meet form a group around the mean of what its members want (least squares, pool adjacent violators).
    """
    offset = np.concatenate([[0.0], np.cumsum(0.5 * (room[1:] + room[:-1]))]) if room.size else room
    groups: list[list[float]] = []
    for value in wanted - offset:
        groups.append([value])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    return np.asarray([float(np.mean(group)) for group in groups for _ in group] + offset)
