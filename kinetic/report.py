"""What a run found, as tables and lines for a terminal, and as data for JSON.

Responsible for how numbers, verdicts and records are shown to people: six significant digits, eighty columns,
nothing in a record's text taken for markup or for commands to the terminal. Refuses to know how a number was
computed and what a claim means; it prints nothing itself.
"""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from kinetic.case.show import printable
from kinetic.case.text import apply_overrides, parse_toml
from kinetic.errors import CaseError
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS
from kinetic.record import ClaimRow, Record
from kinetic.types import Array

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

SYMBOLS = {given.name: given.symbol for given in (*DEFINITIONS, *ENTROPY_DEFINITIONS) if given.symbol}
"""Observables that the table shows, in this order, and how papers write them."""

WIDTH = 80
LABEL = 11
VERDICT_STYLES = {"pass": "green", "fail": "bold red", "not applicable": "yellow"}
IMPLIED_DIMENSION = {"circle": 2, "sphere": 3}
HANDOVER = "handover_time"
"""The attribute of a record's densities that says when another chart took over from harmonics."""

CHART_VARIABLES = ("degree", "elements", "element_order")


def number(value: float) -> str:
    """Write a number with six significant digits; `-` where there is none (NaN).

    Parameters
    ----------
    value : float
        Any, infinities included.

    Returns
    -------
    str
        At most 12 characters.
    """
    return "-" if math.isnan(value) else f"{value:.6g}"


def prediction(row: ClaimRow) -> str:
    """Write what a claim predicts: a number, or an inequality such as `>= 0.01`."""
    return (
        number(row.predicted)
        if row.relation == "=" or math.isnan(row.predicted)
        else f"{row.relation} {number(row.predicted)}"
    )


def _text(content: str, style: str = "") -> Text:
    """Text of a record as it stands: neither markup nor an escape sequence in it has any effect."""
    return Text(printable(" ".join(content.split())), style=style)


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
            _text(row.name),
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
    told = [_text(f"{row.name}: {meanings[row.name]}") for row in rows if row.name in meanings]
    reasons = [_reason(row) for row in rows if row.verdict != "pass" or row.reason]
    return Text("\n").join([*told, *reasons, *(_text(f"[{i}] {source}") for i, source in enumerate(sources, 1))])


def _reason(row: ClaimRow) -> Text:
    """Name, verdict and reason of one claim."""
    line = _text(f"{row.name}: ")
    line.append(" ")
    line.append(row.verdict, style=VERDICT_STYLES[row.verdict])
    return line.append_text(_text(f", {row.reason}")) if row.reason else line


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
    times = _row_times(record)
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


def _row_times(record: Record) -> Array:
    """Give the times of the rows, none where nothing was observed."""
    return record.observables.get("time", np.zeros(0))


def _measured(record: Record, name: str) -> tuple[Text, str, str, Text]:
    """Give unit, first and last value, and the first clause of the definition of an observable."""
    values, variable = record.observables[name], record.variable(name)
    definition = variable.description.split(";")[0]
    return _text(variable.units), number(float(values[0])), number(float(values[-1])), _text(definition)


def summary(record: Record) -> list[str]:
    """Describe a record in lines of the form `label  text`.

    Parameters
    ----------
    record : Record
        Of any run, finished or not.

    Returns
    -------
    list of str
        Printable text, folded to eighty columns: title, file, status, equation, space, chart, resolution,
        rows, snapshots, time spent, versions, overrides, and the last row. Read from the case text with its
        overrides; a case text that cannot be parsed leaves the lines out that would come from it.
    """
    case = _case(record)
    lines = {
        "case": str(case.get("title", "(the case text cannot be read)")),
        "record": str(record.path),
        "status": ": ".join(filter(None, (record.status, record.message))),
        "equation": _equation(case),
        "space": _space(case),
        "chart": _chart(record, case),
        "rows": _count(_row_times(record)),
        "snapshots": _count(record.density_times),
        "overrides": ", ".join(record.overrides),
        "created": f"{record.created}, {number(record.wall_seconds)} s of computing",
        "versions": _versions(record),
        "last row": _last_row(record),
        "clusters": clusters_in_words(record),
    }
    return [line for label, text in lines.items() if text for line in _folded(label, text)]


def _folded(label: str, text: str) -> list[str]:
    """Fold a text to eighty columns, where its words allow; it hangs to the right of the label."""
    return textwrap.wrap(
        printable(" ".join(text.split())),
        WIDTH,
        initial_indent=label.ljust(LABEL),
        subsequent_indent=" " * LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _case(record: Record) -> dict[str, Any]:
    """Tables of the case with its overrides; empty where the text is no TOML."""
    name = record.case_name
    try:
        return apply_overrides(parse_toml(record.case_text, name), record.overrides, name)
    except CaseError:
        return {}


def _section(case: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One table of the case; empty where there is none."""
    section = case.get(name)
    return section if isinstance(section, dict) else {}


def _equation(case: Mapping[str, Any]) -> str:
    """Write the equation in one line."""
    attention, noise = _section(case, "attention"), _section(case, "noise").get("diffusion", 0.0)
    if not attention:
        return ""
    drift = "softmax" if attention.get("normalization") == "softmax" else "unnormalized"
    drift += " attention to the initial density" if attention.get("frozen") else " attention"
    scheme = _section(case, "layer_norm").get("scheme", "post")
    perceptron = _section(case, "perceptron")
    beside = f", perceptron of {perceptron.get('activation')} neurons" if perceptron else ""
    stirring = _section(case, "common_noise").get("kind")
    beside += f", common noise: {stirring}" if stirring else ""
    norm = "" if scheme == "post" else f", layer norm {scheme}"
    return f"∂ₜμ + div(μX) = {f'{noise} Δμ' if noise else '0'}, X: {drift}, {_heads(attention)}{beside}{norm}"


def _heads(attention: Mapping[str, Any]) -> str:
    """Temperature of the one head, or of each of several."""
    heads, name = attention.get("heads"), attention.get("kernel", "exponential")
    kernel = "" if name == "exponential" else f"{name} kernel, "
    if not isinstance(heads, list):
        return f"{kernel}β = {attention.get('beta')}" if "beta" in attention else kernel.removesuffix(", ")
    betas = ", ".join(str(head.get("beta")) for head in heads[:4] if isinstance(head, dict) and "beta" in head)
    temperatures = f", β = {betas}{', ...' if len(heads) > 4 else ''}" if betas else ""
    return f"{kernel}{len(heads)} head{'s' if len(heads) != 1 else ''}{temperatures}"


def _space(case: Mapping[str, Any]) -> str:
    """Kind of space and its dimension."""
    space = _section(case, "space")
    kind = space.get("kind")
    dimension = IMPLIED_DIMENSION.get(str(kind), space.get("dimension"))
    if kind is None or not isinstance(dimension, int):
        return str(kind or "")
    return f"{kind}, S^{dimension - 1} in dimension {dimension}"


def _chart(record: Record, case: Mapping[str, Any]) -> str:
    """Chart and resolution: the degrees that were in use, or the elements."""
    attributes = record.density_attributes
    chart = attributes.get("chart", _section(case, "space").get("chart", "harmonic"))
    degrees = np.ravel(record.density_arrays.get("degree", np.zeros(0)))
    degrees = degrees[np.isfinite(degrees) & (degrees >= 0)]  # −1: not of harmonics
    parts = [str(chart)]
    if len(degrees) > 0:
        first, last = int(degrees[0]), int(degrees[-1])
        parts.append(f"degree {last}" if first == last else f"degree {first} to {last}")
    parts += [f"{name.replace('_', ' ')} {attributes[name]}" for name in CHART_VARIABLES if name in attributes]
    told = handed_over(record)
    return ", ".join([*parts, told] if told else parts)


def handed_over(record: Record) -> str:
    """Say until when a run of chart = "auto" was in harmonics; nothing of other runs."""
    attributes = record.density_attributes
    if attributes.get("chart") != "auto":
        return ""
    time = attributes.get(HANDOVER)
    if time is None:
        return "in harmonics to the end"
    if time == 0:
        return "in the Mercator chart from the start"
    return f"in harmonics until t = {number(float(time))}, then in the Mercator chart"


_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_GATHERED = 0.9  # of the mass: from there on what attracts has become clusters
_MOST_MASSES, _MOST_MERGERS = 6, 3


def clusters_in_words(record: Record) -> str:
    """Say how many clusters there are at the last row, and how heavy they are; nothing where they are not told."""
    masses = record.clusters.get("mass", np.zeros((0, 0)))
    if masses.size == 0:
        return ""
    last = masses[-1][np.isfinite(masses[-1])]
    if last.size == 0:
        return ""
    count = _WORDS[last.size] if last.size < len(_WORDS) else str(last.size)
    shown = ", ".join(f"{float(mass):.4g}" for mass in last[:_MOST_MASSES]) + (
        ", …" if last.size > _MOST_MASSES else ""
    )
    several = "es" if last.size > 1 else ""
    if float(last.sum()) >= _GATHERED:
        return f"{count} cluster{'s' if last.size > 1 else ''}, mass{several} {shown}{_mergers(record)}"
    plural = "points attract, masses" if last.size > 1 else "point attracts, mass"
    return f"{count} {plural} near {'them' if last.size > 1 else 'it'} {shown}"


def _mergers(record: Record) -> str:
    """Say since when clusters are followed, and when two of them have merged; nothing where none is followed."""
    found = record.clusters
    since = np.flatnonzero(found.get("followed", np.zeros(0)) >= _GATHERED)
    if since.size == 0:
        return ""
    times = [number(float(time)) for time in found.get("merger_time", np.zeros(0))]
    shown = ", ".join(times[-_MOST_MERGERS:])
    many = f"mergers at t = {'…, ' if len(times) > _MOST_MERGERS else ''}{shown}"
    told = many if len(times) > 1 else f"merger at t = {shown}" if times else "no merger"
    return f"; followed from t = {number(float(found['time'][since[0]]))}: {told}"


def _count(times: Array) -> str:
    """How many times there are, and from when to when."""
    if len(times) == 0:
        return "0"
    return f"{len(times)}, t = {number(float(times[0]))} to {number(float(times[-1]))}"


def _versions(record: Record) -> str:
    """Versions of kinetic and of what it stands on."""
    return ", ".join(f"{name} {v}" for name, v in {"kinetic": record.kinetic_version, **record.libraries}.items())


def _last_row(record: Record) -> str:
    """Write the observables of the table at the last time, without their definitions."""
    row = _row(record, -1)
    shown = {"t": row.get("time")} | {name: row.get(name) for name in SYMBOLS}
    return ", ".join(f"{name} = {number(value)}" for name, value in shown.items() if isinstance(value, float))


def _row(record: Record, index: int) -> dict[str, Any]:
    """One row of observables as Python numbers and lists; empty where there is none."""
    if len(_row_times(record)) == 0:
        return {}
    return {name: values[index].tolist() for name, values in record.observables.items()}


def considered(others: Mapping[str, Sequence[str]]) -> list[str]:
    """Write which laws were considered for a run that none of them is about, and why, folded to eighty columns."""
    if not others:
        return []
    told = [f"{', '.join(names)}: {reason}" for reason, names in others.items()]
    lines = [line for text in told for line in textwrap.wrap(printable(text), WIDTH, subsequent_indent="  ")]
    return ["no law of motion is about this kind of run; considered were:", *lines]


def claims_json(rows: Iterable[ClaimRow], meanings: Mapping[str, str] | None = None) -> list[Json]:
    """Turn claims into data for `json.dumps`.

    Parameters
    ----------
    rows : iterable of ClaimRow
        Any.
    meanings : mapping of str to str, optional
        What the two numbers of a claim are, by its name: a further key `says`.

    Returns
    -------
    list of dict
        One object a claim, its keys the columns of the record. JSON has no NaN and no infinity: they become
        `null`, `"inf"` and `"-inf"`.
    """
    told = meanings or {}
    return [_json({**vars(row), **({"says": told[row.name]} if row.name in told else {})}) for row in rows]


def record_json(record: Record) -> dict[str, Json]:
    """Turn what `summary` tells, the last row and the claims into data for `json.dumps`.

    Parameters
    ----------
    record : Record
        Any.

    Returns
    -------
    dict
        Keys `path`, `case_name`, `title`, `status`, `message`, `created`, `wall_seconds`, `kinetic_version`,
        `libraries`, `overrides`, `density`, `rows`, `snapshots`, `last_row`, `claims`. Numbers as in
        `claims_json`.
    """
    manifest = {
        "path": str(record.path),
        "case_name": record.case_name,
        "title": str(_case(record).get("title", "")),
        "status": record.status,
        "message": record.message,
        "created": record.created,
        "wall_seconds": record.wall_seconds,
        "kinetic_version": record.kinetic_version,
        "libraries": record.libraries,
        "overrides": record.overrides,
        "density": record.density_attributes,
        "rows": len(_row_times(record)),
        "snapshots": len(record.density_times),
        "last_row": _row(record, -1),
    }
    return {**{name: _json(value) for name, value in manifest.items()}, "claims": claims_json(record.claims)}


def _json(value: Any) -> Json:
    """Turn mappings, sequences, texts and numbers into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(name): _json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_json(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value  # type: ignore[no-any-return]
