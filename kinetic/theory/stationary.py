"""Axisymmetric stationary densities with noise: the branch that leaves the uniform density at degree 1.

Responsible for the stationary states of that branch, in any dimension and with both normalizations, at given M = |∫x
dμ|. Which of them exist at a given κ, and which is preferred, is `stationary_phases`; nothing here knows how a run
approaches them, nor of states without an axis.

**Derived here.** For identity heads the drift is a gradient, X = ∇U with U = (1/β)∫ e^{β<x,y>} dμ(y) (none)
or U = (1/β) ln Z (softmax). A stationary density has div(ρ∇h) = 0, h = U − κ ln ρ; multiplied by h and
integrated, ∫ρ|∇h|² dσ = 0, so that every positive stationary density is Gibbs: ρ ∝ e^{U/κ}, which for softmax
is ρ ∝ Z^{1/(βκ)}. With t = <x, e>, M_l = ∫P_l dμ, N_l the number of harmonics of degree l and V(t) = Σ_{l≥1}
g_l M_l P_l(t),

    none: U = V + const, g_l = N_l w_l/β;        softmax: U = ln(1 + βV)/β + const, g_l = N_l w_l/(βw_0),

and the branch solves M_l = ∫P_l e^{U/κ} dσ / ∫e^{U/κ} dσ, l = 1 … L. M_1 = M is prescribed and κ solved for with
the other moments (Newton's method, Jacobian in closed form from covariances, Gauss–Gegenbauer quadrature), so that
folds in κ are no obstacle. The transitions are those of arXiv:2606.05140 and arXiv:2510.20094.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import roots_jacobi

from kinetic.errors import Unresolved
from kinetic.theory.bessel import eigenvalue_ratio, gegenbauer, log_eigenvalue, log_eigenvalue_over_argument
from kinetic.theory.domain import require_between, require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Array, Normalization

SOURCE = "derived here; transitions of arXiv:2606.05140 and arXiv:2510.20094"
NODES = 240
LARGEST_CONCENTRATION = 400.0
NEWTON_STEPS = 60
PICARD_STEPS = 80
SMALLEST_SHARE = 1e-12
RESIDUAL = 1e-10


@dataclass(frozen=True)
class StationaryState:
    """One stationary density of the branch, given by its moments.

    Attributes
    ----------
    d : int
        Ambient dimension.
    beta : float
        Inverse temperature.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.
    diffusion : float
        κ at which the state is stationary.
    moments : ndarray, shape (L + 1,)
        `moments[l]` = ∫ P_l(<x, e>) dμ; `moments[0]` = 1, `moments[1]` = M.
    residual : float
        Largest |M_l − ∫P_l e^{U/κ}/∫e^{U/κ}|, l = 1 … L.
    """

    d: int
    beta: float
    normalization: Normalization
    diffusion: float
    moments: Array
    residual: float

    @property
    def order(self) -> float:
        """M = |∫ x dμ|."""
        return float(self.moments[1])


@dataclass(frozen=True)
class Axis:
    """Quadrature of the uniform measure along the axis, polynomials on it, and the gains g_l (g_0 = 0)."""

    nodes: Array
    weights: Array
    polynomials: Array
    gains: Array
    beta: float
    softmax: bool

    def potential(self, moments: Array) -> tuple[Array, Array]:
        """Return U at the nodes and `slopes[l, i]` = ∂U(t_i)/∂M_l, up to constants."""
        slopes = self.gains[:, None] * self.polynomials
        level = moments @ slopes
        if not self.softmax or self.beta == 0.0:
            return level, slopes
        partition = 1.0 + self.beta * level
        share = float(np.min(partition) / np.max(partition))
        if not share > SMALLEST_SHARE:
            raise Unresolved(
                f"min Z/max Z = {share:.1g} of a state at β = {self.beta:g} is lost in the sum over degrees; "
                f"allowed: above {SMALLEST_SHARE:g}; ask for a smaller M or β"
            )
        return np.log1p(self.beta * level) / self.beta, slopes / partition


@statement("derived", SOURCE, "stationary states are ρ ∝ e^{U/κ}; the degree-1 branch, by M = |∫x dμ|")
def stationary_branch(
    d: int, beta: float, normalization: Normalization, orders: Iterable[float]
) -> tuple[StationaryState, ...]:
    """Return the stationary state of the degree-1 branch at each given M; κ is part of the answer.

    Parameters
    ----------
    beta : float
        Inverse temperature, 0 ≤ β ≤ 100.
    orders : iterable of float
        Values of M, each in (0, A_d(400)), about 1 − (d−1)/800.

    Returns
    -------
    tuple of StationaryState
        One state for each M; κ(M) → κ_c = w_1/β (over w_0 for softmax) as M → 0, and κ → 0 as M → 1.

    Raises
    ------
    Unresolved
        If Newton's method does not settle.

    **Accuracy** Moments and κ to 1e-10 relative (240 Gauss nodes; tested against another quadrature and
    iteration); with softmax, min Z/max Z ≈ e^{−2βM} divides that accuracy and is refused below 1e-12.
    **Cost** Some ten solves of order L ≤ 90 a state: milliseconds.
    """
    axis = branch_axis(d, beta, normalization)
    return tuple(state_at(axis, d, normalization, float(order)) for order in orders)


@lru_cache(maxsize=64)
def branch_axis(d: int, beta: float, normalization: Normalization) -> Axis:
    """Return the quadrature and the gains of as many degrees as count to round-off; β in [0, 100]."""
    require_dimension(d)
    require_normalization(normalization)
    require_between("beta", beta, -1e-300, 100.0 + 1e-9)
    logs = [-math.inf, *(_log_gain(degree, d, beta) for degree in range(1, 91))]
    if normalization == "softmax":
        logs = [value - log_eigenvalue(0, d, beta) for value in logs]
    gains = np.exp(np.array(logs))
    gains = gains[: 1 + int(np.flatnonzero(gains > 1e-18 * np.max(gains))[-1])]
    nodes, weights = roots_jacobi(NODES, 0.5 * (d - 3), 0.5 * (d - 3))
    polynomials = gegenbauer(gains.size - 1, d, nodes)
    return Axis(nodes, weights / np.sum(weights), polynomials, gains, beta, normalization == "softmax")


def _log_gain(degree: int, d: int, beta: float) -> float:
    """Return ln(N_l w_l/β)."""
    lower = math.comb(degree + d - 3, degree - 2) if degree >= 2 else 0
    return math.log(math.comb(degree + d - 1, degree) - lower) + log_eigenvalue_over_argument(degree, d, beta)


def gibbs_masses(axis: Axis, exponent: Array) -> tuple[Array, Array]:
    """Return ln ρ at the nodes and the masses of the nodes, for ρ ∝ e^exponent."""
    shifted = exponent - np.max(exponent)
    logarithm = shifted - math.log(float(axis.weights @ np.exp(shifted)))
    mass = axis.weights * np.exp(logarithm)
    return logarithm, mass / np.sum(mass)


def residuals(axis: Axis, moments: Array, log_kappa: float) -> tuple[Array, Array, Array]:
    """Return F_l = <P_l> − M_l, ∂F/∂M and ∂F/∂ln κ, for l ≥ 1."""
    potential, slopes = axis.potential(moments)
    kappa = math.exp(log_kappa)
    _, mass = gibbs_masses(axis, potential / kappa)
    means = axis.polynomials @ mass
    weighted = (axis.polynomials - means[:, None]) * mass
    jacobian = weighted @ slopes.T / kappa - np.eye(moments.size)
    return (means - moments)[1:], jacobian[1:, 1:], -(weighted @ potential)[1:] / kappa


def state_at(axis: Axis, d: int, normalization: Normalization, order: float) -> StationaryState:
    """Return the state with M_1 = order, by damped Newton steps from a von Mises–Fisher density."""
    moments, log_kappa = _first_guess(axis, d, order)
    residual, jacobian, tilt = residuals(axis, moments, log_kappa)
    for _ in range(NEWTON_STEPS):
        matrix = np.column_stack([tilt, jacobian[:, 1:]])
        step = np.linalg.solve(matrix, -residual)
        size = 1.0 / max(1.0, 4.0 * float(np.max(np.abs(step))))
        log_kappa += size * float(step[0])
        moments = np.concatenate([moments[:2], moments[2:] + size * step[1:]])
        residual, jacobian, tilt = residuals(axis, moments, log_kappa)
        if float(np.max(np.abs(step))) < 1e-13:
            break
    worst = float(np.max(np.abs(residual)))
    if not worst < RESIDUAL:
        raise Unresolved(
            f"the stationary state with M = {order:g} was not found (residual {worst:.1g}); ask for another M"
        )
    return StationaryState(d, axis.beta, normalization, math.exp(log_kappa), moments, worst)


def _first_guess(axis: Axis, d: int, order: float) -> tuple[Array, float]:
    """Return moments and ln κ near a state of mean M: from a von Mises–Fisher density, by iteration at fixed M."""
    require_between("order M", order, 0.0, eigenvalue_ratio(1, d, LARGEST_CONCENTRATION) * (1.0 + 1e-12))
    z = brentq(lambda value: eigenvalue_ratio(1, d, value) - order, 0.0, 1.01 * LARGEST_CONCENTRATION)
    moments = np.array([eigenvalue_ratio(degree, d, z) for degree in range(axis.gains.size)])
    for _ in range(PICARD_STEPS):
        potential, _ = axis.potential(moments)
        log_kappa = _temperature(axis, potential, order)
        previous, (_, mass) = moments, gibbs_masses(axis, potential / math.exp(log_kappa))
        moments = axis.polynomials @ mass
        if float(np.max(np.abs(moments - previous))) < 1e-3:
            break
    moments[:2] = 1.0, order
    return moments, log_kappa


def _temperature(axis: Axis, potential: Array, order: float) -> float:
    """Return ln κ at which the Gibbs density of a given potential has mean M."""
    span = float(np.ptp(potential))

    def excess(log_kappa: float) -> float:
        return float(gibbs_masses(axis, potential / math.exp(log_kappa))[1] @ axis.nodes) - order

    return float(brentq(excess, math.log(span) - 9.0, math.log(span) + 16.0, xtol=1e-6))
