"""The first cells of an initial density, and the problem that begins with them."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from kinetic.charts.latitude import latitude_of_angle, log_circumference
from kinetic.charts.patches import Labels, cell_of_order, circle_labels, sphere_labels
from kinetic.errors import Unresolved
from kinetic.initial import Component, InitialDensity
from kinetic.kernels import ExponentialKernel
from kinetic.mercator.zonal import InitialLogarithm
from kinetic.normed.circle import CircleTokens
from kinetic.normed.field import TokenSpace
from kinetic.normed.flow import NormedFlow
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.resolution import LARGEST_MESH, Criterion
from kinetic.normed.schemes import Scheme
from kinetic.normed.sphere import SphereTokens
from kinetic.normed.zonal import ZonalTokens
from kinetic.problem import Problem, Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.types import Array, Normalization

CELL_ORDERS = {"circle": 11, "sphere": 11, "zonal": 11}
"""Default polynomial degree of the cells."""

SMALLEST_DEGREE = 8
"""Degree for which cells are laid where the tolerance alone decides (degree = "auto")."""

_DEEPEST = 60
_MASS_ERROR = 1e-8


class InitialLogDensity(Protocol):
    """An initial density as a function on the sphere, by its logarithm: in high dimension ρ itself is no number."""

    def __call__(self, points: Array) -> Array:
        """Return ln ρ, −∞ where ρ = 0, at unit vectors (…, d); axisymmetric: at angles θ to the axis, of any shape."""

    def breaks(self) -> tuple[float, ...]:
        """Return the angles (circle: azimuths; axisymmetric: θ) at which cells should end; none on the sphere."""


@dataclass(frozen=True)
class ProfileLogDensity:
    """ln ρ of a weighted sum of profiles, of the uniform density, and of harmonics.

    Parameters
    ----------
    density : InitialDensity
    kind : {"circle", "sphere", "zonal"}
    dimension : int
    """

    density: InitialDensity
    kind: Literal["circle", "sphere", "zonal"]
    dimension: int

    def __call__(self, points: Array) -> Array:
        """Return ln ρ."""
        if self.kind == "zonal":
            return InitialLogarithm(self.density, self.dimension)(latitude_of_angle(points))
        total = np.full(points.shape[:-1], self.density.uniform / self._total)
        for component, alone in zip(self._present, self._logarithms, strict=True):
            total += component.weight / self._total * np.exp(alone(_latitudes_about(points, component)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(total + self._waves(points), 0.0)))

    def breaks(self) -> tuple[float, ...]:
        """Return the angles of jumps and needles."""
        if self.kind == "sphere":
            return ()
        if self.kind == "zonal":
            logarithm = InitialLogarithm(self.density, self.dimension)
            return tuple(2.0 * math.atan(math.exp(y)) for y in logarithm.breaks())
        found = []
        for component in self._present:
            middle = math.atan2(*np.asarray(component.axis, dtype=float)[::-1])
            angles = [2.0 * math.atan(math.exp(y)) for y in component.profile.breaks()]
            found += [(middle + side * angle) % (2 * math.pi) for angle in angles for side in (1, -1)]
        return tuple(found)

    @property
    def _present(self) -> tuple[Component, ...]:
        return tuple(component for component in self.density.components if component.weight > 0)

    @property
    def _total(self) -> float:
        return self.density.uniform + sum(component.weight for component in self.density.components)

    @cached_property
    def _logarithms(self) -> tuple[InitialLogarithm, ...]:
        """Of each component alone, of mass one, as a function of the latitude about its axis."""
        single = [InitialDensity((Component(component.profile),)) for component in self._present]
        return tuple(InitialLogarithm(density, self.dimension) for density in single)

    def _waves(self, points: Array) -> Array:
        """Return the sum of the harmonics."""
        if not self.density.harmonics:
            return np.zeros(points.shape[:-1])
        highest = max(term.degree for term in self.density.harmonics)
        space: Space = Circle(highest) if self.kind == "circle" else Sphere(highest)
        waves = InitialDensity(uniform=1.0, harmonics=self.density.harmonics).coefficients(space)
        return space.evaluate(waves, points) - 1.0


def _latitudes_about(points: Array, component: Component) -> Array:
    """Return ln tan(θ/2), θ the angle to the component's axis, from the chords to both poles."""
    axis = np.asarray(component.axis, dtype=float)
    with np.errstate(divide="ignore"):
        near, far = (np.log(np.linalg.norm(points - side * axis, axis=-1)) for side in (1, -1))
    return np.asarray(near - far)


def normed_problem(
    kind: Literal["circle", "sphere", "zonal"],
    dimension: int,
    beta: float,
    normalization: Normalization,
    scheme: Scheme,
    initial: InitialLogDensity,
    schedule: Schedule,
    degree: int = SMALLEST_DEGREE,
    radius: float = 1.0,
    tolerance: float = 1e-9,
    stepper: str = "dop853",
    cell_order: int | None = None,
) -> Problem:
    """Return the problem of tokens with norms, by their labels.

    Parameters
    ----------
    kind, dimension
        Space of the labels.
    beta, normalization
        The identity head.
    scheme : Scheme
    initial : InitialLogDensity
    schedule : Schedule
    degree : int
        Harmonics that the first cells resolve (see `first_labels`) and to which densities are expanded.
    radius : float
        Norm of every token at time 0.
    tolerance : float
        Of the time stepper; the cells follow it.
    stepper : str
        Name of the time scheme.
    cell_order : int, optional
        Polynomial degree of the cells.

    Raises
    ------
    Unresolved
        If no cells resolve the initial density.
    """
    attention = token_space(kind, dimension, beta, normalization, degree)
    return normed_tokens_problem(
        kind, attention, scheme, initial, schedule, degree, radius, tolerance, stepper, cell_order
    )


def normed_tokens_problem(
    kind: Literal["circle", "sphere", "zonal"],
    attention: TokenSpace,
    scheme: Scheme,
    initial: InitialLogDensity,
    schedule: Schedule,
    degree: int,
    radius: float = 1.0,
    tolerance: float = 1e-9,
    stepper: str = "dop853",
    cell_order: int | None = None,
) -> Problem:
    """Return the problem of tokens with norms under any attention that tokens have; parameters as in `normed_problem`.

    Raises
    ------
    Unresolved
        If no cells resolve the initial density.
    """
    criterion = Criterion.of(attention, tolerance)
    order = cell_order or CELL_ORDERS[kind]
    mesh = first_mesh(kind, attention.spectrum.dimension, initial, criterion, degree, order, radius)
    flow = NormedFlow(attention, scheme, criterion, mesh.size, order)
    return Problem(flow, mesh.vector(0.0), schedule, tolerance, stepper)


def token_space(kind: str, dimension: int, beta: float, normalization: Normalization, degree: int) -> TokenSpace:
    """Return the attention of tokens in a kind of space."""
    spectrum = ExponentialKernel(beta, dimension).spectrum(normalization)
    if kind == "zonal":
        return ZonalTokens(spectrum, Zonal(degree, dimension))
    if kind == "circle":
        return CircleTokens(spectrum, Circle(degree))
    return SphereTokens(spectrum, Sphere(degree))


def first_labels(kind: str, degree: int, order: int, breaks: tuple[float, ...] = ()) -> Labels:
    """Return cells with at least four points to a wave of harmonics of a degree, 4L on a great circle.

    Gauss's rule needs π points a wave to see a wave at all, and errs by less than 1e-10 with five in cells of twelve;
    where more are needed the criterion asks for them.
    """
    if kind == "sphere":
        return sphere_labels(math.ceil(degree / (order + 1)), order)
    length = math.pi if kind == "zonal" else 2 * math.pi
    count = max(4, math.ceil(4 * degree * length / (2 * math.pi * (order + 1))))
    inner = np.array([angle for angle in breaks if 1e-9 < angle < length - 1e-9])
    if kind == "circle" and inner.size == 0:
        return circle_labels(count, order)
    edges = np.unique(np.concatenate([np.linspace(0.0, length, count + 1), inner]))
    edges = edges[np.append(True, np.diff(edges) > 1e-12)]
    sizes = np.diff(edges)[:, None]
    return Labels(cell_of_order(order, 1), edges[:-1, None], sizes, np.zeros(sizes.size, dtype=np.intp))


def first_mesh(
    kind: str,
    dimension: int,
    initial: InitialLogDensity,
    criterion: Criterion,
    degree: int,
    order: int,
    radius: float,
) -> NormedMesh:
    """Halve cells, evaluating the density anew, until the criterion is content; the mass is made one."""
    labels = first_labels(kind, degree, order, initial.breaks())
    for _ in range(_DEEPEST):
        mesh = _laid(kind, dimension, labels, initial, radius)
        axis = criterion.coarse(mesh)
        if np.all(axis < 0):
            break
        labels = labels.split(axis)
        if mesh.masses.size > LARGEST_MESH:
            raise Unresolved(
                f"initial density: not resolved by {mesh.masses.size} tokens; make it smoother, or raise time.tolerance"
            )
    mass = float(mesh.masses.sum())
    if not abs(mass - 1.0) < _MASS_ERROR:
        raise Unresolved(f"initial density: its mass on {mesh.size} cells is {mass:.9g}, not 1; raise space.degree")
    return NormedMesh(mesh.cell, mesh.tokens, mesh.mass_density / mass)


def _laid(kind: str, dimension: int, labels: Labels, initial: InitialLogDensity, radius: float) -> NormedMesh:
    """Return tokens of one norm at their labels, with the masses that the density gives them."""
    if kind != "zonal":
        points, areas = labels.points_and_areas()
        return NormedMesh(labels.cell, radius * points, np.exp(initial(points)) * areas)
    angle = labels.coordinates[..., 0]
    # dσ/dθ = (dσ/dy)/sin θ, y = ln tan(θ/2)
    log_area = log_circumference(latitude_of_angle(angle), dimension) - np.log(np.sin(angle)) + np.log(labels.sizes)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return NormedMesh(labels.cell, radius * points, np.exp(initial(angle) + log_area))
