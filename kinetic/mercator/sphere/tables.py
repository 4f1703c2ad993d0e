"""Tokens about a pole, which harmonics of them are felt at all, the functions at the tokens, and the moments.

The module knows tokens and the strength of each degree, not what attention makes of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from kinetic.errors import Unresolved
from kinetic.mercator.sphere.legendre import chebyshev_values, functions_of_order, quotient_table, series_up_to
from kinetic.types import Array, ComplexArray, Integers

LARGEST_TABLES = 2**27
"""Numbers that the tables of one set of tokens may hold: 1 GB."""

_NEAREST, _FARTHEST = -372.0, 340.0  # y beyond which e^{2y} is 0, and where it is not far from infinite
_LEAST_STRETCH, _LARGEST_STRETCH = math.exp(_NEAREST), math.exp(_FARTHEST)
_ENTRIES = 2**15  # numbers that the sums over one block of tokens take at a time: they stay in the cache
_SMALLEST_LOG = -745.0  # of a number
_FEWEST = 256  # tokens of a block


@dataclass(frozen=True, eq=False)
class SphereTokens:
    """Tokens about a pole.

    Parameters
    ----------
    stretch : Array, shape (n,)
        e^y = tan(θ/2) = (1 − c)/s.
    cosine, sine : Array, shape (n,)
        Of the azimuth φ.
    masses : Array, shape (n,)
    frame : Array, shape (3, 3)
        Matrix from the coordinates about the pole to physical ones; its last column is the pole.
    """

    stretch: Array
    cosine: Array
    sine: Array
    masses: Array
    frame: Array = field(default_factory=lambda: np.eye(3))

    @classmethod
    def at(cls, y: Array, azimuth: ComplexArray, masses: Array, frame: Array | None = None) -> "SphereTokens":
        """Return tokens at latitudes y = ln tan(θ/2) and azimuths e^{iφ}."""
        stretch = np.exp(np.minimum(np.maximum(y, _NEAREST), _FARTHEST))
        parts = (np.ascontiguousarray(azimuth.real), np.ascontiguousarray(azimuth.imag))
        tokens = cls(stretch, *parts, masses, np.eye(3) if frame is None else frame)
        tokens.__dict__["y"] = y
        return tokens

    @classmethod
    def of_stretches(cls, stretches: Array, cosine: Array, sine: Array, masses: Array, frame: Array) -> "SphereTokens":
        """Return tokens at given tan(θ/2)."""
        stretch = np.maximum(stretches, _LEAST_STRETCH)
        return cls(np.minimum(stretch, _LARGEST_STRETCH, out=stretch), cosine, sine, masses, frame)

    @cached_property
    def y(self) -> Array:
        """Latitudes ln tan(θ/2)."""
        return np.asarray(np.log(self.stretch))

    @cached_property
    def azimuth(self) -> ComplexArray:
        """e^{iφ}."""
        return _phases(self.cosine, self.sine)

    @cached_property
    def beyond(self) -> Array:
        """1 + c = 2/(1 + e^{2y}), with relative accuracy at the antipode."""
        return np.asarray(2.0 / (1.0 + self.stretch * self.stretch))

    @cached_property
    def c(self) -> Array:
        """Cos θ."""
        return self.beyond - 1.0

    @cached_property
    def s(self) -> Array:
        """Sin θ, with relative accuracy at both poles."""
        return self.stretch * self.beyond

    @cached_property
    def away(self) -> Array:
        """1 − c, with relative accuracy at the pole."""
        return self.stretch * self.s

    @property
    def points(self) -> Array:
        """Unit vectors, shape (n, 3)."""
        across = np.stack([self.s * self.cosine, self.s * self.sine, self.c], axis=-1)
        return np.asarray(across @ self.frame.T)

    def sizes(self, degree: int) -> Array:
        """Return bounds of ∫ s^m dμ, m = 1 … degree, with ∫ (1 − c) dμ in the place of m = 0.

        They are exact where m is a power of two. Between, ln ∫ s^m dμ is below its chord, as it is convex in m.
        """
        highest = max(degree, 3)
        known, power = [], self.s
        while True:
            known.append(float(self.masses @ power))
            if 1 << (len(known) - 1) >= highest:
                break
            power = power * power
        m = np.arange(1.0, highest + 1)
        with np.errstate(divide="ignore"):
            logs = np.interp(m, 2.0 ** np.arange(len(known)), np.maximum(np.log(known), _SMALLEST_LOG))
        return np.concatenate([[self.masses @ self.away], np.where(logs > _SMALLEST_LOG, np.exp(logs), 0.0)])


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
        poles = series_up_to(degree).at_pole[1 : degree + 1, : degree + 1]
        m = np.arange(1.0, degree + 1)[:, None]
        terms = 2.0 * strength * np.minimum(1.0, poles * sizes[1 : degree + 1, None])
        at_poles = terms * poles
        felt = np.where(m > 2, np.minimum(terms, at_poles), at_poles) > smallest
        orders = int(np.argmin(np.append(felt.any(axis=1), False)))  # where one is not felt, none of a higher order is
        degrees = degree - np.argmax(felt[:orders, ::-1], axis=1)
        with np.errstate(divide="ignore"):
            reaches = _reach(m[:orders, 0], at_poles[:orders].max(axis=1), smallest)
        found += zip(degrees.tolist(), reaches.tolist(), strict=True)
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
    largest = np.max(terms * this.norms * this.at_pole)
    return degree, float(_reach(np.array([m]), np.array([largest]), smallest)[0])


def _reach(m: Array | Integers, largest: Array, smallest: float) -> Array:
    """Return |y| beyond which s^{m−2} times the largest term is below the smallest that matters."""
    outward = np.log(np.maximum(1.0, largest / smallest)) / np.maximum(m - 2, 1)
    return np.where(m > 2, math.log(2.0) + outward, np.inf)


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

    @cached_property
    def sizes(self) -> Array:
        """|C_l0|, |C_l1|, …, one after the other."""
        return np.asarray(np.abs(np.concatenate([self.axial, *self.orders])))

    def felt(self, smallest: float) -> "Coefficients":
        """Return those that may add more than `smallest` to a rate, |C_lm| l(l+1) T_lm(1), as `of_moments` has it."""
        strength, order, place = _layout((self.axial.size, *(C.size for C in self.orders)))
        felt = np.flatnonzero(self.sizes * strength > smallest)
        known = np.zeros(len(self.orders) + 1, dtype=int)
        known[order[felt]] = place[felt] + 1  # of several in an order the last one stays
        last = int(np.flatnonzero(known)[-1]) if felt.size else 0
        kept = zip(self.orders[:last], known[1:].tolist(), strict=False)
        return Coefficients(self.axial[: max(int(known[0]), 1)], tuple(C[:count] for C, count in kept))

    def cut(self, extent: Extent) -> "Coefficients":
        """Return those that an extent holds."""
        kept = zip(self.orders, enumerate(extent.degrees[1:], start=1), strict=False)
        return Coefficients(self.axial[: extent.degrees[0] + 1], tuple(C[: degree - m + 1] for C, (m, degree) in kept))


@lru_cache(maxsize=256)
def _layout(counts: tuple[int, ...]) -> tuple[Array, Integers, Integers]:
    """Return l(l+1) T_lm(1), m and l − m of so many coefficients of each order, one order after the other."""
    order = np.repeat(np.arange(len(counts)), counts)
    place = np.concatenate([np.arange(count) for count in counts])
    l = order + place
    return l * (l + 1) * series_up_to(int(l.max())).at_pole[order, l], order, place


@dataclass(frozen=True, eq=False)
class Block:
    """Some tokens in a row, and what sums over orders and degrees are made of there.

    Parameters
    ----------
    tokens : slice
    polynomials : Array, shape (degree + 1, n)
        T_k(c).
    waves : Array, shape (2 q, n)
        Real part and minus the imaginary part of s^{m−2} e^{imφ}, m = 2 … q + 1: those orders that are felt here.
    """

    tokens: slice
    polynomials: Array
    waves: Array


@dataclass(frozen=True, eq=False)
class TokenTables:
    """The functions of an extent at the tokens that feel them, in blocks of tokens.

    An order m ≥ 3 is felt like s^{m−2}: the blocks far from the equator have none of it.
    """

    tokens: SphereTokens
    extent: Extent
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, tokens: SphereTokens, extent: Extent) -> "TokenTables":
        """Evaluate the functions.

        Raises
        ------
        Unresolved
            If they are more than `LARGEST_TABLES` numbers.
        """
        degree, count = max(extent.degrees), tokens.stretch.size
        orders = max(len(extent.degrees) - 2, 0)
        needed = (degree + 1 + 2 * orders) * count + 2 * (degree + 1) ** 3
        if needed > LARGEST_TABLES:
            raise Unresolved(
                f"attention with harmonics up to degree {degree} at {count} tokens: tables of "
                f"{needed:.3g} numbers (allowed {LARGEST_TABLES:.3g}); lower attention.beta or scale query and key down"
            )
        size = max(_FEWEST, _ENTRIES // max(2 * orders, 8))
        firsts = np.arange(0, count, size)
        # of |y| = arcosh(1/s), which falls as s grows
        nearest = np.arccosh(np.maximum(1.0 / np.maximum.reduceat(tokens.s, firsts), 1.0))
        felt = np.searchsorted(-np.array(extent.reaches[2:]), -nearest, side="right")
        places = (slice(first, first + size) for first in firsts.tolist())
        blocks = (_block(tokens, at, degree, q) for at, q in zip(places, felt.tolist(), strict=True))
        return cls(tokens, extent, tuple(blocks))

    def moments(self) -> SphereMoments:
        """Return the moments of the extent."""
        tokens, degrees = self.tokens, self.extent.degrees
        degree, orders = max(degrees), len(degrees)
        low, high = np.zeros((3, degree + 1)), np.zeros((degree + 1, 2 * max(orders - 2, 0)))
        known = max((last - m + 1 for m, last in enumerate(degrees[2:], start=2)), default=0)  # of degree l − m in c
        flat = tokens.masses * tokens.s
        weights = np.stack([tokens.masses * tokens.away, flat * tokens.cosine, -flat * tokens.sine])
        flat = flat * tokens.s
        for block in self.blocks:
            low += weights[:, block.tokens] @ block.polynomials.T
            felt = block.waves.shape[0]
            if felt:
                high[:known, :felt] += (flat[block.tokens] * block.polynomials[:known]) @ block.waves.T
        series = series_up_to(degree).values
        drops = series[0, : degrees[0] + 1, : degree + 1] @ quotient_table(degree + 1)
        columns = np.concatenate([low[1:].T, high], axis=1).reshape(degree + 1, -1, 2)
        sums = series[1:orders, :degree, : degree + 1] @ columns.transpose(1, 0, 2)[: orders - 1]
        found = (sums[m - 1, : last - m + 1] for m, last in enumerate(degrees[1:], start=1))
        parts = tuple(np.ascontiguousarray(part).view(complex)[:, 0] for part in found)
        return SphereMoments(float(tokens.masses.sum()), drops @ low[0], parts)


def _block(tokens: SphereTokens, at: slice, degree: int, orders: int) -> Block:
    """Return the block of some tokens that feel so many orders from m = 2 on."""
    c = tokens.c[at]
    waves = np.empty((orders, 2, c.size))
    if orders:
        phase = _phases(tokens.cosine[at], tokens.sine[at])
        powers = np.empty((orders, c.size), dtype=complex)
        np.multiply(phase, phase, out=powers[0])
        step, known = tokens.s[at] * phase, 1
        while known < orders:
            more = min(known, orders - known)
            np.multiply(powers[:more], step, out=powers[known : known + more])
            step, known = step * step, known + more
        waves[:, 0] = powers.real
        np.negative(powers.imag, out=waves[:, 1])
    return Block(at, chebyshev_values(c, degree + 1), waves.reshape(2 * orders, c.size))


def _phases(cosine: Array, sine: Array) -> ComplexArray:
    """Return e^{iφ}."""
    phases = np.empty(cosine.shape, dtype=complex)
    phases.real, phases.imag = cosine, sine
    return phases
