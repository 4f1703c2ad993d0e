"""What a panel says: names of axes, quantities and series, and why one is empty."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.plot import style
from kinetic.sweep.file import CLOSE_PAIRS, MEAN_COSINE, Axis, Quantity
from kinetic.sweep.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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

CLAIMED = {
    "dirac_rate": r"rate $\kappa$ of $1-R$",
    "symmetric_rate": r"rate $\kappa$ of the mean square angle",
}
"""What claims measure, as papers write it."""
WORDS = {("attention.normalization", "none"): "unnormalised"}
"""Values of keys that say little without the key."""


def axis_label(axis: Axis) -> str:
    """Name an axis, with its symbol if it has one."""
    symbol = SYMBOLS.get(axis.key)
    return f"{symbol} ({axis.key}, dimensionless)" if symbol else f"{axis.key} (dimensionless)"


def value_label(axis: Axis, value: Any) -> str:
    """Name one value of an axis that figures do not have."""
    if not isinstance(value, float):
        return WORDS.get((axis.key, value), str(value))
    return f"{SYMBOLS.get(axis.key, axis.key)} = {value:g}"


def measured_label(quantity: Quantity, units: str) -> str:
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


def put_title(axes: "Axes", quantity: Quantity, label: str) -> None:
    """Say what a panel shows."""
    axes.set_title(f"{quantity.name.replace('_', ' ')}{': ' if label else ''}{label}")


def crossing_label(quantity: Quantity) -> str:
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
