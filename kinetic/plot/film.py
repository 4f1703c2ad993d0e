"""The density in motion: every snapshot a frame, GIF anywhere, MP4 where ffmpeg is installed."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.errors import DomainError
from kinetic.files import replacing
from kinetic.plot import style
from kinetic.plot.density import DISCS, common_frame, draw_directions, draw_map, pi_ticks
from kinetic.plot.saving import require_format
from kinetic.plot.scales import color_scale, full_scale, is_wide
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import circle_values, sphere_map
from kinetic.plot.zoom import draw_disc, is_narrow, profiles
from kinetic.pointwise import zonal_values
from kinetic.record import Record
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILMS = (".gif", ".mp4")
"""Endings of films."""

_SECONDS = 8.0
_FASTEST = 25  # frames a second
_SLOWEST = 2
_DPI = 120
_PAUSE = 1  # seconds on the last frame


def animate(record: Record, path: Path) -> None:
    """Write the density at every snapshot as a film of some eight seconds.

    Parameters
    ----------
    record : Record
    path : pathlib.Path
        Ends in .gif or .mp4; a file of that name is replaced as a whole.

    Raises
    ------
    DomainError
        For another ending, for MP4 without ffmpeg, for a record of fewer than two snapshots.
    RecordError
        Where the file cannot be written.
    """
    require_format(path, FILMS)
    scene = Scene.of(record)
    count = scene.evidence.snapshot_times.size
    if count < 2:
        raise DomainError(f"{record.path}: a film needs two snapshots; the record holds {count}")
    rate = int(np.clip(round(count / _SECONDS), _SLOWEST, _FASTEST))
    writer = _writer(path, rate)
    with style.styled(), warnings.catch_warnings(), replacing(path) as temporary:
        warnings.filterwarnings("ignore", message="Glyph")
        figure, show = _stage(scene)
        with writer.saving(figure, str(temporary), _DPI):
            for i in (*range(count), *[count - 1] * (_PAUSE * rate)):
                show(i)
                writer.grab_frame()


def _writer(path: Path, rate: int) -> Any:
    """Return what turns frames into a file."""
    from matplotlib import animation

    if path.suffix.lower() == ".gif":
        return animation.PillowWriter(fps=rate)
    if not animation.FFMpegWriter.isAvailable():
        raise DomainError(
            f"film: {path} needs the program ffmpeg, which is not found; install it (apt install ffmpeg, brew install "
            "ffmpeg, conda install ffmpeg), or let the name end in .gif"
        )
    return animation.FFMpegWriter(fps=rate, codec="libx264", extra_args=["-pix_fmt", "yuv420p"])


def _stage(scene: Scene) -> "tuple[Figure, Callable[[int], None]]":
    """Return a figure of even size in pixels and the function that shows one snapshot in it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.8), layout="constrained")
    style.put_caption(figure, scene.caption)
    return figure, (_map_stage if scene.evidence.kind == "sphere" else _line_stage)(figure, scene)


def _map_stage(figure: "Figure", scene: Scene) -> Callable[[int], None]:
    """Return the function that draws the map of a snapshot, or its disc where the cluster is too narrow for a map."""
    frame, times = common_frame(scene), scene.evidence.snapshot_times
    wide = any(is_wide(sphere_map(density, frame).values) for density in (scene.densities[0], scene.densities[-1]))

    def show(i: int) -> None:
        for ax in figure.axes:
            ax.remove()
        density, ax = scene.evidence.density(i), figure.add_subplot()
        if is_narrow(density):
            draw_disc(ax, density)
        else:
            draw_map(ax, sphere_map(density, frame), wide=wide)
            draw_directions(ax, density, frame)
        note = "\n" + DISCS.removeprefix("discs: ") if is_narrow(density) else ""
        ax.set_title(style.time_label(float(times[i])) + note, pad=2)

    return show


def _line_stage(figure: "Figure", scene: Scene) -> Callable[[int], None]:
    """Return the function that draws the line of a snapshot, on axes that hold all of them."""
    evidence, ax = scene.evidence, figure.add_subplot()
    times = evidence.snapshot_times
    if any(is_narrow(density) for density in scene.densities):
        angles, values = profiles(scene)
        ax.set_xscale("log")
        ax.set_xlim(float(angles[0]), np.pi)
        ax.set_xlabel(r"angle to the mean direction $\theta$ (rad)")
        norm = full_scale(values)["norm"]
    else:
        angles, values = _around(ax, scene)
        norm = color_scale(values, wide=is_wide(values))["norm"]
    (line,) = ax.plot(angles, values[0], color=style.COLORS[0])
    if is_wide(values):
        ax.set_yscale("log")
        ax.set_ylim(0.7 * norm.vmin, 1.5 * norm.vmax)
    else:
        ax.set_ylim(*style.limits(values, low=float(values.min())))
    ax.set_ylabel(r"density $\rho$ (1)")

    def show(i: int) -> None:
        line.set_ydata(values[i])
        ax.set_title(style.time_label(float(times[i])))

    return show


def _around(ax: "Axes", scene: Scene) -> tuple[Array, Array]:
    """Return angles over the whole circle, or from pole to pole, and ρ there at every snapshot; label the axis."""
    evidence = scene.evidence
    circle = evidence.kind == "circle"
    angles = np.linspace(-np.pi if circle else 0.0, np.pi, 721)
    sample = circle_values if circle else zonal_values
    pi_ticks(ax, (-1.0, -0.5, 0.0, 0.5, 1.0) if circle else (0.0, 0.25, 0.5, 0.75, 1.0))
    ax.set_xlabel("angle on the circle (rad)" if circle else r"angle to the axis $\theta$ (rad)")
    return angles, np.stack([sample(evidence.density(i), angles) for i in range(evidence.snapshot_times.size)])
