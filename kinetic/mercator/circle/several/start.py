"""From the chart about one cluster to several: when a second cluster stands, and the same tokens seen by angle."""

from dataclasses import replace

import numpy as np

from kinetic.charts.patches import Selection
from kinetic.mercator.circle.clusters import signs_change
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.mercator.circle.motion import Sight as OneSight
from kinetic.mercator.circle.resolution import Criterion
from kinetic.mercator.circle.several.absorbing import Zeros, absorbed, empty_cloud, joined, points_inward, wrapped
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.flow import CircleClusterFlow
from kinetic.mercator.circle.several.motion import Sight
from kinetic.mercator.circle.several.state import CircleClusterState
from kinetic.mercator.circle.state import CircleState
from kinetic.symmetry import Symmetry
from kinetic.types import Array

STANDS = 0.5
"""Share of the mass about an attracting point, within four radii r_c of it, that is within r_c where it stands."""

_ROUNDS = 40


def is_followed(field: CircleField) -> bool:
    """Whether several clusters are followed: under one identity head with β > 0."""
    head, alone = field.heads[0], len(field.heads) == 1 and field.neurons is None and field.held is None
    return alone and head.is_exponential and head.beta > 0 and head.is_identity


def by_angle(mesh: CircleMesh, pole: float) -> Arcs:
    """Return the cells of a chart by the angles of their tokens."""
    return Arcs(mesh.cell, pole + np.unwrap(mesh.angles, axis=1), mesh.log_mass)


def handed_over(
    state: CircleState, field: CircleField, criterion: Criterion, element_order: int, symmetry: Symmetry
) -> "tuple[CircleClusterFlow, Array] | None":
    """Return the flow of several clusters and the state in it, once two of them stand; None before."""
    if _attracting(state, field) < 2:
        return None
    mesh, pole = state.mesh, state.pole
    arcs = by_angle(mesh, pole)
    first = CircleClusterState(arcs, (), state.time, work=state.work)
    potential = Sight.of(first, field.heads[0].beta, field.normalization).potential
    zeros = Zeros.of(potential)
    standing = [float(a) for a in zeros.attracting if _stands(arcs, float(a), zeros.radius(float(a)))]
    if len(standing) < 2:
        return None
    flow = CircleClusterFlow(field, criterion, first.counts, element_order, symmetry)
    for _ in range(_ROUNDS):
        rough = by_angle(mesh, pole).rough(criterion.interpolation, flow.widest)
        rough &= ~_near(mesh, zeros.radius(pole))
        if not rough.any():
            break
        mesh = mesh.split(rough)
    now = _with_pole(mesh, pole, first, zeros, Sight.of(first, field.heads[0].beta, field.normalization))
    now = flow.refined(now)
    now = absorbed(now, flow.sight(now).potential)
    return flow.like(now), now.vector()


def _attracting(state: CircleState, field: CircleField) -> int:
    """Return how many points attract, from the field as the chart of one cluster has it: half of an evaluation."""
    return int(signs_change(OneSight.of(state, field).drift, 1.0)[0].size)


def _stands(arcs: Arcs, center: float, radius: float) -> bool:
    away = np.abs(wrapped(arcs.angle - center))
    return float(arcs.masses[away <= radius].sum()) >= STANDS * float(arcs.masses[away <= 4 * radius].sum()) > 0


def _near(mesh: CircleMesh, radius: float) -> Selection:
    """Return which cells are all within an angle of the pole."""
    ends = np.abs(mesh.angles).max(axis=1)
    return np.asarray(ends <= 0.9 * radius)


def _with_pole(
    mesh: CircleMesh, pole: float, first: CircleClusterState, zeros: Zeros, sight: Sight
) -> CircleClusterState:
    """Return the state in which the cluster about the pole is a cloud of tokens, their distances as they were."""
    radius = zeros.radius(pole)
    inside = _near(mesh, radius)
    arcs = by_angle(mesh, pole)
    if not inside.any() or not points_inward(sight.potential, pole, radius):
        return replace(first, arcs=arcs)
    cloud = joined(empty_cloud(pole), mesh.angles[inside].ravel(), mesh.masses[inside].ravel(), radius)
    entropy = float((mesh.masses[inside] * mesh.log_density[inside]).sum())
    return replace(first, arcs=arcs.kept(~inside), clouds=(cloud,), entropy=entropy)
