"""Where a point of the circle is in a mesh: its cell, and its label there. Knows cells and polynomials only."""

import numpy as np

from kinetic.charts.elements import labels_of
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.types import Array, Integers


def cells_of(mesh: CircleMesh, theta: Array) -> Integers:
    """Return the index of the cell in which each angle θ in (−π, π] lies."""
    starts = _first_angles(mesh)
    order = np.argsort(starts)
    return np.asarray(order[np.searchsorted(starts[order], theta, side="right") - 1])


def _first_angles(mesh: CircleMesh) -> Array:
    """Return θ of the lower end of every cell."""
    far, left, core, right = mesh.sizes.slices
    low = mesh.borders[:, 0]
    angles = np.empty_like(low)
    angles[far] = 2.0 * np.arctan(low[far]) + np.where(low[far] > 0, -np.pi, np.pi)
    angles[left] = -2.0 * np.arctan(np.exp(low[left]))
    angles[right] = 2.0 * np.arctan(np.exp(low[right]))
    angles[core] = 2.0 * np.arctan(np.sinh(low[core]) * np.exp(-mesh.lift))
    return angles


def places(mesh: CircleMesh, theta: Array) -> tuple[Integers, Array]:
    """Return the cell and the label of each angle θ in (−π, π].

    Accuracy
    --------
    That of the cell's own variable: relative to |θ| near p, absolute near its antipode.
    """
    index = cells_of(mesh, theta)
    _, left, core, right = mesh.sizes.slices
    u = np.tan(0.5 * theta)
    with np.errstate(divide="ignore", over="ignore"):
        values = -1.0 / u
        logarithms = np.log(np.abs(u))
        sides = (index >= left.start) & ((index < left.stop) | (index >= right.start))
        values = np.where(sides, logarithms, values)
        values = np.where((index >= core.start) & (index < core.stop), _lifted(u, mesh.lift), values)
    return index, labels_of(mesh.cell.element, mesh.position[index], values)


def _lifted(u: Array, lift: float) -> Array:
    """Return asinh(e^η u) without overflow."""
    size = np.log(np.abs(u)) + lift
    return np.asarray(
        np.where(size < 20.0, np.arcsinh(np.exp(np.minimum(size, 20.0))), size + np.log(2.0)) * np.sign(u)
    )


def log_density_at(mesh: CircleMesh, theta: Array) -> Array:
    """Return ln ρ at angles θ in (−π, π] from p."""
    index, labels = places(mesh, theta)
    rows = mesh.cell.element.tabulate(labels)
    return np.asarray(np.einsum("ij,ij->i", rows, mesh.log_density[index]))
