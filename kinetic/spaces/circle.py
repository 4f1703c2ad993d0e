"""Densities on the circle S¹ (d = 2) in Fourier modes, with scipy's real FFT."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft

from kinetic.geometry import on_circle
from kinetic.spaces.space import FewerNodes, even_length, pad_complex
from kinetic.special import powers
from kinetic.types import Array, ArrayLike, Integers

_LOW = 32  # powers of a point that a table holds
_BLOCK = 2048  # points whose table fits in a core's cache


@dataclass(frozen=True)
class Circle:
    """Functions f(θ) = Σ_{|k| ≤ L} c_k e^{ikθ} on S¹, c_{−k} = conj c_k.

    The native vector holds c_0 … c_L as pairs (Re, Im); the public layout is [2, L+1] with the coefficients of
    1, √2 cos kθ (first row) and √2 sin kθ (second row), orthonormal for σ = dθ/2π.

    Parameters
    ----------
    degree : int
        L ≥ 1.
    """

    degree: int
    kind = "circle"
    dimension = 2
    axes = ("part", "degree")
    axisymmetric = False
    components = 2
    poles = np.array([[1.0, 0.0], [-1.0, 0.0]])

    @cached_property
    def degrees(self) -> Integers:
        """Degree of each native entry, shape (2L+2,)."""
        return np.repeat(np.arange(self.degree + 1), 2)

    def at_degree(self, degree: int) -> "Circle":
        """Return the circle with another highest degree."""
        return Circle(degree)

    def dirac(self, axis: ArrayLike) -> Array:
        """Return the coefficients e^{−ikφ} of the Dirac mass at (cos φ, sin φ)."""
        x, y = np.asarray(axis, dtype=float)
        phase = np.arctan2(y, x)
        return np.asarray(np.exp(-1j * phase * np.arange(self.degree + 1))).view(float)

    def by_degree(self, left: Array, right: Array) -> Array:
        """Return s[k] = Re(conj(left_k) right_k), the mean over the two harmonics of degree k."""
        products = left * right
        return np.asarray(products[..., 0::2] + products[..., 1::2])

    def orders(self, degree: int) -> tuple[int, ...]:
        """Return −k for the sine and k for the cosine of degree k."""
        return -degree, degree

    def place(self, degree: int, order: int) -> tuple[int, ...]:
        """Return (part, degree)."""
        return int(order < 0), degree

    def vectors(self, points: Array) -> Array:
        """Return the points."""
        return points

    def spread(self, points: Array, masses: Array) -> tuple[Array, Array]:
        """Return both as rows."""
        return points.reshape(-1, 2), masses.reshape(-1)

    def meridian(self, angle: Array, azimuth: float) -> Array:
        """Return (± sin, cos) of the angle, on the side of the azimuth."""
        signed = angle if np.cos(azimuth) > 0 else -angle
        return np.stack([np.sin(signed), np.cos(signed)], axis=-1)

    def pole_last(self, vectors: Array) -> Array:
        """Return (y, x) of (x, y): angle 0 is the pole."""
        return vectors[..., ::-1]

    def raster(self, coefficients: Array) -> tuple[Array, Array]:
        """Return 4L+1 equidistant points from angle 0 to 2π, shape (n, 2), and f there."""
        angle = np.linspace(0.0, 2 * np.pi, 4 * self.degree + 1)
        points = on_circle(angle)
        return points, self.evaluate(coefficients, points)

    def mean(self, coefficients: Array) -> Array:
        """Return ∫ (cos θ, sin θ) dμ = (Re c_1, −Im c_1)."""
        return np.stack([coefficients[..., 2], -coefficients[..., 3]], axis=-1)

    def resize(self, coefficients: Array, degree: int) -> Array:
        """Return the coefficients cut or padded with zeros to another degree."""
        return pad_complex(coefficients, degree + 1)

    def evaluate(self, coefficients: Array, points: ArrayLike) -> Array:
        """Return f at points of shape (..., 2), O(L) per point, most of it matrix products.

        With z = e^{iθ} the sum over k = 1 … L is one over powers of z^32 of polynomials of degree 31.
        """
        x = np.asarray(points, dtype=float)
        z, modes = (x[..., 0] + 1j * x[..., 1]).reshape(-1), coefficients.view(complex)
        rows = np.zeros((-(-self.degree // _LOW), _LOW), dtype=complex)
        rows.reshape(-1)[: self.degree] = modes[1:]
        found = np.empty(z.size)
        for start in range(0, z.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            low = powers(z[block], _LOW)
            sums = rows @ low[:-1]
            total = sums[-1]
            for row in sums[-2::-1]:
                total *= low[-1]
                total += row
            found[block] = 2 * (total * low[1]).real
        return np.asarray((modes[0].real + found).reshape(x.shape[:-1]))

    def to_public(self, coefficients: Array) -> Array:
        """Return [√2 Re c_k; −√2 Im c_k], with c_0 itself in front."""
        pairs = np.sqrt(2.0) * coefficients.reshape(-1, 2).T * np.array([[1.0], [-1.0]])
        pairs[:, 0] = coefficients[0], 0.0
        return np.asarray(pairs)

    def from_public(self, array: Array) -> Array:
        """Return native coefficients from [2, L+1]."""
        pairs = np.array([[1.0], [-1.0]]) * array / np.sqrt(2.0)
        pairs[:, 0] = array[0, 0], 0.0
        return np.ascontiguousarray(pairs.T).reshape(-1)

    @property
    def fewer_nodes(self) -> "tuple[FewerNodes, ...]":
        """None: a grid costs next to nothing."""
        return ()

    def grid(self, product_degree: int) -> "CircleGrid":
        """Return equidistant nodes, enough for products with a function of `product_degree`."""
        return self.grid_of(fft.next_fast_len(2 * self.degree + product_degree + 1, real=True))

    def even_grid(self, product_degree: int) -> "CircleGrid":
        """Return the grid for products with a function of `product_degree`, closed under x → −x."""
        return self.grid_of(even_length(self.grid(product_degree).shape))

    def grid_of(self, shape: int) -> "CircleGrid":
        """Return the grid of `shape` equidistant nodes."""
        return CircleGrid(self, shape)


@dataclass(frozen=True)
class CircleGrid:
    """Fourier modes at equidistant nodes θ_j = 2πj/n, n > 2L.

    Cost
    ----
    One real FFT of length n per transform.
    """

    space: Circle
    shape: int

    @property
    def exact_to(self) -> int:
        """Highest Fourier mode integrated exactly."""
        return self.shape - 1

    @cached_property
    def points(self) -> Array:
        """The nodes (cos θ_j, sin θ_j), shape (n, 2)."""
        angle = 2 * np.pi * np.arange(self.shape) / self.shape
        return on_circle(angle)

    @property
    def antipodes(self) -> Integers:
        """Index of −x for each node x of an even grid, shape (n,)."""
        return np.roll(np.arange(self.shape), self.shape // 2)

    @cached_property
    def frame(self) -> Array:
        """(−sin θ_j, cos θ_j), in which tangent fields have their component, shape (1, 2, n)."""
        x, y = self.points.T
        return np.stack([-y, x])[None]

    @property
    def rotations(self) -> Array:
        """One, at speed one, shape (1, 1, n)."""
        return np.ones((1, 1, self.shape))

    @cached_property
    def weights(self) -> Array:
        """1/n, shape (1,)."""
        return np.array([1.0 / self.shape])

    def values(self, coefficients: Array) -> Array:
        """Return f(θ_j), shape (n,)."""
        return np.asarray(fft.irfft(coefficients.view(complex), self.shape, norm="forward"))

    def analysis(self, values: Array) -> Array:
        """Return the modes of degree ≤ L of a function given at the nodes."""
        modes = fft.rfft(values, norm="forward")[..., : self.space.degree + 1]
        return np.ascontiguousarray(modes).view(float)

    @cached_property
    def _derivative(self) -> Array:
        return np.asarray(1j * np.arange(self.space.degree + 1))

    def gradient(self, coefficients: Array) -> Array:
        """Return df/dθ at the nodes, shape (1, n)."""
        modes = self._derivative * coefficients.view(complex)
        return np.asarray(fft.irfft(modes, self.shape, norm="forward"))[None]

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ v e_k' dσ: the modes −ik v_k of −dv/dθ."""
        modes = fft.rfft(field[0], norm="forward")[..., : self.space.degree + 1]
        return np.asarray(-self._derivative * modes).view(float)

    def integrate(self, values: Array) -> float:
        """Return the mean over the nodes."""
        return float(values.mean())

    def inner(self, left: Array, right: Array) -> float:
        """Return ∫ <u, v> dσ of two tangent fields."""
        return float(np.vecdot(left[0], right[0])) / self.shape
