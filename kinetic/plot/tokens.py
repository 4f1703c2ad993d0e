"""The local rate of collapse of a density beside that of N tokens."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.plot import style
from kinetic.plot.scene import caption_of
from kinetic.record import Record
from kinetic.theory import antipode_law, finite_tokens
from kinetic.tokens import TokenRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PARTING = "$\\ln\\,N/((d-1)\\lambda_a)$: the last token\nhas left the antipode"


def rate_figure(record: Record, token_runs: Sequence[TokenRun]) -> "Figure":
    """Return the local rate −d ln(1−R)/dt over time: the density, N tokens, and what theory says of each.

    Parameters
    ----------
    record : Record
        Of one identity head.
    token_runs : sequence of TokenRun
        Tokens drawn from the same initial density.
    """
    from matplotlib.figure import Figure

    evidence = Evidence(record)
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, 4.4), layout="constrained")
        style.put_caption(figure, caption_of(evidence))
        axes = figure.add_subplot()
        slopes = evidence.log_slopes("order_deficit")
        axes.plot(slopes.times, -slopes.values, color="black", lw=2.0, label="density")
        _draw_tokens(axes, evidence, token_runs)
        _predictions(axes, evidence)
        axes.set_xlabel(style.TIME)
        axes.set_ylabel(r"local rate $-\mathrm{d}\,\ln(1-R)/\mathrm{d}t$ (per unit time)")
        axes.set_ylim(bottom=0)
        axes.set_xlim(0.0, float(evidence.times[-1]))
        axes.legend()
    return figure


def _draw_tokens(axes: "Axes", evidence: Evidence, token_runs: Sequence[TokenRun]) -> None:
    """Draw the rate of every cloud of tokens, and when it must part from the density."""
    for i, run in enumerate(token_runs):
        color, dash = style.COLORS[i % len(style.COLORS)], style.DASHES[i % len(style.DASHES)]
        with np.errstate(divide="ignore"):
            rates = evidence.slopes(np.log(run.order_deficit))
        axes.plot(rates.times, -rates.values, ls=dash, color=color, lw=1.2, label=f"N = {run.count:,} tokens")
        if run.parting_time < evidence.times[-1]:
            axes.axvline(run.parting_time, color=color, lw=0.8, ls=":", label=None if i else _PARTING)


def _predictions(axes: "Axes", evidence: Evidence) -> None:
    """Draw the asymptotic rates of the density and of finitely many tokens."""
    if evidence.beta is None:
        return
    density = antipode_law.collapse_rate(evidence.d, evidence.beta, evidence.normalization)
    tokens = finite_tokens.late_slope(evidence.beta, evidence.normalization)
    for value, label in ((density, "density"), (tokens, "tokens")):
        axes.axhline(value, color=style.GREY, lw=0.8, zorder=0)
        axes.annotate(
            f"{label},\nasymptotic:\n{value:.4g}",
            (1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color="0.3",
        )
