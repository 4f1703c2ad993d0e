"""From a case to its stationary densities: the one that its initial density leads to, and the branch through that.

Responsible for which keys of a case a branch can follow, and for finding a degree that carries what is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import CaseError, DomainError, Unresolved
from kinetic.harmonic import HarmonicFlow
from kinetic.initial import InitialDensity
from kinetic.stationary.branch import Branch, Tell, follow, told_to_nobody
from kinetic.stationary.equation import SteadyEquation
from kinetic.stationary.newton import relax
from kinetic.stationary.state import StationaryPoint, describe
from kinetic.trust import TAIL_BOUND
from kinetic.types import Array

FOLLOWED = ("noise.diffusion", "attention.beta")
"""Keys along which a branch can be followed."""

_EVEN = 1e-6  # R and size of ρ − 1 below which a density counts as the uniform one

Result = TypeVar("Result")


@dataclass(frozen=True)
class Path:
    """Values of one key of a case, from the first to the last.

    Parameters
    ----------
    key : str
        One of `FOLLOWED`.
    start, stop : float
    count : int
        At least two.
    """

    key: str
    start: float
    stop: float
    count: int

    @classmethod
    def parse(cls, text: str) -> "Path":
        """Read KEY=START:STOP:COUNT.

        Raises
        ------
        CaseError
            If it is anything else.
        """
        key, _, numbers = text.partition("=")
        parts = numbers.split(":")
        allowed = f"KEY=START:STOP:COUNT with KEY {' or '.join(FOLLOWED)}, two different numbers, and COUNT from 2 on"
        try:
            start, stop, count = float(parts[0]), float(parts[1]), int(parts[2])
        except (ValueError, IndexError):
            raise CaseError(f"--follow: received {text}; must be {allowed}") from None
        good = key in FOLLOWED and len(parts) == 3 and np.isfinite([start, stop]).all() and start != stop
        if not (good and 2 <= count <= 1000):
            raise CaseError(f"--follow: received {text}; must be {allowed}, at most 1000")
        return cls(key, start, stop, count)

    @property
    def values(self) -> list[float]:
        """The values, both ends included."""
        return [float(value) for value in np.linspace(self.start, self.stop, self.count)]


def find(case: Case) -> tuple[StationaryPoint, tuple[float, ...]]:
    """Return the stationary density that the initial density of a case leads to, and the residuals on the way.

    Raises
    ------
    CaseError
        If the case has no noise or another chart than the harmonic one.
    Unresolved
        If no degree that the case allows carries it, or there is no convergence.
    """

    def found(flow: HarmonicFlow) -> tuple[StationaryPoint, tuple[float, ...]]:
        equation = _equation(case, flow)
        converged = relax(equation, _start(case, flow))
        kind = "uniform" if _is_uniform(equation, converged.coefficients) else "branch"
        return describe(equation, converged.coefficients, kind=kind), converged.residuals

    return _at_some_degree(_flow(case), found)


def follow_case(case: Case, path: Path, tell: Tell = told_to_nobody) -> Branch:
    """Return the branch through the stationary density that a case leads to at the first value of a key.

    The uniform density, where it is stationary, is tabulated at every value as well, after the branch. `tell` is told
    how far it is, as in `follow`.

    Raises
    ------
    CaseError
        If the case has no noise, another chart than the harmonic one, or a value is not allowed.
    DomainError
        If the density at the first value is the uniform one.
    Unresolved
        If the branch cannot be followed, or no degree that the case allows carries it.
    """
    cases = [_with(case, path.key, value) for value in (path.start, path.stop)]

    def found(flow: HarmonicFlow) -> Branch:
        at = _family(case, path.key, flow)
        first = at(path.start)
        converged = relax(first, _start(cases[0], first.flow))
        if _is_uniform(first, converged.coefficients):
            raise DomainError(
                f"branch: at {path.key} = {path.start:g} the initial density leads to the uniform one, which is no "
                "branch of its own; allowed: a start that leads to another; begin at a smaller diffusion or more "
                "concentrated"
            )
        branch = follow(at, path.values, converged.coefficients, tell)
        values = sorted({*path.values, *(p.parameter for p in (branch.points[-1], *branch.folds))})
        return Branch((*branch.points, *_uniform(at, values)), branch.end)

    return _at_some_degree(_flow(cases[0]), found)


def _uniform(at: Callable[[float], SteadyEquation], values: Sequence[float]) -> list[StationaryPoint]:
    """Return the uniform density at every value, if it is stationary."""
    points = []
    for value in values:
        equation = at(value)
        even = InitialDensity(uniform=1.0).coefficients(equation.flow.space)
        if equation.residual(even) > 1e-12:
            return []
        points.append(describe(equation, even, parameter=value, kind="uniform"))
    return points


def _is_uniform(equation: SteadyEquation, coefficients: Array) -> bool:
    return float(np.linalg.norm(equation.departure(coefficients))) < _EVEN


def _flow(case: Case) -> HarmonicFlow:
    """Return the flow of a case, watched by its tail whatever the initial density is."""
    if not case.noise.diffusion:
        raise CaseError(
            f"{case.name}: noise.diffusion: received 0; stationary densities need noise, without it tokens gather in "
            "points; must be > 0"
        )
    for path in case.tables:
        raise CaseError(f"{case.name}: {path}: received a table over time, under which nothing rests; give one value")
    if case.attention.frozen:
        raise CaseError(
            f"{case.name}: attention.frozen: received true, under which the density that rests depends on the initial "
            "one; must be false"
        )
    flow = build(case).flow
    assert isinstance(flow, HarmonicFlow)  # no other chart has noise
    highest = case.space.max_degree if case.space.degree == "auto" else None
    return replace(flow, tail_bound=TAIL_BOUND, max_degree=highest)


def _start(case: Case, flow: HarmonicFlow) -> Array:
    """Return the initial density of a case at the degree of a flow."""
    problem = build(case)
    held = problem.flow
    assert isinstance(held, HarmonicFlow)
    return np.asarray(held.space.resize(problem.state[:-1], flow.space.degree))


def _equation(case: Case, flow: HarmonicFlow) -> SteadyEquation:
    return SteadyEquation(flow, case.attention.normalization == "none")


def _with(case: Case, key: str, value: float) -> Case:
    """Return a case with another value of a key."""
    return Case.parse(case.text, [*case.overrides, f"{key}={value!r}"], case.name, case.folder)


def _family(case: Case, key: str, flow: HarmonicFlow) -> Callable[[float], SteadyEquation]:
    """Return the equation as a function of a key, at the degree of a flow."""
    if key == "noise.diffusion":
        return lambda value: _equation(case, replace(flow, diffusion=value))

    @lru_cache(maxsize=16)
    def at(value: float) -> SteadyEquation:
        other = _flow(_with(case, key, value))
        return _equation(case, other.at_layout(flow.layout))

    return at


def _at_some_degree(flow: HarmonicFlow, found: Callable[[HarmonicFlow], Result]) -> Result:
    """Return a result at the flow's degree or, where it may grow, at the first that carries it."""
    while True:
        try:
            return found(flow)
        except Unresolved:
            if flow.max_degree is None or flow.space.degree >= flow.max_degree:
                raise
            flow = flow.at_layout({"degree": min(2 * flow.space.degree, flow.max_degree)})
