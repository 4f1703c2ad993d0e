"""Densities as pictures: equal-area maps of the sphere, lines and rings of the circle, lines over the angle to an axis.

Responsible for how values become colors and curves.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import (
    SphereMap,
    auxiliary_angle,
    circle_values,
    frame_about,
    mollweide,
    project,
    sphere_map,
    trusted,
)
from kinetic.pointwise import zonal_values
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_RHO = r"$\rho=\mathrm{d}\mu/\mathrm{d}\sigma$"
_MAPS_A_ROW = 3
_WIDE_RANGE = 30.0  # largest over smallest value from which on colors and axes are logarithmic
_COLORED = (1e-4, 1e4)  # densities that colors tell apart on a logarithmic scale; 1 is uniform
_FLAT = 0.05  # largest |ρ − 1| at which ρ − 1 is shown instead of ρ
_DIRECTED = 0.05  # R from which on a mean direction is worth a mark
_LINE_DEPTH = 1e-40  # of the largest value, the smallest that a line shows
_ANGLES = 1440


def draw(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the snapshots of a scene into a panel, in the manner of their space."""
    {"sphere": _maps, "circle": _circle, "zonal": _zonal}[scene.evidence.kind](panel, scene)


def _maps(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw one map a snapshot."""
    frame = common_frame(scene)
    count = len(scene.snapshots)
    rows = -(-count // _MAPS_A_ROW)
    axes = np.ravel(panel.subplots(rows, min(count, _MAPS_A_ROW), squeeze=False))
    maps = [sphere_map(density, frame) for density in scene.densities]
    wide = any(is_wide(one.values) for one in maps)
    for ax, one, density, time in zip(axes, maps, scene.densities, scene.times, strict=False):
        draw_map(ax, one, wide=wide)
        draw_directions(ax, density, frame)
        ax.set_title(style.time_label(float(time)), pad=4)
    for ax in axes[count:]:
        ax.set_axis_off()
    style.heading(panel, f"Density {_RHO}, equal-area maps (Mollweide); + mean direction, letters axes")


def common_frame(scene: Scene) -> Array:
    """Return the frame of all maps: the mean direction of the last snapshot in the middle."""
    last = scene.evidence.density(scene.evidence.snapshot_times.size - 1)
    return frame_about(last.direction if np.linalg.norm(last.mean) > _DIRECTED else None)


def draw_map(ax: "Axes", raster: SphereMap, *, wide: bool) -> None:
    """Draw one map of a density of S² with its own scale of colors, logarithmic if `wide`."""
    shift = shown_shift(raster.values)
    values = trusted(raster.values) if wide and not shift else raster.values - shift
    colors = ax.pcolormesh(
        raster.x,
        raster.y,
        values,
        rasterized=True,
        shading="flat",
        **color_scale(values, wide=wide and not shift),
    )
    _graticule(ax)
    ax.set_aspect("equal")
    ax.set_axis_off()
    bar = ax.figure.colorbar(colors, ax=ax, orientation="horizontal", fraction=0.06, pad=0.03, aspect=22, shrink=0.8)
    label_bar(bar, shift)


def label_bar(bar: Any, shift: float) -> None:
    """Write what the colors mean, with few ticks."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    bar.set_label(r"$\rho-1$" if shift else r"$\rho$", fontsize=7, labelpad=0)
    bar.minorlocator = NullLocator()
    if not isinstance(bar.norm, LogNorm):
        bar.locator = MaxNLocator(4)
        bar.update_ticks()
        bar.formatter.set_powerlimits((-2, 3))
    elif bar.vmax < style.FEW_DECADES * bar.vmin:
        bar.locator = FixedLocator(style.plain_ticks(bar.vmin, bar.vmax))
        bar.formatter = FuncFormatter(lambda value, _: f"{value:.3g}")
    else:
        bar.locator = LogLocator(numticks=5)
    bar.update_ticks()
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=6, width=0.5, length=2, pad=1)
    bar.ax.xaxis.get_offset_text().set_fontsize(6)


def shown_shift(values: Array) -> float:
    """Return 1 where ρ hardly differs from 1, so that the difference is shown, otherwise 0."""
    return 1.0 if np.nanmax(np.abs(values - 1.0)) < _FLAT else 0.0


def color_scale(values: Array, *, wide: bool) -> dict[str, Any]:
    """Return color map and norm, logarithmic within `_COLORED` if `wide`."""
    import matplotlib as mpl
    from matplotlib.colors import LogNorm, Normalize

    colors = mpl.colormaps[style.COLOR_MAP]
    # zero and undershoots of a series lie below every logarithmic scale
    colors = colors.with_extremes(bad=colors(0.0))
    smallest, largest = float(np.nanmin(values)), float(np.nanmax(values))
    if wide:
        lowest = max(float(np.nanmin(values[values > 0])), _COLORED[0])
        highest = min(largest, _COLORED[1])
        pointed: Any = "max" if largest > highest else False  # an end with a point: brighter than the scale
        colors.colorbar_extend = pointed
        return {"cmap": colors, "norm": LogNorm(min(lowest, 0.999 * highest), highest)}
    return {"cmap": colors, "norm": Normalize(smallest, largest if largest > smallest else smallest + 1e-15)}


def is_wide(values: Array) -> bool:
    """Whether values of a density span so much that only a logarithmic scale shows them."""
    largest = float(np.nanmax(values))
    return largest > 0 and float(np.nanmin(values)) < largest / _WIDE_RANGE and shown_shift(values) == 0.0


def _graticule(ax: "Axes") -> None:
    """Draw parallels and meridians of the map every thirty and sixty degrees, and its border."""
    lines: dict[str, Any] = {"color": "white", "lw": 0.35, "alpha": 0.45}
    span = np.linspace(-np.pi, np.pi, 91)
    for latitude in np.radians([-60, -30, 0, 30, 60]):
        ax.plot(*mollweide(auxiliary_angle(np.full(91, latitude)), span), **lines)
    psi = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 91)
    for longitude in np.radians([-120, -60, 0, 60, 120]):
        ax.plot(*mollweide(psi, np.full(91, longitude)), **lines)
    for side in (-np.pi, np.pi):
        ax.plot(*mollweide(psi, np.full(91, side)), color="0.25", lw=0.6)


def draw_directions(ax: "Axes", density: Any, frame: Array) -> None:
    """Mark the coordinate axes, and the mean direction where there is one."""
    import matplotlib.patheffects as effects

    outline = [effects.withStroke(linewidth=1.4, foreground="black", alpha=0.6)]
    for name, axis in zip("xyz", np.eye(3), strict=True):
        x, y = project(axis, frame)
        ax.text(float(x), float(y), name, color="white", fontsize=6, ha="center", va="center", path_effects=outline)
    if density.direction is not None and np.linalg.norm(density.mean) > _DIRECTED:
        x, y = project(np.asarray(density.direction), frame)
        ax.plot(x, y, "+", color="white", ms=6, mew=1.1, path_effects=outline)


def _circle(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw lines over the angle, and all snapshots as rings, time running outward."""
    angles = np.linspace(-np.pi, np.pi, _ANGLES + 1)
    grid = panel.add_gridspec(1, 2, width_ratios=[1.5, 1])
    lines = panel.add_subplot(grid[0])
    draw_lines(lines, angles, np.stack([circle_values(d, angles) for d in scene.densities]), scene.times)
    lines.set_xlabel("angle on the circle (rad)")
    pi_ticks(lines, (-1.0, -0.5, 0.0, 0.5, 1.0))
    _rings(panel, panel.add_subplot(grid[1], projection="polar"), scene)
    style.heading(panel, f"Density {_RHO} on the circle")


def _rings(panel: "Figure | SubFigure", ax: Any, scene: Scene) -> None:
    """Draw angle around, time outward, ρ as color."""
    evidence = scene.evidence
    times = evidence.snapshot_times
    angles = np.linspace(0.0, 2 * np.pi, _ANGLES // 2 + 1)
    middle = 0.5 * (angles[1:] + angles[:-1])
    values = np.stack([trusted(circle_values(evidence.density(i), middle)) for i in range(times.size)])
    colors = ax.pcolormesh(
        angles, _edges(times), values, shading="flat", rasterized=True, **color_scale(values, wide=is_wide(values))
    )
    hole = 0.25 * (float(times[-1]) or 1.0)
    ax.set_rorigin(-hole)
    ax.set_ylim(float(times[0]), float(times[-1]) or 1.0)
    ax.grid(visible=False)
    ax.set_yticks([float(times[-1])], [f"$t$ = {times[-1]:.3g}"], fontsize=6)
    ax.set_rlabel_position(22)
    ax.set_xticks(np.pi * np.array([0.0, 0.5, 1.0, 1.5]), ["0", r"$\pi/2$", r"$\pm\pi$", r"$-\pi/2$"])
    ax.tick_params(pad=0, labelsize=6)
    ax.set_title("angle around, time outward", fontsize=7, color=style.GREY)
    label_bar(panel.colorbar(colors, ax=ax, orientation="vertical", fraction=0.06, pad=0.12, aspect=25), 0.0)


def _edges(times: Array) -> Array:
    """Return borders halfway between times."""
    if times.size < 2:
        return np.array([times[0], times[0] + 1.0])
    return np.concatenate([times[:1], 0.5 * (times[1:] + times[:-1]), times[-1:]])


def _zonal(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw lines over the angle to the axis, and all snapshots as colors over time and angle."""
    theta = np.linspace(0.0, np.pi, _ANGLES // 2 + 1)
    lines, colors = panel.subplots(1, 2, width_ratios=[1.5, 1])
    draw_lines(lines, theta, np.stack([zonal_values(d, theta) for d in scene.densities]), scene.times)
    lines.set_xlabel(r"angle to the axis $\theta$ (rad)")
    pi_ticks(lines, (0.0, 0.25, 0.5, 0.75, 1.0))
    _over_time(panel, colors, scene)
    style.heading(panel, f"Density {_RHO} about the axis of symmetry")


def _over_time(panel: "Figure | SubFigure", ax: "Axes", scene: Scene) -> None:
    """Draw time to the right, θ upward, ρ as color."""
    evidence = scene.evidence
    edges = np.linspace(0.0, np.pi, _ANGLES // 4 + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    times = evidence.snapshot_times
    values = np.stack([trusted(zonal_values(evidence.density(i), middle)) for i in range(times.size)], axis=-1)
    colors = ax.pcolormesh(
        _edges(times), edges, values, shading="flat", rasterized=True, **color_scale(values, wide=is_wide(values))
    )
    ax.set_xlabel(style.TIME)
    ax.set_ylabel(r"$\theta$ (rad)")
    ax.set_yticks(np.pi * np.array([0.0, 0.5, 1.0]), ["0", r"$\pi/2$", r"$\pi$"])
    label_bar(panel.colorbar(colors, ax=ax, orientation="vertical", fraction=0.06, pad=0.02, aspect=25), 0.0)


def draw_lines(ax: "Axes", angles: Array, values: Array, times: Array) -> None:
    """Draw ρ over an angle, a line a time, logarithmically where it spans a wide range."""
    shift = shown_shift(values)
    wide = is_wide(values)
    shown = np.stack([trusted(line) for line in values]) if wide else values - shift
    for line, time, color in zip(shown, times, style.time_colors(len(times)), strict=True):
        ax.plot(angles, line, color=color, label=style.time_label(float(time)))
    if wide:
        ax.set_yscale("log")
        highest = float(np.nanmax(shown))
        ax.set_ylim(max(0.5 * float(np.nanmin(shown)), _LINE_DEPTH * highest), 2 * highest)
    else:
        ax.ticklabel_format(axis="y", scilimits=(-2, 3), useOffset=False)
    ax.set_ylabel(r"$\rho-1$" if shift else r"density $\rho$ (1)")
    style.outside_legend(ax, 6)


def pi_ticks(ax: "Axes", multiples: tuple[float, ...]) -> None:
    """Write multiples of π below an axis."""
    names = {0.0: "0", 0.25: r"$\pi/4$", 0.5: r"$\pi/2$", 0.75: r"$3\pi/4$", 1.0: r"$\pi$"}
    names |= {-m: f"$-{name[1:]}" for m, name in names.items() if m}
    ax.set_xticks([np.pi * m for m in multiples], [names[m] for m in multiples])
    ax.set_xlim(np.pi * multiples[0], np.pi * multiples[-1])
