"""The Mercator chart: an axisymmetric density on a mesh that moves with its tokens, accurate at any concentration."""

from kinetic.mercator.zonal.flow import MercatorFlow
from kinetic.mercator.zonal.logarithms import InitialLogarithm, RecordedLogarithm
from kinetic.mercator.zonal.resolution import Criterion
from kinetic.mercator.zonal.start import LogDensity, mercator_problem, mercator_start, smooth_flow

__all__ = [
    "Criterion",
    "InitialLogarithm",
    "LogDensity",
    "MercatorFlow",
    "RecordedLogarithm",
    "mercator_problem",
    "mercator_start",
    "smooth_flow",
]
