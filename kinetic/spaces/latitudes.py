"""Functions of every space at latitudes of one's own choice, with weights of one's own choice.

The grids of the spaces choose their nodes; these transforms take any, given by Y = ln tan(Θ/2), so that nodes may crowd
towards a pole beyond what an angle can express. Arrays have shape (sides, n): one side for zonal spaces, Θ > 0 and
Θ < 0 for the circle. They know nothing of where the nodes come from.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import ducc0
import numpy as np
from scipy import fft

from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere, threads
from kinetic.spaces.zonal import Zonal
from kinetic.special import gegenbauer_mercator, laplace_eigenvalues
from kinetic.types import Array, ComplexArray

_NUFFT_ACCURACY = 3e-13  # close to the best that ducc0 offers


@dataclass(frozen=True)
class ZonalLatitudes:
    """Zonal functions at latitudes Y.

    Parameters
    ----------
    space : Zonal
    latitude : Array
        Y_i, shape (n,).
    weight : Array
        For σ, shape (n,).

    **Cost** Two dense matrices of (L+1) × n numbers, kept; a matrix–vector product a transform.
    """

    space: Zonal
    latitude: Array
    weight: Array

    @cached_property
    def _tables(self) -> tuple[Array, Array]:
        return _zonal_tables(self.space.degree, self.space.dimension, self.latitude.tobytes())

    @property
    def weights(self) -> Array:
        """Weight of every node, shape (1, n)."""
        return self.weight[None]

    def values(self, coefficients: Array) -> Array:
        """Return f at the nodes, shape (1, n)."""
        terms = self.space.log_multiplicities
        with np.errstate(divide="ignore", over="ignore"):
            sized = np.sign(coefficients) * np.exp(terms + np.log(np.abs(coefficients)))
        return np.asarray(sized @ self._tables[0])[None]

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ v dP_l/dΘ dσ of a meridional field (1, 1, n): the moments of −div v."""
        return np.asarray(self._tables[1] @ (self.weight * field[0, 0]))


@lru_cache(maxsize=4)
def _zonal_tables(degree: int, dimension: int, latitude: bytes) -> tuple[Array, Array]:
    """P_l and dP_l/dΘ = −sin Θ P_l'(c), the latter from l(l+d−2)/(2l+d−2) (P_{l+1} − P_{l−1})/sin Θ.

    The difference P_{l+1} − P_{l−1} is O(sin² Θ): near the poles it is taken from the slopes' own recurrence instead.
    """
    y = np.frombuffer(latitude)
    values = gegenbauer_mercator(degree + 1, dimension, y)
    # d/dc P_l^{(d)} is a multiple of P_{l−1} of dimension d + 2: l(l+d−2)/(d−1) at c = 1
    slopes = np.zeros((degree + 1, y.size))
    size = laplace_eigenvalues(degree, dimension)[1:] / (dimension - 1.0)
    sine = 1.0 / np.cosh(np.minimum(np.abs(y), 700.0))
    slopes[1:] = -size[:, None] * gegenbauer_mercator(degree - 1, dimension + 2, y) * sine
    return values[:-1], slopes


@dataclass(frozen=True)
class CircleLatitudes:
    """Functions on the circle at angles ±Θ_i.

    Parameters
    ----------
    space : Circle
    latitude : Array
        Y_i, shape (n,); every one stands for two nodes.
    weight : Array
        For σ, shape (n,), shared by the two.

    **Accuracy** Relative to the largest value 2e-13, of ducc0's non-uniform FFT.
    **Cost** One non-uniform FFT a transform.
    """

    space: Circle
    latitude: Array
    weight: Array

    @cached_property
    def _angles(self) -> Array:
        theta = 2.0 * np.arctan(np.exp(self.latitude))
        return np.concatenate([theta, -theta])[:, None]

    @property
    def weights(self) -> Array:
        """Weight of every node, shape (1, n), the same on both sides."""
        return 0.5 * self.weight[None]

    def values(self, coefficients: Array) -> Array:
        """Return f at the nodes, shape (2, n)."""
        return circle_values(coefficients, self._angles).reshape(2, -1)

    def weak_divergence(self, field: Array) -> Array:
        """Return the modes −ik v_k of −dv/dΘ for a field (1, 2, n)."""
        points = (self.weights * field[0]).reshape(-1).astype(complex)
        grid = np.empty(2 * self.space.degree + 1, dtype=complex)
        ducc0.nufft.nu2u(points=points, coord=self._angles, forward=True, epsilon=_NUFFT_ACCURACY, out=grid)
        modes = grid[self.space.degree :]
        return np.ascontiguousarray(-1j * np.arange(modes.size) * modes).view(float)


def circle_values(coefficients: Array, angles: Array) -> Array:
    """Return f(Θ) of native coefficients on the circle at any angles, shape (n, 1) -> (n,), by a non-uniform FFT."""
    modes = coefficients.view(complex)
    grid = np.concatenate([np.conj(modes[:0:-1]), modes])
    return np.asarray(ducc0.nufft.u2nu(grid=grid, coord=angles, forward=False, epsilon=_NUFFT_ACCURACY).real)


@dataclass(frozen=True)
class SphereLatitudes:
    """Spherical harmonics on rings at latitudes Y, in two blocks of equal rings: the bulk, and those near a pole.

    Nodes are one flat array, ring by ring in the order of the latitudes.

    Parameters
    ----------
    space : Sphere
    latitude : Array
        Y_i, ascending, shape (n,).
    weight : Array
        Of a whole ring, for σ, shape (n,).
    longitudes : tuple of int
        Number of nodes of each ring, shape (n,); equal within at most two runs of rings.

    **Cost** O(n L²) a transform, rings near a pole for less: harmonics of high order vanish there and are skipped.
    """

    space: Sphere
    latitude: Array
    weight: Array
    longitudes: tuple[int, ...]

    @cached_property
    def blocks(self) -> tuple[tuple[slice, slice, int], ...]:
        """(rings, nodes, longitudes) of each run of equal rings."""
        counts = np.array(self.longitudes)
        edges = [0, *(np.flatnonzero(np.diff(counts)) + 1), counts.size]
        starts = np.concatenate([[0], np.cumsum(counts)])
        return tuple((slice(a, b), slice(starts[a], starts[b]), int(counts[a])) for a, b in pairwise(edges))

    @cached_property
    def _rings(self) -> dict[str, object]:
        counts = np.array(self.longitudes, dtype=np.uint64)
        return {
            "theta": 2.0 * np.arctan(np.exp(self.latitude)),
            "nphi": counts,
            "phi0": np.zeros(counts.size),
            "ringstart": np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.uint64),
            "lmax": self.space.degree,
            "nthreads": threads(self.space.degree),
        }

    @cached_property
    def directions(self) -> Array:
        """(cos φ, sin φ) of the nodes, shape (2, nodes)."""
        rows = [np.tile(2 * np.pi * np.arange(n) / n, r.stop - r.start) for r, _, n in self.blocks]
        azimuth = np.concatenate(rows)
        return np.stack([np.cos(azimuth), np.sin(azimuth)])

    @cached_property
    def weights(self) -> Array:
        """Weight of every node."""
        return self.spread(self.weight / np.array(self.longitudes))

    def spread(self, rings: Array) -> Array:
        """Return an array over the rings as one over the nodes."""
        return np.repeat(rings, self.longitudes)

    def values(self, coefficients: Array) -> Array:
        """Return f at the nodes."""
        alm = (math.sqrt(4 * math.pi) * coefficients.view(complex))[None]
        return np.asarray(ducc0.sht.synthesis(alm=alm, spin=0, **self._rings)[0])

    def weak_divergence(self, field: Array) -> Array:
        """Return ∫ <v, ∇Y_lm> dσ of a field (v_Θ, v_φ) at the nodes, shape (2, nodes)."""
        factor = math.sqrt(4 * math.pi) * self.weight / np.array(self.longitudes)
        alm = ducc0.sht.adjoint_synthesis(map=field, spin=1, mode="DERIV1", ringfactor=factor, **self._rings)
        return np.asarray(alm[0]).view(float)

    def azimuthal_modes(self, values: Array, count: int) -> ComplexArray:
        """Return the mean over each ring of f e^{−imφ}, m = 0 … count − 1, shape (count, rings)."""
        modes = np.zeros((self.latitude.size, count), dtype=complex)
        for rings, nodes, longitudes in self.blocks:
            block = fft.rfft(values[nodes].reshape(-1, longitudes), axis=1, norm="forward")[:, :count]
            modes[rings, : block.shape[1]] = block
        return np.ascontiguousarray(modes.T)

    def ring_sums(self, values: Array, count: int) -> ComplexArray:
        """Return Σ f e^{−imφ} over each ring, m = 0 … count − 1, by products: cheap while the count is small."""
        sums = []
        for _, nodes, longitudes in self.blocks:
            azimuth = 2 * np.pi * np.arange(longitudes) / longitudes
            waves = np.arange(count) * azimuth[:, None]
            block = values[nodes].reshape(-1, longitudes)
            sums.append(block @ np.cos(waves) - 1j * (block @ np.sin(waves)))
        return np.concatenate(sums).T

    def from_modes(self, modes: ComplexArray) -> Array:
        """Return Re Σ_m F_m e^{imφ} at the nodes, modes of shape (count, rings)."""
        halved = modes.T.copy()
        halved[:, 1:] *= 0.5
        parts = []
        for rings, _, longitudes in self.blocks:
            block = np.zeros((rings.stop - rings.start, longitudes // 2 + 1), dtype=complex)
            shared = min(block.shape[1], halved.shape[1])
            block[:, :shared] = halved[rings, :shared]
            parts.append(fft.irfft(block, longitudes, axis=1, norm="forward").reshape(-1))
        return np.concatenate(parts)
