"""One point of a sweep, wherever it is computed: a task in, an outcome out, both plain data.

Responsible for running one case and for every way in which that can end. Knows nothing of processes and of the other
points.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from kinetic import job
from kinetic.assembly import load
from kinetic.case import Case
from kinetic.errors import KineticError
from kinetic.record import Record
from kinetic.sweep.file import Quantity
from kinetic.sweep.quantities import final_row, measure
from kinetic.sweep.task import STOPPED, Outcome, Task

Report: TypeAlias = Callable[[float], None]


def outcome_of(record: Record, quantities: tuple[Quantity, ...]) -> Outcome:
    """Return the outcome of a record's point."""
    return Outcome(
        record.status,
        record.message,
        record.wall_seconds,
        final_row(record),
        measure(record, quantities),
        record.claims,
    )


def recorded(case: Case, output: Path, quantities: tuple[Quantity, ...]) -> Outcome | None:
    """Return the outcome of a point whose record is there and complete, or None if it has to be run."""
    path = output / f"{case.name}.h5"
    if not path.exists():
        return None
    with suppress(KineticError):
        record = load(path)
        same = (record.case_text, record.overrides) == (case.text, case.overrides)
        if same and record.status in ("finished", *STOPPED) and record.claims:
            return outcome_of(record, quantities)
    return None


def carry_out(task: Task, report: Report | None = None) -> Outcome:
    """Run one point to its end.

    Parameters
    ----------
    task : Task
    report : callable, optional
        Told the share of the simulated time that is done, after every step; may raise `KeyboardInterrupt` to stop.

    Returns
    -------
    Outcome
        Always: a point that fails is an outcome too, so that it cannot end the sweep.
    """
    try:
        if task.output is not None:
            return _run(task, Path(task.output), report)
        with tempfile.TemporaryDirectory(prefix="kinetic-") as folder:
            outcome = _run(task, Path(folder), report)
            image = (Path(folder) / f"{task.name}.h5").read_bytes()
        return replace(outcome, record=image)
    except KeyboardInterrupt:
        return Outcome("interrupted", "stopped by the user")
    except KineticError as error:
        return Outcome("failed", " ".join(str(error).split()))
    except MemoryError:
        return Outcome("failed", "not enough memory for this point; lower space.degree, or use fewer workers")
    except Exception as error:  # noqa: BLE001 - a defect that one point brings to light must not cost the others
        return Outcome("failed", f"{type(error).__name__}: {' '.join(str(error).split())}")


def _run(task: Task, output: Path, report: Report | None) -> Outcome:
    """Run the case of a task into a folder."""
    case = Case.parse(task.text, task.overrides, task.name, task.folder)

    def tell(progress: job.Progress) -> None:
        if report is not None:
            report(progress.time / progress.end)

    record = job.run(case, output, resume=not task.overwrite, overwrite=task.overwrite, progress=tell)
    return outcome_of(record, task.quantities)
