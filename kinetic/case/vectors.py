"""Rules for lists of numbers: directions, coefficients, matrices, and schedules over time."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from kinetic.case.rules import SMALLEST, Number, Rule, is_subnormal, nearest, real

Vector: TypeAlias = tuple[float, ...]
Matrix: TypeAlias = str | float | Vector | tuple[Vector, ...]


def reals(value: Any) -> Vector | None:
    """Return a non-empty list of finite numbers as a tuple of floats, anything else as ``None``."""
    if not isinstance(value, list | tuple) or not value:
        return None
    numbers = tuple(number for number in map(real, value) if number is not None)
    return numbers if len(numbers) == len(value) else None


@dataclass(frozen=True)
class Direction(Rule):
    """A vector of finite numbers, not all zero, scaled to length one on reading."""

    @property
    def allowed(self) -> str:
        """A list of numbers."""
        return "a list of finite numbers, one for each coordinate, not all zero"

    @property
    def json(self) -> dict[str, Any]:
        """An array of numbers."""
        return {"type": "array", "items": {"type": "number"}, "minItems": 2}

    def check(self, value: Any) -> Vector:
        """Return x / |x|."""
        numbers = reals(value)
        if numbers is None or not any(numbers):
            raise self.refuse()
        largest = max(map(abs, numbers))
        # squares of entries beyond these would overflow or underflow
        scale = 1.0 if 1e-150 < largest < 1e150 else largest
        scaled = [number / scale for number in numbers]
        length = math.hypot(*scaled)
        return tuple(number / length for number in scaled)


@dataclass(frozen=True)
class AxisOrDirection(Rule):
    """A direction, or one of the two ends of an axis."""

    @property
    def allowed(self) -> str:
        """Either form."""
        return f"{Direction().allowed}; for a zonal space 1 or -1"

    @property
    def json(self) -> dict[str, Any]:
        """An array or an end."""
        return {"anyOf": [Direction().json, {"enum": [1, -1]}]}

    def check(self, value: Any) -> int | Vector:
        """Return 1, −1 or x / |x|."""
        if isinstance(value, int) and not isinstance(value, bool) and value in (1, -1):
            return value
        try:
            return Direction().check(value)
        except ValueError as error:
            raise self.refuse() from error


@dataclass(frozen=True)
class Numbers(Rule):
    """A list of finite numbers within a bound."""

    most: int
    bound: float

    @property
    def allowed(self) -> str:
        """A list of numbers."""
        return f"a list of 1 to {self.most} numbers, each between {-self.bound:g} and {self.bound:g}"

    @property
    def json(self) -> dict[str, Any]:
        """An array of numbers."""
        number = {"type": "number", "minimum": -self.bound, "maximum": self.bound}
        return {"type": "array", "items": number, "minItems": 1, "maxItems": self.most}

    def check(self, value: Any) -> Vector:
        """Return the numbers as a tuple."""
        numbers = reals(value)
        if numbers is None or not 1 <= len(numbers) <= self.most or any(abs(n) > self.bound for n in numbers):
            raise self.refuse()
        return tuple(numbers)


@dataclass(frozen=True)
class Square(Rule):
    """A d by d matrix: the word "identity", a multiple of it, a diagonal, or all of its rows."""

    bound: float

    @property
    def allowed(self) -> str:
        """The four forms."""
        return (
            '"identity", a number, a list of d numbers (diagonal) or a list of d lists of d numbers, '
            f"each between {-self.bound:g} and {self.bound:g}, and 0 or of a size of at least {SMALLEST:.3g}"
        )

    @property
    def json(self) -> dict[str, Any]:
        """The four forms."""
        number = {"type": "number", "minimum": -self.bound, "maximum": self.bound}
        row = {"type": "array", "items": number, "minItems": 2}
        return {"anyOf": [{"const": "identity"}, number, row, {"type": "array", "items": row, "minItems": 2}]}

    def check(self, value: Any) -> Matrix:
        """Return the word, a float, a tuple of floats or a tuple of rows."""
        if isinstance(value, str) and value == "identity":
            return "identity"
        number = real(value)
        if number is not None and self._holds(number):
            return number
        row = self._row(value)
        if row is not None:
            return row
        return self._rows(value)

    def _row(self, value: Any) -> Vector | None:
        """Return a list of numbers within the bound as a tuple."""
        numbers = reals(value)
        return numbers if numbers is not None and all(map(self._holds, numbers)) else None

    def _holds(self, number: float) -> bool:
        """Say whether an entry is within the bound and has all of its digits."""
        return abs(number) <= self.bound and not is_subnormal(number)

    def _rows(self, value: Any) -> tuple[Vector, ...]:
        """Return a list of rows as a tuple of tuples; their lengths are compared with d elsewhere."""
        if not isinstance(value, list | tuple) or not value:
            raise self.refuse(nearest(value, ("identity",)))
        rows = tuple(row for row in map(self._row, value) if row is not None)
        if len(rows) != len(value):
            raise self.refuse()
        return rows


@dataclass(frozen=True)
class Schedule(Rule):
    """A positive number, or pairs (time, number) with increasing times."""

    number: Number
    time: Number

    @property
    def allowed(self) -> str:
        """A number or a list of pairs."""
        return f"{self.number.allowed}, or a list of pairs [time, number] with increasing times from 0 on"

    @property
    def json(self) -> dict[str, Any]:
        """A number or an array of pairs."""
        pair = {
            "type": "array",
            "prefixItems": [self.time.json, self.number.json],
            "minItems": 2,
            "maxItems": 2,
        }
        return {"anyOf": [self.number.json, {"type": "array", "items": pair, "minItems": 1}]}

    def check(self, value: Any) -> float | tuple[tuple[float, float], ...]:
        """Return a float or a tuple of pairs."""
        if not isinstance(value, list | tuple):
            number = real(value)
            if number is None or not self.number.holds(number):
                raise self.refuse()
            return number
        pairs = tuple(self._pair(entry) for entry in value)
        times = [time for time, _ in pairs]
        if not pairs or any(later <= earlier for earlier, later in pairwise(times)):
            raise self.refuse()
        return pairs

    def _pair(self, entry: Any) -> tuple[float, float]:
        """Return one pair (time, number)."""
        numbers = reals(entry)
        if numbers is None or len(numbers) != 2:
            raise self.refuse()
        if not (self.time.holds(numbers[0]) and self.number.holds(numbers[1])):
            raise self.refuse()
        return numbers[0], numbers[1]
