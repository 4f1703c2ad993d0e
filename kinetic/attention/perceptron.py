"""The perceptron of a transformer block: a field that every token feels, whatever the others do.

    X ↦ X + P_x Σ_j w_j σ(<a_j, x> + b_j) a_j = X + ∇φ,      φ(x) = Σ_j w_j Φ(<a_j, x> + b_j),   Φ' = σ,

|a_j| = 1. Without normalization E + ∫ φ dμ grows at ∫ |X|² dμ; with softmax its rate is ∫ <F + ∇φ, X> dμ, of no sign
(arXiv:2601.21366 has ½v for φ). φ is a sum of functions of one cosine each: its harmonics follow from Funk and Hecke,
to any degree, by quadrature broken at the kink of an activation. The module knows spaces and attention, not time.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from kinetic.attention.contract import Attention
from kinetic.spaces.space import Space
from kinetic.spaces.zonal import Zonal
from kinetic.special import (
    gauss_panels,
    gegenbauer,
    log_gamma_ratio,
    log_harmonic_dimensions,
)
from kinetic.types import Array, ArrayLike

ACTIVATIONS = ("constant", "identity", "relu", "tanh")
_KINKED = ("relu",)
_LOWEST_PANELS = 12


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of a perceptron.

    Parameters
    ----------
    activation : {"constant", "identity", "relu", "tanh"}
        σ.
    weights, biases : Array, shape (n,)
    directions : Array, shape (n, d) or, about an axis, (n,)
        Unit vectors; ±1 about an axis.
    """

    activation: str
    weights: Array
    biases: Array
    directions: Array

    def values(self, argument: ArrayLike) -> Array:
        """Return σ."""
        s = np.asarray(argument, dtype=float)
        if self.activation == "tanh":
            return np.asarray(np.tanh(s))
        if self.activation == "constant":
            return np.ones_like(s)
        return np.maximum(s, 0.0) if self.activation == "relu" else s

    def slopes(self, argument: ArrayLike) -> Array:
        """Return σ' off the kink."""
        s = np.asarray(argument, dtype=float)
        if self.activation == "tanh":
            return np.asarray(1.0 - np.tanh(s) ** 2)
        if self.activation == "constant":
            return np.zeros_like(s)
        return np.heaviside(s, 0.5) if self.activation == "relu" else np.ones_like(s)

    def potentials(self, argument: ArrayLike) -> Array:
        """Return Φ."""
        s = np.asarray(argument, dtype=float)
        if self.activation == "tanh":
            return np.asarray(np.logaddexp(s, -s) - np.log(2.0))
        if self.activation == "constant":
            return s
        return np.asarray(0.5 * (np.maximum(s, 0.0) if self.activation == "relu" else s) ** 2)

    @property
    def fastest(self) -> float:
        """A bound on |∇φ|: Σ_j |w_j| |σ(±(1 + |b_j|))|."""
        return float(np.abs(self.weights) @ np.abs(self.values(1.0 + np.abs(self.biases))))

    @property
    def degree(self) -> int | None:
        """Degree of φ, None where it has all."""
        return {"constant": 1, "identity": 2}.get(self.activation)

    @property
    def last_degree(self) -> int:
        """A degree beyond which φ is below rounding, for activations without a kink.

        tanh(cos θ + b) is analytic where |cos θ + b| < π/2 along the imaginary axis: for |b| ≤ 1 its coefficients fall
        at least like e^{−1.06 k}, for larger |b| faster; k = 40 is below 1e-18.
        """
        assert self.activation not in _KINKED
        return self.degree or 40

    def pull(self, points: Array) -> Array:
        """Return Σ_j w_j σ(<a_j, x> + b_j) a_j at points of shape (…, d)."""
        return np.asarray((self.values(points @ self.directions.T + self.biases) * self.weights) @ self.directions)

    def levels(self, points: Array) -> Array:
        """Return φ at points of shape (…, d)."""
        return np.asarray(self.potentials(points @ self.directions.T + self.biases) @ self.weights)

    def axial(self, cosine: Array) -> tuple[Array, Array, Array]:
        """Return (u, u', φ) about an axis, where u = dφ/dt moves a token by ṫ = (1 − t²) u."""
        u, slope, level = np.zeros((3, *np.shape(cosine)))
        for weight, bias, side in zip(self.weights, self.biases, self.directions, strict=True):
            s = side * cosine + bias
            u += weight * side * self.values(s)
            slope += weight * self.slopes(s)
            level += weight * self.potentials(s)
        return u, slope, level

    def eigenvalues(self, bias: float, degree: int, dimension: int) -> Array:
        """Return ∫ Φ(t + b) P_l dσ, l = 0 … degree.

        Accuracy
        --------
        Rounding of the largest, absolutely: a composite Gauss rule in the angle, broken at the kink.
        """
        return _eigenvalues(self.activation, bias, degree, dimension)

    def coefficients(self, space: Space) -> Array:
        """Return φ in the native coefficients of a space of circle or sphere, or about an axis its P_l-sums' Φ_l."""
        total = np.zeros(space.degrees.size)
        for weight, bias, direction in zip(self.weights, self.biases, self.directions, strict=True):
            by_degree = self.eigenvalues(float(bias), space.degree, space.dimension)
            total += weight * by_degree[space.degrees] * space.dirac(direction)
        return total


@lru_cache(maxsize=64)
def _eigenvalues(activation: str, bias: float, degree: int, dimension: int) -> Array:
    """Return what `Neurons.eigenvalues` does: made once, as weights may change with time."""
    one = Neurons(activation, np.ones(1), np.array([bias]), np.ones(1))
    kink = [np.arccos(-bias)] if activation in _KINKED and abs(bias) < 1 else []
    panels = _LOWEST_PANELS + degree // 5 + dimension // 8
    theta, weights = gauss_panels(np.unique([*np.linspace(0.0, np.pi, panels + 1), *kink]))
    log_area = 0.5 * np.log(np.pi) - log_gamma_ratio(0.5 * (dimension - 1), 0.5)
    area = weights * np.exp((dimension - 2) * np.log(np.sin(theta)) - log_area)
    return np.asarray(gegenbauer(degree, dimension, np.cos(theta)) @ (area * one.potentials(np.cos(theta) + bias)))


class Driven(Attention):
    """Attention with a perceptron beside it, on densities of any space.

    Accuracy
    --------
    φ is exact up to degree 2L, beyond which no density of degree L feels it; the flux is projected without aliasing.

    Cost
    ----
    One more synthesis of the density and one projection of a flux; about an axis, one product by bands.
    """

    def __init__(self, attention: Attention, space: Space, neurons: Neurons) -> None:
        self.attention, self.space = attention, space
        most = 2 * space.degree
        self._degree = min(neurons.degree or most, most)
        low = space.at_degree(self._degree)
        self._levels = low.resize(neurons.coefficients(low), space.degree)
        self._field: _OnNodes | _OnMoments
        if isinstance(space, Zonal):
            self._field = _OnMoments(space, neurons, self._degree)
        else:
            self._field = _OnNodes(space, neurons, self._degree)
        self._sizes = np.exp(log_harmonic_dimensions(space.degree, space.dimension))

    def motion(self, coefficients: Array) -> tuple[Array, float, float]:
        """Return (the coefficients of −div(μX), ∫ <F + ∇φ, X> dμ, ∫ |X|² dμ); the last is NaN where attention's is."""
        rate, power, square = self.attention.motion(coefficients)
        driven, pulled = self._field.transport(coefficients), self.attention.pulled(coefficients)
        # of any field v, ∫ <v, ∇φ> dμ = ∫ φ (−div μv) dσ
        total, crossed = rate + driven, self._mean(rate) + self._mean(driven)
        if pulled is None:  # ∫ <F, ∇φ> dμ is what the energy, a quadratic form, gains from the second flux
            energy = self.attention.energy
            mixed = 0.5 * (energy(coefficients + driven) - energy(coefficients - driven))
        else:
            mixed = self._mean(pulled)
        return total, power + mixed + crossed, square + self._mean(rate) + crossed

    def energy(self, coefficients: Array) -> float:
        """Return E + ∫ φ dμ."""
        return self.attention.energy(coefficients) + self._mean(coefficients)

    def _mean(self, coefficients: Array) -> float:
        """Return ∫ φ dμ."""
        return float(self._sizes @ self.space.by_degree(self._levels, coefficients))

    def partition_noise(self, coefficients: Array) -> float:
        return self.attention.partition_noise(coefficients)

    def truncation_change(self, coefficients: Array) -> float:
        return self.attention.truncation_change(coefficients)

    @property
    def is_delicate(self) -> bool:
        return self.attention.is_delicate


class _OnNodes:
    """The flux ρ∇φ on circle and sphere."""

    def __init__(self, space: Space, neurons: Neurons, degree: int) -> None:
        grid: Any = space.grid(degree)
        self._grid = grid
        low: Any = space.at_degree(degree)
        self._gradient: Array = low.grid_of(grid.shape).gradient(neurons.coefficients(low))

    def transport(self, coefficients: Array) -> Array:
        """Return the coefficients of −div(μ∇φ)."""
        return np.asarray(self._grid.weak_divergence(self._gradient * self._grid.values(coefficients)))


class _OnMoments:
    """The same about an axis: ∫ P_l u dμ from the bands of u's polynomials."""

    def __init__(self, space: Zonal, neurons: Neurons, degree: int) -> None:
        from kinetic.attention.moments import derivative_table, products

        d, band = space.dimension, max(degree - 1, 0)
        self._products = products(space.degree, band, d)
        self._slopes = np.zeros(band + 1)
        for weight, bias, side in zip(neurons.weights, neurons.biases, neurons.directions, strict=True):
            signs = float(side) ** np.arange(degree + 1)
            terms = np.exp(log_harmonic_dimensions(degree, d)) * neurons.eigenvalues(float(bias), degree, d) * signs
            self._slopes += weight * (derivative_table(degree, d) @ terms)[: band + 1]
        self._dimension = d

    def transport(self, moments: Array) -> Array:
        """Return the rate of the moments."""
        from kinetic.attention.moments import rate_of

        return rate_of(self._products.apply(self._slopes, moments), self._dimension)
