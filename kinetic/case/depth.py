"""Weights that change with depth: tables of values over time, which stand wherever one value may stand.

Responsible for what a table may be and what it is at a time. Which keys take one is the sections' business.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel

from kinetic.case.problems import ConflictError
from kinetic.case.rules import ALLOWED, TOO_SMALL, Choice, Number, Rule, is_subnormal, nearest, real
from kinetic.case.show import show

MOST = 1000
"""Values that a table may have."""

BETWEEN = ("linear", "hold")
KEYS = ("times", "values", "between")

_NOTHING = 1e-30  # of the larger neighbour: what interpolation makes smaller is 0, of whose inverse nobody asks
_SMALLEST = 1e-290  # and what stays has an inverse

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Table:
    """Values at times, and what holds between them; the first before all of them, the last after.

    Parameters
    ----------
    times : tuple of float
        Increasing, from 0 on.
    values : tuple
        One for each, of one shape: numbers, vectors or matrices.
    between : {"linear", "hold"}
        Entry by entry linear, or constant up to the next time.
    """

    times: tuple[float, ...]
    values: tuple[Any, ...]
    between: str = "linear"

    def at(self, time: float, since: float) -> Any:
        """Return the value at a time of the piece that begins at `since`, a time of the table or any before it."""
        if self.between == "hold":
            return self.values[max(bisect_right(self.times, since) - 1, 0)]
        i = bisect_right(self.times, time) - 1
        if i < 0 or i == len(self.times) - 1:
            return self.values[max(i, 0)]
        return _mixed(self.values[i], self.values[i + 1], (time - self.times[i]) / (self.times[i + 1] - self.times[i]))

    def __format__(self, spec: str) -> str:
        """Write the values in order, numbers by `spec`: 1 → 4 (linear, t = 0 … 5)."""
        shown = [format(value, spec) if isinstance(value, float) else show(value) for value in self.values]
        inner = shown if len(shown) <= 4 else [*shown[:2], "…", shown[-1]]
        return f"{' → '.join(inner)} ({self.between}, t = {self.times[0]:g} … {self.times[-1]:g})"

    def __str__(self) -> str:
        """Write the values in order."""
        return f"{self:g}"


def _mixed(before: Any, after: Any, share: float) -> Any:
    """Return (1 − s) a + s b, entry by entry."""
    if isinstance(before, tuple):
        return tuple(_mixed(a, b, share) for a, b in zip(before, after, strict=True))
    mixed = (1.0 - share) * before + share * after
    return mixed if abs(mixed) > max(_NOTHING * max(abs(before), abs(after)), _SMALLEST) else 0.0


@dataclass(frozen=True)
class Varying(Rule):
    """Values of another rule, or a table of such values over time."""

    rule: Rule
    time: Number

    @property
    def allowed(self) -> str:
        """What the rule allows, or a table of it."""
        return (
            f"{self.rule.allowed}; or {{times = [0, …], values = […], between = "
            '"linear" or "hold"} with increasing times from 0 on and values of one shape'
        )

    @property
    def json(self) -> dict[str, Any]:
        """The rule's, or a table."""
        inner = {"minItems": 2, "maxItems": MOST}
        keys = {
            "times": {"type": "array", "items": self.time.json, **inner},
            "values": {"type": "array", "items": self.rule.json, **inner},
            "between": Choice(BETWEEN).json | {"default": "linear"},
        }
        table = {"type": "object", "properties": keys, "required": ["times", "values"], "additionalProperties": False}
        return {"anyOf": [self.rule.json, table], ALLOWED: self.allowed}

    def check(self, value: Any) -> Any:
        """Return the rule's own value, or a `Table`."""
        if isinstance(value, Table):
            return value
        return self._table(value) if isinstance(value, dict) else self.rule.check(value)

    def _table(self, given: dict[str, Any]) -> Table:
        problems = list(_key_problems(given))
        if not problems:
            problems = [*self._time_problems(given["times"]), *self._value_problems(given["values"])]
        if not problems:
            problems = list(_count_problems(given))
        if problems:
            raise ConflictError(*problems)
        values = tuple(self._value(entry) for entry in given["values"])
        return Table(tuple(map(float, given["times"])), values, given.get("between", "linear"))

    def _value(self, entry: Any) -> Any:
        """Return one value, the identity as the number that it is."""
        checked = self.rule.check(entry)
        return 1.0 if checked == "identity" else checked

    def _time_problems(self, times: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if not isinstance(times, list | tuple) or not 2 <= len(times) <= MOST:
            yield ("times",), f"received {show(times)}; must be a list of 2 to {MOST} increasing numbers from 0 on"
            return
        for i, time in enumerate(times):
            number = real(time)
            if number is None or not self.time.holds(number):
                small = TOO_SMALL if number is not None and is_subnormal(number) else ""
                yield ("times", i), f"received {show(time)}; must be {self.time.allowed}{small}"
                return
        for i, (earlier, later) in enumerate(pairwise(times), 1):
            if not later > earlier:
                yield ("times", i), f"received {show(later)} after {show(earlier)}; times must increase"

    def _value_problems(self, values: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if not isinstance(values, list | tuple) or not 2 <= len(values) <= MOST:
            yield ("values",), f"received {show(values)}; must be a list of 2 to {MOST} values, one for each time"
            return
        shapes = []
        for i, entry in enumerate(values):
            try:
                shapes.append(_shape(self._value(entry)))
            except ValueError as error:
                yield ("values", i), f"received {show(entry)}; {error}"
                return
        for i, shape in enumerate(shapes):
            if shape != shapes[0]:
                yield ("values", i), f"received {show(values[i])} after {show(values[0])}; values must have one shape"
                return


def _key_problems(given: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with the keys of a table."""
    for key in given:
        if key not in KEYS:
            hint = nearest(key, KEYS) or f"; allowed here: {', '.join(KEYS)}"
            yield (str(key),), f"unknown key{hint}"
    for key in ("times", "values"):
        if key not in given:
            yield (key,), "missing; a table over time needs times and values"
    between = given.get("between", "linear")
    try:
        Choice(BETWEEN).check(between)
    except ValueError as error:
        yield ("between",), f"received {show(between)}; {error}"


def _count_problems(given: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if len(given["times"]) != len(given["values"]):
        received = f"received {len(given['values'])} values for {len(given['times'])} times"
        yield ("values",), f"{received}; must be one for each"


def _shape(value: Any) -> tuple[int, ...]:
    """Return the lengths of a value: () for a number, (d,) for a diagonal, the rows' lengths for a matrix."""
    if not isinstance(value, tuple):
        return ()
    return (len(value), *(len(row) for row in value if isinstance(row, tuple)))


def resolved(model: Model, time: float, since: float) -> Model:
    """Return a section as it is at a time of the piece that begins at `since`; itself where nothing in it changes."""
    changed = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        found = _resolved_value(value, time, since)
        if found is not value:
            changed[name] = found
    return model.model_copy(update=changed) if changed else model


def _resolved_value(value: Any, time: float, since: float) -> Any:
    if isinstance(value, Table):
        return value.at(time, since)
    if isinstance(value, BaseModel):
        return resolved(value, time, since)
    if isinstance(value, tuple) and any(isinstance(entry, BaseModel) for entry in value):
        found = tuple(_resolved_value(entry, time, since) for entry in value)
        return found if any(a is not b for a, b in zip(found, value, strict=True)) else value
    return value


def tables_in(model: BaseModel | None, path: str = "") -> Iterator[tuple[str, Table]]:
    """Yield every table of a section with the path of its key."""
    for name in type(model).model_fields if model is not None else ():
        value, key = getattr(model, name), f"{path}{name}"
        if isinstance(value, Table):
            yield key, value
        elif isinstance(value, BaseModel):
            yield from tables_in(value, f"{key}.")
        elif isinstance(value, tuple):
            for i, entry in enumerate(value):
                if isinstance(entry, BaseModel):
                    yield from tables_in(entry, f"{key}.{i}.")
