"""Answers that most bodies of a density give in the same words.

The module knows values at points and the mean, not how either is come by.
"""

from typing import TYPE_CHECKING, Self

import numpy as np

from kinetic.density.contract import Body, WithNorms
from kinetic.errors import DomainError
from kinetic.geometry import frame_of, meridian, polar_angles
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

if TYPE_CHECKING:
    from kinetic.density.series import Density


class Common(Body):
    """Answers of a body (see `Body`) without scale, cells, clusters and norms."""

    @property
    def axisymmetric(self) -> bool:
        """Whether points are cosines to an axis."""
        return self.mean.size == 1

    @property
    def rapidity(self) -> float:
        """0: no scale of its own."""
        return 0.0

    @property
    def center(self) -> str:
        """Name of what angles are counted from."""
        return "the mean direction"

    @property
    def as_series(self) -> "Density | None":
        """None: no finite sum of harmonics."""
        return None

    @property
    def in_frame(self) -> "Density | None":
        """None: no finite sum of harmonics in any frame."""
        return None

    @property
    def with_norms(self) -> WithNorms | None:
        """None: all norms are one."""
        return None

    @property
    def scales(self) -> tuple[Variable, ...]:
        """None: no axis beside those of its own."""
        return ()

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at points: −∞ where ρ vanishes, NaN where it is negative or not known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(self.values(points)))

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from the mean direction (axisymmetric: from e), along the meridian of one azimuth.

        Azimuths are counted from an arbitrary direction; the circle has 0 and π. Angles below 1e-16 are one.
        """
        angles = polar_angles(theta)
        if self.axisymmetric:
            return self.values(np.cos(angles))
        return self.values(meridian(frame_of(required(self.direction)), angles, azimuth))

    def halved(self) -> Self | None:
        """Return None: there are no cells to be halved."""
        return None

    def polar_quadrature(self) -> tuple[Array, Array]:
        """Return latitudes about what `center` names, ascending, and the mass at each."""
        return self.axial_quadrature()

    def cluster_centers(self) -> tuple[Array, Array]:
        """Return the centers of the clusters and their masses: none."""
        return np.zeros((0, self.dimension)), np.zeros(0)


def required(direction: Array | None) -> Array:
    """Return the mean direction.

    Raises
    ------
    DomainError
        If there is none.
    """
    if direction is None:
        raise DomainError("about the mean: received a density of mean 0 (R = 0); needs a mean direction")
    return direction
