"""The JSON Schema: editors must accept what is valid and can see what is not."""

import json
import re
import tomllib

import pytest
from case.examples import KINDS, SPACES, case_text

from kinetic import library
from kinetic.case import Case, schema

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def accepts(node, value, root):
    """Apply the part of JSON Schema that the case file's schema uses."""
    known = {"$defs", "$schema", "title", "description", "default", "discriminator", "then", "else"}
    assert set(node) <= known | set(COMBINE) | set(DIRECT), node
    combined = all(check(node, value, root) for key, check in COMBINE.items() if key in node)
    return combined and all(check(node[key], value) for key, check in DIRECT.items() if key in node)


def same(allowed, value):
    return value == allowed and type(value) is type(allowed)


def conditional(node, value, root):
    branch = "then" if accepts(node["if"], value, root) else "else"
    return accepts(node.get(branch, {}), value, root)


def each_property(node, value, root):
    known = [key for key in node["properties"] if isinstance(value, dict) and key in value]
    return all(accepts(node["properties"][key], value[key], root) for key in known)


def each_item(node, value, root):
    return not isinstance(value, list) or all(accepts(node["items"], entry, root) for entry in value)


def each_position(node, value, root):
    return all(accepts(inner, entry, root) for inner, entry in zip(node["prefixItems"], value, strict=False))


def no_other_property(node, value, root):
    assert root
    return set(value) <= set(node["properties"])


COMBINE = {
    "$ref": lambda node, value, root: accepts(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], value, root),
    "anyOf": lambda node, value, root: any(accepts(inner, value, root) for inner in node["anyOf"]),
    "oneOf": lambda node, value, root: sum(accepts(inner, value, root) for inner in node["oneOf"]) == 1,
    "allOf": lambda node, value, root: all(accepts(inner, value, root) for inner in node["allOf"]),
    "if": conditional,
    "properties": each_property,
    "additionalProperties": no_other_property,
    "items": each_item,
    "prefixItems": each_position,
}

# in this order: what comes after "type" may rely on the type
DIRECT = {
    "type": lambda kind, value: isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean"),
    "const": same,
    "enum": lambda options, value: any(same(option, value) for option in options),
    "required": lambda keys, value: isinstance(value, dict) and set(keys) <= set(value),
    "minItems": lambda least, value: len(value) >= least,
    "maxItems": lambda most, value: len(value) <= most,
    "minLength": lambda least, value: len(value) >= least,
    "minimum": lambda low, value: value >= low,
    "maximum": lambda high, value: value <= high,
    "exclusiveMinimum": lambda low, value: value > low,
    "exclusiveMaximum": lambda high, value: value < high,
}


def valid(text):
    body = schema()
    return accepts(body, tomllib.loads(text), body)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_accepts_every_kind_in_every_space(kind, space):
    assert valid(case_text(space, kind))


@pytest.mark.parametrize("name", library.bundled())
def test_the_schema_accepts_every_bundled_case(name):
    assert valid(library.bundled()[name].read_text())


def test_the_schema_accepts_all_optional_tables():
    rest = """
[layer_norm]
scheme = "ngpt"
rate = [[0, 1.0], [2, 0.5]]
[noise]
diffusion = 0.1
[output]
observe_every = 0.1
[[claims]]
name = "w2_rate"
tolerance = 1e-3
"""
    heads = 'normalization = "none"\nheads = [{beta = 1, query = 2, key = [1, 2, 3], value = [[1, 2], [3, 4]]}]'
    assert valid(case_text(attention=heads, rest=rest))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("degree = 32", "degre = 32"),
        ("degree = 32", ""),
        ("degree = 32", "degree = -1"),
        ("degree = 32", 'degree = "high"'),
        ("dimension = 5", ""),
        ("dimension = 5", "dimension = 1"),
        ("beta = 1.0", 'beta = "1"'),
        ("beta = 1.0", ""),
        ("beta = 1.0", "beta = 1.0\nheads = [{beta = 2}]"),
        ("slope = -0.5", "slope = -1.5"),
        ('kind = "linear"', 'kind = "line"'),
        ("end = 2.0", "end = 0"),
        ("end = 2.0", "end = 1\n[[claims]]\nname = 'rate'"),
        ('title = "A small case"', ""),
    ],
)
def test_the_schema_refuses_what_it_can_express(old, new):
    text = case_text("zonal", "linear")
    assert old in text
    assert not valid(text.replace(old, new))


def test_every_key_is_described_with_its_unit_and_range():
    body = schema()
    for name, model in {"": body, **body["$defs"]}.items():
        for key, field in model["properties"].items():
            model_meant = body["$defs"].get(field.get("$ref", "").rsplit("/", 1)[-1], {})
            description = field.get("description") or model_meant.get("description", "")
            assert description.endswith("."), (name, key)
            if re.search(r'"(type": "(number|integer)|minimum)', json.dumps(field)) and "$ref" not in field:
                assert "dimensionless" in description or "radians" in description, (name, key)
                assert "Allowed: " in description, (name, key)


def test_the_schema_is_json_with_titles_and_defaults():
    body = json.loads(json.dumps(schema(), allow_nan=False))
    assert body["$schema"].startswith("https://json-schema.org/")
    assert body["required"] == ["title", "space", "attention", "time"]
    assert body["else"] == {"required": ["initial"]}  # unless label.slices say where tokens begin
    assert all("title" in model for model in body["$defs"].values())
    assert "null" not in json.dumps(body)


def test_defaults_of_the_schema_are_those_of_reading():
    case = Case.parse(case_text())
    body = schema()
    seen = 0
    for table, model in (
        ("space", "Space"),
        ("layer_norm", "LayerNorm"),
        ("noise", "Noise"),
        ("time", "Time"),
    ):
        for key, field in body["$defs"][model]["properties"].items():
            if "default" in field:
                assert getattr(getattr(case, table), key) == field["default"]
                seen += 1
    assert seen == 9
