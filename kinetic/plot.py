"""Figures of records, drawn with matplotlib without any display."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.record import Record
from kinetic.theory import antipode_law, finite_tokens
from kinetic.tokens import TokenRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")  # told apart by the color-blind
_DASHES = ("-", "--", "-.", ":")  # and in grey
_WIDTH = 7.0  # inches
_FORMATS = (".png", ".svg", ".pdf")


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
    figure = Figure(figsize=(_WIDTH, 4.2), layout="constrained")
    axes = figure.add_subplot()
    slopes = evidence.log_slopes("order_deficit")
    axes.plot(slopes.times, -slopes.values, color="black", lw=2.2, label="density")
    for i, run in enumerate(token_runs):
        color, style = _COLORS[i % len(_COLORS)], _DASHES[i % len(_DASHES)]
        with np.errstate(divide="ignore"):
            rates = evidence.slopes(np.log(run.order_deficit))
        axes.plot(rates.times, -rates.values, style, color=color, lw=1.2, label=f"N = {run.count:,} tokens")
        if run.parting_time < evidence.times[-1]:
            axes.axvline(run.parting_time, color=color, lw=0.8, ls=":")
    _predictions(axes, evidence)
    axes.set_xlabel("time $t$ (dimensionless)")
    axes.set_ylabel(r"local rate $-\mathrm{d}\ln(1-R)/\mathrm{d}t$ (per unit time)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=9)
    figure.suptitle(evidence.case.title, fontsize=11)
    if evidence.case.source:
        figure.text(0.995, 0.005, evidence.case.source, ha="right", va="bottom", fontsize=7, color="0.4")
    return figure


def _predictions(axes: "object", evidence: Evidence) -> None:
    """Draw the asymptotic rates of the density and of finitely many tokens."""
    if evidence.beta is None:
        return
    density = antipode_law.collapse_rate(evidence.d, evidence.beta, evidence.normalization)
    tokens = finite_tokens.late_slope(evidence.beta, evidence.normalization)
    for value, label in ((density, "density, asymptotic"), (tokens, "tokens, asymptotic")):
        axes.axhline(value, color="0.5", lw=0.8)  # type: ignore[attr-defined]
        axes.annotate(  # type: ignore[attr-defined]
            f"{label}: {value:.4g}",
            (0.01, value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=8,
            color="0.3",
        )


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by the ending of the path.

    Raises
    ------
    DomainError
        For another ending.
    """
    if path.suffix.lower() not in _FORMATS:
        raise DomainError(f"figure: received {path}; the name must end in {', '.join(_FORMATS)}")
    figure.savefig(path, dpi=200)
