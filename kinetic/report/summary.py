"""A record in some lines: what was run, how it ended, its last row and its clusters."""

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from kinetic.case import IMPLIED_DIMENSION
from kinetic.case.show import printable
from kinetic.case.text import apply_overrides, parse_toml
from kinetic.errors import CaseError
from kinetic.record import HANDOVER, Record
from kinetic.report.clusters import clusters_in_words
from kinetic.report.words import SYMBOLS, WIDTH, number
from kinetic.types import Array

LABEL = 11

CHART_VARIABLES = ("degree", "elements", "element_order")


def row_times(record: Record) -> Array:
    """Give the times of the rows, none where nothing was observed."""
    return record.observables.get("time", np.zeros(0))


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
    case = case_tables(record)
    lines = {
        "case": str(case.get("title", "(the case text cannot be read)")),
        "record": str(record.path),
        "status": ": ".join(filter(None, (record.status, record.message))),
        "equation": _equation(case),
        "space": _space(case),
        "chart": _chart(record, case),
        "rows": _count(row_times(record)),
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


def case_tables(record: Record) -> dict[str, Any]:
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
    row = row_of(record, -1)
    shown = {"t": row.get("time")} | {name: row.get(name) for name in SYMBOLS}
    return ", ".join(f"{name} = {number(value)}" for name, value in shown.items() if isinstance(value, float))


def row_of(record: Record, index: int) -> dict[str, Any]:
    """One row of observables as Python numbers and lists; empty where there is none."""
    if len(row_times(record)) == 0:
        return {}
    return {name: values[index].tolist() for name, values in record.observables.items()}
