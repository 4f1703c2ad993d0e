"""A density seen through a boost: ρ(x) = ν(y) f(y)^{−(d−1)}, x = R B_η(y), ν band-limited on the frame sphere."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.conformal import into_frame, latitude_rule, log_factor, out_of_frame
from kinetic.charts.weighted import required, tensor_moment
from kinetic.density import Density
from kinetic.geometry import by_blocks, cosines, from_angles, moment_order, on_sphere, polar_angles
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, ArrayLike


@dataclass(frozen=True)
class ConformalDensity:
    """ρ = dμ/dσ, held as the density ν in a boosted frame.

    Parameters
    ----------
    frame : Density
        ν, a truncated sum of harmonics in the frame's variable y.
    pose : Array
        Rapidity η and turn of the frame: (η) zonal, (η, angle) circle, (η, quaternion) sphere.

    **Accuracy** That of ν, relatively: a value of ρ of any size carries the relative error of ν at its point.
    """

    frame: Density
    pose: Array

    @property
    def space(self) -> Space:
        """The space of ν: kind, dimension and degree."""
        return self.frame.space

    @property
    def coefficients(self) -> Array:
        """Orthonormal coefficients of ν in the frame's variable, in the layout of the space."""
        return self.frame.coefficients

    @property
    def rapidity(self) -> float:
        """η: the frame sees the cap of width e^{−η} about its axis as half a sphere."""
        return poses.rapidity(self.pose)

    @cached_property
    def axis(self) -> Array:
        """The frame's pole in physical coordinates, shape (d,); [1] for zonal densities."""
        return poses.axis(self.pose)

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return self.frame.mass

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at points of the sphere.

        Parameters
        ----------
        points : array_like
            Unit vectors, shape (..., d). For zonal densities the cosines t = <x, e>, of any shape.

        **Accuracy** Points nearer to the axis than rounding (1e-16) all have the value at the axis; at smaller scales
        use `values_at_angle`.
        """
        if self.space.kind == "zonal":
            return by_blocks(self._values, cosines(points), self.space.degree + 1)
        return by_blocks(self._values, on_sphere(points, self.space.dimension), self.space.degree + 1, trailing=1)

    def _values(self, given: Array) -> Array:
        """Return ρ at points that are known to be on the sphere."""
        if self.space.kind == "zonal":
            latitude = 0.5 * (np.log1p(-given) - np.log1p(given)) if np.all(np.abs(given) < 1) else _latitude(given)
            return self._at_latitude(latitude + self.rapidity, None)
        frame_points, log_f = into_frame(given @ poses.rotation(self.pose), self.rapidity)
        return self._stretched(self._frame_values(frame_points), log_f)

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from the frame's axis, along the meridian of one azimuth.

        Parameters
        ----------
        theta : array_like
            Radians, from 0 to π; 1e-30 as accurately as 1.
        azimuth : float
            In the body's coordinates, radians: the sphere's meridian; on the circle 0 or π, the side.
        """
        half = 0.5 * polar_angles(theta)
        with np.errstate(divide="ignore"):
            return self._at_latitude(np.log(np.tan(half)) + self.rapidity, azimuth)

    def _at_latitude(self, latitude: Array, azimuth: float | None) -> Array:
        """Return ρ at Mercator latitudes Y of the frame."""
        away = 2.0 * np.arctan(np.exp(latitude))
        if azimuth is None or self.space.kind == "zonal":
            frame_points: Array = np.cos(away)
        elif self.space.kind == "circle":
            angle = away if math.cos(azimuth) > 0 else -away
            frame_points = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
        else:
            frame_points = from_angles(away, azimuth)
        with np.errstate(invalid="ignore"):
            log_f = np.where(np.isinf(latitude), np.sign(latitude) * self.rapidity, log_factor(latitude, self.rapidity))
        return self._stretched(self._frame_values(frame_points), log_f)

    def _frame_values(self, points: Array) -> Array:
        """ν at frame points in the body's coordinates (pole last; the circle's own angle 0 is the pole)."""
        return self.frame.series(points[..., ::-1] if self.space.kind == "circle" else points)

    def _stretched(self, values: Array, log_f: Array) -> Array:
        return np.asarray(values * np.exp(-(self.space.dimension - 1) * log_f))

    @cached_property
    def mean(self) -> Array:
        """∫ x dμ, shape (d,); (1,) along the axis for zonal densities."""
        return self.moment(1) if self.space.kind != "zonal" else np.atleast_1d(self.moment(1))

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction, or None where there is none."""
        length = float(np.linalg.norm(self.mean))
        return None if length == 0 else self.mean / length

    def moment(self, order: int) -> Array:
        """Return ∫ x ⊗ … ⊗ x dμ of that order, shape (d,)*order; zonal: the number ∫ <x, e>^order dμ.

        **Accuracy** Rounding, for the truncated ν.
        """
        order = moment_order(order, 1 if self.space.kind == "zonal" else self.space.dimension)
        return tensor_moment(*self._quadrature(order), order)

    def _quadrature(self, order: int) -> tuple[Array, Array]:
        """Return physical points (n, d) (zonal: cosines) and their masses."""
        space = self.space
        rule = latitude_rule(space.degree, space.degree, order + 1, self.rapidity, space.dimension)
        latitude = rule.latitude
        if space.kind == "zonal":
            return -np.tanh(latitude - self.rapidity), rule.weight * self._frame_values(-np.tanh(latitude))
        azimuths = np.array([0.0, np.pi])
        if isinstance(space, Sphere):
            count = space.degree + order + 2
            azimuths = 2 * np.pi * np.arange(count) / count
        theta = np.repeat(rule.colatitude, azimuths.size)
        points = from_angles(theta, np.tile(azimuths, rule.colatitude.size))
        points = points if isinstance(space, Sphere) else points[:, [0, 2]]
        masses = np.repeat(rule.weight / azimuths.size, azimuths.size) * self._frame_values(points)
        images, _ = out_of_frame(points, self.rapidity)
        return images @ poses.rotation(self.pose).T, masses

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the frame's axis and the mass dμ at each.

        On the circle and the sphere the axis and the mean direction differ by less than the cluster's own width; on
        zonal spaces they are one line, and y is counted from its end nearer to the mean.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        direction = required(self.direction)
        rule = latitude_rule(self.space.degree, self.space.degree, 2, self.rapidity, self.space.dimension)
        _, masses = self._quadrature(1)
        latitudes, bands = rule.latitude - self.rapidity, masses.reshape(rule.latitude.size, -1).sum(axis=1)
        away = self.space.kind == "zonal" and float(direction[0]) < 0
        return (-latitudes[::-1], bands[::-1]) if away else (latitudes, bands)

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ at the points) on the regular physical grid of a harmonic density of the same degree."""
        points, _ = self.frame.grid()
        return points, self.values(points)

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients of ρ itself in a space, by quadrature on that space's 3/2 grid.

        **Accuracy** Spectral while that grid resolves the cluster; nothing beyond.
        """
        grid = space.grid(space.degree)
        return grid.analysis(self.values(grid.points))


def _latitude(cosine: Array) -> Array:
    """ln tan(θ/2) of cosines that may be ±1."""
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * (np.log1p(-cosine) - np.log1p(cosine)))
