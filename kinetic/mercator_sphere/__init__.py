"""The Mercator chart on the sphere: a density without symmetry on cells that move with its tokens."""

from kinetic.mercator_sphere.density import SphereMercatorDensity
from kinetic.mercator_sphere.flow import SphereMercatorFlow
from kinetic.mercator_sphere.initial import InitialSphereLogarithm, RecordedSphereLogarithm
from kinetic.mercator_sphere.start import SphereDensity, sphere_mercator_problem

__all__ = [
    "InitialSphereLogarithm",
    "RecordedSphereLogarithm",
    "SphereDensity",
    "SphereMercatorDensity",
    "SphereMercatorFlow",
    "sphere_mercator_problem",
]
