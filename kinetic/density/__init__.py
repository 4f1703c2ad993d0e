"""A density of tokens on the sphere: the contract of all its bodies, and the body that is a finite sum of harmonics."""

from kinetic.density.contract import Body, WithNorms
from kinetic.density.packing import Stored
from kinetic.density.series import Density

__all__ = ["Body", "Density", "Stored", "WithNorms"]
