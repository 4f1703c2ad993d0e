"""N tokens beside a density: drawn from its initial data, moved by the same attention, and where the two must part.

The user's cross-check of a record. On the circle the sums over tokens run over the kernel's few Fourier modes, so that
10⁵ tokens take seconds; elsewhere they are the plain sums of `particles`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from kinetic.attention.kernel import ExponentialKernel
from kinetic.case import Case, Head, Mixture, Uniform, VonMisesFisher
from kinetic.errors import Blowup, DomainError
from kinetic.particles import TokenHead, simulate
from kinetic.record import Record
from kinetic.sampling import sample, sample_uniform, sample_von_mises_fisher
from kinetic.theory.finite_tokens import parting_time
from kinetic.types import Array, Normalization

_ANGLE_TOLERANCE = 1e-13  # radians: local error of a token on the circle


@dataclass(frozen=True)
class TokenRun:
    """N tokens at the times of a record's rows.

    Parameters
    ----------
    count, seed : int
        N, and the seed of the draw.
    times, order_parameter, order_deficit : Array
        Of shape (n,); 1 − R is NaN where the tokens are closer together than their angles are known.
    parting_time : float
        When the last token has left the antipode, ln N/((d−1)λ_a): from here on N tokens collapse at the cluster's
        rate, whatever the density does. NaN for other than one identity head.
    """

    count: int
    seed: int
    times: Array
    order_parameter: Array
    order_deficit: Array
    parting_time: float


def follow_tokens(record: Record, count: int, seed: int, progress: Callable[[float], None] | None = None) -> TokenRun:
    """Draw N tokens from a record's initial density and move them as its case says.

    Parameters
    ----------
    record : Record
    count : int
        N ≥ 2.
    seed : int
    progress : callable, optional
        Called with the time reached.

    Raises
    ------
    DomainError
        If the initial density cannot be drawn from, or the run has noise.

    Cost
    ----
    Per step, N·K for an identity head on the circle (K = 16 modes at β = 1), N² for every head elsewhere.
    """
    case = Case.parse(record.case_text, record.overrides, record.case_name)
    heads = case.attention.all_heads
    if case.noise.diffusion:
        raise DomainError(
            f"tokens: this run has noise, diffusion {case.noise.diffusion:g}; tokens are moved without; leave out "
            "--particles and compare it with theory alone"
        )
    if count < 2:
        raise DomainError(f"tokens: received {count}; at least 2 are needed")
    identity = len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0)
    beta, normalization = heads[0].beta, case.attention.normalization
    points = draw(record, case, count, np.random.default_rng(seed))
    times = record.observables["time"]
    if identity and case.space.dimension == 2:
        order, deficit = _circle(points, times, beta, normalization, progress)
    else:
        moved = simulate(points, times, [_token_head(head) for head in heads], normalization, progress=progress)
        order, deficit = moved.order_parameter, moved.order_deficit
    part = parting_time(count, case.space.dimension, beta, normalization) if identity else math.nan
    return TokenRun(count, seed, times, order, deficit, part)


def _token_head(head: Head) -> TokenHead:
    """Return a head of a case as the particles want it."""
    query, key, value = (None if matrix == "identity" else matrix for matrix in (head.query, head.key, head.value))
    return TokenHead(head.beta, query, key, value)


def draw(record: Record, case: Case, count: int, rng: np.random.Generator) -> Array:
    """Return N points of S^{d-1} drawn from the initial density, shape (N, d); a zonal axis is the last coordinate."""
    given, d = case.initial, case.space.dimension
    if isinstance(given, Uniform):
        return sample_uniform(d, count, rng)
    if isinstance(given, VonMisesFisher):
        return sample_von_mises_fisher(_axis(given.mean, 1.0, d), given.concentration, count, rng)
    if isinstance(given, Mixture):
        return _draw_mixture(given, d, count, rng)
    if case.space.kind == "zonal" and d > 8:
        raise DomainError(f"tokens: initial.kind {given.kind} cannot be drawn from in dimension {d}")
    density = record.density(0)

    def log_density(points: Array) -> Array:
        seen = points[:, -1] if case.space.kind == "zonal" else points
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.nan_to_num(np.log(density.values(seen)), nan=-np.inf, neginf=-np.inf), dtype=float)

    highest = np.max(log_density(sample_uniform(d, 20_000, rng)))
    return sample(log_density, d, count, rng, float(highest) + 0.2)


def _draw_mixture(given: Mixture, d: int, count: int, rng: np.random.Generator) -> Array:
    weights = [given.uniform, *(component.weight for component in given.components)]
    shares = rng.multinomial(count, np.array(weights) / sum(weights))
    parts = [sample_uniform(d, int(shares[0]), rng)]
    for component, share in zip(given.components, shares[1:], strict=True):
        axis = _axis(component.mean, float(component.axis or 1), d)
        parts.append(sample_von_mises_fisher(axis, component.concentration, int(share), rng))
    return np.concatenate(parts)


def _axis(mean: tuple[float, ...] | None, sign: float, d: int) -> Array:
    return np.asarray(mean if mean is not None else sign * np.eye(d)[-1], dtype=float)


def _circle(
    points: Array,
    times: Array,
    beta: float,
    normalization: Normalization,
    progress: Callable[[float], None] | None,
) -> tuple[Array, Array]:
    """Return R and 1 − R of tokens on the circle: θ' = Σ_k 2k g_k Im(m_k e^{ikθ}), m_k = (1/N) Σ_j e^{−ikθ_j}."""
    kernel = ExponentialKernel(beta, 2)
    degree = kernel.significant_degree(10_000)
    k = np.arange(1, degree + 1)
    slopes, levels = 2 * k * kernel.potential_eigenvalues(degree)[1:], 2 * kernel.eigenvalues(degree)[1:]
    constant = float(np.exp(kernel.log_constant))

    def velocity(time: float, angles: Array) -> Array:
        if progress is not None:
            progress(time)
        z = np.exp(1j * angles)
        moments = _power_sums(z, degree)
        drift = -_series(z, slopes * moments).imag
        return drift / (constant + _series(z, levels * moments).real) if normalization == "softmax" else drift

    start = np.arctan2(points[:, 1], points[:, 0])
    solution = solve_ivp(velocity, (0.0, times[-1]), start, "DOP853", times, rtol=2.5e-14, atol=_ANGLE_TOLERANCE)
    if not solution.success:
        raise Blowup(f"tokens: the time stepper gave up, {solution.message}")
    return _order(solution.y)


def _power_sums(z: Array, degree: int) -> Array:
    """Return (1/N) Σ_j z_j^{−k}, k = 1 … degree."""
    inverse, power, sums = z.conj(), np.ones_like(z), []
    for _ in range(degree):
        power = power * inverse
        sums.append(power.mean())
    return np.array(sums)


def _series(z: Array, coefficients: Array) -> Array:
    """Return Σ_k c_k z^k, k = 1 …, by Horner's rule."""
    total = np.full_like(z, coefficients[-1])
    for c in coefficients[-2::-1]:
        total = total * z + c
    return total * z


def _order(angles: Array) -> tuple[Array, Array]:
    """Return R and 1 − R = mean of 2 sin²((θ − θ̄)/2) for angles of shape (N, n)."""
    mean = np.exp(1j * angles).mean(axis=0)
    deficits = (2 * np.sin(0.5 * (angles - np.angle(mean))) ** 2).mean(axis=0)
    known = deficits > (10 * _ANGLE_TOLERANCE) ** 2  # widths are known to a tenth
    return np.abs(mean), np.where(known, deficits, np.nan)
