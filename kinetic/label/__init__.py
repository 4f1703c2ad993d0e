"""Label space: tokens with norms, followed from their initial directions, under every normalization scheme."""

from kinetic.label.density import LabelDensity
from kinetic.label.flow import LabelFlow
from kinetic.label.observing import RADIUS_DEFINITIONS
from kinetic.label.schemes import Mix, NormalizedGPT, Peri, Post, Pre, Scheme
from kinetic.label.start import InitialLogDensity, ProfileLogDensity, label_problem

__all__ = [
    "RADIUS_DEFINITIONS",
    "InitialLogDensity",
    "LabelDensity",
    "LabelFlow",
    "Mix",
    "NormalizedGPT",
    "Peri",
    "Post",
    "Pre",
    "ProfileLogDensity",
    "Scheme",
    "label_problem",
]
