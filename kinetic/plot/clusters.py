"""The clusters of a run as pictures: their masses, their number, and when two become one.

Responsible for an axis of time on which all that happens is seen. Refuses to know how clusters are found.
"""

from typing import TYPE_CHECKING

import numpy as np

from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_MOST = 12  # clusters whose masses are drawn one by one


def draw_clusters(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the masses of the clusters, the heaviest first, their number below, and mergers as lines across both.

    Raises
    ------
    DomainError
        If the record holds no clusters.
    """
    found = scene.record.clusters
    if not has_clusters(scene):
        raise DomainError(
            "clusters: the record holds none; they are told under one head with query = key = value = identity (on "
            "circle and zonal spaces in the Mercator chart under any), and up to dimension 8 in harmonics"
        )
    times, masses = found["time"], found["mass"]
    upper, lower = panel.subplots(2, 1, sharex=True, height_ratios=[1.8, 1])
    for k in range(min(masses.shape[1], _MOST)):
        color, dash = style.COLORS[k % len(style.COLORS)], style.DASHES[k % len(style.DASHES)]
        upper.plot(times, masses[:, k], color=color, ls=dash, drawstyle="steps-post")
    lower.plot(times, np.count_nonzero(np.isfinite(masses), axis=1), color=style.COLORS[0], drawstyle="steps-post")
    mergers = found.get("merger_time", np.zeros(0))
    for ax in (upper, lower):
        for i, time in enumerate(mergers):
            label = "two clusters become one" if i == 0 else None
            ax.axvline(float(time), color=style.GREY, lw=0.7, ls=":", zorder=0, label=label)
    if mergers.size:
        upper.legend(loc="upper left", handlelength=1.3)
    _finish(upper, lower, times, np.concatenate([mergers, _changes(times, masses)]))
    style.heading(panel, "Clusters: mass of each, the heaviest first, and their number")


def has_clusters(scene: Scene) -> bool:
    """Whether a record tells its clusters."""
    return scene.record.clusters.get("mass", np.zeros((0, 0))).size > 0


def _changes(times: Array, masses: Array) -> Array:
    """Return the times of the rows at which the number of clusters is another one than before."""
    counts = np.count_nonzero(np.isfinite(masses), axis=1)
    return np.asarray(times[1:][np.diff(counts) != 0])


def _finish(upper: "Axes", lower: "Axes", times: Array, events: Array) -> None:
    """Label both axes; time is logarithmic where a linear axis squeezes the first of several events together."""
    from matplotlib.ticker import MaxNLocator

    first, last = float(times[0]), float(times[-1])
    after = events[events > 0]
    if after.size and last > style.FEW_DECADES * float(after.min()):
        begin = max(first, 0.1 * float(after.min()))
        upper.set_xscale("log")
        upper.set_xlim(begin, last)
    else:
        upper.set_xlim(first, last if last > first else first + 1.0)
    upper.set_ylim(0.0, 1.05)
    upper.set_ylabel("mass (1)")
    lower.set_ylabel("clusters (1)")
    lower.set_ylim(bottom=0.0)
    lower.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    lower.set_xlabel(style.TIME)
