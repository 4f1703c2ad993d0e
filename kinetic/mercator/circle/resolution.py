"""When a cell of the circle is fine enough: the integrals that matter there, and what is known of cells twice."""

import numpy as np

from kinetic.mercator import resolution
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.types import Array

LARGEST_MESH = 3000
"""Cells beyond which a run is given up."""

_SIDES = np.array([0.0, 0.5 * np.pi, np.pi, -0.5 * np.pi])


class Criterion(resolution.Criterion[CircleMesh]):
    """How fine is fine enough for the mass, for ∫ (1 − cos θ) dμ and for the sharpest kernel's sums from four sides.

    Slopes, by which positions are checked against ρ, lose a factor order² of the modes.
    """

    coarsest = 1e-8

    def changes(self, mesh: CircleMesh) -> Array:
        whole = self.integrands(mesh)
        halved = self.integrands(mesh.split(np.ones(mesh.sizes.total, dtype=bool)))
        change = halved.reshape(whole.shape[0], -1, 2).sum(axis=2) - whole
        return np.asarray(np.max(np.abs(change) / whole.sum(axis=1, keepdims=True), axis=0))

    def integrands(self, mesh: CircleMesh) -> Array:
        """Return each cell's part of the integrals that matter, shape (integrals, cells)."""
        rows = [np.ones_like(mesh.angles), mesh.versine]
        if self.reach > 0:
            rows += [np.exp(-2.0 * self.reach * np.sin(0.5 * (mesh.angles - side)) ** 2) for side in _SIDES]
        return np.asarray((np.stack(rows) * mesh.masses).sum(axis=2))


def disagreement(mesh: CircleMesh) -> float:
    """Return the largest product of a cell's share and of how far its positions are from those that ρ asks for.

    Position and ln ρ are integrated side by side, and d position/dξ = e^{ln dμ/dξ}/(ρ dσ/d position): what is known
    twice tells whether both are right. The difference is relative in cells of extent one or more, absolute in smaller
    ones, in which a cluster away from p may be squeezed below rounding.
    """
    slopes = mesh.position @ mesh.cell.derivatives[0].T
    slopes[mesh.sizes.slices[1]] *= -1.0
    asked = np.exp(mesh.log_mass - mesh.log_density - mesh.log_area)
    off = np.abs(slopes - asked) / np.maximum(1.0, asked)
    return float(np.max(resolution.shares(mesh) * off.max(axis=1)))
