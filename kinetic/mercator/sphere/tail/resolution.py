"""When a cell of the tail is fine enough, and when it is not needed any more.

*Quadrature*: halving a cell must not change the tail's ∫ (1 − c) dμ, its mean across the pole, and the pull that it
adds to the cluster's at six points, by more than a share of the tail, now and until `LEAD` later in L = ln |W|.
*Interpolation*: the highest modes of W, ln dμ/d²W and ln dμ/dξ, weighted by the cell's share of the tail. A stretch of
W changes none of them, so that cells stay what they were laid as; what halvings may have spoiled is the *debt*.
*Absorption*: what is so near the pole that no digit which is kept tells it from a mass there is one.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kinetic.charts.latitude import versine
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.mercator.sphere.resolution import LARGEST_MESH, ROUNDS, SphereCriterion, roughness
from kinetic.mercator.sphere.tail.chart import DiracChart
from kinetic.mercator.sphere.tail.state import Loose, TailState
from kinetic.types import Array, ComplexArray, Integers

LEAD = 0.35
"""How far ahead, in L, cells are asked for their quadrature, and as far as a step may come."""

NEAREST = -3.0
"""y above which nothing has come to the pole."""

_PASSED = np.array([2.0, 1.0, 0.0, -1.0, -2.0, -4.0])  # y between which 1 − c falls from 2 to 0
_HALF_OF_A_MODE = 0.1  # of a high mode, what its integral over half a cell comes to


def refined(state: TailState, criterion: SphereCriterion) -> TailState:
    """Return the state on cells that are fine enough; itself where they are."""
    cells, debt, chart = state.cells, state.debt**2, state.chart
    axis, share = _halvings(cells, cells, chart, criterion)
    for _ in range(ROUNDS):
        if np.all(axis < 0) or cells.size > LARGEST_MESH:
            break
        rough = np.take_along_axis(roughness(cells), np.maximum(axis, 0)[:, None], axis=1)[:, 0]
        spoiled = _HALF_OF_A_MODE * (share * rough)[axis >= 0]
        debt += float(spoiled @ spoiled)
        cells, halves = cells.split(axis), np.repeat(axis >= 0, np.where(axis < 0, 1, 2))
        axis, share = np.full(cells.size, -1), np.zeros(cells.size)
        axis[halves], share[halves] = _halvings(cells.chosen(halves), cells, chart, criterion)
    return state if cells is state.cells else replace(state, cells=cells, debt=math.sqrt(debt))


def _halvings(
    cells: TokenCells, whole: TokenCells, chart: DiracChart, criterion: SphereCriterion
) -> tuple[Integers, Array]:
    """Return in which direction each cell should be halved, −1 where it is fine, and its share of the tail."""
    changes, share = quadrature_changes(cells, whole, chart)
    worst = np.maximum(changes / criterion.quadrature, share[:, None] * roughness(cells) / criterion.interpolation)
    return np.where(worst.max(axis=1) > 1.0, np.argmax(worst, axis=1), -1), share


def quadrature_changes(cells: TokenCells, whole: TokenCells, chart: DiracChart) -> tuple[Array, Array]:
    """Return by how much of the tail halving each cell changes an integral, shape (cells, 2), and the cells' shares."""
    changes, share = np.zeros((cells.size, 2)), np.zeros(cells.size)
    halves = [cells.halves(direction) for direction in (0, 1)]
    falls = [math.log(float(np.sum(whole.masses * versine(chart.latitude(whole.log_z + at))))) for at in (0.0, LEAD)]
    done = np.full(cells.size, -1.0)
    for shift in np.vstack([np.zeros(cells.size), _shifts(cells, chart)]):
        new = np.flatnonzero(shift > done)
        done[new] = shift[new]
        move, masses = shift[new, None], cells.masses[new]
        tail = np.exp(np.interp(shift[new], (0.0, LEAD), falls))
        there = _integrands(chart.latitude(cells.log_z[new] + move), cells.azimuth[new], chart.beta)
        coarse = [np.einsum("ci,ci->c", masses, f) for f in there]
        share[new] = np.maximum(share[new], coarse[0].real / tail)
        for direction, (minus, azimuth, finer) in enumerate(halves):
            there = _integrands(chart.latitude(move[..., None] - minus[new]), azimuth[new], chart.beta)
            for sums, f in zip(coarse, there, strict=True):
                change = np.abs(np.einsum("chi,chi->c", finer[new], f) - sums) / tail
                changes[new, direction] = np.maximum(changes[new, direction], change)
    return changes, share


def _shifts(cells: TokenCells, chart: DiracChart) -> Array:
    """Return by how much in L each cell will have moved when it comes by y = 2, 1, 0, −1, −2, −4, at most `LEAD`."""
    places = chart.coordinate(_PASSED)[:, None]
    return np.asarray(np.clip(places - cells.log_z.mean(axis=1), 0.0, LEAD))


def _integrands(y: Array, azimuth: ComplexArray, beta: float) -> Iterator[Array | ComplexArray]:
    """Yield 1 − c, x across the pole, and what e^{β<x, q>} is above its value for x at the pole, q at six points."""
    away = versine(y)
    yield away
    across = np.sqrt(away * versine(-y)) * azimuth
    yield across
    yield -np.expm1(-beta * away)
    yield math.exp(-2.0 * beta) * np.expm1(beta * away)
    for part in (across.real, across.imag):
        for side in (-beta, beta):
            yield math.exp(-beta) * np.expm1(side * part)


def outermost(deficit: float, criterion: SphereCriterion) -> float:
    """Return y below which the tail may be taken to be at the pole, D = ∫ (1 − c) dμ of it.

    The mean across the pole is then off by less than s D, and 1 − R = D − |∫ x dμ across|² + … by twice that, relative
    to D, as the mean is at most D; and ∫ (1 − c) dμ by s²/2 of D. Either is held below the criterion's share.
    """
    sine = min(0.5 * criterion.quadrature / deficit, math.sqrt(criterion.quadrature))
    return min(math.log(0.5 * sine), NEAREST)


def absorbed(state: TailState, criterion: SphereCriterion) -> TailState:
    """Return the state with what has come to the pole in one mass there; itself where nothing has."""
    tokens, held = state.tokens, state.cells.spots.size
    deficits = tokens.masses * tokens.away
    y, grid = tokens.y[:held], state.cells.spots.shape
    arrived = np.all(y.reshape(grid) < outermost(float(deficits[:held].sum()), criterion), axis=1)
    core, cells, loose = state.core, state.cells, state.loose
    if arrived.any():
        core, cells = core + float(cells.masses[arrived].sum()), cells.chosen(~arrived)
    if loose.spots.size and float((tokens.masses * tokens.s)[held:].sum()) < 0.5 * criterion.quadrature:
        core, loose = core + float(np.exp(loose.log_masses).sum()), Loose.none()
    return state if core == state.core else replace(state, cells=cells, loose=loose, core=core)
