"""The first phase at large β: softmax attention becomes a linear transport, and how far it still is from it.

Responsible for the characteristics of ∂_tμ + div(μ P_x V x̂′) = 0, x′ = KᵀQx, their limit, and on the circle for the
constant C in W₁(μ_t^β, μ_t^∞) ≈ C/β. Knows nothing of the later, slower phases.

The limit is the alignment phase of Bruno, Pasqualotto, Agazzi, arXiv:2509.25040, Theorem 3.2 and Proposition 3.4; the
concentration bound √(ln(β+1)/β) of Alcalde, Bungert, Riedl, Roith, arXiv:2605.10931, is for any data, and smooth
positive ones do better. **Derived here**, for KᵀQ = I and by Laplace's method: a token at x averages over a Gaussian
neighbourhood of variance 1/β, so that

    ∫ y e^{β<x,y>} dμ / Z = x(1 − (d−1)/(2β)) + ∇ln ρ(x)/β + O(β^{−2}),
    X = P_xVx + (1/β)[ −((d−1)/2) P_xVx + P_xV∇ln ρ ] + O(β^{−2}).

A characteristic is displaced by ξ/β, ξ′ = DX₀ ξ + X₁, and on the circle W₁ = (1/β) min_c ∫|ρξ − c| dθ/(2π) + O(β^{−2}).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eig

from kinetic.errors import DomainError
from kinetic.theory.circle_distance import median_deviation
from kinetic.theory.domain import increasing_times
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "Bruno, Pasqualotto, Agazzi, arXiv:2509.25040, Theorem 3.2"


@dataclass(frozen=True)
class CircleAlignment:
    """Characteristics of the limit on the circle at several times, with their first displacement.

    Attributes
    ----------
    masses : ndarray, shape (n,)
        Mass carried by each label, of sum one.
    angles : ndarray, shape (k, n)
        `angles[i, j]` = θ_j(t_i), increasing in j: the quantile function of μ_{t_i}^∞ at the cumulative masses.
    stretch : ndarray, shape (k, n)
        ∂θ/∂θ₀ > 0.
    displacement : ndarray, shape (k, n)
        ξ_j(t_i): tokens of μ^β are at θ + ξ/β + O(β^{−2}).
    """

    masses: Array
    angles: Array
    stretch: Array
    displacement: Array

    def wasserstein_constants(self) -> Array:
        """Return lim β·W₁(μ_t^β, μ_t^∞) at the times, `constants[i]` = min_c ∫|ρξ − c| dθ/(2π)."""
        spacing = 2.0 * math.pi / self.masses.size
        widths = spacing * self.stretch
        flux = self.masses * self.displacement / widths
        return np.array([median_deviation(row, width) for row, width in zip(flux, widths, strict=True)])


@statement(
    "theorem",
    "Bruno, Pasqualotto, Agazzi, arXiv:2509.25040, Proposition 3.4",
    "the mass aligns with the eigenspace of VKᵀQ of largest real part",
)
def alignment_limit(points: ArrayLike, generator: ArrayLike) -> tuple[Array, float]:
    """Return P_Ex₀/|P_Ex₀| and the spectral gap, E the eigenspace of G = VKᵀQ of the largest real part.

    P_E is the spectral projector, not the orthogonal one unless G is normal. The distance to the limit decays like
    e^{−gap·s} along x(s) = e^{sG}x₀/|e^{sG}x₀|, in the clock ds = dt/|KᵀQx| (s = t for KᵀQ = I).

    Parameters
    ----------
    points : array_like, shape (n, d)
        Unit vectors with P_Ex₀ ≠ 0.
    generator : array_like, shape (d, d)
        G, diagonalizable, its eigenvalues of largest real part real.

    Returns
    -------
    limits : ndarray, shape (n, d)
        Unit vectors of E.
    gap : float
        Difference of the two largest real parts that differ; inf if all agree.

    Raises
    ------
    DomainError
        If the leading eigenvalues are complex (tokens rotate for ever) or G is not diagonalizable.
    """
    matrix = np.asarray(generator, dtype=np.float64)
    values, vectors = eig(matrix)
    scale = max(float(np.max(np.abs(values))), 1e-300)
    leading = values.real > np.max(values.real) - 1e-9 * scale
    if np.any(np.abs(values[leading].imag) > 1e-9 * scale) or np.linalg.cond(vectors) > 1e7:
        raise DomainError(
            f"eigenvalues {values} lead to no fixed limit; give a diagonalizable G with real leading ones"
        )
    projector = (vectors[:, leading] @ np.linalg.inv(vectors)[leading]).real
    limits = np.atleast_2d(np.asarray(points, dtype=np.float64)) @ projector.T
    rest = values.real[~leading]
    gap = float(np.max(values.real) - np.max(rest)) if rest.size else math.inf
    return np.asarray(limits / np.linalg.norm(limits, axis=1, keepdims=True)), gap


@statement(
    "derived",
    "derived here; setting of arXiv:2509.25040 and arXiv:2605.10931",
    "KᵀQ = I, circle, smooth positive data: W₁(μ^β, μ^∞) ≈ C(t)/β",
)
def circle_alignment(density: ArrayLike, times: ArrayLike, value: ArrayLike) -> CircleAlignment:
    """Return the limit on the circle for KᵀQ = I, with the displacement of first order in 1/β.

    Along θ′ = f(θ), f = <τ, Vx>, x = (cos θ, sin θ), τ = x_θ: with p = ∂_θ ln ρ and J = ∂θ/∂θ₀,
    (ln J)′ = f_θ, p′ = −f_θθ − f_θ p, ξ′ = f_θ ξ − f/2 + <τ, Vτ> p.

    Parameters
    ----------
    density : array_like, shape (n,)
        ρ₀ > 0 at the angles 2πj/n, smooth enough for its Fourier interpolant.
    times : array_like, shape (k,)
        Increasing times from 0.
    value : array_like, shape (2, 2)
        V.

    Returns
    -------
    CircleAlignment
        Angles, stretches and displacements of the n labels.

    **Accuracy** 1e-10 of the characteristics; the constants to second order in 2π/n (spectrally where ρξ − c keeps its
    sign).
    """
    start = np.asarray(density, dtype=np.float64)
    matrix = np.asarray(value, dtype=np.float64)
    if start.ndim != 1 or np.any(start <= 0.0) or matrix.shape != (2, 2):
        raise DomainError(
            f"density of shape {start.shape} or V of shape {matrix.shape} is not possible; give (n,) > 0 and (2, 2)"
        )
    labels = 2.0 * math.pi * np.arange(start.size) / start.size
    zero = np.zeros_like(labels)

    def rate(_: float, flat: Array) -> Array:
        parts = flat.reshape(4, -1)
        theta, slope, shift = parts[0], parts[2], parts[3]
        field, first, second, across = _circle_field(theta, matrix)
        return np.concatenate([field, first, -second - first * slope, first * shift - 0.5 * field + across * slope])

    states = solution_at(rate, np.concatenate([labels, zero, _log_slope(start), zero]), increasing_times(times))
    angles, log_stretch, _, displacement = np.moveaxis(states.reshape(-1, 4, start.size), 1, 0)
    return CircleAlignment(start / np.sum(start), angles, np.exp(log_stretch), displacement)


def _circle_field(theta: Array, matrix: Array) -> tuple[Array, Array, Array, Array]:
    """Return f = <τ, Vx>, f_θ = <τ, Vτ> − <x, Vx>, f_θθ and <τ, Vτ>."""
    x = np.stack([np.cos(theta), np.sin(theta)])
    tau = np.stack([-x[1], x[0]])
    vx, vt = matrix @ x, matrix @ tau
    radial, across = np.sum(x * vx, axis=0), np.sum(tau * vt, axis=0)
    field, back = np.sum(tau * vx, axis=0), np.sum(x * vt, axis=0)
    return field, across - radial, -2.0 * (field + back), across


def _log_slope(density: Array) -> Array:
    """Return ∂_θ ln ρ of the Fourier interpolant of ln ρ."""
    waves = np.fft.rfftfreq(density.size, 1.0 / density.size)
    spectrum = 1j * waves * np.fft.rfft(np.log(density))
    if density.size % 2 == 0:
        spectrum[-1] = 0.0
    return np.asarray(np.fft.irfft(spectrum, density.size))
