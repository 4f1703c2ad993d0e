"""One symmetric matrix for score and value: which of its eigenvectors the tokens choose, and how fast.

Responsible for the consensus and the sign-split state ±e_p of KᵀQ = V = A = Aᵀ under softmax: the eigenvalues of
both, their conditions of stability and the onset of the split from the uniform density. Knows nothing of heads
whose value is another matrix (`dirac_limit`).

**Derived here** (the criteria are those of Kuehn, Yoon, arXiv:2604.26085). A e_p = λ_p e_p, A e_k = λ_k e_k;
masses m_± at ±e_p, ratio r = m_+/m_−. A token of cluster + puts the share K_{++} of its attention on its own
cluster and K_{+−} on the other,

    K_{++} = re^{2βλ_p}/(re^{2βλ_p} + 1),     K_{−−} = e^{2βλ_p}/(e^{2βλ_p} + r),

and feels λ_p(K_{++} − K_{+−}) = φ_+ along its own pole. A displacement δ from the pole in direction e_k, in a frozen
field, thus obeys δ′ = −φ_± δ (the variation of the weights acts along e_p, which the projection removes). The mean
displacements (δ_+, δ_−) along e_k obey δ′ = (λ_k K − diag(φ_+, φ_−)) δ.
"""

import math

import numpy as np

from kinetic.theory.domain import require_between, require_dimension, require_finite, require_normalization
from kinetic.theory.linear_stability import growth_rate_heads
from kinetic.theory.statement import statement
from kinetic.types import Array, Normalization

SOURCE = "derived here; criteria of Kuehn, Yoon, arXiv:2604.26085"


@statement(
    status="derived",
    source=SOURCE,
    summary="consensus at e_p: spread −λ_p, mean λ_k − λ_p (times e^{βλ_p} without softmax)",
)
def consensus_rates(eigenvalue: float, others: float, beta: float, normalization: Normalization) -> tuple[float, float]:
    """Return the rates of the internal spread and of the mean of one cluster at e_p, along e_k.

    softmax: −λ_p and λ_k − λ_p; none: both times e^{βλ_p}.

    Parameters
    ----------
    eigenvalue : float
        λ_p.
    others : float
        λ_k of the direction of the displacement.
    beta : float
        Inverse temperature, any sign.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.

    Returns
    -------
    spread, mean : float
        Rates per unit of time; the consensus is stable iff both are negative for every k. A density that is positive
        at −e_p has 1 − R ~ e^{−κt} with κ = min(d−1, 2)λ_p under softmax, since the antipode repels at λ_p.
    """
    require_normalization(normalization)
    require_finite("beta", beta)
    factor = 1.0 if normalization == "softmax" else math.exp(beta * eigenvalue)
    return -eigenvalue * factor, (others - eigenvalue) * factor


@statement(status="derived", source=SOURCE, summary="sign split: the spread of each cluster grows at −λ_p(2K_{±±} − 1)")
def split_spread_rates(eigenvalue: float, beta: float, ratio: float = 1.0) -> tuple[float, float]:
    """Return the rates −φ_+ and −φ_− of the spread inside the clusters at e_p and −e_p, softmax.

    φ_± = λ_p tanh(βλ_p ± ½ ln r); r = 1: −λ_p tanh βλ_p for both.

    Parameters
    ----------
    eigenvalue : float
        λ_p, any sign.
    beta : float
        Inverse temperature, any sign.
    ratio : float
        r = m_+/m_−, positive.

    Returns
    -------
    float, float
        Rates per unit of time; negative, the cluster condenses.
    """
    tilt = _half_log(ratio)
    return -eigenvalue * math.tanh(beta * eigenvalue + tilt), -eigenvalue * math.tanh(beta * eigenvalue - tilt)


@statement(status="derived", source=SOURCE, summary="sign split: the means move at the eigenvalues of λ_kK − diag(φ_±)")
def split_mean_rates(eigenvalue: float, others: float, beta: float, ratio: float = 1.0) -> Array:
    """Return the two growth rates of the clusters' means along e_k, softmax.

    Eigenvalues of λ_kK − diag(φ_+, φ_−), K the 2×2 matrix of attention shares. r = 1, T = tanh βλ_p: λ_k − λ_pT (both
    clusters move by the same vector: the pair bends) and (λ_k − λ_p)T (by opposite vectors: the pair turns).

    Parameters
    ----------
    eigenvalue, beta, ratio
        As for `split_spread_rates`.
    others : float
        λ_k.

    Returns
    -------
    ndarray, shape (2,)
        Rates per unit of time, largest first; they are real.
    """
    rates = np.linalg.eigvals(split_mean_matrix(eigenvalue, others, beta, ratio))
    return np.asarray(np.sort(rates.real)[::-1])


@statement(status="derived", source=SOURCE, summary="sign split: the means obey δ′ = (λ_kK − diag(φ_±)) δ")
def split_mean_matrix(eigenvalue: float, others: float, beta: float, ratio: float = 1.0) -> Array:
    """Return λ_kK − diag(φ_+, φ_−), which moves the displacements (δ_+, δ_−) of the clusters' means along e_k, softmax.

    Parameters
    ----------
    eigenvalue, others, beta, ratio
        As for `split_mean_rates`.

    Returns
    -------
    ndarray, shape (2, 2)
        Rates per unit of time.
    """
    tilt, score = _half_log(ratio), beta * eigenvalue
    own_plus, own_minus = (0.5 * (1.0 + math.tanh(score + sign * tilt)) for sign in (1.0, -1.0))
    shares = np.array([[own_plus, 1.0 - own_plus], [1.0 - own_minus, own_minus]])
    feedback = np.diag([2.0 * own_plus - 1.0, 2.0 * own_minus - 1.0])
    return np.asarray(others * shares - eigenvalue * feedback)


@statement(
    status="theorem",
    source="Kuehn, Yoon, arXiv:2604.26085",
    summary="the sign split is stable iff λ_k < λ_pσ(e^{2βλ_p}, r), and each cluster condenses",
)
def split_is_stable(eigenvalue: float, others: float, beta: float, ratio: float = 1.0) -> bool:
    """Return whether the clusters at ±e_p condense and their means return along e_k, softmax, β > 0.

    λ_p > 0: λ_p > |ln r|/(2β) and λ_k < λ_pσ; λ_p < 0: λ_p < −|ln r|/(2β) and λ_p < λ_k < λ_pσ, with σ = (c − r)(cr −
    1)/(r(c² − 1)), c = e^{2βλ_p}; r = 1: σ = tanh βλ_p.

    Parameters
    ----------
    eigenvalue, others, ratio
        As for `split_mean_rates`.
    beta : float
        Inverse temperature, positive.

    Returns
    -------
    bool
        The criterion, in the published form; that it says the same as the eigenvalues is a test.
    """
    require_between("beta", beta, 0.0, math.inf)
    bound = 2.0 * abs(_half_log(ratio)) / (2.0 * beta)
    # (c−r)(cr−1)/(r(c²−1)) = sinh(βλ−½ln r)·sinh(βλ+½ln r)·2/sinh(2βλ), free of overflow in c
    score, tilt = beta * eigenvalue, _half_log(ratio)
    if abs(eigenvalue) <= bound:
        return False
    sigma = 2.0 * math.sinh(score - tilt) * math.sinh(score + tilt) / math.sinh(2.0 * score)
    below = others < eigenvalue * sigma
    return below if eigenvalue > 0.0 else below and others > eigenvalue


@statement(
    status="derived", source=SOURCE, summary="V = KᵀQ = −I: degree 2 leaves the uniform density first, at 2d w_2/β"
)
def split_onset_rate(d: int, beta: float, normalization: Normalization) -> float:
    """Return the growth rate of degree 2 on the uniform density for V = KᵀQ = −I, the mean-field onset of the split.

    2d w_2(β)/β (none), 2d (w_2/w_0)(β)/β (softmax); odd degrees decay.

    Parameters
    ----------
    d : int
        Ambient dimension, d ≥ 2.
    beta : float
        Inverse temperature, β > 0.
    normalization : {"softmax", "none"}
        Softmax attention or the unnormalized sum.

    Returns
    -------
    float
        A rate per unit of time.
    """
    require_dimension(d)
    return growth_rate_heads(2, d, [(-beta, -1.0)], normalization)


def _half_log(ratio: float) -> float:
    """Return ½ ln r, refused unless r is positive and finite."""
    require_between("ratio", ratio, 0.0, math.inf)
    return 0.5 * math.log(ratio)
