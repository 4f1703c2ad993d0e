"""The Mercator chart on the sphere: a density without symmetry on cells that move with its tokens."""

from kinetic.mercator.sphere.density import SphereMercatorDensity
from kinetic.mercator.sphere.field import SphereAttention
from kinetic.mercator.sphere.flow import SphereMercatorFlow
from kinetic.mercator.sphere.initial import InitialSphereLogarithm, RecordedSphereLogarithm
from kinetic.mercator.sphere.resolution import SphereCriterion
from kinetic.mercator.sphere.start import (
    SphereDensity,
    attention_of,
    sphere_flow,
    sphere_mercator_problem,
    sphere_mercator_start,
)

__all__ = [
    "InitialSphereLogarithm",
    "RecordedSphereLogarithm",
    "SphereAttention",
    "SphereCriterion",
    "SphereDensity",
    "SphereMercatorDensity",
    "SphereMercatorFlow",
    "attention_of",
    "sphere_flow",
    "sphere_mercator_problem",
    "sphere_mercator_start",
]
