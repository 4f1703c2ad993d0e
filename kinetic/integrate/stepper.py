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
    def evaluations(self) -> int:
        """How often the right-hand side was called."""

    def advance(self) -> None:
        """Take one accepted step."""

    def interpolant(self) -> Callable[[float], Array]:
        """Return the solution within the last step as a function of time; asking for it must not steer later steps."""
