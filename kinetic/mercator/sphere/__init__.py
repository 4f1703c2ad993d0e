"""The Mercator chart on the sphere: a density without symmetry on cells that move with its tokens."""

from kinetic.mercator.sphere.density import SphereMercatorDensity
from kinetic.mercator.sphere.flow import SphereMercatorFlow
from kinetic.mercator.sphere.initial import InitialSphereLogarithm, RecordedSphereLogarithm
from kinetic.mercator.sphere.start import SphereDensity, sphere_mercator_problem

__all__ = [
    "InitialSphereLogarithm",
    "RecordedSphereLogarithm",
    "SphereDensity",
    "SphereMercatorDensity",
    "SphereMercatorFlow",
    "sphere_mercator_problem",
]
