"""An axisymmetric density on a material mesh: the questions a person asks of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts.elements import element_of_order, labels_of
from kinetic.charts.latitude import cosine, latitude, latitude_of_angle, polar_angle
from kinetic.charts.material import MaterialMesh
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import MOMENTS, PER_POINT, OfTokens, tensor_moment
from kinetic.geometry import by_blocks, cosines, natural, numbers, on_sphere, polar_angles
from kinetic.mercator.zonal.ends import End
from kinetic.spaces.space import Space
from kinetic.special import gegenbauer_mercator
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

_HALVINGS = 12
_BLOCK = 2000


@dataclass(frozen=True, eq=False)
class MercatorDensity(OfTokens):
    """ρ = dμ/dσ on S^{d−1} as a function of y = ln tan(θ/2), θ the angle to the axis e, σ uniform of mass one.

    Parameters
    ----------
    mesh : MaterialMesh
    ends : tuple of End
        Of the mesh, at θ = 0 and θ = π.
    poles : Array, shape (2,)
        G there: beyond the mesh ln ρ = G − a|y|, a the exponent of the end.
    """

    mesh: MaterialMesh
    ends: tuple[End, End]
    poles: Array
    body: ClassVar[str] = "meridian"

    @property
    def dimension(self) -> int:
        return self.ends[0].dimension

    @property
    def exponents(self) -> Array:
        """The exponents a of the ends, shape (2,); infinite where there is no mass beyond the mesh."""
        return np.array([end.exponent for end in self.ends])

    @property
    def mass(self) -> float:
        return float(self.mesh.masses.sum())

    @cached_property
    def mean(self) -> Array:
        return np.array([float(self.moment(1))])

    @cached_property
    def direction(self) -> Array | None:
        return None if self.mean[0] == 0 else np.sign(self.mean)

    @property
    def log_pole_density(self) -> Array:
        """Ln ρ at θ = 0 and θ = π, shape (2,); −∞ where ρ vanishes."""
        return np.array([end.log_pole_density(G) for end, G in zip(self.ends, self.poles, strict=True)])

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at cosines t = <x, e>: near the poles 1 ∓ t is rounded, see `values_at_angle`."""
        return by_blocks(lambda t: self.log_at_latitude(latitude(t)), cosines(points), PER_POINT)

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:  # noqa: ARG002
        """Return ρ at angles θ in [0, π] (radians) to the axis, to relative accuracy at θ = 0."""
        angles = polar_angles(theta)
        return by_blocks(lambda part: np.exp(self.log_at_latitude(latitude_of_angle(part))), angles, PER_POINT)

    def log_at_latitude(self, y: ArrayLike) -> Array:
        """Return ln ρ at latitudes y, ±∞ included.

        Accuracy
        --------
        The polynomial of the element that y lies in, at the label ξ with y(ξ) = y found by Newton's method inside a
        shrinking bracket (y(ξ) ascends). Errors are those of the highest modes of y and ln ρ
        (tests/mercator/test_zonal_density.py).
        """
        y = np.asarray(y, dtype=float)
        flat = y.reshape(-1)
        borders = self._edges
        before, beyond = (end.log_density(flat, G) for end, G in zip(self.ends, self.poles, strict=True))
        result = np.where(flat < borders[0], before, beyond)
        inside = (flat >= borders[0]) & (flat <= borders[-1])
        index = np.clip(np.searchsorted(borders, flat[inside], side="right") - 1, 0, self.mesh.size - 1)
        if inside.any():
            labels = labels_of(self.mesh.element, self.mesh.y[index], flat[inside])
            result[inside] = np.sum(self.mesh.element.tabulate(labels) * self.mesh.log_density[index], axis=1)
        return np.asarray(result.reshape(y.shape))

    @cached_property
    def _edges(self) -> Array:
        """Ascending edges of the elements; where neighbors disagree by rounding, their mean."""
        borders = self.mesh.borders
        inner = 0.5 * (borders[:-1, 1] + borders[1:, 0])
        return np.concatenate([borders[:1, 0], inner, borders[-1:, 1]])

    def axial_quadrature(self) -> tuple[Array, Array]:
        required(self.direction)
        y, masses = self.mesh.y.ravel(), self.mesh.masses.ravel()
        return (y, masses) if self.mean[0] > 0 else (-y[::-1], masses[::-1])

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        degree = natural("moments: received degree", MOMENTS if degree is None else degree)
        side = 1.0 if axis is None else float(on_sphere(numbers("axis", axis).reshape(-1), 1)[0])
        mesh = self._resolving(degree)
        y, masses = side * mesh.y.ravel(), mesh.masses.ravel()
        blocks = range(0, y.size, _BLOCK)
        parts = [
            gegenbauer_mercator(degree, self.dimension, y[i : i + _BLOCK]) @ masses[i : i + _BLOCK] for i in blocks
        ]
        return np.asarray(np.sum(parts, axis=0))

    def coefficients_in(self, space: Space) -> Array:
        return self.moments(degree=space.degree)

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        degree = natural("quadrature: received degree", degree)
        mesh = self._resolving(degree)
        return cosine(mesh.y.ravel()), mesh.masses.ravel()

    def halved(self) -> Self:
        """Return the same density on elements half as long."""
        return self._on(self.mesh.split(np.ones(self.mesh.size, dtype=bool)))

    def _on(self, mesh: MaterialMesh) -> Self:
        return type(self)(mesh, self.ends, self.poles)

    def _resolving(self, degree: int) -> MaterialMesh:
        """Return elements on which P_degree turns by no more than a radian for every other point."""
        mesh = self.mesh
        for _ in range(_HALVINGS):
            angles = np.abs(np.diff(polar_angle(mesh.borders), axis=1))[:, 0]
            wide = angles * degree > 0.5 * (mesh.element.order + 1)
            if not wide.any():
                break
            mesh = mesh.split(wide)
        return mesh

    def moment(self, order: int) -> Array:
        return tensor_moment(cosine(self.mesh.y.ravel()), self.mesh.masses.ravel(), order)

    def grid(self) -> tuple[Array, Array]:
        """Return (cosines, ρ there) at the mesh's own points and the poles, from θ = 0 to θ = π."""
        points = np.concatenate([[1.0], cosine(self.mesh.y.ravel()), [-1.0]])
        logs = np.concatenate([self.log_pole_density[:1], self.mesh.log_density.ravel(), self.log_pole_density[1:]])
        return points, np.exp(logs)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens, element after element."""
        poles = ("time", "pole")
        nodes = "y = ln tan(θ/2) of the tokens at the Gauss points of each element, from θ = 0 to θ = π"
        limits = "G at θ = 0 and θ = π: beyond the mesh ln ρ = G − a|y|"
        infinite = "a; infinite: no mass beyond the mesh"
        return (
            ragged("nodes", densities, lambda d: d.mesh.y, nodes),
            ragged("log_density", densities, lambda d: d.mesh.log_density, "ln ρ at the nodes"),
            ragged("log_mass", densities, lambda d: d.mesh.log_mass, "ln dμ/dξ, ξ in [0, 1]"),
            regular("elements", densities, lambda d: d.mesh.size, "number of elements"),
            regular("element_order", densities, lambda d: d.mesh.element.order, "their degree"),
            regular("pole_constant", densities, lambda d: d.poles, limits, poles),
            regular("pole_exponent", densities, lambda d: d.exponents, infinite, poles),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        with stored.readable("in the Mercator chart"):
            dimension = stored.dimension
            elements, order = stored.integer("elements", 1), stored.cell_order()
            fields = [stored.field(name, (elements, order + 1)) for name in ("nodes", "log_density", "log_mass")]
            poles, exponents = (np.array(stored.row(f"pole_{name}")) for name in ("constant", "exponent"))
            if poles.shape != (2,) or exponents.shape != (2,):
                raise ValueError("not two poles")
            ends = End(-1, float(exponents[0]), dimension), End(1, float(exponents[1]), dimension)
            return cls(MaterialMesh(element_of_order(order), *fields), ends, poles)
