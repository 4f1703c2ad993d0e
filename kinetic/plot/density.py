"""Densities as pictures: equal-area maps of the sphere, lines and rings of the circle, lines over the angle to an axis.

Responsible for which picture a snapshot gets: what a map of the whole sphere cannot show is left to `zoom`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.plot import style
from kinetic.plot.lines import LINES, pi_ticks
from kinetic.plot.maps import RHO, draw_maps
from kinetic.plot.normed import draw_tokens, is_uncarried
from kinetic.plot.scales import Scale, colored, full_scale, is_wide, label_bar, negative_note, shown_shift
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import circle_values, require_drawable, trusted
from kinetic.plot.zoom import draw_profiles, is_narrow
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_LINE_DEPTH = 1e-40  # of the largest value, the smallest that a line shows
_ANGLES = 1440
_BAND = 0.5 * np.pi  # width below which a band around the axis is shown alone
_BULK = 1e-6  # of the largest value: where a band ends


def draw(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the snapshots of a scene into a panel, in the manner of their space."""
    if any(is_uncarried(density) for density in scene.densities):
        draw_tokens(panel, scene)
    elif scene.mapped:
        draw_maps(panel, scene)
    elif any(is_narrow(density) for density in scene.densities):
        draw_profiles(panel, scene)
        around = scene.densities[-1].center.replace("the mean", "its mean")
        style.heading(panel, f"Density {RHO} around {around}, from there to the antipode")
    else:
        {"circle": _circle, "zonal": _zonal}[scene.evidence.kind](panel, scene)


def _circle(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw lines over the angle, and all snapshots as rings, time running outward."""
    line, angles = LINES["circle"], LINES["circle"].angles(_ANGLES)
    grid = panel.add_gridspec(1, 2, width_ratios=[1.5, 1])
    lines = panel.add_subplot(grid[0])
    draw_lines(lines, angles, np.stack([line.values(d, angles) for d in scene.densities]), scene.times)
    line.label(lines)
    depth = _rings(panel, panel.add_subplot(grid[1], projection="polar"), scene)
    _head(panel, f"Density {RHO} {line.where}", depth)


def _head(panel: "Figure | SubFigure", text: str, depth: float) -> None:
    """Write what a panel shows, and where its series goes below zero."""
    note = negative_note(depth, "gaps and white")
    style.heading(panel, text + (f"\n{note}" if note else ""))


def _rings(panel: "Figure | SubFigure", ax: Any, scene: Scene) -> float:
    """Draw angle around, time outward, ρ as color; return how far below zero ρ goes."""
    evidence = scene.evidence
    times = evidence.snapshot_times
    angles = np.linspace(0.0, 2 * np.pi, _ANGLES // 2 + 1)
    middle = 0.5 * (angles[1:] + angles[:-1])
    values = np.stack([circle_values(evidence.density(i), middle) for i in range(times.size)])
    scale = Scale.of(values)
    shown = np.stack([scale.shown(row) for row in values])
    colors = ax.pcolormesh(angles, style.edges(times), shown, shading="flat", rasterized=True, **scale.look)
    hole = 0.25 * (float(times[-1]) or 1.0)
    ax.set_rorigin(-hole)
    ax.set_ylim(float(times[0]), float(times[-1]) or 1.0)
    ax.grid(visible=False)
    ax.set_yticks([])
    ax.set_xticks(np.pi * np.array([0.0, 0.5, 1.0, 1.5]), ["0", r"$\pi/2$", r"$\pm\pi$", r"$-\pi/2$"])
    ax.tick_params(pad=0, labelsize=6)
    title = f"angle around, time outward to $t$ = {times[-1]:.3g}"
    ax.set_title(title, fontsize=7, color=style.GREY)
    label_bar(panel.colorbar(colors, ax=ax, orientation="vertical", fraction=0.06, pad=0.12, aspect=25), scale.shift)
    return scale.depth


def _zonal(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw lines over the angle to the axis, and all snapshots as colors over time and angle."""
    with np.errstate(over="ignore"):
        require_drawable(np.stack([scene.evidence.density(i).values_at_angle(_whole()) for i in _all(scene)]))
    low, high = _support(scene)
    theta = np.linspace(low, high, _ANGLES // 2 + 1)
    lines, colors = panel.subplots(1, 2, width_ratios=[1.5, 1])
    draw_lines(lines, theta, np.stack([d.values_at_angle(theta) for d in scene.densities]), scene.times)
    line = LINES["zonal"]
    lines.set_xlabel(line.name)
    depth = _over_time(panel, colors, scene, (low, high))
    if (low, high) == (0.0, np.pi):
        pi_ticks(lines, line.ticks)
        colors.set_yticks(np.pi * np.array([0.0, 0.5, 1.0]), ["0", r"$\pi/2$", r"$\pi$"])
    else:
        lines.set_xlim(low, high)
        bottom, top = lines.get_ylim()
        lines.set_ylim(max(bottom, _BULK * top), top)
    _head(panel, f"Density {RHO} {line.where}", depth)


def _support(scene: Scene) -> tuple[float, float]:
    """Return the angles to the axis between which all snapshots lie: all there are, or those around a narrow band."""
    theta = _whole()
    values = np.stack([trusted(scene.evidence.density(i).values_at_angle(theta)) for i in _all(scene)])
    inside = theta[np.any(values > _BULK * np.nanmax(values, axis=1, keepdims=True), axis=0)]
    if inside.size == 0 or np.ptp(inside) > _BAND or not is_wide(values):
        return 0.0, np.pi
    room = 0.3 * float(np.ptp(inside)) + float(theta[1])
    return max(float(inside[0]) - room, 0.0), min(float(inside[-1]) + room, np.pi)


def _whole() -> Array:
    """Return all angles to the axis, evenly spaced."""
    return LINES["zonal"].angles(_ANGLES // 2)


def _all(scene: Scene) -> range:
    """Return the indices of all snapshots."""
    return range(scene.evidence.snapshot_times.size)


def _over_time(panel: "Figure | SubFigure", ax: "Axes", scene: Scene, between: tuple[float, float]) -> float:
    """Draw time to the right, θ upward, ρ as color; return how far below zero ρ goes."""
    evidence = scene.evidence
    edges = np.linspace(*between, _ANGLES // 4 + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    times = evidence.snapshot_times
    values = np.stack([evidence.density(i).values_at_angle(middle) for i in _all(scene)])
    scale = Scale.of(values)
    look, shown = scale.look, np.stack([scale.shown(row) for row in values])
    if between != (0.0, np.pi):
        look = full_scale(np.where(shown > _BULK * np.nanmax(shown), shown, np.nan))
        shown = colored(shown, look)
    colors = ax.pcolormesh(style.edges(times), edges, shown.T, shading="flat", rasterized=True, **look)
    ax.set_xlabel(style.TIME)
    ax.set_ylabel(r"$\theta$ (rad)")
    label_bar(panel.colorbar(colors, ax=ax, orientation="vertical", fraction=0.06, pad=0.02, aspect=25), scale.shift)
    return scale.depth


def draw_lines(ax: "Axes", angles: Array, values: Array, times: Array) -> None:
    """Draw ρ over an angle, a line a time, logarithmically where it spans a wide range."""
    shift = shown_shift(values)
    wide = is_wide(values)
    shown = np.stack([trusted(line) for line in values]) if wide else values - shift
    for line, time, color in zip(shown, times, style.time_colors(len(times)), strict=True):
        ax.plot(angles, line, color=color, label=style.time_label(float(time)))
    if wide:
        ax.set_yscale("log")
        known = shown[np.isfinite(shown)]
        if known.size:
            highest = float(known.max())
            ax.set_ylim(max(0.5 * float(known.min()), _LINE_DEPTH * highest), 2 * highest)
    else:
        ax.ticklabel_format(axis="y", scilimits=(-2, 3), useOffset=False)
        ax.yaxis.get_offset_text().set_x(-0.12)  # the legend stands above the axes
    ax.set_ylabel(r"$\rho-1$" if shift else r"density $\rho$ (1)")
    style.outside_legend(ax, 6)
