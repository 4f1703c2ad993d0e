"""When a cell is fine enough: what halving it would change.

*Quadrature*: by how much would the integrals that matter change if the cell were halved, its polynomials being what
they are? They are the mass, ∫ (1 − cos θ) dμ and sums of the sharpest kernel seen from four sides, each relative to its
own total. *Interpolation*: how large are the highest Legendre modes of position, ln ρ and ln dμ/dξ, that is, how exact
would halving be?
"""

from dataclasses import dataclass

import numpy as np

from kinetic.charts.patches import Selection
from kinetic.mercator.circle.mesh import CircleMesh
from kinetic.types import Array

LARGEST_MESH = 3000
"""Cells beyond which a run is given up."""

NEGLIGIBLE_SHARE = 1e-30
"""Share in mass and in ∫ (1 − cos θ) dμ below which a cell is not halved for its shape, once it is narrow."""

NARROW = 0.25
"""Extent in its own variable of a cell that resolves everything but a void that is stretched for ever."""

_COARSEST = 1e-8  # highest modes that are let pass, however loose the stepper
_ROUNDING = 1e-14  # of the modes, relative to the largest value
_SIDES = np.array([0.0, 0.5 * np.pi, np.pi, -0.5 * np.pi])


@dataclass(frozen=True)
class Criterion:
    """How fine is fine enough.

    Parameters
    ----------
    reach : float
        Largest exponent between two tokens: of the kernel whose sums matter.
    quadrature : float
        Largest change of an integral by halving a cell, relative to the integral.
    interpolation : float
        Largest of the two highest modes, absolute: all fields are logarithms or of size one.
    """

    reach: float
    quadrature: float
    interpolation: float

    @classmethod
    def of(cls, reach: float, tolerance: float) -> "Criterion":
        """Return the criterion that keeps the mesh's errors below a time stepper's.

        Errors of some hundred cells add up, at worst, to 1e-2 · tolerance · number; the floors are rounding's. Slopes,
        by which positions are checked against ρ, lose a factor order² of the modes.
        """
        return cls(reach, max(1e-2 * tolerance, 1e-14), min(max(tolerance, 1e-12), _COARSEST))

    def coarse(self, mesh: CircleMesh) -> Selection:
        """Return which cells should be halved, shape (cells,)."""
        matters = (shares(mesh) > NEGLIGIBLE_SHARE) | (np.abs(np.diff(mesh.borders, axis=1)[:, 0]) > NARROW)
        return np.asarray((quadrature_changes(mesh, self.reach) > self.quadrature) | (self.rough(mesh) & matters))

    def coarse_at_first(self, mesh: CircleMesh) -> Selection:
        """Return which cells of an initial density should be halved: also where there is next to no mass."""
        return np.asarray((quadrature_changes(mesh, self.reach) > self.quadrature) | self.rough(mesh))

    def integrands(self, mesh: CircleMesh) -> Array:
        """Return each cell's part of the integrals that matter, shape (integrals, cells)."""
        return _integrands(mesh, self.reach)

    def rough(self, mesh: CircleMesh) -> Selection:
        """Return which cells have a high mode above the tolerance (and above rounding)."""
        rough = np.zeros(mesh.sizes.total, dtype=bool)
        for values in (mesh.position, mesh.log_density, mesh.log_mass):
            allowed = self.interpolation + _ROUNDING * np.abs(values).max(axis=1)
            rough |= high_modes(mesh, values) > allowed
        return rough


def high_modes(mesh: CircleMesh, values: Array) -> Array:
    """Return the larger of the absolute two highest Legendre modes of each cell, shape (cells,)."""
    return np.asarray(np.abs(values @ mesh.cell.modes[-2:].T).max(axis=1))


def quadrature_changes(mesh: CircleMesh, reach: float) -> Array:
    """Return the largest relative change of an integral by halving each cell, shape (cells,)."""
    whole = _integrands(mesh, reach)
    halved = _integrands(mesh.split(np.ones(mesh.sizes.total, dtype=bool)), reach)
    change = halved.reshape(whole.shape[0], -1, 2).sum(axis=2) - whole
    return np.asarray(np.max(np.abs(change) / whole.sum(axis=1, keepdims=True), axis=0))


def _integrands(mesh: CircleMesh, reach: float) -> Array:
    """Return each cell's part of the integrals, shape (integrals, cells)."""
    rows = [np.ones_like(mesh.angles), mesh.versine]
    if reach > 0:
        rows += [np.exp(-2.0 * reach * np.sin(0.5 * (mesh.angles - side)) ** 2) for side in _SIDES]
    return np.asarray((np.stack(rows) * mesh.masses).sum(axis=2))


def shares(mesh: CircleMesh) -> Array:
    """Return each cell's share in the mass or in ∫ (1 − cos θ) dμ, whichever is larger, shape (cells,)."""
    masses = mesh.masses
    far = (masses * mesh.versine).sum(axis=1)
    return np.asarray(np.maximum(masses.sum(axis=1) / masses.sum(), far / far.sum()))


def shape_error(mesh: CircleMesh) -> float:
    """Return the largest product of a cell's share and its highest modes: what halving may spoil."""
    modes = [high_modes(mesh, values) for values in (mesh.position, mesh.log_density, mesh.log_mass)]
    return float(np.max(shares(mesh) * np.max(modes, axis=0)))


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
    return float(np.max(shares(mesh) * off.max(axis=1)))


def spectral_tail(mesh: CircleMesh) -> float:
    """Return the share of the highest two modes of ln ρ in Σ_c ω_c (1 + Σ_j a_cj²), ω_c the larger of two shares.

    a_cj are the Legendre modes of ln ρ on cell c, j ≥ 1; ω_c is the cell's share in the mass or in ∫ (1 − cos θ) dμ.
    """
    modes = (mesh.log_density @ mesh.cell.modes.T)[:, 1:] ** 2
    weights = shares(mesh)
    return float(weights @ modes[:, -2:].sum(axis=1) / (weights @ (1.0 + modes.sum(axis=1))))
