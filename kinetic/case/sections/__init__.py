"""The tables of a case file except ``[initial]`` and ``[label]``: their keys, ranges and defaults.

Responsible for what one table says on its own. Whether two tables go together is ``file``'s business, whether
the numerics for it exist is decided where a problem is built.
"""

from kinetic.case.sections.attention import Attention, Head, ResolvedHead
from kinetic.case.sections.block import NORM_SCHEMES, LayerNorm, Neuron, Perceptron
from kinetic.case.sections.claim import CLAIM_GROUPS, CLAIM_NAMES, ClaimRequest
from kinetic.case.sections.noise import CommonNoise, Noise
from kinetic.case.sections.run import SCHEMES, Output, Time
from kinetic.case.sections.section import LONGEST_TIME, Section
from kinetic.case.sections.space import HIGHEST_DEGREE, IMPLIED_DIMENSION, Space

__all__ = [
    "CLAIM_GROUPS",
    "CLAIM_NAMES",
    "HIGHEST_DEGREE",
    "IMPLIED_DIMENSION",
    "LONGEST_TIME",
    "NORM_SCHEMES",
    "SCHEMES",
    "Attention",
    "ClaimRequest",
    "CommonNoise",
    "Head",
    "LayerNorm",
    "Neuron",
    "Noise",
    "Output",
    "Perceptron",
    "ResolvedHead",
    "Section",
    "Space",
    "Time",
]
