"""Clusters that are narrower than a map can show: the angle to the mean direction on a logarithmic scale.

Responsible for pictures that hold the cluster and the antipode at once. Refuses to know when a run has collapsed: it
asks every density how wide its cluster is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.scales import DEEPEST, colored, full_scale, label_bar
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import HIGHEST, around_mean, cluster_scale, shown_profile, trusted
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

NARROW = 0.03
"""Half-mass angle in radians below which a cluster counts as narrow: two cells of a map."""

_INSIDE = 20.0  # times closer than the half-mass angle: the middle of a disc
_OUTSIDE = 3.5  # ln tan(θ/2) at the rim of a disc: 0.06 rad from the antipode
_RADII, _AZIMUTHS = 96, 120
_MOST_RINGS = 4
_ABOVE = 0.03  # share of the axis that is free above the highest line
_ANGLES = 400


def is_narrow(density: Body) -> bool:
    """Whether half of the mass lies within an angle that a map of the sphere cannot show."""
    try:
        return cluster_scale(density) < NARROW
    except DomainError:
        return False


@dataclass(frozen=True)
class Disc:
    """A density of S² around its mean direction, on cells between circles.

    Parameters
    ----------
    inner : float
        y = ln tan(θ/2) in the middle of the disc.
    values : Array, shape (radii, azimuths)
        ρ in the middle of each cell; NaN where it does not stand out of noise.
    """

    inner: float
    values: Array

    @classmethod
    def of(cls, density: Body) -> "Disc":
        """Return the disc of a density, a twentieth of its half-mass angle in the middle."""
        inner = float(np.log(np.tan(0.5 * cluster_scale(density) / _INSIDE)))
        edges, azimuths = _borders(inner)
        theta = 2 * np.arctan(np.exp(0.5 * (edges[1:] + edges[:-1])))
        return cls(inner, trusted(around_mean(density, theta, 0.5 * (azimuths[1:] + azimuths[:-1]))))


def _borders(inner: float) -> tuple[Array, Array]:
    """Return the latitudes and azimuths between the cells of a disc."""
    return np.linspace(inner, _OUTSIDE, _RADII + 1), 2 * np.pi * np.arange(_AZIMUTHS + 1) / _AZIMUTHS


def draw_disc(ax: "Axes", disc: Disc, look: dict[str, Any]) -> Any:
    """Draw a density of S² on a disc around its mean direction, in colors of a scale; return the mesh.

    The distance from the middle is linear in y = ln tan(θ/2), so that the map is conformal but for its scale: circles
    and angles are those on the sphere. Rings are labeled with θ; the rim is the antipode.
    """
    edges, azimuths = _borders(disc.inner)
    radius = (edges - disc.inner) / (_OUTSIDE - disc.inner)
    x, y = radius[:, None] * np.cos(azimuths), radius[:, None] * np.sin(azimuths)
    mesh = ax.pcolormesh(x, y, colored(disc.values, look), rasterized=True, shading="flat", **look)
    ax.plot(np.cos(azimuths), np.sin(azimuths), color="0.25", lw=0.6)
    _rings(ax, disc.inner)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return mesh


def _rings(ax: "Axes", inner: float) -> None:
    """Draw circles of constant angle to the mean, labeled with powers of ten."""
    lowest = int(np.ceil(np.log10(2 * np.exp(inner)) + 0.5))
    step = max(1, -(-(1 - lowest) // _MOST_RINGS))
    circle = np.linspace(0.0, 2 * np.pi, 121)
    for power in range(0, lowest - 1, -step):
        radius = (np.log(np.tan(0.5 * 10.0**power)) - inner) / (_OUTSIDE - inner)
        ax.plot(radius * np.cos(circle), radius * np.sin(circle), color="white", lw=0.35, alpha=0.6)
        ax.text(
            0.0, radius, rf"$10^{{{power}}}$", color="white", fontsize=5.5, ha="center", va="center",
            path_effects=style.outline(),
        )  # fmt: skip


def draw_profiles(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw ρ over the angle to the mean: a line for each snapshot shown, and all snapshots as colors over time.

    Raises
    ------
    DomainError
        If a density is larger than any axis can show, as in high dimension.
    """
    times = scene.evidence.snapshot_times
    theta, values = profiles(scene)
    edges = np.concatenate([theta[:1], np.sqrt(theta[1:] * theta[:-1]), theta[-1:]])
    lines, colors = panel.subplots(1, 2, width_ratios=[1.5, 1])
    for i, time, color in zip(scene.snapshots, scene.times, style.time_colors(len(scene.times)), strict=True):
        lines.loglog(theta, values[i], color=color, label=style.time_label(float(time)))
    highest = min(float(np.nanmax(values)), HIGHEST)
    lowest = max(0.5 * float(np.nanmin(values[list(scene.snapshots)])), DEEPEST * highest)
    lines.set_ylim(lowest, 2 * highest * (highest / lowest) ** _ABOVE)  # the legend stands above the line
    lines.set_xlim(float(theta[0]), np.pi)
    lines.set_xlabel(rf"angle to {scene.densities[-1].center} $\theta$ (rad)")
    lines.set_ylabel(r"density $\rho$ (1)")
    style.outside_legend(lines, 6)
    mesh = colors.pcolormesh(style.edges(times), edges, values.T, shading="flat", rasterized=True, **full_scale(values))
    colors.set_yscale("log")
    colors.set_xlabel(style.TIME)
    colors.set_ylabel(r"$\theta$ (rad)")
    label_bar(panel.colorbar(mesh, ax=colors, orientation="vertical", fraction=0.06, pad=0.02, aspect=25), 0.0)


def profiles(scene: Scene) -> tuple[Array, Array]:
    """Return (θ_j, ρ[i, j]): angles to the mean from inside the cluster to π, and ρ there, averaged around the mean.

    NaN where a snapshot has no mean direction, and where its series is noise.

    Raises
    ------
    DomainError
        If a density is larger than any axis can show, as in high dimension.
    """
    scales = [cluster_scale(density) for density in scene.densities if is_narrow(density)]
    theta = np.geomspace(min(scales) / _INSIDE, np.pi, _ANGLES)
    count = scene.evidence.snapshot_times.size
    return theta, np.stack([shown_profile(scene.evidence.density(i), theta) for i in range(count)])
