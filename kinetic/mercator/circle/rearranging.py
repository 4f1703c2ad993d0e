"""Cells that change their kind: what is carried away from −p, or comes near it, or leaves the neighborhood of p.

The cell that holds −p is stretched for ever; whenever it is too long its ends are cut off, at places given by position,
so that what is torn apart at −p stays inside one cell. An end that is cut off gets a label in which ln|s| is a straight
line: a cell then stays good while the flow carries it all the way into the cluster.
"""

import math
from itertools import pairwise

import numpy as np

from kinetic.charts.elements import labels_of
from kinetic.charts.patches import Selection
from kinetic.mercator.circle.mesh import CircleMesh, joined, relabelled
from kinetic.types import Array

INNER = 0.05
"""|s| below which a left or right cell is rewritten as a far cell."""

OUTER = 0.1
"""|s| beyond which a far cell is rewritten as a left or right cell."""

CUTS = (-OUTER, 0.93 * OUTER)
"""Where the cell around −p is cut; not symmetric, lest symmetric data be torn apart at an end of a cell."""

LEAVING = 3.0
"""|Q| beyond which a core cell is rewritten as a left or right cell: u'/u no longer changes sign nearby."""


def rearranged(mesh: CircleMesh, rough: Selection) -> CircleMesh:
    """Return the mesh with every cell in the variable that suits it.

    Parameters
    ----------
    mesh : CircleMesh
    rough : Array of bool, shape (cells,)
        Cells that want to be shorter; those that do not hold −p are left to be halved.
    """
    far, left, core, right = (mesh.fields()[part] for part in mesh.sizes.slices)
    left, core, right = _left_the_core(mesh, left, core, right)
    far = _cut(mesh, far, rough[: far.shape[0]])
    far, left, right = _gone(mesh, far, left, right)
    far, left, right = _come(mesh, far, left, right)
    return joined(mesh, (far, left, core, right))


def _ends(mesh: CircleMesh, field: Array) -> tuple[float, float]:
    """Return the position at the two ends of one cell."""
    low, high = mesh.cell.element.ends @ field[:, 0]
    return float(low), float(high)


def _left_the_core(mesh: CircleMesh, left: Array, core: Array, right: Array) -> tuple[Array, Array, Array]:
    """Rewrite core cells that are all beyond |Q| = 3 in y = ln sinh|Q| − η."""

    def rewritten(field: Array) -> Array:
        field = field.copy()
        q = np.abs(field[:, 0])
        field[:, 0] = q + np.log1p(-np.exp(-2.0 * q)) - math.log(2.0) - mesh.lift
        return field[None]

    while core.shape[0] > 1 and _ends(mesh, core[0])[1] < -LEAVING:
        left, core = np.concatenate([left, rewritten(core[0])]), core[1:]
    while core.shape[0] > 1 and _ends(mesh, core[-1])[0] > LEAVING:
        right, core = np.concatenate([rewritten(core[-1]), right]), core[:-1]
    return left, core, right


def _cut(mesh: CircleMesh, far: Array, rough: Selection) -> Array:
    """Cut the ends off the far cell that holds −p, where it is long or rough."""
    parts = []
    for field, is_rough in zip(far, rough, strict=True):
        low, high = _ends(mesh, field)
        cuts = []
        if low < 0 < high:
            if low < 2 * CUTS[0] or is_rough:
                cuts.append(max(CUTS[0], 0.5 * low))
            if high > 2 * CUTS[1] or is_rough:
                cuts.append(min(CUTS[1], 0.5 * high))
        edges = [0.0, *labels_of(mesh.cell.element, np.tile(field[:, 0], (len(cuts), 1)), np.array(cuts)), 1.0]
        parts += [_piece(mesh, field, float(a), float(b)) for a, b in pairwise(edges)]
    return np.stack(parts) if parts else far


def _piece(mesh: CircleMesh, field: Array, low: float, high: float) -> Array:
    """Return a cell between two of its labels."""
    if (low, high) == (0.0, 1.0):
        return field
    points = mesh.cell.element.points
    return relabelled(mesh.cell, field, low + (high - low) * points, np.full(points.size, math.log(high - low)))


def pieces(mesh: CircleMesh, field: Array, label: float) -> Array:
    """Return the two parts of a cell, fields of shape (2, n, 3), on either side of a label."""
    return np.stack([_piece(mesh, field, 0.0, label), _piece(mesh, field, label, 1.0)])


def _gone(mesh: CircleMesh, far: Array, left: Array, right: Array) -> tuple[Array, Array, Array]:
    """Rewrite far cells that are well away from −p in y = −ln|s|, straightened."""
    limit = OUTER * 0.9
    while far.shape[0] > 1 and _ends(mesh, far[-1])[0] > limit:
        left, far = np.concatenate([_straightened(mesh, far[-1])[None], left]), far[:-1]
    while far.shape[0] > 1 and _ends(mesh, far[0])[1] < -limit:
        right, far = np.concatenate([right, _straightened(mesh, far[0])[None]]), far[1:]
    return far, left, right


def _straightened(mesh: CircleMesh, field: Array) -> Array:
    """Return a far cell in y = −ln|s|, through the label in which that is nearly a straight line.

    For s = s₀ + (s₁ − s₀) ξ the label ξ = (r^ξ' − 1)/(r − 1), r = s₁/s₀, makes s = s₀ r^ξ'.
    """
    low, high = _ends(mesh, field)
    log_ratio = math.log(high / low)
    points = mesh.cell.element.points
    span = math.expm1(log_ratio)
    if abs(log_ratio) > 1e-3:
        labels = np.expm1(points * log_ratio) / span
        field = relabelled(mesh.cell, field, labels, points * log_ratio + math.log(log_ratio / span))
    else:
        field = field.copy()
    field[:, 0] = -np.log(np.abs(field[:, 0]))
    return field


def _come(mesh: CircleMesh, far: Array, left: Array, right: Array) -> tuple[Array, Array, Array]:
    """Rewrite left and right cells that come near −p as far cells, s = −1/u."""
    near = -math.log(INNER)

    def rewritten(field: Array, side: float) -> Array:
        field = field.copy()
        field[:, 0] = side * np.exp(-field[:, 0])
        return field[None]

    while left.shape[0] > 1 and _ends(mesh, left[0])[0] > near:
        far, left = np.concatenate([far, rewritten(left[0], 1.0)]), left[1:]
    while right.shape[0] > 1 and _ends(mesh, right[-1])[1] > near:
        far, right = np.concatenate([rewritten(right[-1], -1.0), far]), right[:-1]
    return far, left, right
