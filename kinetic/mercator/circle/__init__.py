"""The Mercator chart of the circle: densities without symmetry, any heads, on cells that move with their tokens."""

from kinetic.mercator.circle.density import CircleTokenDensity
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.flow import CircleMercatorFlow
from kinetic.mercator.circle.logarithms import InitialLogDensity, ValuedLogDensity
from kinetic.mercator.circle.resolution import Criterion
from kinetic.mercator.circle.start import LogDensity, circle_flow, circle_mercator_problem, circle_mercator_start

__all__ = [
    "CircleField",
    "CircleMercatorFlow",
    "CircleTokenDensity",
    "Criterion",
    "InitialLogDensity",
    "LogDensity",
    "ValuedLogDensity",
    "circle_flow",
    "circle_mercator_problem",
    "circle_mercator_start",
]
