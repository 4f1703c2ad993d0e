"""The corners of the case file's ranges, read from its JSON Schema, so that a new key is walked once it exists."""

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import product

import numpy as np
from case.examples import initial

from kinetic.case.json_schema import schema
from kinetic.case.label import KIND_KEYS

SCHEMA = schema()
LARGEST_EXPONENT = math.log(np.finfo(float).max)
"""Beyond it e^x is no double."""

SMALL = (0.0, 5e-324, 1e-320, float(np.finfo(float).tiny), float(np.finfo(float).eps))
INNER = (
    *SMALL,
    1.0,
    math.nextafter(LARGEST_EXPONENT, 0),
    math.nextafter(LARGEST_EXPONENT, 1e3),
    float(np.finfo(float).max),
)
DIMENSIONS = {"circle": 2, "sphere": 3, "zonal": 5}


CONTEXTS = {
    "": {},
    "linear": {"attention": {"kernel": "linear", "beta": None}},
    "power": {"attention": {"kernel": "power", "beta": None}},
    "polynomial": {"attention": {"kernel": "polynomial", "coefficients": [1.0, 1.0, 0.5], "beta": None}},
    "truncated": {"attention": {"kernel": "truncated", "cutoff": 0.5}},
    "matrices": {"attention": {"heads": [{"beta": 1.0, "value": 0.5}, {"beta": 0.5}], "beta": None}},
    "context": {"attention": {"context_length": 10}},
    "depth": {"attention": {"beta": {"times": [0.0, 0.4, 1.0], "values": [1.0, 2.0, 1.0]}}},
    "hold": {"attention": {"beta": {"times": [0.0, 0.4], "values": [1.0, 2.0], "between": "hold"}}},
    "noise": {"noise": {"diffusion": 0.1}},
    **{
        activation: {"perceptron": {"activation": activation, "neurons": [{"weight": 0.5, "bias": 0.1}]}}
        for activation in ("constant", "identity", "relu", "tanh")
    },
    **{kind: {"common_noise": {"kind": kind, "step": 0.1, "seed": 1}} for kind in ("matrix", "field", "values")},
    "causal": {"label": {"kind": "causal", "first": 0.1}},
    "window": {"label": {"kind": "window", "first": 0.1, "width": 0.5}},
    "frequency": {"label": {"kind": "frequency", "law": "lorentz", "scale": 0.5, "count": 5}},
    "gauss": {"label": {"kind": "frequency", "law": "gauss", "scale": 0.5, "count": 5}},
    "table": {"label": {"kind": "frequency", "law": "table", "rates": [-1.0, 0.0, 1.0], "weights": [0.3, 0.4, 0.3]}},
}
"""What stands in a case beside its plain tables, by name; None takes a key away."""


@dataclass(frozen=True)
class Base:
    """A case of one kind of space, chart, normalization and scheme of norms, plain or in one of the contexts."""

    kind: str
    chart: str
    normalization: str
    scheme: str
    context: str = ""

    def data(self, variant="von_mises_fisher"):
        """Return the tables of the case, with one of the kinds of initial densities."""
        data = self._plain(variant)
        for name, given in CONTEXTS[self.context].items():
            table = {**data.get(name, {}), **given}
            data[name] = {key: value for key, value in table.items() if value is not None}
        for neuron in data.get("perceptron", {}).get("neurons", ()):
            neuron["direction"] = 1 if self.kind == "zonal" else [1.0] * DIMENSIONS[self.kind]
        if self.context == "field":
            data["common_noise"] |= {"covariance": [1.0, 0.5]}
        return deepcopy(data)

    def _plain(self, variant):
        import tomllib

        space = {"kind": self.kind, "chart": self.chart, "degree": 20}
        if self.kind == "zonal":
            space["dimension"] = DIMENSIONS["zonal"]
        return {
            "title": "A corner",
            "space": space,
            "attention": {"normalization": self.normalization, "beta": 1.0},
            "layer_norm": {"scheme": self.scheme},
            "initial": tomllib.loads(initial(variant, self.kind)),
            "time": {"end": 1.0, "tolerance": 1e-6},
            "output": {"observe_every": 0.5, "save_every": 1.0},
        }


def contexts(key) -> tuple[str, ...]:
    """Return the contexts in which a key means something; the plain case alone where that is one."""
    table, name = key.path[0], next((part for part in key.path[1:] if isinstance(part, str)), "")
    kinds = KIND_KEYS.get(name, ()) if table == "label" else ()
    own = {"power": "power", "coefficients": "polynomial", "cutoff": "truncated", "covariance": "field"}
    found = [own[name]] if name in own else [
        context
        for context, tables in CONTEXTS.items()
        if table in tables and table in ("perceptron", "common_noise", "label")
        if not kinds or tables[table]["kind"] in kinds
    ]  # fmt: skip
    return tuple(found) or ("",)


def options(*path):
    """Return the words that a key may be, from the schema."""
    node = SCHEMA
    for part in path:
        node = resolved(resolved(node)["properties"][part])
    return tuple(node["enum"])


def bases() -> tuple[Base, ...]:
    """Return every combination of the words that decide which program runs."""
    return tuple(
        Base(*words)
        for words in product(
            options("space", "kind"),
            options("space", "chart"),
            options("attention", "normalization"),
            options("layer_norm", "scheme"),
        )
    )


def resolved(node):
    """Follow a reference, and the one model that a key without default wraps."""
    while "$ref" in node or len(node.get("allOf", ())) == 1:
        node = node["allOf"][0] if "$ref" not in node else SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node


@dataclass(frozen=True)
class Key:
    """A key that takes numbers.

    Parameters
    ----------
    path : tuple of (str or int)
        From the root; 0 is the first entry of a list of tables.
    variant : str
        Kind of the initial density in which it stands; empty elsewhere.
    schema : dict
    """

    path: tuple
    variant: str
    schema: dict

    def __str__(self):
        return ".".join(map(str, self.path)) + (f" ({self.variant})" if self.variant else "")


def keys(node=SCHEMA, path=(), variant="") -> Iterator[Key]:
    """Yield every key of the schema below a table."""
    node = resolved(node)
    for branch in node.get("oneOf", ()):
        table = resolved(branch)
        if "properties" in table:
            yield from keys(table, path, table["properties"]["kind"]["const"])
    for name, inner in node.get("properties", {}).items():
        table = resolved(inner)
        entry = resolved(table.get("items", {}))
        if "properties" in table or "oneOf" in table:
            yield from keys(table, (*path, name), variant)
        elif "properties" in entry:
            yield from keys(entry, (*path, name, 0), variant)
        elif next(values(table, 2), None) is not None:
            yield Key((*path, name), variant, table)


def values(node, d) -> Iterator:
    """Yield what a key may be at its corners, one number at a time, in every form that its schema allows."""
    node = resolved(node)
    if "anyOf" in node:
        for branch in node["anyOf"]:
            yield from values(branch, d)
    elif node.get("type") in ("number", "integer"):
        yield from corners(node)
    elif {"times", "values"} <= set(node.get("properties", ())):
        yield from tables_over_time(node["properties"], d)
    elif "prefixItems" in node:
        for i, entry in enumerate(node["prefixItems"]):
            for value in values(entry, d):
                yield [1.0] * i + [value] + [1.0] * (len(node["prefixItems"]) - i - 1)
    elif node.get("type") == "array" and "properties" not in resolved(node["items"]):
        for value in values(node["items"], d):
            yield [value] * d if "prefixItems" not in node["items"] else [[0.0, 1.0], value]


def tables_over_time(properties, d) -> Iterator:
    """Yield tables whose first value, or whose last time, is at a corner."""
    for value in values(properties["values"]["items"], d):
        yield {"times": [0.0, 1.0], "values": [value, 0.5 if np.isscalar(value) else value]}
    for time in corners(properties["times"]["items"]):
        yield {"times": [0.0, time], "values": [1.0, 0.5]}


def corners(node) -> list:
    """Return the ends of a range, what lies next to them on either side, and where arithmetic changes."""
    low = node.get("minimum", node.get("exclusiveMinimum", -math.inf))
    high = node.get("maximum", node.get("exclusiveMaximum", math.inf))
    if node["type"] == "integer":
        found = [low - 1, low, low + 1, high - 1, high, high + 1, *(n for n in (0, 1, 2) if low <= n <= high)]
        return list(dict.fromkeys(found))
    around = [float(end + step * math.ulp(end)) for end in (low, high) if math.isfinite(end) for step in (-1, 0, 1)]
    inner = [sign * size for size in INNER for sign in (1, -1)]
    found = [*around, *(x for x in inner if low <= x <= high)]
    return list({repr(x): x for x in found}.values())  # −0 is not 0 here


def with_value(base: Base, key: Key, value) -> dict:
    """Return the tables of a case in which one key has a value."""
    data = base.data(key.variant) if key.variant else base.data()
    node, table = SCHEMA, data
    for part in key.path[:-1]:
        node = table_below(node, part, key.variant)
        if part == 0:
            table = table[0]
        elif part == "initial":  # of its kind, wherever it stands
            table[part] = base.data(key.variant)[part]
            table = table[part]
        else:
            table = table.setdefault(part, [minimal(node["items"])] if "items" in node else minimal(node))
    for given, others in alternatives(SCHEMA, key.path):
        owner = data
        for part in given[:-1]:
            owner = owner[part]
        for other in others:
            owner.pop(other, None)
    table[key.path[-1]] = value
    return data


def table_below(node, part, variant):
    """Return the schema of a table, or of the list of tables, below another; of the initial density of one kind."""
    node = resolved(node)
    node = resolved(node["items"] if part == 0 else node["properties"][part])
    kinds = [resolved(branch) for branch in node.get("oneOf", ()) if "properties" in resolved(branch)]
    return next((kind for kind in kinds if kind["properties"]["kind"]["const"] == variant), node)


def alternatives(node, path):
    """Yield (path of a key, the keys that it excludes) along a path."""
    for i, part in enumerate(path):
        node = resolved(node)
        names = [name for branch in node.get("oneOf", ()) for name in branch.get("required", ())]
        if "discriminator" in node:
            return
        if part in names:
            yield path[: i + 1], [name for name in names if name != part]
        if i + 1 == len(path):
            return
        node = node["items"] if part == 0 else node["properties"][part]


def minimal(node):
    """Return a table with nothing but its required keys."""
    node = resolved(node)
    return {name: plain(node["properties"][name]) for name in node.get("required", ())}


def plain(node):
    """Return an ordinary value of a key."""
    node = resolved(node)
    if "const" in node:
        return node["const"]
    if "enum" in node:
        return node["enum"][0]
    if node.get("type") == "array":
        items = resolved(node["items"])
        return [minimal(items) if "properties" in items else plain(items)]
    return 1 if node.get("type") == "integer" else 1.0
