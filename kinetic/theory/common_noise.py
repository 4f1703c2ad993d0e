"""One random environment for all tokens: what a realisation does exactly, and what its averages do.

With covariance κ(<x, y>) P_x P_y of the field and u = <X, Y> of two tokens (derived here, from Itô's formula; a field
E_k with Σ_k E_k(x) E_k(y)ᵀ = κ P_x P_y has Σ_k ∇_{E_k} E_k = 0 by isotropy, so that Stratonovich's integral is Itô's),

    one token    ½ κ(1) Δ,
    two tokens   L = [(d−2+u²) κ(u) − (d−1) u κ(1)] ∂_u + (1−u²)(κ(1) − u κ(u)) ∂_u²,

the latter because <dX, dY> = κ(u) tr P_x P_y dt and du has the variance 2 (1−u²)(κ(1) − u κ(u)) dt. Brownian matrices
are the case κ(u) = u, and act on rays: x ↦ Gx/|Gx|. Knows increments and formulas, no densities.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import expm

from kinetic.errors import DomainError
from kinetic.theory.domain import require_degree, require_dimension
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

RQF = "derived here; random quadratic forms of arXiv:2608.16664"


@statement(status="derived", source=RQF, summary="tokens in matrix noise: x ↦ Gx/|Gx|, uniform data angular Gaussian")
def flow_matrices(increments: ArrayLike, strength: float, symmetric: bool, counts: Sequence[int]) -> Array:
    """Return G after the first few increments, each divided by its norm.

    G = exp(s ΔQ_m) … exp(s ΔQ_1): uniform data become the angular central Gaussian density of Σ = G Gᵀ, pathwise, and
    any such density of Σ_0 that of G Σ_0 Gᵀ.

    Parameters
    ----------
    increments : array_like, shape (m, d, d)
        Of a matrix of independent Brownian motions B.
    strength : float
        s.
    symmetric : bool
        Whether Q = (B + Bᵀ)/√2 instead of B.
    counts : sequence of int
        Increasing numbers of increments.

    Returns
    -------
    ndarray, shape (len(counts), d, d)
    """
    steps = np.asarray(increments, dtype=np.float64)
    if steps.ndim != 3 or steps.shape[1] != steps.shape[2]:
        raise DomainError(f"increments of shape {steps.shape} are no matrices; give an array (m, d, d)")
    if symmetric:
        steps = (steps + np.swapaxes(steps, 1, 2)) / np.sqrt(2.0)
    product, found = np.eye(steps.shape[1]), []
    for index in range(max(counts, default=0) + 1):
        found += [product.copy() for count in counts if count == index]
        if index < len(steps):
            product = expm(strength * steps[index]) @ product
            product /= np.linalg.norm(product, 2)
    return np.array(found)


@statement(
    status="theorem",
    source="arXiv:2604.26898, top Lyapunov exponent of the pure-noise flow",
    summary="two tokens approach at λ = (d−3)/2 κ'(1) − (d−1)/2 κ(1)",
)
def lyapunov_exponent(d: int, level: float, slope: float) -> float:
    """Return the top Lyapunov exponent of the flow of an isotropic field.

    Of v = 1 − u, L has near v = 0 the drift λ̄ v, λ̄ = (d−1) κ'(1) − (d−3) κ(1), and the variance 4 (κ(1) + κ'(1)) v²;
    of ln v that is a drift of λ̄ − 2κ(1) − 2κ'(1), twice the exponent.

    Parameters
    ----------
    d : int
    level, slope : float
        κ(1) and κ'(1), with the noise's strength squared.
    """
    require_dimension(d)
    return 0.5 * (d - 3) * slope - 0.5 * (d - 1) * level


@statement(status="derived", source=RQF, summary="symmetric Brownian matrices: exponents d + 1 − 2i, gaps of 2")
def matrix_exponents(d: int, symmetric: bool) -> Array:
    """Return the Lyapunov exponents of dG = dQ ∘ G, for a strength of one.

    (d + 1 − 2i)/2 for independent entries, d + 1 − 2i for Q = (B + Bᵀ)/√2, i = 1 … d: ln|y| of a vector under
    dy = dQ ∘ y drifts at ½ E<y, Q² y> + ½ E|Qy|² − E<y, Qy>², |y| = 1, which is (d−1)/2 and d − 1.

    Returns
    -------
    ndarray, shape (d,)
        Descending.
    """
    require_dimension(d)
    return np.asarray((d + 1 - 2.0 * np.arange(1, d + 1)) * (1.0 if symmetric else 0.5), dtype=np.float64)


@statement(
    status="derived", source="derived here", summary="averages over the noise: degree l decays at κ(1) l(l+d−2)/2"
)
def annealed_rate(degree: int, d: int, level: float) -> float:
    """Return the rate at which degree l of the average density decays, without attention.

    Parameters
    ----------
    degree, d : int
    level : float
        κ(1), with the noise's strength squared.
    """
    require_degree(degree)
    require_dimension(d)
    return 0.5 * level * degree * (degree + d - 2)


@statement(
    status="derived",
    source="derived here; exponents of arXiv:2604.26898",
    summary="from uniform data the average entropy grows at minus the sum of the Lyapunov exponents",
)
def entropy_rate(d: int, level: float, slope: float) -> float:
    """Return dE[∫ ρ ln ρ dσ]/dt from uniform data without attention: (d−1)/2 · (κ'(1) + (d−1) κ(1)).

    Along a token ln ρ = −ln J, J the Jacobian of the flow on the sphere, and d ln J = Σ_k div E_k ∘ dB^k. Its drift is
    ½ Σ_k E_k div E_k = ½ Σ_k [div(E_k div E_k) − (div E_k)²]; the first term is constant by isotropy, and a divergence,
    hence 0; with E_{k,a} = f_k P e_a, div E_{k,a} = ∂_a f_k − (d−1) x_a f_k, the second is the rate. Every token is at
    a uniform place at every time, so that the law holds from the start. On the circle it is minus the top exponent.

    Parameters
    ----------
    d : int
    level, slope : float
        κ(1) and κ'(1), with the noise's strength squared.
    """
    require_dimension(d)
    return 0.5 * (d - 1) * (slope + (d - 1) * level)


@statement(status="derived", source=RQF, summary="the average entropy under Brownian matrices")
def matrix_entropy_rate(d: int, symmetric: bool) -> float:
    """Return the same for Brownian matrices of strength one: the sum of the exponents' distances from the first."""
    exponents = matrix_exponents(d, symmetric)
    return float(np.sum(exponents[0] - exponents))


@statement(
    status="derived",
    source="derived here; two-point motion of arXiv:2604.26898",
    summary="averages of functions of <x, y> over noise and pairs follow the generator of the two-point motion",
)
def pair_average(
    function: Callable[[Array], Array], covariance: Sequence[float], d: int, times: ArrayLike, nodes: int = 48
) -> tuple[Array, Array]:
    """Return E[f(u_t) | u_0 = u] at Chebyshev points u, without attention.

    Collocation of ∂_t v = L v, v(0) = f. L degenerates at u = ±1, where only bounded solutions are polynomials' limits:
    no boundary condition is needed.

    Parameters
    ----------
    function : callable
        f, analytic on [−1, 1].
    covariance : sequence of float
        κ_0, κ_1, … of κ(u) = Σ κ_j u^j, with the noise's strength squared.
    d : int
    times : array_like, shape (n,)
    nodes : int

    Returns
    -------
    (ndarray, ndarray)
        Points, shape (nodes,), and averages, shape (n, nodes).

    **Accuracy** Algebraic in the number of nodes, for the average loses its smoothness at u = ±1. Of e^u under noise of
    strength one, against 160 and 240 nodes: with 48 nodes 1e-5 at t = 0.5, 7e-5 at t = 1, 2e-4 at t = 2; with 80 nodes
    1e-6, 1e-5, 3e-5.
    """
    require_dimension(d)
    u = np.cos(np.pi * np.arange(nodes) / (nodes - 1))
    slope = _differentiation(u)
    kappa = np.polynomial.polynomial.polyval(u, covariance)
    level = float(np.sum(covariance))
    drift = (d - 2 + u * u) * kappa - (d - 1) * u * level
    spread = (1 - u * u) * (level - u * kappa)
    generator = drift[:, None] * slope + spread[:, None] * (slope @ slope)
    values = [expm(float(time) * generator) @ function(u) for time in np.asarray(times, dtype=float)]
    return u, np.array(values)


def _differentiation(points: Array) -> Array:
    """Return the matrix of derivatives of polynomials by their values at Chebyshev points."""
    count = points.size
    signs = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    signs[[0, -1]] *= 2.0
    apart = points[:, None] - points[None, :] + np.eye(count)
    table = np.outer(signs, 1.0 / signs) / apart
    return np.asarray(table - np.diag(table.sum(axis=1)))


@statement(
    status="derived",
    source="derived here for the model of arXiv:2601.21942",
    summary="two tokens under random value matrices: drift and diffusion of their overlap",
)
def values_motion(overlap: ArrayLike, d: int, beta: float) -> tuple[Array, Array]:
    """Return (b, a) of the generator b ∂_u + a ∂_u² of u = <x_1, x_2>, two tokens of mass ½ under softmax.

    dx_i = P dB a_i − ½(d−1)|a_i|² x_i dt, a_i = p x_i + (1−p) x_j, p = 1/(1 + e^{−β(1−u)}). With q = 2p(1−p),
    |a_i|² = s = 1 − q(1−u) and <a_1, a_2> = r = q(1−u) + u,

        b = (d−2+u²) r − (d−1) s u,      a = (1−u²)(s − u r).

    Parameters
    ----------
    overlap : array_like
        u in [−1, 1].
    d : int
    beta : float
    """
    require_dimension(d)
    u = np.asarray(overlap, dtype=np.float64)
    p = 1.0 / (1.0 + np.exp(-beta * (1.0 - u)))
    q = 2.0 * p * (1.0 - p)
    s, r = 1.0 - q * (1.0 - u), q * (1.0 - u) + u
    return (d - 2 + u * u) * r - (d - 1) * s * u, (1 - u * u) * (s - u * r)


@statement(
    status="derived",
    source="derived here for the model of arXiv:2601.21942",
    summary="antipodal pairs attract under random value matrices iff cosh²β > (d−1)/2",
)
def antipodal_exponent(d: int, beta: float) -> float:
    """Return the drift of ln(1 + u) near u = −1 under random value matrices: (d−1)/cosh²β − 2.

    With w = 1 + u, s + r = w, and s = tanh²β at w = 0, the generator of `values_motion` becomes, to first order,
    ((d−1)(1 − s) + 2s) w ∂_w + 2(1 + s) w² ∂_w². Antipodal pairs attract where the drift of ln w is below 0.
    """
    require_dimension(d)
    return float((d - 1) / np.cosh(beta) ** 2 - 2.0)
