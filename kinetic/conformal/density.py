"""A density seen through a boost: ρ(x) = ν(y) f(y)^{−(d−1)}, x = R B_η(y), ν band-limited on the frame sphere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.conformal import into_frame, latitude_rule, log_factor, out_of_frame
from kinetic.charts.latitude import latitude_of_angle
from kinetic.density import Density, Stored
from kinetic.density.common import required
from kinetic.density.tokens import OfTokens
from kinetic.geometry import by_blocks, cosines, from_angles, natural, on_sphere, polar_angles
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable


@dataclass(frozen=True)
class ConformalDensity(OfTokens):
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
    body: ClassVar[str] = "frame"

    @property
    def in_frame(self) -> Density:
        """ν."""
        return self.frame

    @property
    def dimension(self) -> int:
        return self.space.dimension

    @property
    def axisymmetric(self) -> bool:
        return self.frame.axisymmetric

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
        return self.frame.mass

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at points.

        **Accuracy** Points nearer to the axis than rounding (1e-16) all have the value at the axis; at smaller scales
        use `values_at_angle`.
        """
        if self.axisymmetric:
            return by_blocks(self._values, cosines(points), self.space.degree + 1)
        return by_blocks(self._values, on_sphere(points, self.space.dimension), self.space.degree + 1, trailing=1)

    def _values(self, given: Array) -> Array:
        """Return ρ at points that are known to be on the sphere."""
        if self.axisymmetric:
            latitude = 0.5 * (np.log1p(-given) - np.log1p(given)) if np.all(np.abs(given) < 1) else _latitude(given)
            return self._at_latitude(latitude + self.rapidity)
        frame_points, log_f = into_frame(given @ poses.rotation(self.pose), self.rapidity)
        return self._stretched(self._frame_values(frame_points), log_f)

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from the frame's axis: 1e-30 as accurately as 1; azimuths are the body's own."""
        return self._at_latitude(latitude_of_angle(polar_angles(theta)) + self.rapidity, azimuth)

    def _at_latitude(self, latitude: Array, azimuth: float = 0.0) -> Array:
        """Return ρ at Mercator latitudes Y of the frame."""
        away = 2.0 * np.arctan(np.exp(latitude))
        with np.errstate(invalid="ignore"):
            log_f = np.where(np.isinf(latitude), np.sign(latitude) * self.rapidity, log_factor(latitude, self.rapidity))
        return self._stretched(self._frame_values(self.space.meridian(away, azimuth)), log_f)

    def _frame_values(self, points: Array) -> Array:
        """ν at frame points in the body's coordinates (pole last; the circle's own angle 0 is the pole)."""
        return self.frame.series(self.space.pole_last(points))

    def _stretched(self, values: Array, log_f: Array) -> Array:
        return np.asarray(values * np.exp(-(self.space.dimension - 1) * log_f))

    @cached_property
    def mean(self) -> Array:
        return np.atleast_1d(self.moment(1))

    @cached_property
    def direction(self) -> Array | None:
        length = float(np.linalg.norm(self.mean))
        return None if length == 0 else self.mean / length

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): physical points, shape (n, d) (zonal: cosines, shape (n,)), and masses.

        **Accuracy** Rounding, for polynomials up to the degree and the truncated ν, however concentrated.
        """
        degree = natural("quadrature: received degree", degree)
        space = self.space
        rule = latitude_rule(space.degree, space.degree, degree + 1, self.rapidity, space.dimension)
        latitude = rule.latitude
        if self.axisymmetric:
            return -np.tanh(latitude - self.rapidity), rule.weight * self._frame_values(-np.tanh(latitude))
        if isinstance(space, Sphere):
            count = space.degree + degree + 2
            azimuths = 2 * np.pi * np.arange(count) / count
            points = from_angles(np.repeat(rule.colatitude, count), np.tile(azimuths, rule.latitude.size))
            values = space.on_rings(self.frame.native, rule.colatitude, count).reshape(-1)
        else:
            count = 2
            theta = np.repeat(rule.colatitude, count)
            points = from_angles(theta, np.tile([0.0, np.pi], rule.latitude.size))[:, [0, 2]]
            values = self._frame_values(points)
        masses = np.repeat(rule.weight / count, count) * values
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
        _, masses = self.quadrature(1)
        latitudes, bands = rule.latitude - self.rapidity, masses.reshape(rule.latitude.size, -1).sum(axis=1)
        away = self.axisymmetric and float(direction[0]) < 0
        return (-latitudes[::-1], bands[::-1]) if away else (latitudes, bands)

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ at the points) on the regular physical grid of a harmonic density of the same degree."""
        points, _ = self.frame.grid()
        return points, self.values(points)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return coefficients in the frames' variable, and how each frame is boosted and turned."""
        poses = np.array([density.pose for density in densities])
        boost = "rapidity η of the frame: tan(θ/2) = e^{−η} tan(Θ/2) about its axis"
        axis = "pole of the frame (zonal: 1)"
        turn = "the frame's turn: circle, the angle of its pole; sphere, a quaternion (w, x, y, z) from body to space"
        frames = [
            Variable("boost", poses[:, 0], ("time",), "1", boost),
            Variable("axis", np.array([density.axis for density in densities]), ("time", "component"), "1", axis),
        ]
        if poses.shape[1] > 1:
            frames.append(Variable("turn", poses[:, 1:], ("time", "part_of_turn"), "1", turn))
        return (*Density.packed([density.frame for density in densities]), *frames)

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        frame = Density.rebuilt(stored)
        with stored.readable("in the conformal chart"):
            turn = np.zeros(0) if frame.axisymmetric else stored.row("turn")
            pose = np.append(stored.row("boost"), turn)
            if pose.size != poses.SIZES[frame.space.kind] or not np.all(np.isfinite(pose)):
                raise ValueError(f"frame {pose.tolist()}")
            return cls(frame, pose)


def _latitude(cosine: Array) -> Array:
    """ln tan(θ/2) of cosines that may be ±1."""
    with np.errstate(divide="ignore"):
        return np.asarray(0.5 * (np.log1p(-cosine) - np.log1p(cosine)))
