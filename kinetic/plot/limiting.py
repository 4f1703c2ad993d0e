"""What a cluster looks like in the end: its density on several sides of the mean, in units of its own width.

Responsible for showing whether the snapshots fall on one curve. Refuses to know which curve that is: there is no closed
form for data without symmetry.
"""

from typing import TYPE_CHECKING

import numpy as np

from kinetic.density import Body
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.plot.shapes import around_mean, cluster_scale
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_NARROW = 0.3  # half-mass angle in radians below which the sphere around a cluster is flat
_NEAREST, _FARTHEST = 0.03, 300.0  # in half-mass angles
_POINTS = 160
_SIDES = {2: (0.0, np.pi), 3: tuple(np.pi / 2 * np.arange(4))}
_LINES = ("-", "--", "-.", ":")


def draw_limit(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw ρ θ₅₀^{d−1} over x = θ/θ₅₀, θ₅₀ the half-mass angle, on several sides of the mean, at all snapshots shown.

    Beside it is its quotient by that of a boosted uniform density, (2/(1 + x²))^{d−1}: there azimuths differ.

    Raises
    ------
    DomainError
        If no snapshot shown has a cluster that is narrow, and known on each side of its mean.
    """
    known = [(density, time) for density, time in zip(scene.densities, scene.times, strict=True) if _narrow(density)]
    if not known or known[0][0].axisymmetric:
        raise DomainError(
            f"the limiting profile: needs a cluster narrower than {_NARROW} rad on circle or sphere; show a later "
            "time, or draw --what density"
        )
    whole, quotient = panel.subplots(1, 2)
    x = np.geomspace(_NEAREST, _FARTHEST, _POINTS)
    boosted = (2.0 / (1.0 + x * x)) ** (scene.evidence.d - 1)
    for (density, time), color in zip(known, style.time_colors(len(known)), strict=True):
        for number, values in enumerate(_sides(density, x, scene.evidence.d)):
            look = {"color": color, "ls": _LINES[number], "lw": 1.0}
            whole.loglog(x, values, label=style.time_label(float(time)) if number == 0 else None, **look)
            quotient.semilogx(x, values / boosted, **look)
    for ax in (whole, quotient):
        ax.set_xlabel(r"$\theta/\theta_{50}$, in half-mass angles (1)")
    whole.set_ylabel(r"$\rho\,\theta_{50}^{d-1}$ (1)")
    quotient.set_ylabel(r"$\rho$ over a boosted uniform one's (1)")
    style.outside_legend(whole, 3)
    style.heading(panel, "The limiting profile of the cluster (a line style for each azimuth)")


def _narrow(density: Body) -> bool:
    """Whether the half-mass angle is small, and known."""
    try:
        return bool(density.direction is not None and cluster_scale(density) < _NARROW)
    except DomainError:
        return False


def _sides(density: Body, x: Array, dimension: int) -> Array:
    """Return the scaled density, shape (sides, points); NaN beyond a radian, where no cluster reaches."""
    scale = cluster_scale(density)
    theta = scale * x
    values = around_mean(density, np.minimum(theta, 1.0), np.array(_SIDES[dimension])) * scale ** (dimension - 1)
    return np.asarray(np.where(theta < 1.0, values.T, np.nan))
