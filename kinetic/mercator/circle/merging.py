"""Neighboring cells that one polynomial carries as well: what has been stretched flat needs few cells.

Tokens that have passed into the cluster keep their places in it, and ln ρ becomes a straight line in y between the
places where it has features. Two cells become one whose position is linear in its label, with ln ρ read off at its
points, if its polynomial gives back ln ρ at all tokens of both. Then ln dμ/dξ = ln(ρ dσ/dξ), on the mass of both.
"""

import numpy as np

from kinetic.charts.elements import labels_of
from kinetic.charts.patches import Selection
from kinetic.mercator.circle.mesh import CircleMesh, Sizes
from kinetic.mercator.circle.resolution import Criterion
from kinetic.types import Array, Integers

SLACK = 0.1
"""Share of the criterion's bound for an integral that a merged cell may use up.

ln ρ itself may change as much as the stepper's tolerance, relative to its size, lets it err in each of the two.
"""

_FARTHEST = 1.0  # y up to which left and right cells are merged: those nearer to −p may have to become far cells
_SQUEEZED = 1e-6  # extent below which positions do not tell tokens apart well enough: in a cluster away from p
_ROUNDING = 1e-14
_CONSISTENT = 1e-8  # by how much ln of a mass may differ from that of the density it is given by


def merged(mesh: CircleMesh, criterion: Criterion) -> CircleMesh:
    """Return the mesh with neighbors made one where that changes nothing."""
    first = _candidates(mesh)
    if first.size == 0:
        return mesh
    position, log_density, miss = _unions(mesh, first)
    size = np.maximum(1.0, np.abs(log_density).max(axis=1))
    modes = np.abs(log_density @ mesh.cell.modes[-2:].T).max(axis=1)
    is_smooth = modes <= 0.5 * criterion.interpolation + _ROUNDING * size
    smooth = np.flatnonzero(is_smooth & (miss <= criterion.interpolation * size))
    if smooth.size == 0:
        return mesh
    fields, moved = _weighed(mesh, first[smooth], position[smooth], log_density[smooth])
    good = smooth[moved & _integrate_well(mesh, first[smooth], fields, criterion)]
    chosen = _disjoint(first, good)
    return _replaced(mesh, first[chosen], fields[np.searchsorted(smooth, chosen)]) if chosen.size else mesh


def _candidates(mesh: CircleMesh) -> Integers:
    """Return the first cells of the pairs that may be merged."""
    highest = mesh.borders.max(axis=1)
    found = []
    for kind, part in enumerate(mesh.sizes.slices[1:]):
        index = np.arange(part.start, part.stop - 1)
        if kind != 1:
            index = index[np.maximum(highest[index], highest[index + 1]) < _FARTHEST]
        found.append(index)
    first = np.concatenate(found)
    return np.asarray(first[np.abs(mesh.borders[first + 1, 1] - mesh.borders[first, 0]) > _SQUEEZED])


def _unions(mesh: CircleMesh, first: Integers) -> tuple[Array, Array, Array]:
    """Return position and ln ρ of the united pairs, shape (pairs, n), and by how much ln ρ misses their tokens'."""
    element = mesh.cell.element
    low, high = mesh.borders[first, 0], mesh.borders[first + 1, 1]
    middle = 0.5 * (mesh.borders[first, 1] + mesh.borders[first + 1, 0])
    width = (high - low)[:, None]
    position = low[:, None] + width * element.points
    beyond = (position - middle[:, None]) * width > 0
    cells = (first[:, None] + beyond).ravel()
    rows = element.tabulate(labels_of(element, mesh.position[cells], position.ravel()))
    log_density = np.einsum("ij,ij->i", rows, mesh.log_density[cells]).reshape(position.shape)
    tokens = np.concatenate([mesh.position[first], mesh.position[first + 1]], axis=1)
    rows = element.tabulate(((tokens - low[:, None]) / width).ravel()).reshape(first.size, -1, element.points.size)
    known = np.concatenate([mesh.log_density[first], mesh.log_density[first + 1]], axis=1)
    return position, log_density, np.abs(np.einsum("pij,pj->pi", rows, log_density) - known).max(axis=1)


def _weighed(mesh: CircleMesh, first: Integers, position: Array, log_density: Array) -> tuple[Array, Selection]:
    """Return fields of shape (pairs, n, 3) on the masses of the pairs, and which of them had them by themselves."""
    blank = mesh.with_fields(np.stack([position, log_density, log_density], axis=-1), _counts(mesh, first))
    width = mesh.borders[first + 1, 1] - mesh.borders[first, 0]
    log_mass = log_density + blank.log_area + np.log(np.abs(width))[:, None]
    wanted = mesh.masses[first].sum(axis=1) + mesh.masses[first + 1].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.log(wanted / (np.exp(log_mass) @ mesh.cell.weights))
    fields = np.stack([position, log_density, log_mass + shift[:, None]], axis=-1)
    return fields, np.asarray(np.abs(shift) <= _CONSISTENT)


def _counts(mesh: CircleMesh, first: Integers) -> Sizes:
    """Return how many of the pairs are of each kind."""
    return Sizes(*(int(np.count_nonzero((first >= part.start) & (first < part.stop))) for part in mesh.sizes.slices))


def _integrate_well(mesh: CircleMesh, first: Integers, fields: Array, criterion: Criterion) -> Selection:
    """Return which united cells give the integrals of the mesh as their parts do."""
    united = mesh.with_fields(fields, _counts(mesh, first))
    parts = criterion.integrands(mesh)
    change = np.abs(criterion.integrands(united) - parts[:, first] - parts[:, first + 1])
    return np.asarray(np.max(change / parts.sum(axis=1, keepdims=True), axis=0) <= SLACK * criterion.quadrature)


def _disjoint(first: Integers, good: Integers) -> Integers:
    """Return those good pairs, in order, that share no cell with one before."""
    chosen, last = [], -2
    for index in good:
        if first[index] > last + 1:
            chosen.append(int(index))
            last = int(first[index])
    return np.array(chosen, dtype=np.int64)


def _replaced(mesh: CircleMesh, first: Integers, fields: Array) -> CircleMesh:
    """Return the mesh with each pair replaced by one cell."""
    old = mesh.fields()
    old[first] = fields
    kept = np.ones(mesh.sizes.total, dtype=bool)
    kept[first + 1] = False
    sizes = Sizes(*(int(np.count_nonzero(kept[part])) for part in mesh.sizes.slices))
    return mesh.with_fields(old[kept], sizes)
