"""Which cell a point of the sphere lies in, and ln ρ there."""

from collections.abc import Sequence

import numpy as np

from kinetic.charts.elements import element_of_order
from kinetic.mercator.several.cells import Cells, Shape, normalized, table
from kinetic.types import Array, Integers

_NEAREST = 60  # tokens whose cells are tried, nearest first
_BEYOND = 2e-2  # cell lengths past its border that a cell still answers for: neighbors' polynomials differ by less
_NEWTON_STEPS = 15
_SETTLED = 1e-12
_MISSED = 1e-8  # radians


def log_density(groups: Sequence[Cells], points: Array) -> Array:
    """Return ln ρ at unit vectors of shape (…, 3), NaN where no cell holds the point.

    **Accuracy** That of the cells' polynomials. Of cells that overlap by their errors, the one counts whose border the
    point passes least.
    """
    flat = points.reshape(-1, 3)
    logs, best = np.full(flat.shape[0], np.nan), np.full(flat.shape[0], _BEYOND)
    if not groups:
        return np.asarray(logs.reshape(points.shape[:-1]))
    owners = _owners(groups, flat)
    for k in range(owners.shape[1]):
        new = np.all(owners[:, :k] != owners[:, k : k + 1], axis=1) & (best > 0.0)
        at = 0
        for cells in groups:
            asked = np.flatnonzero(new & (owners[:, k] >= at) & (owners[:, k] < at + cells.size))
            if asked.size:
                past, found = _in_cells(cells, owners[asked, k] - at, flat[asked])
                better = past < best[asked]
                best[asked[better]], logs[asked[better]] = past[better], found[better]
            at += cells.size
    return np.asarray(logs.reshape(points.shape[:-1]))


def _owners(groups: Sequence[Cells], points: Array) -> Integers:
    """Return the cells of the nearest tokens, numbered through all groups, shape (points, tokens)."""
    from scipy.spatial import cKDTree

    tokens = np.concatenate([cells.points.reshape(-1, 3) for cells in groups])
    sizes = np.concatenate([np.full(cells.size, cells.shape.size) for cells in groups])
    count = min(_NEAREST, tokens.shape[0])
    _, near = cKDTree(tokens).query(points, k=count)
    return np.asarray(np.repeat(np.arange(sizes.size), sizes)[np.reshape(near, (points.shape[0], count))])


def _in_cells(cells: Cells, index: Integers, wanted: Array) -> tuple[Array, Array]:
    """Return how far past its cell's borders each point lies, in cell lengths, and ln ρ there."""
    shape, own = cells.shape, cells.points[index]
    first, second = (element.points for element in shape.elements)
    nearest = np.argmax(np.einsum("qabf,qf->qab", own, wanted).reshape(index.size, -1), axis=1)
    label = np.stack([first[nearest // shape.second], second[nearest % shape.second]], axis=1)
    slopes = _slopes(shape, own)
    for _ in range(_NEWTON_STEPS):
        one, two = table(shape.first, label[:, 0]), table(shape.second, label[:, 1])
        place, along, across = (np.einsum("qab,qabf->qf", one[:, :, None] * two[:, None, :], f) for f in (own, *slopes))
        away = wanted - normalized(place)
        step = np.nan_to_num(_solved(along, across, away))
        label = np.clip(label + np.clip(step, -0.3, 0.3), -0.3, 1.3)
        if float(np.abs(step).max()) < _SETTLED:
            break
    past = np.maximum(np.maximum(-label, label - 1.0).max(axis=1), 0.0)
    weights = one[:, :, None] * two[:, None, :]
    found = np.einsum("qab,qab->q", weights, (cells.logs - cells.log_areas())[index])
    return np.where(np.linalg.norm(away, axis=1) < _MISSED, past, np.inf), found


def _slopes(shape: Shape, own: Array) -> tuple[Array, Array]:
    """Return the derivatives in both labels at the Gauss points."""
    first, second = (element_of_order(count - 1).derivative for count in (shape.first, shape.second))
    return np.einsum("ac,qcbf->qabf", first, own), np.einsum("bc,qacf->qabf", second, own)


def _solved(along: Array, across: Array, away: Array) -> Array:
    """Return the steps in both labels whose images come closest to what is missing."""
    a, b, c = np.vecdot(along, along), np.vecdot(along, across), np.vecdot(across, across)
    p, q = np.vecdot(along, away), np.vecdot(across, away)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.stack([c * p - b * q, a * q - b * p], axis=1) / (a * c - b * b)[:, None])
