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
CONDITIONING = Path(__file__).parent / "conditioning.json"
FACTOR = 10
"""How many times the largest of the measured changes a number may differ.

A change by rounding has a random size about some scale. Another machine is one more draw: for it to be ten times the
largest of n = 5, all of these must have been ten times smaller than it. Where sizes below x of the scale have a
probability of about x, that is one in 10⁵; where there is no scale at all (tails like 1/x), one in fifty.
"""
STEPS, LOOSEST, UNMEASURED = 10, 1e-8, 1e-14
"""For a case that nobody has measured yet: ten tolerances of the stepper, 1e-8 at most, or 1e-14 absolutely."""
FLOOR = 1e-13
"""Relative change that is always allowed: sums of some 2·10⁵ terms, each rounded at random, √(2·10⁵)·2⁻⁵²."""
SUMS = {"order_parameter": FLOOR}
"""The same absolutely, for what is a sum of unit vectors: an R of 1e-15 is its rounding, of any size below."""


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


def conditioning():
    """The largest measured change of each number by case, from `conditioning.py`; cases may be missing."""
    return json.loads(CONDITIONING.read_text(encoding="utf-8")) if CONDITIONING.exists() else {}


def change(new, old):
    """How much a number changed, relative to the old one; absolute where that is 0, infinite where one is NaN."""
    difference = abs(new - old) / (abs(old) or 1.0)
    return math.inf if math.isnan(difference) else difference


def tolerance(name, key, old):
    """Relative tolerance of one number of a case, absolute where it is 0."""
    measured_changes = conditioning().get(name)
    if measured_changes is not None:
        return max(FACTOR * measured_changes[key], FLOOR, SUMS.get(key, 0.0) / (abs(old or 0.0) or 1.0))
    steps = min(STEPS * read(name).time.tolerance, LOOSEST)
    return max(steps, UNMEASURED / (abs(old) or 1.0)) if old is not None else steps


def agree(new, old, relative):
    """Whether two entries of `observables` are the same number."""
    if new is None or old is None:
        return new is old
    return change(new, old) <= relative
