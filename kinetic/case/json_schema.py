"""The JSON Schema of the case file, for editors.

Responsible for making pydantic's schema readable: every description ends with what is allowed, in the same
words as the error messages, and absent defaults are absent. It adds no constraint of its own.
"""

from typing import Any

from kinetic.case.file import CaseFile
from kinetic.case.rules import ALLOWED


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the case file.

    Returns
    -------
    dict
        Titles, descriptions with unit and range, types, bounds and defaults of every key; JSON data only.

    **Accuracy** Every valid case satisfies the schema. It cannot say everything that reading checks (lengths of vectors
    against the dimension, orders against degrees): what satisfies it may still be refused.
    """
    body: dict[str, Any] = readable(CaseFile.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "title": "kinetic case file"}


def readable(node: Any) -> Any:
    """Move what is allowed into the descriptions, and drop null, which TOML cannot write."""
    if isinstance(node, list):
        return [readable(entry) for entry in node if entry != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {key: readable(value) for key, value in node.items() if key != ALLOWED and value is not None}
    if len(kept.get("anyOf", ())) == 1:
        kept |= kept.pop("anyOf")[0]
    allowed = node.get(ALLOWED)
    if isinstance(allowed, str) and "description" in node:
        kept["description"] = f"{node['description']} Allowed: {allowed}."
    return kept
