"""Run a case: march its problem, keep what it hands out, write the record at every checkpoint, and judge the claims."""

import time as clock
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from kinetic.assembly import build, load
from kinetic.case import Case
from kinetic.claims import compare
from kinetic.errors import NumericsError, RecordError
from kinetic.integrate.adaptive import FORGOTTEN
from kinetic.label import RADIUS_DEFINITIONS
from kinetic.march import Checkpoint, Event, Row, Snapshot, Step, march
from kinetic.observables import DEFINITIONS, Definition
from kinetic.problem import Problem
from kinetic.record import CheckpointValue, Contents, Manifest, Record, RunStatus, Variable, locked, write
from kinetic.snapshots import pack, rebuild
from kinetic.types import Array

SECONDS_BETWEEN_WRITES = 5.0
LARGEST_SIZE = 100_000  # of a degree or a number of elements: no case has more
WRITING_SHARE = 0.02  # of the elapsed time at most: large records are written less often


@dataclass(frozen=True)
class Progress:
    """Where a run is: what a progress bar shows."""

    time: float
    end: float
    order_parameter: float
    layout: Mapping[str, int]
    evaluations: int


@dataclass
class _Trail:
    """What the march has handed out so far: all that a record holds beside its manifest."""

    rows: list[Row] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    checkpoint: Checkpoint | None = None

    @classmethod
    def of(cls, record: Record) -> "_Trail":
        """Return what a record holds up to its checkpoint; later rows will be made again."""
        if not record.checkpoint:
            return cls()
        checkpoint = _unpack(record.checkpoint)
        times, names = record.observables["time"], [d.name for d in _definitions(record.observables)]
        rows = [
            Row(float(t), {name: record.observables[name][i] for name in names})
            for i, t in enumerate(times)
            if t <= checkpoint.time
        ]
        snapshots = [
            Snapshot(float(t), record.density(i)) for i, t in enumerate(record.density_times) if t <= checkpoint.time
        ]
        return cls(rows, snapshots, checkpoint)

    def keep(self, event: Event) -> None:
        """Add one event of the march."""
        if isinstance(event, Row):
            self.rows.append(event)
        elif isinstance(event, Snapshot):
            self.snapshots.append(event)
        else:
            self.checkpoint = event.checkpoint

    def observables(self) -> tuple[Variable, ...]:
        """Return the datasets of /observables."""
        time = Variable("time", _column(row.time for row in self.rows), ("time",), "1", "time of the row")
        seen = self.rows[0].values if self.rows else ()
        return (time, *(self._observable(definition) for definition in _definitions(seen)))

    def _observable(self, definition: Definition) -> Variable:
        values = np.array([row.values[definition.name] for row in self.rows], dtype=float)
        dims = ("time", "component")[: values.ndim]
        return Variable(definition.name, values, dims, definition.units, definition.description)

    def densities(self) -> tuple[Variable, ...]:
        """Return the datasets of /density."""
        return pack([s.time for s in self.snapshots], [s.density for s in self.snapshots])


def _definitions(seen: Container[str]) -> tuple[Definition, ...]:
    """Return what a run that has seen these observables tells: all of them, and those of norms where it has any."""
    norms = any(definition.name in seen for definition in RADIUS_DEFINITIONS)
    return (*DEFINITIONS, *RADIUS_DEFINITIONS) if norms else DEFINITIONS


def _column(numbers: Iterable[float]) -> Array:
    return np.array(list(numbers), dtype=float)


def _pack(checkpoint: Checkpoint) -> dict[str, CheckpointValue]:
    pace = {"step": checkpoint.step, "error": checkpoint.error}
    return {"time": checkpoint.time, "state": checkpoint.state, **pace, **checkpoint.layout}


def _unpack(saved: Mapping[str, CheckpointValue]) -> Checkpoint:
    layout = {key: int(value) for key, value in saved.items() if key not in {"time", "state", "step", "error"}}
    error = float(saved.get("error", FORGOTTEN))  # older records do not have it
    return Checkpoint(float(saved["time"]), np.array(saved["state"]), float(saved["step"]), layout, error)


class _Writer:
    """Writes the record of a run: at the end, and on the way as often as it pays."""

    def __init__(self, path: Path, case: Case, trail: _Trail, previous: Record | None) -> None:
        self.path, self.case, self.trail = path, case, trail
        self.created = previous.created if previous else datetime.now(UTC).isoformat(timespec="seconds")
        self.began = clock.monotonic() - (previous.wall_seconds if previous else 0.0)
        self.written = clock.monotonic()
        self.spent = 0.0
        self.saved = len(trail.snapshots)

    def write_if_due(self) -> None:
        """Write after a new snapshot or some seconds, unless writing would take more than its share of the time."""
        now = clock.monotonic()
        news = len(self.trail.snapshots) > self.saved or now - self.written > SECONDS_BETWEEN_WRITES
        if news and self.spent < WRITING_SHARE * (now - self.written):
            self.write(self.contents("running", ""))
            self.spent = clock.monotonic() - now

    def contents(self, status: RunStatus, message: str) -> Contents:
        """Return what the record of a run holds that has got as far as this, without claims."""
        checkpoint = self.trail.checkpoint
        manifest = Manifest(
            self.case.text,
            tuple(self.case.overrides),
            self.case.name,
            status,
            message,
            self.created,
            clock.monotonic() - self.began,
        )
        space = self.case.space
        return Contents(
            manifest,
            self.trail.observables(),
            self.trail.densities(),
            {"space": space.kind, "dimension": space.dimension, "chart": space.chart},
            (),
            {} if checkpoint is None else _pack(checkpoint),
        )

    def write(self, contents: Contents, *, lasting: bool = False) -> None:
        """Write the record whole; compressed if it is to last."""
        write(self.path, contents, lasting=lasting)
        self.saved, self.written = len(self.trail.snapshots), clock.monotonic()


def run(
    case: Case,
    output: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Record:
    """Run a case and return its record, which is also written to a file.

    Parameters
    ----------
    case : Case
    output : path, optional
        Folder of the record, which is `<case name>.h5` in it; default `output` in the working folder. Made if absent.
    resume : bool
        Continue an existing record from its checkpoint, bit for bit as if it had never stopped.
    overwrite : bool
        Replace an existing record.
    progress : callable, optional
        Called after every step.

    Returns
    -------
    Record
        Status "finished", or "unresolved" or "blowup" with the reason in `message`: that the numerics stop a run is a
        result, not an exception.

    Raises
    ------
    CaseError
        If the case cannot be built; nothing is written then.
    RecordError
        If a record is in the way and neither `resume` nor `overwrite` is given, if it belongs to another case, if
        another process is writing it, or if it cannot be written.
    KeyboardInterrupt
        After the record has been written with status "interrupted".
    """
    path = Path(output if output is not None else "output") / f"{case.name}.h5"
    # sums of matrix products depend on how many threads share them, and the products here are too small to gain by it
    with threadpool_limits(1, user_api="blas"):
        problem = build(case)
        with locked(path):
            previous = _existing(path, case, resume=resume, overwrite=overwrite)
            trail = _continued(previous, problem) if previous else _Trail()
            return _judged(path, _carry_out(problem, trail, _Writer(path, case, trail, previous), progress))


def _judged(path: Path, contents: Contents) -> Record:
    """Hold the end of a run against theory and write it once, without claims where they cannot be had."""
    try:
        contents = replace(contents, claims=tuple(compare(Record(path, contents, rebuild))))
    finally:
        write(path, contents)
    return Record(path, contents, rebuild)


def _carry_out(
    problem: Problem, trail: _Trail, writer: _Writer, progress: Callable[[Progress], None] | None
) -> Contents:
    """March to the end, or as far as the numerics go, write the record on the way, and return what it holds then."""
    status: RunStatus = "finished"
    message = ""
    try:
        for event in march(problem, trail.checkpoint):
            trail.keep(event)
            if isinstance(event, Step):
                writer.write_if_due()
                if progress is not None:
                    progress(_progress(event, trail, problem.schedule.end))
    except NumericsError as error:
        status, message = error.status, str(error)
    except KeyboardInterrupt:
        reason = "stopped by the user; kinetic run --resume goes on from here"
        writer.write(writer.contents("interrupted", reason), lasting=True)
        raise
    return writer.contents(status, message)


def _progress(step: Step, trail: _Trail, end: float) -> Progress:
    latest = float(np.asarray(trail.rows[-1].values["order_parameter"]))
    reached = step.checkpoint
    return Progress(min(reached.time, end), end, latest, reached.layout, step.evaluations)


def _existing(path: Path, case: Case, *, resume: bool, overwrite: bool) -> Record | None:
    """Return the record to continue, or None to begin a new one."""
    if not path.exists() or (overwrite and not resume):
        return None
    if not resume:
        raise RecordError(f"{path}: the record exists; continue it with --resume or replace it with --overwrite")
    record = load(path)
    earlier = Case.parse(record.case_text, record.overrides, record.case_name)
    for part, old, new in _continuity(earlier, case):
        if old != new:
            raise RecordError(
                f"{path}: {part} was {old} and is now {new}; only time.end may change between a run and its "
                "continuation, with output.observe_every and output.save_every given; use --overwrite to begin anew"
            )
    return record


def _continued(record: Record, problem: Problem) -> _Trail:
    """Return what a record holds, once it is certain that the march can go on from it."""
    try:
        trail = _Trail.of(record)
        start = trail.checkpoint
        if start is not None:
            _require_continuable(problem, start)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise RecordError(
            f"{record.path}: the checkpoint is not one of this case ({' '.join(str(error).split())}); use --overwrite "
            "to begin anew"
        ) from error
    if start is not None and start.time > problem.schedule.end:
        raise RecordError(
            f"{record.path}: the record has reached t = {start.time:.6g}, beyond time.end = {problem.schedule.end:g}; "
            "raise time.end, or use --overwrite to begin anew"
        )
    return trail


def _require_continuable(problem: Problem, start: Checkpoint) -> None:
    """Raise `ValueError` unless a step can be made from a checkpoint."""
    if start.layout.keys() != problem.flow.layout.keys():
        raise ValueError(f"sizes of {', '.join(start.layout) or 'nothing'}")
    if max(start.layout.values(), default=0) > LARGEST_SIZE:
        raise ValueError(f"sizes of {max(start.layout.values())}")
    if not (start.time >= 0 and start.step > 0 and np.isfinite([start.time, start.step]).all()):
        raise ValueError(f"a step of {start.step:g} from t = {start.time:g}")
    if not 0 <= start.error <= 1:
        raise ValueError(f"an accepted step with an error of {start.error:g} tolerances")
    if problem.flow.at_layout(start.layout)(start.time, start.state).shape != start.state.shape:
        raise ValueError(f"a state of {start.state.shape}")


def _continuity(earlier: Case, case: Case) -> Iterator[tuple[str, object, object]]:
    """Yield what must agree for a continuation to be the same run."""
    for part in ("space", "attention", "layer_norm", "noise", "initial"):
        yield part, getattr(earlier, part), getattr(case, part)
    for key in ("tolerance", "scheme"):
        yield f"time.{key}", getattr(earlier.time, key), getattr(case.time, key)
    yield "output.observe_every", earlier.observe_every, case.observe_every
    yield "output.save_every", earlier.save_every, case.save_every
