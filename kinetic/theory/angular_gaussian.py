"""Linear attention, solved: densities that stay angular central Gaussian, for every query, key and value matrix.

With the kernel g(t) = t, not divided by anything, X = P_x Σ_h V_h S K_hᵀQ_h x, S = ∫ y yᵀ dμ: the flow of
x ↦ G x/|G x|, G' = MG, M = Σ_h V_h S K_hᵀQ_h. It carries the density of Gz/|Gz|, z normal of covariance Σ_0,

    ρ(x) = det(Σ)^{−1/2} (xᵀΣ^{−1}x)^{−d/2},      Σ' = MΣ + ΣMᵀ,  M = Σ_h V_h S(Σ) K_hᵀQ_h,

to one of the same kind, whatever the matrices (derived here; d = 2 with its Kuramoto reading: arXiv:2607.18584). S has
the eigenvectors of Σ, and for the eigenvalues s_i those of

    S_i = ∫_0^∞ s_i (1 + 2us_i)^{−1} Π_j (1 + 2us_j)^{−1/2} du,

because 1/|Gz|² is an integral of Gaussians. Knows densities of this family only; a number times Σ is the same density.
"""

from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory.domain import increasing_times, require_dimension
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; on the circle arXiv:2607.18584"
_STEP = 0.125
"""Of the trapezoidal rule in ln u: its error is e^{−2π²/h}, the integrand being analytic for |Im ln u| < π."""

_TAIL = 44.0
"""Beyond e^{−44} of the range of u on either side there is less than rounding."""

_TOLERANCE = 1e-12

Head = tuple[ArrayLike, ArrayLike, ArrayLike]
"""Q, K, V."""


@statement("derived", SOURCE, "the second moments of an angular central Gaussian density")
def second_moments(variances: ArrayLike, multiplicities: ArrayLike | None = None) -> Array:
    """Return the eigenvalues S_i of ∫ y yᵀ dμ from those of Σ.

    Parameters
    ----------
    variances : array_like, shape (k,)
        The different eigenvalues s_i > 0 of Σ.
    multiplicities : array_like, shape (k,), optional
        How often each occurs, once by default.

    Returns
    -------
    ndarray, shape (k,)
        Σ multiplicities · S = 1.

    **Accuracy** 1e-14 for ratios of the variances up to 1e12.
    """
    s = np.asarray(variances, dtype=np.float64)
    m = np.ones_like(s) if multiplicities is None else np.asarray(multiplicities, dtype=np.float64)
    if not (np.all(np.isfinite(s)) and np.all(s > 0)):
        raise DomainError(f"variances {s.tolist()} are not all positive; an angular Gaussian density needs that")
    s = s / s.max()
    logs = np.arange(-_TAIL - np.log(m.sum()), _TAIL - np.log(s.min()), _STEP)
    factors = 1.0 / (1.0 + 2.0 * np.exp(logs) * s[:, None])
    shared = np.exp(0.5 * (m @ np.log(factors)) + logs)
    return np.asarray(s * (factors @ shared) * _STEP)


@statement("derived", SOURCE, "linear attention keeps densities angular central Gaussian")
def covariances(start: ArrayLike, heads: Sequence[Head], times: ArrayLike) -> Array:
    """Return Σ(t) of Σ' = MΣ + ΣMᵀ, each scaled to trace d.

    Parameters
    ----------
    start : array_like, shape (d, d)
        Σ at time 0: symmetric, positive.
    heads : sequence of (Q, K, V)
        Matrices of shape (d, d).
    times : array_like, shape (n,)
        Increasing from 0.

    Returns
    -------
    ndarray, shape (n, d, d)

    **Accuracy** 1e-11 relative, while the variances' ratio stays below 1e10.
    """
    sigma, when = np.asarray(start, dtype=np.float64), increasing_times(times)
    d = sigma.shape[0]
    require_dimension(d)
    forms = [(np.asarray(v, float), np.asarray(k, float).T @ np.asarray(q, float)) for q, k, v in heads]

    def rate(_: float, flat: Array) -> Array:
        now = flat.reshape(d, d)
        moments = _second_moment_matrix(now)
        grown = sum(value @ moments @ form for value, form in forms) @ now
        both = grown + grown.T
        return np.asarray(both - np.trace(both) / d * now).ravel()

    end = max(float(when[-1]), 1e-300)
    scaled = sigma * d / np.trace(sigma)
    solution = solve_ivp(rate, (0.0, end), scaled.ravel(), "DOP853", when, rtol=_TOLERANCE, atol=_TOLERANCE)
    return np.asarray(solution.y.T.reshape(-1, d, d))


@statement("derived", SOURCE, "axisymmetric: the log-ratio of variances grows at 2c(S_1 − S_2)")
def ratio_trajectory(d: int, ratio: float, strength: float, times: ArrayLike) -> Array:
    """Return the ratio of the variance along the axis to that across it, for scalar heads.

    Parameters
    ----------
    ratio : float
        At time 0, > 0; 1 is uniform.
    strength : float
        c = Σ_h v_h q_h k_h.
    times : array_like, shape (n,)
        Increasing from 0.

    Returns
    -------
    ndarray, shape (n,)
    """
    require_dimension(d)
    when = increasing_times(times)

    def rate(_: float, log_ratio: Array) -> Array:
        along, across = second_moments([float(np.exp(log_ratio[0])), 1.0], [1, d - 1])
        return np.array([2.0 * strength * (along - across)])

    end = max(float(when[-1]), 1e-300)
    solution = solve_ivp(rate, (0.0, end), [np.log(ratio)], "DOP853", when, rtol=_TOLERANCE, atol=_TOLERANCE)
    return np.asarray(np.exp(solution.y[0]))


@statement("derived", SOURCE, "ρ = det(Σ)^{−1/2} (xᵀΣ^{−1}x)^{−d/2}")
def log_density(points: ArrayLike, covariance: ArrayLike) -> Array:
    """Return ln ρ at unit vectors, shape (…, d) -> (…).

    Parameters
    ----------
    points : array_like, shape (…, d)
    covariance : array_like, shape (d, d)
    """
    x, sigma = np.asarray(points, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    values, vectors = np.linalg.eigh(sigma)
    length = ((x @ vectors) ** 2 / values).sum(axis=-1)
    return np.asarray(-0.5 * np.log(values).sum() - 0.5 * sigma.shape[0] * np.log(length))


@statement("derived", SOURCE, "ρ = a^{−1/2} (1 − (1 − 1/a) t²)^{−d/2}")
def axisymmetric_log_density(cosines: ArrayLike, d: int, ratio: float) -> Array:
    """Return ln ρ at cosines to the axis, for a ratio a of the variance along it to that across."""
    t = np.asarray(cosines, dtype=np.float64)
    return np.asarray(-0.5 * np.log(ratio) - 0.5 * d * np.log1p((1.0 / ratio - 1.0) * t * t))


def _second_moment_matrix(sigma: Array) -> Array:
    values, vectors = np.linalg.eigh(sigma)
    return np.asarray((vectors * second_moments(values)) @ vectors.T)
