"""What a run found, in one screen: at most thirty lines of at most eighty columns.

Responsible for choosing and shortening. Refuses to define anything: definitions and sources stand in the tables of
`report`.
"""

import math
import textwrap
from collections.abc import Iterable, Sequence

from kinetic.case.show import printable
from kinetic.record import ClaimRow, Record
from kinetic.report import LABEL, SYMBOLS, WIDTH, clusters_in_words, handed_over, number, prediction

LINES = 30
LONGEST_TITLE = 2  # lines
MATTERS = (
    "order_parameter",
    "order_deficit",
    "energy",
    "energy_gap",
    "free_energy",
    "dissipation",
    "entropy",
    "w2_to_dirac",
    "spectral_tail",
)
"""Observables that are shown, where the record has numbers for them: what a claim does not repeat."""

_INDENT = "  "


def brief(record: Record, title: str) -> list[str]:
    """Describe the outcome of a run.

    Parameters
    ----------
    record : Record
        Of a run that has ended.
    title : str
        What it shows.

    Returns
    -------
    list of str
        At most `LINES` printable lines of at most `WIDTH` columns: name and title, first and last value of what
        matters, one line for each claim, the reasons of those that failed or do not apply, each reason once, where the
        record is, and the time it took. What finds no room is counted, and named where it is told in full.
    """
    head = _folded(f"{record.case_name}: {title}", LONGEST_TITLE)
    told = {"chart": handed_over(record), "clusters": clusters_in_words(record)}
    rows = [*_observables(record), *(line for label, text in told.items() for line in _labelled(label, text))]
    tail = [f"record     {printable(str(record.path))}", f"wall time  {record.wall_seconds:.3g} s"]
    room = LINES - len(head) - len(rows) - len(tail)
    return [*head, *rows, *_claims(record.claims, room, record), *tail]


def _labelled(label: str, text: str) -> list[str]:
    """Fold a text to at most two lines, a label before the first."""
    lines = _folded(text, 2, " " * LABEL)
    return [f"{label:<{LABEL}}{line[LABEL:]}" if i == 0 else line for i, line in enumerate(lines)]


def _folded(text: str, most: int, indent: str = "", rest: str = "") -> list[str]:
    """Fold a text to at most so many lines; what is cut off is marked."""
    return textwrap.wrap(
        printable(" ".join(text.split())),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + rest,
        max_lines=most,
        placeholder=" …",
    )


def _observables(record: Record) -> list[str]:
    """First and last value of what matters."""
    times = record.observables.get("time", ())
    if len(times) == 0:
        return ["nothing was observed"]
    ends = [number(float(times[i])) for i in (0, -1)]
    lines = [f"{'':<26}" + "".join(f"{f't = {end}':>16}" for end in ends)]
    for name in MATTERS:
        values = record.observables.get(name)
        if values is None or values.ndim > 1 or _repeats(record, name):
            continue
        first, last = float(values[0]), float(values[-1])
        if not (math.isnan(first) and math.isnan(last)):
            lines.append(f"{name:<16}{SYMBOLS[name]:<10}{number(first):>16}{number(last):>16}")
    return lines


def _repeats(record: Record, name: str) -> bool:
    """Whether an observable says nothing new: the free energy without noise is −E."""
    energy = record.observables.get("energy")
    if name != "free_energy" or energy is None:
        return False
    return bool((record.observables[name] == -energy).all())


def _claims(claims: Sequence[ClaimRow], room: int, record: Record) -> list[str]:
    """Describe the claims in at most so many lines: the failed ones first, then the others, then reasons."""
    if not claims:
        return []
    order = ("fail", "pass", "not applicable")
    judged = [row for verdict in order[:2] for row in claims if row.verdict == verdict]
    lines = []
    if judged:
        lines.append(f"{'claim':<27}{'predicted':>14}{'measured':>14}{'tolerance':>11}  verdict")
    lines += [_claim(row) for row in judged]
    for verdict, reason, names in _reasons(claims):
        text = f"{verdict}: {', '.join(names)}" + (f": {reason}" if reason else "")
        lines += _folded(text, 2, rest=_INDENT)
    if len(lines) <= room:
        return lines
    return [*lines[: room - 1], f"… and more: kinetic compare {printable(str(record.path))}"[:WIDTH]]


def _claim(row: ClaimRow) -> str:
    """Name, numbers and verdict of one claim, in one line."""
    name, numbers = printable(row.name)[:27], (prediction(row), number(row.measured), number(row.tolerance))
    return f"{name:<27}{numbers[0]:>14}{numbers[1]:>14}{numbers[2]:>11}  {row.verdict}"


def _reasons(claims: Iterable[ClaimRow]) -> list[tuple[str, str, list[str]]]:
    """Return verdict, reason and names of the claims that did not pass, the failed ones first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in claims:
        if row.verdict != "pass":
            grouped.setdefault((row.verdict, row.reason), []).append(row.name)
    return sorted(((verdict, reason, names) for (verdict, reason), names in grouped.items()), key=lambda e: e[0])
