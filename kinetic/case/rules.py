"""What one value of a case file may be: a rule checks it, says what is allowed, and writes its JSON Schema.

The three come from the same numbers, so that an error message and an editor's completion cannot disagree.
Rules are strict: a truth value is not a number, the text "3" is not a number, NaN and infinities are no
numbers either; an integer is accepted where a real number is meant. Rules see one value at a time and refuse
to know its neighbors: what depends on the dimension or on another key is checked where the keys meet.
"""

import math
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from kinetic.case.show import show

ALLOWED = "$comment"
"""The JSON Schema keyword under which a rule leaves its sentence for the description."""

SMALLEST = sys.float_info.min
"""Smallest size of a number other than 0: below it doubles lose their digits, and one divided by them is infinite."""

TOO_SMALL = f"; a number other than 0 has a size of at least {SMALLEST:.3g}"


class Rule(ABC):
    """A check for one value, usable as ``Annotated`` metadata of a pydantic field."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """Allowed values in words, as the end of the sentence "must be ..."."""

    @property
    @abstractmethod
    def json(self) -> dict[str, Any]:
        """The JSON Schema of what is allowed."""

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return the value in its final form, or raise ``ValueError`` saying what is allowed."""

    def refuse(self, hint: str = "") -> ValueError:
        """Build the error that says what is allowed."""
        return ValueError(f"must be {self.allowed}{hint}")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**self.json, ALLOWED: self.allowed}


def real(value: Any) -> float | None:
    """Return a finite number as a float, anything else as ``None``.

    Integers too large for a double are no finite numbers here.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_subnormal(number: float) -> bool:
    """Say whether a number is so small that it has lost digits."""
    return 0 < abs(number) < SMALLEST


@dataclass(frozen=True)
class Number(Rule):
    """A finite number in an interval, each end of which belongs to it (closed) or not (open)."""

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False
    unit: str = "dimensionless"

    @property
    def allowed(self) -> str:
        """The interval in words."""
        above, below = ">" if self.open_low else ">=", "<" if self.open_high else "<="
        unit = "" if self.unit == "dimensionless" else f" ({self.unit})"
        return f"a number {above} {self.low:g} and {below} {self.high:g}{unit}"

    @property
    def json(self) -> dict[str, Any]:
        """A number with its bounds."""
        low = "exclusiveMinimum" if self.open_low else "minimum"
        high = "exclusiveMaximum" if self.open_high else "maximum"
        return {"type": "number", low: self.low, high: self.high}

    def check(self, value: Any) -> float:
        """Return the value as a float."""
        number = real(value)
        if number is None or not self.holds(number):
            raise self.refuse(TOO_SMALL if number is not None and is_subnormal(number) else "")
        return number

    def holds(self, number: float) -> bool:
        """Say whether a finite number lies in the interval and has all of its digits."""
        if is_subnormal(number):
            return False
        above = number > self.low if self.open_low else number >= self.low
        return above and (number < self.high if self.open_high else number <= self.high)


@dataclass(frozen=True)
class Integer(Rule):
    """An integer from ``low`` to ``high``, both included."""

    low: int
    high: int

    @property
    def allowed(self) -> str:
        """The range in words."""
        return f"an integer from {self.low} to {self.high}"

    @property
    def json(self) -> dict[str, Any]:
        """An integer with its bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def check(self, value: Any) -> int:
        """Return the value unchanged."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise self.refuse()
        return value


@dataclass(frozen=True)
class Choice(Rule):
    """One of a few words or integers."""

    options: tuple[str | int, ...]

    @property
    def allowed(self) -> str:
        """The options, listed."""
        listed = ", ".join(show(option) for option in self.options)
        return listed if len(self.options) == 1 else f"one of {listed}"

    @property
    def json(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.options)}

    def check(self, value: Any) -> str | int:
        """Return the option that the value is."""
        for option in self.options:
            if type(value) is type(option) and value == option:
                return option
        raise self.refuse(nearest(value, self.options))


@dataclass(frozen=True)
class Text(Rule):
    """One line of text, not empty."""

    @property
    def allowed(self) -> str:
        """One line."""
        return "one line of text, not empty"

    @property
    def json(self) -> dict[str, Any]:
        """A string of at least one character."""
        return {"type": "string", "minLength": 1}

    def check(self, value: Any) -> str:
        """Return the text unchanged."""
        # keeps line breaks, NUL and lone surrogates out of file names, HDF5 attributes and terminals
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.refuse()
        return value


@dataclass(frozen=True)
class Degree(Rule):
    """A harmonic degree: a positive integer or the word "auto"."""

    highest: int

    @property
    def allowed(self) -> str:
        """An integer or the word."""
        return 'a positive integer or "auto"'

    @property
    def json(self) -> dict[str, Any]:
        """An integer or the word."""
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": self.highest}, {"const": "auto"}]}

    def check(self, value: Any) -> int | str:
        """Return the value unchanged."""
        if isinstance(value, str) and value == "auto":
            return "auto"
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.refuse(nearest(value, ("auto",)))
        if value > self.highest:
            raise self.refuse(f", at most {self.highest}")
        return value


@dataclass(frozen=True)
class OrWord(Rule):
    """Values of another rule, or one word instead."""

    rule: Rule
    word: str

    @property
    def allowed(self) -> str:
        """What the rule allows, or the word."""
        return f"{self.rule.allowed}, or {show(self.word)}"

    @property
    def json(self) -> dict[str, Any]:
        """Either of the two."""
        return {"anyOf": [self.rule.json, {"const": self.word}]}

    def check(self, value: Any) -> Any:
        """Return the word, or what the rule returns."""
        if isinstance(value, str) and value == self.word:
            return value
        try:
            return self.rule.check(value)
        except ValueError:
            raise self.refuse(nearest(value, (self.word,))) from None


class Truth(Rule):
    """One of the two truth values."""

    allowed = "true or false"
    json = {"type": "boolean"}  # noqa: RUF012

    def check(self, value: Any) -> bool:
        """Return the value; numbers and texts are none."""
        if not isinstance(value, bool):
            raise self.refuse()
        return value


def nearest(value: Any, options: tuple[str | int, ...]) -> str:
    """Return ``; did you mean "..."?`` for the option nearest to a text, or nothing."""
    words = [option for option in options if isinstance(option, str)]
    # texts of unbounded length would make the comparison slow, and are not misspelt words
    if not isinstance(value, str) or len(value) > 100:
        return ""
    close = get_close_matches(value, words, n=1) or [w for w in words if w == value.strip().lower()]
    return f"; did you mean {show(close[0])}?" if close else ""
