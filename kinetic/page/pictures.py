"""Densities as the page plays them, a frame for each snapshot: colors of a sphere, lines over angles, sizes of degrees.

Responsible for choosing the picture that a density can have, and for saying why it has none. Knows nothing of HTML.
"""

from typing import Any

import numpy as np

from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.geometry import from_angles
from kinetic.page.encode import codes, numbers
from kinetic.plot.lines import LINES
from kinetic.plot.normed import is_uncarried
from kinetic.plot.scales import DEEPEST, Scale, is_wide, negative_note
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import spectrum, sphere_values, trusted
from kinetic.plot.stage import around
from kinetic.plot.zoom import is_narrow, profiles
from kinetic.types import Array

ROWS, COLUMNS = 60, 120
"""Intervals of the sphere's mesh from pole to pole and around: three degrees, which no graphics card is needed for."""

FRAME_BYTES = 4 * (ROWS + 1) * (COLUMNS + 1) // 3
"""What a snapshot of a sphere takes on the page."""

_NOISE = 1e-18  # amplitudes below are rounding
_DECADES = 12.0  # of a line that are shown below its highest value at first

Picture = dict[str, Any]


def pictures(scene: Scene) -> list[Picture]:
    """Return the pictures of a record that play through its snapshots, the density first.

    Parameters
    ----------
    scene : Scene
        With the snapshots that are to be frames.

    Returns
    -------
    list of dict
        `kind` "sphere", "line" or "none", `title`, `note`, and what that kind needs.
    """
    found = [_density(scene)]
    if scene.mapped and any(is_narrow(density) for density in scene.densities):
        found += _tried(_profile, scene)
    return found + _tried(_spectrum, scene)


def _tried(make: Any, scene: Scene) -> list[Picture]:
    """Return a picture, or none where a density does not give it."""
    try:
        return [make(scene)]
    except DomainError:
        return []


def _density(scene: Scene) -> Picture:
    """Return the picture of the density itself."""
    if any(is_uncarried(density) for density in scene.densities):
        return _none("the tokens have gathered below what the degrees show: their masses are in the observables")
    if not scene.pointwise:
        return _none("in this dimension ρ is not known at points, or exceeds every scale: its moments are below")
    try:
        if scene.mapped:
            return _sphere(scene)
        return _profile(scene) if any(is_narrow(density) for density in scene.densities) else _line(scene)
    except DomainError as error:
        return _none(str(error))


def _none(why: str) -> Picture:
    return {"kind": "none", "title": "Density", "note": f"No picture of ρ: {why}."}


def _sphere(scene: Scene) -> Picture:
    """Return the colors of S² at every snapshot, in one scale, with places of clusters and of the mean direction."""
    theta = np.linspace(0.0, np.pi, ROWS + 1)
    points = from_angles(theta[:, None], np.linspace(0.0, 2 * np.pi, COLUMNS + 1)[None, :])
    frames = [sphere_values(density, points) for density in scene.densities]
    scale = Scale.of(frames)
    norm = scale.look["norm"]
    shown = np.stack([np.ma.filled(scale.shown(frame).astype(float), np.nan) for frame in frames])
    low, high = float(norm.vmin), float(norm.vmax)
    if scale.wide:
        low, high = float(np.log10(low)), float(np.log10(high))
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = np.where(shown > 0, np.log10(shown), np.nan)
    marks = [_marks(density) for density in scene.densities]
    return {
        "kind": "sphere",
        "title": "Density ρ on the sphere",
        "note": negative_note(scale.depth, "grey"),
        "colors": codes(shown, low, high),
        "low": low,
        "high": high,
        "wide": scale.wide,
        "name": "ρ − 1" if scale.shift else "ρ",
        "marks": marks,
    }


def _marks(density: Body) -> list[list[float]]:
    """Return (x, y, z, mass) of every cluster, and of the mean direction with mass 0."""
    marks = [[*map(float, place), float(mass)] for place, mass in zip(*density.cluster_centers(), strict=True)]
    if density.direction is not None and np.all(np.isfinite(density.direction)):
        marks.append([*map(float, np.asarray(density.direction)), 0.0])
    return marks


def _line(scene: Scene) -> Picture:
    """Return ρ over the circle, or from pole to pole."""
    angles, values = around(scene)
    line = LINES[scene.evidence.kind]
    scale = Scale.of(values)
    picture = _lines(scene, angles, values, wide=scale.wide, shift=scale.shift)
    return {
        **picture,
        "title": f"Density ρ {line.where}",
        "x_title": line.name.replace(r"$\theta$", "θ"),
        "note": negative_note(scale.depth, "gaps"),
    }


def _profile(scene: Scene) -> Picture:
    """Return ρ over the angle to the mean, both axes logarithmic, for a cluster narrower than a map shows."""
    theta, values = profiles(scene)
    picture = _lines(scene, theta, values, wide=True, shift=0.0)
    center = scene.densities[-1].center
    note = f"the cluster becomes narrower than a map shows: from inside it, at the angle to {center}, to the antipode"
    return {
        **picture,
        "title": "Density ρ around the cluster",
        "x_title": f"angle to {center} θ (rad)",
        "x_log": True,
        "note": note,
    }


def _lines(scene: Scene, angles: Array, values: Array, *, wide: bool, shift: float) -> Picture:
    """Return lines over an angle at the snapshots of a scene."""
    chosen = values[list(scene.snapshots)]
    shown = np.stack([trusted(row) for row in chosen]) if wide and is_wide(values) else chosen - shift
    limits = _limits(shown, wide=wide)
    return {
        "kind": "line",
        "x": numbers(angles),
        "y": numbers(np.where(shown > 0, shown, np.nan) if wide else shown),
        "x_log": False,
        "y_log": wide,
        "limits": limits,
        "name": "ρ − 1" if shift else "ρ",
        "map": True,
    }


def _limits(values: Array, *, wide: bool) -> list[float]:
    """Return the ends of an axis that holds every frame; their decimal logarithms where it is logarithmic."""
    known = values[np.isfinite(values) & ((values > 0) | (not wide))]
    if known.size == 0:
        return [0.0, 1.0]
    low, high = float(known.min()), float(known.max())
    if wide:
        low, high = float(np.log10(max(low, DEEPEST * high))), float(np.log10(high))
    room = 0.05 * ((high - low) or 1.0)
    return [low - room, high + room]


def _spectrum(scene: Scene) -> Picture:
    """Return the size of every degree at every snapshot."""
    found = [spectrum(density) for density in scene.densities]
    longest = max(found, key=lambda one: one.amplitudes.size)
    sizes = np.full((len(found), longest.amplitudes.size), np.nan)
    for row, one in zip(sizes, found, strict=True):
        row[: one.amplitudes.size] = np.where(one.amplitudes > _NOISE, one.amplitudes, np.nan)
    kept = max(int(np.max(np.nonzero(np.isfinite(sizes).any(axis=0)), initial=0)) + 1, 2)
    low, high = _limits(sizes, wide=True)
    return {
        "kind": "line",
        "title": longest.title,
        "note": "",
        "x": numbers(longest.degrees[:kept]),
        "y": numbers(sizes[:, :kept]),
        "x_title": "degree ℓ",
        "x_log": False,
        "y_log": True,
        "limits": [max(low, high - _DECADES - 6), high],
        "name": "amplitude",
        "map": False,
    }
