"""Everything that is wrong with a case file, in the user's words and in one error.

Responsible for turning pydantic's list of validation errors into lines ``path: received ...; must be ...``
and for suggesting the key that was probably meant. It knows the models only as tables of keys; which numbers
are allowed is the rules' business.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel

from kinetic.case.rules import Rule, nearest
from kinetic.case.show import show, show_key, show_path
from kinetic.errors import CaseError

Location: TypeAlias = tuple[str | int, ...]
Tables: TypeAlias = Mapping[tuple[str, ...], type[BaseModel]]

LINES = 10
"""Problems that one message names; further ones are counted."""


class ConflictError(ValueError):
    """Values that are each allowed but do not go together; raised by the models' validators.

    Parameters
    ----------
    *problems : tuple of (tuple of (str or int), str)
        For each: where, relative to the table that is checked, and the sentence about it.
    """

    def __init__(self, *problems: tuple[Location, str]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, and what there is to read about it."""

    path: Location
    text: str

    def __str__(self) -> str:
        return f"{show_path(self.path)}: {self.text}"


def raise_if(problems: Iterable[tuple[Location, str]]) -> None:
    """Raise ``ConflictError`` when there is at least one problem.

    Raises
    ------
    ConflictError
        Carrying all of them.
    """
    found = tuple(problems)
    if found:
        raise ConflictError(*found)


def case_error(name: str, problems: Iterable[object]) -> CaseError:
    """Gather problems into one error: one line if there is one, otherwise a heading and a line for each.

    Parameters
    ----------
    name : str
        What was read, for the beginning of the message.
    problems : iterable
        At least one; of more than ``LINES`` the rest is counted.

    Returns
    -------
    CaseError
        Ready to be raised.
    """
    lines = list(dict.fromkeys(str(problem) for problem in problems))
    if len(lines) == 1:
        return CaseError(f"{name}: {lines[0]}")
    rest = [f"and {len(lines) - LINES} more"] if len(lines) > LINES else []
    return CaseError("\n  ".join([f"{name}: {len(lines)} problems", *lines[:LINES], *rest]))


def tables_of(model: type[BaseModel]) -> dict[tuple[str, ...], type[BaseModel]]:
    """List every table of a model by its path, list indices left out.

    Parameters
    ----------
    model : type
        The model of the whole file.

    Returns
    -------
    dict
        ``tables[("attention", "heads")]`` is the model of one head; the kinds of a union stand under their
        own name, ``("initial", "poisson")``, as pydantic locates them.
    """
    return dict(_walk(model, ()))


def translate(errors: Iterable[Mapping[str, Any]], tables: Tables) -> list[Problem]:
    """Turn pydantic's errors into problems.

    Parameters
    ----------
    errors : iterable of mappings
        ``ValidationError.errors()``.
    tables : mapping
        The models by path, from ``tables_of``.

    Returns
    -------
    list of Problem
        In pydantic's order, without the missing keys that a misspelt key explains.
    """
    listed = list(errors)
    explained = {path for error in listed[: 10 * LINES] for path in _meant(error, tables)}
    return [
        problem
        for error in listed
        for problem in _problems(error, tables)
        if not (error["type"] == "missing" and problem.path in explained)
    ]


def _walk(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Yield the model and all models in its fields."""
    yield path, model
    for name, field in model.model_fields.items():
        inner = list(_models_in(field.annotation))
        for one in inner:
            tag = (_kind(one),) if len(inner) > 1 else ()
            yield from _walk(one, (*path, name, *tag))


def _kind(model: type[BaseModel]) -> str:
    """Return the word in the ``kind`` of one model of a union."""
    return str(get_args(model.model_fields["kind"].annotation)[0])


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _names(location: Location) -> tuple[str, ...]:
    """Leave the list indices out."""
    return tuple(part for part in location if isinstance(part, str))


def _user_path(location: Location, tables: Tables) -> Location:
    """Leave out the names of kinds, which pydantic inserts and no file contains."""
    path: list[str | int] = []
    for i, part in enumerate(location):
        above = _names(location[:i])
        if isinstance(part, int) or above in tables:
            path.append(part)
    return tuple(path)


def _problems(error: Mapping[str, Any], tables: Tables) -> list[Problem]:
    """Translate one error; a conflict can hold several problems."""
    path = _user_path(error["loc"], tables)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ConflictError):
        return [Problem((*path, *where), text) for where, text in cause.problems]
    if error["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return [_kind_problem(error, path, tables)]
    if error["type"] == "too_short" and error["input"]:
        return []  # pydantic counts only valid entries; the invalid ones have their own errors
    return [Problem(path, _sentence(error, tables))]


def _sentence(error: Mapping[str, Any], tables: Tables) -> str:
    """Say what is wrong with one value."""
    match error["type"]:
        case "missing":
            return f"missing; must be {_allowed(error['loc'], tables)}"
        case "extra_forbidden":
            return f"unknown key; {_suggestion(error['loc'], tables)}"
        case "value_error":
            allowed = str(error["ctx"]["error"])
        case "tuple_type":
            allowed = "must be a list of tables"
        case "too_short":
            allowed = "must hold at least one table"
        case _:
            allowed = "must be a table"
    return f"received {show(error['input'])}; {allowed}"


def _allowed(location: Location, tables: Tables) -> str:
    """Say what the value of a key must be."""
    *above, name = _names(location)
    field = tables[tuple(above)].model_fields[name]
    rules = [entry.allowed for entry in field.metadata if isinstance(entry, Rule)]
    return rules[0] if rules else "a list of tables"


def _kind_problem(error: Mapping[str, Any], path: Location, tables: Tables) -> Problem:
    """Say which kinds there are when ``kind`` is missing or none of them."""
    kinds = tuple(key[-1] for key in tables if key[:-1] == path)
    allowed = f"must be one of {', '.join(map(show, kinds))}"
    if "kind" not in error["input"]:
        misspelt = [key for key in error["input"] if nearest(key, ("kind",))]
        if misspelt:
            return Problem((*path, misspelt[0]), 'unknown key; did you mean "kind"?')
        return Problem((*path, "kind"), f"missing; {allowed}")
    kind = error["input"]["kind"]
    return Problem((*path, "kind"), f"received {show(kind)}; {allowed}{nearest(kind, kinds)}")


def _meant(error: Mapping[str, Any], tables: Tables) -> list[Location]:
    """Return the path that an unknown key was probably meant to be."""
    if error["type"] != "extra_forbidden":
        return []
    return [(*_user_path(error["loc"], tables)[:-1], name) for name in _close(error["loc"], tables)]


def _close(location: Location, tables: Tables) -> list[str]:
    """Return the key of the same table that an unknown key resembles most."""
    *above, key = _names(location)
    # texts of unbounded length would make the comparison slow, and are not misspelt words
    return get_close_matches(key, list(tables[tuple(above)].model_fields), n=1) if len(key) < 100 else []


def _suggestion(location: Location, tables: Tables) -> str:
    """Say which key was meant: of this table, of another one, or any that this table has."""
    close = _close(location, tables)
    if close:
        return f"did you mean {show(close[0])}?"
    *above, key = _names(location)
    homes = [path for path, model in tables.items() if len(path) == 1 and key in model.model_fields]
    if homes:
        return f"{show_key(key)} belongs in [{homes[0][0]}]"
    allowed = ", ".join(tables[tuple(above)].model_fields)
    return f"allowed here: {allowed}"
