"""How a cell is cut whose image has become long: across its length, along level lines of position.

The level p = <x − mean, d> is taken along the image's principal axis d, which the flow stretches. A cut along the lines
p = const in the labels, and not along straight lines, leaves pieces of which each lies on one side of a separatrix as
far as the cell shows one. Three ways, in this order:

*ruled*: where p is crossed once on every line of constant second (or first) label, thirds of its range, each a bundle
of lines: new values are interpolated along the lines alone;
*aligned*: where level lines run obliquely, two triangles whose radius runs across them, and what is left between;
*halved*: otherwise, and where the image is not long at all.

Functions take and return single cells of the largest shape.
"""

from itertools import pairwise

import numpy as np

from kinetic.charts.elements import element_of_order
from kinetic.mercator.several.cells import MOST, Cells, Shape, normalized, table
from kinetic.types import Array

_LONG = 2.5  # ratio of the two largest variances of an image that has a direction
_STEEP = 0.45  # ratio of the slopes of p below which lines of constant label can be ruled
_FULL = 0.93  # ratio above which the two triangles are taken to cover the cell
_RANGE = 0.3  # least share of the range of p that all lines reach
_LINES = 33  # points of a line on which crossings are counted
_BISECTIONS, _NEWTON_STEPS = 16, 3

_ELEMENT = element_of_order(MOST - 1)
_ENDS = np.concatenate([[0.0], _ELEMENT.points, [1.0]])


def _table(labels: Array) -> Array:
    return table(MOST, labels)


_TO_FINE, _TO_ENDS = _table(np.linspace(0.0, 1.0, _LINES)), _table(_ENDS)


def cut(cell: Cells) -> tuple[list[Cells], float]:
    """Return the pieces of one cell of `MOST` × `MOST` points, and by how much their masses had to be corrected.

    Their masses add up to the cell's own; the correction is what its polynomials did not tell.
    """
    pieces = _pieces(cell)
    own, total = float(cell.mass[0]), sum(float(piece.mass[0]) for piece in pieces)
    return [piece.rescaled(piece.mass * (own / total)) for piece in pieces], total - own


def _pieces(cell: Cells) -> list[Cells]:
    level = _level(cell.points[0])
    if level is None:
        return halved(cell, int(np.argmax(cell.roughness[0])))
    weights = np.outer(_ELEMENT.weights, _ELEMENT.weights)
    slopes = np.array(
        [np.sum(weights * (_ELEMENT.derivative @ level)), np.sum(weights * (level @ _ELEMENT.derivative.T))]
    )
    steep = int(np.argmax(np.abs(slopes)))
    ratio = float(np.abs(slopes).min() / np.abs(slopes).max())
    if ratio < _STEEP:
        pieces = _ruled(cell, level, steep, rising=bool(slopes[steep] > 0))
        if pieces:
            return pieces
    elif not cell.shape.collapsed:
        return _aligned(cell, slopes, ratio)
    return halved(cell, int(np.argmax(cell.roughness[0])))


def _level(points: Array) -> Array | None:
    """Return p at the points, None where the image is round."""
    weights = np.outer(_ELEMENT.weights, _ELEMENT.weights)[..., None]
    apart = points - np.sum(weights * points, axis=(0, 1))
    moments = np.einsum("ija,ijb->ab", weights * apart, apart)
    sizes, axes = np.linalg.eigh(moments)
    return None if sizes[2] < _LONG * sizes[1] else np.asarray(apart @ axes[:, 2])


def halved(cell: Cells, direction: int) -> list[Cells]:
    """Return the two halves of a cell in one direction."""
    return _along_lines(cell, [np.full(MOST, c) for c in (0.0, 0.5, 1.0)], direction)


def _ruled(cell: Cells, level: Array, direction: int, *, rising: bool) -> list[Cells] | None:
    """Return thirds between level lines that cross every line once, or None."""
    lines = (level if direction == 0 else level.T) * (1.0 if rising else -1.0)  # p along axis 0, lines along axis 1
    fine = _TO_FINE @ lines @ _TO_ENDS.T
    low, high = float(fine[0].max()), float(fine[-1].min())
    least, most = float(fine.min()), float(fine.max())
    if high - low < _RANGE * (most - least):
        return None
    thirds = [least + share * (most - least) for share in (1 / 3, 2 / 3)]
    margin = 0.1 * (high - low)
    levels = np.clip(thirds, low + margin, high - margin)
    if levels[1] - levels[0] < margin:
        levels = low + (high - low) * np.array([1 / 3, 2 / 3])
    for value in levels:
        if np.any(np.count_nonzero(np.diff(fine > value, axis=0), axis=0) != 1):
            return None
    cuts = [_crossings(lines, float(value)) for value in levels]
    return _along_lines(cell, [np.zeros(MOST), *cuts, np.ones(MOST)], direction)


def _crossings(lines: Array, value: float) -> Array:
    """Return where p reaches a value on each line of the Gauss points."""
    low, high = np.zeros(MOST), np.ones(MOST)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        above = np.einsum("ia,ai->i", _table(middle), lines) > value
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    place, slopes = 0.5 * (low + high), _ELEMENT.derivative @ lines
    for _ in range(_NEWTON_STEPS):
        table = _table(place)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (np.einsum("ia,ai->i", table, lines) - value) / np.einsum("ia,ai->i", table, slopes)
        place = np.clip(place - np.nan_to_num(step), low, high)
    return np.asarray(place)


def _along_lines(cell: Cells, borders: list[Array], direction: int) -> list[Cells]:
    """Return the pieces between borders in one label, given on the lines of the other's Gauss points."""
    fields = np.concatenate([cell.points[0], cell.logs[0][..., None]], axis=-1)
    fields = fields if direction == 0 else fields.transpose(1, 0, 2)
    radial = cell.shape.collapsed and direction == 0
    pieces = []
    for start, stop in pairwise(borders):
        at = start + (stop - start) * _ELEMENT.points[:, None]  # new point, line
        tables = _table(at.ravel()).reshape(MOST, MOST, MOST)
        values = np.einsum("ija,ajf->ijf", tables, fields)
        stretch = np.log(stop - start)[None, :]
        first = bool(np.all(start == 0.0))
        if radial:
            stretch = 2.0 * stretch if first else stretch + np.log(at)
        values[..., 3] += stretch
        values = values if direction == 0 else values.transpose(1, 0, 2)
        pieces.append(_cell(values, collapsed=cell.shape.collapsed and (direction == 1 or first)))
    return pieces


def _aligned(cell: Cells, slopes: Array, ratio: float) -> list[Cells]:
    """Return two triangles and what is between them, their sides along the mean level lines."""
    fields = np.concatenate([cell.points[0], cell.logs[0][..., None]], axis=-1)
    swap = abs(slopes[1]) > abs(slopes[0])
    if swap:
        fields, slopes = fields.transpose(1, 0, 2), slopes[::-1]
    flips = [slopes[0] < 0, slopes[1] < 0]
    r = 1.0 if ratio > _FULL else ratio

    def at(first: Array, second: Array, log_scale: float, *, collapsed: bool) -> Cells:
        one, two = (_table((1.0 - u if flip else u).ravel()) for u, flip in zip((first, second), flips, strict=True))
        values = np.einsum("qb,qbf->qf", two, np.einsum("qa,abf->qbf", one, fields)).reshape(MOST, MOST, 4)
        values[..., 3] += log_scale
        return _cell(values, collapsed=collapsed)

    radius, along = np.meshgrid(_ELEMENT.points, _ELEMENT.points, indexing="ij")
    near, far = radius * (1.0 - along) * r, radius * along
    pieces = [
        at(near, far, float(np.log(r)), collapsed=True),
        at(1.0 - near, 1.0 - far, float(np.log(r)), collapsed=True),
    ]
    if r < 1.0:
        pieces.append(at(r * (1.0 - along) + (1.0 - r) * radius, along, float(np.log(1.0 - r)), collapsed=False))
    return pieces


def _cell(values: Array, *, collapsed: bool) -> Cells:
    """Return a cell from (x, h) at its points, shape (`MOST`, `MOST`, 4)."""
    return Cells(Shape(MOST, MOST, collapsed), normalized(values[None, ..., :3]), values[None, ..., 3])
