"""The JSON Schema of the sweep file, for editors: that of its own keys, and the keys of a case in its template."""

from typing import Any

from kinetic.case import schema as case_schema
from kinetic.case.json_schema import readable
from kinetic.sweep.file import SweepFile

_PREFIX = "Case_"
_WHOLE = {"required", "if", "then", "else", "allOf", "minProperties", "$schema", "$defs"}
"""What a schema says of a whole case: a template lacks the keys that the axes give."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the sweep file.

    **Accuracy** Every valid sweep satisfies the schema. Of a template it checks the keys and their values, not that all
    are there.
    """
    body: dict[str, Any] = readable(SweepFile.model_json_schema())
    case = case_schema()
    parts = {f"{_PREFIX}{name}": _partial(part) for name, part in case["$defs"].items()}
    given = body["properties"]["case"]
    template = {"type": "string", "minLength": 1}, {"$ref": f"#/$defs/{_PREFIX}file"}
    body["properties"]["case"] = {**given, "anyOf": list(template)}
    body["$defs"] = {**body["$defs"], **parts, f"{_PREFIX}file": _partial(case)}
    return {"$schema": case["$schema"], **body, "title": "kinetic sweep file"}


def _partial(node: Any) -> Any:
    """Return a part of the case's schema that asks for nothing, under the names that it has in a sweep's."""
    if isinstance(node, list):
        return [_partial(entry) for entry in node]
    if not isinstance(node, dict):
        return node.replace("#/$defs/", f"#/$defs/{_PREFIX}") if isinstance(node, str) else node
    kept = {key: _partial(value) for key, value in node.items() if key not in _WHOLE}
    if "oneOf" in kept:  # tables that lack their kind fit several
        kept["anyOf"] = kept.pop("oneOf")
    return kept
