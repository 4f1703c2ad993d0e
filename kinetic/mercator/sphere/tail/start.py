"""From the cells about a cluster to those of its tail: when, and the same tokens in W."""

import math
from collections.abc import Mapping
from typing import TypeGuard

import numpy as np

from kinetic.charts.patches import Selection
from kinetic.clusters.of_tokens import clusters_of
from kinetic.mercator.several.absorbing import RADIUS, Bundle, compressed
from kinetic.mercator.sphere.field import IdentityHead, SphereAttention
from kinetic.mercator.sphere.mesh import TokenCells, inverse_log_sinh
from kinetic.mercator.sphere.resolution import SphereCriterion, place_roughness
from kinetic.mercator.sphere.state import SphereState
from kinetic.mercator.sphere.tables import SphereTokens
from kinetic.mercator.sphere.tail.chart import DiracChart
from kinetic.mercator.sphere.tail.flow import TailFlow
from kinetic.mercator.sphere.tail.state import Loose, TailState
from kinetic.types import Array, Integers

CROWDED = 300
"""Cells about a cluster from which its tail is followed in W."""

WIDEST = 0.1
"""Largest ∫ (1 − c) dμ of a density that is one cluster and its tail."""

_EDGE = math.log(math.tan(0.5 * RADIUS))
_FOLDED = 1e-2  # roughness of W on a cell that holds the pole


def is_tail(layout: Mapping[str, int]) -> bool:
    """Whether sizes are those of a cluster and its tail."""
    return "loose" in layout


def handed_over(
    attention: SphereAttention, criterion: SphereCriterion, state: SphereState
) -> tuple[TailFlow, Array] | None:
    """Return the flow of a cluster's tail and the state in it; None where that is not what there is.

    There is one cluster and its tail where one point attracts and all but a tail is about the pole. Without softmax
    tokens leave −p by e^{−β} and come to p by e^β: in y the flow draws them out by e^{2β} more than it drew them from
    −p, and cells that are smooth in y or in tan(θ/2) are halved as often for each e that the tail has fallen by.
    """
    if not _is_for(attention) or state.cells.size < CROWDED:
        return None
    cells = state.cells
    tokens = SphereTokens.at(cells.latitudes.ravel(), cells.azimuth.ravel(), cells.masses.ravel(), state.rotation)
    if float(tokens.masses @ tokens.away) > WIDEST:
        return None
    if clusters_of(attention.kernel, tokens.points, tokens.masses).count != 1:
        return None
    chart = DiracChart(attention.beta)
    inside = np.all(cells.latitudes < _EDGE, axis=1)
    tail = in_plane(cells, ~inside, chart)
    if np.any(place_roughness(tail) > _FOLDED):
        return None
    loose = _loose(tokens, np.flatnonzero(np.repeat(inside, cells.cell.size)), chart)
    entropy = float(cells.masses.ravel() @ cells.log_rho.ravel())
    now = TailState(chart, tail, loose, state.turn, 0.0, state.work, entropy, state.debt)
    flow = TailFlow(attention, criterion, 0, 0, cells.cell.element.order).of_sizes(now)
    return flow.adapt(now.vector()) or (flow, now.vector())


def _is_for(attention: SphereAttention) -> TypeGuard[IdentityHead]:
    return isinstance(attention, IdentityHead) and attention.normalization == "none" and attention.beta > 0


def in_plane(cells: TokenCells, chosen: Selection, chart: DiracChart) -> TokenCells:
    """Return some of the cells by W of their tokens."""
    y, azimuth = cells.latitudes[chosen], cells.azimuth[chosen]
    logs = chart.coordinate(y)
    density = cells.log_rho[chosen] + chart.log_area(y, logs)
    return TokenCells(cells.cell, 0, inverse_log_sinh(logs) * azimuth, density, cells.log_mass[chosen], 0.0)


def _loose(tokens: SphereTokens, held: Integers, chart: DiracChart) -> Loose:
    """Return few of the tokens held near the pole, with the same moments."""
    points = tokens.points
    few = compressed(Bundle(points[held], tokens.masses[held]))
    places = {points[k].tobytes(): k for k in held.tolist()}
    kept = np.array([places[point.tobytes()] for point in few.points], dtype=np.int64)
    spots = inverse_log_sinh(chart.coordinate(tokens.y[kept])) * tokens.azimuth[kept]
    return Loose(np.asarray(spots, dtype=complex), np.log(few.masses))
