"""A density of tokens on the sphere: coefficients in a space, and the questions a person asks of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from kinetic.density.common import Common, required
from kinetic.density.packing import Stored
from kinetic.errors import DomainError
from kinetic.geometry import by_blocks, cosines, moment_order, natural, numbers, on_sphere
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import Zonal
from kinetic.special import gauss_panels, gegenbauer, jacobi_coefficients, log_harmonic_dimensions
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

if TYPE_CHECKING:
    import pyshtools

PLAIN_DIMENSION = 8  # up to here rounding is far below the density wherever there is mass
_ROUNDING = 4 * np.finfo(float).eps  # of the mean, a sum of numbers of size one
_EPSILON = 2.0**-52  # rounding of a normalised moment, which is at most 1
_WANTED = 10.0  # values below that many times their rounding or their last terms are noise
_LAST = 0.9  # share of the degrees after which terms tell how large the missing ones are


@dataclass(frozen=True)
class Density(Common):
    """ρ = dμ/dσ on S^{d-1} as a truncated sum of harmonics, σ the uniform probability measure.

    Parameters
    ----------
    space : Space
    native : Array
        Coefficients in the space's own layout.
    """

    space: Space
    native: Array
    body: ClassVar[str] = "series"

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""
        return self.space.dimension

    @property
    def axisymmetric(self) -> bool:
        """Whether points are cosines to an axis."""
        return self.space.axisymmetric

    @property
    def as_series(self) -> "Density | None":
        """The density itself."""
        return self

    @property
    def in_frame(self) -> "Density | None":
        """The density itself: its frame is at rest."""
        return self

    @cached_property
    def coefficients(self) -> Array:
        """Orthonormal real coefficients: circle [2, L+1], sphere [2, L+1, L+1] (as pyshtools), zonal [L+1]."""
        return self.space.to_public(self.native)

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return float(self.native[0])

    @cached_property
    def mean(self) -> Array:
        """∫ x dμ, shape (d,); for zonal densities its component along the axis, shape (1,)."""
        return self.space.mean(self.native)

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction m/|m| (zonal: ±1), or None where m = 0, to rounding on circle and sphere."""
        length = np.linalg.norm(self.mean)
        smallest = 0.0 if self.axisymmetric else _ROUNDING
        return None if length <= smallest else self.mean / length

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at points of the sphere.

        Parameters
        ----------
        points : array_like
            Vectors of shape (..., d), taken by their directions. For zonal densities the cosines t = <x, e>, of any
            shape.

        Returns
        -------
        Array
            NaN in dimension above 8 where rounding or the missing degrees hide the value (see `hidden`).

        Raises
        ------
        DomainError
            If the points are of another shape, not finite, or not on the sphere.

        **Cost** Memory of the order of the answer.
        """
        if self.axisymmetric:
            return by_blocks(self._known_values, cosines(points), self.space.degree + 1)
        x = on_sphere(points, self.space.dimension)
        return by_blocks(lambda part: self.space.evaluate(self.native, part), x, self.space.degree + 1, trailing=1)

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from the mean direction (zonal: from e), along the meridian of one azimuth.

        Raises
        ------
        DomainError
            Where there is no mean direction, or rounding and the missing degrees hide every value.
        """
        known = super().values_at_angle(theta, azimuth)
        if not np.any(np.isfinite(known)):
            raise DomainError(
                f"density in dimension {self.dimension}: rounding or the missing degrees hide its values at every "
                "point; its moments (kinetic plot --what spectrum) and its observables are known"
            )
        return known

    def series(self, points: ArrayLike) -> Array:
        """Return the truncated series at points that are known to be on the sphere, whether it gives ρ or not."""
        return self.space.evaluate(self.native, points)

    def _known_values(self, cosine: Array) -> Array:
        values = self.series(cosine)
        if self.space.dimension <= PLAIN_DIMENSION:
            return values
        return np.where(self.hidden(cosine, values), np.nan, values)

    def hidden(self, cosine: Array, values: Array) -> NDArray[np.bool_]:
        """Return where rounding or the missing degrees hide the values of an axisymmetric series.

        A series Σ_l N_l M_l P_l multiplies the rounding ε of the moments by Σ_l N_l |P_l(t)|, which in dimension above
        8 exceeds every density near the poles; and N_l grows so fast that a series whose moments are resolved may still
        grow term by term. Hidden are values below ten times that rounding, or ten times the largest of the last tenth
        of the terms.
        """
        sizes = np.exp(np.minimum(log_harmonic_dimensions(self.space.degree, self.space.dimension), 600.0))
        terms = sizes[:, None] * np.abs(gegenbauer(self.space.degree, self.space.dimension, cosine))
        last = int(_LAST * self.space.degree)
        missing = np.max(np.abs(self.native[last:, None]) * terms[last:], axis=0)
        return np.asarray(~(values > _WANTED * np.maximum(_EPSILON * terms.sum(axis=0), missing)))

    @cached_property
    def powers(self) -> Array:
        """Mean square p_l = (1/N_l) Σ_m ρ_lm² of the coefficients of each degree, shape (L+1,)."""
        return self.space.by_degree(self.native, self.native)

    @cached_property
    def axial_moments(self) -> Array | None:
        """M_l about the mean direction, or None where there is none."""
        return None if self.direction is None else self._moments(self.direction)

    def _moments(self, axis: Array) -> Array:
        """Return M_l, l = 0 … L, about a direction that is known to be one."""
        return self.space.by_degree(self.native, self.space.dirac(axis))

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ about a direction n (zonal: ±1 for ±e); beyond the degree L they are 0.

        Parameters
        ----------
        axis : array_like, optional
            n. Default: the mean direction; zonal: e.
        degree : int, optional
            Highest l. Default L.
        """
        found = self._moments(self._axis(axis))
        if degree is None:
            return found
        degree = natural("moments: received degree", degree)
        return np.pad(found, (0, max(0, degree - self.space.degree)))[: degree + 1]

    def _axis(self, axis: ArrayLike | None) -> Array:
        """Return a direction (zonal: ±1), or raise `DomainError`."""
        if axis is None:
            axis = 1.0 if self.axisymmetric else required(self.direction)
        return on_sphere(numbers("axis", axis).reshape(-1), 1 if self.axisymmetric else self.dimension)

    def mean_squares(self, degree: int) -> Array:
        """Return p_l = (1/N_l) Σ_m ρ_lm², l = 0 … L."""
        natural("mean_squares: received degree", degree)
        return self.powers

    def space_at(self, degree: int) -> Space:
        """Return the same harmonics up to another degree."""
        degree = natural("space_at: received degree", degree)
        return self.space.at_degree(degree)

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients in the same space of another degree: cut, or padded with zeros."""
        return self.space.resize(self.native, space.degree)

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): points, shape (n, d) (zonal: cosines, shape (n,)), and masses, some of them negative.

        **Accuracy** Rounding, for harmonics up to the degree and the truncated density.
        """
        degree = natural("quadrature: received degree", degree)
        grid = self.space.grid(degree)
        masses = (grid.values(self.native) * grid.weights).reshape(-1)
        return grid.points.reshape(-1) if self.axisymmetric else grid.points.reshape(-1, self.dimension), masses

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): nodes y = ln tan(θ/2) about the mean direction and the mass dμ at each.

        The masses of the density averaged around its mean direction, on Gauss rules of the two hemispheres, so that
        sums over one of them are as accurate as sums over all. They add up to one; where the truncated series
        undershoots zero they are negative.

        Raises
        ------
        DomainError
            If there is no mean direction, or in dimension above 8, where the series does not give ρ.
        """
        if self.direction is None or self.space.dimension > 8:
            raise DomainError("axial quadrature: needs a mean direction and a dimension of at most 8; use `moments`")
        panels = 2 * math.ceil(self.space.degree / 8) + 8  # even, so that the equator is an edge
        theta, weights = gauss_panels(np.linspace(0.0, np.pi, panels + 1))
        area = weights * np.sin(theta) ** (self.space.dimension - 2)
        averaged = Zonal(self.space.degree, self.space.dimension)
        values = averaged.evaluate(self.moments(self.direction), np.cos(theta))
        return np.log(np.tan(theta / 2)), values * area / area.sum()

    def moment(self, order: int) -> Array:
        """Return the moment ∫ x ⊗ … ⊗ x dμ of that order, shape (d,)*order; zonal: the number ∫ <x, e>^order dμ.

        Exact for the truncated density: order 0 is the mass, 1 the mean, 2 the matrix of second moments.
        """
        order = moment_order(order, 1 if self.axisymmetric else self.dimension)
        if self.axisymmetric:
            return self._zonal_moment(order)
        grid = self.space.grid(order)
        points, weighted = grid.points, grid.values(self.native) * grid.weights
        tensor = weighted.reshape(-1)
        flat = points.reshape(tensor.size, -1)
        for _ in range(order):
            tensor = tensor[..., None] * flat.reshape(tensor.shape[0], *([1] * (tensor.ndim - 1)), -1)
        return np.asarray(tensor.sum(axis=0))

    def _zonal_moment(self, order: int) -> Array:
        """∫ t^k dμ: k times the tridiagonal matrix of t applied to the moments."""
        moments = self.space.resize(self.native, max(self.space.degree, order + 1))
        alpha, gamma = jacobi_coefficients(moments.size - 1, self.space.dimension)
        for _ in range(order):
            moments = alpha * np.append(moments[1:], 0.0) + gamma * np.insert(moments[:-1], 0, 0.0)
        return np.asarray(moments[0])

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ at the points) on a regular grid that includes the poles.

        Sphere: colatitude–longitude grid of 2L+3 rings, closed in longitude, points of shape (rings, longitudes, 3).
        Circle: 4L+1 equidistant points from angle 0 to 2π, shape (n, 2). Zonal: cosines of 4L+1 equidistant angles from
        0 to π.
        """
        points, values = self.space.raster(self.native)
        return points, values if self.dimension <= PLAIN_DIMENSION else self.values(points)

    def harmonics(self) -> "pyshtools.SHCoeffs":
        """Return the coefficients as a `pyshtools.SHCoeffs` (sphere only): spectra, rotations, maps.

        Raises
        ------
        DomainError
            For the circle and zonal spaces, which pyshtools does not know.
        """
        if self.space.kind != "sphere":
            raise DomainError(f"pyshtools coefficients: received a {self.space.kind} density; only the sphere has them")
        import pyshtools

        coefficients: Any = pyshtools.SHCoeffs.from_array(self.coefficients)
        return coefficients

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the coefficients, every snapshot padded with zeros to the highest degree."""
        highest = max(density.space.degree for density in densities)
        space = densities[0].space.at_degree(highest)
        padded = [d.native if d.space.degree == highest else d.space.resize(d.native, highest) for d in densities]
        first = space.to_public(padded[0])
        coefficients = np.empty((len(padded), *first.shape))
        coefficients[0] = first
        for public, native in zip(coefficients[1:], padded[1:], strict=True):
            public[...] = space.to_public(native)
        degrees = np.array([density.space.degree for density in densities])
        text = "real coefficients of the density, orthonormal for the uniform probability measure"
        variables = [
            Variable("coefficients", coefficients, ("time", *space.axes), "1", text),
            Variable("degree", degrees, ("time",), "1", "highest degree in use"),
        ]
        if densities[0].axisymmetric:
            text = "normalised moments ∫ P_l(<x, e>) dμ, which high dimension does not drown in rounding"
            variables.append(Variable("moments", np.array(padded), ("time", "degree"), "1", text))
        return tuple(variables)

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        """Return the density of one row."""
        return cls(*series_of(stored))


def series_of(stored: Stored) -> tuple[Space, Array]:
    """Return the space and the native coefficients of one row.

    Raises
    ------
    RecordError
        If the row is missing, incomplete or contradicts itself.
    """
    with stored.readable(f"of space {stored.space}"):
        public = stored.row("coefficients")
        full = SPACES[stored.space](public.shape[-1] - 1, stored.dimension)
        degree = stored.integer("degree", 1, full.degree)
        native = np.array(stored.row("moments")) if full.axisymmetric else full.from_public(public)
        if native.size != full.degrees.size:
            raise ValueError(f"degree {degree}")
        return full.at_degree(degree), full.resize(native, degree)
