"""The stored numbers of the bundled cases: what is stored, how it is measured, how closely it has to come back.

`expected.json` holds one entry a case:

    overrides   assignments that shorten the run, [] for a run in full
    reason      why they are there; null without overrides
    status      how the run ends
    time        of its last row
    observables values in its last row, null where the record has NaN
    verdicts    of its claims
    full        verdicts of the run without the overrides, checked by `pytest -m slow`; absent without overrides

A case of another chart is one more entry. `python tests/cases/regenerate.py` makes the table anew.
"""

import json
import math
import tempfile
from pathlib import Path

import kinetic
from kinetic.case import Case
from kinetic.library import bundled

PATH = Path(__file__).parent / "expected.json"
OBSERVABLES = ("order_parameter", "order_deficit", "energy", "energy_gap", "dissipation", "work", "w2_to_dirac")
STEPS = 10
"""Tolerances of the stepper by which a number may differ, times its size.

On one machine and library the numbers come back to rounding. Another library rounds otherwise, and an accepted step
may then differ, hence its error, which `time.tolerance` bounds: ten such steps are 1e-8 at the default.
"""
LOOSEST = 1e-8
ROUNDING = 1e-14


def stored():
    """The table."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def read(name, overrides=()):
    """A bundled case with its overrides."""
    return Case.read(bundled()[name], overrides)


def run(name, overrides=()):
    """Run a bundled case."""
    with tempfile.TemporaryDirectory() as folder:
        return kinetic.run(read(name, overrides), folder)


def measured(record):
    """What the table stores of a record."""
    last = {name: float(record.observables[name][-1]) for name in OBSERVABLES}
    return {
        "status": record.status,
        "time": float(record.observables["time"][-1]),
        "observables": {name: None if math.isnan(value) else value for name, value in last.items()},
        "verdicts": verdicts(record),
    }


def verdicts(record):
    """Verdicts by claim."""
    return {row.name: row.verdict for row in record.claims}


def tolerance(case):
    """Relative tolerance of a case's numbers."""
    return min(STEPS * case.time.tolerance, LOOSEST)


def agree(new, old, relative):
    """Whether two entries of `observables` are the same number."""
    if new is None or old is None:
        return new is old
    return abs(new - old) <= relative * abs(old) + ROUNDING
