"""From a case to a problem: with `snapshots`, the only place where a `kind` string meets a class."""

from collections.abc import Callable
from typing import Any

import numpy as np

from kinetic import case as cases
from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.kernel import ExponentialKernel
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.charts.density import MercatorDensity
from kinetic.conformal import ConformalDensity, conformal_problem
from kinetic.density import Density
from kinetic.equation import Attention, Ledger
from kinetic.errors import CaseError, Unresolved
from kinetic.harmonic import HarmonicFlow, Initial, harmonic_problem
from kinetic.initial import (
    Band,
    Cap,
    Component,
    Harmonic,
    InitialDensity,
    Linear,
    Poisson,
    Profile,
    VonMisesFisher,
    random_harmonics,
)
from kinetic.integrate.stepper import EXPONENTIAL
from kinetic.mercator import InitialLogarithm, LogDensity, RecordedLogarithm, mercator_problem
from kinetic.problem import Problem, Schedule
from kinetic.record import Record
from kinetic.snapshots import SPACES, rebuild
from kinetic.spaces.circle import Circle
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.types import Array, ArrayLike, Normalization

_EXPLICIT_SCHEME, _EXPONENTIAL_SCHEME = "dop853", "etd8"
_POLES = {
    "circle": np.array([[1.0, 0.0], [-1.0, 0.0]]),
    "sphere": np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]),
    "zonal": np.array([1.0, -1.0]),
}


def build(case: cases.Case) -> Problem:
    """Return the problem that a case describes.

    Raises
    ------
    CaseError
        If the case asks for something that does not exist, or for a density that is negative somewhere.
    """
    _require_available(case)
    if case.space.chart == "mercator":
        return _mercator(case, ExponentialKernel(_only_beta(case), case.space.dimension))
    growing = case.space.degree == "auto"
    degree = case.space.max_degree if growing else case.space.degree
    assert isinstance(degree, int)
    space = SPACES[case.space.kind](degree, case.space.dimension)
    initial = initial_density(case)
    if case.initial.kind in ("harmonics", "random"):
        _require_positive(initial, space, case.initial.kind)
    schedule, tolerance, scheme = _schedule(case), case.time.tolerance, _scheme(case)
    if case.space.chart == "conformal":
        beta, normalization = _only_beta(case), case.attention.normalization
        return conformal_problem(space, beta, normalization, initial, schedule, tolerance, scheme, grows=growing)
    flow = HarmonicFlow(
        space,
        _attention(case),
        _kernels(case),
        _is_identity(case),
        case.noise.diffusion,
        _ledger(case),
        max_degree=degree if growing else None,
    )
    return harmonic_problem(flow, initial, schedule, tolerance, scheme)


def _schedule(case: cases.Case) -> Schedule:
    return Schedule(case.time.end, case.observe_every, case.save_every)


def _scheme(case: cases.Case) -> str:
    """Return the time scheme: with noise, "auto" means one that diffusion does not hold back."""
    if case.time.scheme == "auto":
        return _EXPONENTIAL_SCHEME if case.noise.diffusion else _EXPLICIT_SCHEME
    if case.time.scheme in EXPONENTIAL and not case.noise.diffusion:
        raise CaseError(
            f'time.scheme: received "{case.time.scheme}" with noise.diffusion = 0; exponential schemes need diffusion '
            'to take exactly; use "auto"'
        )
    return case.time.scheme


def _ledger(case: cases.Case) -> Ledger:
    """Return what is integrated beside the density: with softmax and noise no dissipation is defined."""
    if not case.noise.diffusion:
        return "power"
    return "free_energy" if case.attention.normalization == "none" else "closed"


def _attention(case: cases.Case) -> Callable[[Space], Attention]:
    """Return what makes the attention of a case in a space of any degree."""
    normalization: Normalization = case.attention.normalization
    if case.space.kind == "zonal":
        scalars = _scalar_heads(case)
        return lambda at: MomentAttention(_as(Zonal, at), scalars, normalization)
    if _is_identity(case):
        beta = _only_beta(case)
        return lambda at: NodalAttention(_as(Circle | Sphere, at), beta, normalization)
    resolved = case.attention.resolved_heads(case.space.dimension)
    heads = tuple(Head(head.beta, *(np.array(m) for m in (head.query, head.key, head.value))) for head in resolved)
    return lambda at: GeneralAttention(_as(Circle | Sphere, at), heads, normalization)


def _as(kind: Any, space: Space) -> Any:
    """Return a space that is known to be of a kind."""
    assert isinstance(space, kind)
    return space


def _scalar_heads(case: cases.Case) -> tuple[ScalarHead, ...]:
    """Return the heads of an axisymmetric case, whose matrices are multiples of the identity."""
    found = []
    for head in case.attention.all_heads:
        assert head.multiples is not None
        query, key, value = head.multiples
        found.append(ScalarHead(head.beta, value, query * key))
    return tuple(found)


def _kernels(case: cases.Case) -> tuple[ExponentialKernel, ...]:
    """Return the kernels that the resolution is judged by: those of scalar heads that move tokens at all."""
    factors = [(head.beta, head.multiples) for head in case.attention.all_heads]
    return tuple(
        ExponentialKernel(beta * m[0] * m[1], case.space.dimension)
        for beta, m in factors
        if m is not None and m[2] != 0
    )


def _mercator(case: cases.Case, kernel: ExponentialKernel) -> Problem:
    """Return the problem of an axisymmetric density in the Mercator chart."""
    schedule, scheme = _schedule(case), _scheme(case)
    sizes = (case.space.elements, case.space.element_order)
    try:
        return mercator_problem(
            kernel, case.attention.normalization, _logarithm(case), schedule, case.time.tolerance, scheme, *sizes
        )
    except Unresolved as error:
        raise CaseError(f"initial: received kind {case.initial.kind}; {error}") from error


def _logarithm(case: cases.Case) -> LogDensity:
    """Return the initial density of a case as a function of y = ln tan(θ/2)."""
    given = case.initial
    if isinstance(given, cases.FromRecord):
        density = _recorded(case, given)
        if isinstance(density, MercatorDensity):
            return RecordedLogarithm(density)
        space = Zonal(density.space.degree, case.space.dimension)
        terms = enumerate(space.to_public(_RecordedDensity(density).coefficients(space))[1:], start=1)
        initial = InitialDensity(uniform=1.0, harmonics=tuple(Harmonic(l, 0, float(a)) for l, a in terms))
    else:
        built = initial_density(case)
        assert isinstance(built, InitialDensity)
        initial = built
    if initial.harmonics:
        highest = max(term.degree for term in initial.harmonics)
        _require_positive(initial, Zonal(highest, case.space.dimension), given.kind)
    return InitialLogarithm(initial, case.space.dimension)


def _require_available(case: cases.Case) -> None:
    """Refuse what the case format knows and the numerics do not."""
    charts = ("harmonic", "conformal", *(("mercator",) if case.space.kind == "zonal" else ()))
    unavailable = {
        "space.chart": (case.space.chart not in charts, case.space.chart, " or ".join(f'"{c}"' for c in charts)),
        "layer_norm.scheme": (case.layer_norm.scheme != "post", case.layer_norm.scheme, '"post"'),
        "attention.context_length": (
            case.attention.context_length is not None,
            case.attention.context_length,
            "none",
        ),
    }
    for key, (missing, received, allowed) in unavailable.items():
        if missing:
            raise CaseError(f"{key}: received {received}; this version of kinetic can only do {allowed}; change it")
    if case.space.chart != "harmonic":
        _require_plain(case)


def _require_plain(case: cases.Case) -> None:
    """Refuse, in a chart that moves with the cluster, what moves tokens otherwise than one identity head does."""
    chart = f'chart = "{case.space.chart}"'
    if case.noise.diffusion:
        raise CaseError(
            f"noise.diffusion: received {case.noise.diffusion:g} with {chart}, which follows collapse without noise; "
            'allowed is 0; with noise use space.chart = "harmonic"'
        )
    if not _is_identity(case):
        raise CaseError(
            f"attention.heads: received {len(case.attention.all_heads)} head(s) with matrices and {chart}; allowed is "
            'one head with query, key and value = "identity" there; for others use space.chart = "harmonic"'
        )


def _is_identity(case: cases.Case) -> bool:
    heads = case.attention.all_heads
    return len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0)


def _only_beta(case: cases.Case) -> float:
    """Return β of the one identity head."""
    (head,) = case.attention.all_heads
    return head.beta


_PROFILES: dict[type, Callable[[Any], Profile]] = {
    cases.Linear: lambda given: Linear(given.slope),
    cases.VonMisesFisher: lambda given: VonMisesFisher(given.concentration),
    cases.Poisson: lambda given: Poisson(given.radius),
    cases.Band: lambda given: Band(given.latitude, given.width),
    cases.Cap: lambda given: Cap(given.angle),
}


def initial_density(case: cases.Case) -> Initial:
    """Return the initial density of a case."""
    given = case.initial
    if isinstance(given, cases.Uniform):
        return InitialDensity(uniform=1.0)
    if isinstance(given, cases.Mixture):
        return InitialDensity(tuple(_bump(component) for component in given.components), given.uniform)
    if isinstance(given, cases.Harmonics | cases.Random):
        return InitialDensity(uniform=1.0, harmonics=_harmonics(given, case.space.kind))
    if isinstance(given, cases.FromRecord):
        return _RecordedDensity(_recorded(case, given))
    background = given.background if isinstance(given, cases.Cap) else 0.0
    axis: ArrayLike = given.mean or 1.0
    return InitialDensity((Component(_PROFILES[type(given)](given), axis, 1 - background),), background)


def _bump(given: cases.Component) -> Component:
    return Component(VonMisesFisher(given.concentration), given.mean or float(given.axis or 1), given.weight)


def _harmonics(given: cases.Harmonics | cases.Random, kind: str) -> tuple[Harmonic, ...]:
    if isinstance(given, cases.Harmonics):
        return tuple(Harmonic(term.degree, term.order or 0, term.amplitude) for term in given.terms)
    return random_harmonics(kind, given.amplitude, given.max_degree, np.random.default_rng(given.seed))


class _RecordedDensity:
    """The density of a snapshot, cut or padded to the degree asked for."""

    def __init__(self, density: Density | MercatorDensity | ConformalDensity) -> None:
        self.density = density

    def coefficients(self, space: Space) -> Array:
        if isinstance(self.density, MercatorDensity):
            return self.density.moments(space.degree)
        if isinstance(self.density, ConformalDensity):
            return self.density.coefficients_in(space)
        return self.density.space.resize(self.density.native, space.degree)


def _recorded(case: cases.Case, given: cases.FromRecord) -> Density | MercatorDensity | ConformalDensity:
    """Read the snapshot that a case starts from."""
    record = load(case.resolve(given.path))
    density: Density | MercatorDensity | ConformalDensity = record.density(record.nearest_snapshot(given.time))
    kind, dimension = (record.density_attributes[key] for key in ("space", "dimension"))
    if (kind, dimension) != (case.space.kind, case.space.dimension):
        raise CaseError(
            f"initial.path: received {given.path}, a {kind} record of dimension {dimension}; needs "
            f"{case.space.kind} of dimension {case.space.dimension}"
        )
    return density


def _require_positive(initial: Initial, space: Space, kind: str) -> None:
    """Refuse a sum of harmonics that is negative at a pole or on a grid four times finer than its own degree."""
    highest = max((term.degree for term in getattr(initial, "harmonics", ())), default=1)
    fine = space.at_degree(highest)
    coefficients = initial.coefficients(fine)
    at_nodes = fine.grid(6 * highest).values(coefficients)
    at_poles = fine.evaluate(coefficients, _POLES[space.kind])  # no Gauss node comes near enough
    smallest = float(min(at_nodes.min(), at_poles.min()))
    if smallest < 0:
        raise CaseError(
            f"initial: the density of kind {kind} has the value {smallest:.4g} somewhere; "
            "a density must not be below 0; lower the amplitudes"
        )


def load(path: Any) -> Record:
    """Return a record whose densities can be evaluated.

    Raises
    ------
    RecordError
        If the file is not a readable record.
    """
    return Record.load(path, rebuild)
