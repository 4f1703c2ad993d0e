"""Initial densities: what they are in exact terms, and their coefficients in any space.

Every kind is a sum of *profiles* (densities with an axis, known as functions of the angle to it) and of harmonics.
A profile's moments M_l = ∫ P_l(<x, n>) dμ are integrals over one angle, computed to rounding once, whatever space asks:
the coefficients of the density are M_l Y_lm(n), so that nothing depends on the resolution. The module knows no case
files; names of kinds meet these classes in `assembly`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.special import betaln, expit, logsumexp

from kinetic.errors import DomainError
from kinetic.geometry import frame_of, meridian, unit
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space, tail_degree
from kinetic.spaces.zonal import MOMENT_DIMENSION
from kinetic.special import gauss_panels, gegenbauer_moments, log_harmonic_dimensions
from kinetic.types import Array, ArrayLike

_FIRST_DEGREE, _LAST_DEGREE = 16, 1024  # jumps and needles never end
_ENDED = 1e-12  # rounding of moments, times √N_l
_AZIMUTHS = np.pi * np.array([0.0, 0.3, 0.7, 1.0, 1.4, 1.8])  # of points on a ring; on the circle the first and fourth
_REFINEMENTS = (1, 2, 4, 8, 16, 32)  # of panels
_NEGLIGIBLE_LOG = 45.0  # a factor e^-45 = 3e-20 below the peak changes no digit of an integral


class Profile(Protocol):
    """A density with an axis n, as a function of the Mercator coordinate y = ln tan(θ/2) of the angle θ to n."""

    def log_shape(self, y: Array, dimension: int) -> Array:
        """Return ln ρ up to a constant; cos θ = −tanh y, 1 − cos θ = 2/(1 + e^{−2y})."""

    def breaks(self) -> tuple[float, ...]:
        """Return the y at which the profile jumps."""

    def __hash__(self) -> int:
        """Profiles of the same numbers are the same: their moments are kept."""


def _one_minus_cosine(y: Array) -> Array:
    return np.asarray(2.0 * expit(2.0 * y))


@dataclass(frozen=True)
class VonMisesFisher:
    """ρ ∝ e^{concentration <x, n>}; a negative concentration gathers at −n."""

    concentration: float

    def log_shape(self, y: Array, dimension: int) -> Array:  # noqa: ARG002
        """Return the exponent relative to its largest value."""
        return -abs(self.concentration) * _one_minus_cosine(y if self.concentration >= 0 else -y)

    def breaks(self) -> tuple[float, ...]:
        """No jumps."""
        return ()


@dataclass(frozen=True)
class WrappedNormal:
    """The angle of a normal variable of standard deviation `deviation`, on the circle: its heat kernel.

    ρ = √(2π)/σ Σ_k e^{−(θ + 2πk)²/(2σ²)}, with the moments M_l = e^{−l²σ²/2}.
    """

    deviation: float

    def log_shape(self, y: Array, dimension: int) -> Array:  # noqa: ARG002
        """Return the logarithm of a sum of positive terms, as many as are not rounding."""
        turns = np.arange(-self._turns, self._turns + 1)
        angles = 2.0 * np.arctan(np.exp(np.minimum(y, 300.0)))[..., None] + 2.0 * np.pi * turns
        return np.asarray(logsumexp(-0.5 * (angles / self.deviation) ** 2, axis=-1))

    @property
    def _turns(self) -> int:
        """Turns beyond which terms are below e^-45 of the largest, the one nearest to θ = 0."""
        return 1 + math.ceil(self.deviation * math.sqrt(2.0 * _NEGLIGIBLE_LOG) / (2.0 * math.pi))

    def breaks(self) -> tuple[float, ...]:
        """No jumps."""
        return ()


@dataclass(frozen=True)
class Poisson:
    """ρ = ((1−r²)/|x − r n|²)^{d−1}: the uniform density moved by the boost of velocity r, 0 ≤ r < 1."""

    radius: float

    def log_shape(self, y: Array, dimension: int) -> Array:
        """Return −(d−1) ln(|x − r n|²/(1−r)²), with |x − r n|² = (1−r)² + 2r(1 − cos θ)."""
        gap = 1.0 - self.radius
        return -(dimension - 1) * np.log1p(2 * self.radius * _one_minus_cosine(y) / gap**2)

    def breaks(self) -> tuple[float, ...]:
        """No jumps."""
        return ()


@dataclass(frozen=True)
class Band:
    """ρ ∝ exp(−(t − latitude)²/(2 width²)), t = <x, n>: a ring."""

    latitude: float
    width: float

    def log_shape(self, y: Array, dimension: int) -> Array:  # noqa: ARG002
        """Return the exponent, with t − latitude written as a sine so that it keeps its accuracy near the ring."""
        center = -math.atanh(self.latitude)
        # tanh a − tanh b = sinh(a − b)/(cosh a cosh b)
        with np.errstate(over="ignore"):
            offset = np.tanh(y - center) * (1 - np.tanh(y) * math.tanh(center))
        return -0.5 * (offset / self.width) ** 2

    def breaks(self) -> tuple[float, ...]:
        """No jumps, but the middle of the ring: quadrature has to find it however narrow it is."""
        return (-math.atanh(self.latitude),)


@dataclass(frozen=True)
class Cap:
    """ρ constant within `angle` (radians) of n and zero outside."""

    angle: float

    def log_shape(self, y: Array, dimension: int) -> Array:  # noqa: ARG002
        """Return 0 inside, −∞ outside."""
        return np.where(y < self.breaks()[0], 0.0, -np.inf)

    def breaks(self) -> tuple[float, ...]:
        """Return the edge."""
        return (math.log(math.tan(self.angle / 2)),)


@dataclass(frozen=True)
class Linear:
    """ρ = 1 + slope <x, n>, |slope| ≤ 1."""

    slope: float

    def log_shape(self, y: Array, dimension: int) -> Array:  # noqa: ARG002
        """Return ln(1 + slope cos θ), exact where it vanishes."""
        toward = _one_minus_cosine(-y if self.slope >= 0 else y)
        with np.errstate(divide="ignore"):
            return np.log((1 - abs(self.slope)) + abs(self.slope) * toward)

    def breaks(self) -> tuple[float, ...]:
        """No jumps."""
        return ()


@dataclass(frozen=True)
class AngularGaussian:
    """The direction of a centred normal vector whose variance along the axis is `ratio` times that across it.

    ρ = ratio^{−1/2} (1 − (1 − 1/ratio) <x, n>²)^{−d/2}.
    """

    ratio: float

    def log_shape(self, y: Array, dimension: int) -> Array:
        """Return −(d/2) ln(sin²θ + cos²θ/ratio), a sum of positive terms."""
        toward = np.tanh(y) ** 2
        return np.asarray(-0.5 * dimension * np.log(np.cosh(np.minimum(np.abs(y), 300.0)) ** -2 + toward / self.ratio))

    def breaks(self) -> tuple[float, ...]:
        """Return the equator, which a small ratio makes narrow."""
        return (0.0,)


def _log_weight(profile: Profile, y: Array, dimension: int) -> Array:
    """ln of the mass per dy, up to a constant: profile times sech(y)^{d−1}."""
    with np.errstate(over="ignore"):
        log_cosh = np.abs(y) + np.log1p(np.exp(-2 * np.abs(y)))
    return np.asarray(profile.log_shape(y, dimension) - (dimension - 1) * log_cosh)


@dataclass(frozen=True)
class _Support:
    """Where the mass of a profile lies: a fine scan of y, the mass per dy there, and the corners to respect."""

    scan: Array
    corners: Array
    peak: float

    @classmethod
    def of(cls, profile: Profile, dimension: int) -> "_Support":
        """Find the range in which the mass per dy is within rounding of its peak."""
        offsets = np.geomspace(1e-9, 120.0, 4000)
        centers = (0.0, *profile.breaks())
        scan = np.unique([c + side * offsets for c in centers for side in (-1, 1)] + [np.linspace(-120, 120, 4000)])
        weight = _log_weight(profile, scan, dimension)
        heavy = np.flatnonzero(weight > weight.max() - _NEGLIGIBLE_LOG)
        scan = scan[max(heavy[0] - 1, 0) : heavy[-1] + 2]
        inner = [b for b in sorted(profile.breaks()) if scan[0] < b < scan[-1]]
        return cls(scan, np.array([scan[0], *inner, scan[-1]]), float(weight.max()))

    def panels(self, degree: int, refinement: int) -> Array:
        """Return panel edges, equidistant in y where the profile and in θ where P_degree sets the scale."""
        density = self.scan + degree / 6 * 2 * np.arctan(np.exp(self.scan))
        corners = np.interp(self.corners, self.scan, density)
        parts = []
        for low, high in pairwise(corners):
            count = max(4, math.ceil(high - low)) * refinement
            parts.append(np.interp(np.linspace(low, high, count + 1), density, self.scan))
        return np.unique(np.concatenate([*parts, self.corners]))


def _quadrature(profile: Profile, dimension: int, edges: Array) -> tuple[Array, Array]:
    """Return (y_i, p_i) with Σ p_i f(y_i) = ∫ f dμ, p_i > 0 and Σ p_i = 1, from Gauss rules on the panels."""
    y, weights = gauss_panels(edges)
    logs = _log_weight(profile, y, dimension) + np.log(weights)
    return y, np.exp(logs - logsumexp(logs))


@lru_cache(maxsize=64)
def log_mass(profile: Profile, dimension: int) -> float:
    """Return ln ∫ e^{log_shape} dσ, σ the uniform probability measure, to rounding of the weights' logarithms.

    Raises
    ------
    DomainError
        If refining the panels does not settle it: the profile is too narrow for double precision.
    """
    support, previous = _Support.of(profile, dimension), math.inf
    scale = (dimension - 1) * math.log(2.0) - betaln(0.5, 0.5 * (dimension - 1))
    for refinement in _REFINEMENTS:
        y, weights = gauss_panels(support.panels(0, refinement))
        found = float(logsumexp(_log_weight(profile, y, dimension) + np.log(weights)))
        if abs(found - previous) < np.finfo(float).eps * (200 + abs(support.peak)):
            return found + float(scale)
        previous = found
    raise DomainError(f"initial density {profile}: too narrow for its mass to be found; make it wider")


@lru_cache(maxsize=16)
def profile_moments(profile: Profile, dimension: int, degree: int) -> Array:
    """Return M_l = ∫ P_l(<x, n>) dμ, l = 0 … degree, for the profile normalised to mass one.

    Accuracy
    --------
    Composite Gauss rules in y with positive weights, refined until two of them agree to the rounding of the weights'
    logarithms (1e-14 in low dimension, 1e-12 at d = 4096), absolutely (test_initial.py: closed forms for every
    profile that has one).

    Raises
    ------
    DomainError
        If the refinement does not converge: the profile is too narrow for double precision.
    """
    support = _Support.of(profile, dimension)
    rounding = np.finfo(float).eps * (200 + abs(support.peak))
    previous = np.full(degree + 1, np.inf)
    for refinement in _REFINEMENTS:
        y, masses = _quadrature(profile, dimension, support.panels(degree, refinement))
        moments = gegenbauer_moments(degree, dimension, y, masses)
        if np.max(np.abs(moments - previous)) < rounding:
            moments[0] = 1.0
            moments.flags.writeable = False  # whoever asks again gets the same array
            return moments
        previous = moments
    raise DomainError(f"initial density {profile}: its moments do not converge to rounding; make it wider")


def _ends(profile: Profile, dimension: int, degree: int) -> bool:
    """Return whether a profile's orthonormal coefficients (in high dimension its moments) end in rounding."""
    sizes = np.abs(profile_moments(profile, dimension, degree))
    if dimension <= MOMENT_DIMENSION:
        sizes = sizes * np.exp(0.5 * log_harmonic_dimensions(degree, dimension))
    return float(sizes[tail_degree(degree) :].max()) < _ENDED * float(sizes.max())


def reach_of(profiles: Iterable[Profile], space: Space) -> int:
    """Return the degree at which profiles end to rounding in spaces of a kind, or at which to stop looking."""
    degree, last, given = _FIRST_DEGREE, max(_LAST_DEGREE, 2 * space.degree), tuple(profiles)
    while degree < last and any(not _ends(profile, space.dimension, degree) for profile in given):
        degree *= 2
    return min(degree, last)


@dataclass(frozen=True)
class Component:
    """A weighted profile about an axis (a unit vector; for zonal spaces 1 or −1)."""

    profile: Profile
    axis: ArrayLike = 1.0
    weight: float = 1.0


@dataclass(frozen=True)
class Harmonic:
    """amplitude · Y of that degree and order (sphere: order ≥ 0 cosine, < 0 sine; circle: ±degree; zonal: 0)."""

    degree: int
    order: int
    amplitude: float


@dataclass(frozen=True)
class InitialDensity:
    """A weighted sum of profiles and of the uniform density, normalised to mass one, plus harmonics of mass zero.

    Parameters
    ----------
    components : tuple of Component
    uniform : float
        Weight of the uniform density.
    harmonics : tuple of Harmonic
    """

    components: tuple[Component, ...] = ()
    uniform: float = 0.0
    harmonics: tuple[Harmonic, ...] = ()

    @property
    def required(self) -> int:
        """The highest degree that is asked for by its number; 0 if there is none."""
        return max((term.degree for term in self.harmonics), default=0)

    def reach(self, space: Space) -> int:
        """Return the degree at which the density ends to rounding in spaces of a kind, or at which to stop looking.

        The profiles' moments without their axes, which do not cancel each other: bumps in a pattern of high symmetry
        have no low degrees together, but each alone has.
        """
        return max(reach_of([part.profile for part in self.components], space), self.required)

    def coefficients(self, space: Space) -> Array:
        """Return the native coefficients in a space: the exact ones up to its degree."""
        total = self.uniform + sum(component.weight for component in self.components)
        public = space.to_public(np.zeros(space.degrees.size))
        for term in (Harmonic(0, 0, self.uniform / total), *self.harmonics):
            if term.degree <= space.degree:
                public[space.place(term.degree, term.order)] += term.amplitude
        coefficients = space.from_public(public)
        for component in self.components:
            moments = profile_moments(component.profile, space.dimension, space.degree)
            coefficients += component.weight / total * moments[space.degrees] * space.dirac(component.axis)
        return coefficients

    def features(self, dimension: int) -> Array:
        """Return points of the circle or the sphere near which ρ may be narrow: axes, and points of rings and edges."""
        found = [np.zeros((0, dimension))]
        for component in self.components:
            if component.weight > 0:
                frame = frame_of(unit(component.axis))
                angles = 2.0 * np.arctan(np.exp([*component.profile.breaks()]))
                found += [frame[-1:], *(meridian(frame, angles, azimuth) for azimuth in _AZIMUTHS)]
        return np.concatenate(found)


def random_harmonics(kind: str, amplitude: float, max_degree: int, rng: np.random.Generator) -> tuple[Harmonic, ...]:
    """Return Gaussian noise in all harmonics of degree 1 … max_degree with root-mean-square `amplitude` exactly.

    Drawn degree by degree, order −l … l (circle: −l, l; zonal: 0), so that a seed means the same density at any
    resolution.
    """
    space = SPACES[kind](max_degree, 2)  # orders are the same in every dimension
    places = [(l, m) for l in range(1, max_degree + 1) for m in space.orders(l)]
    draws = rng.standard_normal(len(places))
    draws *= amplitude / np.linalg.norm(draws)
    return tuple(Harmonic(l, m, float(a)) for (l, m), a in zip(places, draws, strict=True))
