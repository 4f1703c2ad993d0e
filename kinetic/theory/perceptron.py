"""One cluster under attention and a perceptron with the identity as activation: when it survives, and how fast.

Derived here. With X = (attention) + P_x W x, W = Σ_j w_j a_j a_jᵀ, let e be an eigenvector of W whose eigenvalue is
by w larger than the others. Around a Dirac mass at e a token at angle θ moves by

    θ' = −(e^{β cos θ} + w cos θ) sin θ   ("none"),      θ' = −(1 + w cos θ) sin θ   ("softmax").

Hence it is drawn in at λ_c = e^β + w (1 + w), and leaves −e at λ_a = e^{−β} − w (1 − w): one cluster only if
w < e^{−β} (1), and then, by the masses that are left near −e and the width of the cluster, 1 − R falls at
min((d−1) λ_a, 2 λ_c). The block is that of arXiv:2601.21366.
"""

import math

from kinetic.errors import DomainError
from kinetic.theory.domain import require_dimension, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; the block of arXiv:2601.21366"


@statement(status="derived", source=SOURCE, summary="a perceptron of strength e^{−β} prevents collapse")
def largest_strength(beta: float, normalization: Normalization) -> float:
    """Return the strength w below which one cluster takes everything: e^{−β} (none), 1 (softmax)."""
    require_normalization(normalization)
    return math.exp(-beta) if normalization == "none" else 1.0


@statement(status="derived", source=SOURCE, summary="1 − R falls at min((d−1)(e^{−β} − w), 2(e^β + w)); softmax: 1 ∓ w")
def collapse_rate(d: int, beta: float, strength: float, normalization: Normalization) -> float:
    """Return the rate at which 1 − R falls in the end.

    Parameters
    ----------
    d : int
        Ambient dimension.
    beta : float
    strength : float
        w, the eigenvalue of Σ_j w_j a_j a_jᵀ along the cluster less the others.
    normalization : {"softmax", "none"}

    Raises
    ------
    DomainError
        If the perceptron is too strong for one cluster, or tears a cluster apart.
    """
    require_dimension(d)
    limit = largest_strength(beta, normalization)
    escape = limit - strength
    contraction = (math.exp(beta) if normalization == "none" else 1.0) + strength
    if escape <= 0 or contraction <= 0:
        raise DomainError(f"perceptron of strength {strength:g}: one cluster survives for −λ_c < w < {limit:g} only")
    return min((d - 1) * escape, 2 * contraction)
