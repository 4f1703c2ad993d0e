"""Where tokens begin: the initial density of a case, in the form that each chart wants."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.assembly.rows import token_density
from kinetic.density import Body, Density
from kinetic.errors import CaseError
from kinetic.initial import (
    AngularGaussian,
    Band,
    Cap,
    Component,
    Harmonic,
    InitialDensity,
    Linear,
    Poisson,
    Profile,
    VonMisesFisher,
    WrappedNormal,
    random_harmonics,
)
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import Zonal
from kinetic.spectrum import Initial
from kinetic.symmetry import Symmetry, symmetry_of
from kinetic.types import Array, ArrayLike

if TYPE_CHECKING:
    from kinetic.mercator.circle import LogDensity as CircleLogDensity
    from kinetic.mercator.sphere import SphereDensity
    from kinetic.mercator.zonal import LogDensity
    from kinetic.normed import InitialLogDensity

_DEGREE = 64  # of a recorded density that is no finite sum

_PROFILES: dict[type, Callable[[Any], Profile]] = {
    cases.Linear: lambda given: Linear(given.slope),
    cases.VonMisesFisher: lambda given: VonMisesFisher(given.concentration),
    cases.Poisson: lambda given: Poisson(given.radius),
    cases.AngularGaussian: lambda given: AngularGaussian(given.ratio),
    cases.Band: lambda given: Band(given.latitude, given.width),
    cases.Cap: lambda given: Cap(given.angle),
}


def initial_density(case: cases.Case) -> Initial:
    """Return the initial density of a case."""
    given = case.initial
    if isinstance(given, cases.Uniform):
        return InitialDensity(uniform=1.0)
    if isinstance(given, cases.Mixture | cases.WrappedNormal):
        return InitialDensity(tuple(_bump(component) for component in given.components), given.uniform)
    if isinstance(given, cases.Harmonics | cases.Random):
        return InitialDensity(uniform=1.0, harmonics=_harmonics(given, case.space.kind))
    if isinstance(given, cases.FromRecord):
        return _RecordedDensity(_recorded(case, given))
    if isinstance(given, cases.Tokens):
        return token_density(case)
    background = given.background if isinstance(given, cases.Cap) else 0.0
    axis: ArrayLike = given.mean or 1.0
    return InitialDensity((Component(_PROFILES[type(given)](given), axis, 1 - background),), background)


def meridian_logarithm(case: cases.Case) -> "LogDensity":
    """Return an axisymmetric initial density as a function of y = ln tan(θ/2)."""
    from kinetic.mercator.zonal import InitialLogarithm, RecordedLogarithm
    from kinetic.mercator.zonal.density import MercatorDensity

    given = case.initial
    if not isinstance(given, cases.FromRecord):
        return InitialLogarithm(_positive_density(case), case.space.dimension)
    density = _recorded(case, given)
    if isinstance(density, MercatorDensity):
        return RecordedLogarithm(density)  # which begins on the very cells of the record
    held = density.in_frame
    space = Zonal(_DEGREE if held is None else held.space.degree, case.space.dimension)
    initial = _of_zonal(space, density.coefficients_in(space))
    require_positive(initial, space, given.kind)
    return InitialLogarithm(initial, case.space.dimension)


def meridian_logarithm_of(density: Density) -> "LogDensity":
    """Return a positive axisymmetric density in harmonics as a function of y = ln tan(θ/2)."""
    from kinetic.mercator.zonal import InitialLogarithm

    space = density.space
    assert isinstance(space, Zonal)
    return InitialLogarithm(_of_zonal(space, density.native), space.dimension)


def _of_zonal(space: Zonal, native: Array) -> InitialDensity:
    """Return a density in zonal harmonics, term by term."""
    terms = enumerate(space.to_public(native)[1:], start=1)
    return InitialDensity(uniform=1.0, harmonics=tuple(Harmonic(l, 0, float(a)) for l, a in terms))


def circle_logarithm(case: cases.Case) -> "CircleLogDensity":
    """Return an initial density of the circle by its logarithm."""
    from kinetic.mercator.circle import InitialLogDensity, ValuedLogDensity

    if isinstance(case.initial, cases.FromRecord):
        return ValuedLogDensity(_recorded(case, case.initial))
    return InitialLogDensity(_positive_density(case))


def sphere_logarithm(case: cases.Case) -> "SphereDensity":
    """Return an initial density of the sphere by its logarithm."""
    from kinetic.mercator.sphere import InitialSphereLogarithm, RecordedSphereLogarithm

    if isinstance(case.initial, cases.FromRecord):
        return RecordedSphereLogarithm(_recorded(case, case.initial))
    return InitialSphereLogarithm(_positive_density(case))


def symmetry(case: cases.Case) -> Symmetry:
    """Return the symmetry of an initial density of the circle or the sphere that clusters can keep.

    Notes
    -----
    None where the attention has not that of the sphere, or where the density comes from a record, which knows it no
    longer to rounding.
    """
    dimension = case.space.dimension
    plain = forces.is_identity(case) and case.perceptron is None and not case.tables
    if isinstance(case.initial, cases.FromRecord | cases.Tokens) or not plain:
        return Symmetry.none(dimension)
    density = _positive_density(case)
    return symmetry_of(_LOG_VALUES[case.space.kind](density), dimension, density.features(dimension))


def _on_circle(density: InitialDensity) -> Callable[[Array], Array]:
    from kinetic.mercator.circle import InitialLogDensity

    log_density = InitialLogDensity(density)
    return lambda points: log_density(np.arctan2(points[:, 1], points[:, 0]))


def _on_sphere(density: InitialDensity) -> Callable[[Array], Array]:
    from kinetic.mercator.sphere import InitialSphereLogarithm

    return InitialSphereLogarithm(density).log_values


_LOG_VALUES = {"circle": _on_circle, "sphere": _on_sphere}


def normed_logarithm(case: cases.Case) -> "InitialLogDensity":
    """Return the initial density of labels by its logarithm."""
    from kinetic.assembly.profiles import LOG_DENSITIES

    return LOG_DENSITIES[case.space.kind](_positive_density(case), case.space.dimension)


def _positive_density(case: cases.Case) -> InitialDensity:
    """Return the initial density of a case that is no record, refused where its harmonics make it negative."""
    initial = initial_density(case)
    assert isinstance(initial, InitialDensity)
    if initial.harmonics:
        highest = max(term.degree for term in initial.harmonics)
        require_positive(initial, SPACES[case.space.kind](highest, case.space.dimension), case.initial.kind)
    return initial


def _bump(given: cases.Component | cases.NormalComponent) -> Component:
    if isinstance(given, cases.NormalComponent):
        return Component(WrappedNormal(given.deviation), given.mean or 1.0, given.weight)
    return Component(VonMisesFisher(given.concentration), given.mean or float(given.axis or 1), given.weight)


def _harmonics(given: cases.Harmonics | cases.Random, kind: str) -> tuple[Harmonic, ...]:
    if isinstance(given, cases.Harmonics):
        return tuple(Harmonic(term.degree, term.order or 0, term.amplitude) for term in given.terms)
    return random_harmonics(kind, given.amplitude, given.max_degree, np.random.default_rng(given.seed))


class _RecordedDensity:
    """The density of a snapshot, cut or padded to the degree asked for."""

    def __init__(self, density: Body) -> None:
        self.density = density

    required = 0

    def reach(self, space: Space) -> int:
        """Return the degree of a series; of other densities, four times that of the space."""
        series = self.density.as_series
        return 4 * space.degree if series is None else series.space.degree

    def coefficients(self, space: Space) -> Array:
        return self.density.coefficients_in(space)


def _recorded(case: cases.Case, given: cases.FromRecord) -> Body:
    """Read the snapshot that a case starts from."""
    from kinetic.assembly.bodies import rebuild
    from kinetic.record import Record

    record = Record.load(case.resolve(given.path), rebuild)
    density: Body = record.density(record.nearest_snapshot(given.time))
    kind, dimension = (record.density_attributes[key] for key in ("space", "dimension"))
    if (kind, dimension) != (case.space.kind, case.space.dimension):
        raise CaseError(
            f"initial.path: received {given.path}, a {kind} record of dimension {dimension}; needs "
            f"{case.space.kind} of dimension {case.space.dimension}"
        )
    return density


def require_positive(initial: Initial, space: Space, kind: str) -> None:
    """Refuse a sum of harmonics that is negative at a pole or on a grid four times finer than its own degree."""
    highest = max((term.degree for term in getattr(initial, "harmonics", ())), default=1)
    fine = space.at_degree(highest)
    coefficients = initial.coefficients(fine)
    at_nodes = fine.grid(6 * highest).values(coefficients)
    at_poles = fine.evaluate(coefficients, fine.poles)  # no Gauss node comes near enough
    smallest = float(min(at_nodes.min(), at_poles.min()))
    if smallest < 0:
        raise CaseError(
            f"initial: the density of kind {kind} has the value {smallest:.4g} somewhere; "
            "a density must not be below 0; lower the amplitudes"
        )
