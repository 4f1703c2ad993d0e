"""Collapse to a Dirac mass as pictures: what vanishes, at which rate, and how the cluster looks at its own scale.

Responsible for drawing a predicted slope beside the measured one, and the local rate below it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.normed import is_uncarried
from kinetic.plot.scene import HALF, Scene
from kinetic.plot.shapes import cluster_scale, mass_beyond, shown_profile, shown_range
from kinetic.theory import antipode_law
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

QUANTITIES = ("order_deficit", "energy_gap", "w2_to_dirac", "antipode_density")
_BESIDE = 0.08  # share of the axis by which a predicted slope is drawn below the measured curve
_LATE = 0.45  # share of the time over which it is drawn where no claim names a window
_DECADES = 7  # shown below the lowest peak
_ANGLES = 400
_KNOWN = 0.1  # share of the rows in which a quantity must be known to be drawn
_NEAR_ANTIPODE = 2.8
_ROWS_OF_A_SLOPE = 3
_BELOW = 0.15  # of the mass beyond an angle, the level at which its law is drawn


def values_of(evidence: Evidence, name: str) -> Array:
    """Return an observable that vanishes at a Dirac mass, one number a row; NaN where it is not known."""
    if name == "antipode_density":
        return np.exp(evidence["log_antipode_density"])
    return evidence[name]


def draw_rates(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw what vanishes with predicted slopes beside, and the local rates below with the predicted ones.

    Raises
    ------
    DomainError
        If the run is not about one cluster at its end.
    """
    if scene.spread_out:
        raise DomainError(f"distance from a Dirac mass: left out, {scene.spread_out}")
    upper, lower = panel.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
    evidence, predicted = scene.evidence, scene.rates
    shown: list[Array] = []
    drawn: dict[str, tuple[Array, str]] = {}
    for name, color, dash in zip(QUANTITIES, style.COLORS, style.DASHES, strict=False):
        values = values_of(evidence, name)
        if np.count_nonzero(values > 0) < max(2, _KNOWN * values.size):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = evidence.slopes(np.log(values))
        upper.semilogy(evidence.times, values, color=color, ls=dash, label=style.quantity(name))
        lower.plot(slopes.times, -slopes.values, color=color, ls=dash)
        shown.append(-slopes.values)
        drawn[name] = values, color
    predicted = {name: rate for name, rate in predicted.items() if name in drawn}
    for name in predicted:
        _predicted_slope(upper, scene, drawn[name][0], predicted[name], name=name, color=drawn[name][1])
    lower.set_ylim(*_rate_limits(shown, list(predicted.values())))
    _predicted_rates(lower, predicted)
    _mark_window(upper, lower, scene)
    style.outside_legend(upper, 4, length=2.4)
    style.tidy_log(upper)
    upper.set_ylabel("distance $q$ from a Dirac mass")
    lower.set_ylabel("local rate\n$-\\dot{q}/q$ (1/time)")
    lower.set_xlabel(style.TIME)
    lower.set_xlim(float(evidence.times[0]), float(evidence.times[-1]) or 1.0)
    if evidence.times.size < _ROWS_OF_A_SLOPE:
        lower.remove()
        upper.tick_params(labelbottom=True)
        upper.set_xlabel(style.TIME)
    style.heading(panel, "Distance from a Dirac mass" + (" (thin: predicted slopes)" if predicted else ""))


def _predicted_slope(ax: "Axes", scene: Scene, values: Array, rate: float, *, name: str, color: str) -> None:
    """Draw the law of a measured curve a little below its end."""
    span, law = law_of(scene, values, rate, name)
    if span.size == 0:
        return
    low, high = ax.get_ylim()
    line = (low / high) ** _BESIDE * law
    shown = line <= high  # far back, a law that holds at the end is beyond every number that was measured
    ax.semilogy(span[shown], line[shown], color=color, lw=0.7)


def law_of(scene: Scene, values: Array, rate: float, name: str) -> tuple[Array, Array]:
    """Return times and the predicted law that ends where a measured curve ends.

    Parameters
    ----------
    scene : Scene
    values : Array, shape (n,)
        The curve at the rows.
    rate : float
        Predicted decay rate κ.
    name : str
        Observable, one of `QUANTITIES`.

    Returns
    -------
    times, law : Array, shape (k,)
        Late rows and C e^{−κt} at them, in the tie case with its factor t + t₀; empty where fewer than two rows are
        late.
    """
    times = scene.evidence.times
    begin, _ = _window(scene)
    inside = np.flatnonzero((times >= begin) & (values > 0))
    if inside.size < 2:
        return np.zeros(0), np.zeros(0)
    span, last = times[inside], int(inside[-1])
    with np.errstate(over="ignore"):
        law = np.exp(rate * (span[-1] - span))
    if scene.is_tie and name != "antipode_density":
        power = 0.5 if name == "w2_to_dirac" else 1.0
        law = law * ((span + _tie_offset(scene)) / (span[-1] + _tie_offset(scene))) ** power
    return span, values[last] * law


def _tie_offset(scene: Scene) -> float:
    """Return t₀ of the law slope = κ − 1/(t + t₀), from the last local slope."""
    slopes = scene.evidence.log_slopes("order_deficit")
    gap = scene.rates["order_deficit"] + float(slopes.values[-1]) if slopes.values.size else 0.0
    return max(1.0 / gap - float(slopes.times[-1]), 0.0) if gap > 0 else 0.0


def _window(scene: Scene) -> tuple[float, float]:
    """Return the window of the claim about the rate, or the late part of the run."""
    for row in scene.record.claims:
        if row.name == "dirac_rate" and np.all(np.isfinite(row.window)):
            return row.window
    times = scene.evidence.times
    return float(times[-1] - _LATE * (times[-1] - times[0])), float(times[-1])


def _mark_window(upper: "Axes", lower: "Axes", scene: Scene) -> None:
    """Shade the window of the claim about the rate, where it was judged."""
    for row in scene.record.claims:
        if row.name == "dirac_rate" and np.all(np.isfinite(row.window)):
            for ax in (upper, lower):
                ax.axvspan(*row.window, color="0.93", lw=0, zorder=0)
            upper.annotate(
                "window of dirac_rate",
                (row.window[0], 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(2, -2),
                textcoords="offset points",
                va="top",
                fontsize=6,
                color=style.GREY,
            )


def _predicted_rates(ax: "Axes", predicted: dict[str, float]) -> None:
    """Draw the predicted rates, those that are equal as one line with one label at its right end."""
    named: dict[float, list[str]] = {}
    for name, rate in predicted.items():
        if name == "energy_gap":
            continue  # decays as 1 − R does
        named.setdefault(round(rate, 12), []).append(style.SYMBOLS[name][0])
    for rate in named:
        ax.axhline(rate, color=style.GREY, lw=0.8)
    style.side_labels(
        ax,
        [
            (rate, f"{', '.join(symbols)}:\n{rate:.4g}" if len(symbols) > 1 else f"{symbols[0]}: {rate:.4g}")
            for rate, symbols in named.items()
        ],
    )


def _rate_limits(measured: list[Array], predicted: list[float]) -> tuple[float, float]:
    """Return limits that hold the predictions and the bulk of the measured rates, outliers left out."""
    known = [rates[np.isfinite(rates)] for rates in measured]
    bulk = [np.percentile(rates, [2, 98]) for rates in known if rates.size]
    low, high = style.limits(np.concatenate([*bulk, np.array(predicted)]) if bulk or predicted else np.zeros(0))
    return low, high + 0.08 * (high - low)


def draw_cluster(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the density and the mass beyond an angle over the angle to the mean direction, both axes logarithmic.

    Raises
    ------
    DomainError
        If no snapshot shown has a mean direction, or none gives its values, or the run is not about one cluster.
    """
    if not is_one_cluster(scene):
        raise DomainError(f"the cluster at its own scale: left out, {scene.spread_out}")
    known = _shares(scene)
    if not known:
        raise DomainError(
            "the cluster at its own scale: needs a mean direction and a dimension of at most 8; draw others "
            "with --what density"
        )
    theta = np.geomspace(*shown_range([density for density, *_ in known]), _ANGLES)
    colors = dict(zip(scene.times, style.time_colors(len(scene.times)), strict=True))
    pointwise = scene.pointwise and not any(is_uncarried(density) for density in scene.densities)
    *profile, share = panel.subplots(1, 2 if pointwise else 1, squeeze=False)[0]
    for density, time, angles, beyond in known:
        share.loglog(angles, beyond, color=colors[time], label=style.time_label(time))
        for ax in profile:
            ax.loglog(theta, shown_profile(density, theta), color=colors[time], label=style.time_label(time))
    for ax in (*profile, share):
        _limit(ax, theta)
    for ax in profile:
        ax.set_ylabel(r"$\rho$ around the mean (1)")
    share.set_ylabel(r"mass beyond $\theta$ (1)")
    style.outside_legend((*profile, share)[0], 3)
    _tail_slope(share, scene, known[-1])
    panel.supxlabel(rf"angle to {known[-1][0].center} $\theta$ (rad)", fontsize=8)
    style.heading(panel, "The cluster at its own scale")


def is_one_cluster(scene: Scene) -> bool:
    """Whether the density gathers around its mean: at the end, or, with noise, at any time."""
    if not scene.spread_out:
        return True
    return scene.evidence.diffusion > 0 and bool(scene.evidence["order_parameter"][-1] >= HALF)


def has_cluster(scene: Scene) -> bool:
    """Whether the mass about the mean direction is known at some snapshot shown, and that of one cluster."""
    return is_one_cluster(scene) and bool(_shares(scene))


def _shares(scene: Scene) -> list[tuple[Any, float, Array, Array]]:
    """Return (density, time, angles, mass beyond) of the snapshots that have them."""
    found = []
    for density, time in zip(scene.densities, scene.times, strict=True):
        try:
            found.append((density, float(time), *mass_beyond(density)))
        except DomainError:
            continue
    return found


def _limit(ax: "Axes", theta: Array) -> None:
    """Show some decades below the lowest peak."""
    ax.set_xlim(float(theta[0]), float(theta[-1]))
    known = [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines]
    peaks = [float(np.nanmax(values)) for values in known if np.any(np.isfinite(values))]
    if not peaks:  # clusters alone: all mass, no density
        ax.set_ylim(0.1, 10.0)
        return
    lowest = min(_lowest(line) for line in ax.lines)
    ax.set_ylim(max(0.5 * lowest, min(peaks) * 10.0**-_DECADES), 2 * max(peaks))
    style.tidy_log(ax)
    style.tidy_log(ax, "x")


def _lowest(line: "Line2D") -> float:
    """Return the smallest positive value of a line, the last steps to the antipode left out, where all mass is gone."""
    angles, values = (np.asarray(data, dtype=float) for data in line.get_data())
    shown = values[(values > 0) & (angles < _NEAR_ANTIPODE)]
    return float(shown.min()) if shown.size else 1.0


def _tail_slope(ax: "Axes", scene: Scene, last: tuple[Any, float, Array, Array]) -> None:
    """Draw θ^{−α} beside the tail of the last snapshot, where the cluster has left room for one."""
    density, _, angles, beyond = last
    evidence = scene.evidence
    low, high = 4 * cluster_scale(density), 1.0
    if not scene.rates or evidence.beta is None or high < 3 * low:
        return
    alpha = antipode_law.tail_index(evidence.d, evidence.beta, evidence.normalization)
    span = np.geomspace(low, high, 20)
    level = _BELOW * float(np.exp(np.interp(np.log(low), np.log(angles), np.log(np.maximum(beyond, 1e-300)))))
    law = (np.tan(0.5 * low) / np.tan(0.5 * span)) ** alpha
    label = rf"law $\tan^{{-\alpha}}(\theta/2)$, $\alpha$ = {alpha:.3g}"
    (line,) = ax.loglog(span, level * law, color=style.GREY, lw=0.9, label=label)
    if ax.get_legend() is None:
        ax.legend(handles=[line], loc="lower left", bbox_to_anchor=(-0.02, 0.98), borderaxespad=0.2, handlelength=1.3)
    else:
        style.outside_legend(ax, 3)  # again, with the law among the lines
