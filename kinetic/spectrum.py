"""What a space of harmonics leaves out of a density that is known beyond it.

A truncated series cannot tell: data beyond a gap in the spectrum (one harmonic of high degree, bumps in a pattern whose
symmetry cancels all low degrees) leave no trace in it at all. The module compares the coefficients to the degree where
the data end with those to the degree of the space; it knows no flows, charts or case files.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinetic.density import Density
from kinetic.density.observing import degree_sizes
from kinetic.errors import DomainError
from kinetic.spaces.space import Space
from kinetic.types import Array

GAP = 100.0
"""Beyond a gap: a share of the whole left out that is so many times the share of what is kept in the upper half of it.

Spectra without a gap: S_l ~ l^−2 of a jump has as much beyond L as between L/2 and L, within the oscillation of single
degrees; one that falls faster has less; a needle, whose S_l rise like l^{d−2}, has half of what is kept or more there.
"""


class Initial(Protocol):
    """An initial density that can be projected onto any space."""

    def coefficients(self, space: Space) -> Array:
        """Return the native coefficients, exact up to the space's degree."""

    @property
    def required(self) -> int:
        """The highest degree that is asked for by its number; 0 if there is none."""

    def reach(self, space: Space) -> int:
        """Return the degree at which the data end to rounding, or at which to stop looking if they never do."""


@dataclass(frozen=True)
class Asked:
    """The sizes S_l of the degrees of a density, to the degree where it ends.

    Parameters
    ----------
    sizes : Array
        As in `kinetic.observables.spectral_tail`.
    required : int
        The highest degree that is asked for by its number.
    """

    sizes: Array
    required: int = 0

    @classmethod
    def of(cls, space: Space, initial: Initial) -> "Asked":
        """Expand an initial density as far as it reaches: what a larger space holds beyond is rounding."""
        at = space.at_degree(max(1, initial.reach(space)))
        return cls(degree_sizes(Density(at, initial.coefficients(at))), initial.required)

    def beyond(self, degree: int) -> float:
        """Return the share of Σ S_l in the degrees above one."""
        return float(self.sizes[degree + 1 :].sum() / self.sizes.sum())

    def has_gap(self, degree: int, bound: float) -> bool:
        """Return whether more than a bound is left out, beyond a gap, so that the kept degrees look resolved."""
        kept = self.sizes[: degree + 1]
        upper = float(kept[degree // 2 + 1 :].sum() / kept.sum())
        left_out = self.beyond(degree)
        return left_out > bound and left_out > GAP * upper

    def require_kept(self, degree: int, bound: float) -> None:
        """Refuse a degree that leaves out harmonics asked for, or a share above a bound beyond a gap.

        Raises
        ------
        DomainError
        """
        if degree >= self.required and not self.has_gap(degree, bound):
            return
        shares = np.cumsum(self.sizes[::-1])[::-1] / self.sizes.sum()
        needed = max(int(np.flatnonzero(shares > bound**2)[-1]), self.required)
        raise DomainError(
            f"initial density: degree {degree} leaves out a share of {self.beyond(degree):.3g} of its squared "
            f"harmonics, which lies beyond a gap in its spectrum, and would look resolved without it; needs at least "
            f"degree {needed}; raise space.degree or space.max_degree"
        )
