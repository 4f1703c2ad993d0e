"""Phases of the noisy flow: how many stationary states there are at a given κ, which is preferred, and how they relax.

Responsible for the states of the degree-1 branch of `stationary` at prescribed κ, for its fold (spinodal) and the
point of equal free energy (binodal) without softmax, and for the rates of axisymmetric perturbations. Knows nothing of
perturbations that break the axis. The transitions are those of arXiv:2606.05140 and arXiv:2510.20094.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.linalg import eigvals, qr
from scipy.optimize import brentq

from kinetic.errors import DomainError
from kinetic.theory.bessel import eigenvalue_ratio, gegenbauer
from kinetic.theory.domain import require_between
from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.noise_transition import continuous_transition_ceiling
from kinetic.theory.statement import statement
from kinetic.theory.stationary import (
    LARGEST_CONCENTRATION,
    SOURCE,
    StationaryState,
    branch_axis,
    gibbs_masses,
    residuals,
    state_at,
    stationary_branch,
)
from kinetic.types import Array, Normalization


@statement("derived", SOURCE, "all axisymmetric degree-1 stationary states at a given κ")
def stationary_states(
    d: int, beta: float, normalization: Normalization, diffusion: float
) -> tuple[StationaryState, ...]:
    """Return every state of the degree-1 branch at one κ, by increasing M (the uniform density is not listed).

    None above the branch; one below κ_c; without softmax and β > β_* two for κ_c < κ < κ_sn, of which the first
    is unstable.

    Parameters
    ----------
    beta
        As for `stationary_branch`.
    diffusion : float
        κ > 0, large enough for M < A_d(400).

    Returns
    -------
    tuple of StationaryState
        Zero, one or two states.

    **Accuracy** As `stationary_branch`; M to 1e-10.
    """
    axis = branch_axis(d, beta, normalization)
    require_between("diffusion", diffusion, 0.0, math.inf)

    def excess(order: float) -> float:
        return state_at(axis, d, normalization, order).diffusion - diffusion

    roots: list[float] = []
    before, above = 0.0, critical_diffusion(1, d, beta, normalization) - diffusion
    for order in _order_grid(d, beta, normalization):
        here = excess(order)
        if above * here < 0.0:
            roots.append(float(brentq(excess, max(before, 1e-9), order, xtol=1e-12)))
            if normalization == "softmax":  # κ(M) falls all the way
                break
        before, above = order, here
    if above > 0.0 and not roots:
        raise DomainError(f"diffusion {diffusion!r} makes too narrow a state; allowed: above {diffusion + above:g}")
    return stationary_branch(d, beta, normalization, roots)


@statement("derived", SOURCE, "without softmax and β > β_* the branch ends at κ_sn > κ_c")
def spinodal(d: int, beta: float) -> StationaryState:
    """Return the state at the fold of the unnormalized branch: the largest κ with a state that is not uniform.

    Parameters
    ----------
    beta : float
        Inverse temperature, β > β_*(d) (`continuous_transition_ceiling`).

    Returns
    -------
    StationaryState
        With `diffusion` = κ_sn and `order` = M_sn.

    Raises
    ------
    DomainError
        If β ≤ β_*, where the branch has no fold.

    **Accuracy** κ_sn to 1e-11, M_sn to 1e-9 relative.
    """
    _require_first_order(d, beta)
    return _fold(d, beta)


@statement("derived", SOURCE, "without softmax and β > β_* both phases have equal free energy at κ_1")
def binodal(d: int, beta: float) -> StationaryState:
    """Return the state whose free energy equals that of the uniform density, κ_c < κ_1 < κ_sn.

    Parameters
    ----------
    beta
        As for `spinodal`.

    Returns
    -------
    StationaryState
        With `diffusion` = κ_1 and `order` = M_1.

    Raises
    ------
    DomainError
        If β ≤ β_*.

    **Accuracy** κ_1 and M_1 to 1e-9 relative.
    """
    fold = spinodal(d, beta)
    axis = branch_axis(d, beta, "none")

    def gap(order: float) -> float:
        return free_energy_excess(state_at(axis, d, "none", order))

    high = 0.5 * (1.0 + fold.order)
    while gap(high) > 0.0:
        high = 0.5 * (1.0 + high)
    return state_at(axis, d, "none", float(brentq(gap, fold.order, high, xtol=1e-13)))


@statement("derived", SOURCE, "F = κ∫ρ ln ρ − E, relative to the uniform density (no softmax)")
def free_energy_excess(state: StationaryState) -> float:
    """Return F(ρ) − F(1) = κ∫ρ ln ρ dσ − ½ Σ_{l≥1} g_l M_l² of a state without softmax.

    With softmax no functional has (1/β) ln Z as its first variation: its second one would be e^{β<x,y>}/(βZ(x)), which
    is not symmetric in x and y.

    Parameters
    ----------
    state : StationaryState
        A state with `normalization` "none".

    Returns
    -------
    float
        Negative where the state is preferred to the uniform density.

    Raises
    ------
    DomainError
        If the state is one of softmax.
    """
    if state.normalization != "none":
        raise DomainError("softmax with noise has no free energy of the form κ∫ρ ln ρ − E; use a state without softmax")
    axis = branch_axis(state.d, state.beta, state.normalization)
    potential, _ = axis.potential(state.moments)
    logarithm, mass = gibbs_masses(axis, potential / state.diffusion)
    return float(state.diffusion * (mass @ logarithm) - 0.5 * np.sum(axis.gains * state.moments**2))


@statement("derived", SOURCE, "rates at which axisymmetric perturbations of a stationary state grow")
def relaxation_rates(state: StationaryState, count: int = 3) -> Array:
    """Return the largest growth rates of axisymmetric perturbations ρ(1 + g) of a stationary state.

    ρ g′ = div(ρ∇(κg − δU)), δU = V[δM] (none), V[δM]/(1 + βV) (softmax), δM_l = ∫P_l ρ g dσ: a symmetric
    stiffness ∫(1−t²) f′h′ρ dσ against the mass matrix, in polynomials of degree ≤ 40 that are orthonormal for ρ.

    Parameters
    ----------
    state : StationaryState
        The state.
    count : int
        How many rates.

    Returns
    -------
    ndarray, shape (count,)
        Real parts, largest first; −`rates[0]` is the slowest relaxation, and a positive one is an instability. Zero
        at a fold; ≈ −2(d−1)(κ_c − κ) just below a continuous transition.

    **Accuracy** 1e-8 relative for states with M up to about 0.9.
    """
    axis = branch_axis(state.d, state.beta, state.normalization)
    potential, slopes = axis.potential(state.moments)
    _, mass = gibbs_masses(axis, potential / state.diffusion)
    trial = gegenbauer(40, state.d, axis.nodes)
    basis, triangle = qr((np.sqrt(mass) * trial).T, mode="economic")
    functions = (basis / np.sqrt(mass)[:, None]).T[1:]
    gradients = np.linalg.solve(triangle.T, _derivatives(trial, state.d))[1:]
    stiffness = (gradients * (mass * (1.0 - axis.nodes**2))) @ gradients.T
    response = (functions * mass) @ slopes.T @ ((axis.polynomials * mass) @ functions.T)
    rates = eigvals(-stiffness @ (state.diffusion * np.eye(len(functions)) - response)).real
    return np.asarray(np.sort(rates)[::-1][:count])


def _slope(d: int, beta: float, order: float) -> float:
    """Return dln κ/dM along the unnormalized branch, from the linearized equations."""
    axis = branch_axis(d, beta, "none")
    state = state_at(axis, d, "none", order)
    _, jacobian, tilt = residuals(axis, state.moments, math.log(state.diffusion))
    return float(np.linalg.solve(np.column_stack([tilt, jacobian[:, 1:]]), -jacobian[:, 0])[0])


@lru_cache(maxsize=64)
def _fold(d: int, beta: float) -> StationaryState:
    """Return the state at which κ is largest along the unnormalized branch."""
    low, high = 1e-3, 0.1
    while _slope(d, beta, high) > 0.0:
        low, high = high, 0.5 * (1.0 + high)
    order = float(brentq(lambda value: _slope(d, beta, value), low, high, xtol=1e-12))
    return state_at(branch_axis(d, beta, "none"), d, "none", order)


def _require_first_order(d: int, beta: float) -> None:
    """Refuse a β at which the unnormalized transition is continuous."""
    ceiling = continuous_transition_ceiling(d)
    if not beta > ceiling:
        raise DomainError(f"beta = {beta!r} has a continuous transition in d = {d}; allowed: beta > {ceiling:.6f}")


def _order_grid(d: int, beta: float, normalization: Normalization) -> list[float]:
    """Return values of M between which κ(M) is monotone."""
    concentrations = np.geomspace(1e-5 * d, LARGEST_CONCENTRATION, 25)
    grid = [eigenvalue_ratio(1, d, float(z)) for z in concentrations]
    if normalization == "none" and beta > continuous_transition_ceiling(d):
        grid.append(_fold(d, beta).order)
    return sorted(grid)


def _derivatives(polynomials: Array, d: int) -> Array:
    """Return P_l′ from (l+d−2) P_{l+1}′ = (2l+d−2)(P_l + t P_l′) − l P_{l−1}′; t is P_1."""
    rows = np.zeros_like(polynomials)
    rows[1] = 1.0
    for degree in range(1, len(rows) - 1):
        grown = (2 * degree + d - 2) * (polynomials[degree] + polynomials[1] * rows[degree])
        rows[degree + 1] = (grown - degree * rows[degree - 1]) / (degree + d - 2)
    return rows
