"""The page of the theory: every claim and every law of ensembles, as `kinetic explain` tells them."""

import sys
from inspect import getdoc

from kinetic.claims import CLAIMS
from kinetic.cli.reference.prose import prose
from kinetic.glossary import Entry, entries

TITLE = "Theory: every claim"

_INTRODUCTION = """\
What a run is held against. Each claim has two numbers, one that theory predicts and one that is measured on the record;
`needs` says of which runs the law speaks. A *theorem* is proved in print, *derived* is derived here and checked
numerically, *heuristic* is an argument about orders of magnitude, *computed* a number that a computation found. The
*control* is a record that must fail, held by the test that is named: a claim that nothing could refute says nothing.

`kinetic explain NAME` prints one of these entries, `kinetic compare RECORD` makes those that apply. Conventions stand
in `kinetic guide numerics`. This page is made from the code.
"""
_LAWS = """\
## Laws of ensembles

Of the statistics of many realisations of common noise: `kinetic guide common_noise`.
"""


def page() -> str:
    """Return the Markdown below the title."""
    known = entries()
    parts = [_INTRODUCTION]
    module = ""
    for name, claim in CLAIMS.items():
        if claim.examine.__module__ != module:
            module = claim.examine.__module__
            parts.append(f"## {_subject(module)}\n")
        parts.append(_section(known[name]))
    parts.append(_LAWS)
    parts += [_section(entry) for entry in known.values() if entry.kind == "law"]
    return "\n".join(parts)


def _subject(module: str) -> str:
    """Return the subject of the claims of a module, from the first sentence of its docstring."""
    first = " ".join((getdoc(sys.modules[module]) or module).partition("\n\n")[0].split())
    subject = first.removeprefix("Claims about ").rstrip(".").partition(":")[0]
    return prose(subject[0].upper() + subject[1:])


def _section(entry: Entry) -> str:
    """Return the entry: one list, in which texts of several paragraphs are indented."""
    lines = [f"### `{entry.name}`", ""]
    for label, text in entry.facts:
        shown = f"`{text}`" if label == "test" else prose(text)
        first, *rest = shown.split("\n")
        lines.append(f"- *{label}*: {first}")
        lines += [*(f"    {line}".rstrip() for line in rest), *([""] if rest else [])]
    return "\n".join([*lines, ""])
