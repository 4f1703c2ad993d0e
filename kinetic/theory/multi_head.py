"""Two equal Dirac masses under several scalar heads, without softmax.

Responsible for heads that pull in opposite directions: the energy of one of them may fall while the total
rises, and below a threshold angle the masses repel. Knows nothing of softmax, under which the total need
not rise.

**Derived here** (the setting is arXiv:2605.04279). Head h has the score b_h<x, y> and the value v_h; two
masses ½ at cosine γ obey γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}, and E_h = (v_h/2b_h)(½e^{b_h} + ½e^{b_hγ}).
"""

import math
from collections.abc import Sequence

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.domain import require_between
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; setting of arXiv:2605.04279"


@statement("derived", SOURCE, "two equal masses: γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}")
def two_atom_rate(gamma: float, heads: Sequence[tuple[float, float]]) -> float:
    """Return γ′ for two equal Dirac masses of cosine γ.

    Parameters
    ----------
    gamma : float
        Cosine, −1 < γ < 1.
    heads : sequence of (float, float)
        (b_h, v_h): score b_h<x, y> = β_h q_h k_h <x, y>, value v_h.
    """
    require_between("gamma", gamma, -1.0, 1.0)
    return (1.0 - gamma) * (1.0 + gamma) * sum(value * math.exp(b * gamma) for b, value in heads)


@statement("derived", SOURCE, "two equal masses: dE_h/dt = ¼ v_h e^{b_hγ} γ′, of either sign")
def head_energy_rate(gamma: float, heads: Sequence[tuple[float, float]], which: int) -> float:
    """Return dE_h/dt of one head; its sign is that of v_h e^{b_hγ} Σ_g v_g e^{b_gγ}.

    Parameters
    ----------
    gamma, heads
        As for `two_atom_rate`.
    which : int
        Index h of the head.

    Returns
    -------
    float
        A rate of energy; the sum over h is never negative.
    """
    b, value = heads[which]
    return 0.25 * value * math.exp(b * gamma) * two_atom_rate(gamma, heads)


@statement("derived", SOURCE, "two equal masses follow γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}")
def two_atom_cosines(start: float, times: ArrayLike, heads: Sequence[tuple[float, float]]) -> Array:
    """Return γ(t) of two equal Dirac masses.

    Parameters
    ----------
    start : float
        γ(0), −1 < γ(0) < 1.
    times : array_like, shape (k,)
        Increasing times from 0.
    heads
        As for `two_atom_rate`.

    Returns
    -------
    ndarray, shape (k,)
        Cosines.

    **Accuracy** 1e-12 of ln((1 + γ)/(1 − γ)) = 2η, η′ = Σ_h v_h e^{b_h tanh η}, which has no end to overshoot.
    """
    require_between("start", start, -1.0, 1.0)

    def rate(_: float, state: Array) -> Array:
        gamma = math.tanh(float(state[0]))
        return np.array([sum(value * math.exp(b * gamma) for b, value in heads)])

    return np.asarray(np.tanh(solution_at(rate, np.array([math.atanh(start)]), times)[:, 0]))


@statement("derived", SOURCE, "two equal masses: E_h = (v_h/4b_h)(e^{b_h} + e^{b_hγ})")
def two_atom_energies(gamma: ArrayLike, heads: Sequence[tuple[float, float]]) -> Array:
    """Return E_h = (v_h/2b_h)(½e^{b_h} + ½e^{b_hγ}) of each head for two equal Dirac masses.

    Parameters
    ----------
    gamma : array_like, shape (k,)
        Cosines.
    heads
        As for `two_atom_rate`, b_h ≠ 0.

    Returns
    -------
    ndarray, shape (k, number of heads)
        Energies.
    """
    cosines = np.asarray(gamma, dtype=np.float64)[..., None]
    b, value = np.array(heads, dtype=np.float64).T
    return np.asarray(0.25 * value / b * (np.exp(b) + np.exp(b * cosines)))


@statement("derived", SOURCE, "circle: ln s² changes at −Σ_h v_h (e^{b_h} + e^{b_hγ}(γ − b_h(1 − γ²)))")
def largest_variance_factor(gamma: ArrayLike, times: ArrayLike, heads: Sequence[tuple[float, float]]) -> float:
    """Return by what the variance of two equal narrow clumps on the circle has grown at most on their way, ≥ 1.

    At a small offset x from its clump's centre a token moves at −(x/2) Σ_h v_h (e^{b_h} + e^{b_hγ}(γ − b_h(1 − γ²))):
    the first term is its own clump's attraction, the second the derivative of the other's, e^{b cos θ} sin θ.

    Parameters
    ----------
    gamma, times : array_like, shape (k,)
        The cosine of the clumps on the way.
    heads
        As for `two_atom_rate`.

    Returns
    -------
    float
        Infinite beyond e^{700}.

    **Accuracy** That of the trapezoidal rule in the times given.
    """
    c, t = np.asarray(gamma, dtype=np.float64), np.asarray(times, dtype=np.float64)
    pull = sum(v * (math.exp(b) + np.exp(b * c) * (c - b * (1.0 - c) * (1.0 + c))) for b, v in heads)
    rates = -np.asarray(pull)
    exponents = np.concatenate([[0.0], np.cumsum(0.5 * (rates[1:] + rates[:-1]) * np.diff(t))])
    largest = float(exponents.max())
    return math.exp(largest) if largest < 700.0 else math.inf


@statement("derived", SOURCE, "heads a and −b: masses approach iff γ > ln(b/a)/((a+b)β)")
def opposite_heads_threshold(a: float, b: float, beta: float) -> float:
    """Return γ* = ln(b/a)/((a+b)β): above it two masses approach under heads a and −b, below it they repel.

    The heads are (βa, a) and (−βb, −b): approach iff a e^{βaγ} > b e^{−βbγ}.

    Parameters
    ----------
    a, b : float
        Strengths of the attracting and of the repelling head, positive.
    beta : float
        Inverse temperature, β > 0.

    Returns
    -------
    float
        An unstable stationary cosine; outside (−1, 1) one of the two heads always wins.
    """
    require_between("a", a, 0.0, math.inf)
    require_between("b", b, 0.0, math.inf)
    require_between("beta", beta, 0.0, math.inf)
    return math.log(b / a) / ((a + b) * beta)


@statement("derived", SOURCE, "unequal heads attract at least as fast as equal ones of the same mean")
def equal_heads_bound(gamma: float, strengths: Sequence[float], beta: float) -> float:
    """Return (1 − γ²) H m̄ e^{βm̄γ}, a lower bound of the rate of H heads (βm_h, m_h) of mean strength m̄.

    m ↦ m e^{βγm} has the second derivative βγ(2 + βγm)e^{βγm}, so that it is convex wherever βγ ≥ 0 and βγm ≥ −2;
    Jensen's inequality does the rest, with equality iff all m_h agree or βγ = 0.

    Parameters
    ----------
    gamma : float
        Cosine, −1 < γ < 1.
    strengths : sequence of float
        m_h, each with βγm_h ≥ −2.
    beta : float
        Inverse temperature, with βγ ≥ 0.

    Returns
    -------
    float
        At most `two_atom_rate(gamma, [(beta * m, m) for m in strengths])`.

    Raises
    ------
    DomainError
        If a strength lies where the function is not convex.
    """
    product = beta * gamma
    if product < 0.0 or any(product * m < -2.0 for m in strengths):
        raise DomainError(
            f"βγ = {product!r} with strengths {list(strengths)!r} is not convex; allowed: βγ ≥ 0, βγm ≥ −2"
        )
    mean = sum(strengths) / len(strengths)
    return two_atom_rate(gamma, [(beta * mean, mean)] * len(strengths))
