"""Which harmonics of a set of tokens are felt at all, the functions at the tokens, and the moments.

The module knows tokens and the strength of each degree, not what attention makes of them.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.mercator_sphere.legendre import functions_of_order
from kinetic.types import Array, ComplexArray, Integers


@dataclass(frozen=True, eq=False)
class SphereTokens:
    """Tokens about a pole.

    Parameters
    ----------
    y : Array, shape (n,)
        Latitudes ln tan(θ/2).
    azimuth : ComplexArray, shape (n,)
        e^{iφ}.
    masses : Array, shape (n,)
    """

    y: Array
    azimuth: ComplexArray
    masses: Array


@dataclass(frozen=True, eq=False)
class SphereMoments:
    """Moments about a pole, as far as any digit sees them.

    Parameters
    ----------
    mass : float
    deficits : Array
        δ_l = mass − M_l0, l = 0 … degree of order 0.
    orders : tuple of ComplexArray
        M_lm, l = m … degree of that order, for m = 1, 2, …
    """

    mass: float
    deficits: Array
    orders: tuple[ComplexArray, ...]


def sizes_of(masses: Array, s: Array, away: Array, degree: int) -> Array:
    """Return ∫ s^m dμ, m = 1 … degree, with ∫ (1 − c) dμ in the place of m = 0."""
    sizes, power = np.empty(max(degree, 3) + 1), masses * s
    sizes[0] = masses @ away
    for m in range(1, sizes.size):
        sizes[m] = power.sum()
        if sizes[m] == 0.0:
            sizes[m:] = 0.0
            break
        power *= s
    return sizes


def degrees_that_matter(weights: Array, sizes: Array, smallest: float) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the highest degree that matters of each order, as many orders as matter, and the |y| up to which.

    A term adds at most u_l M_lm l T_lm(1) s^{m−2} to a rate, and |M_lm| ≤ min(1, T_lm(1) ∫ s^m dμ);
    δ_l ≤ l(l+1)/2 ∫(1 − c) dμ. Each is compared with
    `smallest`, the least that changes a digit of the kernel's sum where that is smallest.
    """
    u, degree = np.abs(weights), weights.size - 1
    l = np.arange(degree + 1.0)
    strength = u * l * (l + 1)
    found = [_last(strength * np.minimum(2.0, 0.5 * l * (l + 1) * sizes[0]) > smallest, 0)]
    reaches = [np.inf]
    for m in range(1, degree + 1):
        this = functions_of_order(m, degree)
        poles = this.norms * this.at_pole
        terms = 2.0 * strength[m:] * np.minimum(1.0, poles * sizes[m])
        matters = terms * (np.minimum(poles, 1.0) if m > 2 else poles) > smallest
        if not np.any(matters):
            break
        found.append(_last(matters, m))
        largest = math.log(float(np.max(terms * poles)) / smallest)
        reaches.append(math.log(2.0) + largest / (m - 2) if m > 2 else np.inf)
    # a higher order is never felt farther out than a lower one
    outward = np.maximum.accumulate(reaches[::-1])[::-1]
    return tuple(found), tuple(float(y) for y in outward)


def _last(matters: Array, first: int) -> int:
    return first + int(np.max(np.flatnonzero(matters), initial=0))


def tables_at(
    degrees: tuple[int, ...], counts: tuple[int, ...], c: Array
) -> tuple[tuple[Array, ...], tuple[Array, Array]]:
    """Return monic t_lm at the spots that feel them, m = 0 … highest + 1, and the quotients of orders 0 and 1."""
    padded = (*degrees, 0)
    highest = len(degrees) if degrees != (0,) else -1
    tables = []
    for m in range(highest + 1):
        degree = max(padded[m] if m < len(degrees) else 0, degrees[m - 1] if m else 0, m)
        # slopes of order m − 1 ask for this order wherever that one is felt
        tables.append(functions_of_order(m, degree).monic(c[: counts[max(m - 1, 0)]], degree))
    none = np.zeros((1, c.size))
    zero = functions_of_order(0, degrees[0]).quotients(c, degrees[0])
    one = functions_of_order(1, degrees[1]).quotients(c, degrees[1]) if len(degrees) > 1 else none
    return tuple(tables), (zero, one)


def moments_of(
    tokens: SphereTokens,
    away: Array,
    s: Array,
    spot: Integers,
    active: Integers,
    degrees: tuple[int, ...],
    tables: tuple[Array, ...],
    quotients: Array,
) -> SphereMoments:
    """Sum the moments that matter."""
    count, masses = 2 + active.size, tokens.masses
    deficits = functions_of_order(0, degrees[0]).norms * (quotients @ np.bincount(spot, masses * away, count))
    orders: list[ComplexArray] = []
    step = s * tokens.azimuth.conj()
    power = masses * step
    for m in range(1, len(degrees)):
        table = tables[m]
        if m <= 2:
            parts = [np.bincount(spot, part, count) for part in (power.real, power.imag)]
            weights = np.asarray(np.stack(parts, axis=1), dtype=float)
        else:
            if m == 3:
                power, step = power[active], step[active]
            felt = power[: table.shape[1] - 2]
            weights = np.zeros((table.shape[1], 2))
            weights[2:, 0], weights[2:, 1] = felt.real, felt.imag
        this = functions_of_order(m, degrees[m])
        sums = table[: this.norms.size] @ weights
        orders.append(np.asarray(this.norms * (sums[:, 0] + 1j * sums[:, 1]), dtype=complex))
        power = power * step
    return SphereMoments(float(masses.sum()), deficits, tuple(orders))
