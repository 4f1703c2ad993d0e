"""The first cells of a density that becomes several clusters, and whether it does."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.patches import sphere_labels
from kinetic.errors import NumericsError, Unresolved
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.mercator.several.absorbing import STANDING, Bundle
from kinetic.mercator.several.cells import MOST, Cells, Shape
from kinetic.mercator.several.criterion import Criterion
from kinetic.mercator.several.field import Head, attracting
from kinetic.mercator.several.flow import SeveralFlow
from kinetic.mercator.several.state import Sizes, State
from kinetic.problem import Flow
from kinetic.types import Array, ArrayLike

FACE = 5
"""Cells along an edge of the cube of labels at first."""

CELL_SHARE = 0.3
"""Of the tolerance, what a cell may have of mass times roughness."""

STEP_SHARE = 0.1
"""Of the tolerance, what the local error of one step may be: while clusters form it is magnified.

Measured on three clusters (cases/metastable_sphere.toml, tolerance 1e-8): largest differences, up to t = 10, of masses,
R and E (relative; while clusters form, at t = 3 to 5, and later) to a run with steps at 1e-9 and cells of order 10 at
3e-10, and processor time.

    step, cell         masses     R         E, forming    E, later    time
    1e-8, 1e-8         9e-7       2e-6      2e-6          5e-7        22 s
    1e-9, 1e-8         2e-7       8e-7      1e-6          1e-7        24 s
    1e-8, 3e-9         2e-7       8e-7      1e-6          1e-7        33 s
    1e-9, 3e-9         1e-7       3e-7      5e-7          7e-8        38 s
    1e-9, 3e-10                                                       66 s

Harmonics of degree 351, which carry t = 3 to rounding, differ there from the first and the fourth row by 1.7e-6 and
1.6e-7 in E. The path's length in W₂ feels the root of what still moves between clusters: 2e-5 with cells at 3e-9.
"""

_DEEPEST = 40
_MOST_AT_FIRST = 4000
_TURN = poses.rotation(np.array([0.0, 0.8, 0.3, 0.4, 0.33]))  # no axis of data lies on a border of the cube's faces
_PILOT, _PILOT_STEPPER = 1e-4, 1e-6
_LONGEST = 60.0


class LogDensity(Protocol):
    """An initial density of the sphere."""

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ, up to a constant, at unit vectors of shape (…, 3); −∞ or NaN where ρ is not positive."""


def several_start(
    head: Head, initial: LogDensity, tolerance: float, work: float = 0.0, time: float = 0.0
) -> tuple[SeveralFlow, Array]:
    """Return the flow of a density that becomes several clusters, at a tolerance of the run, and its first state.

    Raises
    ------
    Unresolved
        If no cells resolve the density.
    """
    flow, state = several_flow(head, initial, CELL_SHARE * tolerance)
    return flow, replace(flow.state(state), work=work, time=time).vector()


def several_of(head: Head, tolerance: float, layout: Mapping[str, int]) -> Flow:
    """Return the flow of the sizes of a layout, at a tolerance of the run."""
    return SeveralFlow(head, Criterion(CELL_SHARE * tolerance), Sizes(0, 0, 0)).at_layout(layout)


def several_flow(head: Head, initial: LogDensity, tolerance: float) -> tuple[SeveralFlow, Array]:
    """Return the flow of a density on cells of a tolerance, and its first state."""
    criterion = Criterion(tolerance)
    state = first_state(initial, criterion)
    return SeveralFlow(head, criterion, state.sizes), state.vector()


def first_state(initial: LogDensity, criterion: Criterion) -> State:
    """Return cells of mass one that resolve a density: halved, the density evaluated anew, until none is rough.

    Raises
    ------
    Unresolved
        Where the density is not positive, its masses underflow, or it is too rough for any affordable number of cells.
    """
    labels, shape = sphere_labels(FACE, MOST - 1), Shape(MOST, MOST)
    for _ in range(_DEEPEST):
        points, areas = labels.points_and_areas()
        points = points @ _TURN.T
        logs = np.asarray(initial.log_values(points))
        if not np.all(np.isfinite(logs)):
            raise Unresolved(
                "initial density: not positive everywhere; the Mercator chart follows ln ρ: add a uniform share, or "
                'use chart = "conformal"'
            )
        grid = (-1, MOST, MOST)
        cells = Cells(shape, points.reshape(*grid, 3), (logs + np.log(areas)).reshape(grid))
        if not np.all(cells.masses > 0):
            raise Unresolved(
                "initial density: somewhere so small that the masses of tokens underflow; add a uniform share, or use "
                'chart = "conformal"'
            )
        total = float(cells.mass.sum())
        cells = cells.rescaled(cells.mass / total)
        torn = criterion.torn(cells)
        if not torn.any():
            entropy = float(np.sum(cells.masses.ravel() * logs.ravel())) - math.log(total)
            return State(criterion.simplified([cells]), (), Bundle.none(), entropy=entropy)
        labels = labels.split(np.where(torn.any(axis=1), np.argmax(cells.roughness, axis=1), -1))
        if labels.face.size > _MOST_AT_FIRST:
            break
    raise Unresolved(
        f"initial density: not resolved by {labels.face.size} cells of order {MOST - 1}; make it smoother, or raise "
        "time.tolerance"
    )


def becomes_several(head: Head, initial: LogDensity) -> bool:
    """Whether several clusters will hold all but a thousandth of the mass (a tenth without softmax) before they merge.

    Where the initial field gathers tokens at one point only, they will not. Otherwise a rough run tells, at a tolerance
    of 1e-4 a cell: it ends when one attracting point is left, or when the clusters hold so much.

    **Cost** None with one attracting point, else a second or so.
    """
    try:
        flow, vector = several_flow(head, initial, _PILOT)
    except Unresolved:
        return False
    if _attracting_points(flow, vector) < 2:
        return False
    try:
        return _stands(flow, vector)
    except NumericsError:
        return False


def _stands(flow: SeveralFlow, vector: Array) -> bool:
    """Follow a rough run until clusters stand, or one attracting point is left."""
    stepper = AdaptiveStepper(flow, 0.0, vector, _PILOT_STEPPER)
    while stepper.time < _LONGEST * flow.head.unit_of_time:
        stepper.advance()
        adapted = flow.adapt(stepper.state)
        if adapted is None:
            continue
        if not isinstance(adapted[0], SeveralFlow):
            return True
        flow, vector = adapted[0], adapted[1]
        stepper = AdaptiveStepper(flow, stepper.time, vector, _PILOT_STEPPER, step=stepper.next_step)
        clouds = flow.state(vector).clouds
        if len(clouds) > 1 and sum(cloud.mass for cloud in clouds) > STANDING[flow.head.normalization]:
            return True
        if _attracting_points(flow, vector) < 2:
            return False
    return False


def _attracting_points(flow: SeveralFlow, vector: Array) -> int:
    """Return how many points the field of a state gathers tokens at."""
    tokens = flow.state(vector).tokens
    return len(attracting(flow.head.field(tokens.points, tokens.masses)))
