"""Tokens with norms as pictures: where the mass is and how long the tokens are, when no series of harmonics tells.

Responsible for densities of tokens with norms, once directions have folded or gathered below what their degree shows:
masses and norms are sums over tokens, and exact.
"""

from typing import TYPE_CHECKING

import numpy as np

from kinetic.density import Body
from kinetic.density.observing import spectral_tail
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import mass_beyond, shown_range
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

UNCARRIED = 1e-3
"""Share of the squared coefficients in the top tenth of the degrees from which on the series oscillates visibly."""

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_SMALLEST = 1e-3  # mass below which the axis ends
_WIDTHS = (0.6, 0.9, 1.6, 0.9, 0.6)
_APART = 0.06  # share of the axis between two labels


def is_uncarried(density: Body) -> bool:
    """Whether a density's tokens tell more than its truncated series."""
    series = density.as_series
    return density.with_norms is not None and series is not None and spectral_tail(series) > UNCARRIED


def draw_tokens(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw the mass beyond an angle from the mean direction, a line a time, and quantiles of the norm over time."""
    left, right = panel.subplots(1, 2, width_ratios=[1.5, 1])
    for density, time, color in zip(scene.densities, scene.times, style.time_colors(len(scene.times)), strict=True):
        theta, beyond = mass_beyond(density)
        left.loglog(theta, beyond, color=color, label=style.time_label(float(time)))
    left.set_xlim(*shown_range(scene.densities))
    style.tidy_log(left, "x")
    left.set_ylim(_SMALLEST, 1.3)
    left.set_xlabel(r"angle to the mean direction $\theta$ (rad)")
    left.set_ylabel(r"mass beyond $\theta$ (1)")
    style.outside_legend(left, 6)
    times = scene.evidence.snapshot_times
    known = [scene.evidence.density(i).with_norms for i in range(times.size)]
    norms = np.stack([tokens.radius_quantiles(SHARES) for tokens in known if tokens is not None])
    for width, column in zip(_WIDTHS, norms.T, strict=True):
        right.plot(times, column, color=style.COLORS[0], lw=width)
    for height, names in _labels(norms[-1], _APART * float(np.ptp(norms) or 1.0)):
        at = (float(times[-1]), height)
        right.annotate(names, at, xytext=(3, 0), textcoords="offset points", va="center", fontsize=6)
    right.set_xlabel(style.TIME)
    right.set_ylabel("norm $r$ of tokens (1)")
    style.heading(panel, "Tokens: mass by angle, and quantiles of their norms (no series of this degree shows ρ)")


def _labels(ends: Array, apart: float) -> list[tuple[float, str]]:
    """Return height and text of the labels of lines that end at given heights, one label for those that meet."""
    groups: list[list[int]] = []
    for i, end in enumerate(ends):
        if groups and end - ends[groups[-1][0]] < apart:
            groups[-1].append(i)
        else:
            groups.append([i])
    names = [[f"{SHARES[i]:.0%}" for i in group] for group in groups]
    return [
        (float(np.mean(ends[group])), name[0] if len(name) == 1 else f"{name[0]} … {name[-1]}")
        for group, name in zip(groups, names, strict=True)
    ]
