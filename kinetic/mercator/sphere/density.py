"""A density on token cells of the sphere: the questions a person asks of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.charts import pose as poses
from kinetic.charts.latitude import latitude_of_angle, polar_angle, versine
from kinetic.charts.patches import cell_of_order
from kinetic.density.common import required
from kinetic.density.packing import Stored, ragged, regular
from kinetic.density.tokens import MOMENTS, PER_POINT, OfTokens, ascending, tensor_moment
from kinetic.geometry import by_blocks, natural, numbers, on_sphere, polar_angles
from kinetic.mercator.sphere.legendre import functions_of_order, native_factors
from kinetic.mercator.sphere.locating import Finder
from kinetic.mercator.sphere.mesh import TokenCells
from kinetic.mercator.sphere.tip import integral_with_tip
from kinetic.spaces.space import Space
from kinetic.special import gegenbauer_mercator
from kinetic.types import Array, ArrayLike, ComplexArray
from kinetic.variable import Variable

_LARGEST = 690.0  # e^690 is a number
_HALVINGS = 24


@dataclass(frozen=True, eq=False)
class SphereMercatorDensity(OfTokens):
    """ρ = dμ/dσ on S², σ uniform of mass one, by tokens about a pole that is one of them.

    Parameters
    ----------
    cells : TokenCells
    turn : Array, shape (4,)
        Quaternion from the frame's coordinates, pole last, to physical ones.
    """

    cells: TokenCells
    turn: Array
    dimension = 3
    body: ClassVar[str] = "sphere_cells"

    @cached_property
    def rotation(self) -> Array:
        """Matrix from the frame's coordinates to physical ones; its last column is the pole."""
        return poses.rotation(np.append(0.0, self.turn))

    @property
    def axis(self) -> Array:
        """The pole in physical coordinates."""
        return self.rotation[:, -1]

    @property
    def rapidity(self) -> float:
        """η: the cluster's own scale is e^{−η}."""
        return self.cells.rapidity

    @property
    def mass(self) -> float:
        """∫ dμ."""
        return float(self.cells.masses.sum())

    @cached_property
    def _frame_mean(self) -> tuple[complex, float]:
        """∫ x dμ in the frame: across the pole as a complex number, and along it."""
        y, masses = self.cells.latitudes, self.cells.masses
        across = complex(np.sum(masses * self._sine * self.cells.azimuth))
        return across, self.mass - float(np.sum(masses * versine(y)))

    @property
    def _sine(self) -> Array:
        return np.sqrt(versine(self.cells.latitudes) * versine(-self.cells.latitudes))

    @cached_property
    def mean(self) -> Array:
        """∫ x dμ, shape (3,)."""
        across, along = self._frame_mean
        return np.asarray(self.rotation @ np.array([across.real, across.imag, along]))

    @cached_property
    def direction(self) -> Array | None:
        """The mean direction, or None where the mean is 0."""
        length = float(np.linalg.norm(self.mean))
        return None if length == 0 else self.mean / length

    @cached_property
    def _offset(self) -> complex:
        """U = tan(Θ/2) e^{iΦ} of the mean direction in the frame."""
        across, along = self._frame_mean
        size = math.hypot(abs(across), along)
        if along >= 0:
            return across / (size + along) if size > 0 else 0.0j
        return (size - along) / across.conjugate() if across else complex(math.exp(_LARGEST / 2))

    @cached_property
    def mean_latitudes(self) -> Array:
        """Y = ln tan(Θ/2), Θ the angle of every token to the mean direction, shape (cells, n)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self._mean_tangents))

    @cached_property
    def _mean_tangents(self) -> Array:
        """tan(Θ/2) of every token."""
        cells = self.cells
        z = np.exp(np.minimum(cells.log_z, _LARGEST)) * cells.azimuth
        return self._tangents(np.asarray(z, dtype=complex), cells.near)

    def _tangents(self, z: ComplexArray, near: int) -> Array:
        """Return tan(Θ/2) = |u − U|/|1 + Ū u| at points z, near ones first; nothing cancels but u and U themselves."""
        U, stretch = self._offset, math.exp(min(self.cells.rapidity, _LARGEST))
        tangents = np.empty(z.shape)
        inner, outer = z[:near], z[near:].conj()
        with np.errstate(divide="ignore"):
            tangents[:near] = np.abs(inner - stretch * U) / (stretch * np.abs(1.0 + (U.conjugate() / stretch) * inner))
            tangents[near:] = np.abs(1.0 - U * outer) / np.abs(outer + U.conjugate())
        return tangents

    @cached_property
    def w2_to_dirac(self) -> float:
        """(∫ θ² dμ)^½, θ the angle to the mean direction; NaN where there is none. θ² has a tip at the antipode."""
        if self.direction is None:
            return math.nan

        def squared_angles(z: ComplexArray, near: int) -> Array:
            return _squared_angles(self._tangents(z, near))

        return math.sqrt(integral_with_tip(self.cells, _squared_angles(self._mean_tangents), squared_angles))

    def halved(self) -> Self:
        """Return the same density on cells halved in both directions, about the same mean."""
        cells = self.cells
        for direction in (0, 1):
            cells = cells.split(np.full(cells.size, direction))
        return self._with(cells)

    def _with(self, cells: TokenCells) -> Self:
        """Return a density on other cells that keeps this one's mean direction."""
        other = type(self)(cells, self.turn)
        other.__dict__["_offset"] = self._offset
        return other

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.cells)

    @cached_property
    def log_antipode_density(self) -> float:
        """Ln ρ at minus the mean direction, NaN where there is no mean direction."""
        if self.direction is None:
            return math.nan
        return float(self._about_mean(np.array([np.inf]), 1.0 + 0.0j)[0])

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at unit vectors of shape (…, 3).

        **Accuracy** Points nearer to ±p than rounding (1e-16) are one: see `values_at_angle`.
        """
        return np.exp(self.log_values(points))

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at unit vectors of shape (…, 3).

        **Accuracy** The polynomial of the cell that the point lies in, at the ξ that Newton's method finds.
        """
        return by_blocks(self._logs, on_sphere(points, 3), PER_POINT, trailing=1)

    def _logs(self, points: Array) -> Array:
        """Return ln ρ at points that are known to be on the sphere."""
        x, y, z = np.moveaxis(points @ self.rotation, -1, 0)
        sine = np.hypot(x, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            latitude = np.where(z >= 0, np.log(sine / (1.0 + z)), np.log((1.0 - z) / sine))
            azimuth = np.where(sine > 0, (x + 1j * y) / sine, 1.0)
        return self._finder.log_values(latitude, azimuth)

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ from the mean direction, along the meridian of one azimuth.

        Parameters
        ----------
        theta : array_like
            Radians, from 0 to π; 1e-30 as accurately as 1.
        azimuth : float
            Radians, from the frame's own first direction.
        """
        y = latitude_of_angle(polar_angles(theta))
        return np.exp(self._about_mean(y, complex(math.cos(azimuth), math.sin(azimuth))))

    def _about_mean(self, y: Array, azimuth: complex) -> Array:
        """Return ln ρ at latitudes about the mean direction: u = (u' + U)/(1 − Ū u')."""
        inverse = np.exp(-np.clip(y, -_LARGEST / 2, np.inf)) * azimuth  # 1/ū'
        U = self._offset
        above, below = 1.0 + U * inverse.conj(), inverse.conj() - U.conjugate()
        small = np.abs(below) == 0.0
        u = above / np.where(small, 1.0, below)
        latitude = np.where(small, _LARGEST / 2, np.log(np.maximum(np.abs(u), math.exp(-_LARGEST))))
        return self._finder.log_values(latitude, np.where(small, 1.0, u / np.abs(u)))

    @cached_property
    def points(self) -> Array:
        """Unit vectors of the tokens, shape (cells · n, 3)."""
        across = (self._sine * self.cells.azimuth).ravel()
        along = -np.tanh(self.cells.latitudes.ravel())
        return np.stack([across.real, across.imag, along], axis=-1) @ self.rotation.T

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes about the mean direction, ascending, and the mass dμ at each, positive.

        Raises
        ------
        DomainError
            If there is no mean direction.
        """
        required(self.direction)
        return ascending(self.mean_latitudes.ravel(), self.cells.masses.ravel())

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ about a direction n (default: of the mean), l = 0 … degree (default 64).

        Cells across which P_l has more than a few waves are halved first.
        """
        degree = natural("moments: received degree", MOMENTS if degree is None else degree)
        n = required(self.direction) if axis is None else on_sphere(numbers("axis", axis).reshape(-1), 3)
        part = self._resolving(degree)
        if self.direction is not None and np.allclose(n, self.direction, rtol=0, atol=1e-15):
            y = part.mean_latitudes.ravel()
        else:
            chords = [np.linalg.norm(part.points - side * n, axis=1) for side in (1.0, -1.0)]
            y = np.log(np.maximum(chords[0], 1e-300)) - np.log(np.maximum(chords[1], 1e-300))
        return np.asarray(gegenbauer_mercator(degree, 3, y) @ part.cells.masses.ravel())

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i): unit vectors, shape (k, 3), and masses that integrate harmonics up to a degree over μ.

        **Accuracy** That of the cells' polynomials in mass, and 1e-9 of a wave's size at cells of order 8.
        """
        degree = natural("quadrature: received degree", degree)
        part = self._resolving(degree)
        return part.points, part.cells.masses.ravel()

    def _resolving(self, degree: int) -> Self:
        """Return the same density on cells that carry waves of a degree: a radian of phase from point to point."""
        part = self
        for _ in range(_HALVINGS):
            cells = part.cells
            count = cells.cell.element.order + 1
            x = part.points.reshape(cells.size, count, count, 3)
            lengths = [np.linalg.norm(np.diff(x, axis=k), axis=-1).sum(axis=k).max(axis=1) for k in (1, 2)]
            extent = np.stack(lengths, axis=1)
            axis = np.where(extent.max(axis=1) * degree > count, np.argmax(extent, axis=1), -1)
            if np.all(axis < 0):
                break
            part = part._with(cells.split(axis))
        return part

    def moment(self, order: int) -> Array:
        """Return ∫ x ⊗ … ⊗ x dμ of that order, shape (3,)*order.

        Raises
        ------
        DomainError
            If the order is negative.
        """
        return tensor_moment(self.points, self.cells.masses.ravel(), order)

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there) at the tokens, cell by cell, shapes (cells, n, 3) and (cells, n)."""
        return self.points.reshape(*self.cells.spots.shape, 3), np.exp(self.cells.log_rho)

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients of ρ in a space of harmonics, sums over tokens on cells that resolve them.

        **Cost** Some L² operations a token; of these there are about 30 L², or as many as there were.
        """
        part = self._resolving(space.degree)
        x, y, z = part.points.T
        step = np.asarray(x - 1j * y, dtype=complex)
        power = part.cells.masses.ravel().astype(complex)
        parts = []
        for m in range(space.degree + 1):
            this = functions_of_order(m, space.degree)
            table = this.monic(z, space.degree)
            sums = table @ power.real + 1j * (table @ power.imag)
            parts.append(native_factors(m, space.degree) * this.norms * sums)
            power = np.asarray(power * step, dtype=complex)
        return np.concatenate(parts).view(float)

    def angles(self) -> Array:
        """Return the tokens' angles to the mean direction, radians, with relative accuracy."""
        return polar_angle(self.mean_latitudes)

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the tokens, cell after cell, those near the pole first."""
        spot = "of S = asinh(|z|) e^{iφ}; z = e^η tan(θ/2) e^{iφ} in near cells, cot(θ/2) e^{iφ} in far ones"
        turn = ("time", "part_of_turn")
        return (
            ragged("nodes", densities, lambda d: d.cells.latitudes, "y = ln tan(θ/2) of the tokens"),
            ragged("log_density", densities, lambda d: d.cells.log_rho, "ln ρ at the tokens"),
            ragged("log_mass", densities, lambda d: d.cells.log_mass, "ln dμ/dξ, ξ in [0, 1]²"),
            ragged("spot_real", densities, lambda d: d.cells.spots.real, f"real part {spot}"),
            ragged("spot_imaginary", densities, lambda d: d.cells.spots.imag, f"imaginary {spot}"),
            ragged("log_flat_density", densities, lambda d: d.cells.log_density, "ln dμ/d²z"),
            regular("elements", densities, lambda d: d.cells.size, "number of cells"),
            regular("near_cells", densities, lambda d: d.cells.near, "how many of them are near"),
            regular("element_order", densities, lambda d: d.cells.cell.element.order, "their degree"),
            regular("lift", densities, lambda d: d.cells.rapidity, "η of the near cells' variable"),
            regular("turn", densities, lambda d: d.turn, "quaternion (w, x, y, z), frame to space", turn),
        )

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        """Return the density of one row."""
        with stored.readable("in the Mercator chart of the sphere"):
            size = stored.integer("elements", 1)
            near = stored.integer("near_cells", 0, size)
            cell = cell_of_order(stored.cell_order(), 2)
            names = ("spot_real", "spot_imaginary", "log_flat_density", "log_mass")
            real, imaginary, flat, mass = (stored.field(name, (size, cell.size)) for name in names)
            turn, lift = stored.field("turn", (4,)), stored.number("lift")
            spots = np.asarray(real + 1j * imaginary, dtype=complex)
            return cls(TokenCells(cell, near, spots, flat, mass, lift), turn)


def _squared_angles(tangents: Array) -> Array:
    """Return Θ² from tan(Θ/2)."""
    return np.asarray((2.0 * np.arctan(tangents)) ** 2)
