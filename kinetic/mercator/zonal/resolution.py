"""When an element is fine enough: what splitting it would change.

Two questions, asked of every element. *Quadrature*: by how much would the integrals that matter change if the element
were halved (its polynomials being what they are)? They are the mass, 1 − R and the kernel's sums at the two poles, each
relative to its own total: 1 − R may be 1e-100 and still wants its digits. *Interpolation*: how large are the highest
Legendre modes of y, ln ρ and ln dμ/dξ, that is, how exact would halving be?
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinetic.charts.latitude import cosine, versine
from kinetic.charts.material import MaterialMesh, Selection
from kinetic.types import Array

LARGEST_MESH = 20_000
"""Elements beyond which a run is given up."""

NEGLIGIBLE_SHARE = 1e-30
"""Share in mass and 1 − R below which an element is not halved for its shape, once it is narrow.

The void that opens between two clusters stretches for ever and holds nothing, yet its shape may be steep anywhere.
Should what it holds come to matter after all, `shape_error` says so.
"""

NARROW = 0.25
"""Width in y of an element that resolves everything but such a void: the poles of tanh y are π/2 away."""

_ROUNDING = 1e-14  # of the modes, relative to the largest value


@dataclass(frozen=True)
class Criterion:
    """How fine is fine enough.

    Parameters
    ----------
    beta : float
        Inverse temperature of the kernel whose sums matter.
    quadrature : float
        Largest change of an integral by halving an element, relative to the integral.
    interpolation : float
        Largest of the two highest modes, absolute: all three are logarithms.
    """

    beta: float
    quadrature: float
    interpolation: float

    @classmethod
    def of(cls, beta: float, tolerance: float) -> "Criterion":
        """Return the criterion that keeps the mesh's errors below a time stepper's.

        Errors of some hundred elements add up, at worst, to 1e-2 · tolerance · number; the floors are rounding's.
        """
        return cls(beta, max(1e-2 * tolerance, 1e-14), max(tolerance, 1e-12))

    def coarse(self, mesh: MaterialMesh) -> Selection:
        """Return which elements should be halved, shape (elements,), bool."""
        change = quadrature_changes(mesh, self.beta)
        matters = (shares(mesh) > NEGLIGIBLE_SHARE) | (np.diff(mesh.borders, axis=1)[:, 0] > NARROW)
        return np.asarray((change > self.quadrature) | (self._rough(mesh) & matters))

    def coarse_at_first(self, mesh: MaterialMesh) -> Selection:
        """Return which elements of an initial density should be halved: also where there is next to no mass."""
        return np.asarray((quadrature_changes(mesh, self.beta) > self.quadrature) | self._rough(mesh))

    def _rough(self, mesh: MaterialMesh) -> Selection:
        """Return which elements have a high mode above the tolerance (and above rounding)."""
        rough = np.zeros(mesh.size, dtype=bool)
        for values in (mesh.y, mesh.log_density, mesh.log_mass):
            allowed = self.interpolation + _ROUNDING * np.abs(values).max(axis=1)
            rough |= high_modes(mesh, values).max(axis=1) > allowed
        return rough


def high_modes(mesh: MaterialMesh, values: Array) -> Array:
    """Return the absolute two highest Legendre modes of each element, shape (elements, 2)."""
    return np.asarray(np.abs(values @ mesh.element.modes[-2:].T))


def quadrature_changes(mesh: MaterialMesh, beta: float) -> Array:
    """Return the largest relative change of an integral by halving each element, shape (elements,)."""
    element = mesh.element
    finer = element.halves.reshape(-1, element.order + 1).T
    weights = 0.5 * np.concatenate([element.weights, element.weights])
    here, there = mesh.y, mesh.y @ finer
    changes = np.zeros(mesh.size)
    with np.errstate(over="ignore", invalid="ignore"):  # between the points of an element that is far too coarse
        coarse, fine = mesh.masses, np.exp(mesh.log_mass @ finer) * weights
        side = 1.0 if np.vdot(coarse, cosine(here)) >= 0 else -1.0
        for f in (np.ones_like, lambda y: versine(side * y), _kernel(beta), _kernel(-beta)):
            sums = np.sum(coarse * f(here), axis=1)
            changes = np.maximum(changes, np.abs(np.sum(fine * f(there), axis=1) - sums) / sums.sum())
    return np.where(np.isnan(changes), np.inf, changes)


def _kernel(beta: float) -> Callable[[Array], Array]:
    """e^{β<x, ±e>} over its largest value."""
    return lambda y: np.asarray(np.exp(beta * cosine(y) - abs(beta)))


def shares(mesh: MaterialMesh) -> Array:
    """Return each element's share in the mass or in 1 − R, whichever is larger, shape (elements,)."""
    masses = mesh.masses
    side = 1.0 if np.vdot(masses, cosine(mesh.y)) >= 0 else -1.0
    far = masses * versine(side * mesh.y)
    return np.asarray(np.maximum(masses.sum(axis=1) / masses.sum(), far.sum(axis=1) / far.sum()))


def shape_error(mesh: MaterialMesh) -> float:
    """Return the largest product of an element's share and its highest modes: what halving may spoil."""
    modes = [high_modes(mesh, values).max(axis=1) for values in (mesh.y, mesh.log_density, mesh.log_mass)]
    return float(np.max(shares(mesh) * np.max(modes, axis=0)))


def spectral_tail(mesh: MaterialMesh) -> float:
    """Return the share of the highest two modes of ln ρ in Σ_e ω_e (1 + Σ_j a_ej²), ω_e the larger of two shares.

    a_ej are the Legendre modes of ln ρ on element e, j ≥ 1; ω_e is the element's share in the mass or in 1 − R,
    whichever is larger, so that what neither feels does not count. The 1 stands for the constant mode, whose value says
    nothing.
    """
    modes = (mesh.log_density @ mesh.element.modes.T)[:, 1:] ** 2
    weights = shares(mesh)
    return float(weights @ modes[:, -2:].sum(axis=1) / (weights @ (1.0 + modes.sum(axis=1))))
