"""The command `explain`: what a claim, an observable or a key of a case means.

Responsible for nothing but asking and printing.
"""

import textwrap
from typing import Annotated

import typer

from kinetic.cli.terminal import width

EXPLAIN_HELP = """Say what a claim, an observable or a key of a case means.

A claim: what it says, which numbers it compares, what it needs, status, source, the control that it must fail, and
the bundled cases that name it. Without a name, the list.

\b
  kinetic explain
  kinetic explain dirac_rate
  kinetic explain order_deficit
  kinetic explain attention.beta
"""
_HEADINGS = {"claim": "Claims", "law": "Laws of ensembles", "observable": "Observables", "key": "Keys of a case file"}
_INDENT = 10


def explain(
    name: Annotated[
        str | None, typer.Argument(metavar="[CLAIM | OBSERVABLE | KEY]", help="A name, such as dirac_rate.")
    ] = None,
) -> None:
    """Say what a name means."""
    if name is None:
        _list()
        return
    from kinetic.glossary import entry

    found = entry(name)
    typer.echo(f"{found.name} ({found.kind})")
    for label, text in found.facts:
        typer.echo()
        for i, line in enumerate(_folded(text)):
            typer.echo(f"{label if i == 0 else '':<{_INDENT}}{line}".rstrip())


def _list() -> None:
    """Print every name with its line, in groups, one line each."""
    from kinetic.glossary import entries

    known = list(entries().values())
    for i, (kind, heading) in enumerate(_HEADINGS.items()):
        group = [entry for entry in known if entry.kind == kind]
        column = max(len(entry.name) for entry in group) + 2
        typer.echo(("\n" if i else "") + heading)
        for entry in group:
            room = max((width() or 80) - column - 2, 30)
            typer.echo(f"  {entry.name:<{column}}{textwrap.shorten(entry.line, room, placeholder=' …')}")


def _folded(text: str) -> list[str]:
    """Fold paragraphs to the terminal; lines that are indented, formulae and tables, stay as they are."""
    lines = []
    room = max((width() or 80) - _INDENT, 40)
    for paragraph in text.split("\n\n"):
        plain = not any(line.startswith((" ", "-")) for line in paragraph.splitlines())
        lines += textwrap.wrap(paragraph, room, break_long_words=False) if plain else paragraph.splitlines()
        lines.append("")
    return lines[:-1]
