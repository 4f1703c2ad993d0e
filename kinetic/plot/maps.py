"""Densities of S² as equal-area maps, and as discs where their cluster is narrower than a map shows: one scale for all.

Responsible for a frame and colors that several pictures share. Refuses to know which snapshots they are of.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.density import Body
from kinetic.plot import style
from kinetic.plot.scales import Scale, full_scale, label_bar, negative_note
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import SphereMap, auxiliary_angle, frame_about, mollweide, project, sphere_map
from kinetic.plot.zoom import Disc, draw_disc, is_narrow
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

RHO = r"$\rho=\mathrm{d}\mu/\mathrm{d}\sigma$"
_MAPS_A_ROW = 3
_LARGEST_DOT = 9.0  # diameter in points of a cluster that holds all mass; areas are as masses
_DIRECTED = 0.05  # R from which on a mean direction is worth a mark

DISCS = r"discs: angle $\theta$ (rad) to the mean on a logarithmic scale, the rim is the antipode"
"""What the caption of a disc says."""


def draw_maps(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw one map a snapshot, a disc where the cluster is narrower than a map shows; one scale for all of a kind."""
    frame = common_frame(scene)
    count = len(scene.snapshots)
    columns = min(count, _MAPS_A_ROW)
    axes = np.ravel(panel.subplots(-(-count // _MAPS_A_ROW), columns, squeeze=False))
    pictures = [Disc.of(d) if is_narrow(d) else sphere_map(d, frame) for d in scene.densities]
    maps = [(ax, one) for ax, one in zip(axes, pictures, strict=False) if isinstance(one, SphereMap)]
    discs = [(ax, one) for ax, one in zip(axes, pictures, strict=False) if isinstance(one, Disc)]
    for ax, time in zip(axes, scene.times, strict=False):
        ax.set_title(style.time_label(float(time)), pad=4)
    for ax in axes[count:]:
        ax.remove()
    kinds = []
    if maps:
        scale = Scale.of(one.values for _, one in maps)
        meshes = [draw_map(ax, one, scale) for ax, one in maps]
        for ax, density in zip(axes, scene.densities, strict=False):
            if any(ax is other for other, _ in maps):
                draw_directions(ax, density, frame)
        kinds.append("equal-area maps (Mollweide; + mean direction, letters: coordinate axes)")
        kinds += [negative_note(scale.depth)] if scale.depth else []
        _bar(panel, meshes[0], [ax for ax, _ in maps], scale.shift)
    if discs:
        look = full_scale(np.concatenate([one.values.ravel() for _, one in discs]))
        meshes = [draw_disc(ax, one, look) for ax, one in discs]
        kinds.append(DISCS)
        _bar(panel, meshes[0], [ax for ax, _ in discs], 0.0)
    style.heading(panel, f"Density {RHO}: " + "\n".join(kinds))


def _bar(panel: "Figure | SubFigure", mesh: Any, axes: "list[Axes]", shift: float) -> None:
    """Draw the one color bar of several pictures to their right."""
    label_bar(panel.colorbar(mesh, ax=axes, orientation="vertical", fraction=0.03, pad=0.01, aspect=25), shift)


def common_frame(scene: Scene) -> Array:
    """Return the frame of all maps: the mean direction of the last snapshot in the middle."""
    last = scene.evidence.density(scene.evidence.snapshot_times.size - 1)
    return frame_about(last.direction if np.linalg.norm(last.mean) > _DIRECTED else None)


def draw_map(ax: "Axes", raster: SphereMap, scale: Scale) -> Any:
    """Draw one map of a density of S² in the colors of a scale; return its mesh."""
    values = scale.shown(raster.values)
    mesh = ax.pcolormesh(raster.x, raster.y, values, rasterized=True, shading="flat", **scale.look)
    _graticule(ax)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return mesh


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


def draw_directions(ax: "Axes", density: Body, frame: Array) -> list[Any]:
    """Mark the coordinate axes, clusters and the mean direction; return what moves with the density."""
    outline = style.outline()
    for name, axis in zip("xyz", np.eye(3), strict=True):
        x, y = project(axis, frame)
        ax.text(float(x), float(y), name, color="white", fontsize=6, ha="center", va="center", path_effects=outline)
    return mark_places(ax, density, frame)


def mark_places(ax: "Axes", density: Body, frame: Array) -> list[Any]:
    """Mark the clusters where a density tells them, and the mean direction where there is one; return the marks."""
    marks: list[Any] = []
    for place, mass in zip(*density.cluster_centers(), strict=True):
        x, y = project(place, frame)
        marks += ax.plot(x, y, "o", color="white", ms=_LARGEST_DOT * float(mass) ** 0.5, mec="0.25", mew=0.6, zorder=3)
    if density.direction is not None and np.linalg.norm(density.mean) > _DIRECTED:
        x, y = project(np.asarray(density.direction), frame)
        marks += ax.plot(x, y, "+", color="white", ms=6, mew=1.1, path_effects=style.outline())
    return marks
