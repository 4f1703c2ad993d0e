"""Something that changes with time, by laws that hold from knot to knot: what it is at a time, and where it changes.

Between two knots it is asked for a dozen times in each step, twice in a row at some: the last few are kept. The module
knows no densities and no cases.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

_KEPT = 4


@dataclass(frozen=True, eq=False)
class Pieces(Generic[Thing]):
    """A function of time with knots.

    Parameters
    ----------
    make : callable
        make(time, since): what it is at a time of the piece that begins at the knot `since`.
    since : float
        Where the present piece begins.
    """

    make: Callable[[float, float], Thing]
    since: float = 0.0
    _kept: dict[float, Thing] = field(default_factory=dict)

    def at(self, time: float) -> Thing:
        """Return its value at a time of the present piece, its end included."""
        if time not in self._kept:
            self._kept[time] = self.make(time, self.since)
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[time]

    def after(self, knot: float) -> "Pieces[Thing]":
        """Return the same from a knot on."""
        return replace(self, since=knot, _kept={})
