"""What the march asks of a time stepper, and the time schemes by name."""

from collections.abc import Callable
from typing import Protocol

from kinetic.types import Array

EXPONENTIAL = ("etd8",)
"""Schemes that integrate a diagonal linear part exactly; the others take y' = f(t, y) as a whole."""


class Stepper(Protocol):
    """Steps through time whose length follows the local error."""

    @property
    def time(self) -> float:
        """End of the last step."""

    @property
    def state(self) -> Array:
        """State at the end of the last step."""

    @property
    def next_step(self) -> float:
        """Length that the next step will try."""

    @property
    def error(self) -> float:
        """Local error of the last step in tolerances, where later steps depend on it, else any constant."""

    @property
    def length(self) -> float:
        """Integral of the solution's speed up to the end of the last step; NaN where the steps measure none."""

    def length_at(self, time: float) -> float:
        """Return the same up to a time within the last step."""

    @property
    def evaluations(self) -> int:
        """How often the right-hand side was called."""

    def advance(self) -> None:
        """Take one accepted step."""

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time; asking for it must not steer later steps."""
