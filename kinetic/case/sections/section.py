"""What every table of a case file is, and the bounds that several of them share."""

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from kinetic.case.problems import Location, raise_if
from kinetic.case.rules import Number

LONGEST_TIME = 1e9
TABLE_TIME = Number(0.0, LONGEST_TIME)
"""Times of weights that change with depth."""

SHORTEST_TIME = 1e-290
"""Least time.end and spacing: a spacing a million times smaller still has all of its digits."""


class Section(BaseModel):
    """A table of a case file: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Check the keys against each other."""
        raise_if(self._conflicts())
        return self

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Yield (key, problem) where two keys do not go together; by itself a table has no such keys."""
        return iter(())
