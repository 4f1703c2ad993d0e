"""The first cells of an initial density on the sphere, and the problem that begins with them."""

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.charts import pose as poses
from kinetic.charts.patches import Labels, sphere_labels
from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel
from kinetic.mercator import several
from kinetic.mercator.several.field import ASYMMETRIC
from kinetic.mercator.sphere.field import IdentityHead, SphereAttention
from kinetic.mercator.sphere.flow import SphereMercatorFlow
from kinetic.mercator.sphere.heads import MatrixHeads
from kinetic.mercator.sphere.mesh import TokenCells, inverse_log_sinh
from kinetic.mercator.sphere.resolution import LARGEST_MESH, SphereCriterion
from kinetic.mercator.sphere.state import SphereState
from kinetic.problem import Flow, Problem, Schedule
from kinetic.symmetry import Symmetry
from kinetic.types import Array, ArrayLike, Normalization

CELL_ORDER = 8
"""Default polynomial degree of the cells in either direction."""

_DEEPEST = 40
_SHIFTS = 200
_CLOSE = 1e-3  # radians: the pole need not be exactly anywhere
_NO_MEAN = 1e-6
_THIRD = math.tan(math.pi / 12)  # 1/3 and 2/3 of a cell, of its halves, and of theirs


class SphereDensity(Protocol):
    """An initial density of the sphere."""

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ, up to a constant, at unit vectors of shape (…, 3); −∞ or NaN where ρ is not positive."""


def sphere_mercator_problem(
    heads: tuple[Head, ...],
    normalization: Normalization,
    initial: SphereDensity,
    schedule: Schedule,
    tolerance: float,
    scheme: str,
    elements: int | None = None,
    element_order: int | None = None,
    neurons: Neurons | None = None,
    steady: bool = True,
    symmetry: Symmetry = ASYMMETRIC,
) -> Problem:
    """Return the problem of a density on the sphere without symmetry, in the Mercator chart.

    Parameters
    ----------
    heads : tuple of Head
        Any 3×3 matrices and any β.
    normalization : {"none", "softmax"}
    initial : SphereDensity
        Smooth and positive.
    schedule : Schedule
    tolerance : float
        Of the time stepper; the cells follow it. Where several clusters will stand both take shares of it.
    scheme : str
    elements : int, optional
        Least number of cells to begin with: 6 k² of them with an even k. They are halved where the density asks for
        it.
    element_order : int, optional
        Polynomial degree of the cells.
    neurons : Neurons, optional
        Of a perceptron, without a kink.
    steady : bool
        Whether these are the heads of all times.
    symmetry : Symmetry
        Of the initial density, which clusters will keep.

    Notes
    -----
    Where several clusters will stand (`kinetic.mercator.several.becomes_several`), the problem is that of `several`,
    for one identity head without a perceptron that stays what it is, and unless a number or an order of cells is given.

    Raises
    ------
    Unresolved
        If no cells resolve the initial density.
    """
    how = (elements, element_order, 0.0, 0.0, neurons, steady, symmetry)
    flow, state = sphere_mercator_start(heads, normalization, initial, tolerance, *how)
    share = several.STEP_SHARE if isinstance(flow, several.SeveralFlow) else 1.0
    return Problem(flow, state, schedule, share * tolerance, scheme)


def sphere_mercator_start(
    heads: tuple[Head, ...],
    normalization: Normalization,
    initial: SphereDensity,
    tolerance: float,
    elements: int | None = None,
    element_order: int | None = None,
    work: float = 0.0,
    time: float = 0.0,
    neurons: Neurons | None = None,
    steady: bool = True,
    symmetry: Symmetry = ASYMMETRIC,
) -> tuple[Flow, Array]:
    """Return the flow and the state that hold a density, at whatever time: also one that another chart hands over.

    Parameters
    ----------
    heads, normalization, initial, tolerance, elements, element_order, neurons, steady, symmetry
        As for `sphere_mercator_problem`.
    work : float
        ∫ ∫ <F, X> dμ dt up to now.
    time : float
        Now.
    """
    identity = identity_head(heads)
    if identity is not None and elements is None and element_order is None and neurons is None and steady:
        head = several.Head(identity.beta, normalization, symmetry)
        if several.becomes_several(head, initial):
            return several.several_start(head, initial, tolerance, work, time)
    count = 2 if elements is None else 2 * max(1, math.ceil(math.sqrt(elements / 24)))
    labels = sphere_labels(count, element_order or CELL_ORDER)
    attention = attention_of(heads, normalization, neurons)
    criterion = SphereCriterion.of(attention.reach, tolerance)
    turn = poses.pointing(first_pole(labels, initial, heads, normalization, neurons), 0.0)[1:]
    cells = first_cells(labels, initial, poses.rotation(np.append(0.0, turn)), criterion)
    flow = SphereMercatorFlow(attention, criterion, cells.size, cells.near, cells.cell.element.order)
    return flow, SphereState(cells, turn, work).vector()


def sphere_flow(
    heads: tuple[Head, ...],
    normalization: Normalization,
    tolerance: float,
    neurons: Neurons | None,
    symmetry: Symmetry,
    layout: Mapping[str, int],
) -> Flow:
    """Return the flow of the sizes of a layout: of cells about one pole, or of several clusters."""
    if "elements" not in layout:
        identity = identity_head(heads)
        if identity is None:
            raise ValueError("sizes of several clusters, for heads that are not followed there")
        return several.several_of(several.Head(identity.beta, normalization, symmetry), tolerance, layout)
    attention = attention_of(heads, normalization, neurons)
    criterion = SphereCriterion.of(attention.reach, tolerance)
    return SphereMercatorFlow(attention, criterion, 0, 0, CELL_ORDER).at_layout(layout)


def attention_of(
    heads: tuple[Head, ...],
    normalization: Normalization,
    neurons: Neurons | None = None,
    near: SphereAttention | None = None,
) -> SphereAttention:
    """Return what heads and a perceptron do to tokens: one identity head alone costs less than what is general.

    What has a part in common with the attention of another moment, `near`, is not made again.
    """
    identity = identity_head(heads)
    if identity is not None and neurons is None:
        return IdentityHead(identity, normalization)
    if isinstance(near, MatrixHeads):
        return near.at_another_moment(heads, neurons)
    return MatrixHeads(heads, normalization, neurons)


def identity_head(heads: tuple[Head, ...]) -> ExponentialKernel | None:
    """Return the kernel of heads that are one head with Q = K = V = I, else None."""
    one = np.eye(3)
    if len(heads) == 1 and np.array_equal(heads[0].form, one) and np.array_equal(heads[0].value, one):
        return ExponentialKernel(heads[0].beta, 3)
    return None


def first_pole(
    labels: Labels,
    initial: SphereDensity,
    heads: tuple[Head, ...],
    normalization: Normalization,
    neurons: Neurons | None = None,
) -> Array:
    """Return a direction into which the initial field gathers: where steps along it from the mean direction end.

    A step is half of P_x Σ_h V_h N_h, over the largest size that the sum could have: it overshoots no zero of the
    field that attracts. Any direction is right; one in the cluster to be needs the fewest cells.
    """
    points, areas = labels.points_and_areas()
    x = points.reshape(-1, 3)
    logs = initial.log_values(x)
    logs = np.where(np.isfinite(logs), logs, -np.inf)
    masses = np.exp(logs - logs.max()) * (areas * labels.cell.weights).ravel()
    mean = masses @ x / masses.sum()
    place = mean if np.linalg.norm(mean) > _NO_MEAN else x[np.argmax(logs)]
    place = place / np.linalg.norm(place)
    reach = max(head.reach for head in heads)
    strengths = [float(np.linalg.norm(head.value, 2)) for head in heads]
    for _ in range(_SHIFTS):
        pull, largest = np.zeros(3), 0.0
        for head, strength in zip(heads, strengths, strict=True):
            scores = x @ (head.exponent @ place)
            weights = masses * np.exp(scores - head.reach)
            share = 1.0 / weights.sum() if normalization == "softmax" else math.exp(head.reach - reach)
            pull += share * head.value @ (weights @ x)
            largest += share * strength * float(weights.sum())
        if neurons is not None:
            unit = 1.0 if normalization == "softmax" else math.exp(-reach)
            pull += unit * neurons.pull(place)
            largest += unit * neurons.fastest
        if largest == 0.0:
            break
        moved = place + 0.5 * (pull - (pull @ place) * place) / largest
        moved = moved / np.linalg.norm(moved)
        settled, place = float(np.linalg.norm(moved - place)) < _CLOSE, moved
        if settled:
            break
    return np.asarray(place)


def first_cells(labels: Labels, initial: SphereDensity, rotation: Array, criterion: SphereCriterion) -> TokenCells:
    """Return cells of mass one that resolve a density: halved, the density evaluated anew, until nothing asks.

    Raises
    ------
    Unresolved
        Where the density is not positive, or too rough for any affordable number of cells.
    """
    for _ in range(_DEEPEST):
        labels, cells = laid(labels, initial, rotation)
        axis = criterion.halvings(cells)
        if np.all(axis < 0):
            return cells
        labels = labels.split(axis)
        if labels.face.size > LARGEST_MESH:
            break
    raise Unresolved(
        f"initial density: not resolved by {labels.face.size} cells of order {labels.cell.element.order}; make it "
        "smoother, or raise space.element_order or time.tolerance"
    )


def laid(labels: Labels, initial: SphereDensity, rotation: Array) -> tuple[Labels, TokenCells]:
    """Return labels with the near ones first, and the cells on them, whatever these resolve.

    Raises
    ------
    Unresolved
        Where the density is not positive.
    """
    tilt = _label_turn()
    order = np.argsort((labels.points_and_areas()[0] @ tilt)[..., 2].mean(axis=1) < 0, kind="stable")
    labels = Labels(labels.cell, labels.corners[order], labels.sizes[order], labels.face[order])
    points, areas = labels.points_and_areas()
    points = points @ tilt
    logs = np.asarray(initial.log_values(points @ rotation.T))
    if not np.all(np.isfinite(logs)):
        raise Unresolved(
            "initial density: not positive everywhere; the Mercator chart follows ln ρ: add a uniform share, or use "
            'chart = "conformal"'
        )
    near = int(np.count_nonzero(points[..., 2].mean(axis=1) >= 0))
    side = np.where(np.arange(points.shape[0]) < near, 1.0, -1.0)[:, None]
    across = points[..., 0] + 1j * points[..., 1]
    sine = np.abs(across)
    log_z = np.log(sine / (1.0 + side * points[..., 2]))
    log_mass = logs + np.log(areas)
    density = logs - 2.0 * np.log1p(np.exp(2.0 * log_z)) - math.log(math.pi)
    total = math.log(float(np.sum(np.exp(log_mass - log_mass.max()) * labels.cell.weights))) + float(log_mass.max())
    spots = np.asarray(inverse_log_sinh(log_z) * across / sine, dtype=complex)
    return labels, TokenCells(labels.cell, near, spots, density - total, log_mass - total, 0.0)


def _label_turn() -> Array:
    """Return the matrix whose transpose turns the cube of labels into the frame.

    The pole and its antipode come to lie at a third of their cells, and of all halves of these, so that no border of a
    cell is near them, however small cells become.
    """
    return poses.rotation(poses.pointing(np.array([_THIRD, -_THIRD, 1.0]) / math.hypot(1.0, _THIRD, _THIRD), 0.0))
