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
from kinetic.claims import CLAIMS, Claim
from kinetic.claims.controls import CONTROLS
from kinetic.claims.ensembles import LAWS, Law
from kinetic.claims.meanings import MEANINGS
from kinetic.errors import CaseError
from kinetic.library import bundled
from kinetic.observables import DEFINITIONS, LABEL_DEFINITIONS, RADIUS_DEFINITIONS, Definition

_RELATIONS = {"=": "measured = predicted", ">=": "measured ≥ predicted", "<=": "measured ≤ predicted"}


@dataclass(frozen=True)
class Entry:
    """One thing that can be explained.

    Parameters
    ----------
    name : str
    kind : {"claim", "law", "observable", "key"}
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
    found += [_of_observable(definition) for definition in (*DEFINITIONS, *RADIUS_DEFINITIONS, *LABEL_DEFINITIONS)]
    found += _of_keys(schema())
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
    shown = ", ".join(name for name, text in cases.items() if named.search(text))
    summary = getattr(claim.founded, "summary", "")
    law = (getdoc(claim.founded) or "").partition("\n\nParameters\n")[0] if summary else ""
    facts = [
        ("says", summary),
        ("numbers", MEANINGS[claim.name]),
        ("verdict", f"{_RELATIONS[claim.relation]}, tolerance {bound}"),
        ("needs", f"{CONTROLS[claim.name].needs}{_covers(claim)}"),
        ("status", claim.founded.status),
        ("source", claim.founded.source),
        ("law", law),
        ("how", getdoc(claim.examine) or ""),
        *_control(claim.name),
        ("cases", shown),
    ]
    return Entry(claim.name, "claim", MEANINGS[claim.name], tuple((label, text) for label, text in facts if text))


def _covers(claim: Claim) -> str:
    """Say which further kinds of run the law covers."""
    also = {"noise": claim.noisy, "common noise": claim.stirred, "weights that change": claim.depth}
    kinds = [kind for kind, covered in (also | {"labels": claim.labelled == "also"}).items() if covered]
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
        ("law", (getdoc(law.founded) or "").partition("\n\nParameters\n")[0]),
        ("how", getdoc(law.predict) or ""),
        *_control(law.name),
    ]
    return Entry(law.name, "law", summary, tuple((label, text) for label, text in facts if text))


def _of_observable(definition: Definition) -> Entry:
    symbol = (("symbol", definition.symbol),) if definition.symbol else ()
    facts = (("is", definition.description), *symbol, ("unit", definition.units))
    return Entry(definition.name, "observable", definition.description, facts)


def _of_keys(given: Mapping[str, Any]) -> Iterator[Entry]:
    for section, value in given["properties"].items():
        for path, found in _leaves(section, value, given["$defs"]):
            meaning = found.get("description", "")
            facts = [("is", meaning)]
            if "default" in found:
                facts.append(("default", str(found["default"])))
            if meaning:
                yield Entry(path, "key", meaning.partition(" Allowed: ")[0], tuple(facts))


def _leaves(path: str, node: Mapping[str, Any], defined: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Go through the keys below a node of the schema: sections, lists of tables, the kinds of an initial density."""
    below = [_target(other, defined) for other in (node, node.get("items", {}), *node.get("anyOf", ()))]
    below += [_target(other, defined) for other in (*node.get("oneOf", ()), *node.get("items", {}).get("oneOf", ()))]
    tables = [other for other in below if "properties" in other and "title" in other]  # not a value over time
    if not tables:
        yield path, node
    for table in tables:
        for key, value in table["properties"].items():
            yield from _leaves(f"{path}.{key}", value, defined)


def _target(node: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref", "")
    return defined[reference.rpartition("/")[2]] if reference else node
