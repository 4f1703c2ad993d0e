"""Run a case: march its problem, keep what it hands out, write the record at every checkpoint, and judge the claims."""

import time as clock
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from kinetic.assembly import build
from kinetic.assembly.bodies import rebuild
from kinetic.assembly.rows import pairs_of_rows, provenance, require_same_rows
from kinetic.case import Case
from kinetic.claims import compare
from kinetic.errors import DomainError, NumericsError, RecordError
from kinetic.files import path_of
from kinetic.job.continuation import (
    continued,
    existing,
    require_continuable,
    require_same_noise,
    require_same_observables,
)
from kinetic.job.memory import keep_freed_memory
from kinetic.job.trail import Trail, packed
from kinetic.library import find
from kinetic.march import Step, march
from kinetic.problem import Noise, Problem, noise_of
from kinetic.record import (
    HANDOVER,
    Contents,
    Manifest,
    Record,
    RunStatus,
    kinetic_version,
    locked,
    write,
)
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

    def __init__(self, path: Path, case: Case, trail: Trail, previous: Record | None, problem: Problem) -> None:
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
            {} if checkpoint is None else packed(checkpoint),
            self.trail.clusters(),
            self.increments.variables(self.trail.reached),
            self.attributes,
        )

    @property
    def _handover(self) -> dict[str, float]:
        """When another chart took over, of runs that leave this to the program."""
        time = self.trail.handover
        return {HANDOVER: time} if self.case.space.hands_over and time is not None else {}

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
    keep_freed_memory()
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
            trail = _continued(previous, problem, watched) if previous else Trail(watched=watched)
            return _judged(path, _carry_out(problem, trail, _Writer(path, case, trail, previous, problem), progress))


def _judged(path: Path, contents: Contents) -> Record:
    """Hold the end of a run against theory and write it once, without claims where they cannot be had."""
    try:
        contents = replace(contents, claims=tuple(compare(Record(path, contents, rebuild))))
    finally:
        write(path, contents)
    return Record(path, contents, rebuild)


def _carry_out(
    problem: Problem, trail: Trail, writer: _Writer, progress: Callable[[Progress], None] | None
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


def _progress(step: Step, trail: Trail, end: float) -> Progress:
    latest = float(np.asarray(trail.rows[-1].values["order_parameter"]))
    reached = step.checkpoint
    return Progress(min(reached.time, end), end, latest, reached.layout, step.evaluations)


def _continued(record: Record, problem: Problem, watched: Watched | None) -> Trail:
    """Return what a record holds, once it is certain that the march can go on from it."""
    try:
        trail = Trail.of(record, watched)
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
