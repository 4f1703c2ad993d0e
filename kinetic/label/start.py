"""Where labelled densities begin: positions and their elements, the density of each, and what perturbs it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetic.attention.moments import Products
from kinetic.density import Density
from kinetic.density.observing import spectral_tail
from kinetic.errors import DomainError
from kinetic.initial import Harmonic, InitialDensity
from kinetic.label.flow import LabelledFlow
from kinetic.label.labels import Labels
from kinetic.label.masks import NEAR, Mask
from kinetic.label.mesh import Mesh, mesh, require_size
from kinetic.problem import Problem, Schedule
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import Zonal
from kinetic.spectrum import Asked, Initial
from kinetic.trust import RESOLVED_CHANGE, SMALLEST_AUTO_DEGREE, TAIL_BOUND, grown, growth_bound
from kinetic.types import Array

PROFILE_TAIL = 1e-11
"""Highest modes of a perturbation's profile, whose largest value is 1, beyond which its elements are halved."""

RATE_TAIL = RESOLVED_CHANGE / 100
"""Share of the highest modes in the rates at time 0 beyond which their elements are halved.

Behind a jump the softmax partition has a layer, of width e^{−β}/w_0 in ln s at worst: where few have been seen but the
prefix, its antipode is attended to by e^{−β}, by as little as that, until others come in. The hundredth is room for
what becomes of the rates later.
"""

_MOST_HALVINGS = 60


@dataclass(frozen=True)
class Slice:
    """The initial density of a stretch of positions, which ends at `upto`."""

    upto: float
    initial: Initial


@dataclass(frozen=True)
class Bump:
    """A factor 1 + amplitude·Y·profile(s) of the initial densities.

    Parameters
    ----------
    harmonic : Harmonic
        Y with its amplitude.
    at, width : float
        Of the profile e^{−(s − at)²/(2 width²)}.
    power : float, optional
        Of the profile s^power instead.
    """

    harmonic: Harmonic
    at: float = 0.0
    width: float = 1.0
    power: float | None = None

    def profile(self, s: Array) -> Array:
        """Return the profile at positions."""
        if self.power is not None:
            return np.asarray(s**self.power)
        return np.asarray(np.exp(-0.5 * ((s - self.at) / self.width) ** 2))


def positions(
    mask: Mask, slices: Sequence[Slice], bump: Bump | None, first: float, elements: int, order: int
) -> Labels:
    """Return the positions of a mask, in elements that end where initial data jump and where solutions have kinks.

    Elements are halved until they carry the profile of the perturbation.

    Raises
    ------
    DomainError
        If that takes too many positions.
    """
    jumps = [given.upto for given in slices[:-1]]
    kinks = [s for s in mask.kinks(jumps, order) if s > first and not np.any(np.isclose(s, jumps, rtol=NEAR, atol=0.0))]
    made = mesh(first, kinks, jumps, elements, order)
    if bump is not None:
        made = _carrying(made, bump)
    return Labels.of_positions(made, mask)


def _carrying(made: Mesh, bump: Bump) -> Mesh:
    """Halve elements until the two highest modes of the profile are negligible in each."""
    for _ in range(_MOST_HALVINGS):
        rough = np.flatnonzero(made.top_modes(bump.profile(made.nodes)) > PROFILE_TAIL)
        if not rough.size:
            return made
        made = made.halved(int(cell) for cell in rough)
        require_size(made)
    raise DomainError(
        f"label.perturbation: its profile is not resolved by elements of order {made.element.order}; raise "
        "label.order, or widen the profile"
    )


def initial_rows(space: Space, labels: Labels, slices: Sequence[Slice], bump: Bump | None) -> Array:
    """Return the native coefficients of the initial density at every label, shape (n, size)."""
    ends = np.array([given.upto for given in slices])
    found = np.minimum(np.searchsorted(ends, labels.values, side="left"), len(slices) - 1)
    each = np.stack([given.initial.coefficients(space) for given in slices])
    rows = each[found]
    if bump is None:
        return rows
    changes = np.stack([_times(space, row, bump.harmonic) for row in each])
    rows = rows + bump.profile(labels.values)[:, None] * changes[found]
    return np.asarray(rows / rows[:, :1])


def _times(space: Space, coefficients: Array, harmonic: Harmonic) -> Array:
    """Return the coefficients of a density times a harmonic with its amplitude."""
    only = InitialDensity(uniform=1.0, harmonics=(harmonic,)).coefficients(space)
    only[0] -= 1.0
    if isinstance(space, Zonal):
        count = harmonic.degree + 1
        polynomial = np.exp(space.log_multiplicities[:count]) * only[:count]
        products = Products(space.degree, harmonic.degree, space.dimension)
        return products.apply(polynomial, coefficients)[: space.degree + 1]
    grid = space.grid(harmonic.degree)
    return grid.analysis(grid.values(only) * grid.values(coefficients))


def labelled_problem(
    flow: LabelledFlow,
    slices: Sequence[Slice],
    bump: Bump | None,
    schedule: Schedule,
    tolerance: float,
    scheme: str,
) -> Problem:
    """Return the problem of labelled densities.

    Parameters
    ----------
    flow : LabelledFlow
        In its largest space; one that may grow begins with the smallest that carries the initial densities.
    slices : sequence of Slice
    bump : Bump, optional
    schedule : Schedule
    tolerance : float
    scheme : str

    Raises
    ------
    DomainError
        If the space does not resolve one of the initial densities.
    """
    flow = _refined(_beginning(replace(flow, growth_bound=growth_bound(tolerance)), slices, bump), slices, bump)
    for given in slices:
        Asked.of(flow.space, given.initial).require_kept(flow.space.degree, TAIL_BOUND)
        tail = spectral_tail(Density(flow.space, given.initial.coefficients(flow.space)), flow.kernel)
        if tail > TAIL_BOUND:
            raise DomainError(
                f"a density of spectral tail {tail:.3g} at degree {flow.space.degree} (allowed {TAIL_BOUND:.3g}); with "
                "labels it must be smooth; raise space.degree, or start less concentrated and without jumps"
            )
    state = initial_rows(flow.space, flow.labels, slices, bump).reshape(-1)
    return Problem(flow, state, schedule, tolerance, scheme)


def _refined(flow: LabelledFlow, slices: Sequence[Slice], bump: Bump | None) -> LabelledFlow:
    """Halve elements until they carry the rates at time 0."""
    for _ in range(0 if flow.labels.turns else _MOST_HALVINGS):
        rows = initial_rows(flow.space, flow.labels, slices, bump)
        rates = flow.felt_rows(flow.rows(flow(0.0, rows.reshape(-1))))
        rough = np.flatnonzero(flow.labels.tails(rates) > RATE_TAIL)
        if not rough.size:
            break
        labels = flow.labels.halved(int(cell) for cell in rough)
        assert labels.mesh is not None
        require_size(labels.mesh)
        flow = replace(flow, labels=labels)
    return flow


def _beginning(flow: LabelledFlow, slices: Sequence[Slice], bump: Bump | None) -> LabelledFlow:
    """Return the flow in the space to begin with."""
    if flow.max_degree is None:
        return flow
    asked = [Asked.of(flow.space, given.initial) for given in slices]
    least = max(0 if bump is None else bump.harmonic.degree, *(one.required for one in asked))
    degree = min(max(SMALLEST_AUTO_DEGREE, least), flow.max_degree)
    while degree < flow.max_degree and _short(flow.at_layout({**flow.layout, "degree": degree}), asked, slices, bump):
        degree = grown(degree, flow.max_degree)
    return flow.at_layout({**flow.layout, "degree": degree})


def _short(flow: LabelledFlow, asked: Sequence[Asked], slices: Sequence[Slice], bump: Bump | None) -> bool:
    """Whether a flow's space is too small for the initial densities."""
    if any(one.beyond(flow.space.degree) > flow.growth_bound for one in asked):
        return True
    rows = initial_rows(flow.space, flow.labels, slices, bump)
    return flow.tails(rows.reshape(-1))[0] > flow.growth_bound
