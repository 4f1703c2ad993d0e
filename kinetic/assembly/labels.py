"""Cases with labels: whom tokens see, where each label begins, and the problem of both."""

import numpy as np

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.assembly.beginnings import initial_density, require_positive
from kinetic.errors import CaseError, DomainError
from kinetic.initial import Harmonic, InitialDensity
from kinetic.label import (
    Bump,
    Causal,
    LabelledFlow,
    Labels,
    Mask,
    Slice,
    TurningAttention,
    Window,
    axes,
    labelled_problem,
    positions,
    rates,
)
from kinetic.label.flow import Felt
from kinetic.problem import Problem, Schedule
from kinetic.spaces.space import Space

SMALLEST_POSITION = 1e-3
"""Smallest position that is resolved by default."""


def labelled(case: cases.Case, space: Space, schedule: Schedule, scheme: str, *, grows: bool) -> Problem:
    """Return the problem of a case with labels, in the largest space that it may grow to."""
    given = case.label
    assert given is not None
    slices, bump = _slices(case, given, space), _bump(given, space)
    labels = _rates(given) if given.kind == "frequency" else _positions(given, slices, bump)
    flow = LabelledFlow(
        space,
        lambda at: _attention(case, labels, at),
        forces.kernels(case)[0],
        labels,
        case.noise.diffusion,
        max_degree=space.degree if grows else None,
    )
    try:
        return labelled_problem(flow, slices, bump, schedule, case.time.tolerance, scheme)
    except DomainError as error:
        where = "initial" if given.slices is None else "label.slices"
        raise CaseError(f"{where}: received {error}") from error


def _attention(case: cases.Case, labels: Labels, space: Space) -> Felt:
    """Return the attention that tokens of each label feel in a space."""
    from kinetic.attention.nodal import NodalAttention

    attention = forces.attention(case)(space)
    if not labels.turns:
        return attention  # type: ignore[return-value]
    assert isinstance(attention, NodalAttention)
    return TurningAttention(attention, labels.turning)


def _slices(case: cases.Case, given: cases.Label, space: Space) -> tuple[Slice, ...]:
    """Return the initial densities by position."""
    stretches = given.slices or (cases.LabelSlice(upto=1.0, initial=case.initial),)
    found = []
    for i, stretch in enumerate(stretches):
        initial = initial_density(case.beginning_with(stretch.initial))
        if stretch.initial.kind in ("harmonics", "random"):
            try:
                require_positive(initial, space, stretch.initial.kind)
            except CaseError as error:
                raise (error if given.slices is None else CaseError(f"label.slices.{i}.{error}")) from error
        found.append(Slice(stretch.upto, initial))
    return tuple(found)


def _bump(given: cases.Label, space: Space) -> Bump | None:
    """Return the factor of the initial densities, refused where it is negative somewhere."""
    change = given.perturbation
    if change is None:
        return None
    harmonic = Harmonic(change.degree, change.order or 0, change.amplitude)
    try:
        require_positive(InitialDensity(uniform=1.0, harmonics=(harmonic,)), space, "harmonics")
    except CaseError as error:
        raise CaseError(
            f"label.perturbation.amplitude: received {change.amplitude:g}; 1 + amplitude·Y is negative somewhere; "
            "lower it"
        ) from error
    if change.power is not None:
        return Bump(harmonic, power=change.power)
    return Bump(harmonic, change.at or 1.0, change.width or 1.0)


def _positions(given: cases.Label, slices: tuple[Slice, ...], bump: Bump | None) -> Labels:
    """Return positions with their elements."""
    ends = slices[0].upto if len(slices) > 1 else 1.0
    default = ends if bump is None and ends < 1 else min(SMALLEST_POSITION, 0.5 * ends)
    first = given.first or default
    elements = given.elements or max(1, int(np.ceil(-np.log(first))))
    mask: Mask = Causal(given.decay) if given.kind == "causal" else Window(float(given.width or 1.0))
    try:
        return positions(mask, slices, bump, first, elements, given.order)
    except DomainError as error:
        raise CaseError(str(error)) from error


def _rates(given: cases.Label) -> Labels:
    """Return rotation rates with their weights, or rotations at each of them about every axis."""
    if given.rates is not None:
        values = np.array(given.rates)
        weights = np.ones(values.size) if given.weights is None else np.array(given.weights)
        weights /= weights.sum()
    else:
        values, weights = rates(str(given.law), given.center, float(given.scale or 0.0), given.count)
    if given.axes is None:
        return Labels(values, weights, weights[None])
    vectors, shares = axes(given.axes)
    rotations = np.multiply.outer(values, vectors).reshape(-1, 3)
    weights = np.multiply.outer(weights, shares).ravel()
    return Labels(np.arange(float(weights.size)), weights, weights[None], rotations=rotations)
