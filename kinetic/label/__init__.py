"""Densities f(t, s, x) of tokens with a label s: a position among the tokens that they see, or a rotation rate.

Responsible for the density of each label in harmonics, the integrals over labels that attention takes, and how well
both are resolved.
"""

from kinetic.label.density import LabelledDensity
from kinetic.label.flow import LabelledFlow
from kinetic.label.labels import Labels
from kinetic.label.masks import Causal, Mask, Window
from kinetic.label.rates import axes, rates
from kinetic.label.start import Bump, Slice, labelled_problem, positions
from kinetic.label.turning import TurningAttention

__all__ = [
    "Bump",
    "Causal",
    "LabelledDensity",
    "LabelledFlow",
    "Labels",
    "Mask",
    "Slice",
    "TurningAttention",
    "Window",
    "axes",
    "labelled_problem",
    "positions",
    "rates",
]
