"""A density beside N tokens: the local rate of their collapse, or R where they do not collapse to one point."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.plot import style
from kinetic.plot.captions import caption_of
from kinetic.plot.scene import Scene
from kinetic.record import Record
from kinetic.theory import finite_tokens
from kinetic.tokens import TokenRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_THIN = 0.8  # width of lines of theory
_ROOM = 1.5  # times the largest rate measured, up to which the axis is lengthened for a prediction
_PARTING = "$\\ln\\,N/((d-1)\\lambda_a)$: the last token\nhas left the antipode"


def token_figure(record: Record, token_runs: Sequence[TokenRun]) -> "Figure":
    """Return the density and N tokens over time, with what theory says of each.

    Parameters
    ----------
    record : Record
        Of any model.
    token_runs : sequence of TokenRun
        Tokens drawn from the same initial density.

    Returns
    -------
    Figure
        The local rate −d ln(1−R)/dt and the asymptotes that apply; R itself where the mass ends spread out or in
        several clusters, which 1 − R tells nothing of.
    """
    from matplotlib.figure import Figure

    evidence, scene = Evidence(record), Scene.of(record)
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, 4.4), layout="constrained")
        style.put_caption(figure, caption_of(evidence))
        axes = figure.add_subplot()
        axes.set_xlabel(style.TIME)
        axes.set_xlim(0.0, float(evidence.times[-1]) or 1.0)
        (_draw_order if scene.spread_out else _draw_rates)(axes, evidence, token_runs)
        axes.legend()
    return figure


def _draw_rates(axes: "Axes", evidence: Evidence, token_runs: Sequence[TokenRun]) -> None:
    """Draw the local rates, and the asymptotic ones."""
    slopes = evidence.log_slopes("order_deficit")
    axes.plot(slopes.times, -slopes.values, color="black", lw=2.0, label="density")
    _draw_tokens(axes, evidence, token_runs)
    axes.set_ylabel(r"local rate $-\mathrm{d}\,\ln(1-R)/\mathrm{d}t$ (per unit time)")
    axes.set_ylim(*_limits(axes))
    _predictions(axes, evidence.record, token_runs)


def _draw_order(axes: "Axes", evidence: Evidence, token_runs: Sequence[TokenRun]) -> None:
    """Draw the order parameters."""
    axes.plot(evidence.times, evidence["order_parameter"], color="black", lw=2.0, label="density")
    for i, run in enumerate(token_runs):
        color, dash = style.COLORS[i % len(style.COLORS)], style.DASHES[i % len(style.DASHES)]
        axes.plot(run.times, run.order_parameter, ls=dash, color=color, lw=1.2, label=f"N = {run.count:,} tokens")
    axes.set_ylabel("order parameter $R$ (dimensionless)")
    axes.set_ylim(0.0, None)


def _draw_tokens(axes: "Axes", evidence: Evidence, token_runs: Sequence[TokenRun]) -> None:
    """Draw the rate of every cloud of tokens, and when it must part from the density."""
    for i, run in enumerate(token_runs):
        color, dash = style.COLORS[i % len(style.COLORS)], style.DASHES[i % len(style.DASHES)]
        with np.errstate(divide="ignore"):
            rates = evidence.slopes(np.log(run.order_deficit))
        axes.plot(rates.times, -rates.values, ls=dash, color=color, lw=1.2, label=f"N = {run.count:,} tokens")
        if run.parting_time < evidence.times[-1]:
            axes.axvline(run.parting_time, color=color, lw=_THIN, ls=":", label=None if i else _PARTING)


def _limits(axes: "Axes") -> tuple[float, float]:
    """Return limits that hold the bulk of what was measured; jumps of a few tokens at the end are left out."""
    lines = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines if line.get_linewidth() > _THIN]
    known = [line[np.isfinite(line)] for line in lines]
    ends = [np.percentile(line, [2, 98]) for line in known if line.size]
    return style.limits(np.concatenate(ends) if ends else np.zeros(0), margin=0.15)


def asymptotes(record: Record, token_runs: Sequence[TokenRun]) -> dict[str, float]:
    """Return the asymptotic rates that hold in a record.

    The density's if it collapses by the law of one head; the tokens' if some cloud of them has parted from it by then.
    """
    if "order_deficit" not in (rates := Scene.of(record).rates):
        return {}
    evidence = Evidence(record)
    found = {"density": rates["order_deficit"]}
    if evidence.beta is not None and any(run.parting_time < evidence.times[-1] for run in token_runs):
        found["tokens"] = finite_tokens.late_slope(evidence.beta, evidence.normalization)
    return found


def _predictions(axes: "Axes", record: Record, token_runs: Sequence[TokenRun]) -> None:
    """Draw the asymptotic rates that apply; one beyond the axis is named at its end, and squeezes nothing."""
    named: dict[float, list[str]] = {}
    for name, rate in asymptotes(record, token_runs).items():
        named.setdefault(round(rate, 12), []).append(name)
    low, high = axes.get_ylim()
    labels = []
    for rate, names in named.items():
        inside = low <= rate <= high or rate <= _ROOM * high
        if inside and rate > high:
            axes.set_ylim(low, 1.05 * rate)
        if inside:
            axes.axhline(rate, color=style.GREY, lw=_THIN, zorder=0)
        labels.append((rate, f"{', '.join(names)},\nasymptotic:\n{rate:.4g}{'' if inside else ' (above)'}"))
    style.side_labels(axes, labels, 7)
