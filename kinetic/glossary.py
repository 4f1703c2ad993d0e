"""What every claim, observable and key of a case means, as entries that the terminal shows and the guide lists.

Responsible for gathering what claims, observables and the schema of cases say of themselves. It states nothing else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import getdoc
from typing import Any

from kinetic.case import schema
from kinetic.case.writing import value_text
from kinetic.claims import CLAIMS, Claim
from kinetic.claims.controls import CONTROLS
from kinetic.claims.ensembles import LAWS, Law
from kinetic.claims.meanings import MEANINGS
from kinetic.errors import CaseError
from kinetic.library import bundled
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS, LABEL_DEFINITIONS, RADIUS_DEFINITIONS, Definition

_ALLOWED = " Allowed: "
_MANY = 12  # cases of a claim, beyond which not all are named
_RELATIONS = {"=": "measured = predicted", ">=": "measured ≥ predicted", "<=": "measured ≤ predicted"}


@dataclass(frozen=True)
class Entry:
    """One thing that can be explained.

    Parameters
    ----------
    name : str
    kind : str
        "claim", "law", "observable" or "key".
    line : str
        What it is, in one line.
    facts : tuple of (str, str)
        Labels and texts, in the order in which they are to be read.
    """

    name: str
    kind: str
    line: str
    facts: tuple[tuple[str, str], ...]


def entries() -> dict[str, Entry]:
    """Return every entry by name: claims, laws of ensembles, observables, then keys of case files."""
    cases = {name: path.read_text(encoding="utf-8") for name, path in bundled().items()}
    found = [_of_claim(claim, cases) for claim in CLAIMS.values()]
    found += [_of_law(law) for law in LAWS.values()]
    observables = (*DEFINITIONS, *RADIUS_DEFINITIONS, *LABEL_DEFINITIONS, *ENTROPY_DEFINITIONS)
    found += [_of_observable(definition) for definition in observables]
    found += keys_of(schema())
    return {entry.name: entry for entry in found}


def entry(name: str) -> Entry:
    """Return the entry of a name.

    Raises
    ------
    CaseError
        If there is none; with the nearest one.
    """
    known = entries()
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise CaseError(f"{name}: no such claim, observable or key{hint}; kinetic explain lists them")
    return known[name]


def _of_claim(claim: Claim, cases: Mapping[str, str]) -> Entry:
    bound = f"{claim.tolerance:g}, {'absolute' if claim.absolute else 'relative to the predicted number'}"
    named = re.compile(rf'^name = "{claim.name}"', re.MULTILINE)
    shown = _some([name for name, text in cases.items() if named.search(text)])
    summary = getattr(claim.founded, "summary", "")
    law = _text(claim.founded) if summary else ""
    facts = [
        ("says", summary),
        ("numbers", MEANINGS[claim.name]),
        ("verdict", f"{_RELATIONS[claim.relation]}, tolerance {bound}"),
        ("needs", f"{CONTROLS[claim.name].needs}{_covers(claim)}"),
        ("status", claim.founded.status),
        ("source", claim.founded.source),
        ("law", law),
        ("how", _text(claim.examine)),
        *_control(claim.name),
        ("cases", shown),
    ]
    return Entry(claim.name, "claim", MEANINGS[claim.name], tuple((label, text) for label, text in facts if text))


def _text(thing: object) -> str:
    """Return a docstring up to its first section."""
    return re.split(r"\n\n[A-Z][A-Za-z ]+\n-{3,}", getdoc(thing) or "")[0]


def _some(names: list[str]) -> str:
    """Return names in a row, of many the first few and how many others there are."""
    shown = names if len(names) <= _MANY else names[: _MANY // 2]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} others" if len(shown) < len(names) else "")


def _covers(claim: Claim) -> str:
    """Say which further kinds of run the law covers."""
    also = {"noise": claim.noisy, "common noise": claim.stirred, "weights that change": claim.depth}
    also |= {"labels": claim.labelled == "also", "a frozen field": claim.frozen == "also"}
    kinds = [kind for kind, covered in also.items() if covered]
    return f" (also with {', '.join(kinds)})" if kinds else ""


def _control(name: str) -> tuple[tuple[str, str], ...]:
    """Name what must fail, and the test that holds it."""
    control = CONTROLS[name]
    return ("control", f"must fail: {control.refused}"), ("test", f"tests/{control.test}")


def _of_law(law: Law) -> Entry:
    summary = getattr(law.founded, "summary", "")
    facts = [
        ("says", summary),
        ("numbers", f"{law.statistic} over realisations of {law.of}, in the statistics of a sweep with [ensemble]"),
        ("verdict", "the number lies in the confidence interval of the statistic at all times of the quantity at once"),
        ("needs", CONTROLS[law.name].needs),
        ("status", law.founded.status),
        ("source", law.founded.source),
        ("law", _text(law.founded)),
        ("how", _text(law.predict)),
        *_control(law.name),
    ]
    return Entry(law.name, "law", summary, tuple((label, text) for label, text in facts if text))


def _of_observable(definition: Definition) -> Entry:
    symbol = (("symbol", definition.symbol),) if definition.symbol else ()
    facts = (("is", definition.description), *symbol, ("unit", definition.units))
    return Entry(definition.name, "observable", definition.description, facts)


def keys_of(given: Mapping[str, Any], kind: str = "key") -> Iterator[Entry]:
    """Yield an entry for every key of a schema; what a key means under several kinds of a table stands in one.

    Parameters
    ----------
    given : mapping
        The JSON Schema of a case or of a sweep.
    kind : str
        What the entries are.
    """
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for section, value in given["properties"].items():
        for path, owner, node in _leaves(section, "", value, given["$defs"]):
            if node.get("description"):
                found.setdefault(path, []).append((owner, node))
    for path, variants in found.items():
        yield _of_key(path, kind, variants)


def _of_key(path: str, kind: str, variants: list[tuple[str, Mapping[str, Any]]]) -> Entry:
    owners: dict[str, list[str]] = {}
    for owner, node in variants:
        owners.setdefault(node["description"], []).append(owner)
    meanings = list(owners)
    if len(meanings) > 1:
        text = "\n\n".join(f"kind = {_either(under)}: {meaning}" for meaning, under in owners.items())
        line = (
            ", ".join(owner for owner, _ in variants) if path.endswith(".kind") else meanings[0].partition(_ALLOWED)[0]
        )
        return Entry(path, kind, line, (("is", text),))
    meaning, _, allowed = meanings[0].partition(_ALLOWED)
    facts = [("is", meaning), ("allowed", allowed.removesuffix("."))]
    node = variants[0][1]
    if "default" in node and not isinstance(node["default"], dict):
        facts.append(("default", value_text(node["default"])))
    return Entry(path, kind, meaning, tuple((label, text) for label, text in facts if text))


def _either(kinds: list[str]) -> str:
    return " or ".join(f'"{kind}"' for kind in kinds)


def _leaves(
    path: str, owner: str, node: Mapping[str, Any], defined: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Go through the keys below a node of the schema: sections, lists of tables, the kinds of an initial density."""
    below = [_target(other, defined) for other in (node, node.get("items", {}), *node.get("anyOf", ()))]
    below += [_target(other, defined) for other in (*node.get("oneOf", ()), *node.get("items", {}).get("oneOf", ()))]
    tables = [other for other in below if "properties" in other and "title" in other]  # not a value over time
    if not tables or path.endswith(".initial"):  # whose keys are those of [initial]
        yield path, owner, node
        return
    for table in tables:
        named = table["properties"].get("kind", {}).get("const", owner)
        for key, value in table["properties"].items():
            yield from _leaves(f"{path}.{key}", named, value, defined)


def _target(node: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref", "")
    return defined[reference.rpartition("/")[2]] if reference else node
