"""Every bundled case in full: CPU and wall time, steps, rejected steps, right-hand sides, and a looser tolerance.

    OMP_NUM_THREADS=1 python -m pytest -m benchmark -n 0 -s tests/benchmarks/test_collection.py

The second line of a case is the same run with a tolerance a hundred times larger, and the claims whose verdicts are
then others. Where there are none, the tolerance is tighter than the claims need; it may still be what the stored
numbers of the tests need. Wall time includes the disturbances of a busy machine, CPU time does not. A case that is
watched by a companion at half its degree counts the steps of both.
"""

import tempfile
import time
from dataclasses import dataclass

import pytest

import kinetic
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.library import bundled

LOOSER = 100


@dataclass
class Work:
    """What a run has spent on its steps."""

    steps: int = 0
    evaluations: int = 0
    rejected: int = 0


@pytest.fixture
def work(monkeypatch):
    """Count the steps of every stepper."""
    counted = Work()
    advance = AdaptiveStepper.advance

    def counting(stepper):
        evaluations, rejected = stepper.evaluations, stepper.rejected
        advance(stepper)
        counted.steps += 1
        counted.evaluations += stepper.evaluations - evaluations
        counted.rejected += stepper.rejected - rejected

    monkeypatch.setattr(AdaptiveStepper, "advance", counting)
    return counted


def line(label, case, work):
    """Run a case; return the line of the table and the record."""
    work.steps = work.evaluations = work.rejected = 0
    with tempfile.TemporaryDirectory() as folder:
        began, busy = time.perf_counter(), time.process_time()
        record = kinetic.run(case, folder)
        busy, seconds = time.process_time() - busy, time.perf_counter() - began
    counts = f"{work.steps:5d} steps  {work.rejected:4d} rejected  {work.evaluations:6d} right-hand sides"
    return f"{label:32s} {case.time.tolerance:7.0e}  {busy:7.2f} s of CPU {seconds:7.2f} s  {counts}", record


def changed(tight, loose):
    """Names of the claims whose verdicts differ between two records."""
    after = {row.name: row.verdict for row in loose.claims}
    return ", ".join(row.name for row in tight.claims if row.verdict != after[row.name]) or "none"


@pytest.mark.benchmark
@pytest.mark.parametrize("name", bundled())
def test_what_a_case_costs(name, work):
    case = kinetic.Case.read(bundled()[name])
    text, record = line(name, case, work)
    print(f"\n{text}")
    assert record.status == "finished"
    looser = kinetic.Case.read(bundled()[name], [f"time.tolerance={LOOSER * case.time.tolerance:g}"])
    text, again = line("", looser, work)
    print(f"{text}  {again.status}, changed: {changed(record, again)}")
