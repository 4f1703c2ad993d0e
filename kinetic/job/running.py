"""Run a case: march its problem, keep what it hands out, write the record at every checkpoint, and judge the claims."""

import time as clock
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from kinetic.assembly import build
from kinetic.assembly.bodies import pack, rebuild
from kinetic.assembly.rows import pairs_of_rows, provenance, require_same_rows
from kinetic.case import Case
from kinetic.claims import compare
from kinetic.clusters.recording import COLUMNS, MERGERS, columns, row_of
from kinetic.errors import DomainError, NumericsError, RecordError
from kinetic.files import path_of
from kinetic.integrate.adaptive import FORGOTTEN
from kinetic.job.continuation import (
    continued,
    existing,
    require_continuable,
    require_same_noise,
    require_same_observables,
)
from kinetic.library import find
from kinetic.march import Checkpoint, Event, Row, Snapshot, Step, march
from kinetic.observables import (
    DEFINITIONS,
    ENTROPY_DEFINITIONS,
    LABEL_DEFINITIONS,
    RADIUS_DEFINITIONS,
    Definition,
)
from kinetic.problem import Noise, Problem, noise_of
from kinetic.record import (
    CheckpointValue,
    Contents,
    Manifest,
    Record,
    RunStatus,
    Scalar,
    kinetic_version,
    locked,
    write,
)
from kinetic.report import HANDOVER
from kinetic.types import Array
from kinetic.variable import Variable
from kinetic.watched import Watched

SECONDS_BETWEEN_WRITES = 5.0
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
    handover: float | None = None
    """When another chart took over from harmonics."""
    watched: Watched | None = None

    @classmethod
    def of(cls, record: Record, watched: Watched | None) -> "_Trail":
        """Return what a record holds up to its checkpoint; later rows will be made again."""
        if not record.checkpoint:
            return cls(watched=watched)
        checkpoint = _unpack(record.checkpoint)
        names = [d.name for d in _definitions(record.observables)] + ([*watched.functions] if watched else [])
        times = record.observables["time"]
        clusters = {float(t): row_of(record.clusters, i) for i, t in enumerate(record.clusters.get("time", ()))}
        rows = [
            Row(float(t), {name: _kept(record, name, i) for name in names}, clusters.get(float(t)))
            for i, t in enumerate(times)
            if t <= checkpoint.time
        ]
        snapshots = [
            Snapshot(float(t), record.density(i)) for i, t in enumerate(record.density_times) if t <= checkpoint.time
        ]
        handover = record.density_attributes.get(HANDOVER)
        known = handover is not None and float(handover) <= checkpoint.time and "degree" not in checkpoint.layout
        since = float(handover) if known and handover is not None else None
        return cls(rows, snapshots, checkpoint, since, watched)

    @property
    def reached(self) -> float:
        """Time up to which something is known."""
        times = [self.rows[-1].time] if self.rows else []
        return max([*times, self.checkpoint.time] if self.checkpoint else times, default=0.0)

    def keep(self, event: Event) -> None:
        """Add one event of the march."""
        if isinstance(event, Row):
            self.rows.append(event)
        elif isinstance(event, Snapshot):
            self.snapshots.append(event)
        else:
            self.checkpoint = event.checkpoint
            if self.handover is None and "degree" not in event.checkpoint.layout:
                self.handover = event.checkpoint.time

    def observables(self) -> tuple[Variable, ...]:
        """Return the datasets of /observables."""
        time = Variable("time", _column(row.time for row in self.rows), ("time",), "1", "time of the row")
        seen = self.rows[0].values if self.rows else ()
        told = (self._observable(definition) for definition in _definitions(seen))
        return (time, *self._labels(), *told, *self._counts(), *self._own())

    def _labels(self) -> Iterator[Variable]:
        """Yield the scales of the axes that observables share with the density: labels."""
        if self.snapshots:
            yield from self.snapshots[0].density.scales

    def _own(self) -> Iterator[Variable]:
        """Yield the observables that the user has added."""
        for name in self.watched.functions if self.watched else ():
            values = np.array([row.values[name] for row in self.rows], dtype=float)
            axes = tuple(f"{name}_axis_{i}" for i in range(values.ndim - 1))
            yield Variable(name, values, ("time", *axes), "1", self.watched.description(name) if self.watched else "")

    def _counts(self) -> Iterator[Variable]:
        """Yield the number of clusters of each row, if any of them told it."""
        counts = _column(np.nan if row.clusters is None else row.clusters.count for row in self.rows)
        if not np.all(np.isnan(counts)):
            text = "number of clusters; NaN where the chart does not tell them"
            yield Variable("cluster_count", counts, ("time",), "1", text)

    def _observable(self, definition: Definition) -> Variable:
        values = np.array([row.values[definition.name] for row in self.rows], dtype=float)
        behind = ("label", "component") if definition in LABEL_DEFINITIONS else ("component",)
        behind = ("head",) if definition in ENTROPY_DEFINITIONS else behind
        dims = ("time", *behind)[: values.ndim]
        return Variable(definition.name, values, dims, definition.units, definition.description)

    def clusters(self) -> tuple[Variable, ...]:
        """Return the datasets of /clusters."""
        told = [(row.time, row.clusters) for row in self.rows if row.clusters is not None]
        if not told:
            return ()
        found = columns([clusters for _, clusters in told])
        time = Variable("time", _column(time for time, _ in told), ("time",), "1", "time of the row")
        tail = Variable("tail", found["tail"], ("time",), "1", "mass between clusters that was left out")
        rows = [
            Variable(name, found[name], ("time", "cluster", "component")[: found[name].ndim], units, text)
            for name, (text, units) in COLUMNS.items()
        ]
        axes = {"merger_time": (), "merger_mass": ("of_two",), "merger_position": ("component",)}
        mergers = [
            Variable(name, found[name], ("merger", *axes[name]), units, text) for name, (text, units) in MERGERS.items()
        ]
        return (time, *rows, tail, *mergers)

    def densities(self) -> tuple[tuple[Variable, ...], dict[str, Scalar]]:
        """Return the datasets of /density, and the attribute that names the bodies."""
        return pack([s.time for s in self.snapshots], [s.density for s in self.snapshots])


def _definitions(seen: Container[str]) -> tuple[Definition, ...]:
    """Return what a run that has seen these observables tells: all, and those of norms, labels or rows of attention."""
    found = [more for more in (RADIUS_DEFINITIONS, LABEL_DEFINITIONS) if any(one.name in seen for one in more)]
    entropies = [definition for definition in ENTROPY_DEFINITIONS if definition.name in seen]
    return (*DEFINITIONS, *(definition for more in found for definition in more), *entropies)


def _kept(record: Record, name: str, index: int) -> float | Array:
    """Return an observable of one row; NaN for one that kinetic did not have yet when the record was made."""
    values = record.observables.get(name)
    found: float | Array = np.nan if values is None else values[index]
    return found


def _column(numbers: Iterable[float]) -> Array:
    return np.array(list(numbers), dtype=float)


_WITNESS = "witness_"  # before the names of what belongs to the coarser run


def _pack(checkpoint: Checkpoint) -> dict[str, CheckpointValue]:
    pace = {"step": checkpoint.step, "error": checkpoint.error, "length": checkpoint.length}
    coarser = {} if checkpoint.witness is None else _pack(checkpoint.witness)
    beside = {_WITNESS + key: value for key, value in coarser.items()}
    return {"time": checkpoint.time, "state": checkpoint.state, **pace, **checkpoint.layout, **beside}


def _unpack(saved: Mapping[str, CheckpointValue]) -> Checkpoint:
    beside = {key.removeprefix(_WITNESS): value for key, value in saved.items() if key.startswith(_WITNESS)}
    own = {key: value for key, value in saved.items() if not key.startswith(_WITNESS)}
    sizes = own.keys() - {"time", "state", "step", "error", "length"}
    return Checkpoint(
        float(own["time"]),
        np.array(own["state"]),
        float(own["step"]),
        {key: int(own[key]) for key in sorted(sizes)},
        float(own.get("error", FORGOTTEN)),  # older records do not have these
        float(own.get("length", np.nan)),
        _unpack(beside) if beside else None,
    )


class _Increments:
    """The increments of common noise that have acted so far; each is drawn once."""

    def __init__(self, noise: Noise | None) -> None:
        self.noise, self.drawn = noise, np.zeros(0)

    def variables(self, until: float) -> tuple[Variable, ...]:
        """Return the datasets of /noise up to a time."""
        if self.noise is None:
            return ()
        times = self.noise.times(until)
        new = self.noise.increments(len(self.drawn), times.size)
        self.drawn = np.concatenate([self.drawn, new]) if len(self.drawn) else new
        text = "increments of the Brownian path over the step that ends at that time, of variance step"
        return (
            Variable("time", times, ("time",), "1", "time at which the increment acts"),
            Variable("increments", self.drawn, ("time", *self.noise.axes), "time^(1/2)", text),
        )


class _Writer:
    """Writes the record of a run: at the end, and on the way as often as it pays."""

    def __init__(self, path: Path, case: Case, trail: _Trail, previous: Record | None, problem: Problem) -> None:
        self.path, self.case, self.trail = path, case, trail
        noise = noise_of(problem)
        self.increments, self.attributes = _Increments(noise), {} if noise is None else dict(noise.attributes)
        self.created = previous.created if previous else datetime.now(UTC).isoformat(timespec="seconds")
        self.began = clock.monotonic() - (previous.wall_seconds if previous else 0.0)
        self.written = clock.monotonic()
        self.spent = 0.0
        self.saved = len(trail.snapshots)
        self.rows, self.pairs = provenance(case), pairs_of_rows(case)

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
        space, (densities, bodies) = self.case.space, self.trail.densities()
        return Contents(
            manifest,
            self.trail.observables(),
            (*densities, *(self.pairs if densities else ())),
            {
                "space": space.kind,
                "dimension": space.dimension,
                "chart": space.chart,
                **bodies,
                **self.rows,
                **self._handover,
            },
            (),
            {} if checkpoint is None else _pack(checkpoint),
            self.trail.clusters(),
            self.increments.variables(self.trail.reached),
            self.attributes,
        )

    @property
    def _handover(self) -> dict[str, float]:
        """When another chart took over, of runs that leave this to the program."""
        time = self.trail.handover
        return {HANDOVER: time} if self.case.space.chart == "auto" and time is not None else {}

    def write(self, contents: Contents, *, lasting: bool = False) -> None:
        """Write the record whole; compressed if it is to last."""
        write(self.path, contents, lasting=lasting)
        self.saved, self.written = len(self.trail.snapshots), clock.monotonic()


def run(
    case: Case | str | Path,
    output: str | Path | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    observables: Mapping[str, Callable[[Any], Any]] | None = None,
    problem: Problem | None = None,
) -> Record:
    """Run a case and return its record, which is also written to a file.

    Parameters, what is returned and errors are those of `kinetic.run`, which draws a notebook's progress beside it; the
    record is a plain one, and `problem` is what the case builds where it has been built already. A run that an
    observable of the user's own has stopped leaves what it had reached, with the status "interrupted". A run that is
    resumed keeps the spacing of its rows and snapshots where the case gives none.
    """
    if not isinstance(case, Case):
        case = Case.read(find(case))
    if progress is not None and not callable(progress):
        raise DomainError(f"progress: received {ascii(progress)[:60]}; must be something that can be called")
    watched = Watched.of(observables)
    path = path_of(output if output is not None else "output", "folder of the record", RecordError) / f"{case.name}.h5"
    # sums of matrix products depend on how many threads share them, and the products here are too small to gain by it
    with threadpool_limits(1, user_api="blas"):
        problem = build(case) if problem is None else problem
        with locked(path):
            previous = existing(path, resume=resume, overwrite=overwrite)
            if previous is not None and (same := continued(case, previous)) is not case:
                case, problem = same, build(same)
            if previous is not None:
                require_same_rows(case, previous)
                require_same_noise(previous, problem)
                require_same_observables(previous, watched)
            problem = replace(problem, watched=watched)
            trail = _continued(previous, problem, watched) if previous else _Trail(watched=watched)
            return _judged(path, _carry_out(problem, trail, _Writer(path, case, trail, previous, problem), progress))


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
    except DomainError as error:  # of an observable of the user's own
        writer.write(writer.contents("interrupted", str(error)), lasting=True)
        raise
    except KeyboardInterrupt:
        reason = "stopped from outside; kinetic run --resume goes on from here, as does run with resume=True"
        writer.write(writer.contents("interrupted", reason), lasting=True)
        raise
    return writer.contents(status, message)


def _progress(step: Step, trail: _Trail, end: float) -> Progress:
    latest = float(np.asarray(trail.rows[-1].values["order_parameter"]))
    reached = step.checkpoint
    return Progress(min(reached.time, end), end, latest, reached.layout, step.evaluations)


def _continued(record: Record, problem: Problem, watched: Watched | None) -> _Trail:
    """Return what a record holds, once it is certain that the march can go on from it."""
    try:
        trail = _Trail.of(record, watched)
        start = trail.checkpoint
        if start is not None:
            require_continuable(record, problem, start)
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise RecordError(
            f"{record.path}: the checkpoint is not one of this case ({' '.join(str(error).split())}); {_remedy(record)}"
        ) from error
    return trail


def _remedy(record: Record) -> str:
    """Say what can be done about a checkpoint that cannot be continued."""
    anew, wrote, here = "begin anew with overwrite=True", record.kinetic_version, kinetic_version()
    if wrote == here:
        return anew
    return f"kinetic {wrote} wrote it, and this is {here}: continue it with that version, or {anew}"
