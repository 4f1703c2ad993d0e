"""The first cells of an initial density, and the problem that begins with them."""

import math
from typing import Literal, Protocol

import numpy as np

from kinetic.charts.latitude import latitude_of_angle, log_circumference
from kinetic.charts.patches import Labels, cell_of_order, circle_labels, sphere_labels
from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel
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
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.types import Array, Normalization

CELL_ORDER = 11
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
    order = cell_order or CELL_ORDER
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
