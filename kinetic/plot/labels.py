"""Tokens with labels as pictures: order over time and label, densities over label and angle, those of the last label.

Responsible for an axis of labels: positions on a logarithmic one, rotation rates on a linear one without far tails.
"""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.density import draw_lines
from kinetic.plot.lines import LINES, pi_ticks
from kinetic.plot.scales import Scale, label_bar, negative_note
from kinetic.plot.scene import Scene
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_ANGLES = 361
_FINE = 200  # positions at which pictures are drawn
_WIDE = 0.1  # first position below which the axis is logarithmic
_ALONG = 0.05  # length below which a direction across another one means nothing
_TAIL = 0.03  # of the tokens: rates beyond that are left out on each side
_POSITION, _RATE = "position $s$ of the token (1)", r"rate $\omega$ (rad/time)"
_NUMBER = "rotation, by its number (1)"


def has_labels(scene: Scene) -> bool:
    """Whether the tokens of a record have labels."""
    return scene.evidence.case.label is not None and "order_parameter_by_label" in scene.record.observables


def draw_labels(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw R over time and label, ρ of the last label (of rates: the middle one) over the angle, and ρ over both.

    Raises
    ------
    DomainError
        If the tokens have no labels, or one alone.
    """
    if not has_labels(scene) or scene.record.observables["label"].size < 2:
        raise DomainError("labels: needs tokens with several labels; the case has no [label], or one label alone")
    chosen = [scene.snapshots[i] for i in sorted({0, len(scene.snapshots) // 2, len(scene.snapshots) - 1})]
    upper, lower = np.ravel(panel.subfigures(2, 1, squeeze=False))
    left, right = upper.subplots(1, 2)
    _order(upper, left, scene)
    _one(right, scene)
    depth = _densities(lower, list(lower.subplots(1, len(chosen), sharey=True, squeeze=False)[0]), scene, chosen)
    note = negative_note(depth)
    style.heading(panel, "By label: order, and density" + (f"\n{note}" if note else ""))


def _order(panel: "SubFigure", ax: "Axes", scene: Scene) -> None:
    """Draw R over time and label."""
    labels, seen = _axis(scene)
    values = seen @ scene.evidence["order_parameter_by_label"].T
    look: dict[str, Any] = {"cmap": style.COLOR_MAP, "vmin": 0.0, "vmax": float(np.nanmax(values)) or 1.0}
    mesh = ax.pcolormesh(scene.evidence.times, labels, values, shading="gouraud", rasterized=True, **look)
    _label_axis(ax, scene, "y")
    ax.set_xlabel(style.TIME)
    bar = panel.colorbar(mesh, ax=ax, orientation="vertical", fraction=0.06, pad=0.02, aspect=25)
    bar.set_label("$R$", fontsize=7, labelpad=0)
    bar.ax.tick_params(labelsize=6, width=0.5, length=2, pad=1)
    bar.outline.set_linewidth(0.4)


def _one(ax: "Axes", scene: Scene) -> None:
    """Draw ρ of one label over the angle, a line a time."""
    labels = scene.record.observables["label"]
    at = labels.size - 1 if _is_position(scene) else labels.size // 2
    angles, points, word = _meridian(scene)
    values = np.stack([scene.evidence.by_label(i)[at].values(points) for i in scene.snapshots])
    draw_lines(ax, angles, values, scene.times)
    ax.set_xlabel(word)
    pi_ticks(ax, _shares(angles))
    name = {_POSITION: "$s$ =", _RATE: r"$\omega$ =", _NUMBER: "rotation"}[_name(scene)]
    ax.set_ylabel(rf"$\rho$ at {name} ${labels[at]:.3g}$ (1)")


def _densities(panel: "SubFigure", axes: "list[Axes]", scene: Scene, chosen: list[int]) -> float:
    """Draw ρ over label and angle at some snapshots; return how far below zero it goes."""
    labels, seen = _axis(scene)
    angles, points, word = _meridian(scene)
    pictures = [seen @ np.stack([one.values(points) for one in scene.evidence.by_label(i)]) for i in chosen]
    scale = Scale.of(np.concatenate(pictures))
    mesh = None
    for ax, values, index in zip(axes, pictures, chosen, strict=True):
        shown = np.stack([scale.shown(row) for row in values])
        mesh = ax.pcolormesh(labels, angles, shown.T, shading="nearest", rasterized=True, **scale.look)
        ax.set_title(style.time_label(float(scene.evidence.snapshot_times[index])), pad=3)
        _label_axis(ax, scene, "x")
    axes[0].set_ylabel(word)
    names = {-1.0: r"$-\pi$", -0.5: r"$-\pi/2$", 0.0: "0", 0.5: r"$\pi/2$", 1.0: r"$\pi$"}
    axes[0].set_yticks([np.pi * share for share in _shares(angles)], [names[share] for share in _shares(angles)])
    assert mesh is not None
    label_bar(panel.colorbar(mesh, ax=axes, orientation="vertical", fraction=0.03, pad=0.01, aspect=25), scale.shift)
    return scale.depth


def _axis(scene: Scene) -> tuple[Array, Array]:
    """Return labels to be drawn at, and the matrix that takes what is known at the record's labels there.

    Positions are drawn finely, by straight lines between those of the record, and constant below the first.
    """
    known = np.asarray(scene.record.observables["label"], dtype=float)
    if not _is_position(scene):
        return known, np.eye(known.size)
    low, high = _range(scene)
    fine = np.geomspace(low, high, _FINE) if _is_logarithmic(scene) else np.linspace(low, high, _FINE)
    # a jump stands between two positions of the record that differ by rounding
    return fine, np.stack([np.interp(fine, known, row) for row in np.eye(known.size)], axis=1)


def _is_position(scene: Scene) -> bool:
    label = scene.evidence.case.label
    return label is not None and label.has_positions


def _is_logarithmic(scene: Scene) -> bool:
    return _is_position(scene) and float(scene.record.observables["label"][0]) < _WIDE


def _range(scene: Scene) -> tuple[float, float]:
    """Return the ends of the axis of labels."""
    labels = np.asarray(scene.record.observables["label"], dtype=float)
    if _is_position(scene):
        return (float(labels[0]) / 2 if _is_logarithmic(scene) else 0.0), 1.0
    shares = np.cumsum(np.asarray(scene.record.density_arrays["label_weight"]))
    first, last = np.searchsorted(shares, [_TAIL, 1 - _TAIL])
    return float(labels[max(0, first - 1)]), float(labels[min(labels.size - 1, last + 1)])


def _label_axis(ax: "Axes", scene: Scene, direction: Literal["x", "y"]) -> None:
    """Set scale, range and name of the axis of labels."""
    if _is_logarithmic(scene):
        getattr(ax, f"set_{direction}scale")("log")
    getattr(ax, f"set_{direction}lim")(*_range(scene))
    if _is_logarithmic(scene):
        style.tidy_log(ax, direction)
    getattr(ax, f"set_{direction}label")(_name(scene))


def _name(scene: Scene) -> str:
    if _is_position(scene):
        return _POSITION
    return _NUMBER if "label_rotation" in scene.record.density_arrays else _RATE


def _meridian(scene: Scene) -> tuple[Array, Array, str]:
    """Return angles, the points at them, and their name; on the sphere through the last mean and the first label."""
    line = LINES.get(scene.evidence.kind)
    if line is not None:
        angles = line.angles(_ANGLES - 1)
        return angles, line.points(angles), line.name
    angles = np.linspace(-np.pi, np.pi, _ANGLES)
    last: Density = scene.evidence.density(scene.snapshots[-1]).as_series  # type: ignore[assignment]
    center = np.eye(3)[2] if last.direction is None else np.asarray(last.direction)
    across = _across(center, [scene.evidence.by_label(scene.snapshots[0])[0].mean, *np.eye(3)])
    points = np.cos(angles)[:, None] * center + np.sin(angles)[:, None] * across
    return angles, points, "angle to the last mean,\nalong one meridian (rad)"


def _across(center: Array, directions: list[Array]) -> Array:
    """Return a unit vector across the center, towards the first of some directions that is not along it."""
    parts = [given - (given @ center) * center for given in directions]
    chosen = next(part for part in parts if np.linalg.norm(part) > _ALONG)
    return np.asarray(chosen / np.linalg.norm(chosen))


def _shares(angles: Array) -> tuple[float, ...]:
    """Return the ticks of an axis of angles in shares of π."""
    return tuple(share for share in (-1.0, -0.5, 0.0, 0.5, 1.0) if np.pi * share >= angles[0])
