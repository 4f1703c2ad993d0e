"""When a cell of labels is fine enough: what halving it would change.

*Quadrature.* The moments of attention are integrals over labels of x = y/|y| and of the kernel. Gauss's rule of k + 1
points integrates polynomials of degree 2k + 1, so that of a function whose Legendre modes decay to size a at degree k
it misses about a²; `Cell.roughness` gives a. That x = y/|y| is singular, as a function of the label, where a token
passes through the origin, is seen here and nowhere else: the cells around such a label are halved until what they hold
is negligible. *Interpolation.* Halving a cell takes its polynomials of y and of dμ/dξ at their word: its error is their
own a.

Both count by the cell's share of the mass or of 1 − R, whichever is larger.
"""

from dataclasses import dataclass

import numpy as np

from kinetic.normed.field import TokenSpace
from kinetic.normed.mesh import NormedMesh
from kinetic.types import Array, Integers

LARGEST_MESH = 400_000
"""Tokens beyond which no cell is halved any more."""

_NEAR = 2.0  # a cell twice its size from the origin has modes of (2 + √3)^{−k}: squared, 1e-13 for k = 11
_LOOSEST = 1e-8  # tolerance; cells cost little
_ROUNDS = 50  # halvings between two steps


@dataclass(frozen=True)
class Criterion:
    """How fine is fine enough.

    Parameters
    ----------
    attention : TokenSpace
        Whose integrals matter.
    quadrature, interpolation : float
        Largest share times a², share times a, of a cell.
    """

    attention: TokenSpace
    quadrature: float
    interpolation: float

    @classmethod
    def of(cls, attention: TokenSpace, tolerance: float) -> "Criterion":
        """Return the criterion that keeps the mesh's errors below a time stepper's.

        The errors of some hundred cells add up, at worst, to the tolerance; the floors are rounding's, the ceiling
        leaves room below what is called resolved for what a step may do to a cell.
        """
        loose = min(tolerance, _LOOSEST)
        return cls(attention, max(1e-2 * loose, 1e-14), max(1e-1 * loose, 1e-13))

    def changes(self, mesh: NormedMesh) -> tuple[Array, Array]:
        """Return share · a² of the integrands and share · a of the polynomials, shape (cells, k) each."""
        weights = self.shares(mesh)[:, None]
        scale = np.maximum(mesh.radii.mean(axis=1), 1e-300)[:, None]
        mass = mesh.mass_density / np.maximum(np.abs(mesh.mass_density).mean(axis=1), 1e-300)[:, None]
        heavy = mesh.cell.roughness(mass)
        integrands = np.concatenate([mesh.directions, self._kernels(mesh.directions)], axis=-1)
        rough = np.maximum(mesh.cell.roughness(integrands), heavy)
        return weights * rough**2, weights * np.maximum(mesh.cell.roughness(mesh.tokens) / scale, heavy)

    def _kernels(self, directions: Array) -> Array:
        """Return the kernel g(<x, n>) over its largest value, n along and against every axis."""
        kernel = self.attention.spectrum.kernel
        return kernel.values(np.concatenate([directions, -directions], axis=-1), kernel.log_largest)

    def shares(self, mesh: NormedMesh) -> Array:
        """Return each cell's share of the mass or of 1 − R, whichever is larger, shape (cells,)."""
        masses = np.abs(mesh.masses)
        share = masses.sum(axis=1) / max(float(masses.sum()), 1e-300)
        axis, length = mean_axis(mesh, self.attention)
        if length == 0.0:
            return np.asarray(share)
        far = (masses * versines(mesh.directions, axis)).sum(axis=1)
        return np.asarray(np.maximum(share, far / max(float(far.sum()), 1e-300)))

    def coarse(self, mesh: NormedMesh) -> Integers:
        """Return the direction in which each cell should be halved, −1 where it is fine enough, shape (cells,)."""
        quadrature, interpolation = self.changes(mesh)
        excess = np.maximum(quadrature / self.quadrature, interpolation / self.interpolation)
        return np.where(excess.max(axis=1) > 1.0, np.argmax(excess, axis=1), -1)

    def refined(self, mesh: NormedMesh) -> NormedMesh:
        """Return the mesh with every cell halved that is too coarse, and its halves likewise."""
        for _ in range(_ROUNDS):
            axis = self.coarse(mesh)
            if np.all(axis < 0) or mesh.masses.size > LARGEST_MESH:
                break
            mesh = mesh.split(axis)
        return mesh

    def passage(self, mesh: NormedMesh) -> float:
        """Return the largest share · a² among the cells near the origin: what a trial step must not overlook."""
        centers = mesh.tokens.mean(axis=1, keepdims=True)
        extent = np.linalg.norm(mesh.tokens - centers, axis=-1).max(axis=1)
        near = np.flatnonzero(np.linalg.norm(centers[:, 0], axis=-1) < _NEAR * extent)
        if near.size == 0:
            return 0.0
        few = mesh.chosen(near)
        rough = mesh.cell.roughness(few.directions).max(axis=1)
        return float(np.max(np.abs(few.masses).sum(axis=1) * rough**2))


def mean_axis(mesh: NormedMesh, attention: TokenSpace) -> tuple[Array, float]:
    """Return the mean direction in the tokens' components (the first axis where there is none), and R."""
    mean = attention.mean(mesh.directions.reshape(-1, attention.components), mesh.masses.ravel())
    length = float(np.linalg.norm(mean))
    return (mean / length if length > 0 else np.eye(mean.size)[0]), length


def versines(directions: Array, axis: Array) -> Array:
    """Return 1 − <x, n> = |x − n|²/2, without cancellation, over the last axis."""
    return np.asarray(0.5 * np.sum((directions - axis) ** 2, axis=-1))
