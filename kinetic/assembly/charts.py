"""The charts: for each the problem of a case in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.assembly.beginnings import (
    circle_logarithm,
    initial_density,
    meridian_logarithm,
    normed_logarithm,
    require_positive,
    sphere_logarithm,
    symmetry,
)
from kinetic.assembly.depth import CaseDepth
from kinetic.errors import CaseError, DomainError, Unresolved
from kinetic.harmonic import HarmonicFlow, harmonic_problem
from kinetic.pieces import Pieces
from kinetic.problem import Problem, Schedule
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space

_EXPLICIT_SCHEME, _EXPONENTIAL_SCHEME = "dop853", "etd8"
AFFORDABLE_DEGREE = {"circle": 511, "sphere": 63, "zonal": 255}
"""Degree up to which harmonics grow where the case leaves that open, because another chart takes over from there.

A right-hand side in harmonics of these degrees costs less than one on the cells of a density that needs them (measured
on noise at β = 5: 0.1, 1 and 0.5 ms against 1, 60 and 1 ms).
"""

_NORMED_DEGREE = {"circle": 64, "sphere": 32, "zonal": 64}
"""Degree to which the density of labels is expanded where the case leaves it open: the cells follow the tolerance."""


def _beyond(case: cases.Case) -> str:
    """Return the chart that follows a collapse to the end, empty where none does: rows have no ln ρ for cells."""
    if case.initial.kind != "tokens":
        return "mercator"
    low = not case.space.axisymmetric and case.attention.normalization == "softmax"
    return "conformal" if low else ""


def harmonic(case: cases.Case) -> Problem:
    """Return the problem in harmonics of the sphere's own coordinates."""
    space, grows = _space(case)
    initial = initial_density(case)
    if case.initial.kind in ("harmonics", "random"):
        require_positive(initial, space, case.initial.kind)
    depth = CaseDepth(case) if case.tables else None
    flow = HarmonicFlow(
        space,
        forces.frozen_attention(case, initial) if case.attention.frozen else forces.attention(case),
        forces.kernels(case) if depth is None else depth.all_kernels,
        forces.is_identity(case) and case.perceptron is None,
        case.noise.diffusion,
        forces.ledger(case),
        max_degree=space.degree if grows else None,
        depth=depth,
        held=initial if case.attention.frozen else None,
        beyond=_beyond(case),
    )
    with _initial_of(case):
        return harmonic_problem(flow, initial, _schedule(case), case.time.tolerance, _scheme(case))


def conformal(case: cases.Case) -> Problem:
    """Return the problem in harmonics of a boosted frame."""
    from kinetic.conformal import conformal_problem

    space, grows = _space(case)
    initial = initial_density(case)
    if case.initial.kind in ("harmonics", "random"):
        require_positive(initial, space, case.initial.kind)
    with _initial_of(case):
        return conformal_problem(
            space,
            forces.only_beta(case),
            case.attention.normalization,
            initial,
            _schedule(case),
            case.time.tolerance,
            _scheme(case),
            grows=grows,
            beyond="" if case.initial.kind == "tokens" else "mercator",
        )


def mercator(case: cases.Case) -> Problem:
    """Return the problem on cells that move with their tokens."""
    problems = {"zonal": _mercator_meridian, "circle": _mercator_circle, "sphere": _mercator_sphere}
    with _initial_of(case):
        return problems[case.space.kind](case)


def _mercator_meridian(case: cases.Case) -> Problem:
    from kinetic.attention.axisymmetric import AxisymmetricAttention
    from kinetic.mercator.zonal import Criterion, mercator_problem

    def attention(time: float, since: float) -> AxisymmetricAttention:
        at = case.at(time, since)
        kernel = forces.head_kernel(at, at.attention.all_heads[0])
        return AxisymmetricAttention(
            kernel, case.attention.normalization, forces.context_length(case), forces.neurons(at)
        )

    first = attention(0.0, 0.0)
    sizes = (case.space.elements, case.space.element_order)
    normalization, tolerance = case.attention.normalization, case.time.tolerance
    beside = (first.context_length, first.neurons)
    how = (_schedule(case), tolerance, _scheme(case))
    problem = mercator_problem(first.kernel, normalization, meridian_logarithm(case), *how, *sizes, *beside)
    sharpest = max(abs(attention(*stage.moment).kernel.sharpness) for stage in case.stages)
    return _in_pieces(problem, case, Pieces(attention), Criterion.of(sharpest, tolerance))


def _mercator_circle(case: cases.Case) -> Problem:
    from kinetic.mercator.circle import CircleField, Criterion, circle_mercator_problem

    def field(time: float, since: float) -> CircleField:
        at = case.at(time, since)
        return CircleField(forces.matrix_heads(at), case.attention.normalization, forces.neurons(at))

    first, start = field(0.0, 0.0), circle_logarithm(case)
    tolerance, order = case.time.tolerance, case.space.element_order
    how = (_schedule(case), tolerance, _scheme(case), order)
    more = (first.neurons, case.attention.frozen, symmetry(case))
    problem = circle_mercator_problem(first.heads, first.normalization, start, *how, *more)
    reach = max(field(*stage.moment).reach for stage in case.stages)
    return _in_pieces(problem, case, Pieces(field), Criterion.of(reach, tolerance))


def _in_pieces(problem: Problem, case: cases.Case, pieces: Any, criterion: Any) -> Problem:
    """Return a problem on cells by weights that change with time, as fine as the sharpest of them asks for."""
    if not case.tables:
        return problem
    flow: Any = problem.flow
    return replace(problem, flow=replace(flow, pieces=pieces, criterion=criterion), knots=case.knots)


def _mercator_sphere(case: cases.Case) -> Problem:
    from kinetic.mercator.sphere import SphereAttention, SphereCriterion, attention_of, sphere_mercator_problem

    normalization, tolerance = case.attention.normalization, case.time.tolerance
    made: list[SphereAttention] = []

    def attention(time: float, since: float) -> SphereAttention:
        at = case.at(time, since)
        near = made[-1] if made else None
        made[:] = [attention_of(forces.matrix_heads(at), normalization, forces.neurons(at), near)]
        return made[0]

    first = case.at(0.0, 0.0)
    sizes = (case.space.elements, case.space.element_order, forces.neurons(first), not case.tables)
    how = (sphere_logarithm(case), _schedule(case), tolerance, _scheme(case))
    problem = sphere_mercator_problem(forces.matrix_heads(first), normalization, *how, *sizes, symmetry=symmetry(case))
    reach = max(attention(*stage.moment).reach for stage in case.stages)
    return _in_pieces(problem, case, Pieces(attention), SphereCriterion.of(reach, tolerance))


def by_normed_tokens(case: cases.Case) -> Problem:
    """Return the problem of tokens with norms, which are followed by their initial directions."""
    from kinetic.normed import normed_problem, token_space

    kind, degree, beta = case.space.kind, _degree_of_labels(case), forces.only_beta(case)
    head = token_space(kind, case.space.dimension, beta, case.attention.normalization, degree)
    with _initial_of(case):
        return normed_problem(
            kind,
            head,
            forces.norm_scheme(case),
            normed_logarithm(case),
            _schedule(case),
            degree,
            case.layer_norm.radius,
            case.time.tolerance,
            _scheme(case),
        )


def in_common_noise(case: cases.Case) -> Problem:
    """Return the problem of tokens on cells in one random environment."""
    from kinetic.assembly.environment import environment, head_tokens
    from kinetic.normed import NormedFlow, Post, normed_problem
    from kinetic.normed.common_noise import StirredFlow

    kind, degree = case.space.kind, _degree_of_labels(case)
    tokens = head_tokens(case, degree)
    initial = normed_logarithm(case)
    with _initial_of(case):
        plain = normed_problem(
            kind, tokens, Post(), initial, _schedule(case), degree, tolerance=case.time.tolerance, stepper=_scheme(case)
        )
    flow = plain.flow
    assert isinstance(flow, NormedFlow)
    return replace(plain, flow=StirredFlow(flow, environment(case, tokens)))


def _degree_of_labels(case: cases.Case) -> int:
    """Return the degree to which a density of labels is expanded."""
    degree = case.space.degree
    if isinstance(degree, int):
        return degree
    return min(case.space.max_degree, max(_NORMED_DEGREE[case.space.kind], 2 * initial_density(case).required))


def by_labels(case: cases.Case) -> Problem:
    """Return the problem of tokens with labels, a density for each label."""
    from kinetic.assembly.labels import labelled

    space, grows = _space(case)
    return labelled(case, space, _schedule(case), _scheme(case), grows=grows)


@contextmanager
def _initial_of(case: cases.Case) -> Iterator[None]:
    """Name the initial density of a case where a chart cannot hold it."""
    try:
        yield
    except (Unresolved, DomainError) as error:
        raise CaseError(f"initial: received kind {case.initial.kind}; {error}") from error


def _space(case: cases.Case) -> tuple[Space, bool]:
    """Return the largest space, and whether the run may begin with a smaller one."""
    given = case.space
    grows = given.degree in ("auto", None)
    degree = given.max_degree if grows else given.degree
    if given.degree is None:  # chart = "auto": another chart takes over where that is cheaper
        degree = min(given.max_degree, AFFORDABLE_DEGREE[given.kind])
    assert isinstance(degree, int)
    return SPACES[given.kind](degree, given.dimension), grows


def _schedule(case: cases.Case) -> Schedule:
    given = case.output
    return Schedule(case.time.end, case.observe_every, case.save_every, given.first, given.observe_length)


def _scheme(case: cases.Case) -> str:
    """Return the time scheme: with noise, "auto" means one that diffusion does not hold back."""
    if case.time.scheme != "auto":
        return case.time.scheme
    return _EXPONENTIAL_SCHEME if case.noise.diffusion else _EXPLICIT_SCHEME
