"""A density as the push-forward of its labels: a truncated series for its values, tokens for everything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts.latitude import latitude_of_angle
from kinetic.density import Density, WithNorms
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.series import series_of
from kinetic.density.tokens import ascending, tensor_moment
from kinetic.geometry import numbers
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable


@dataclass(frozen=True)
class NormedDensity(Density):
    """μ = (y/|y|)_# μ₀ with the joint law of direction and norm.

    Coefficients are exact up to the space's degree. Where tokens have passed through the origin, directions fold and ρ
    has caustics: values are those of the truncated series, which overshoots there. Moments and quadratures are sums
    over tokens.

    Parameters
    ----------
    space : Space
    native : Array
    tokens : Array, shape (n, components)
        y = r x; axisymmetric: (<y, e>, distance from the axis).
    masses : Array, shape (n,)
        Of sum one.
    """

    tokens: Array
    masses: Array
    body: ClassVar[str] = "tokens_with_norms"

    @property
    def with_norms(self) -> WithNorms:
        """The tokens, which have norms."""
        return self

    @cached_property
    def radii(self) -> Array:
        """r = |y| of every token, shape (n,)."""
        return np.asarray(np.linalg.norm(self.tokens, axis=1))

    @cached_property
    def directions(self) -> Array:
        """x = y/r of every token, shape (n, components)."""
        return np.asarray(self.tokens / np.maximum(self.radii, np.finfo(float).tiny)[:, None])

    def radius_quantiles(self, shares: ArrayLike) -> Array:
        """Return the norms below which the given shares of the mass lie, shares in [0, 1]."""
        order = np.argsort(self.radii)
        below = np.cumsum(self.masses[order]) - 0.5 * self.masses[order]
        return np.asarray(np.interp(numbers("shares", shares), below, self.radii[order]))

    def moment(self, order: int) -> Array:
        x = self.directions[:, 0] if self.axisymmetric else self.directions
        return tensor_moment(x, self.masses, order)

    def axial_quadrature(self) -> tuple[Array, Array]:
        direction = required(self.direction)
        near = np.zeros(self.tokens.shape[1])
        near[: direction.size] = direction
        chords = [np.linalg.norm(self.directions - side * near, axis=1) for side in (1, -1)]
        y = latitude_of_angle(2.0 * np.arctan2(*chords))
        return ascending(y, self.masses)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return coefficients, and one row of numbers a token."""
        components = densities[0].tokens.shape[1]
        axial = "; axisymmetric: along the axis, and across it"
        coordinates = [
            ragged(f"token_{i}", densities, _component(i), f"component of y = r x{axial}") for i in range(components)
        ]
        return (
            *super().packed(densities),
            *coordinates,
            ragged("token_mass", densities, lambda d: d.masses, "mass of the token"),
            regular("tokens", densities, lambda d: d.masses.size, "number of tokens"),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        space, native = series_of(stored)
        with stored.readable("of tokens with norms"):
            count = stored.integer("tokens", 1)
            tokens = np.stack([stored.field(f"token_{i}", (count,)) for i in range(space.components)], axis=1)
            return cls(space, native, tokens, stored.field("token_mass", (count,)))


def _component(i: int) -> Callable[[NormedDensity], Array]:
    return lambda density: density.tokens[:, i]
