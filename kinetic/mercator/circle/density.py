"""A density of the circle on material cells: the questions a person asks of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts.latitude import latitude_of_angle
from kinetic.charts.patches import cell_of_order
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import PER_POINT, ascending, tensor_moment
from kinetic.geometry import by_blocks, natural, on_circle, on_sphere, polar_angles
from kinetic.mercator.circle.field import Chords
from kinetic.mercator.circle.finding import log_density_at, places
from kinetic.mercator.circle.mesh import CircleMesh, Sizes
from kinetic.mercator.circle.rearranging import pieces
from kinetic.mercator.circle.waves import ByWaves
from kinetic.types import Array, ArrayLike, ComplexArray
from kinetic.variable import Variable

_HALVINGS = 12
_BLOCK = 2000
_KINDS = ("far", "left", "core", "right")


@dataclass(frozen=True, eq=False)
class CircleTokenDensity(ByWaves):
    """ρ = dμ/dσ on the circle, σ uniform of mass one, on material cells about a pole.

    Parameters
    ----------
    mesh : CircleMesh
    pole : float
        Angle of the pole p, radians.

    **Accuracy** That of the cells' highest modes, relatively, at distances from p of any size; near −p, where the cells
    are of size one, at absolute places.
    """

    mesh: CircleMesh
    pole: float
    body: ClassVar[str] = "circle_cells"

    @property
    def mass(self) -> float:
        return self.mesh.mass

    @cached_property
    def _spread(self) -> complex:
        """∫ (1 − e^{iθ}) dμ, relative to p."""
        mesh = self.mesh
        return complex(np.sum(mesh.masses * mesh.factor * mesh.chord))

    @property
    def axis(self) -> Array:
        """p, shape (2,)."""
        return np.array([math.cos(self.pole), math.sin(self.pole)])

    @property
    def center(self) -> str:
        """Angles are counted from the pole, which stays in the cluster."""
        return "the cluster"

    @property
    def offset(self) -> float:
        """Angle ε of the mean direction from p, radians, to relative accuracy."""
        return math.atan2(-self._spread.imag, self.mass - self._spread.real)

    @property
    def toward(self) -> float:
        return self.pole + self.offset

    @property
    def order(self) -> float:
        return abs(self.mass - self._spread)

    @property
    def rapidity(self) -> float:
        """How concentrated it is: half of the mass is within tan(θ/2) < e^{−rapidity} of p; at least 0."""
        heights, masses = np.log(np.tan(0.5 * np.abs(self.mesh.angles).ravel())), self.mesh.masses.ravel()
        order = np.argsort(heights)
        middle = np.searchsorted(np.cumsum(masses[order]), 0.5 * self.mass)
        return max(0.0, -float(heights[order][min(int(middle), heights.size - 1)]))

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors: those nearer to p than rounding (1e-16) are one, see `values_at_angle`."""
        return by_blocks(self._logs, on_sphere(points, 2), PER_POINT, trailing=1)

    def _logs(self, x: Array) -> Array:
        """Return ln ρ at points that are known to be on the circle."""
        turned = (x[..., 0] + 1j * x[..., 1]) * np.exp(-1j * self.pole)
        return self.log_at_angle(np.angle(turned))

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from p: 1e-30 as accurately as 1; azimuth 0: where the angle on the circle grows."""
        side = 1.0 if math.cos(azimuth) > 0 else -1.0
        return np.exp(self.log_at_angle(side * polar_angles(theta)))

    def log_at_angle(self, theta: ArrayLike) -> Array:
        """Return ln ρ at angles θ in [−π, π] from p, positive where the angle on the circle grows."""
        theta = np.asarray(theta, dtype=float)
        return log_density_at(self.mesh, theta.reshape(-1)).reshape(theta.shape)

    @property
    def log_antipode_density(self) -> float:
        """Ln ρ at minus the mean direction."""
        return float(self.log_at_angle(_wrapped(self.offset + math.pi)))

    def cut_at_antipode(self) -> tuple[Array, Array]:
        """Return (θ − ε, masses) of tokens, the cell that holds minus the mean direction in two parts.

        θ − ε in (−π, π] is the angle from the mean direction: functions of |θ − ε| have a kink where it is cut.
        """
        mesh, cut = self.mesh, _wrapped(self.offset + math.pi)
        index, label = (found[0] for found in places(mesh, np.array([cut])))
        away = mesh.angles - self.offset
        away -= 2 * np.pi * np.round(away / (2 * np.pi))
        kind = [part.start <= index < part.stop for part in mesh.sizes.slices]
        parts = replace(
            mesh.with_fields(pieces(mesh, mesh.fields()[index], float(label)), Sizes(*(2 * k for k in kind)))
        )
        turned = parts.angles - self.offset
        turned[0] -= 2 * np.pi * np.round((turned[0] - 0.5 * np.pi) / (2 * np.pi))
        turned[1] -= 2 * np.pi * np.round((turned[1] + 0.5 * np.pi) / (2 * np.pi))
        others = np.arange(mesh.sizes.total) != index
        return (
            np.concatenate([away[others].ravel(), turned.ravel()]),
            np.concatenate([mesh.masses[others].ravel(), parts.masses.ravel()]),
        )

    def axial_quadrature(self) -> tuple[Array, Array]:
        required(self.direction)
        away, masses = self.cut_at_antipode()
        return ascending(latitude_of_angle(np.abs(away)), masses)

    def polar_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the pole p, ascending, and the mass dμ at each."""
        return ascending(latitude_of_angle(np.abs(self.mesh.angles.ravel())), self.mesh.masses.ravel())

    def harmonics(self, degree: int) -> ComplexArray:
        mesh = self._resolving(degree)
        factor, chord, masses = mesh.factor.ravel(), mesh.chord.ravel(), mesh.masses.ravel()
        sums = np.zeros(degree + 1, dtype=complex)
        for i in range(0, masses.size, _BLOCK):
            part = slice(i, i + _BLOCK)
            sums += Chords.of(factor[part], chord[part], max(degree, 1)).sums(masses[part])[: degree + 1]
        return np.asarray((mesh.mass - sums) * np.exp(1j * self.pole * np.arange(degree + 1)))

    def halved(self) -> Self:
        """Return the same density on cells half as long."""
        return type(self)(self.mesh.split(np.ones(self.mesh.sizes.total, dtype=bool)), self.pole)

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        degree = natural("quadrature: received degree", degree)
        return _tokens(self._resolving(degree), self.pole)

    def _resolving(self, degree: int) -> CircleMesh:
        """Return cells on which e^{iφ degree} turns by no more than a radian for every other point."""
        mesh = self.mesh
        for _ in range(_HALVINGS):
            turns = np.abs(np.diff(mesh.angles, axis=1))
            wide = np.minimum(turns, 2 * np.pi - turns).sum(axis=1) * degree > 0.5 * mesh.cell.size
            if not wide.any():
                break
            mesh = mesh.split(wide)
        return mesh

    def moment(self, order: int) -> Array:
        return tensor_moment(*_tokens(self.mesh, self.pole), order)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens, cell after cell from the antipode of the pole once around."""
        own = "position in the cell's variable: far s = −1/u, left and right ln|u|, core asinh(e^η u), u = tan(θ/2)"
        angle = "angle of the pole, from which θ counts"
        counts = [regular(f"{kind}_cells", densities, _counting(kind), f"number of {kind} cells") for kind in _KINDS]
        return (
            ragged("nodes", densities, _heights, "y = ln tan(|θ|/2) of the tokens, θ the angle from the pole"),
            ragged("log_density", densities, lambda d: d.mesh.log_density, "ln ρ at the tokens"),
            ragged("log_mass", densities, lambda d: d.mesh.log_mass, "ln dμ/dξ, ξ in [0, 1]"),
            ragged("position", densities, lambda d: d.mesh.position, own),
            *counts,
            regular("element_order", densities, lambda d: d.mesh.cell.element.order, "their degree"),
            regular("lift", densities, lambda d: d.mesh.lift, "η of the core cells' variable"),
            regular("pole", densities, lambda d: d.pole, angle, units="rad"),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        with stored.readable("in the Mercator chart of the circle"):
            sizes = Sizes(*(stored.integer(f"{kind}_cells") for kind in _KINDS))
            cell = cell_of_order(stored.cell_order(), 1)
            fields = [stored.field(name, (sizes.total, cell.size)) for name in ("position", "log_density", "log_mass")]
            lift, pole = (stored.number(name) for name in ("lift", "pole"))
            return cls(CircleMesh(cell, sizes, lift, *fields), pole)


def _counting(kind: str) -> Callable[[CircleTokenDensity], int]:
    return lambda density: int(getattr(density.mesh.sizes, kind))


def _heights(density: CircleTokenDensity) -> Array:
    return np.log(np.abs(np.tan(0.5 * density.mesh.angles)))


def _tokens(mesh: CircleMesh, pole: float) -> tuple[Array, Array]:
    """Return unit vectors and masses of all tokens."""
    angles = pole + mesh.angles.ravel()
    return on_circle(angles), mesh.masses.ravel()


def _wrapped(angle: float) -> float:
    """Return the angle in (−π, π]."""
    return angle - 2 * math.pi * math.ceil((angle - math.pi) / (2 * math.pi))
