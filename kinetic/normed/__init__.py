"""Tokens with norms, followed from their initial directions, under every normalization scheme."""

from kinetic.normed.density import NormedDensity
from kinetic.normed.flow import NormedFlow
from kinetic.normed.ground import InitialLogDensity
from kinetic.normed.heads import HeadTokens
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.schemes import Mix, NormalizedGPT, Peri, Post, Pre, Scheme
from kinetic.normed.start import normed_problem, token_space

__all__ = [
    "HeadTokens",
    "InitialLogDensity",
    "Mix",
    "NormalizedGPT",
    "NormedDensity",
    "NormedFlow",
    "NormedMesh",
    "Peri",
    "Post",
    "Pre",
    "Scheme",
    "normed_problem",
    "token_space",
]
