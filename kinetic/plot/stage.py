"""Where a film plays: axes and a scale that hold every snapshot, and one picture in them at a time.

Responsible for changing no more than the values from one frame to the next. Knows nothing of files.
"""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kinetic.plot import style
from kinetic.plot.lines import LINES
from kinetic.plot.maps import DISCS, common_frame, draw_directions, draw_map, mark_places
from kinetic.plot.scales import Scale, full_scale, label_bar, negative_note
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import sphere_map, trusted
from kinetic.plot.zoom import Disc, draw_disc, is_narrow, profiles
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_THIN = 6  # of the rows and columns of a map one is probed


class Stage(Protocol):
    """What shows snapshots and what is between them."""

    probes: Array
    """Places of some points on the scale, (snapshots, points), 0 to 1; NaN where not known."""

    def show(self, snapshot: int, share: float, title: str) -> None:
        """Show a snapshot, a share of the way to the next one."""


def stage_of(figure: "Figure", scene: Scene) -> Stage:
    """Return the stage of a record in an empty figure."""
    return MapStage(figure, scene) if scene.mapped else LineStage(figure, scene)


def between(first: Array, second: Array, share: float, *, wide: bool) -> Array:
    """Return values a share of the way from first to second, through their logarithms if `wide`."""
    if share == 0:
        return first
    if not wide:
        return np.asarray((1 - share) * first + share * second)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.exp((1 - share) * np.log(first) + share * np.log(second))
    return np.asarray(np.where((first > 0) & (second > 0), middle, first if share < 0.5 else second))


class LineStage:
    """ρ over an angle, on axes that hold all snapshots."""

    def __init__(self, figure: "Figure", scene: Scene) -> None:
        self.axes = figure.add_subplot()
        narrow = any(is_narrow(density) for density in scene.densities)
        angles, values = profiles(scene) if narrow else around(scene)
        scale = Scale.of(values)
        self.wide = scale.wide or narrow
        self.values = np.stack([trusted(row) for row in values]) if self.wide else values - scale.shift
        norm = full_scale(self.values)["norm"] if narrow else scale.look["norm"]
        (self.line,) = self.axes.plot(angles, self.values[0], color=style.COLORS[0])
        if self.wide:
            self.axes.set_yscale("log")
            self.axes.set_ylim(0.7 * norm.vmin, 1.5 * norm.vmax)
        else:
            self.axes.set_ylim(*style.limits(self.values, low=norm.vmin))
        self.axes.set_ylabel(r"$\rho-1$" if scale.shift and not narrow else r"density $\rho$ (1)")
        self._label(scene, narrow=narrow, first=float(angles[0]))
        self.note = negative_note(scale.depth, "gaps")
        with np.errstate(divide="ignore", invalid="ignore"):
            heights = np.log(self.values) if self.wide else self.values
        low, high = (np.log(norm.vmin), np.log(norm.vmax)) if self.wide else (norm.vmin, norm.vmax)
        self.probes = np.clip((heights - low) / (high - low), 0.0, 1.0)

    def _label(self, scene: Scene, *, narrow: bool, first: float) -> None:
        """Write what is right and left."""
        if narrow:
            self.axes.set_xscale("log")
            self.axes.set_xlim(first, np.pi)
            self.axes.set_xlabel(r"angle to the mean direction $\theta$ (rad)")
            return
        LINES[scene.evidence.kind].label(self.axes)

    def show(self, snapshot: int, share: float, title: str) -> None:
        """Show a snapshot, a share of the way to the next one."""
        following = self.values[min(snapshot + 1, len(self.values) - 1)]
        self.line.set_ydata(between(self.values[snapshot], following, share, wide=self.wide))
        self.axes.set_title(title + (f"\n{self.note}" if self.note else ""))


def around(scene: Scene) -> tuple[Array, Array]:
    """Return angles over the whole circle, or from pole to pole, and ρ there at every snapshot."""
    evidence = scene.evidence
    line = LINES[evidence.kind]
    angles = line.angles(720)
    return angles, np.stack([line.values(evidence.density(i), angles) for i in range(evidence.snapshot_times.size)])


class MapStage:
    """Maps of S² in one scale, and discs in one where the cluster is narrower than a map shows."""

    def __init__(self, figure: "Figure", scene: Scene) -> None:
        self.figure, self.evidence, self.frame = figure, scene.evidence, common_frame(scene)
        self.axes: Any = None
        self.mesh: Any = None
        self.marks: list[Any] = []
        self.cache: dict[int, Array] = {}
        count = self.evidence.snapshot_times.size
        self.narrow = [is_narrow(self.evidence.density(i)) for i in range(count)]
        thin = {i: self._map(i)[::_THIN, ::_THIN] for i in range(count) if not self.narrow[i]}
        ends = [self._map(i) for i in list(thin)[:: max(1, len(thin) - 1)]]
        self.scale = Scale.of([*thin.values(), *ends]) if thin else None
        discs = [Disc.of(self.evidence.density(i)).values.ravel() for i in range(count) if self.narrow[i]]
        self.look = full_scale(np.concatenate(discs)) if discs else {}
        self.probes = np.zeros((count, next(iter(thin.values())).size if thin else 1))
        for i in range(count):
            self.probes[i] = self._places(thin[i]) if i in thin else np.nan

    def _map(self, i: int) -> Array:
        """Return the map of a snapshot; the last two are kept."""
        if i not in self.cache:
            for old in sorted(self.cache)[:-1]:
                del self.cache[old]
            self.cache[i] = sphere_map(self.evidence.density(i), self.frame).values
        return self.cache[i]

    def _places(self, values: Array) -> Array:
        """Return where values are on the scale of the maps."""
        assert self.scale is not None
        return np.asarray(np.ma.filled(self.scale.look["norm"](self.scale.shown(values).ravel(), clip=True), np.nan))

    def show(self, snapshot: int, share: float, title: str) -> None:
        """Show a snapshot, a share of the way to the next one; discs have no way."""
        density = self.evidence.density(snapshot)
        if self.narrow[snapshot]:
            self._new_axes()
            draw = draw_disc(self.axes, Disc.of(density), self.look)
            self._bar(draw, 0.0)
            self.mesh = None
            self.axes.set_title(f"{title}\n{DISCS.removeprefix('discs: ')}", pad=2)
            return
        assert self.scale is not None
        if self.mesh is None:
            self._new_axes()
            self.mesh = draw_map(self.axes, sphere_map(density, self.frame), self.scale)
            self.marks = draw_directions(self.axes, density, self.frame)
            self._bar(self.mesh, self.scale.shift)
        values = self._map(snapshot)
        if share and not self.narrow[snapshot + 1]:
            values = between(values, self._map(snapshot + 1), share, wide=self.scale.wide)
        self.mesh.set_array(np.ma.masked_invalid(self.scale.shown(values)))
        for mark in self.marks:
            mark.remove()
        self.marks = mark_places(self.axes, density, self.frame)
        note = negative_note(self.scale.depth)
        self.axes.set_title(title + (f"\n{note}" if note else ""), pad=2)

    def _new_axes(self) -> None:
        """Clear the stage."""
        for ax in self.figure.axes:
            ax.remove()
        self.axes = self.figure.add_subplot()
        self.figure.set_layout_engine("constrained")

    def _bar(self, mesh: Any, shift: float) -> None:
        """Draw the color bar."""
        bar = self.figure.colorbar(mesh, ax=self.axes, orientation="vertical", fraction=0.03, pad=0.02, aspect=25)
        label_bar(bar, shift)
