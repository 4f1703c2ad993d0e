"""The page of the Python interface: the docstrings of public names.

Public are the names of the package `kinetic`, what they return, and the errors that they raise.
"""

import inspect
import sys
from functools import cached_property
from typing import Any

from kinetic import errors
from kinetic.cli.reference.prose import docstring
from kinetic.density import Body
from kinetic.record import ClaimRow

TITLE = "Python interface"

_INTRODUCTION = """\
`import kinetic` gives these names; `kinetic guide python` shows them at work. Whatever is not here may change.
"""
_MEMBERS: tuple[type, ...] = (property, cached_property)


def page() -> str:
    """Return the Markdown below the title."""
    parts = [_INTRODUCTION, "## Functions\n"]
    package = sys.modules[__package__.partition(".")[0]]
    public = {name: getattr(package, name) for name in package.__all__}
    parts += [_function(f"kinetic.{name}", thing) for name, thing in public.items() if not inspect.isclass(thing)]
    parts.append("## Classes\n")
    parts += [_class(f"kinetic.{name}", thing) for name, thing in public.items() if inspect.isclass(thing)]
    parts += [_class("kinetic.record.ClaimRow", ClaimRow), _class("kinetic.density.Body", Body)]
    parts.append("## Errors\n")
    parts += [
        _error(name, thing)
        for name, thing in vars(errors).items()
        if inspect.isclass(thing) and issubclass(thing, errors.KineticError)
    ]
    return "\n".join(parts)


def _function(name: str, thing: Any, level: str = "###") -> str:
    """Return the heading, the names of the arguments and the docstring."""
    given = [_argument(one) for one in inspect.signature(thing).parameters.values() if one.name not in ("self", "cls")]
    keyword = [one for one in inspect.signature(thing).parameters.values() if one.kind is one.KEYWORD_ONLY]
    if keyword:
        given.insert(len(given) - len(keyword), "*")
    call = f"```python\n{name}({', '.join(given)})\n```"
    return f"{level} `{name}`\n\n{call}\n\n{docstring(inspect.getdoc(thing) or '')}\n"


def _argument(given: inspect.Parameter) -> str:
    return given.name if given.default is given.empty else f"{given.name}={given.default!r}"


def _class(name: str, thing: Any) -> str:
    """Return a class's docstring, its attributes as a list, and its methods."""
    short = name.rpartition(".")[2]
    members = [(key, inspect.getattr_static(thing, key)) for key in dir(thing) if not key.startswith("_")]
    described = [(key, member) for key, member in members if isinstance(member, _MEMBERS)]
    parts = [f"### `{name}`\n", docstring(inspect.getdoc(thing) or ""), ""]
    if described:
        parts += ["**Attributes**", ""]
        parts += [f"- `{key}`: {docstring(_first(member))}" for key, member in described]
        parts.append("")
    parts += [
        _function(f"{short}.{key}", getattr(thing, key), "####")
        for key, member in members
        if inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
    ]
    return "\n".join(parts)


def _first(member: Any) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(member) or "").partition("\n\n")[0].split())


def _error(name: str, thing: Any) -> str:
    return f"- `{name}`: {docstring(_first(thing))}"
