"""Two antipodal clumps: when the smaller one leaks away, and when it becomes a second Dirac mass.

Responsible for mass 1 − m concentrated at e and m concentrated at −e symmetrically about the axis. Knows
nothing of asymmetric clumps, whose centres leave the axis at the rate of `merging`.

**Derived here.** At angle ψ from −e the field of (1−m)δ_e + mδ_{−e} is, per unit of ψ, (1−m)e^{−β} away
from −e and m e^β towards it: the clump's spread grows at r = (1−m)e^{−β} − m e^β; softmax divides by the
partition (1−m)e^{−β} + m e^β. Both change sign at tanh β = 1 − 2m, whatever the dimension. It is the
mechanism by which large β leads to several clusters (Example 2.6 of arXiv:2504.14697, as described in
arXiv:2512.01868).
"""

import math

from kinetic.theory.domain import require_between, require_finite, require_normalization
from kinetic.theory.statement import statement
from kinetic.types import Normalization

SOURCE = "derived here; mechanism of Example 2.6 of arXiv:2504.14697, as described in arXiv:2512.01868"


@statement("derived", SOURCE, "spread of the antipodal clump grows at (1−m)e^{−β} − m e^β (over Z)")
def clump_rate(beta: float, m: float, normalization: Normalization) -> float:
    """Return r in (spread)′ = r·spread for a narrow symmetric clump of mass m at the antipode.

    none: r = (1−m)e^{−β} − m e^β. softmax: r = tanh(β₂ − β), β₂ = ½ ln((1−m)/m).

    Positive, the clump leaks into e; negative, it condenses.

    Parameters
    ----------
    m : float
        Mass of the antipodal clump, 0 ≤ m ≤ 1.
    """
    require_normalization(normalization)
    require_finite("beta", beta)
    require_between("m", m, -1e-300, math.nextafter(1.0, 2.0))
    if normalization == "none":
        return (1.0 - m) * math.exp(-beta) - m * math.exp(beta)
    away, towards = (1.0 - m) * math.exp(min(0.0, -2.0 * beta)), m * math.exp(min(0.0, 2.0 * beta))
    return (away - towards) / (away + towards)
