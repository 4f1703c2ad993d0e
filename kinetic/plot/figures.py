"""Whole figures of a record: the sheet that shows everything, and each of its panels alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kinetic.errors import DomainError
from kinetic.plot import clusters, collapse, density, labels, limiting, pairs, series, staircase, style, verdicts
from kinetic.plot.scene import Scene
from kinetic.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_WIDTHS = {"cluster": 1.6}  # of the others 1
_NOTE = 0.5  # inches in the place of a picture that there is not
_CLUSTERS = 3.0  # inches
_LABELS = 5.0
_MARGIN = 0.85  # inches of title and caption


@dataclass(frozen=True)
class Picture:
    """One panel, as part of the sheet or alone.

    Parameters
    ----------
    draw : callable
        draw(panel, scene).
    height : callable
        Inches that the panel needs for a scene.
    numbers : callable, optional
        numbers(scene): what is drawn, column by column, where it is no plain column of the record.
    """

    draw: "Callable[[Figure | SubFigure, Scene], None]"
    height: Callable[[Scene], float]
    numbers: Callable[[Scene], Mapping[str, Sequence[str | float]]] | None = None


def _density_height(scene: Scene) -> float:
    return 1.55 * -(-len(scene.snapshots) // 3) + 0.15 if scene.mapped else 2.7


PICTURES = {
    "density": Picture(density.draw, _density_height),
    "rates": Picture(collapse.draw_rates, lambda _: 4.0),
    "cluster": Picture(collapse.draw_cluster, lambda _: 2.7),
    "limit": Picture(limiting.draw_limit, lambda _: 3.2),
    "growth": Picture(series.draw_growth, lambda _: 4.0),
    "clusters": Picture(clusters.draw_clusters, lambda _: _CLUSTERS),
    "staircase": Picture(staircase.draw_staircase, lambda _: 3.3, lambda scene: staircase.Stairs.of(scene).numbers()),
    "labels": Picture(labels.draw_labels, lambda _: _LABELS),
    "spectrum": Picture(series.draw_spectrum, lambda _: 3.0),
    "pairs": Picture(pairs.draw_pairs, lambda _: 3.4),
    "observables": Picture(series.draw_observables, lambda _: 3.2),
    "claims": Picture(verdicts.draw_claims, verdicts.height),
}
"""Single figures by name."""

FIGURES = ("sheet", *PICTURES)
"""Everything that can be drawn of a record."""


def draw(record: Record, what: str = "sheet", times: Sequence[float] = ()) -> "Figure":
    """Return a figure of a record.

    Parameters
    ----------
    record : Record
    what : str
        One of `FIGURES`.
    times : sequence of float
        Times whose snapshots are shown; if empty, six between which equally much changes.

    Raises
    ------
    DomainError
        If there is no such figure, or the record does not hold what it shows, or not at these times.
    """
    if not isinstance(what, str) or what not in FIGURES:
        raise DomainError(f"figure: received {ascii(what)[:60]}; there are {', '.join(FIGURES)}")
    scene = Scene.of(record, times)
    with style.styled():
        if what == "sheet":
            return _sheet(scene)
        figure = _blank(PICTURES[what].height(scene) + _MARGIN, scene)
        # a panel of its own, so that the heading of the picture does not meet the title of the figure
        PICTURES[what].draw(_panels(figure, 1, 1, [1.0])[0], scene)
        return figure


def numbers(record: Record, what: str) -> Mapping[str, Sequence[str | float]] | None:
    """Return the numbers behind a figure, column by column; None of figures whose numbers the record holds.

    Raises
    ------
    DomainError
        If the record does not hold what the figure shows.
    """
    given = PICTURES[what].numbers if what in PICTURES else None
    return None if given is None else given(Scene.of(record))


def _blank(height: float, scene: Scene, note: str = "") -> "Figure":
    """Return a figure with nothing but title and caption."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.WIDTH, height), layout="constrained")
    caption = scene.caption
    style.put_caption(figure, replace(caption, origin=f"{caption.origin} {note}".strip()))
    return figure


def _panels(parent: "Figure | SubFigure", rows: int, columns: int, ratios: list[float]) -> "list[SubFigure]":
    """Return panels side by side or one below another."""
    heights, widths = (ratios, [1.0]) if columns == 1 else ([1.0], ratios)
    panels = parent.subfigures(rows, columns, squeeze=False, height_ratios=heights, width_ratios=widths)
    return list(np.ravel(panels))


def _sheet(scene: Scene) -> "Figure":
    """Return everything on one page."""
    rows: list[tuple[float, tuple[str, ...]]] = [
        (PICTURES["density"].height(scene) if scene.pointwise else _NOTE, ("density",))
    ]
    if clusters.has_clusters(scene):
        rows.append((_CLUSTERS, ("clusters",)))
    if labels.has_labels(scene):
        rows.append((_LABELS, ("labels",)))
    rows += zip((3.2, 2.6), _sides(scene), strict=True)
    rows.append((verdicts.height(scene), ("claims",)))
    heights = [height for height, _ in rows]
    figure = _blank(sum(heights) + _MARGIN, scene, _left_out(scene))
    for strip, (_, names) in zip(_panels(figure, len(rows), 1, heights), rows, strict=True):
        widths = [_WIDTHS.get(name, 1.0) for name in names]
        for panel, name in zip(_panels(strip, 1, len(names), widths), names, strict=True):
            _fill(panel, name, scene)
    return figure


def _sides(scene: Scene) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the panels in the two rows in the middle of a sheet, by what happens in the run."""
    if scene.pointwise and series.grows(scene):
        if scene.collapses and not scene.spread_out:
            return ("growth", "rates"), ("spectrum", "cluster")
        return ("growth", "spectrum"), ("observables",)
    below = ("spectrum", "cluster") if collapse.has_cluster(scene) else ("spectrum",)
    return (("observables",) if scene.spread_out else ("rates", "observables")), below


def _left_out(scene: Scene) -> str:
    """Say which pictures of collapse a sheet does not have, and why."""
    if not scene.spread_out:
        return ""
    names = "rates" if collapse.is_one_cluster(scene) else "rates and cluster"
    return f"Left out: {names}, because {scene.spread_out}."


def _fill(panel: "SubFigure", name: str, scene: Scene) -> None:
    """Draw a picture, or say why there is none."""
    try:
        if name == "observables":
            series.draw_observables(panel, scene, columns=3 if series.grows(scene) or scene.spread_out else 2)
        else:
            PICTURES[name].draw(panel, scene)
    except DomainError as error:
        panel.clear()
        style.note(panel.subplots(), str(error))
