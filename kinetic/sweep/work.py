"""One point of a sweep, wherever it is computed: a task in, an outcome out, both plain data.

Responsible for running one case and for every way in which that can end. Knows nothing of processes and of the other
points.
"""

import math
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from kinetic import job
from kinetic.assembly import load
from kinetic.case import Case
from kinetic.errors import KineticError
from kinetic.record import ClaimRow, Record, RunStatus
from kinetic.sweep.file import Quantity
from kinetic.sweep.quantities import Cell, final_row, measure

Status: TypeAlias = RunStatus | Literal["failed", "missing"]
Report: TypeAlias = Callable[[float], None]
STOPPED = ("unresolved", "blowup")


@dataclass(frozen=True)
class Task:
    """One run for a worker.

    Parameters
    ----------
    text, overrides, name, folder
        The case, as `Case.parse` takes it.
    quantities : tuple of Quantity
    output : str, optional
        Folder of the records; if absent, the record is sent back with the outcome.
    overwrite : bool
        Whether to begin anew where there is a record; it is continued otherwise.
    """

    text: str
    overrides: tuple[str, ...]
    name: str
    folder: str
    quantities: tuple[Quantity, ...]
    output: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Outcome:
    """How one point ended.

    Parameters
    ----------
    status : str
        That of its record; or "failed", without a record that could be used, or "missing", never begun.
    message : str
        Why it ended so.
    wall_seconds : float
    finals : mapping
        Observables in the last row.
    cells : mapping
        Columns of the quantities.
    claims : tuple of ClaimRow
    record : bytes, optional
        The record's file, where the worker does not share the folder.
    """

    status: Status
    message: str = ""
    wall_seconds: float = math.nan
    finals: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    claims: tuple[ClaimRow, ...] = ()
    record: bytes | None = field(default=None, repr=False)

    @property
    def is_final(self) -> bool:
        """Whether running the point again would give the same."""
        return self.status in ("finished", *STOPPED)


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
