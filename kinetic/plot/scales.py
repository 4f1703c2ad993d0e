"""How values become colors: scales, their ranges and their color bars."""

from typing import Any

import numpy as np

from kinetic.plot import style
from kinetic.plot.shapes import HIGHEST
from kinetic.types import Array

_WIDE_RANGE = 30.0  # largest over smallest value from which on colors and axes are logarithmic
_COLORED = (1e-4, 1e4)  # densities that colors tell apart on a map; 1 is uniform
_FLAT = 0.05  # largest |ρ − 1| at which ρ − 1 is shown instead of ρ
DEEPEST = 1e-90
"""Share of the largest value below which values are not told apart."""


def label_bar(bar: Any, shift: float) -> None:
    """Write what the colors mean, with few ticks."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    bar.set_label(r"$\rho-1$" if shift else r"$\rho$", fontsize=7, labelpad=0)
    bar.minorlocator = NullLocator()
    if not isinstance(bar.norm, LogNorm):
        bar.locator = MaxNLocator(4)
        bar.update_ticks()
        bar.formatter.set_powerlimits((-2, 3))
    elif bar.vmax < style.FEW_DECADES * bar.vmin:
        bar.locator = FixedLocator(style.plain_ticks(bar.vmin, bar.vmax))
        bar.formatter = FuncFormatter(lambda value, _: f"{value:.3g}")
    else:
        bar.locator = LogLocator(numticks=5)
    bar.update_ticks()
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=6, width=0.5, length=2, pad=1)
    bar.ax.xaxis.get_offset_text().set_fontsize(6)


def shown_shift(values: Array) -> float:
    """Return 1 where ρ hardly differs from 1, so that the difference is shown, otherwise 0."""
    known = values[np.isfinite(values)]
    return 1.0 if known.size and np.max(np.abs(known - 1.0)) < _FLAT else 0.0


def color_scale(values: Array, *, wide: bool) -> dict[str, Any]:
    """Return color map and norm, logarithmic within `_COLORED` if `wide`."""
    import matplotlib as mpl
    from matplotlib.colors import LogNorm, Normalize

    colors = mpl.colormaps[style.COLOR_MAP]
    # zero and undershoots of a series lie below every logarithmic scale
    colors = colors.with_extremes(bad=colors(0.0))
    known = values[np.isfinite(values)]
    if known.size == 0 or (wide and not np.any(known > 0)):  # nothing between clusters is known
        return {"cmap": colors, "norm": Normalize(0.0, 1.0)}
    smallest, largest = float(known.min()), float(known.max())
    if wide:
        lowest = max(float(np.nanmin(values[values > 0])), _COLORED[0])
        highest = min(largest, _COLORED[1])
        pointed: Any = "max" if largest > highest else False  # an end with a point: brighter than the scale
        colors.colorbar_extend = pointed
        return {"cmap": colors, "norm": LogNorm(min(lowest, 0.999 * highest), highest)}
    return {"cmap": colors, "norm": Normalize(smallest, largest if largest > smallest else smallest + 1e-15)}


def is_wide(values: Array) -> bool:
    """Whether values of a density span so much that only a logarithmic scale shows them."""
    known = values[np.isfinite(values)]
    largest = float(known.max(initial=0.0))
    return largest > 0 and float(known.min()) < largest / _WIDE_RANGE and shown_shift(values) == 0.0


def full_scale(values: Array) -> dict[str, Any]:
    """Return color map and a logarithmic scale that holds all positive values down to 1e-90 of the largest."""
    import matplotlib as mpl
    from matplotlib.colors import LogNorm

    colors = mpl.colormaps[style.COLOR_MAP]
    positive = values[(values > 0) & (values < HIGHEST)]
    largest = float(positive.max(initial=0.0)) or 1.0
    smallest = max(float(positive.min(initial=largest)), DEEPEST * largest)
    return {"cmap": colors.with_extremes(bad=colors(0.0)), "norm": LogNorm(min(smallest, 0.999 * largest), largest)}
