"""From bytes to the data of a case: decoding, TOML, and the overrides of the command line.

Responsible for refusing, with one line that says where, whatever is not TOML of a sane size and depth. It
does not know any key.
"""

import copy
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinetic.case.problems import Location, Problem, case_error
from kinetic.case.show import printable, show, show_path
from kinetic.errors import CaseError

BYTE_ORDER_MARK = "\ufeff"
LARGEST_FILE = 1_000_000
"""Bytes; a case is a page of text."""

DEEPEST = 16
"""Levels of nested tables and lists; a matrix of a head is at level five."""

_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){64}""")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read_text(path: Path) -> str:
    """Read a file as text, line endings as they are, without a byte order mark.

    Parameters
    ----------
    path : pathlib.Path
        A file of at most ``LARGEST_FILE`` bytes of UTF-8.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    CaseError
        If there is no such file, it cannot be read, is a directory, too large, or not UTF-8.
    """
    name = printable(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise CaseError(f"{name}: no such file; give the path of a case file (TOML)") from None
    except IsADirectoryError:
        raise CaseError(f"{name}: is a directory; give the path of a case file (TOML)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CaseError(f"{name}: cannot be read ({reason}); give the path of a case file (TOML)") from None
    if len(content) > LARGEST_FILE:
        raise CaseError(f"{name}: larger than {LARGEST_FILE} bytes, so not a case file; give a page of TOML")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(f"{name}: not UTF-8 text (byte {error.start}); save the file as UTF-8") from None


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse TOML into data.

    Parameters
    ----------
    text : str
        TOML, at most ``LARGEST_FILE`` bytes as UTF-8.
    name : str
        What the text is, for messages.

    Returns
    -------
    dict
        Tables as dicts, lists as lists.

    Raises
    ------
    CaseError
        Naming line and column, if the text is not TOML; or if it is too long or nested too deeply.
    """
    _refuse_unreasonable(text, name)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise CaseError(f"{name}: nested too deeply; a case has at most {DEEPEST} levels") from None
    except ValueError as error:
        raise CaseError(_syntax_message(str(error), text, name)) from None
    deep = _too_deep(data)
    if deep:
        problem = Problem(deep, f"nested too deeply; a case has at most {DEEPEST} levels")
        raise case_error(name, [problem])
    return data


def apply_overrides(data: dict[str, Any], overrides: Sequence[str], name: str) -> dict[str, Any]:
    """Return the data with ``key.path=value`` assignments made, in order.

    Parameters
    ----------
    data : dict
        Parsed TOML; it is not changed.
    overrides : sequence of str
        Each ``key.path=value``; parts of the path that are numbers index lists; a missing table is
        created; the value is read as TOML, and as plain text if it is not TOML.
    name : str
        What is overridden, for messages.

    Returns
    -------
    dict
        New data.

    Raises
    ------
    CaseError
        If an override is not of that form, or its path leads through something that is no table and no list.
    """
    if isinstance(overrides, str) or not all(isinstance(override, str) for override in _listed(overrides)):
        raise CaseError(f"{name}: received the overrides {show(overrides)}; must be a list of texts key.path=value")
    changed = copy.deepcopy(data)
    problems = [problem for problem in (_assign(changed, override) for override in overrides) if problem]
    if problems:
        raise case_error(name, problems)
    return changed


def _listed(given: Any) -> list[Any]:
    """Return the entries of a list or tuple; of anything else itself, which is no text."""
    return list(given) if isinstance(given, list | tuple) else [None]


def _refuse_unreasonable(text: str, name: str) -> None:
    """Refuse what no case looks like before the parser spends time on it."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise CaseError(f"{name}: not UTF-8 text (character {error.start}); save the file as UTF-8") from None
    if size > LARGEST_FILE:
        raise CaseError(f"{name}: larger than {LARGEST_FILE} bytes, so not a case file; give a page of TOML")
    # tomllib's time grows with the square of the parts of a dotted key: 8 s for 20 000, measured
    chain = _DOTTED.search(text)
    if chain:
        line = text.count("\n", 0, chain.start()) + 1
        raise CaseError(f"{name}, line {line}: a dotted key of more than 64 parts; a case has at most {DEEPEST} levels")


def _syntax_message(message: str, text: str, name: str) -> str:
    """Turn the parser's message into one with file, line and column in front."""
    place = _PLACE.search(message)
    reason = printable(_PLACE.sub("", message))[:200]
    reason = reason[:1].lower() + reason[1:]
    if place is None:
        # the only complaint without a place: the interpreter's limit on decimal digits
        return f"{name}: holds an integer of thousands of digits; no number of a case needs more than 20"
    line, column = place.groups()
    if line is None:
        lines = text.split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return f"{name}, line {line}, column {column}: not TOML: {reason}"


def _too_deep(data: dict[str, Any]) -> Location:
    """Return the path of something nested too deeply, empty if there is nothing."""
    waiting: list[tuple[Location, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            return path
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, i), inner) for i, inner in enumerate(value) if isinstance(inner, dict | list)]
    return ()


def _assign(data: dict[str, Any], override: str) -> str:
    """Make one assignment in place; return what is wrong with it, or nothing."""
    path, equals, text = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or len(keys) > DEEPEST or not all(_KEY.fullmatch(key) for key in keys):
        return f"received the override {show(override)}; must be key.path=value, for example attention.beta=2"
    target: Any = data
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(target, list):
            if not key.isdecimal() or int(key) >= len(target):
                allowed = f"from 0 to {len(target) - 1}" if target else "(the list is empty)"
                return f"{show_path(keys[: depth + 1])}: no such entry; must be an index {allowed}"
            index: str | int = int(key)
        elif isinstance(target, dict):
            index = key
            if not last:
                target.setdefault(key, {})
        else:
            return f"{show_path(keys[:depth])}: is {show(target)}, which has no key {show(key)}"
        if last:
            target[index] = _value(text)
        else:
            target = target[index]
    return ""


def _value(text: str) -> Any:
    """Read the value of an override: TOML if it is, otherwise the text itself."""
    if _DOTTED.search(text):
        return text
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    # a line break in the text could smuggle in further keys
    return data["value"] if data.keys() == {"value"} and not _too_deep(data) else text.strip()
