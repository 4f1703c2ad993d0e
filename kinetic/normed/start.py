"""The first cells of an initial density, and the problem that begins with them."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel, Spectrum
from kinetic.normed.circle import CircleTokens
from kinetic.normed.field import TokenSpace
from kinetic.normed.flow import NormedFlow
from kinetic.normed.ground import GROUNDS, InitialLogDensity
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.resolution import LARGEST_MESH, Criterion
from kinetic.normed.schemes import Scheme
from kinetic.normed.sphere import SphereTokens
from kinetic.normed.zonal import ZonalTokens
from kinetic.problem import Problem, Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.types import Normalization

CELL_ORDER = 11
"""Default polynomial degree of the cells."""

_TOKENS: dict[str, Callable[[Spectrum, int], TokenSpace]] = {
    "circle": lambda spectrum, degree: CircleTokens(spectrum, Circle(degree)),
    "sphere": lambda spectrum, degree: SphereTokens(spectrum, Sphere(degree)),
    "zonal": lambda spectrum, degree: ZonalTokens(spectrum, Zonal(degree, spectrum.dimension)),
}
_DEEPEST = 60
_MASS_ERROR = 1e-8


def normed_problem(
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
    """Return the problem of tokens with norms, by their labels.

    Parameters
    ----------
    kind
        Of the space of the labels.
    attention : TokenSpace
        Such as `token_space` returns for one identity head.
    scheme : Scheme
    initial : InitialLogDensity
    schedule : Schedule
    degree : int
        Harmonics that the first cells resolve (see `Ground.first_labels`) and to which densities are expanded.
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
    criterion = Criterion.of(attention, tolerance)
    order = cell_order or CELL_ORDER
    mesh = first_mesh(kind, attention.spectrum.dimension, initial, criterion, degree, order, radius)
    flow = NormedFlow(attention, scheme, criterion, mesh.size, order)
    return Problem(flow, mesh.vector(0.0), schedule, tolerance, stepper)


def token_space(kind: str, dimension: int, beta: float, normalization: Normalization, degree: int) -> TokenSpace:
    """Return the attention of tokens in a kind of space."""
    return _TOKENS[kind](ExponentialKernel(beta, dimension).spectrum(normalization), degree)


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
    ground = GROUNDS[kind](dimension)
    labels = ground.first_labels(degree, order, initial.breaks())
    for _ in range(_DEEPEST):
        points, density = ground.laid(labels, initial)
        mesh = NormedMesh(labels.cell, radius * points, density)
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
