"""From a case to a problem: the only place where a `kind` string meets a class.

One module for what tokens feel, one for where they begin, one for the chart they are followed in, one for what does not
go together. What only some cases need is imported where it is built: a case loads its own chart alone.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.assembly.auto import auto
from kinetic.assembly.charts import by_labels, by_normed_tokens, conformal, harmonic, in_common_noise, mercator
from kinetic.assembly.refusals import require_possible
from kinetic.clock import clocked
from kinetic.density import Body
from kinetic.errors import CaseError, DomainError
from kinetic.observables import Observation
from kinetic.problem import Problem
from kinetic.types import Array

if TYPE_CHECKING:
    from kinetic.record import Record


CHARTS: dict[str, Callable[[cases.Case], Problem]] = {
    "harmonic": harmonic,
    "conformal": conformal,
    "mercator": mercator,
    "auto": auto,
}
"""The charts of case files."""


def build(case: cases.Case) -> Problem:
    """Return the problem that a case describes.

    Raises
    ------
    CaseError
        If the case asks for something that does not exist, or for a density that is negative somewhere.
    """
    require_possible(case)
    try:
        with threadpool_limits(1, user_api="blas"):  # as a run has it: small products, which threads only delay
            problem = _built(case)
        return replace(problem, entropies=_entropies(case)) if case.output.attention_entropy else problem
    except DomainError as error:
        raise CaseError(str(error)) from error


def _built(case: cases.Case) -> Problem:
    """Return the problem of a case that is possible."""
    if case.common_noise is not None:
        return in_common_noise(case)
    if case.label is not None:
        return by_labels(case)
    chart = CHARTS[case.space.chart] if case.layer_norm.scheme in ("post", "ln_scaling") else by_normed_tokens
    problem, clock = chart(case), forces.clock(case)
    return problem if clock is None else clocked(problem, clock)


def _entropies(case: cases.Case) -> Callable[[Body], Observation]:
    """Return what makes the observables of attention rows from a density."""
    from kinetic.row_entropy import row_entropies

    heads = forces.attending(case)

    def told(density: Body) -> dict[str, float | Array]:
        found = row_entropies(density, heads)
        mean: dict[str, float | Array] = {"attention_entropy": float(found.mean())}
        return mean | {"attention_entropy_by_head": found} if len(heads) > 1 else mean

    return told


def load(path: Any) -> "Record":
    """Return a record whose densities can be evaluated.

    Raises
    ------
    RecordError
        If the file is not a readable record.
    """
    from kinetic.assembly.bodies import rebuild
    from kinetic.record import Record

    return Record.load(path, rebuild)


__all__ = ["build", "load"]
