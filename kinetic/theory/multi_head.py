"""Two equal Dirac masses under several scalar heads, without softmax.

Responsible for heads that pull in opposite directions: the energy of one of them may fall while the total
rises, and below a threshold angle the masses repel. Knows nothing of softmax, under which the total need
not rise.

**Derived here** (the setting is arXiv:2605.04279). Head h has the score b_h<x, y> and the value v_h; two
masses ½ at cosine γ obey γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}, and E_h = (v_h/2b_h)(½e^{b_h} + ½e^{b_hγ}).
"""

import math
from collections.abc import Sequence

from kinetic.theory.domain import require_between
from kinetic.theory.statement import statement

SOURCE = "derived here; setting of arXiv:2605.04279"


@statement(status="derived", source=SOURCE, summary="two equal masses: γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}")
def two_atom_rate(gamma: float, heads: Sequence[tuple[float, float]]) -> float:
    """Return γ′ for two equal Dirac masses of cosine γ.

    Parameters
    ----------
    gamma : float
        Cosine, −1 < γ < 1.
    heads : sequence of (float, float)
        (b_h, v_h): score b_h<x, y> = β_h q_h k_h <x, y>, value v_h.

    Returns
    -------
    float
        A rate per unit of time.
    """
    require_between("gamma", gamma, -1.0, 1.0)
    return (1.0 - gamma) * (1.0 + gamma) * sum(value * math.exp(b * gamma) for b, value in heads)


@statement(status="derived", source=SOURCE, summary="two equal masses: dE_h/dt = ¼ v_h e^{b_hγ} γ′, of either sign")
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


@statement(status="derived", source=SOURCE, summary="heads a and −b: masses approach iff γ > ln(b/a)/((a+b)β)")
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
