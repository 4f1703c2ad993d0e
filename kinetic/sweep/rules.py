"""What one value of a sweep file may be, beyond the rules that case files have too."""

import re
from dataclasses import dataclass
from typing import Any

from kinetic.case.rules import Rule, real

MOST_VALUES = 10_000
"""Largest number of values of an axis, and of points of a sweep."""

_KEY_PATH = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,15}")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class KeyPath(Rule):
    """The path of a key of the case."""

    @property
    def allowed(self) -> str:
        """A path by example."""
        return 'a key path such as "attention.beta"'

    @property
    def json(self) -> dict[str, Any]:
        """Text of that form."""
        return {"type": "string", "pattern": f"^{_KEY_PATH.pattern}$"}

    def check(self, value: Any) -> str:
        """Return the path unchanged."""
        if not isinstance(value, str) or not _KEY_PATH.fullmatch(value):
            raise self.refuse()
        return value


@dataclass(frozen=True)
class Identifier(Rule):
    """The name of a column."""

    @property
    def allowed(self) -> str:
        """The characters of a name."""
        return "a name of letters, digits and underscores that begins with a letter"

    @property
    def json(self) -> dict[str, Any]:
        """Text of that form."""
        return {"type": "string", "pattern": f"^{_IDENTIFIER.pattern}$"}

    def check(self, value: Any) -> str:
        """Return the name unchanged."""
        if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
            raise self.refuse()
        return value


@dataclass(frozen=True)
class Values(Rule):
    """A list of values for a key; whether each is allowed is the case's business."""

    @property
    def allowed(self) -> str:
        """A list."""
        return f"a list of 1 to {MOST_VALUES} values"

    @property
    def json(self) -> dict[str, Any]:
        """An array of anything."""
        return {"type": "array", "minItems": 1, "maxItems": MOST_VALUES}

    def check(self, value: Any) -> tuple[Any, ...]:
        """Return the values as a tuple."""
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_VALUES:
            raise self.refuse()
        return tuple(value)


@dataclass(frozen=True)
class End(Rule):
    """One end of a range: a finite number; an integer stays one."""

    @property
    def allowed(self) -> str:
        """A number."""
        return "a finite number"

    @property
    def json(self) -> dict[str, Any]:
        """A number."""
        return {"type": "number"}

    def check(self, value: Any) -> int | float:
        """Return the number unchanged."""
        if real(value) is None:
            raise self.refuse()
        number: int | float = value
        return number


@dataclass(frozen=True)
class Template(Rule):
    """The case that every point is made from: a path, a bundled name, or the case itself as a table."""

    @property
    def allowed(self) -> str:
        """The three forms."""
        return "the path of a case file, the name of a bundled case, or a table [case] that holds the case itself"

    @property
    def json(self) -> dict[str, Any]:
        """Text or a table."""
        return {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}]}

    def check(self, value: Any) -> str | dict[str, Any]:
        """Return the text or the table unchanged."""
        if isinstance(value, dict) or (isinstance(value, str) and value.strip() and value.isprintable()):
            return value
        raise self.refuse()
