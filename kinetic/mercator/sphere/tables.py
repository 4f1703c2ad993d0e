"""Tokens about a pole, which harmonics of them are felt at all, the functions at the tokens, and the moments.

The module knows tokens and the strength of each degree, not what attention makes of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from kinetic.charts.latitude import cosine, versine
from kinetic.errors import Unresolved
from kinetic.mercator.sphere.legendre import functions_of_order
from kinetic.types import Array, ComplexArray, Integers

LARGEST_TABLES = 2**27
"""Numbers that the tables of one set of tokens may hold: 1 GB."""

_NEAREST_POLE = 16.0  # 1 − |c| = 2e^{−32} = 3e-14 is the relative error of the linear field beyond
_FARTHEST = 340.0  # |y| beyond which e^{2|y|} overflows; no difference to 340


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
    frame : Array, shape (3, 3)
        Matrix from the coordinates about the pole to physical ones; its last column is the pole.
    """

    y: Array
    azimuth: ComplexArray
    masses: Array
    frame: Array = field(default_factory=lambda: np.eye(3))

    @cached_property
    def c(self) -> Array:
        """Cos θ."""
        return cosine(self.y)

    @cached_property
    def stretch(self) -> Array:
        """e^y = tan(θ/2) = (1 − c)/s."""
        return np.exp(np.clip(self.y, -_FARTHEST, _FARTHEST))

    @cached_property
    def s(self) -> Array:
        """Sin θ, with relative accuracy at both poles."""
        return np.asarray(2.0 * self.stretch * expit(-2.0 * self.y))

    @cached_property
    def away(self) -> Array:
        """1 − c, with relative accuracy at the pole."""
        return versine(self.y)

    @property
    def points(self) -> Array:
        """Unit vectors, shape (n, 3)."""
        across = self.s * self.azimuth
        return np.asarray(np.stack([across.real, across.imag, self.c], axis=-1) @ self.frame.T)

    def sizes(self, degree: int) -> Array:
        """Return ∫ s^m dμ, m = 1 … degree, with ∫ (1 − c) dμ in the place of m = 0."""
        sizes, power = np.empty(max(degree, 3) + 1), self.masses * self.s
        sizes[0] = self.masses @ self.away
        for m in range(1, sizes.size):
            sizes[m] = power.sum()
            if sizes[m] == 0.0:
                sizes[m:] = 0.0
                break
            power *= self.s
        return sizes


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


@dataclass(frozen=True)
class Extent:
    """Which harmonics matter.

    Parameters
    ----------
    degrees : tuple of int
        Highest degree of each order m = 0, 1, …
    reaches : tuple of float
        |y| up to which tokens feel an order, not increasing.
    """

    degrees: tuple[int, ...]
    reaches: tuple[float, ...]

    @classmethod
    def of_orders(cls, found: Sequence[tuple[int, float]]) -> "Extent":
        """Return the extent of the (degree, reach) of each order: none is felt farther out than a lower one."""
        outward = np.maximum.accumulate([reach for _, reach in found][::-1])[::-1]
        return cls(tuple(degree for degree, _ in found), tuple(float(y) for y in outward))

    @classmethod
    def of_moments(cls, weights: Array, sizes: Array, smallest: float) -> "Extent":
        """Return what matters of moments M_lm that are felt with weights u_l.

        A term adds at most u_l M_lm l T_lm(1) s^{m−2} to a rate, and |M_lm| ≤ min(1, T_lm(1) ∫ s^m dμ);
        δ_l ≤ l(l+1)/2 ∫(1 − c) dμ. Each is compared with `smallest`, the least that changes a digit.
        """
        degree = weights.size - 1
        l = np.arange(degree + 1.0)
        strength = np.abs(weights) * l * (l + 1)
        axial = strength * np.minimum(2.0, 0.5 * l * (l + 1) * sizes[0])
        found = [_felt(0, axial, axial > smallest, smallest) or (0, np.inf)]
        for m in range(1, degree + 1):
            this = functions_of_order(m, degree)
            poles = this.norms * this.at_pole
            terms = 2.0 * strength[m:] * np.minimum(1.0, poles * sizes[m])
            felt = _felt(m, terms, terms * (np.minimum(poles, 1.0) if m > 2 else poles) > smallest, smallest)
            if felt is None:  # and so is none of a higher order
                break
            found.append(felt)
        return cls.of_orders(found)

    @classmethod
    def of_coefficients(cls, coefficients: "Coefficients", smallest: float) -> "Extent":
        """Return what matters of a potential: the terms that may add more than `smallest` to |∇f|."""
        found = []
        for m, l, C in coefficients.columns():
            terms = np.abs(C) * (l + 1)
            found.append(_felt(m, terms, terms > smallest, smallest))
        count = max((m + 1 for m, felt in enumerate(found) if felt), default=1)
        return cls.of_orders([felt or (m, 0.0 if m > 2 else np.inf) for m, felt in enumerate(found[:count])])

    def holds(self, other: "Extent") -> bool:
        """Whether all that matters to another matters here."""
        return self.joined(other) == self

    def joined(self, other: "Extent") -> "Extent":
        """Return what matters to either."""
        longer, shorter = sorted((self, other), key=lambda extent: -len(extent.degrees))
        missing = len(longer.degrees) - len(shorter.degrees)
        pairs = zip(longer.degrees, (*shorter.degrees, *(0,) * missing), strict=True)
        reaches = zip(longer.reaches, (*shorter.reaches, *(0.0,) * missing), strict=True)
        return Extent(tuple(map(max, pairs)), tuple(map(max, reaches)))


def _felt(m: int, terms: Array, matters: NDArray[np.bool_], smallest: float) -> tuple[int, float] | None:
    """Return the highest degree of one order that matters, and to which |y|; None where none does.

    Parameters
    ----------
    m : int
    terms : Array
        What C_lm may add where s^{m−2} T_lm is one, l = m, …
    matters : Array of bool
    smallest : float
    """
    if not matters.any():
        return None
    degree = m + int(np.flatnonzero(matters)[-1])
    if m < 3:
        return degree, np.inf
    this = functions_of_order(m, m + terms.size - 1)
    largest = math.log(max(1.0, float(np.max(terms * this.norms * this.at_pole)) / smallest))
    return degree, math.log(2.0) + largest / (m - 2)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """A potential f = Re Σ_lm C_lm s^m T_lm e^{imφ} about a pole.

    Parameters
    ----------
    axial : Array
        C_l0, l = 0, 1, …
    orders : tuple of ComplexArray
        C_lm, l = m, m + 1, …, for m = 1, 2, …
    """

    axial: Array
    orders: tuple[ComplexArray, ...]

    def columns(self) -> Iterator[tuple[int, Array, ComplexArray]]:
        """Yield (m, the degrees l, C_lm)."""
        for m, column in enumerate((self.axial.astype(complex), *self.orders)):
            yield m, np.arange(m, m + column.size, dtype=float), column

    def cut(self, extent: Extent) -> "Coefficients":
        """Return those that an extent holds."""
        kept = zip(self.orders, enumerate(extent.degrees[1:], start=1), strict=False)
        return Coefficients(self.axial[: extent.degrees[0] + 1], tuple(C[: degree - m + 1] for C, (m, degree) in kept))


@dataclass(frozen=True, eq=False)
class TokenTables:
    """The functions of an extent at the tokens that feel them.

    Functions are evaluated at *spots*: first the poles, which stand for all tokens so near to ±p that no digit tells,
    then the *active* tokens from the equator outward. An order m ≥ 3 is felt like s^{m−2}, by the first `counts[m]` of
    the spots alone.
    """

    tokens: SphereTokens
    extent: Extent
    spot: Integers
    active: Integers
    counts: tuple[int, ...]
    tables: tuple[Array, ...]
    quotients: tuple[Array, Array]

    @classmethod
    def of(cls, tokens: SphereTokens, extent: Extent) -> "TokenTables":
        """Evaluate the functions.

        Raises
        ------
        Unresolved
            If they are more than `LARGEST_TABLES` numbers.
        """
        distance, reaches = np.abs(tokens.y), extent.reaches
        active = np.flatnonzero(distance < max(_NEAREST_POLE, *reaches[3:], 0.0))
        # only which orders a token feels matters for its place, and small integers are sorted in no time
        felt = np.searchsorted(sorted(set(reaches)), distance[active]).astype(np.int16)
        active = active[np.argsort(felt, kind="stable")]
        counts = tuple(2 + int(np.count_nonzero(distance[active] <= reach)) for reach in reaches)
        needed = sum(
            (degree - m + 1) * count for m, (degree, count) in enumerate(zip(extent.degrees, counts, strict=True))
        )
        if needed > LARGEST_TABLES:
            raise Unresolved(
                f"attention with harmonics up to degree {max(extent.degrees)} at {tokens.y.size} tokens: tables of "
                f"{needed:.3g} numbers (allowed {LARGEST_TABLES:.3g}); lower attention.beta or scale query and key down"
            )
        spot = np.where(tokens.y < 0, 0, 1)
        spot[active] = np.arange(2, 2 + active.size)
        spot_c = np.concatenate([[1.0, -1.0], tokens.c[active]])
        return cls(tokens, extent, spot, active, counts, *_tables(extent.degrees, counts, spot_c))

    def moments(self) -> SphereMoments:
        """Return the moments of the extent."""
        tokens, degrees, spot = self.tokens, self.extent.degrees, self.spot
        count, masses = 2 + self.active.size, tokens.masses
        away = np.bincount(spot, masses * tokens.away, count)
        deficits = functions_of_order(0, degrees[0]).norms * (self.quotients[0][: degrees[0] + 1] @ away)
        orders: list[ComplexArray] = []
        step = tokens.s * tokens.azimuth.conj()
        power = masses * step
        for m in range(1, len(degrees)):
            table = self.tables[m]
            if m <= 2:
                parts = [np.bincount(spot, part, count) for part in (power.real, power.imag)]
                weights = np.asarray(np.stack(parts, axis=1), dtype=float)
            else:
                if m == 3:
                    power, step = power[self.active], step[self.active]
                felt = power[: table.shape[1] - 2]
                weights = np.zeros((table.shape[1], 2))
                weights[2:, 0], weights[2:, 1] = felt.real, felt.imag
            this = functions_of_order(m, degrees[m])
            sums = table[: this.norms.size] @ weights
            orders.append(np.asarray(this.norms * (sums[:, 0] + 1j * sums[:, 1]), dtype=complex))
            power = power * step
        return SphereMoments(float(masses.sum()), deficits, tuple(orders))


def _tables(
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
