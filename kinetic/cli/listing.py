"""Commands that show what is there: `info`, `cases`, `schema`.

Responsible for nothing but asking and printing.
"""

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from kinetic.cli.terminal import say, show_json, show_table, width
from kinetic.errors import CaseError
from kinetic.library import bundled, groups, nearest, purpose

INFO_HELP = """Show what is in a record.

Its case, status, versions, sizes, last row and claims.

\b
  kinetic info output/softmax_sphere.h5
  kinetic info output/softmax_sphere.h5 --json | jq .last_row
"""

CASES_HELP = """List the bundled cases, or copy one to start from.

They stand in groups, those to start with first; beside each about how much processor time its run takes.

\b
  kinetic cases
  kinetic cases --copy softmax_sphere
"""

SCHEMA_HELP = """Print the JSON Schema of the case file, or of the sweep file.

It holds every key with its meaning, range and default; editors use it to complete and check case files.

\b
  kinetic schema > kinetic.schema.json
  kinetic schema --sweep > sweep.schema.json
"""


def info(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="A record, such as output/softmax_sphere.h5.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Show what is in a record."""
    from kinetic.assembly import load
    from kinetic.report import claims_table, record_json, summary

    found = load(record)
    if json:
        show_json(record_json(found))
        return
    for line in summary(found):
        typer.echo(line)
    if found.claims:
        show_table(claims_table(found.claims))


def cases(
    copy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Write NAME.toml into the current folder; an existing file is kept."),
    ] = None,
) -> None:
    """List the bundled cases, or copy one."""
    if copy is None:
        _list_cases()
    else:
        _copy_case(copy)


def _list_cases() -> None:
    """Print name, duration and title of every case by groups; folded on a terminal, one line each elsewhere."""
    found = groups()
    column = max(len(name) for group in found for name in group.durations) + 2
    columns = width()
    for i, group in enumerate(found):
        typer.echo(("\n" if i else "") + group.name)
        for name, duration in group.durations.items():
            head = f"  {name:<{column}}{duration:>6}  "
            room = None if columns is None else max(columns - len(head), 12)
            first, *rest = [purpose(name)] if room is None else textwrap.wrap(purpose(name), room)
            typer.echo(head + first)
            for line in rest:
                typer.echo(" " * len(head) + line)


def _copy_case(name: str) -> None:
    """Write a bundled case into the current folder."""
    library = bundled()
    if name not in library:
        raise CaseError(f"no bundled case {name!r}{nearest(name, library)}; kinetic cases lists them")
    copy_here(library[name], "run it with kinetic run {}")


def copy_here(source: Path, advice: str) -> None:
    """Write a bundled file into the current folder, and say what to do with it.

    Raises
    ------
    CaseError
        If a file of that name is there.
    """
    target = Path(source.name)
    try:
        with target.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError:
        raise CaseError(f"{target}: exists already; rename or remove it, or copy into another folder") from None
    say("written", f"{target}; {advice.format(target)}")


def schema(
    sweep: Annotated[bool, typer.Option("--sweep", help="That of the sweep file instead.")] = False,
) -> None:
    """Print the JSON Schema of the case file or of the sweep file."""
    if sweep:
        from kinetic.sweep.json_schema import schema as sweep_schema

        show_json(sweep_schema())
        return
    from kinetic.case import schema as case_schema

    show_json(case_schema())
