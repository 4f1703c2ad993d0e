"""What a density of the circle says by its waves ∫ e^{ikφ} dμ, φ the angle on the circle."""

import math
from abc import abstractmethod
from functools import cached_property

import numpy as np

from kinetic.density.tokens import MOMENTS, OfTokens
from kinetic.geometry import natural, numbers, on_circle, on_sphere
from kinetic.spaces.space import Space
from kinetic.types import Array, ArrayLike, ComplexArray

_GRID = 721


class ByWaves(OfTokens):
    """Answers of a body of the circle that knows its waves, and the angle and the length of its mean relatively."""

    dimension = 2

    @property
    @abstractmethod
    def toward(self) -> float:
        """Angle of the mean direction, radians; some angle where there is none."""

    @property
    @abstractmethod
    def order(self) -> float:
        """|∫ x dμ|."""

    @abstractmethod
    def harmonics(self, degree: int) -> ComplexArray:
        """Return ∫ e^{ikφ} dμ, k = 0 … degree."""

    @cached_property
    def mean(self) -> Array:
        return self.order * np.array([math.cos(self.toward), math.sin(self.toward)])

    @cached_property
    def direction(self) -> Array | None:
        return np.array([math.cos(self.toward), math.sin(self.toward)]) if self.order else None

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ cos lθ dμ, θ the angle to the axis, by default to `toward`."""
        degree = natural("moments: received degree", MOMENTS if degree is None else degree)
        angle = self.toward
        if axis is not None:
            angle = math.atan2(*on_sphere(numbers("axis", axis).reshape(-1), 2)[::-1])
        return np.asarray((self.harmonics(degree) * np.exp(-1j * angle * np.arange(degree + 1))).real)

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients ∫ e^{−ikφ} dμ in a space of the circle."""
        return np.ascontiguousarray(np.conj(self.harmonics(space.degree))).view(float)

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there): 721 equidistant points from angle 0 to 2π, shape (n, 2)."""
        points = on_circle(np.linspace(0.0, 2 * np.pi, _GRID))
        return points, self.values(points)
