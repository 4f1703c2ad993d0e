"""Common noise: one random environment that all tokens feel."""

from kinetic.normed.common_noise.density import StirredDensity
from kinetic.normed.common_noise.flow import Environment, StirredFlow
from kinetic.normed.common_noise.kicks import FieldKick, Kick, MatrixKick, ValuesKick
from kinetic.normed.common_noise.path import BrownianPath

__all__ = [
    "BrownianPath",
    "Environment",
    "FieldKick",
    "Kick",
    "MatrixKick",
    "StirredDensity",
    "StirredFlow",
    "ValuesKick",
]
