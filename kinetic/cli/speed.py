"""How many steps a run takes, from a bound on the speed of tokens alone.

Responsible for the bound, and for the step that accuracy and stability allow at that speed. Refuses to take one.
"""

import math
from dataclasses import dataclass

import numpy as np

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
SLOWEST = 1e-100  # a speed that stands for none


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
