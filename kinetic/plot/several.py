"""Several records in one figure: the observables of each on the same axes.

Responsible for telling records apart. Draws only what more than a name stands for: observables that a record knows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.captions import equation
from kinetic.record import Record
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("order_parameter", "order_deficit", "energy", "dissipation", "entropy", "w2_to_dirac", "mean_radius")
COUNTED = "cluster_count"
MOST = len(style.COLORS)
_LOGARITHMIC = {"order_deficit", "dissipation", "w2_to_dirac"}
_COLUMNS = 2
_ROW = 1.75  # inches
_MARGIN = 0.7


def overlay(records: Sequence[Record]) -> "Figure":
    """Return a figure with the observables of several records, a color and a dash for each record.

    An observable is drawn if two of them know it, or if it changes in one (norms of tokens, which stay 1 elsewhere).

    Raises
    ------
    DomainError
        For more than six records, one without rows, or records that share no observable.
    """
    from matplotlib.figure import Figure

    if len(records) > MOST:
        raise DomainError(f"figure: received {len(records)} records; at most {MOST} can be told apart")
    for record in records:
        if "time" not in record.observables or record.observables["time"].size == 0:
            raise DomainError(f"{record.path}: the record holds no row yet; its status is {record.status}")
    names = [name for name in (*SHOWN, COUNTED) if _is_told(records, name)]
    if not names:
        raise DomainError("figure: the records share no observable that could be drawn; draw each by itself")
    rows = -(-len(names) // _COLUMNS)
    with style.styled():
        height = _ROW * rows + _MARGIN + 0.13 * len(records)
        figure = Figure(figsize=(style.WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for ax, name in zip(axes, names, strict=False):
            _draw(ax, records, name)
        for ax in axes[len(names) :]:
            ax.remove()
        style.outside_legend(axes[0], 3, 2.6)
        style.put_caption(figure, _caption(records))
    return figure


def labels(records: Sequence[Record]) -> list[str]:
    """Return a name for each record: that of its file, with as many folders as tell it from the others."""
    parts = [record.path.resolve().with_suffix("").parts for record in records]
    for depth in range(1, max(map(len, parts)) + 1):
        found = ["/".join(part[-depth:]) for part in parts]
        if len(set(found)) == len(found):
            return found
    return [f"{name} ({i})" for i, name in enumerate(("/".join(part[-1:]) for part in parts), 1)]


def _values(record: Record, name: str) -> Array:
    """Return an observable that is one number a row; NaN where it is not known."""
    rows = record.observables
    found = rows.get(name, np.zeros(0))
    return found if found.ndim == 1 and found.size == rows["time"].size else np.full(rows["time"].size, np.nan)


def _is_told(records: Sequence[Record], name: str) -> bool:
    """Whether an observable is worth a picture."""
    known = [values[np.isfinite(values)] for values in (_values(record, name) for record in records)]
    known = [values for values in known if values.size]
    if name == "mean_radius":
        return any(float(np.ptp(values)) > 0 for values in known)
    return len(known) >= min(2, len(records)) or (name == COUNTED and bool(known))


def _draw(ax: "Axes", records: Sequence[Record], name: str) -> None:
    """Draw one observable of all records."""
    positive = False
    for i, (record, label) in enumerate(zip(records, labels(records), strict=True)):
        values = _values(record, name)
        if name in _LOGARITHMIC:
            values = np.where(values > 0, values, np.nan)
            positive |= bool(np.any(np.isfinite(values)))
        dash = style.DASHES[i % len(style.DASHES)]
        ax.plot(record.observables["time"], values, color=style.COLORS[i], ls=dash, label=style.plain(label))
    if positive:
        ax.set_yscale("log")
        style.tidy_log(ax)
    else:
        ax.ticklabel_format(axis="y", scilimits=(-3, 4), useOffset=False)
    ax.set_ylabel("clusters (1)" if name == COUNTED else style.quantity(name))
    ends = [float(record.observables["time"][i]) for record in records for i in (0, -1)]
    ax.set_xlim(min(ends), max(ends) if max(ends) > min(ends) else min(ends) + 1.0)
    ax.set_xlabel(style.TIME)


def _caption(records: Sequence[Record]) -> style.Caption:
    """Return the title that the records share, or their number, and an equation for each."""
    cases = [Evidence(record).case for record in records]
    titles = {case.title for case in cases}
    title = titles.pop() if len(titles) == 1 else f"{len(records)} records"
    told = zip(labels(records), records, cases, strict=True)
    lines = [f"{label}: {equation(case)}; {record.status}." for label, record, case in told]
    return style.Caption(title, "", "\n".join(lines))
