"""Rows widened to bumps, as an initial density: its coefficients in any space.

A bump about x_i has the coefficients A_l Y_lm(x_i) (Funk–Hecke), and averaged over the rotations about an axis e the
moments A_l P_l(<x_i, e>): the density's coefficients are those of the rows times A_l, without a sum over bumps.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.initial import VonMisesFisher, profile_moments, reach_of
from kinetic.rows.directions import Rows
from kinetic.spaces.scattered import scattered
from kinetic.spaces.space import Space
from kinetic.special import gegenbauer
from kinetic.types import Array

_BLOCK = 2_000_000  # numbers of a table of polynomials: 16 MB


@dataclass(frozen=True, eq=False)
class TokenDensity:
    """ρ = (1/n) Σ_i vMF(x_i, κ), for zonal spaces averaged over the rotations about the axis.

    Parameters
    ----------
    rows : Rows
    concentration : float
        κ > 0.

    **Accuracy** On circle and zonal spaces rounding; on the sphere 1e-13 of the transform (tests/rows).

    **Cost** O(n L) on circle and zonal spaces, one non-uniform fast transform on the sphere; once for each new degree.
    """

    rows: Rows
    concentration: float

    required = 0

    @property
    def profile(self) -> VonMisesFisher:
        """The bump."""
        return VonMisesFisher(self.concentration)

    @cached_property
    def factor(self) -> float:
        """A_1(κ), by which widening multiplies R."""
        return float(profile_moments(self.profile, self.rows.dimension, 1)[1])

    def reach(self, space: Space) -> int:
        """Return the degree at which a bump ends to rounding, or at which to stop looking."""
        return reach_of((self.profile,), space)

    def coefficients(self, space: Space) -> Array:
        """Return the native coefficients in a space: the exact ones up to its degree."""
        moments = profile_moments(self.profile, space.dimension, space.degree)
        return np.asarray(self._of_rows(space) * moments[space.degrees])

    @cached_property
    def _kept(self) -> dict[int, Array]:
        return {}

    def _of_rows(self, space: Space) -> Array:
        """Return the coefficients of the rows themselves, from the highest degree that has been asked for."""
        highest = max(self._kept, default=0)
        if space.degree > highest:
            self._kept.clear()
            self._kept[space.degree] = highest_sums = self._sums(space.degree)
            return highest_sums
        return space.at_degree(highest).resize(self._kept[highest], space.degree)

    def _sums(self, degree: int) -> Array:
        places, n = self.rows.places, self.rows.count
        if not self.rows.axisymmetric:
            found = scattered(places).sums(np.full(n, 1.0 / n), degree)
            found[0] = 1.0  # the mass, without the transform's rounding
            return found
        step = max(1, _BLOCK // (degree + 1))
        parts = [gegenbauer(degree, self.rows.dimension, places[i : i + step]).sum(axis=1) for i in range(0, n, step)]
        return np.asarray(np.sum(parts, axis=0) / n)
