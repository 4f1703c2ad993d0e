"""Tokens in space: spherical harmonics of the kernel's significant degrees, summed over scattered points by ducc0.

    ∫ f(y) e^{β<x,y>} dμ(y) = Σ_l w_l Σ_m Y_lm(x) ∫ f Y_lm dμ,     f = 1, y_1, y_2, y_3:

as many non-uniform transforms to degree K, and back. The components are Cartesian, so that no pole is special. The
module knows tokens and masses, not cells.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import ducc0
import numpy as np

from kinetic.attention.axisymmetric import zonal_tables
from kinetic.attention.boosted import Spectrum
from kinetic.charts.latitude import latitude_of_angle, versine
from kinetic.geometry import colatitude_azimuth
from kinetic.label.circle import eigenvalues, normalized
from kinetic.label.field import TokenField
from kinetic.pointwise import frame_of
from kinetic.spaces.sphere import Sphere, threads
from kinetic.types import Array, ComplexArray

_ACCURACY = 1e-13
"""Asked of the non-uniform transforms; what they leave is 2e-14 of the largest value (tests/label/test_field.py)."""


@dataclass(frozen=True)
class SphereTokens:
    """One identity head on tokens whose directions are points of S².

    Parameters
    ----------
    spectrum : Spectrum
    space : Sphere

    **Cost** Eight transforms of degree K over n scattered points (softmax; without, six).
    """

    spectrum: Spectrum
    space: Sphere
    components = 3

    @cached_property
    def _kernel(self) -> Array:
        """4π w_l for every (l, m): ducc0's harmonics are orthonormal for the area."""
        weights = eigenvalues(self.spectrum)
        return np.asarray(4.0 * math.pi * weights[Sphere(weights.size - 1).degrees[::2]])

    def field(self, directions: Array, masses: Array) -> TokenField:
        """Return the attention at every token.

        **Accuracy** 1e-13 Σ |w_l| N_l, absolute: relative to Z where that is smallest, 1e-13 e^{2|β|} at worst.
        """
        weights = eigenvalues(self.spectrum)
        scattered = Scattered.of(directions, weights.size - 1)
        columns = [masses * component for component in directions.T]
        force = np.stack([scattered.values(self._kernel * scattered.sums(c)) for c in columns], axis=1)
        degrees = np.arange(weights.size)
        rounding = _ACCURACY * float(np.abs(weights) @ (2.0 * degrees + 1.0))
        if not self.spectrum.normalized:
            return TokenField(force, force, np.full(masses.size, rounding), 0.0)
        partition = scattered.values(self._kernel * scattered.sums(masses))
        return normalized(force, partition, rounding, self.spectrum.scale)

    @staticmethod
    def mean(directions: Array, masses: Array) -> Array:
        """Return ∫ x dμ."""
        return np.asarray(masses @ directions)

    def coefficients(self, directions: Array, masses: Array) -> Array:
        """Return ∫ Y_lm dμ as pairs, in the layout of the space."""
        sums = Scattered.of(directions, self.space.degree).sums(masses)
        return np.asarray(math.sqrt(4.0 * math.pi) * sums).view(float)

    def mean_squares(self, directions: Array, masses: Array, axis: Array) -> tuple[Array, Array]:
        """Return p_l and 1 − p_l from δ_l = ∫ (1 − P_l) dμ about the axis and the harmonics of order m ≥ 1 there."""
        degree = self.spectrum.degree
        turned = directions @ frame_of(axis).T
        y = latitude_of_angle(colatitude_azimuth(turned)[0])
        deficits = zonal_tables(degree, 3, y)[2] @ (masses * versine(y))
        waves = math.sqrt(4.0 * math.pi) * Scattered.of(turned, degree).sums(masses)
        waves[: degree + 1] = 0.0
        pairs = waves.view(float)
        others = Sphere(degree).by_degree(pairs, pairs)
        return (1.0 - deficits) ** 2 + others, deficits * (2.0 - deficits) - others

    @staticmethod
    def log_area(tokens: Array, derivatives: Array) -> Array:
        """Return ln of <y, ∂₁y × ∂₂y>/(4π r³)."""
        volume = np.vecdot(tokens, np.cross(derivatives[0], derivatives[1]))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(volume) - np.log(4.0 * math.pi) - 1.5 * np.log(np.vecdot(tokens, tokens)))


@dataclass(frozen=True, eq=False)
class Scattered:
    """Sums and values of harmonics at scattered points.

    Parameters
    ----------
    places : Array, shape (n, 2)
        Colatitude and azimuth.
    degree : int
    """

    places: Array
    degree: int

    @classmethod
    def of(cls, directions: Array, degree: int) -> "Scattered":
        """Place unit vectors of shape (n, 3)."""
        return cls(np.stack(colatitude_azimuth(directions), axis=1), degree)

    def sums(self, weights: Array) -> ComplexArray:
        """Return Σ_i weights_i conj Y_lm(x_i), orthonormal for the area, m-major."""
        alm = ducc0.sht.adjoint_synthesis_general(map=weights[None], **self._job)
        return np.asarray(alm[0])

    def values(self, alm: ComplexArray) -> Array:
        """Return Σ_lm a_lm Y_lm(x_i)."""
        return np.asarray(ducc0.sht.synthesis_general(alm=alm[None], **self._job)[0])

    @property
    def _job(self) -> dict[str, object]:
        return {
            "spin": 0,
            "loc": self.places,
            "lmax": self.degree,
            "epsilon": _ACCURACY,
            "nthreads": threads(self.degree),
        }
