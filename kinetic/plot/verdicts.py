"""The table of claims as a picture: predicted, measured, tolerance, verdict, source."""

import math
from typing import TYPE_CHECKING, Literal

from kinetic import claims
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.record import ClaimRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_MARKS = {"pass": ("✓ pass", "#00694d"), "fail": ("✗ FAIL", "#b03a00"), "not applicable": ("– n. a.", style.GREY)}
_COLUMNS = {
    "claim": 0.0,
    "predicted": 0.37,
    "measured": 0.52,
    "tolerance": 0.665,
    "verdict": 0.70,
    "status": 0.82,
    "source": 0.93,
}
_NUMBERS = {"predicted", "measured", "tolerance"}  # flush right
_NOTE_COLUMNS, _NOTE_LINES = 160, 2
_LINE = 0.155  # inches


def rows_of(scene: Scene) -> tuple[ClaimRow, ...]:
    """Return the claims of a record, examined now where the record holds none."""
    return scene.record.claims or tuple(claims.compare(scene.record))


def height(scene: Scene) -> float:
    """Return the inches that the table and the notes below it need."""
    rows = rows_of(scene)
    return _LINE * (max(1, len(rows)) + 2) + 0.7 * _LINE * len(_notes(rows)) + 0.2


def draw_claims(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the table of claims into a panel; below it the reasons of those that do not pass, and the sources."""
    rows = rows_of(scene)
    notes = _notes(rows)
    ax = panel.subplots()
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(len(rows) + 0.7 * len(notes) + 1.1, -0.6)
    style.heading(panel, "Claims: theory against this run")
    if not rows:
        ax.text(0, 0, "no claim applies to this run", color=style.GREY)
        return
    for name, x in _COLUMNS.items():
        ax.text(x, 0, name, ha=_side(name), va="center", fontsize=7, color=style.GREY)
    ax.plot([0, 1], [0.5, 0.5], color="0.3", lw=0.6, clip_on=False)
    sources = _sources(rows)
    for i, row in enumerate(rows, 1):
        _draw_row(ax, i, row, sources.index(row.source) + 1)
    for i, line in enumerate(notes):
        ax.text(0, len(rows) + 1.1 + 0.7 * i, line, va="center", fontsize=5.8, color="0.3")


def _side(column: str) -> Literal["left", "right"]:
    """Numbers are flush right, words flush left."""
    return "right" if column in _NUMBERS else "left"


def _sources(rows: tuple[ClaimRow, ...]) -> list[str]:
    """Return every source once."""
    return list(dict.fromkeys(row.source for row in rows))


def _notes(rows: tuple[ClaimRow, ...]) -> list[str]:
    """Return the lines below the table."""
    reasons = [f"{row.name}: {row.verdict}, {row.reason}" for row in rows if row.reason]
    sources = [f"[{i}] {source}" for i, source in enumerate(_sources(rows), 1)]
    wrapped = (style.wrapped(text, _NOTE_COLUMNS, _NOTE_LINES) for text in (*reasons, *sources))
    return [line for text in wrapped for line in text.split("\n")]


def _draw_row(ax: "Axes", line: int, row: ClaimRow, source: int) -> None:
    """Write one claim."""
    mark, color = _MARKS[row.verdict]
    relation = "" if row.relation == "=" or math.isnan(row.predicted) else {">=": "≥ ", "<=": "≤ "}[row.relation]
    texts = {
        "claim": style.plain(row.name),
        "predicted": relation + _number(row.predicted),
        "measured": _number(row.measured),
        "tolerance": row.admitted(2),
        "status": row.status,
        "source": f"[{source}]",
    }
    for name, text in texts.items():
        ax.text(_COLUMNS[name], line, text, ha=_side(name), va="center", fontsize=7)
    ax.text(_COLUMNS["verdict"], line, mark, va="center", fontsize=7, color=color, fontweight="bold")


def _number(value: float, digits: int = 5) -> str:
    """Write a number; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}g}"
