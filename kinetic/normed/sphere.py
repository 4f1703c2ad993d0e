"""Tokens in space: spherical harmonics of the kernel's significant degrees, summed over scattered points by ducc0.

    ∫ f(y) e^{β<x,y>} dμ(y) = Σ_l w_l Σ_m Y_lm(x) ∫ f Y_lm dμ,     f = 1, y_1, y_2, y_3:

as many non-uniform transforms to degree K, and back. The components are Cartesian, so that no pole is special. The
module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.attention.axisymmetric import zonal_tables
from kinetic.charts.latitude import latitude_of_angle, versine
from kinetic.geometry import colatitude_azimuth, frame_of
from kinetic.normed.circle import eigenvalues, normalized
from kinetic.normed.field import IdentityTokens, TokenField
from kinetic.spaces.scattered import NUFFT_ACCURACY, SpherePoints
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array


@dataclass(frozen=True)
class SphereTokens(IdentityTokens[Sphere]):
    """One identity head on tokens whose directions are points of S².

    **Cost** Eight transforms of degree K over n scattered points (softmax; without, six).
    """

    components = 3

    @cached_property
    def _kernel(self) -> Array:
        """w_l for every number of the coefficients."""
        weights = eigenvalues(self.spectrum)
        return np.asarray(weights[Sphere(weights.size - 1).degrees])

    def field(self, directions: Array, masses: Array) -> TokenField:
        """Return the attention at every token.

        **Accuracy** 1e-13 Σ |w_l| N_l, absolute: relative to Z where that is smallest, 1e-13 e^{2|β|} at worst.
        """
        weights = eigenvalues(self.spectrum)
        degree, points = weights.size - 1, SpherePoints(directions)
        columns = [masses * component for component in directions.T]
        force = points.values(np.stack([self._kernel * points.sums(c, degree) for c in columns]), degree).T
        degrees = np.arange(weights.size)
        rounding = NUFFT_ACCURACY * float(np.abs(weights) @ (2.0 * degrees + 1.0))
        if not self.spectrum.normalized:
            return TokenField(force, force, np.full(masses.size, rounding), 0.0)
        partition = points.values((self._kernel * points.sums(masses, degree))[None], degree)[0]
        return normalized(force, partition, rounding, self.spectrum.scale)

    def coefficients(self, directions: Array, masses: Array) -> Array:
        """Return ∫ Y_lm dμ as pairs, in the layout of the space."""
        return SpherePoints(directions).sums(masses, self.space.degree)

    def mean_squares(self, directions: Array, masses: Array, axis: Array) -> tuple[Array, Array]:
        """Return p_l and 1 − p_l from δ_l = ∫ (1 − P_l) dμ about the axis and the harmonics of order m ≥ 1 there."""
        degree = self.spectrum.degree
        turned = directions @ frame_of(axis).T
        y = latitude_of_angle(colatitude_azimuth(turned)[0])
        deficits = zonal_tables(degree, 3, y)[2] @ (masses * versine(y))
        waves = SpherePoints(turned).sums(masses, degree)
        waves[: 2 * (degree + 1)] = 0.0
        others = Sphere(degree).by_degree(waves, waves)
        return (1.0 - deficits) ** 2 + others, deficits * (2.0 - deficits) - others

    def log_area(self, tokens: Array, derivatives: Array) -> Array:
        """Return ln of <y, ∂₁y × ∂₂y>/(4π r³)."""
        volume = np.vecdot(tokens, np.cross(derivatives[0], derivatives[1]))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(volume) - np.log(4.0 * math.pi) - 1.5 * np.log(np.vecdot(tokens, tokens)))
