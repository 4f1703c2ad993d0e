"""Repulsive attention at large β: the heat equation (softmax) and the porous-medium equation (no softmax).

Responsible for KᵀQ = I, V = −I after the alignment phase, in the slow clocks of the two normalizations: the limits
and, on the circle, the first correction in 1/β. Knows nothing of V = +I, for which both limits run backwards and are
ill-posed.

The limits are those of Bruno, Pasqualotto, Agazzi, arXiv:2509.25040 (its Remark 3.10 prints Δ(μ²); the factor ½ is
derived here). **Derived here.** With w_l/w_0 = 1 − l(l+d−2)/(2β) + O(β^{−2}), the partition of a smooth density is Z =
w_0(ρ + Δρ/(2β) + O(β^{−2})). Since X = −∇ln Z/β (softmax) or −∇Z/β (none),

    softmax, s = t/β:      ∂_sρ = div(ρ∇ln Z) = Δρ + (1/2β) div(ρ∇(Δρ/ρ)) + …,
    none, s = w_0(β) t/β:  ∂_sρ = div(ρ∇Z)/w_0 = ½Δ(ρ²) + (1/2β) div(ρ∇Δρ) + ….

Writing ρ^β = ρ + r/β + O(β^{−2}) with r = 0 at s = 0:

    softmax: ∂_sr = Δr + ½ div(ρ∇(Δρ/ρ));        none: ∂_sr = Δ(ρr) + ½ div(ρ∇Δρ).
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.bessel import log_eigenvalue
from kinetic.theory.domain import increasing_times
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

HEAT = "Bruno, Pasqualotto, Agazzi, arXiv:2509.25040; first correction derived here"
POROUS = "derived here; setting of arXiv:2509.25040, Remark 3.10"


@statement("derived", HEAT, "V = −I, softmax, circle: ρ^β = ρ + r/β, ρ the heat flow")
def heat_flow(density: ArrayLike, times: ArrayLike) -> tuple[Array, Array]:
    """Return the heat flow on the circle and the coefficient r of its first correction.

    ∂_sρ = ρ″; r by Duhamel's integral of ½(ρ(ρ″/ρ)′)′, with 48 Gauss–Legendre nodes in s.

    Parameters
    ----------
    density : array_like, shape (n,)
        ρ₀ > 0 at the angles 2πj/n.
    times : array_like, shape (k,)
        Increasing values of s = t/β from 0.

    Returns
    -------
    density, correction : ndarray, shape (k, n)
        ρ(s_i, θ_j) and r(s_i, θ_j): the density at finite β is ρ + r/β + O(β^{−2}).

    **Accuracy** 1e-12 for data resolved by n points (also of ρ″/ρ).
    """
    start = _positive(density)
    waves = _waves(start.size)
    spectrum = np.fft.rfft(start)
    nodes, weights = np.polynomial.legendre.leggauss(48)

    def correction(s: float) -> Array:
        total = np.zeros_like(spectrum)
        for past, weight in zip(0.5 * s * (nodes + 1.0), 0.5 * s * weights, strict=True):
            rho = np.fft.irfft(spectrum * np.exp(-(waves**2) * past), start.size)
            flux = rho * _derivative(_derivative(rho, 2) / rho, 1)
            total += weight * np.exp(-(waves**2) * (s - past)) * np.fft.rfft(0.5 * _derivative(flux, 1))
        return np.asarray(np.fft.irfft(total, start.size))

    instants = [float(s) for s in increasing_times(times)]
    rows = [np.fft.irfft(spectrum * np.exp(-(waves**2) * s), start.size) for s in instants]
    return np.array(rows), np.array([correction(s) for s in instants])


@statement("derived", POROUS, "V = −I, no softmax: the clock is s = w_0(β) t/β")
def porous_clock(times: ArrayLike, d: int, beta: float) -> Array:
    """Return s = w_0(β) t/β, the clock in which unnormalized attention obeys ∂_sρ = ½Δ(ρ²) as β → ∞.

    The drift is −∇Z/β with Z ≈ w_0ρ. (Dividing the attention by w_0/β makes t this clock.)

    Parameters
    ----------
    times : array_like
        Times t.
    beta : float
        Inverse temperature, 0 < β ≤ 600.

    Returns
    -------
    ndarray
        s, of the shape of `times`.
    """
    return np.asarray(np.asarray(times, dtype=np.float64) * math.exp(log_eigenvalue(0, d, beta)) / beta)


@statement("derived", POROUS, "V = −I, no softmax, circle: ρ^β = ρ + r/β, ∂_sρ = ½(ρ²)″")
def porous_flow(density: ArrayLike, times: ArrayLike) -> tuple[Array, Array]:
    """Return the porous-medium flow on the circle and the coefficient r of its first correction.

    ∂_sρ = ½(ρ²)″, ∂_sr = (ρr)″ + ½(ρρ‴)′.

    Parameters
    ----------
    density : array_like, shape (n,)
        ρ₀ > 0 at the angles 2πj/n.
    times : array_like, shape (k,)
        Increasing values of s of `porous_clock`.

    Returns
    -------
    density, correction : ndarray, shape (k, n)
        ρ(s_i, θ_j) and r(s_i, θ_j): the density at finite β is ρ + r/β + O(β^{−2}).

    **Accuracy** 1e-11 for data resolved by 2n/3 points. **Cost** About n²·max ρ·s/20 steps of twelve transforms.
    """
    start = _positive(density)

    def rate(_: float, flat: Array) -> Array:
        rho, r = flat.reshape(2, -1)
        ahead = 0.5 * _derivative(rho * rho, 2)
        source = _derivative(rho * r, 2) + 0.5 * _derivative(rho * _derivative(rho, 3), 1)
        return np.concatenate([_smooth(ahead), _smooth(source)])

    states = solution_at(rate, np.concatenate([start, np.zeros_like(start)]), times)
    return states[:, : start.size], states[:, start.size :]


def _positive(density: ArrayLike) -> Array:
    """Return the values, scaled to mean one, refused unless all are positive."""
    values = np.asarray(density, dtype=np.float64)
    if values.ndim != 1 or values.size < 8 or not np.all(values > 0.0):
        raise DomainError(
            f"a density of shape {values.shape} is not positive on the circle; give eight or more positive values"
        )
    return np.asarray(values / np.mean(values))


def _waves(count: int) -> Array:
    """Return the wave numbers of the real transform."""
    return np.arange(count // 2 + 1, dtype=np.float64)


def _derivative(values: Array, order: int) -> Array:
    """Return a derivative of the Fourier interpolant; the highest wave of an even count is dropped."""
    factors = (1j * _waves(values.size)) ** order
    if values.size % 2 == 0:
        factors[-1] = 0.0
    return np.asarray(np.fft.irfft(factors * np.fft.rfft(values), values.size))


def _smooth(values: Array) -> Array:
    """Return the values without the upper third of the waves, which quadratic products alias into."""
    spectrum = np.fft.rfft(values)
    spectrum[values.size // 3 + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, values.size))
