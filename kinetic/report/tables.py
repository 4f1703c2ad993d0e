"""Tables of a terminal: claims, and what was observed."""

import textwrap
from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from kinetic.case.show import printable
from kinetic.record import ClaimRow, Record
from kinetic.report.summary import row_times
from kinetic.report.words import SYMBOLS, WIDTH, number, plain_text, prediction

VERDICT_STYLES = {"pass": "green", "fail": "bold red", "not applicable": "yellow"}


def empty_table(title: str) -> Table:
    """Empty table that leaves as much as possible of eighty columns to its cells."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        caption_style="none",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
        show_edge=False,
    )


def claims_table(rows: Sequence[ClaimRow], meanings: Mapping[str, str] | None = None) -> Table:
    """Make the table that holds a run against theory.

    Parameters
    ----------
    rows : sequence of ClaimRow
        One for each line.
    meanings : mapping of str to str, optional
        What the two numbers of a claim are, by its name.

    Returns
    -------
    rich.table.Table
        Columns claim, predicted, measured, tolerance (`rel`: a share of the predicted number, `abs`: not), verdict,
        status, source. A source is a number; below the table stand the sources, after the meanings, and one line for
        each claim that has a reason or a note.
    """
    sources = list(dict.fromkeys(row.source for row in rows))
    table = empty_table("Claims")
    table.add_column("claim", overflow="fold")
    for heading in ("predicted", "measured", "tolerance"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_column("status", no_wrap=True)
    table.add_column("source", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            plain_text(row.name),
            prediction(row),
            number(row.measured),
            row.admitted(),
            Text(row.verdict.replace(" ", "\n"), style=VERDICT_STYLES[row.verdict]),
            row.status,
            Text(f"[{sources.index(row.source) + 1}]"),
        )
    table.caption = _footnotes(rows, sources, meanings or {})
    return table


def _footnotes(rows: Sequence[ClaimRow], sources: Sequence[str], meanings: Mapping[str, str]) -> Text | str:
    """One line for each meaning, each claim with a reason or a note, and each source; what an empty table means."""
    if not rows:
        return "no claim was examined"
    told = [plain_text(f"{row.name}: {meanings[row.name]}") for row in rows if row.name in meanings]
    reasons = [_reason(row) for row in rows if row.verdict != "pass" or row.reason]
    return Text("\n").join([*told, *reasons, *(plain_text(f"[{i}] {source}") for i, source in enumerate(sources, 1))])


def _reason(row: ClaimRow) -> Text:
    """Name, verdict and reason of one claim."""
    line = plain_text(f"{row.name}: ")
    line.append(" ")
    line.append(row.verdict, style=VERDICT_STYLES[row.verdict])
    return line.append_text(plain_text(f", {row.reason}")) if row.reason else line


def measured_table(record: Record) -> Table:
    """Make the table of what was observed at the first and at the last row.

    Parameters
    ----------
    record : Record
        Of any run; observables that it lacks are left out.

    Returns
    -------
    rich.table.Table
        Columns observable, symbol, unit, value at the first time, value at the last time, definition. Unit
        and definition are those that stand in the record.
    """
    table = empty_table("Observables")
    for heading in ("observable", "symbol", "unit"):
        table.add_column(heading, no_wrap=True)
    times = row_times(record)
    if len(times) == 0:
        table.caption = "nothing was observed yet"
        return table
    for time in (times[0], times[-1]):
        table.add_column(f"t = {number(float(time))}", justify="right", no_wrap=True)
    table.add_column("definition", overflow="fold")
    for name, symbol in SYMBOLS.items():
        if name in record.observables and record.observables[name].ndim == 1:
            table.add_row(name, symbol, *_measured(record, name))
    return table


def _measured(record: Record, name: str) -> tuple[Text, str, str, Text]:
    """Give unit, first and last value, and the first clause of the definition of an observable."""
    values, variable = record.observables[name], record.variable(name)
    definition = variable.description.split(";")[0]
    return plain_text(variable.units), number(float(values[0])), number(float(values[-1])), plain_text(definition)


def considered(others: Mapping[str, Sequence[str]]) -> list[str]:
    """Write which laws were considered for a run that none of them is about, and why, folded to eighty columns."""
    if not others:
        return []
    told = [f"{', '.join(names)}: {reason}" for reason, names in others.items()]
    lines = [line for text in told for line in textwrap.wrap(printable(text), WIDTH, subsequent_indent="  ")]
    return ["no law of motion is about this kind of run; considered were:", *lines]
