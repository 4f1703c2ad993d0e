"""What a run will cost and where it will stop, roughly, without running it.

Responsible for an honest order of magnitude: two right-hand sides and a row are timed, steps come from pilots at small
degrees or from a bound on the speed of tokens. Refuses to run the case itself.
"""

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from kinetic.assembly import build
from kinetic.assembly.forces import head_kernel, size
from kinetic.case import Case
from kinetic.cli.pilot import Outlook, outlook, timed
from kinetic.cli.speed import SCHEMES, step_count
from kinetic.clusters import ClusteredFlow
from kinetic.errors import NumericsError
from kinetic.march import Row, Snapshot, march
from kinetic.problem import Problem, noise_of
from kinetic.types import Array

STEPPER_ARRAYS = 22  # vectors of the size of the state that dop853 keeps; etd8 and rk45 keep fewer
NUMBER = 8  # bytes
RUNNING = 8e6  # bytes of the modules and rows of a run, whatever its size: 5 to 12 MB over 13 runs
COSTLIER = 3.0  # times the cost at t = 0: the tables of a boosted frame are then no longer those of t = 0
RECORD = 45e3  # bytes of a record without numbers: texts and structure, measured
TILED, TILE = 64 * 1024, 32  # arrays of more bytes are written in tiles of that side, those of zeros left out
UNITS = {"days": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0, "ms": 1e-3}


@dataclass(frozen=True)
class Cost:
    """The cost of a run; NaN for what cannot be told.

    Parameters
    ----------
    unknowns : int
        Real numbers that the stepper moves.
    evaluations : int
        Right-hand sides a step.
    steps : float
        Steps until the end, or until the run stops.
    evaluation, seconds : float
        Seconds of one right-hand side, and of the run.
    memory, record : float
        Bytes that the run needs beside the libraries, and that its record has.
    unresolved : float
        When the numerics will stop the run; infinite if they will not.
    degrees : tuple of int
        Of the pilots that tell steps and end; empty where none do.
    stop : str
        Why the run does not begin; empty if it does.
    """

    unknowns: int
    evaluations: int
    steps: float
    evaluation: float
    seconds: float
    memory: float
    record: float
    unresolved: float
    degrees: tuple[int, ...]
    stop: str


@dataclass(frozen=True)
class _Beginning:
    """A problem that was built, and what that took.

    Parameters
    ----------
    problem : Problem
    beside : Problem, optional
        Its companion or witness.
    row, snapshot : Row, Snapshot, optional
        Those of t = 0; absent where the numerics refuse the initial density.
    stop : str
        Their reason.
    """

    problem: Problem
    beside: Problem | None
    row: Row | None
    snapshot: Snapshot | None
    stop: str


def estimate(case: Case) -> tuple[Problem, Cost]:
    """Build a case and estimate the cost of running it.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Problem, Cost

    Raises
    ------
    CaseError, DomainError, RecordError
        As `build` does.

    Accuracy
    --------
    Within a factor of three: steps where pilots tell them, and in charts without degrees where tokens move about as
    fast as they can for most of the time; memory and the record of a degree that stays, or of cells while they are as
    many as at the start. Seconds inherit that, and the load of the machine.

    Cost
    ----
    Building twice, six right-hand sides, some rows, and two pilots of about a second at most.
    """
    with threadpool_limits(1, user_api="blas"):  # as a run has it
        return _estimate(case)


def _estimate(case: Case) -> tuple[Problem, Cost]:
    began = time.process_time()
    beginning = _begun(case)
    built = time.process_time() - began
    held, peak = _traced(lambda: _begun(case))
    problem, scheme = beginning.problem, SCHEMES[beginning.problem.scheme]
    seen = _expected(case, problem)
    evaluation, row = _seconds(problem)
    rows, snapshots = _outputs(problem, seen.unresolved)
    seconds = built + seen.slowdown * (seen.evaluations * evaluation + rows * row)
    if beginning.beside is not None and seen.noticed < problem.schedule.end:
        other, its_row = _seconds(beginning.beside)
        seconds += seen.slowdown * (seen.evaluations * other + rows * its_row)
    record, n = math.nan, problem.state.size
    if beginning.row is not None and beginning.snapshot is not None:
        at_least = 0 if "degree" in problem.flow.layout else NUMBER * n  # cells that are alike at t = 0 part
        record = record_size(beginning.row, rows, beginning.snapshot, snapshots, at_least)
        record += NUMBER * _increments(problem)
    memory = RUNNING + max(peak, held + NUMBER * n * (STEPPER_ARRAYS + snapshots)) + 2 * record
    if case.space.chart == "conformal" and seen.slowdown > COSTLIER:
        memory = math.nan
    if _grows(case, problem):
        seconds = memory = record = math.nan
    return problem, Cost(
        n,
        scheme.evaluations,
        seen.steps,
        evaluation,
        seconds,
        memory,
        record,
        0.0 if beginning.stop else seen.unresolved,
        seen.degrees,
        beginning.stop,
    )


def _begun(case: Case) -> _Beginning:
    """Build a case, evaluate its right-hand side and look at its beginning, so that all that is made once is made."""
    problem = build(case)
    problem.flow(0.0, problem.state)
    witnessed = problem.witness is not None
    beside = problem.witnessed(problem.flow.layout, problem.state) if witnessed else problem.companion
    if beside is not None:
        beside.flow(0.0, beside.state)
    found: dict[type, Row | Snapshot] = {}
    try:
        for event in march(problem):
            if isinstance(event, Row | Snapshot):
                found.setdefault(type(event), event)
            if len(found) == 2:
                break
    except NumericsError as error:
        return _Beginning(problem, beside, None, None, str(error))
    row, snapshot = found[Row], found[Snapshot]
    assert isinstance(row, Row)
    assert isinstance(snapshot, Snapshot)
    return _Beginning(problem, beside, row, snapshot, "")


def _traced(make: Callable[[], _Beginning]) -> tuple[int, int]:
    """Return the bytes of the arrays that an object keeps, and the most that there were while it was made.

    It is one that has been made before: a module that is loaded while memory is traced takes five times as long, and is
    not the case's. Tables that all objects share are left out: 4 % of what a sphere of degree 511 keeps.
    """
    tracemalloc.start()
    try:
        made = make()
        _, peak = tracemalloc.get_traced_memory()
        arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
        held = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([arrays]).traces)
        del made  # it had to be there until now
        return held, peak
    finally:
        tracemalloc.stop()


def _grows(case: Case, problem: Problem) -> bool:
    """Whether the degree is chosen on the way."""
    return case.space.degree in ("auto", None) and "degree" in problem.flow.layout


def _expected(case: Case, problem: Problem) -> Outlook:
    """Return steps and end of a run: of harmonics what pilots tell, else what the speed of tokens does."""
    degree = problem.flow.layout.get("degree")
    if "mergers" in problem.flow.layout:  # clusters take cells in, until nothing is left that costs anything
        return Outlook(math.nan, math.nan, math.inf, math.inf, ())
    if degree is None:
        steps = step_count(case, problem)
        return Outlook(steps, steps * SCHEMES[problem.scheme].evaluations, math.inf, math.inf, ())
    if case.space.hands_over:  # another chart takes over
        return Outlook(math.nan, math.nan, math.nan, math.nan, ())
    grows = _grows(case, problem)
    seen = outlook(case, problem, case.space.max_degree if grows else degree)
    return replace(seen, steps=math.nan, evaluations=math.nan) if grows else seen


def _outputs(problem: Problem, unresolved: float) -> tuple[int, int]:
    """Return how many rows and snapshots there will be."""
    until = math.inf if math.isnan(unresolved) else unresolved
    rows, snapshots = (int(np.sum(times <= until)) for times in (problem.schedule.rows, problem.schedule.snapshots))
    return max(rows, 1), max(snapshots, 1)


def record_size(row: Row, rows: int, snapshot: Snapshot, snapshots: int, at_least: int = 0) -> float:
    """Return the bytes of a record whose rows and snapshots all are as large as one of each.

    Accuracy
    --------
    The texts of claims are left out, and what compression saves.
    """
    numbers = 1 + sum(np.size(value) for value in row.values.values())
    if row.clusters is not None:
        numbers += 2 + row.clusters.count * (2 + np.shape(row.clusters.position)[-1])
    density = snapshot.density
    saved = sum(_written(variable.values, snapshots) for variable in type(density).packed([density]))
    return RECORD + NUMBER * numbers * rows + max(saved, at_least) * snapshots


def _written(values: Array, count: int) -> float:
    """Return the bytes that an array with a leading axis of one takes in a record which has it that often."""
    if values.nbytes * count <= TILED or values.ndim < 3:
        return float(values.nbytes)
    tiles = [-(-length // TILE) for length in values.shape[1:]]
    padded = np.pad(values[0], [(0, n * TILE - length) for n, length in zip(tiles, values.shape[1:], strict=True)])
    cut = padded.reshape([size for n in tiles for size in (n, TILE)])
    filled = np.count_nonzero(np.any(cut != 0, axis=tuple(range(1, cut.ndim, 2))))
    return float(values.nbytes * filled / math.prod(tiles))


def _increments(problem: Problem) -> int:
    """Return how many numbers the record keeps of common noise."""
    noise = noise_of(problem)
    return 0 if noise is None else noise.times(problem.schedule.end).size * (1 + noise.increments(0, 1).size)


def _seconds(problem: Problem) -> tuple[float, float]:
    """Time a right-hand side and a row; the fastest of two was disturbed least, and tables are made in the first."""
    first = min((problem.schedule.end, *problem.knots))
    times = (0.25 * first, 0.5 * first)
    return (
        min(timed(partial(problem.flow, at, problem.state)) for at in times),  # weights may change with time
        min(timed(partial(_looked_at, problem)) for _ in range(2)),
    )


def _looked_at(problem: Problem) -> None:
    """Make a row: observables and clusters."""
    problem.flow.observe(0.0, problem.state)
    if isinstance(problem.flow, ClusteredFlow):
        problem.flow.clusters(0.0, problem.state)


def work(case: Case, problem: Problem) -> str:
    """Say what a right-hand side consists of, where harmonics are transformed; nothing otherwise.

    Nodes: one transform for the density and one for the flux at the degree L of the space, and for every head one for
    the potential and with softmax one for the partition at the degree K that the kernel can be felt to. Moments: for
    every head the assembly of a matrix of 2K + 1 bands from K + 1 others and a product with it, 4 K² L additions and
    multiplications, and with softmax a second one and its solution, 12 K² L together.
    """
    degree, heads = problem.flow.layout.get("degree"), case.attention.all_heads
    if degree is None:
        return ""
    if any(head.multiples is None for head in heads):
        return f", each 2 transforms of degree {degree} and the fields of {len(heads)} head{'s' * (len(heads) > 1)}"
    softmax = case.attention.normalization == "softmax"
    acting = [head_kernel(case, head).scaled(size(head.query) * size(head.key)) for head in heads]
    kernels = [kernel.significant_degree(degree) for kernel in acting]
    if case.space.axisymmetric:
        operations = (12 if softmax else 4) * degree * sum(k * k for k in kernels)
        return f", each about {count(operations)} floating-point operations"
    return f", each 2 transforms of degree {degree} and {len(kernels) * (2 if softmax else 1)} of degree {max(kernels)}"


def count(number: float) -> str:
    """Write a rough number with two significant digits."""
    return f"{float(f'{number:.2g}'):.3g}" if number < 100 else _large(number)


def _large(number: float) -> str:
    """Write a large rough number: in digits while there are few of them."""
    return f"{float(f'{number:.2g}'):.0f}" if number < 1e6 else f"{number:.0e}"


def duration(seconds: float) -> str:
    """Write a rough time with two significant digits, in the unit that suits it."""
    for unit, length in UNITS.items():
        if seconds >= length:
            return f"{count(seconds / length)} {unit}"
    return f"{count(seconds * 1e6)} µs"
