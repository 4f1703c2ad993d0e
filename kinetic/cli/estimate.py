"""What a run will cost, roughly, without running it.

Responsible for an honest order of magnitude: two right-hand sides and one row are timed, the number of steps comes
from a bound on the speed of tokens. Refuses to take a step.
"""

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from kinetic.assembly import build
from kinetic.assembly.forces import head_kernel, neurons, size
from kinetic.case import Case
from kinetic.kernels import Kernel
from kinetic.problem import Problem


@dataclass(frozen=True)
class Scheme:
    """What the estimate knows of a time scheme.

    Parameters
    ----------
    order : int
        Order of its error.
    evaluations : int
        Right-hand sides a step, those of the dense output included.
    stable : float
        Usual step × degree × speed of tokens, measured on circle, sphere and zonal spaces from degree 32 to 511.
    damped : float
        Largest step × κ L(L+d−2) with noise, measured likewise; infinite for exponential schemes.
    """

    order: int
    evaluations: int
    stable: float
    damped: float


SCHEMES = {
    "dop853": Scheme(8, 15, 9.0, 6.7),
    "rk45": Scheme(5, 6, 3.5, 3.3),
    "etd8": Scheme(8, 21, 5.0, math.inf),
}
ACCURATE = 3.0  # usual step × speed / tolerance^(1/order), measured likewise at tolerances of 1e-11 to 1e-6
STEPPER_ARRAYS = 22  # vectors of the size of the state that dop853 keeps; etd8 and rk45 keep fewer
SNAPSHOT_NUMBERS = 2  # numbers in a record for one of a state, at most: zeros pad triangles to squares
SLOWEST = 1e-100  # a speed that stands for none
ROW_NUMBERS = 20
NUMBER = 8  # bytes
UNITS = {"days": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0, "ms": 1e-3}


@dataclass(frozen=True)
class Cost:
    """The cost of a run, judged by the resolution with which it begins.

    Parameters
    ----------
    unknowns : int
        Real numbers that the stepper moves.
    evaluations : int
        Right-hand sides a step.
    steps : float
        Steps until the end.
    evaluation, seconds : float
        Seconds of one right-hand side, and of the run.
    memory, record : int
        Bytes that the run needs beside the libraries, and that its record has at most.
    """

    unknowns: int
    evaluations: int
    steps: float
    evaluation: float
    seconds: float
    memory: int
    record: int


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
    Steps within a factor of three where tokens move about as fast as they can for most of the time; too many for a
    density that stays nearly uniform. Seconds inherit that, and the load of the machine.

    Cost
    ----
    Building, four right-hand sides and two rows.
    """
    problem, peak = _traced(lambda: _built(case))
    steps = step_count(case, problem)
    evaluation, row = _seconds(problem)
    scheme, schedule, size = SCHEMES[problem.scheme], problem.schedule, problem.state.size
    watched = 2 if problem.companion else 1  # the companion is no dearer than the run itself
    record = NUMBER * (SNAPSHOT_NUMBERS * size * schedule.snapshots.size + ROW_NUMBERS * schedule.rows.size)
    return problem, Cost(
        unknowns=size,
        evaluations=scheme.evaluations,
        steps=steps,
        evaluation=evaluation,
        seconds=watched * (steps * scheme.evaluations * evaluation + schedule.rows.size * row),
        # the image of the record is made in memory, beside the arrays that go into it
        memory=watched * (peak + NUMBER * size * (STEPPER_ARRAYS + schedule.snapshots.size)) + 2 * record,
        record=record,
    )


def _built(case: Case) -> Problem:
    """Build a case and evaluate its right-hand side once, so that all that is made once has been made."""
    problem = build(case)
    problem.flow(0.0, problem.state)
    return problem


def _traced(make: Callable[[], Problem]) -> tuple[Problem, int]:
    """Return what is made, and the peak of the memory that it took."""
    tracemalloc.start()
    try:
        return make(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _seconds(problem: Problem) -> tuple[float, float]:
    """Time a right-hand side and a row; the fastest of two was disturbed least, and tables are made in the first."""
    first = min((problem.schedule.end, *problem.knots))
    times = (0.25 * first, 0.5 * first)
    return (
        min(_timed(partial(problem.flow, at, problem.state)) for at in times),  # weights may change with time
        min(_timed(lambda: problem.flow.observe(0.0, problem.state)) for _ in range(2)),
    )


def _timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def speed(case: Case) -> float:
    """Return a bound on the speed of tokens on the sphere, max |X|.

    With softmax a head moves a token by the tangent part of an average of values: at most |V|. Without, by at most
    what a Dirac mass does, |V| |g(b t)| √(1 − t²) with b = |Q| |K|. Heads add up. With softmax and a kernel of both
    signs nothing bounds the quotient, and this is an estimate.

    A neuron moves it by at most |w| σ(1 + |b|), |b| ≥ 0. Where weights change with time, the fastest stage counts.

    Parameters
    ----------
    case : Case

    Returns
    -------
    float
        Radians per unit of time; infinite beyond the range of doubles.
    """
    return max(_speed_now(stage) for stage in case.stages)


def _speed_now(case: Case) -> float:
    total = 0.0 if (given := neurons(case)) is None else given.fastest
    for head in case.attention.all_heads:
        query, key, value = (size(matrix) for matrix in (head.query, head.key, head.value))
        bound = 1.0
        if case.attention.normalization == "none":
            bound = _fastest(head_kernel(case, head).scaled(query * key))
        total += value * bound
    return total


def _fastest(kernel: Kernel) -> float:
    """Return a bound on |g(t)| √(1 − t²), t = cos θ: its maximum, looked for on finer and finer grids of angles.

    The value on a grid is below the maximum by the square of the spacing, relatively: rounding after two refinements.
    """
    low, high = 0.0, math.pi
    for _ in range(3):
        angles = np.linspace(low, high, 2001)
        with np.errstate(over="ignore", invalid="ignore"):
            sizes = np.abs(kernel.values(np.cos(angles))) * np.sin(angles)
        best = int(np.nanargmax(sizes))
        low, high = angles[max(best - 1, 0)], angles[min(best + 1, angles.size - 1)]
    return float(sizes[best]) * (1.0 + 1e-12)


def step_count(case: Case, problem: Problem) -> float:
    """Estimate the number of steps: the shorter step of those that accuracy and stability allow.

    Parameters
    ----------
    case : Case
    problem : Problem

    Returns
    -------
    float
        At least 1; infinite where no step is short enough.
    """
    scheme, fastest = SCHEMES[problem.scheme], max(speed(case), SLOWEST)
    accurate = ACCURATE * problem.tolerance ** (1 / scheme.order) / fastest
    degree = problem.flow.layout.get("degree")
    # a mesh that moves with the tokens, which has no degree, is not held back by its finest element
    stable = math.inf if degree is None else _stable_step(scheme, degree, fastest, case)
    given = case.common_noise
    step = min(accurate, stable, math.inf if given is None else given.step)
    return max(problem.schedule.end / step, 1.0) if step > 0 else math.inf


def _stable_step(scheme: Scheme, degree: int, fastest: float, case: Case) -> float:
    """Estimate the longest stable step in harmonics.

    Tokens of speed v ask for step × l v ≤ c in degree l. An exponential scheme takes diffusion exactly, which damps the
    degrees with step × κ l² > 1: c need only hold for the others, whose largest has l = (κ · step)^(−1/2), so that the
    step is κ (c/v)² where that is longer than c/(L v). An explicit one has to follow the fastest decay instead.
    """
    diffusion, moving = case.noise.diffusion, scheme.stable / (degree * fastest)
    if not diffusion:
        return moving
    if scheme.damped == math.inf:
        return max(moving, diffusion * (scheme.stable / fastest) ** 2)
    return min(moving, scheme.damped / (diffusion * degree * (degree + case.space.dimension - 2)))


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
    if case.space.kind == "zonal":
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
