"""Observables that a user adds from Python: functions of the density, checked, computed at every row and kept.

Responsible for what such a function may be called and return, and for saying whose fault an error is. Refuses to know
runs and records.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any

import numpy as np

from kinetic.density import Body
from kinetic.errors import DomainError, KineticError
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS, LABEL_DEFINITIONS, RADIUS_DEFINITIONS
from kinetic.types import Array

OWN = "of the user: "
"""What the description of such an observable begins with in a record."""

_KNOWN = (*DEFINITIONS, *RADIUS_DEFINITIONS, *LABEL_DEFINITIONS, *ENTROPY_DEFINITIONS)

TAKEN = {definition.name for definition in _KNOWN} | {"time", "cluster_count", "label", "component"}
"""Names that kinetic gives itself."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LONGEST = 200


@dataclass(frozen=True)
class Watched:
    """Functions of the density by name.

    Parameters
    ----------
    functions : mapping
        name -> density -> number, or array of a shape that never changes.
    shapes : dict
        Shape of each observable, as far as it is known.
    """

    functions: Mapping[str, Callable[[Any], Any]]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Any) -> "Watched | None":
        """Return a user's observables, checked; None where there are none.

        Raises
        ------
        DomainError
            If it is no mapping of functions by names that are free.
        """
        if given is None:
            return None
        if not isinstance(given, Mapping):
            raise DomainError(
                f"observables: received {ascii(given)[:60]}; must be a mapping of functions by name, such as "
                '{"third_moment": lambda density: density.moment(3)}'
            )
        for name, function in given.items():
            _require_name(name)
            if not callable(function):
                raise DomainError(
                    f"observables.{name}: received {ascii(function)[:60]}; must be a function of the density"
                )
        return cls(dict(given)) if given else None

    def __call__(self, time: float, density: Body) -> dict[str, float | Array]:
        """Return the value of every function.

        Raises
        ------
        DomainError
            If a function fails, or returns anything but real numbers in the shape of the rows before.
        """
        return {name: self._value(name, time, density) for name in self.functions}

    def _value(self, name: str, time: float, density: Body) -> float | Array:
        try:
            found = self.functions[name](density)
        except KineticError as error:
            raise DomainError(f"observables.{name}: at t = {time:.6g}: {error}") from error
        except Exception as error:  # whatever a user's function may raise
            raise DomainError(f"observables.{name}: at t = {time:.6g}: {type(error).__name__}: {error}") from error
        value = _real(name, found)
        if self.shapes.setdefault(name, value.shape) != value.shape:
            raise DomainError(
                f"observables.{name}: returned the shape {value.shape} at t = {time:.6g}, and {self.shapes[name]} "
                "before; must always return one shape"
            )
        return float(value) if value.ndim == 0 else value

    def description(self, name: str) -> str:
        """Return the description that records keep: the first line of the function's docstring, or its name."""
        function = self.functions[name]
        told = (getdoc(function) or "").strip().partition("\n")[0] if hasattr(function, "__code__") else ""
        text = told or getattr(function, "__qualname__", type(function).__name__)
        return OWN + "".join(c if c.isprintable() else " " for c in text)[:_LONGEST]


def _require_name(name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DomainError(
            f"observables: received the name {ascii(name)[:60]}; must be a letter, then letters, digits and _"
        )
    if name in TAKEN:
        raise DomainError(f"observables: received the name {name}, which kinetic gives itself; choose another")


def _real(name: str, found: Any) -> Array:
    """Return the result of a function as an array of real numbers; NaN where it is not known."""
    try:
        value = np.asarray(found)
    except (TypeError, ValueError):
        value = np.array(None)
    if value.dtype.kind not in "fiub" or value.size == 0:
        raise DomainError(
            f"observables.{name}: returned {ascii(found)[:60]}; must return a real number, or an array of real numbers"
        )
    return value.astype(float)


__all__ = ["OWN", "TAKEN", "Watched"]
