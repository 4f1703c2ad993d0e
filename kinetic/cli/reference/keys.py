"""The page of keys: what a case and a sweep may hold, from their schemas, and what a record's rows hold."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from kinetic.case import schema as case_schema
from kinetic.cli.reference.prose import cell
from kinetic.glossary import Entry, entries, keys_of
from kinetic.sweep.json_schema import schema as sweep_schema

TITLE = "Keys of cases and sweeps, observables"

_INTRODUCTION = """\
`kinetic explain attention.beta` prints one of these entries. `kinetic schema` and `kinetic schema --sweep` print the
schemas that this page is made from; editors complete files by them (`kinetic guide files`).
"""


def page() -> str:
    """Return the Markdown below the title."""
    given = sweep_schema()
    own = {"properties": {k: v for k, v in given["properties"].items() if k != "case"}, "$defs": given["$defs"]}
    parts = [_INTRODUCTION, "## Cases", ""]
    parts += _tables(keys_of(case_schema()), case_schema()["properties"])
    parts += ["## Sweeps", "", "`case` holds the template: any keys of a case, or the path of one.", ""]
    parts += _tables(keys_of(own), own["properties"])
    parts += ["## Observables", "", _observables(entry for entry in entries().values() if entry.kind == "observable")]
    return "\n".join(parts)


def _tables(keys: Iterable[Entry], sections: dict[str, Any]) -> list[str]:
    """Return a table for each section, those of keys without one first."""
    parts = []
    for section, group in groupby(keys, key=lambda entry: entry.name.rpartition(".")[0].partition(".")[0]):
        listed = list(group)
        if section:
            meaning = cell(sections[section].get("description", ""))
            parts += [f"### `[{section}]`", "", *([meaning, ""] if meaning else [])]
        parts += ["| key | meaning | allowed | default |", "|---|---|---|---|", *map(_row, listed), ""]
    return parts


def _row(entry: Entry) -> str:
    facts = dict(entry.facts)
    default = f"`{facts['default']}`" if "default" in facts else ""
    return f"| `{entry.name}` | {cell(facts['is'])} | {cell(facts.get('allowed', ''))} | {default} |"


def _observables(listed: Iterable[Entry]) -> str:
    rows = ["| name | meaning | symbol | unit |", "|---|---|---|---|"]
    for entry in listed:
        facts = dict(entry.facts)
        rows.append(f"| `{entry.name}` | {cell(facts['is'])} | {cell(facts.get('symbol', ''))} | {facts['unit']} |")
    return "\n".join(rows) + "\n"
