"""What heads make of a measure at any points of the circle or the sphere, from the measure's harmonics.

    A_h(x) = ∫ V_h y e^{β_h <Q_h x, K_h y>} dμ(y) / N_h(x),    N_h = 1  or (softmax)  Z_h = ∫ e^{β_h <Q_h x, K_h y>} dμ,

as functions of x, A_h N_h and Z_h have no more degrees than the kernel, whatever μ: harmonics of μ to one degree more
give them exactly. One object for all that is asked of a density's attention at points: by tokens, whose harmonics are
sums over them, and by exports of densities. The module knows heads, coefficients and points, not who asks.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from kinetic.attention.generating import ModalMap, harmonics
from kinetic.attention.heads import Head
from kinetic.kernels import Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.scattered import Scattered, space_of
from kinetic.spaces.sphere import Sphere
from kinetic.special import log_harmonic_dimensions
from kinetic.types import Array, Normalization

_EPS = float(np.finfo(float).eps)
_ROUNDINGS = 8.0  # as in `heads`: a product of matrices is known to d roundings, this many times that is equal
_NO_REACH = _EPS**0.5  # of an exponent whose first power is all that a difference of exponentials tells


@dataclass(frozen=True, eq=False)
class Felt:
    """What is felt at n points.

    Parameters
    ----------
    attention : Array, shape (n, d)
        Σ_h A_h, the component along x included.
    noise : Array, shape (n,)
        Bound of its rounding error, absolute.
    force : Array, shape (n, d)
        Σ_h N_h A_h.
    """

    attention: Array
    noise: Array
    force: Array


@dataclass(frozen=True, eq=False)
class Anywhere:
    """Heads acting on harmonics of the circle or the sphere.

    Parameters
    ----------
    heads : tuple of Head
    normalization : {"none", "softmax"}
    context_length : float
        Number n of tokens (one softmax head): of a token's attention to itself the weight 1/n is kept, so that
        A = ((1 − 1/n) ∫ V y K dμ + V x K(x, x)/n)/((1 − 1/n) Z + K(x, x)/n). Infinite: a density.

    **Accuracy** `Felt.noise`: the rounding ε Σ_l w_l N_l |μ_l| of a sum over degrees, over Z where it is smallest
    (tests/tokens/test_cloud_attention.py: against sums over pairs).

    **Cost** For n points of degree K: one sum and d syntheses (softmax: d + 1 a head), O(n) each with a factor that
    grows like K on the circle and hardly at all on the sphere. Building a head with matrices: (K+1)⁴/2 on the sphere.
    """

    heads: tuple[Head, ...]
    normalization: Normalization
    context_length: float = np.inf

    @property
    def dimension(self) -> int:
        """Ambient dimension, 2 or 3."""
        return self.heads[0].dimension

    @cached_property
    def _parts(self) -> "tuple[_Part, ...]":
        return tuple(_Part.of(head, self.normalization == "softmax") for head in self.heads)

    @cached_property
    def degree(self) -> int:
        """K, the highest degree of what is felt."""
        return max(part.degree for part in self._parts)

    @property
    def numbers(self) -> int:
        """How many numbers the maps of heads with matrices have together."""
        degrees = [_felt_degree(head.widest) for head in self.heads if not head.has_scalar_form]
        return sum(harmonics(space_of(self.dimension, degree), degree) ** 2 // 2 for degree in degrees)

    @property
    def space(self) -> Circle | Sphere:
        """The space whose coefficients of the measure are wanted: of degree K + 1."""
        return space_of(self.dimension, self.degree + 1)

    def of_points(self, places: Scattered, masses: Array) -> Array:
        """Return the coefficients in `space` of masses at points."""
        return places.sums(masses, self.degree + 1)

    def felt(self, coefficients: Array, points: Array, places: Scattered) -> Felt:
        """Return the attention at points.

        Parameters
        ----------
        coefficients : Array
            Of a measure of mass one, in `space`.
        points : Array, shape (n, d)
            Unit vectors.
        places : Scattered
            The same points.
        """
        measures = self.measures(coefficients)
        if self.normalization == "none":
            total = sum(part.coefficients(measures[1:], self.degree) for part in self._parts)
            rounding = sum(part.rounding(self.space, coefficients, places.accuracy) for part in self._parts)
            attention = places.values(np.asarray(total), self.degree).T
            return Felt(attention, np.full(len(points), rounding), attention)
        attention, force, noise = np.zeros(points.shape), np.zeros(points.shape), np.zeros(len(points))
        for part in self._parts:
            values = places.values(part.coefficients(measures, self.degree), self.degree)
            rounding = part.rounding(self.space, coefficients, places.accuracy)
            one, other = self._with_itself(part, points, values)
            with np.errstate(all="ignore"):
                attention += one / other[:, None]
                noise += np.where(other > 0, rounding * (1.0 + part.size) / np.abs(other), np.inf)
                force += np.exp(part.log_scale) * one
        return Felt(attention, noise, force)

    def rows(self, coefficients: Array, places: Scattered) -> "list[tuple[Array, float, Array, Array]]":
        """Return of each head Z over its scale, the scale's logarithm, ∫ y K dμ/Z, and the relative error of Z.

        Parameters
        ----------
        coefficients : Array
            Of a measure of mass one, in `space`.
        places : Scattered
            n points.

        Returns
        -------
        list of (Array, float, Array, Array), shapes (n,), (), (n, d), (n,)
        """
        measures, found = self.measures(coefficients), []
        for part in self._parts:
            valueless = replace(part, head=replace(part.head, value=np.eye(self.dimension)))
            values = places.values(valueless.coefficients(measures, self.degree), self.degree)
            rounding = part.rounding(self.space, coefficients, places.accuracy)
            with np.errstate(all="ignore"):
                noise = np.where(values[0] > 0, rounding / values[0], np.inf)
                found.append((values[0], part.log_scale, (values[1:] / values[0]).T, noise))
        return found

    @property
    def has_potential(self) -> bool:
        """Whether every head's field before normalization is a gradient on the sphere, up to a factor: V = c (KᵀQ)ᵀ."""
        return all(part.factor is not None for part in self._parts)

    def potential(self, coefficients: Array, places: Scattered) -> Array:
        """Return G at points, of mean zero over the sphere, P_x Σ_h V_h N_h = ∇G; softmax: each head over its scale.

        For a head V = c Aᵀ, A = KᵀQ, it is (c/β) ∫ e^{β<Ax,y>} dμ(y) without its mean; where β‖A‖ is below the root of
        a rounding error, its limit <x, V m>, m the mean of μ.
        """
        measures = self.measures(coefficients)
        total = sum(part.potential(measures, self.degree) for part in self._parts)
        return np.asarray(places.values(np.asarray(total)[None], self.degree)[0])

    def measures(self, coefficients: Array) -> Array:
        """Return the coefficients of μ and of y_a μ up to degree K, shape (1 + d, size), from those in `space`."""
        space = self.space
        narrow = space.at_degree(self.degree)
        grid: Any = space.grid(1)
        onto: Any = narrow.grid_of(grid.shape)
        values = grid.values(coefficients)
        pulled = [onto.analysis(values * y) for y in np.moveaxis(grid.points, -1, 0)]
        return np.stack([space.resize(coefficients, self.degree), *pulled])

    def _with_itself(self, part: "_Part", points: Array, values: Array) -> tuple[Array, Array]:
        """Return numerator and partition (over the part's scale) with the token's own share of a finite context."""
        force, partition = values[1:].T, values[0]
        if np.isinf(self.context_length):
            return force, partition
        share = 1.0 / self.context_length
        own = share * part.head.kernel.values(np.vecdot(points @ part.head.form.T, points), part.log_scale)
        return (1 - share) * force + own[:, None] * (points @ part.head.value.T), (1 - share) * partition + own


def _felt_degree(kernel: Kernel) -> int:
    """Return the highest degree of what is felt, whatever the measure."""
    last = kernel.last_degree
    assert last is not None, "a kernel with a kink has no last degree"
    return kernel.significant_degree(last)


@dataclass(frozen=True, eq=False)
class _Part:
    """One head as a map from coefficients of measures to coefficients of what is felt, over e^{log_scale}."""

    head: Head
    kernel: Kernel
    degree: int
    log_scale: float
    map: "ModalMap | None"
    """None where KᵀQ is a multiple of the identity: the kernel's eigenvalues are all."""

    @classmethod
    def of(cls, head: Head, normalized: bool) -> "_Part":
        scalar = head.has_scalar_form
        kernel = head.kernel.scaled(float(head.form[0, 0])) if scalar else head.widest
        degree = max(_felt_degree(kernel), 1)
        scale = kernel.log_constant if normalized else 0.0
        inputs = space_of(head.dimension, degree)
        mapped = None if scalar else ModalMap.of(head.kernel, head.form, degree, inputs, scale)
        return cls(head, kernel, degree, scale, mapped)

    @cached_property
    def size(self) -> float:
        """‖V‖, the largest |A|."""
        return float(np.linalg.norm(self.head.value, 2))

    @cached_property
    def _weights(self) -> Array:
        logs = self.kernel.log_eigenvalues(self.degree) - self.log_scale
        return np.asarray(self.kernel.signs(self.degree) * np.exp(logs))

    def coefficients(self, measures: Array, degree: int) -> Array:
        """Return what is felt of μ, V y μ (or of V y μ alone, where that is what is given), padded to a degree."""
        dimension = self.head.dimension
        space, given = space_of(dimension, self.degree), space_of(dimension, degree)
        low = np.stack([given.resize(measure, self.degree) for measure in measures])
        turned = np.vstack([low[:-dimension], self.head.value @ low[-dimension:]])
        found = turned * self._weights[space.degrees] if self.map is None else self.map.coefficients(turned)
        return np.stack([space.resize(coefficients, degree) for coefficients in found])

    @cached_property
    def factor(self) -> float | None:
        """Return c of V = c Aᵀ, 1 where A moves nothing, None where V is no such multiple."""
        form, value = self.head.form.T, self.head.value
        if self.head.reach < _NO_REACH:
            return 1.0
        c = float(np.vdot(form, value) / np.vdot(form, form))
        size = np.abs(c * form).max() + np.abs(value).max()
        off = float(np.abs(value - c * form).max())
        return c if off <= _ROUNDINGS * self.head.dimension * _EPS * size else None

    def potential(self, measures: Array, degree: int) -> Array:
        """Return the coefficients of G up to a degree, from those of μ and y_a μ up to the same."""
        space = space_of(self.head.dimension, degree)
        if self.head.reach < _NO_REACH:
            mean = self.head.value @ np.array([measure[0] for measure in measures[1:]])
            grid: Any = space.grid(0)
            return np.asarray(grid.analysis(grid.points @ mean) * np.exp(-self.log_scale))
        low = space.resize(measures[0], self.degree)[None]
        own = space_of(self.head.dimension, self.degree)
        found = low * self._weights[own.degrees] if self.map is None else self.map.coefficients(low)
        padded = own.resize(found[0], degree)
        padded[space.degrees == 0] = 0.0
        assert self.factor is not None
        return np.asarray(padded * (self.factor / self.head.beta))

    def rounding(self, space: Circle | Sphere, coefficients: Array, accuracy: float) -> float:
        """Return accuracy · Σ_l |w_l| N_l |μ_l|, |μ_l| the root-mean-square of degree l: the error of Z anywhere."""
        means = np.sqrt(space.by_degree(coefficients, coefficients))[: self.degree + 1]
        sizes = np.exp(log_harmonic_dimensions(self.degree, self.head.dimension)) * np.abs(self._weights)
        return float(accuracy * (sizes @ means))
