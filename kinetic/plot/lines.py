"""Lines over which densities of the circle, and about an axis, are drawn: angles, their name, and values along them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinetic.density import Body
from kinetic.geometry import on_circle
from kinetic.plot.shapes import circle_values
from kinetic.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Line:
    """Angles from a first one to π, and a density along them.

    Parameters
    ----------
    first : float
        In radians.
    ticks : tuple of float
        Multiples of π that are written.
    name : str
        Of the angle, with its unit.
    where : str
        What the angles span.
    values : function of (Body, Array)
        ρ at angles.
    points : function of Array
        The points at angles, as densities take them.
    """

    first: float
    ticks: tuple[float, ...]
    name: str
    where: str
    values: Callable[[Body, Array], Array]
    points: Callable[[Array], Array]

    def angles(self, intervals: int) -> Array:
        """Return equidistant angles, both ends included."""
        return np.linspace(self.first, np.pi, intervals + 1)

    def label(self, axes: "Axes") -> None:
        """Name the horizontal axis, in multiples of π."""
        pi_ticks(axes, self.ticks)
        axes.set_xlabel(self.name)


LINES = {
    "circle": Line(
        -np.pi,
        (-1.0, -0.5, 0.0, 0.5, 1.0),
        "angle on the circle (rad)",
        "on the circle",
        circle_values,
        on_circle,
    ),
    "zonal": Line(
        0.0,
        (0.0, 0.25, 0.5, 0.75, 1.0),
        r"angle to the axis $\theta$ (rad)",
        "about the axis of symmetry",
        lambda density, angles: density.values_at_angle(angles),
        np.cos,
    ),
}
"""By the kind of space; densities of the sphere are drawn as maps."""


def pi_ticks(ax: "Axes", multiples: tuple[float, ...]) -> None:
    """Write multiples of π below an axis."""
    names = {0.0: "0", 0.25: r"$\pi/4$", 0.5: r"$\pi/2$", 0.75: r"$3\pi/4$", 1.0: r"$\pi$"}
    names |= {-m: f"$-{name[1:]}" for m, name in names.items() if m}
    ax.set_xticks([np.pi * m for m in multiples], [names[m] for m in multiples])
    ax.set_xlim(np.pi * multiples[0], np.pi * multiples[-1])
