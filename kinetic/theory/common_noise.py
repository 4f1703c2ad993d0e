"""One random environment for all tokens: what a realisation does exactly, and what its averages do.

With covariance κ(<x, y>) P_x P_y of the field a token is a spherical Brownian motion of generator ½ κ(1) Δ (derived
here, from Itô's formula; a field E_k with Σ_k E_k(x) E_k(y)ᵀ = κ P_x P_y has Σ_k ∇_{E_k} E_k = 0 by isotropy, so that
Stratonovich's integral is Itô's); two of them are in `two_point`. Brownian matrices are the case κ(u) = u, and act on
rays: x ↦ Gx/|Gx|. Knows increments and formulas, no densities.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import expm

from kinetic.errors import DomainError
from kinetic.theory.domain import require_degree, require_dimension
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

RQF = "derived here; random quadratic forms of arXiv:2608.16664"


@statement("derived", RQF, "tokens in matrix noise: x ↦ Gx/|Gx|, uniform data angular Gaussian")
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
    "theorem",
    "arXiv:2604.26898, top Lyapunov exponent of the pure-noise flow",
    "two tokens approach at λ = (d−3)/2 κ'(1) − (d−1)/2 κ(1)",
)
def lyapunov_exponent(d: int, level: float, slope: float) -> float:
    """Return the top Lyapunov exponent of the flow of an isotropic field.

    Of v = 1 − u, the generator of `two_point` has near v = 0 the drift λ̄ v, λ̄ = (d−1) κ'(1) − (d−3) κ(1), and the
    variance 4 (κ(1) + κ'(1)) v²; of ln v that is a drift of λ̄ − 2κ(1) − 2κ'(1), twice the exponent.

    Parameters
    ----------
    level, slope : float
        κ(1) and κ'(1), with the noise's strength squared.
    """
    require_dimension(d)
    return 0.5 * (d - 3) * slope - 0.5 * (d - 1) * level


@statement("derived", RQF, "symmetric Brownian matrices: exponents d + 1 − 2i, gaps of 2")
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


@statement("derived", "derived here", "averages over the noise: degree l decays at κ(1) l(l+d−2)/2")
def annealed_rate(degree: int, d: int, level: float) -> float:
    """Return the rate at which degree l of the average density decays, without attention.

    Parameters
    ----------
    level : float
        κ(1), with the noise's strength squared.
    """
    require_degree(degree)
    require_dimension(d)
    return 0.5 * level * degree * (degree + d - 2)


@statement(
    "derived",
    "derived here; exponents of arXiv:2604.26898",
    "from uniform data the average entropy grows at minus the sum of the Lyapunov exponents",
)
def entropy_rate(d: int, level: float, slope: float) -> float:
    """Return dE[∫ ρ ln ρ dσ]/dt from uniform data without attention: (d−1)/2 · (κ'(1) + (d−1) κ(1)).

    Along a token ln ρ = −ln J, J the Jacobian of the flow on the sphere, and d ln J = Σ_k div E_k ∘ dB^k. Its drift is
    ½ Σ_k E_k div E_k = ½ Σ_k [div(E_k div E_k) − (div E_k)²]; the first term is constant by isotropy, and a divergence,
    hence 0; with E_{k,a} = f_k P e_a, div E_{k,a} = ∂_a f_k − (d−1) x_a f_k, the second is the rate. Every token is at
    a uniform place at every time, so that the law holds from the start. On the circle it is minus the top exponent.

    Parameters
    ----------
    level, slope : float
        κ(1) and κ'(1), with the noise's strength squared.
    """
    require_dimension(d)
    return 0.5 * (d - 1) * (slope + (d - 1) * level)


@statement("derived", RQF, "the average entropy under Brownian matrices")
def matrix_entropy_rate(d: int, symmetric: bool) -> float:
    """Return the same for Brownian matrices of strength one: the sum of the exponents' distances from the first."""
    exponents = matrix_exponents(d, symmetric)
    return float(np.sum(exponents[0] - exponents))
