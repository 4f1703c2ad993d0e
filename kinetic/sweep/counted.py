"""How many clusters against β: an ensemble over seeds, Rice's count while noise grows, and the clusters that form.

Responsible for one figure of two panels: the numbers themselves, and the same over what they tend to. Refuses to
compute statistics.
"""

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.case import Case, Random
from kinetic.plot import style
from kinetic.sweep.ensemble import Statistic, statistics
from kinetic.sweep.file import CLUSTER_COUNT, FORMED, Axis
from kinetic.sweep.table import Table
from kinetic.theory.mode_count import large_beta_maxima
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BETA = "attention.beta"
COUNTS = (CLUSTER_COUNT, FORMED)
MARKERS = ("o", "s", "^", "D", "v", "P")
_HALF = 0.5
_SPREAD = 0.02  # of the logarithm of the range: curves stand beside each other


def axis_of(table: Table) -> Axis | None:
    """Return the axis of β of an ensemble that counts clusters and varies nothing else; None of other ensembles."""
    given, quantities = table.sweep.model.ensemble, [q for q in table.sweep.quantities if q.kind != "claim"]
    leaders = [axis for axis in table.sweep.axes if axis.zip_with is None and given and axis.key != given.over]
    counts = quantities and all(quantity.of in COUNTS for quantity in quantities)
    alone = len(leaders) == 1 and leaders[0].key == BETA and leaders[0].drawn == "axis"
    return leaders[0] if counts and alone and len(leaders[0].all_values) > 1 else None


def draw(table: Table, axis: Axis) -> "Figure":
    """Return the figure: means with confidence intervals, bands between the inner quantiles, laws as lines."""
    from matplotlib.figure import Figure

    found = statistics(table)
    betas = dict(zip(dict.fromkeys(s.group for s in found), map(float, axis.all_values), strict=True))
    dimension = table.sweep.point(0).case.space.dimension
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, 6.4), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1.0])
        shown = _curves(table, found)
        for i, (label, rows) in enumerate(shown):
            b = np.array([betas[s.group] for s in rows])
            look = {"color": style.COLORS[i % len(style.COLORS)], "marker": MARKERS[i % len(MARKERS)]}
            shift = np.exp(_SPREAD * (i - 0.5 * (len(shown) - 1)))
            for ax, by in ((upper, np.ones(b.size)), (lower, large_beta_maxima(dimension, b)[1])):
                _curve(ax, b, b * shift, rows, by, look, label)
        _guides(upper, lower, np.array(list(betas.values())), dimension)
        _finish(upper, lower, axis, dimension)
        model = table.sweep.model
        begun = f"{_begun(table.sweep.point(0).case)}, {_seeds(found)}"
        origin = f"{begun}. Means with intervals of 95 %, bands between quartiles. Table {table.sweep.name}.h5."
        style.put_caption(figure, style.Caption(model.title, model.source or "", origin))
    return figure


def _curves(table: Table, found: tuple[Statistic, ...]) -> list[tuple[str, list[Statistic]]]:
    """Return label and statistics of each curve: one for each quantity, and each of its times."""
    kinds = {quantity.name: quantity.of for quantity in table.sweep.quantities}
    shares = {quantity.name: quantity.share for quantity in table.sweep.quantities}

    def name(s: Statistic) -> str:
        if kinds[s.quantity] == FORMED:
            share = "half" if shares[s.quantity] == _HALF else f"{shares[s.quantity]:g}"
            return f"clusters, once {share} of the mass is in them"
        return "maxima of $Z$" + (f" at $t$ = {s.time:.3g}" if np.isfinite(s.time) else " at the end")

    ordered = sorted(enumerate(found), key=lambda pair: (list(kinds).index(pair[1].quantity), name(pair[1]), pair[0]))
    curves = [(label, [s for _, s in part]) for label, part in groupby(ordered, key=lambda pair: name(pair[1]))]
    return sorted(curves, key=lambda curve: (list(kinds).index(curve[1][0].quantity), curve[1][0].time))


def _curve(ax: "Axes", b: Array, at: Array, rows: list[Statistic], by: Array, look: dict[str, Any], label: str) -> None:
    """Draw one curve, all numbers over those given."""
    mean = np.array([[s.mean.value, s.mean.low, s.mean.high] for s in rows]).T / by
    quartiles = np.sort(np.array([s.quantiles for s in rows]), axis=1).T / by
    known = np.isfinite(mean).all(axis=0)
    middle = quartiles.shape[0] // 2
    if middle:
        ax.fill_between(b, quartiles[middle - 1], quartiles[-middle], color=look["color"], alpha=0.15, lw=0)
    bars = np.maximum([mean[0] - mean[1], mean[2] - mean[0]], 0.0)[:, known]
    ax.errorbar(at[known], mean[0, known], bars, ls="none", ms=3.5, lw=0.9, capsize=2, label=label, **look)
    law = np.array([s.predicted for s in rows]) / by
    if np.any(np.isfinite(law)):
        ax.plot(b, law, color=look["color"], lw=1.2, label=f"Rice's count{label.removeprefix('maxima of $Z$')}")


def _guides(upper: "Axes", lower: "Axes", betas: Array, dimension: int) -> None:
    """Draw the laws of large β."""
    b = np.geomspace(betas.min(), betas.max(), 100)
    start, late = large_beta_maxima(dimension, b)
    names = (r"$\sqrt{3\beta/2}$", r"$\sqrt{2\beta}$") if dimension == 2 else (r"$\beta/\sqrt{3}$", "")
    for law, name, dash in ((start, names[0], ":"), (late, names[1], "--")):
        if name:
            upper.plot(b, law, color=style.GREY, lw=0.8, ls=dash, label=name, zorder=0)
            lower.plot(b, law / late, color=style.GREY, lw=0.8, ls=dash, zorder=0)


def _finish(upper: "Axes", lower: "Axes", axis: Axis, dimension: int) -> None:
    """Label both panels."""
    if axis.spacing == "logarithmic":
        lower.set_xscale("log")
        upper.set_yscale("log")
        style.tidy_log(upper, "y")
        ticks = list(map(float, axis.all_values))
        lower.set_xticks(ticks, [f"{value:g}" for value in ticks])
        lower.minorticks_off()
    limit = r"\sqrt{2\beta}" if dimension == 2 else r"(\beta/\sqrt{3})"
    upper.set_ylabel("number $K$ (1)")
    lower.set_ylabel(f"$K/{limit}$ (1)")
    lower.set_xlabel(r"inverse temperature $\beta$ (dimensionless)")
    named = dict(zip(*reversed(upper.get_legend_handles_labels()), strict=True))
    order = sorted(
        named, key=lambda label: (label.startswith("$"), label.startswith("Rice"), label.startswith("clusters"))
    )
    upper.legend([named[label] for label in order], order, loc="upper left", fontsize=7)


def _begun(case: Case) -> str:
    """Say what is followed, β left out."""
    kind = "Softmax" if case.attention.normalization == "softmax" else "Unnormalised"
    space, given = "circle" if case.space.dimension == 2 else "sphere", case.initial
    noise = (
        f"noise of size {given.amplitude:g} up to degree {given.max_degree}"
        if isinstance(given, Random)
        else given.kind
    )
    return f"{kind} attention on the {space} from {noise}"


def _seeds(found: tuple[Statistic, ...]) -> str:
    """Say how many realisations there are, and how many a number is missing from."""
    missing = sum(s.missing for s in found)
    return f"{found[0].count + found[0].missing} seeds a point" + (f", {missing} numbers not told" if missing else "")
