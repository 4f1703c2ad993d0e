"""What a kind of space knows of boosted frames: how a density in one moves, what is seen of it, how far it is known."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from kinetic.charts.pose import SIZES
from kinetic.conformal.sample import Doubts, Sighting
from kinetic.kernels import Spectrum
from kinetic.spaces.space import Space
from kinetic.types import Array

SpaceT = TypeVar("SpaceT", bound=Space)


@dataclass(frozen=True)
class Frame(ABC, Generic[SpaceT]):
    """Densities in a boosted frame, under one identity head.

    Parameters
    ----------
    space : Space
        Of the frame's density.
    spectrum : Spectrum
        The kernel's coefficients.
    lag : float
        s, by which the frame of the expansion stays behind that of the barycentre; negative for a cluster at −e.
    """

    space: SpaceT
    spectrum: Spectrum
    lag: float = 0.0

    @property
    def pose_size(self) -> int:
        """How many numbers a pose has."""
        return SIZES[self.space.kind]

    def at_degree(self, degree: int) -> Self:
        """Return the same frame with another highest degree."""
        return replace(self, space=self.space.at_degree(degree))

    @abstractmethod
    def rate(self, coefficients: Array, pose: Array) -> tuple[Array, Array, tuple[float, float]]:
        """Return the time derivatives of coefficients and pose, and ∫ Z |X|² dμ with ∫ |X|² dμ."""

    @abstractmethod
    def doubts(self, coefficients: Array, pose: Array) -> Doubts:
        """Return how far a state can be trusted."""

    @abstractmethod
    def observe(self, coefficients: Array, pose: Array) -> Sighting:
        """Return the ingredients of observables."""
