"""The first cells of an initial density, the pole they are laid about, and the problem that begins with them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.charts.patches import Cell, Selection, cell_of_order
from kinetic.errors import Unresolved
from kinetic.mercator.circle.field import CircleField, Drift
from kinetic.mercator.circle.finding import places
from kinetic.mercator.circle.flow import CircleMercatorFlow
from kinetic.mercator.circle.mesh import CircleMesh, Sizes, log_areas, tangents
from kinetic.mercator.circle.motion import Sight
from kinetic.mercator.circle.rearranging import CUTS
from kinetic.mercator.circle.resolution import LARGEST_MESH, Criterion
from kinetic.mercator.circle.several.motion import ASYMMETRIC
from kinetic.mercator.circle.state import CircleState, lift
from kinetic.problem import Problem, Schedule
from kinetic.symmetry import Symmetry
from kinetic.types import Array, Normalization

ELEMENT_ORDER = 15
"""Default polynomial degree of the cells."""

STEP_SHARE = 0.05
"""Of the tolerance, what the local error of one step may be.

Errors of a stage of two clusters are carried into 1 − R magnified: 19 times on data where each step took all of it. At
order 8 a twentieth costs 1.45 times the steps.
"""

_CORE = (-1.5, 1.3)  # Q at the ends of the first core; p is not in the middle of a cell
_WIDTH = 0.7
_DEEPEST = 60
_SCAN = 2048
_SAME = 1e-9  # a mean shorter than that has no direction


class LogDensity(Protocol):
    """An initial density as a function of the angle φ on the circle."""

    def __call__(self, angle: Array, /) -> Array:
        """Return ln ρ up to a constant, −∞ where ρ is not positive."""

    def places(self) -> tuple[float, ...]:
        """Return angles at which the cells have to look, however narrow ρ is there."""


def circle_mercator_problem(
    heads: Sequence[Head],
    normalization: Normalization,
    initial: LogDensity,
    schedule: Schedule,
    tolerance: float,
    scheme: str = "dop853",
    element_order: int | None = None,
    neurons: Neurons | None = None,
    frozen: bool = False,
    symmetry: Symmetry = ASYMMETRIC,
) -> Problem:
    """Return the problem of a density of the circle in the Mercator chart.

    Parameters
    ----------
    heads : sequence of Head
        2×2 matrices, any β.
    normalization : {"none", "softmax"}
    initial : LogDensity
    schedule : Schedule
    tolerance : float
        Of 1 − R at the end; a step may take `STEP_SHARE` of it, and the cells follow it.
    scheme : str
    element_order : int, optional
        Polynomial degree of the cells.
    neurons : Neurons, optional
        Of a perceptron, without a kink.
    frozen : bool
        Whether X stays for ever what the initial density makes it.
    symmetry : Symmetry
        Of the initial density, which clusters will keep.

    Raises
    ------
    Unresolved
        If no mesh resolves the initial density.
    """
    more = (neurons, frozen, symmetry)
    flow, state = circle_mercator_start(heads, normalization, initial, tolerance, element_order, 0.0, 0.0, *more)
    return Problem(flow, state, schedule, STEP_SHARE * tolerance, scheme)


def circle_mercator_start(
    heads: Sequence[Head],
    normalization: Normalization,
    initial: LogDensity,
    tolerance: float,
    element_order: int | None = None,
    work: float = 0.0,
    time: float = 0.0,
    neurons: Neurons | None = None,
    frozen: bool = False,
    symmetry: Symmetry = ASYMMETRIC,
) -> tuple[CircleMercatorFlow, Array]:
    """Return the flow and the state that hold a density, at whatever time: also one that another chart hands over.

    Parameters
    ----------
    heads, normalization, initial, tolerance, element_order, neurons, frozen, symmetry
        As for `circle_mercator_problem`.
    work : float
        ∫ ∫ <F, X> dμ dt up to now.
    time : float
        Now.
    """
    cell = cell_of_order(element_order or ELEMENT_ORDER, 1)
    field = CircleField(tuple(heads), normalization, neurons, folds=symmetry.folds)
    criterion = Criterion.of(field.reach, tolerance)
    state = first_state(cell, initial, field, criterion)
    if frozen:
        field = field.holding(Sight.of(state, field).drift, state.pole)
    flow = CircleMercatorFlow(field, criterion, state.mesh.sizes, cell.element.order, symmetry=symmetry)
    return flow, replace(state, work=work, time=time).vector()


def circle_flow(
    heads: Sequence[Head],
    normalization: Normalization,
    tolerance: float,
    neurons: Neurons | None = None,
    symmetry: Symmetry = ASYMMETRIC,
) -> CircleMercatorFlow:
    """Return the flow of any densities, of no size yet."""
    field = CircleField(tuple(heads), normalization, neurons, folds=symmetry.folds)
    criterion = Criterion.of(field.reach, tolerance)
    return CircleMercatorFlow(field, criterion, Sizes(0, 0, 0, 0), ELEMENT_ORDER, symmetry=symmetry)


def first_state(cell: Cell, initial: LogDensity, field: CircleField, criterion: Criterion) -> CircleState:
    """Return a density of mass one on cells that resolve it, about the pole that suits it."""
    guess = initial.places()[0] if initial.places() else 0.0
    provisional = CircleState(first_mesh(cell, initial, guess, criterion), guess)
    pole = guess + pole_of(Sight.of(provisional, field, 1))
    return CircleState(first_mesh(cell, initial, pole, criterion), pole)


def pole_of(sight: Sight) -> float:
    """Return the angle, from the present pole, of the material point to see the cluster from.

    That is the attracting zero of X nearest to the mean direction, or the mean direction where X has none.
    """
    mass_missing = sight.sums[1]
    mean = 1.0 - complex(mass_missing)
    toward = math.atan2(mean.imag, mean.real) if abs(mean) > _SAME else 0.0
    angles = toward + np.linspace(-np.pi, np.pi, _SCAN + 1)
    values, _ = sight.drift.at(angles)
    down = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if down.size == 0:
        return toward
    nearest = down[np.argmin(np.abs(0.5 * (angles[down] + angles[down + 1]) - toward))]
    return _zero(sight.drift, float(angles[nearest]), float(angles[nearest + 1]))


def _zero(drift: Drift, low: float, high: float) -> float:
    """Bisect."""
    for _ in range(_DEEPEST):
        middle = 0.5 * (low + high)
        if float(drift.at(np.array([middle]))[0][0]) > 0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@dataclass(frozen=True, eq=False)
class _Edges:
    """Where the first cells are, straight in their own variables."""

    sizes: Sizes
    ends: Array
    lift: float

    @classmethod
    def plain(cls) -> "_Edges":
        """Return one far cell, and the others about as wide as a density without features wants them."""
        height = lift(0.0)
        borders = [math.log(math.sinh(abs(q))) - height for q in _CORE]
        far = np.array([CUTS])
        left, right = (
            _even(-math.log(CUTS[1]), borders[0]),
            _even(borders[1], -math.log(-CUTS[0])),
        )
        core = _even(*_CORE)
        parts = (far, left, core, right)
        return cls(Sizes(*(part.shape[0] for part in parts)), np.concatenate(parts), height)

    def halved(self, chosen: Selection) -> "_Edges":
        """Return the edges with the chosen cells cut in two."""
        counts = np.where(chosen, 2, 1)
        ends = np.repeat(self.ends, counts, axis=0)
        first = (np.cumsum(counts) - counts)[chosen]
        middle = self.ends[chosen] @ np.array([0.5, 0.5])
        ends[first, 1] = middle
        ends[first + 1, 0] = middle
        return _Edges(self.sizes.refined(chosen), ends, self.lift)

    def laid(self, cell: Cell, initial: LogDensity, pole: float) -> CircleMesh:
        """Return straight cells that carry the density."""
        widths = np.diff(self.ends, axis=1)
        position = self.ends[:, :1] + widths * cell.element.points
        tangent = tangents(position, self.sizes, self.lift)
        blank = CircleMesh(cell, self.sizes, self.lift, position, position, position)
        logs = initial(pole + blank.angles)
        area = log_areas(position, tangent, self.sizes, self.lift)
        return replace(blank, log_density=logs, log_mass=logs + area + np.log(np.abs(widths)))


def _even(low: float, high: float) -> Array:
    """Return the ends of equal cells."""
    count = max(1, math.ceil(abs(high - low) / _WIDTH))
    edges = np.linspace(low, high, count + 1)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def first_mesh(cell: Cell, initial: LogDensity, pole: float, criterion: Criterion) -> CircleMesh:
    """Return a mesh about a pole that resolves a density, of mass one.

    Raises
    ------
    Unresolved
        If the density is not positive, or no mesh resolves it.
    """
    edges = _Edges.plain()
    seen = np.angle(np.exp(1j * (np.array(initial.places()) - pole))) if initial.places() else np.zeros(0)
    for _ in range(_DEEPEST):
        mesh = edges.laid(cell, initial, pole)
        if not np.all(np.isfinite(mesh.log_density)):
            raise Unresolved(
                "initial density: not positive everywhere; the Mercator chart of the circle wants a positive density: "
                'add some of the uniform one, or use chart = "harmonic"'
            )
        top = mesh.rescaled(float(mesh.log_mass.max()))
        coarse = criterion.coarse_at_first(top) | _missed(mesh, initial, pole, seen, criterion)
        if not coarse.any():
            return top.rescaled(math.log(top.mass))
        edges = edges.halved(coarse)
        if edges.sizes.total > LARGEST_MESH:
            break
    raise Unresolved(
        f"initial density: not resolved by {edges.sizes.total} cells of order {cell.element.order}; make it "
        "smoother (waves of lower degrees) or more positive, or raise space.element_order or time.tolerance"
    )


def _missed(mesh: CircleMesh, initial: LogDensity, pole: float, seen: Array, criterion: Criterion) -> Selection:
    """Return which cells hold a place at which they do not know the density."""
    missed = np.zeros(mesh.sizes.total, dtype=bool)
    if seen.size:
        index, labels = places(mesh, seen)
        known = np.einsum("ij,ij->i", mesh.cell.element.tabulate(labels), mesh.log_density[index])
        exact = initial(pole + seen)
        missed[index] = np.abs(known - exact) > 1e3 * criterion.interpolation + 1e-12 * np.abs(exact)
    return missed
