"""The harmonic chart: a density as spherical harmonics, the equation in them, and until when they can be trusted."""

from kinetic.harmonic.flow import Depth, HarmonicFlow, harmonic_problem

__all__ = ["Depth", "HarmonicFlow", "harmonic_problem"]
