"""Mean-shift without blurring: tokens of the circle in the field of a density that stays.

    θ' = F(θ)/N(θ),    F(θ) = ∫ g(cos(θ − φ)) sin(φ − θ) dμ_0(φ),    N > 0,

a flow on a circle: a token ends at the zero of F, falling, that lies between the same two rising ones as it began. The
limit is Σ_j m_j δ_{a_j}, m_j the initial mass between two zeros at which F rises. Where the density itself makes the
field (blurring), the zeros move, and with them the masses. Derived here; the module knows no spaces and no series.
"""

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.kernel_growth import Weight
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

_SCAN = 4096  # angles: zeros nearer to each other than this are one
_HALVINGS = 60


@statement(
    "derived",
    "monotone flow on a circle, derived here",
    "in a field that stays, a token ends in the basin in which it began",
)
def basins(angles: ArrayLike, masses: ArrayLike, weight: Weight) -> tuple[Array, Array]:
    """Return the angles that attract and those that part the basins, in the field of masses at angles.

    Parameters
    ----------
    angles, masses : array_like, shape (n,)
        A quadrature of the density.
    weight : Weight
        g, without kinks.

    Returns
    -------
    attracting, parting : Array
        In [0, 2π), ascending; as many of one as of the other. The basin of an attracting angle lies between the two
        nearest parting ones.

    Raises
    ------
    DomainError
        If g has a kink, for which a sum over nodes is no integral.

    **Accuracy** That of the quadrature, which for smooth densities and kernels is rounding.
    """
    if weight.kinks:
        raise DomainError(f"kernel {weight.kind!r} has a kink: sums over nodes do not tell its field")
    phi, mass = np.asarray(angles, dtype=float), np.asarray(masses, dtype=float)

    def field(theta: Array) -> Array:
        difference = theta[:, None] - phi
        return np.asarray(-(weight(np.cos(difference)) * np.sin(difference)) @ mass)

    step = 2 * np.pi / _SCAN
    nodes: Array = step * (np.arange(_SCAN, dtype=float) + 0.5)
    signs = field(nodes) > 0
    turns = np.flatnonzero(signs != np.roll(signs, -1))
    low, high, rising = nodes[turns], nodes[turns] + step, ~signs[turns]
    for _ in range(_HALVINGS if turns.size else 0):
        middle = 0.5 * (low + high)
        right = (field(middle) > 0) == rising  # the zero lies on the left
        low, high = np.where(right, low, middle), np.where(right, middle, high)
    zeros = np.mod(0.5 * (low + high), 2 * np.pi)
    return np.sort(zeros[~rising]), np.sort(zeros[rising])
