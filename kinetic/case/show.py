"""How keys and values that a user wrote are quoted back to that user.

Responsible for one thing: whatever the bytes were (control characters, integers of thousands of digits, lists
without end), what comes out is short, printable and on one line. It knows nothing of cases.
"""

from collections.abc import Iterable
from typing import Any

LONGEST = 60
"""Characters after which a quoted value is cut."""


def show(value: Any) -> str:
    """Write a parsed TOML value as TOML would, on one printable line of bounded length.

    Parameters
    ----------
    value : Any
        What ``tomllib`` returned: text, number, truth value, date, list or table.

    Returns
    -------
    str
        At most about ``LONGEST`` characters; a table is described, not printed.

    Accuracy
    --------
    Floats are written with ``repr``, the shortest text that reads back as the same double.
    """
    return _cut(_write(value))


def show_key(key: object) -> str:
    """Write one part of a dotted path, quoted where TOML would need quotes."""
    text = str(key)
    bare = text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    return _cut(text) if bare else _quote(text[:LONGEST])


def show_path(path: Iterable[object]) -> str:
    """Write a dotted path as ``--set`` takes it: ``attention.heads.0.beta``."""
    return ".".join(show_key(part) for part in path)


def printable(text: str) -> str:
    """Replace every character that a terminal would act on by its escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _write(value: Any) -> str:
    """Write without the final cut; long texts and lists are cut before they are expanded."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quote(value[: LONGEST + 1])
    if isinstance(value, int):
        # the interpreter refuses str() beyond 4300 digits, which hexadecimal integers can have
        return str(value) if value.bit_length() < 200 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return _write_list(value)
    return printable(str(value))


def _write_list(values: list[Any] | tuple[Any, ...]) -> str:
    """Write a list with as many of its entries as can be seen."""
    parts = [_write(value) for value in values[:16]]
    return "[" + ", ".join(parts if len(values) <= 16 else [*parts, "..."]) + "]"


def _quote(text: str) -> str:
    """Put a text between double quotes, escaped."""
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _cut(text: str) -> str:
    """Shorten a text to ``LONGEST`` characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
