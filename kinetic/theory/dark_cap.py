"""Kernels that are zero beyond a cosine: what lies in the dark of a cluster stays there.

Derived here: let g(t) = 0 for t < c. A token at x feels a token at y only if <x, y> ≥ c. If the mass gathered within
an angle ε of a point n, everything farther than arccos c + ε from n would feel nothing of it: a density of full support
never reaches one Dirac mass. Of a cluster at n with v > 0, tokens inside the rim are drawn to n, tokens outside rest:
the rim is left bare, and the mass of the dark cap {<x, n> < c} tends to a positive number. Knows no density.
"""

from kinetic.errors import DomainError
from kinetic.theory.kernel_growth import Weight
from kinetic.theory.statement import statement


@statement("derived", "derived here", "mass beyond the reach of the kernel stays: no one cluster")
def dark_mass_rate(weight: Weight) -> tuple[float, float]:
    """Return (the cosine beyond which a cluster is not felt, the rate of the logarithm of the mass there).

    Parameters
    ----------
    weight : Weight

    Returns
    -------
    tuple of float
        c and 0.

    Raises
    ------
    DomainError
        If the kernel is zero nowhere, or on the near side.
    """
    kinks = weight.kinks
    if weight.kind not in ("power", "truncated") or not kinks or weight.score <= 0:
        raise DomainError(f"the kernel {weight.kind} has no dark cap; power and truncated ones with a score > 0 have")
    return kinks[0], 0.0
