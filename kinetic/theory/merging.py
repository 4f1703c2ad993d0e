"""Two Dirac masses of any weights at any angle: how they approach, and when they have merged.

Responsible for the exact two-atom equation, where the two meet, and the staircase of the energy.
Knows nothing of a third mass.

**Derived here** (the setting is Bruno, Pasqualotto, Agazzi, arXiv:2509.25040; the pairing theorem as
restated in arXiv:2512.01868 lacks the mass ratio and the running inner product). With ρ = <x₁, x₂>:

    none: ρ′ = (m₁ + m₂)(1 − ρ²) e^{βρ},
    softmax: ρ′ = (1 − ρ²) [ m₂e^{βρ}/(m₁e^β + m₂e^{βρ}) + m₁e^{βρ}/(m₂e^β + m₁e^{βρ}) ].

In u = artanh ρ the factor 1 − ρ² drops out.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import DomainError
from kinetic.theory.domain import (
    increasing_times,
    normalized_masses,
    require_between,
    require_finite,
    require_normalization,
)
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import begun, monotone_solution_at, one_step
from kinetic.types import Array, ArrayLike, Normalization

_ONE = 1e-8  # chord of two tokens that go on as one

SOURCE = "derived here; pairing phase of Bruno, Pasqualotto, Agazzi, arXiv:2509.25040"


@statement("derived", SOURCE, "the cosine between two Dirac masses obeys one exact equation")
def cosine_rate(rho: float, beta: float, m1: float, m2: float, normalization: Normalization) -> float:
    """Return ρ′ for two Dirac masses of cosine ρ.

    Parameters
    ----------
    rho : float
        Cosine of their angle, −1 ≤ ρ ≤ 1.
    m1, m2 : float
        Their masses, positive; softmax depends on m₁/m₂ only, the unnormalized sum on m₁ + m₂ only.
    """
    require_between("rho", rho, math.nextafter(-1.0, -2.0), math.nextafter(1.0, 2.0))
    return (1.0 - rho) * (1.0 + rho) * _stretched_rate(1.0 - rho, beta, m1, m2, normalization)


@statement("derived", SOURCE, "the cosine between two Dirac masses obeys one exact equation")
def cosine_trajectory(
    rho0: float, times: ArrayLike, beta: float, m1: float, m2: float, normalization: Normalization
) -> tuple[Array, Array]:
    """Return ρ(t) and 1 − ρ(t) for two Dirac masses of cosine ρ₀ at t = 0.

    Parameters
    ----------
    rho0 : float
        Initial cosine, −1 < ρ₀ < 1.
    m1, m2
        As for `cosine_rate`.

    Returns
    -------
    cosine, deficit : ndarray, shape (n,)
        ρ(t_i) and 1 − ρ(t_i).

    **Accuracy** Relative 1e-11 of 1 − ρ.
    """
    require_between("rho0", rho0, -1.0, 1.0)

    levels = monotone_solution_at(
        lambda u: _stretched_rate(_deficit(u), beta, m1, m2, normalization), math.atanh(rho0), times
    )
    return np.tanh(levels), np.array([_deficit(float(u)) for u in levels])


@statement(
    "theorem",
    "Geshkovski, Letrouit, Polyanskiy, Rigollet, arXiv:2312.10794",
    "tokens of several masses move by x′ = P_x Σ_j m_j e^{β<x,x_j>} x_j (over its sum of weights: softmax)",
)
def token_means(
    points: ArrayLike, masses: ArrayLike, times: ArrayLike, beta: float, normalization: Normalization
) -> Array:
    """Return |Σ_i m_i x_i| at the times, for a few tokens; as nodes of a rule they stand for bumps of positive width.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Unit vectors x_i(0).
    masses : array_like, shape (n,)
        Non-negative weights; they are scaled to sum one.

    Returns
    -------
    ndarray, shape (k,)
        Lengths of the mean.

    **Accuracy** Absolute 1e-11. **Cost** n² exponentials for each evaluation.
    """
    return _way(points, masses, times, beta, normalization)[0]


@statement("derived", SOURCE, "tokens come as far in W₂ as ∫ (Σ m |x′|²)^{1/2} dt")
def token_lengths(
    points: ArrayLike, masses: ArrayLike, times: ArrayLike, beta: float, normalization: Normalization
) -> Array:
    """Return ∫ (Σ_i m_i |x_i′|²)^{1/2} dt up to the times, for a few tokens.

    Parameters
    ----------
    points, masses
        As for `token_means`.

    Returns
    -------
    ndarray, shape (k,)
        Lengths of the path in W₂, radians.

    **Accuracy** Absolute 1e-8: what tokens that have come so near would still move.
    """
    return _way(points, masses, times, beta, normalization)[1]


@statement("derived", SOURCE, "a step of the staircase is φ √(m₁m₂/(m₁+m₂)) long in W₂ (USA)")
def pair_length(rho0: float, beta: float, m1: float, m2: float, normalization: Normalization) -> float:
    """Return the length in W₂ of the way of two Dirac masses from a cosine ρ₀ until they meet.

    Their velocities are as w₁ : w₂ while the angle closes from φ to 0, so that the length is ∫_0^φ (m₁ w₁² + m₂
    w₂²)^{1/2}/(w₁ + w₂) dφ. Without softmax w₁ : w₂ = m₂ : m₁, and the length is φ √(m₁ m₂/(m₁ + m₂)) at every β:
    the times of mergers depend on e^{β cos φ}, the lengths do not.

    Parameters
    ----------
    rho0 : float
        Cosine of the angle at first, −1 < ρ₀ < 1.
    m1, m2
        As for `cosine_rate`; masses are those of the whole measure, not scaled.

    **Accuracy** 1e-10.
    """
    if normalization == "none":
        require_between("rho0", rho0, -1.0, 1.0)
        _require_masses(m1, m2)
        return math.acos(rho0) * math.sqrt(m1 * m2 / (m1 + m2))
    require_normalization(normalization)
    return _on_the_way(lambda one, two: math.sqrt(m1 * one**2 + m2 * two**2), rho0, beta, m1, m2)


@statement(
    "derived",
    "derived here; setting of arXiv:2410.06833 and arXiv:2509.25040",
    "one cluster of a pair travels m₂/(m₁+m₂) of their angle (USA)",
)
def meeting_fraction(rho0: float, beta: float, m1: float, m2: float, normalization: Normalization) -> float:
    """Return which share of the angle of two Dirac masses the first has travelled when they meet.

    Without softmax m₂/(m₁ + m₂) at every β. With softmax the mean over the angle of w₁/(w₁ + w₂), w₁ = m₂/(m₁ p + m₂),
    w₂ = m₁/(m₂ p + m₁), p = e^{β(1 − cos φ)}, which tends to m₂²/(m₁² + m₂²) as β → ∞.

    Parameters
    ----------
    rho0, m1, m2
        As for `pair_length`.

    **Accuracy** 1e-10.
    """
    if normalization == "none":
        require_between("rho0", rho0, -1.0, 1.0)
        _require_masses(m1, m2)
        return m2 / (m1 + m2)
    require_normalization(normalization)
    return _on_the_way(lambda one, _: one, rho0, beta, m1, m2) / math.acos(rho0)


def _on_the_way(part: Callable[[float, float], float], rho0: float, beta: float, m1: float, m2: float) -> float:
    """Return ∫ part(w₁, w₂)/(w₁ + w₂) dφ while the angle of two masses closes under softmax, w their velocities."""
    require_between("rho0", rho0, -1.0, 1.0)
    _require_masses(m1, m2)

    def element(phi: float) -> float:
        penalty = math.exp(min(2.0 * beta * math.sin(0.5 * phi) ** 2, 700.0))
        one, two = m2 / (m1 * penalty + m2), m1 / (m2 * penalty + m1)
        return part(one, two) / (one + two)

    from scipy.integrate import quad  # loading it takes longer than many a run

    value, _ = quad(element, 0.0, math.acos(rho0), epsabs=1e-12, epsrel=1e-12, limit=500)
    return float(value)


def _way(
    points: ArrayLike, masses: ArrayLike, times: ArrayLike, beta: float, normalization: Normalization
) -> tuple[Array, Array]:
    """Return |Σ m x| and the length of the path at the times.

    Two tokens nearer than `_ONE` go on as one, at the cost of its square: they would hold steps to the time in which
    they contract, however long others wait.
    """
    x = np.asarray(points, dtype=np.float64)
    weights, instants = normalized_masses(masses, len(x)), increasing_times(times)
    require_finite("beta", beta)
    require_normalization(normalization)
    found = np.zeros((instants.size, 2))
    now, length, done, step = 0.0, 0.0, 0, None
    while len(x) > 1 and now < instants[-1]:
        solver = begun(
            _rates(weights, beta, normalization), now, np.append(x.ravel(), length), float(instants[-1]), step
        )
        count = weights.size
        while solver.status == "running" and weights.size == count:
            one_step(solver)
            reached = int(np.searchsorted(instants, solver.t, side="right"))
            if reached > done:
                states = solver.dense_output()(instants[done:reached])
                means = np.tensordot(weights, states[:-1].reshape(*x.shape, -1), axes=1)
                found[done:reached] = np.stack([np.linalg.norm(means, axis=0), states[-1]], axis=1)
                done = reached
            x, length = solver.y[:-1].reshape(x.shape), float(solver.y[-1])
            x, weights = _fused(x, weights)
        now, step = float(solver.t), float(solver.step_size)
    found[done:] = np.linalg.norm(weights @ x), length
    return found[:, 0], found[:, 1]


def _rates(weights: Array, beta: float, normalization: Normalization) -> Callable[[float, Array], Array]:
    """Return X of all tokens, raveled, and the speed in W₂, as a function of the tokens and the length so far."""

    def rates(_: float, state: Array) -> Array:
        tokens = state[:-1].reshape(weights.size, -1)
        tokens = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)  # of a trial step that went wild
        scores = beta * (tokens @ tokens.T)
        if normalization == "softmax":
            scores -= scores.max(axis=1, keepdims=True)
        kernel = np.exp(scores) * weights
        if normalization == "softmax":
            kernel /= kernel.sum(axis=1, keepdims=True)
        np.fill_diagonal(kernel, 0.0)  # no token moves itself: what waits for long is not moved by rounding
        output = kernel @ tokens
        moved = output - np.sum(output * tokens, axis=1, keepdims=True) * tokens
        return np.append(moved.ravel(), math.sqrt(float(weights @ (moved**2).sum(axis=1))))

    return rates


def _fused(x: Array, weights: Array) -> tuple[Array, Array]:
    """Return tokens and masses, the nearest two as one while they are nearer than `_ONE`."""
    while len(x) > 1:
        square = ((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2)
        np.fill_diagonal(square, np.inf)
        first, second = np.unravel_index(int(np.argmin(square)), square.shape)
        if square[first, second] >= _ONE**2:
            break
        mean = weights[first] * x[first] + weights[second] * x[second]
        others = np.setdiff1d(np.arange(len(x)), [first, second])
        x = np.concatenate([x[others], mean[None] / np.linalg.norm(mean)])
        weights = np.append(weights[others], weights[first] + weights[second])
    return x, weights


@statement("derived", SOURCE, "energy of well separated Dirac masses: Σ m_i² e^β/(2β)")
def energy_plateau(masses: ArrayLike, beta: float) -> float:
    """Return Σ m_i² e^β/(2β), the energy of Dirac masses so far apart that e^{β<x,y>} ≪ e^β between them.

    Parameters
    ----------
    masses : array_like
        Masses m_i.
    beta : float
        Inverse temperature, β > 0; the neglected terms are Σ_{i≠j} m_i m_j e^{β<x_i,x_j>}/(2β).
    """
    require_between("beta", beta, 0.0, math.inf)
    weights: NDArray[np.float64] = np.asarray(masses, dtype=np.float64)
    return float(np.sum(weights**2)) * math.exp(beta) / (2.0 * beta)


def _require_masses(m1: float, m2: float) -> None:
    """Refuse masses that are not positive and finite."""
    if not (0.0 < m1 < math.inf and 0.0 < m2 < math.inf):
        raise DomainError(f"masses m1 = {m1!r}, m2 = {m2!r} are not possible; allowed: positive finite numbers")


def _deficit(u: float) -> float:
    """Return 1 − tanh u."""
    return 2.0 * math.exp(-float(np.logaddexp(0.0, 2.0 * u)))


def _stretched_rate(deficit: float, beta: float, m1: float, m2: float, normalization: Normalization) -> float:
    """Return ρ′/(1 − ρ²) at 1 − ρ = deficit."""
    _require_masses(m1, m2)
    require_finite("beta", beta)
    require_normalization(normalization)
    if normalization == "none":
        return (m1 + m2) * math.exp(beta * (1.0 - deficit))
    ratio, penalty = m1 / m2, math.exp(min(beta * deficit, 700.0))
    return 1.0 / (1.0 + ratio * penalty) + 1.0 / (1.0 + penalty / ratio)
