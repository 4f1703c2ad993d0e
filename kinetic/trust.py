"""When a density's numbers are trusted, in every chart: what *resolved* promises, and the bounds that keep it."""

import math

RESOLVED_CHANGE = 1e-6
"""*Resolved* means: doubling the resolution would change R and E by less than this, relatively, in every chart."""

MASS_BOUND = 1e-10
"""Largest distance of the mass from one: no flow loses more than rounding, so that more is a defect of the steps."""

NOTICED_TAIL = RESOLVED_CHANGE**2
"""Spectral tail, a share of squares, from which on truncation may matter to R and E at all: its root does not."""

TAIL_BOUND = RESOLVED_CHANGE
"""Largest share of squared coefficients in the top tenth of the degrees.

A truncation drops about as much as the top tenth holds: |δρ|² ≤ tail·|ρ|² in L²(σ). R and E are functionals of low
degree, and in a Galerkin method the error of such a functional is the product of two truncation errors, that of ρ and
that of the dual solution (the functional carried back by the flow): the former is √tail, the latter no larger, because
the same contraction of the flow that steepens ρ carries smooth test functions, never concentrated ones. The change of
R and E is thus at most about tail itself (tests/test_march.py measures it by doubling: it stays far below).

Heads with matrices need not contract: what the flow shears or parts makes dual solutions steep, and large exponents
make E feel few tokens. There the change was up to 35 tails, once ten thousand. Such runs have a witness at half the
degree (`kinetic.march`), from where the tail is noticed.
"""

NOISE_BOUND = RESOLVED_CHANGE
"""Largest relative rounding error of the softmax partition at its smallest value.

The tokens where Z is small are few (Z ≥ w_0 ρ for a smooth density), so that R and E feel far less than this.
"""

WITNESS_TOLERANCE = RESOLVED_CHANGE**0.75 / 10
"""Of a witness's stepper, whose errors count by the same share as its difference.

Where the sizes of degrees fall geometrically, half of the degrees have the root of the tail: the share, √(tail/√tail),
is at most the fourth root of `TAIL_BOUND`, and errors of this size fill a tenth of what is allowed.
"""

GROWTH = 5 / 4
"""Factor of degree = "auto": what it has too much, a tenth on average, costs less than more changes of size would."""

SMALLEST_AUTO_DEGREE = 16

DEFAULT_MAX_DEGREE = 1023
"""Largest degree = "auto" where the case names none."""


def growth_bound(tolerance: float) -> float:
    """Return the spectral tail beyond which a space grows, for a tolerance of the time stepper: its 3/2th power.

    A tail of the tolerance itself would do for R and E now, which feel the tail (see `TAIL_BOUND`); its square for
    values of ρ, which feel the root. What a space has left out when it grows stays left out, and matters more to R
    later, as the functional carried back by the flow steepens: R was wrong by 16 tolerances with the first, by 0.06
    with the power between them, at fewer steps and 1.0 to 1.4 times the cost of the smallest fixed degree that finishes
    with the accuracy (tests/test_march.py).
    """
    return float(tolerance**1.5)


def grown(degree: int, largest: int) -> int:
    """Return the degree after one: larger by a quarter, even, at most the largest."""
    return min(2 * math.ceil(GROWTH * degree / 2), largest)
