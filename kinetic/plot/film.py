"""The density in motion on axes and colors that stay: GIF anywhere, MP4 where ffmpeg is installed.

Responsible for frames between snapshots only where the snapshots tell what is between them.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from kinetic.errors import DomainError
from kinetic.files import replacing
from kinetic.plot import style
from kinetic.plot.saving import require_format
from kinetic.plot.scene import Scene
from kinetic.plot.stage import Stage, stage_of
from kinetic.record import Record
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILMS = (".gif", ".mp4")
"""Endings of films."""

_FRAMES = 100  # at least
_SECONDS = 8.0
_FASTEST = 25  # frames a second
_DPI = 120
_PAUSE = 1  # seconds on the last frame
_VISIBLE = 0.02
"""Share of a scale that is seen: 1.3 points of a line on some 70 points for each inch of three."""


Tell: TypeAlias = Callable[[float, str], None]


def say_nothing(share: float, text: str) -> None:
    """Take notice of how much is done."""


@dataclass(frozen=True)
class Frame:
    """One picture: a snapshot, and how far it has gone to the next one.

    Parameters
    ----------
    snapshot : int
    share : float
        0 ≤ share < 1 of the way to the next snapshot.
    """

    snapshot: int
    share: float


def animate(record: Record, path: Path, tell: Tell = say_nothing) -> None:
    """Write the density as a film of at least eight seconds and a hundred frames, time running evenly.

    Every snapshot is a frame. Between two, values (their logarithms on a logarithmic scale) are interpolated linearly
    where that is known to be right, see `is_smooth`; elsewhere the earlier snapshot stays.

    Parameters
    ----------
    record : Record
    path : pathlib.Path
        Ends in .gif or .mp4; a file of that name is replaced as a whole.
    tell : callable
        tell(share, text): how much of the film is made.

    Raises
    ------
    DomainError
        For another ending, for MP4 without ffmpeg, for a record of fewer than two snapshots.
    RecordError
        Where the file cannot be written.
    """
    require_format(path, FILMS)
    scene = Scene.of(record)
    times = scene.evidence.snapshot_times
    if times.size < 2:
        raise DomainError(
            f"{record.path}: a film needs two snapshots; the record holds {times.size}; lower output.save_every"
        )
    with style.styled(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        tell(0.0, "looking at the snapshots")
        figure = _blank(scene)
        stage = stage_of(figure, scene)
        shown = frames(times, is_smooth(stage.probes))
        rate = max(1, min(_FASTEST, round(len(shown) / _SECONDS)))
        writer = _writer(path, rate)
        with replacing(path) as temporary, writer.saving(figure, str(temporary), _DPI):
            for i, frame in enumerate(shown):
                _show(stage, times, frame)
                writer.grab_frame()
                if i == 0:
                    figure.set_layout_engine("none")  # nothing moves from here on
                tell((i + 1) / (len(shown) + 1), f"frame {i + 1} of {len(shown)}")
            for _ in range(_PAUSE * rate):
                writer.grab_frame()


def frames(times: Array, smooth: Sequence[bool]) -> list[Frame]:
    """Return the frames of a film: every snapshot, and between two as many as their share of the time asks for.

    Parameters
    ----------
    times : Array
        Of the snapshots, ascending.
    smooth : sequence of bool
        Whether there is something known between a snapshot and the next.
    """
    counts = np.maximum(1, np.ceil((_FRAMES - 1) * np.diff(times) / (times[-1] - times[0]) - 1e-9)).astype(int)
    found = [
        Frame(i, j / count if known else 0.0)
        for i, (count, known) in enumerate(zip(counts, smooth, strict=True))
        for j in range(count)
    ]
    return [*found, Frame(times.size - 1, 0.0)]


def is_smooth(probes: Array) -> list[bool]:
    """Return whether linear interpolation between a snapshot and the next is right to a fiftieth of the scale.

    Leaving a snapshot out and interpolating it from its two neighbors has four times the error of interpolation between
    neighbors (half the distance, second order). Both ends of an interval must pass, with a quarter of their error; the
    first and the last snapshot have no two neighbors, and say nothing.

    Parameters
    ----------
    probes : Array, shape (snapshots, points)
        Places on the scale, 0 to 1; NaN where not known.
    """
    count = probes.shape[0]
    errors = np.zeros(count)
    middle = np.abs(probes[1:-1] - 0.5 * (probes[:-2] + probes[2:]))
    errors[1:-1] = 0.25 * np.nan_to_num(middle).max(axis=1, initial=0.0)
    passed = errors <= _VISIBLE
    return [count > 2 and bool(passed[i] and passed[i + 1]) for i in range(count - 1)]


def _show(stage: Stage, times: Array, frame: Frame) -> None:
    """Let a stage show a frame."""
    i, share = frame.snapshot, frame.share
    stage.show(
        i, share, style.time_label(float(times[i] if share == 0 else (1 - share) * times[i] + share * times[i + 1]))
    )


def _writer(path: Path, rate: int) -> Any:
    """Return the writer that turns frames into a file."""
    from matplotlib import animation

    if path.suffix.lower() == ".gif":
        return animation.PillowWriter(fps=rate)
    if not animation.FFMpegWriter.isAvailable():
        raise DomainError(
            f"film: {path} needs the program ffmpeg, which is not found; install it (apt install ffmpeg, brew install "
            "ffmpeg, conda install ffmpeg), or let the name end in .gif"
        )
    return animation.FFMpegWriter(fps=rate, codec="libx264", extra_args=["-pix_fmt", "yuv420p"])


def _blank(scene: Scene) -> "Figure":
    """Return a figure of even size in pixels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.8), layout="constrained")
    style.put_caption(figure, scene.caption)
    return figure
