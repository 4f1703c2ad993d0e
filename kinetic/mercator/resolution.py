"""When a cell of one variable is fine enough: what halving it would change.

*Quadrature*: by how much would the integrals that matter change if the cell were halved, its polynomials being what
they are? Each is relative to its own total: 1 − R may be 1e-100 and still wants its digits. *Interpolation*: how large
are the highest Legendre modes of position, ln ρ and ln dμ/dξ, that is, how exact would halving be? Which integrals
matter is for a space to say.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np

from kinetic.charts.elements import Element
from kinetic.charts.patches import Selection
from kinetic.types import Array

NEGLIGIBLE_SHARE = 1e-30
"""Share in mass and in 1 − R below which a cell is not halved for its shape, once it is narrow.

The void that opens between two clusters stretches for ever and holds nothing, yet its shape may be steep anywhere.
Should what it holds come to matter after all, `shape_error` says so.
"""

NARROW = 0.25
"""Extent in its own variable of a cell that resolves everything but such a void: the poles of tanh y are π/2 away."""

_ROUNDING = 1e-14  # of the modes, relative to the largest value


class Carrying(Protocol):
    """Cells of one variable that carry a density; arrays of shape (cells, n)."""

    @property
    def element(self) -> Element:
        """The reference cell."""

    @property
    def polynomials(self) -> tuple[Array, Array, Array]:
        """Position, ln ρ and ln dμ/dξ at the Gauss points."""

    @property
    def masses(self) -> Array:
        """Mass at the Gauss points."""

    @property
    def versine(self) -> Array:
        """1 − cos θ there, θ the angle to the cluster."""

    @property
    def borders(self) -> Array:
        """Position at the two ends, shape (cells, 2)."""


_Mesh = TypeVar("_Mesh", bound=Carrying)


@dataclass(frozen=True)
class Criterion(ABC, Generic[_Mesh]):
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
    coarsest: ClassVar[float] = math.inf
    """Highest modes that are let pass, however loose the stepper."""

    @classmethod
    def of(cls, reach: float, tolerance: float) -> Self:
        """Return the criterion that keeps the mesh's errors below a time stepper's.

        Errors of some hundred cells add up, at worst, to 1e-2 · tolerance · number; the floors are rounding's.
        """
        return cls(reach, max(1e-2 * tolerance, 1e-14), min(max(tolerance, 1e-12), cls.coarsest))

    @abstractmethod
    def changes(self, mesh: _Mesh) -> Array:
        """Return the largest relative change of an integral by halving each cell, shape (cells,)."""

    def coarse(self, mesh: _Mesh) -> Selection:
        """Return which cells should be halved, shape (cells,)."""
        matters = (shares(mesh) > NEGLIGIBLE_SHARE) | (np.abs(np.diff(mesh.borders, axis=1)[:, 0]) > NARROW)
        return np.asarray((self.changes(mesh) > self.quadrature) | (self._rough(mesh) & matters))

    def coarse_at_first(self, mesh: _Mesh) -> Selection:
        """Return which cells of an initial density should be halved: also where there is next to no mass."""
        return np.asarray((self.changes(mesh) > self.quadrature) | self._rough(mesh))

    def _rough(self, mesh: _Mesh) -> Selection:
        """Return which cells have a high mode above the tolerance (and above rounding)."""
        allowed = [self.interpolation + _ROUNDING * np.abs(values).max(axis=1) for values in mesh.polynomials]
        return np.asarray(np.any(_high_modes(mesh) > np.stack(allowed), axis=0))


def _high_modes(mesh: Carrying) -> Array:
    """Return the larger of the absolute two highest Legendre modes of each polynomial and cell, shape (3, cells)."""
    highest = mesh.element.modes[-2:].T
    return np.stack([np.abs(values @ highest).max(axis=1) for values in mesh.polynomials])


def shares(mesh: Carrying) -> Array:
    """Return each cell's share in the mass or in ∫ (1 − cos θ) dμ, whichever is larger, shape (cells,)."""
    masses = mesh.masses
    far = (masses * mesh.versine).sum(axis=1)
    return np.asarray(np.maximum(masses.sum(axis=1) / masses.sum(), far / far.sum()))


def shape_error(mesh: Carrying) -> float:
    """Return the largest product of a cell's share and its highest modes: what halving may spoil."""
    return float(np.max(shares(mesh) * np.max(_high_modes(mesh), axis=0)))


def spectral_tail(mesh: Carrying) -> float:
    """Return the share of the highest two modes of ln ρ in Σ_c ω_c (1 + Σ_j a_cj²), ω_c the larger of two shares.

    a_cj are the Legendre modes of ln ρ on cell c, j ≥ 1; ω_c is the cell's share in the mass or in 1 − R, so that what
    neither feels does not count. The 1 stands for the constant mode, whose value says nothing.
    """
    modes = (mesh.polynomials[1] @ mesh.element.modes.T)[:, 1:] ** 2
    weights = shares(mesh)
    return float(weights @ modes[:, -2:].sum(axis=1) / (weights @ (1.0 + modes.sum(axis=1))))
