"""A density by tokens on cells of labels that no flow has folded: values are those of the cells' own polynomials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from scipy.spatial import cKDTree

from kinetic.charts.patches import Selection, cell_of_order
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import OfTokens
from kinetic.geometry import by_blocks, natural, on_sphere
from kinetic.normed import NormedMesh
from kinetic.types import Array, ArrayLike, Integers
from kinetic.variable import Variable

NO_MEAN = 64.0 * float(np.finfo(float).eps)
"""R below which the mean, a sum of numbers of size one, is rounding, and its direction nobody's."""

_NEIGHBORS = 6  # nearest tokens, whose cells are tried
_STEPS = 8  # of Newton's method, quadratic from a token next to the point
_INSIDE, _BEYOND = 1e-6, 0.1  # how far outside its cell a label counts as in it, and how far a polynomial is believed
_PER_POINT = 1500  # numbers that a point takes on its way to its label


@dataclass(frozen=True, eq=False)
class StirredDensity(OfTokens):
    """ρ = dμ/dσ on the circle or the sphere, by tokens at the Gauss points of cells of labels.

    Parameters
    ----------
    mesh : NormedMesh
        Tokens y, of which only the directions y/|y| count, and dμ/dξ.
    logs : Array, shape (cells, n)
        ln ρ at the tokens: −∞ where they have no mass.
    """

    mesh: NormedMesh
    logs: Array
    body: ClassVar[str] = "tokens_on_cells"

    @property
    def dimension(self) -> int:
        return int(self.mesh.tokens.shape[-1])

    @property
    def axisymmetric(self) -> bool:
        """No: one realisation has no symmetry."""
        return False

    @property
    def mass(self) -> float:
        return float(self.mesh.masses.sum())

    @cached_property
    def mean(self) -> Array:
        return np.asarray(self.mesh.masses.ravel() @ self._directions)

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0 to rounding."""
        length = float(np.linalg.norm(self.mean))
        return None if length <= NO_MEAN else self.mean / length

    @property
    def _directions(self) -> Array:
        return self.mesh.directions.reshape(-1, self.dimension)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._directions)

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at vectors of shape (…, d).

        **Accuracy** The polynomial of the cell that the point lies in, at the label that Newton's method finds; in a
        cell with tokens without mass, ln ρ of its token nearest to the point.
        """
        return by_blocks(self._logs_at, on_sphere(points, self.dimension), _PER_POINT, trailing=1)

    def _logs_at(self, points: Array) -> Array:
        flat = points.reshape(-1, self.dimension)
        _, near = self._tree.query(flat, k=_NEIGHBORS)
        found, outside = np.full(len(flat), np.nan), np.full(len(flat), np.inf)
        for place in near.T:
            open_ = np.flatnonzero(outside > _INSIDE)
            if open_.size == 0:
                break
            logs, beyond = self._by_newton(flat[open_], place[open_])
            better = beyond < np.minimum(outside[open_], _BEYOND)
            found[open_[better]], outside[open_[better]] = logs[better], beyond[better]
        return found.reshape(points.shape[:-1])

    def _by_newton(self, points: Array, place: Integers) -> tuple[Array, Array]:
        """Return ln ρ by the polynomials of the cells of given tokens, and how far outside of them the labels lie."""
        cell = self.mesh.cell
        index, node = np.divmod(place, cell.size)
        tokens, labels = self.mesh.tokens[index], cell.points[node].copy()
        # rows across each point; d = 2, 3: as many equations as labels have coordinates
        across = _across(points)
        slopes = self._slopes[:, index]
        for _ in range(_STEPS):
            table = cell.tabulate(labels)
            gap = np.einsum("pac,pi,pic->pa", across, table, tokens, optimize=True)
            jacobian = np.einsum("pac,pi,kpic->pak", across, table, slopes, optimize=True)
            with np.errstate(all="ignore"):
                step = _solved(jacobian, gap)
            labels = np.clip(labels - step, -1.0, 2.0)
        beyond = np.maximum(np.max(np.abs(labels - 0.5) - 0.5, axis=1), 0.0)
        smooth = self._smooth[index]
        logs = np.vecdot(cell.tabulate(labels), np.where(smooth[:, None], self.logs[index], 0.0))
        return np.where(smooth, logs, self.logs[index, node]), beyond

    @cached_property
    def _slopes(self) -> Array:
        """Derivatives of the tokens by each label, shape (k, cells, n, d)."""
        return np.stack([table @ self.mesh.tokens for table in self.mesh.cell.derivatives])

    @cached_property
    def _smooth(self) -> Selection:
        """Whether all tokens of a cell have mass, shape (cells,)."""
        return np.asarray(np.all(np.isfinite(self.logs), axis=1))

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): unit vectors, shape (k, d), and masses, of cells that carry waves of a degree."""
        degree = natural("quadrature: received degree", degree)
        mesh = self.mesh.finer(degree)
        return mesh.directions.reshape(-1, self.dimension), mesh.masses.ravel()

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there) at the tokens, cell by cell, shapes (cells, n, d) and (cells, n)."""
        return self.mesh.directions, np.exp(self.logs)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens, cell after cell."""
        names = [f"token_{i}" for i in range(densities[0].dimension)]
        return (
            *(ragged(name, densities, _component(i), "component of y, x = y/|y|") for i, name in enumerate(names)),
            ragged("mass_density", densities, lambda d: d.mesh.mass_density, "dμ/dξ, ξ the cell's own variables"),
            ragged("log_density", densities, lambda d: d.logs, "ln ρ at the tokens"),
            regular("elements", densities, lambda d: d.mesh.size, "number of cells"),
            regular("element_order", densities, lambda d: d.mesh.cell.element.order, "their degree"),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        with stored.readable("of tokens on cells"):
            size, dimension = stored.integer("elements", 1), stored.dimension
            if dimension not in (2, 3):
                raise ValueError(f"dimension {dimension}")
            cell = cell_of_order(stored.cell_order(), dimension - 1)
            shape = (size, cell.size)
            tokens = np.stack([stored.field(f"token_{i}", shape) for i in range(dimension)], axis=-1)
            mesh = NormedMesh(cell, tokens, stored.field("mass_density", shape))
            logs = np.array(stored.row("log_density"), dtype=float)[: size * cell.size].reshape(shape)
            return cls(mesh, logs)


def _component(i: int) -> Callable[[StirredDensity], Array]:
    return lambda density: density.mesh.tokens[..., i]


def _across(points: Array) -> Array:
    """Return an orthonormal frame across each unit vector, shape (n, d − 1, d)."""
    if points.shape[1] == 2:
        return np.stack([points[:, 1], -points[:, 0]], axis=-1)[:, None]
    first = np.cross(points, np.eye(3)[np.argmin(np.abs(points), axis=1)])
    first /= np.linalg.norm(first, axis=1)[:, None]
    return np.stack([first, np.cross(points, first)], axis=1)


def _solved(matrices: Array, right: Array) -> Array:
    """Return the solutions of systems of one or two equations, not finite where there is none."""
    if matrices.shape[-1] == 1:
        return np.asarray(right / matrices[:, :, 0])
    (a, b), (c, d) = np.moveaxis(matrices, 0, -1)
    solutions = np.stack([d * right[:, 0] - b * right[:, 1], a * right[:, 1] - c * right[:, 0]], axis=-1)
    return np.asarray(solutions / (a * d - b * c)[:, None])
