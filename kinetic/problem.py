"""A problem: everything a march needs, as objects. It knows no case files, records or progress bars."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from kinetic.attention.kernel import ExponentialKernel
from kinetic.equation import Attention, MeanFieldEquation
from kinetic.spaces.space import Space
from kinetic.types import Array


class Initial(Protocol):
    """Whatever can say its coefficients in any space."""

    def coefficients(self, space: Space) -> Array:
        """Return the native coefficients, exact up to the space's degree."""


@dataclass(frozen=True)
class Schedule:
    """When rows and snapshots are due: at 0, Δ, 2Δ, … and at the end.

    Parameters
    ----------
    end : float
        Simulated time at which the run ends.
    observe_every, save_every : float
        Spacings of rows and of snapshots.
    """

    end: float
    observe_every: float
    save_every: float

    @property
    def rows(self) -> Array:
        """Times of the rows, ascending, from 0 to the end."""
        return _times(self.end, self.observe_every)

    @property
    def snapshots(self) -> Array:
        """Times of the snapshots, ascending, from 0 to the end."""
        return _times(self.end, self.save_every)


def _times(end: float, spacing: float) -> Array:
    """0, Δ, 2Δ, … below the end (by more than rounding), then the end."""
    count = int(np.ceil(end / spacing * (1 - 1e-12)))
    return np.append(spacing * np.arange(count), end)


@dataclass(frozen=True)
class Problem:
    """The mean-field equation with its data.

    Parameters
    ----------
    space : Space
        The space at its starting degree.
    attend : callable
        Makes the attention for a space of any degree.
    kernel : ExponentialKernel
        The kernel of the energy.
    initial : Initial
    schedule : Schedule
    tolerance : float
        Of the time stepper.
    scheme : str
        Name of the time scheme.
    max_degree : int, optional
        If given, the space may grow up to this degree as the density asks for it.
    """

    space: Space
    attend: Callable[[Space], Attention]
    kernel: ExponentialKernel
    initial: Initial
    schedule: Schedule
    tolerance: float = 1e-9
    scheme: str = "dop853"
    max_degree: int | None = None

    def equation(self, space: Space) -> MeanFieldEquation:
        """Return the equation discretised in a space."""
        return MeanFieldEquation(space, self.attend(space))

    def at_degree(self, degree: int) -> Self:
        """Return the same problem at another, fixed degree."""
        return replace(self, space=self.space.at_degree(degree), max_degree=None)
