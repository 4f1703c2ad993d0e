"""One symmetric matrix for score and value: which of its eigenvectors the tokens choose, and how fast.

Responsible for the sign-split state ±e_p of KᵀQ = V = A = Aᵀ under softmax: the eigenvalues beside it. Knows nothing
of heads whose value is another matrix (`dirac_limit`).

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

from kinetic.theory.domain import require_between
from kinetic.theory.statement import statement
from kinetic.types import Array

SOURCE = "derived here; criteria of Kuehn, Yoon, arXiv:2604.26085"


@statement("derived", SOURCE, "sign split: the spread of each cluster grows at −λ_p(2K_{±±} − 1)")
def split_spread_rates(eigenvalue: float, beta: float, ratio: float = 1.0) -> tuple[float, float]:
    """Return the rates −φ_+ and −φ_− of the spread inside the clusters at e_p and −e_p, softmax.

    φ_± = λ_p tanh(βλ_p ± ½ ln r); r = 1: −λ_p tanh βλ_p for both.

    Parameters
    ----------
    eigenvalue : float
        λ_p, any sign.
    ratio : float
        r = m_+/m_−, positive.

    Returns
    -------
    float, float
        Rates per unit of time; negative, the cluster condenses.
    """
    tilt = _half_log(ratio)
    return -eigenvalue * math.tanh(beta * eigenvalue + tilt), -eigenvalue * math.tanh(beta * eigenvalue - tilt)


@statement("derived", SOURCE, "sign split: the means obey δ′ = (λ_kK − diag(φ_±)) δ")
def split_mean_matrix(eigenvalue: float, others: float, beta: float, ratio: float = 1.0) -> Array:
    """Return λ_kK − diag(φ_+, φ_−), which moves the displacements (δ_+, δ_−) of the clusters' means along e_k, softmax.

    K is the 2×2 matrix of attention shares. Its eigenvalues are growth rates; r = 1, T = tanh βλ_p: λ_k − λ_pT (both
    clusters move by the same vector: the pair bends) and (λ_k − λ_p)T (by opposite vectors: the pair turns).

    Parameters
    ----------
    eigenvalue, ratio
        As for `split_spread_rates`.
    others : float
        λ_k.

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


def _half_log(ratio: float) -> float:
    """Return ½ ln r, refused unless r is positive and finite."""
    require_between("ratio", ratio, 0.0, math.inf)
    return 0.5 * math.log(ratio)
