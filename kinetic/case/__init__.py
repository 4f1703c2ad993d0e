"""The case file: what a user writes, checked down to the last key before anything is computed.

Responsible for the format: its keys, ranges, defaults, overrides and JSON Schema, and for errors that name
the key, the value, what is allowed and what to do. It refuses to know whether the numerics for a case exist,
and imports nothing heavy, so that reading a case is instant.
"""

from kinetic.case.depth import Table
from kinetic.case.initial import (
    AngularGaussian,
    AnyInitial,
    Band,
    Cap,
    Component,
    FromRecord,
    Harmonics,
    Initial,
    Linear,
    Mixture,
    Poisson,
    Random,
    Term,
    Tokens,
    Uniform,
    VonMisesFisher,
)
from kinetic.case.json_schema import schema
from kinetic.case.label import Label, LabelSlice, Perturbation
from kinetic.case.reading import Case
from kinetic.case.sections import (
    CLAIM_NAMES,
    HIGHEST_DEGREE,
    NORM_SCHEMES,
    SCHEMES,
    Attention,
    ClaimRequest,
    CommonNoise,
    Head,
    LayerNorm,
    Neuron,
    Noise,
    Output,
    Perceptron,
    ResolvedHead,
    Space,
    Time,
)

__all__ = [
    "CLAIM_NAMES",
    "HIGHEST_DEGREE",
    "NORM_SCHEMES",
    "SCHEMES",
    "AngularGaussian",
    "AnyInitial",
    "Attention",
    "Band",
    "Cap",
    "Case",
    "ClaimRequest",
    "CommonNoise",
    "Component",
    "FromRecord",
    "Harmonics",
    "Head",
    "Initial",
    "Label",
    "LabelSlice",
    "LayerNorm",
    "Linear",
    "Mixture",
    "Neuron",
    "Noise",
    "Output",
    "Perceptron",
    "Perturbation",
    "Poisson",
    "Random",
    "ResolvedHead",
    "Space",
    "Table",
    "Term",
    "Time",
    "Tokens",
    "Uniform",
    "VonMisesFisher",
    "schema",
]
