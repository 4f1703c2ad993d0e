"""How values become colors: scales, their ranges and their color bars."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kinetic.plot import style
from kinetic.plot.shapes import HIGHEST, trusted
from kinetic.types import Array

_WIDE_RANGE = 30.0  # largest over smallest value from which on colors and axes are logarithmic
_COLORED = (1e-4, 1e4)  # densities that colors tell apart on a map; 1 is uniform
_FLAT = 0.05  # largest |ρ − 1| at which ρ − 1 is shown instead of ρ
_ROUNDING = 4096 * np.finfo(float).eps  # of the largest value: of a sum over thousands of degrees
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
    from matplotlib.colors import LogNorm, Normalize

    colors = _colors()
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


def _colors() -> Any:
    """Return the color map; what is not known is white, what is smaller than the scale as dark as its end."""
    import matplotlib as mpl

    colors = mpl.colormaps[style.COLOR_MAP]
    return colors.with_extremes(bad="white", under=colors(0.0))


def colored(values: Array, scale: dict[str, Any]) -> Array:
    """Return values as a mesh takes them: an exact zero is below every scale, and known."""
    return np.asarray(np.where(values == 0.0, np.finfo(float).tiny, values) if scale["norm"].vmin > 0 else values)


@dataclass(frozen=True)
class Scale:
    """One scale of colors for several pictures of densities.

    Parameters
    ----------
    shift : float
        1 where ρ − 1 is shown, otherwise 0.
    wide : bool
        Whether it is logarithmic, so that what does not stand out of noise is left out.
    look : dict
        Color map and norm.
    depth : float
        How far below zero the pictures go: 0, or −min ρ of a series that is cut off.
    """

    shift: float
    wide: bool
    look: dict[str, Any]
    depth: float

    @classmethod
    def of(cls, pictures: Iterable[Array]) -> "Scale":
        """Return the scale that holds all pictures, looked at one after another."""
        ranges = [_range(values) for values in pictures]
        ends = np.array([end for both, _, _ in ranges for end in both])
        wide, shift = is_wide(ends), shown_shift(ends)
        if wide:
            ends = np.array([end for _, seen, _ in ranges for end in seen])
        return cls(shift, wide, color_scale(ends - shift, wide=wide), max(depth for _, _, depth in ranges))

    def shown(self, values: Array) -> Array:
        """Return the drawn values of a picture."""
        return colored(trusted(values), self.look) if self.wide else values - self.shift


def _range(values: Array) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Return the ends of all values, those of what stands out of noise and is positive, and the depth below zero."""
    known, seen = values[np.isfinite(values)], trusted(values)
    if known.size == 0:
        return (np.nan, np.nan), (np.nan, np.nan), 0.0
    largest = float(known.max())
    low = float(seen[seen > 0].min(initial=largest))
    return (float(known.min()), largest), (low, largest), undershoot(known)


def undershoot(values: Array) -> float:
    """Return −min ρ where a truncated series goes below zero by more than the rounding of its sum, otherwise 0."""
    known = values[np.isfinite(values)]
    lowest = float(known.min(initial=0.0))
    return -lowest if lowest < -_ROUNDING * float(known.max(initial=0.0)) else 0.0


def negative_note(depth: float, where: str = "white") -> str:
    """Say what hides the density where a series goes below zero; nothing where it does not."""
    return "" if depth == 0 else f"{where}: not known, the truncated series swings below zero, to {-depth:.2g}"


def is_wide(values: Array) -> bool:
    """Whether values of a density span so much that only a logarithmic scale shows them."""
    known = values[np.isfinite(values)]
    largest = float(known.max(initial=0.0))
    return largest > 0 and float(known.min()) < largest / _WIDE_RANGE and shown_shift(values) == 0.0


def full_scale(values: Array) -> dict[str, Any]:
    """Return color map and a logarithmic scale that holds all positive values down to 1e-90 of the largest."""
    from matplotlib.colors import LogNorm

    positive = values[(values > 0) & (values < HIGHEST)]
    largest = float(positive.max(initial=0.0)) or 1.0
    smallest = max(float(positive.min(initial=largest)), DEEPEST * largest)
    return {"cmap": _colors(), "norm": LogNorm(min(smallest, 0.999 * largest), largest)}
