"""All refusals of a case, in the order in which they are told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from kinetic import case as cases
from kinetic.assembly.refusals.exponents import depth_problems, exponents_problems
from kinetic.assembly.refusals.model import (
    context_problems,
    entropy_problems,
    frozen_problems,
    heads_problems,
    kernel_problems,
    perceptron_problems,
)
from kinetic.assembly.refusals.noise import environment_problems, noise_problems, time_problems
from kinetic.assembly.refusals.tokens import (
    cells_problems,
    labels_problems,
    norms_problems,
    rest_problems,
    rows_problems,
)
from kinetic.errors import CaseError


def require_possible(case: cases.Case) -> None:
    """Refuse what does not go together.

    Raises
    ------
    CaseError
    """
    for message in depth_problems(case):  # also in chart = "auto", which goes on to another chart
        raise CaseError(message)
    for message in unfollowed(seen_in("harmonic", case) if case.space.hands_over else case):
        raise CaseError(message)


def unfollowed(case: cases.Case) -> Iterator[str]:
    """Yield what does not go together."""
    checks = (
        kernel_problems,
        frozen_problems,
        perceptron_problems,
        heads_problems,
        noise_problems,
        context_problems,
        norms_problems,
        time_problems,
        cells_problems,
        rest_problems,
        rows_problems,
        environment_problems,
        labels_problems,
        entropy_problems,
    )
    for check in checks:
        yield from check(case)
    for stage in case.stages:
        yield from exponents_problems(stage)


def seen_in(chart: Literal["harmonic", "mercator"], case: cases.Case) -> cases.Case:
    """Return a case in another chart."""
    space = case.space.model_copy(update={"chart": chart})
    return replace(case, model=case.model.model_copy(update={"space": space}))
