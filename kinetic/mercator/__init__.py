"""The Mercator chart: an axisymmetric density on a mesh that moves with its tokens, accurate at any concentration."""

from kinetic.mercator.flow import MercatorFlow
from kinetic.mercator.logarithms import InitialLogarithm, RecordedLogarithm
from kinetic.mercator.start import LogDensity, mercator_problem

__all__ = ["InitialLogarithm", "LogDensity", "MercatorFlow", "RecordedLogarithm", "mercator_problem"]
