"""How wide a row becomes where a case says "auto": rules derived here, from the rows alone.

A row x_i becomes a von Mises–Fisher bump about x_i, which multiplies the degree-l moments of the rows by
A_l(κ) = ∫ P_l(<x, n>) dvMF, so that R is multiplied by A_1(κ). Two rules choose κ:

*Circle and sphere* (derived): the risk E ∫ (ρ̂ − ρ)² dσ over draws of n rows is, by Parseval's identity and up to a
number that does not depend on κ, the expectation of

    J(κ) = Σ_l N_l (A_l² S_l − 2 A_l U_l),     S_l = |M̂_l|²,     U_l = (n S_l − 1)/(n − 1),

M̂ the rows' own coefficients: E U_l = |M_l|², since S_l is the mean of P_l(<x_i, x_j>) over all pairs, n of which are 1.
κ minimises J.

*Zonal spaces* (derived): the cosines t_i are smoothed by a bump of variance h² = E(1 − t²) A_1(κ)/κ. For a normal law
of variance s² a normal bump has the mean integrated square error 1/(2√π n h) + (h⁴/4) 3/(8√π s⁵) to leading order,
least at h = (4/(3n))^{1/5} s. With the bound A_1(κ)/κ ≥ 1/(d/2 + √(d²/4 + κ²)), exact in both limits, taken for
equality, κ = √(g(g − d)), g = E(1 − t²)/h².
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.rows.directions import Rows
from kinetic.spaces.scattered import scattered, space_of
from kinetic.special import bessel_quotients, log_harmonic_dimensions
from kinetic.types import Array

_DEGREES = {2: 511, 3: 255}  # to which J is summed
_ENDED = 1e-8  # A_l of the narrowest bump at the last degree, about e^{−l²/2κ}
_LEAST, _TRIALS = 1e-3, 160
_REMEDY = "give initial.concentration as a number"


def chosen_concentration(rows: Rows) -> float:
    """Return the concentration of "auto".

    Raises
    ------
    DomainError
        Where the rule has no answer: too few rows, rows like uniform ones, rows that gather too tightly.
    """
    if rows.count < 3:
        raise DomainError(
            f'initial.concentration: received "auto" for {rows.count} row(s); needs at least 3; {_REMEDY}'
        )
    return _of_cosines(rows) if rows.axisymmetric else _of_points(rows)


def eigenvalues(concentration: float, dimension: int, degree: int) -> Array:
    """Return A_l = I_{l+ν}(κ)/I_ν(κ), ν = d/2 − 1, l = 0 … degree, as products of quotients of positive terms."""
    quotients = bessel_quotients(degree, 0.5 * dimension - 1.0, concentration)
    return np.append(1.0, np.cumprod(concentration * quotients))


def _of_points(rows: Rows) -> float:
    """Minimise J."""
    from scipy.optimize import minimize_scalar

    n, d = rows.count, rows.dimension
    degree = _DEGREES[d]
    space = space_of(d, degree)
    native = scattered(rows.places).sums(np.full(n, 1.0 / n), degree)
    squares = space.by_degree(native, native)
    unbiased = (n * squares - 1.0) / (n - 1.0)
    weights = np.exp(log_harmonic_dimensions(degree, d))

    def risk(log: float) -> float:
        a = eigenvalues(math.exp(log), d, degree)[1:]
        return float(np.sum(weights[1:] * (a * a * squares[1:] - 2.0 * a * unbiased[1:])))

    largest = degree**2 / (2.0 * math.log(1.0 / _ENDED))
    trials = np.linspace(math.log(_LEAST), math.log(largest), _TRIALS)
    risks = [risk(log) for log in trials]
    best = int(np.argmin(risks))
    if risks[best] >= 0.0 or best == 0:
        raise DomainError(
            f'initial.concentration: "auto" cannot tell the {n} rows from uniform ones, which no concentration '
            f"improves; {_REMEDY}"
        )
    if best == _TRIALS - 1:
        raise DomainError(
            f'initial.concentration: "auto" finds rows that gather more tightly than bumps of concentration '
            f"{largest:.4g} (rows given twice do); {_REMEDY}"
        )
    return math.exp(float(minimize_scalar(risk, bounds=(trials[best - 1], trials[best + 1]), method="bounded").x))


def _of_cosines(rows: Rows) -> float:
    """Apply the rule for a normal law of the cosines."""
    n, d = rows.count, rows.dimension
    spread, across = float(rows.places.std()), float(np.mean(1.0 - rows.places**2))
    width = (4.0 / (3.0 * n)) ** 0.2 * spread
    if width <= 1e-6 * math.sqrt(across) or across <= 0.0:
        raise DomainError(f'initial.concentration: "auto" finds the same cosine to the axis in all rows; {_REMEDY}')
    g = across / width**2
    if g <= d:
        raise DomainError(
            f'initial.concentration: "auto" finds cosines spread more widely than any bump makes them; {_REMEDY}'
        )
    return math.sqrt(g * (g - d))
