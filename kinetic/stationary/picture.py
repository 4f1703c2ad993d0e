"""A branch of stationary densities as a figure: R, the free energy and the leading rate along a parameter.

Responsible for the drawing: what is stable is solid, what is not is dashed. Where theory knows the branch it is drawn
beneath; refuses to compute one otherwise.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from kinetic.case import Case
from kinetic.errors import KineticError
from kinetic.plot import style
from kinetic.stationary import StationaryPoint
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.stationary import stationary_branch
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SYMBOLS = {"noise.diffusion": r"$\kappa$", "attention.beta": r"$\beta$"}
_HEIGHT = 6.4  # inches
_ORDERS = np.concatenate([np.geomspace(0.005, 0.1, 12), np.linspace(0.12, 0.99, 88)])


def branch_figure(case: Case, key: str, points: Sequence[StationaryPoint], end: str) -> "Figure":
    """Return the figure of a branch.

    Parameters
    ----------
    case : Case
    key : str
        What varies: "noise.diffusion" or "attention.beta".
    points : sequence of StationaryPoint
        In the order of the branch.
    end : str
        Why the branch ends.

    Returns
    -------
    Figure
        R, F minus that of the uniform density, and the rate of the fastest growing perturbation.
    """
    from matplotlib.figure import Figure

    with style.styled():
        figure = Figure(figsize=(style.WIDTH, _HEIGHT), layout="constrained")
        upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=(2.2, 1.2, 1.2))
        _theory(upper, case, key, points)
        _draw(upper, points, "order_parameter", labeled=True)
        upper.set_ylabel(style.quantity("order_parameter"))
        style.outside_legend(upper, 3, 2.4)
        _excess(middle, points, case.attention.normalization)
        lower.axhline(0.0, color=style.GREY, lw=0.6)
        _draw(lower, points, "rate")
        lower.set_ylabel("rate of the slowest\nperturbation (1/time)")
        lower.set_xlabel(f"{SYMBOLS[key]} ({key}, dimensionless)")
        largest = max(point.residual for point in points)
        origin = f"{case.name}: {len(points)} stationary densities, residuals below {largest:.1g}; {end}."
        style.put_caption(figure, style.Caption(case.title, case.source or "", origin))
    return figure


Row: TypeAlias = tuple[float, float, float]
"""Parameter, what is drawn, rate."""


def _runs(
    points: Sequence[StationaryPoint], height: Callable[[StationaryPoint], float]
) -> Iterator[tuple[bool, bool, list[Row]]]:
    """Yield (whether uniform, whether stable, rows) of neighbors of one stability; neighboring runs share one row.

    That row is where the rate, linear between two neighbors, is zero: stability changes there, and not at a neighbor.
    At a fold, where the rate is zero itself, it is the fold.
    """
    for uniform, line in groupby(points, key=lambda point: point.kind == "uniform"):
        rows = [(p.parameter, height(p), 0.0 if p.kind == "fold" else p.rate) for p in line]
        run = rows[:1]
        for before, after in pairwise(rows):
            if before[2] * after[2] < 0:
                border = _crossing(before, after)
                yield uniform, _stable([*run, before]), [*run, border]
                run = [border]
            elif before[2] == 0 and len(run) > 1:
                yield uniform, _stable(run), run
                run = [before]
            run.append(after)
        yield uniform, _stable(run), run


def _stable(run: Sequence[Row]) -> bool:
    """Return whether no perturbation grows along a run, whose ends may be neutral."""
    return max(rate for _, _, rate in run) <= 0 and min(rate for _, _, rate in run) < 0


def _crossing(before: Row, after: Row) -> Row:
    """Return the row between two at which the rate is zero."""
    share = before[2] / (before[2] - after[2])
    x, y = (a + share * (b - a) for a, b in zip(before[:2], after[:2], strict=True))
    return x, y, 0.0


def _draw(axes: "Axes", points: Sequence[StationaryPoint], name: str, *, labeled: bool = False) -> None:
    """Draw one number along the branches."""
    for uniform, stable, run in _runs(points, attrgetter(name)):
        x, y, _ = zip(*run, strict=True)
        axes.plot(x, y, color=style.COLORS[1 if uniform else 0], ls="-" if stable else (0, (4, 2)))
    folds = [point for point in points if point.kind == "fold"]
    if folds:
        axes.plot([p.parameter for p in folds], [getattr(p, name) for p in folds], "kD", ms=4, label="fold")
    if labeled:
        axes.plot([], [], color=style.COLORS[0], label="stable")
        axes.plot([], [], color=style.COLORS[0], ls=(0, (4, 2)), label="unstable")
        if any(point.kind == "uniform" for point in points):
            axes.plot([], [], color=style.COLORS[1], label="uniform density")


def _excess(axes: "Axes", points: Sequence[StationaryPoint], normalization: str) -> None:
    """Draw how much lower than that of the uniform density the free energy is, where there is one."""
    uniform = {point.parameter: point.free_energy for point in points if point.kind == "uniform"}
    if normalization == "softmax" or not uniform:
        _draw(axes, points, "energy")
        axes.set_ylabel(style.quantity("energy"))
        return
    known = sorted(uniform)
    level = np.interp([p.parameter for p in points], known, [uniform[value] for value in known])
    axes.axhline(0.0, color=style.GREY, lw=0.6)
    heights = {id(point): point.free_energy - base for point, base in zip(points, level, strict=True)}
    others = [point for point in points if point.kind != "uniform"]
    for _, stable, run in _runs(others, lambda point: heights[id(point)]):
        x, y, _ = zip(*run, strict=True)
        axes.plot(x, y, color=style.COLORS[0], ls="-" if stable else (0, (4, 2)))
    axes.set_ylabel(r"$F-F(\rho=1)$")


def _theory(axes: "Axes", case: Case, key: str, points: Sequence[StationaryPoint]) -> None:
    """Draw the branch of theory and the threshold, for one identity head and a varying κ."""
    heads = case.attention.all_heads
    if key != "noise.diffusion" or len(heads) != 1 or heads[0].multiples != (1.0, 1.0, 1.0):
        return
    d, beta, how = case.space.dimension, heads[0].beta, case.attention.normalization
    kappa, order = _known(d, beta, how)
    low, high = min(p.parameter for p in points), max(p.parameter for p in points)
    axes.plot(kappa, order, color="0.75", lw=5, zorder=0, label="theory: Gibbs densities")
    axes.axvline(critical_diffusion(1, d, beta, how), color=style.GREY, lw=0.8, ls=":", label=r"theory: $\kappa_c$")
    axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))


def _known(d: int, beta: float, normalization: str) -> tuple[Array, Array]:
    """Return κ and M of theory's branch, as far as theory goes."""
    found = []
    for order in _ORDERS:
        try:
            found += [(s.diffusion, s.order) for s in stationary_branch(d, beta, normalization, [order])]  # type: ignore[arg-type]
        except KineticError:
            continue
    table = np.array(found).reshape(-1, 2)
    return table[:, 0], table[:, 1]
