"""Numbers over time and over degree as pictures: observables, spectra, and the growth of degrees from small data."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.scene import SMALL, Scene
from kinetic.plot.shapes import spectrum
from kinetic.theory import linear_stability
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

OBSERVABLES = ("order_parameter", "energy", "dissipation", "entropy", "log_minimum", "spectral_tail")
INSTEAD = ("attention_entropy", "free_energy", "mean_radius", "radius_deviation")
"""Drawn in the place of observables that are not known."""

NORMS = "mean_radius"
"""Drawn in the place of the spectral tail, which the spectrum shows as well, where tokens have norms that change."""

_LOGARITHMIC = {"dissipation", "spectral_tail"}
_HARDLY = 1e-3  # relative change below which only the change is shown
_AROUND = 3.2  # half of a decade on each side of what does not change
_NOISE = 1e-18  # amplitudes below are rounding
LINEAR = 0.3  # root-mean-square of ρ − 1 up to which degrees grow by themselves
_CONTAINED = 1e-8  # of the largest amplitude in the data
_LOW_DIMENSION = 8
_FOLLOWED = 5  # degrees whose growth is drawn


def draw_observables(panel: "Figure | SubFigure", scene: Scene, columns: int = 3) -> None:
    """Draw the observables that the figure of collapse does not show, one small picture each.

    Raises
    ------
    DomainError
        If none of them is known.
    """
    names = shown_observables(scene)
    if not names:
        raise DomainError(
            "observables: none that could be drawn is known in this record; kinetic info tells what it holds"
        )
    axes = panel.subplots(-(-len(names) // columns), columns, sharex=True, squeeze=False)
    for ax, name in zip(axes.ravel(), names, strict=False):
        _draw_observable(ax, scene, name)
    for ax in axes.ravel()[len(names) :]:
        ax.remove()
    for ax in axes.ravel()[max(0, len(names) - columns) : len(names)]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel("time $t$")
    style.heading(panel, "Observables (time is dimensionless)")


def shown_observables(scene: Scene) -> list[str]:
    """Return the observables to be drawn: those of `OBSERVABLES` that are known, others in the place of the unknown."""
    rows = scene.record.observables
    known = {name: values[np.isfinite(values)] for name, values in rows.items() if values.ndim == 1}
    known = {name: values for name, values in known.items() if values.size}
    names = [name for name in OBSERVABLES if name in known]
    changing = {name for name, values in known.items() if np.ptp(values) > 0}
    if NORMS in changing:
        names = [name for name in names if name != "spectral_tail"] + [NORMS]
    without = {"free_energy"} if scene.evidence.diffusion == 0 else set()  # −E
    spare = [name for name in INSTEAD if name in changing - {*without, *names}]
    return (names + spare)[: len(OBSERVABLES)]


def _draw_observable(ax: "Axes", scene: Scene, name: str) -> None:
    """Draw one observable over time, its change where it hardly changes; norms with their deviation."""
    if name == NORMS:
        _draw_norms(ax, scene)
        return
    times, values = scene.evidence.times, scene.record.observables[name]
    known = values[np.isfinite(values)]
    still = bool(np.ptp(known) < _HARDLY * np.abs(known).max())
    logarithmic = name in _LOGARITHMIC and bool(np.any(values > 0))
    start = known[0] if still and not logarithmic else 0.0
    ax.plot(times, values - start, color=style.COLORS[0])
    if logarithmic:
        ax.set_yscale("log")
        if still:
            ax.set_ylim(known[0] / _AROUND, known[0] * _AROUND)
        style.tidy_log(ax)
    else:
        ax.ticklabel_format(axis="y", scilimits=(-3, 4), useOffset=False)
    ending = "" if start == 0 else f"\n− ({start:.4g})" if start < 0 else f"\n− {start:.4g}"
    ax.set_ylabel(style.quantity(name) + ending)
    ax.set_xlim(float(times[0]), float(times[-1]) or 1.0)


def _draw_norms(ax: "Axes", scene: Scene) -> None:
    """Draw the mean norm of the tokens, as far above and below it as they deviate, and the smallest and the largest."""
    times, rows = scene.evidence.times, scene.record.observables
    mean, deviation = rows[NORMS], rows.get("radius_deviation", np.zeros(times.size))
    ax.fill_between(times, mean - deviation, mean + deviation, color=style.COLORS[0], alpha=0.25, lw=0)
    ax.plot(times, mean, color=style.COLORS[0])
    for name in ("smallest_radius", "largest_radius"):
        if np.any(np.isfinite(rows.get(name, np.zeros(0)))):
            ax.plot(times, rows[name], color=style.COLORS[0], lw=0.7, ls=":")
    ax.set_ylabel("norms $r$ (1)\nmean ± deviation")
    ax.set_xlim(float(times[0]), float(times[-1]) or 1.0)


def draw_spectrum(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the size of every degree, a line a time."""
    ax = panel.subplots()
    found = [spectrum(density) for density in scene.densities]
    for one, time, color in zip(found, scene.times, style.time_colors(len(found)), strict=True):
        shown = np.where(one.amplitudes > _NOISE, one.amplitudes, np.nan)
        marker = "." if one.amplitudes.size <= 2 * 64 else ""
        ax.semilogy(one.degrees, shown, color=color, marker=marker, ms=3, lw=1.0, label=style.time_label(float(time)))
    ax.set_xlabel(r"degree $\ell$")
    ax.set_ylabel(f"amplitude {found[0].symbol} (1)")
    style.tidy_log(ax)
    ax.set_xlim(0, 1.02 * max(float(one.degrees[one.amplitudes > _NOISE].max(initial=2.0)) for one in found))
    style.outside_legend(ax, 3)
    style.heading(panel, found[0].title)


def grows(scene: Scene) -> bool:
    """Whether a run begins close to the uniform density, in a chart that knows its degrees."""
    first = scene.evidence.density(0).as_series
    if first is None or first.dimension > _LOW_DIMENSION:
        return False
    amplitudes = _amplitudes([first])
    return bool(np.max(amplitudes) > _NOISE and _departures(amplitudes)[0] < SMALL)


@dataclass(frozen=True)
class Growth:
    """A degree that grows out of the uniform density.

    Parameters
    ----------
    degree : int
    values : Array, shape (snapshots,)
        Its amplitude, NaN where that is rounding.
    rate : float or None
        Predicted growth rate; None where theory does not cover the run.
    """

    degree: int
    values: Array
    rate: float | None


def growth_of(scene: Scene) -> list[Growth]:
    """Return the degrees that lead while the density is still close to uniform, ascending.

    Raises
    ------
    DomainError
        If the chart does not know degrees, the record has fewer than three snapshots, or no degree stands out of
        rounding.
    """
    evidence = scene.evidence
    count = evidence.snapshot_times.size
    densities = [series for i in range(count) if (series := evidence.density(i).as_series) is not None]
    if count < 3 or len(densities) < count:
        raise DomainError(
            f"growth: needs three snapshots of a density in harmonics, the record holds {len(densities)}; lower "
            'output.save_every, or run in chart = "harmonic"'
        )
    amplitudes = _amplitudes(densities)
    found = []
    for degree in _strongest(amplitudes):
        values = amplitudes[:, degree - 1]
        rate = None
        if evidence.plain and evidence.beta is not None:
            rate = linear_stability.growth_rate(degree, evidence.d, evidence.beta, evidence.normalization)
        found.append(Growth(degree, np.where(values > _NOISE, values, np.nan), rate))
    if not found:
        raise DomainError('growth: no degree stands out of rounding, ρ is uniform; begin with initial.kind = "random"')
    return found


def draw_growth(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the amplitudes of the strongest degrees with their predicted growth, and the local rates below.

    Raises
    ------
    DomainError
        As for `growth_of`.
    """
    times, found = scene.evidence.snapshot_times, growth_of(scene)
    upper, lower = panel.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
    for one, color, dash in zip(found, style.COLORS, style.DASHES, strict=False):
        upper.semilogy(times, one.values, color=color, ls=dash, label=rf"$\ell$ = {one.degree}")
        lower.plot(times, np.gradient(np.log(one.values), times), color=color, ls=dash)
        if one.rate is not None:
            _predicted_growth(upper, lower, times, one.values, one.rate, color)
    rates = [one.rate for one in found if one.rate is not None]
    _finish_growth(panel, upper, lower, np.stack([one.values for one in found], axis=-1), rates)
    lower.set_xlim(float(times[0]), float(times[-1]))


def _strongest(amplitudes: Array) -> list[int]:
    """Return the degrees that lead while the density is still close to uniform, and that the data contain."""
    linear = _departures(amplitudes) < LINEAR
    linear[0] = True
    leading = amplitudes[linear].max(axis=0) * (amplitudes[0] > _CONTAINED * amplitudes[0].max())
    return sorted(int(i) + 1 for i in np.argsort(leading)[::-1][:_FOLLOWED] if leading[i] > _NOISE)


def _departures(amplitudes: Array) -> Array:
    """Return the root-mean-square of ρ − 1 at every snapshot."""
    return np.asarray(np.sqrt(np.sum(amplitudes**2, axis=-1)))


def _amplitudes(densities: list[Density]) -> Array:
    """Return A[i, l−1], the size of degree l at snapshot i, up to the lowest of their degrees."""
    spectra = [spectrum(density).amplitudes for density in densities]
    lowest = min(one.size for one in spectra)
    return np.stack([one[:lowest] for one in spectra])


def _predicted_growth(upper: "Axes", lower: "Axes", times: Array, values: Array, rate: float, color: str) -> None:
    """Draw the linear law from the first snapshot on, and its rate."""
    if np.isfinite(values[0]):
        upper.semilogy(times, values[0] * np.exp(rate * (times - times[0])), color=color, lw=0.6, alpha=0.8)
    lower.axhline(rate, color=color, lw=0.6, alpha=0.8)


def _finish_growth(
    panel: "Figure | SubFigure", upper: "Axes", lower: "Axes", amplitudes: Array, rates: list[float]
) -> None:
    """Label and limit both axes."""
    shown = amplitudes[np.isfinite(amplitudes)]
    upper.set_ylim(0.5 * float(shown.min()), 4 * float(shown.max()))
    style.outside_legend(upper, _FOLLOWED, length=2.2)
    upper.set_ylabel("amplitude of degree $\\ell$ (1)")
    lower.set_ylabel("local growth rate\n(1/time)")
    lower.set_xlabel(style.TIME)
    if rates:
        lowest = min(0.0, *rates)
        span = max(rates) - lowest or 1.0
        lower.set_ylim(lowest - 0.4 * span, max(rates) + 0.5 * span)
    style.heading(panel, f"Growth of degrees{' (thin: predicted)' if rates else ''}")
