"""Plain data to TOML: a table of Python, a template of a sweep and a value of its axis become the text of a case.

Responsible for values that read back as they were. Knows no key.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import PurePath
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value_text(value: Any) -> str:
    """Write a value as TOML, on one line.

    Parameters
    ----------
    value : Any
        What `tomllib` returns: text, number, truth value, date or time, list, table; arrays and paths are taken too.

    Returns
    -------
    str
        A text that reads back as the same value, floats bit for bit.

    Raises
    ------
    TypeError
        For anything else.
    """
    if hasattr(value, "tolist"):  # arrays, and numbers out of arrays
        value = value.tolist()
    if isinstance(value, PurePath):
        value = str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control character that JSON lets pass.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {value_text(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__}: {value!r}")


def document(data: Mapping[str, Any]) -> str:
    """Write a table as a TOML file: the keys at the top, then one section for each table in it.

    Parameters
    ----------
    data : mapping
        What `tomllib` returns.

    Returns
    -------
    str
        A text that reads back as the same data.
    """
    tables = {key: value for key, value in data.items() if isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {value_text(value)}" for key, value in data.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{_key(name)}]"]
        lines += [f"{_key(key)} = {value_text(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _key(key: Any) -> str:
    """Write a key, quoted where TOML needs quotes."""
    if not isinstance(key, str):
        raise TypeError(f"a key that is no text: {key!r}")
    return key if _BARE.fullmatch(key) else value_text(key)
