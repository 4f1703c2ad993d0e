"""Two tokens in one random environment: averages of functions of their overlap u = <X, Y>.

In a field of covariance κ(<x, y>) P_x P_y, <dX, dY> = κ(u) tr P_x P_y dt and du has the variance
2 (1−u²)(κ(1) − u κ(u)) dt, so that u moves by

    L = [(d−2+u²) κ(u) − (d−1) u κ(1)] ∂_u + (1−u²)(κ(1) − u κ(u)) ∂_u²;

tokens that have each a noise of their own, of the same law, by L with 0 in place of κ(u). L degenerates at
u = 1, where averages of smooth functions are smooth in ln(1 − u) alone. Knows formulas, no densities.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.polynomial import polynomial
from scipy.interpolate import BarycentricInterpolator
from scipy.linalg import expm

from kinetic.theory.domain import require_dimension
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike

_NODES = 240
_DEEP = 24.0  # s at the end: there 1 − u ≤ 2 e^{−24}, and a function differs from its limit by no more
_ODD = 1e-12  # of κ(1): κ(1) + κ(−1) that is rounding


@statement(
    "derived",
    "derived here; two-point motion of arXiv:2604.26898",
    "averages of functions of <x, y> over noise and pairs follow the generator of the two-point motion",
)
def pair_average(
    function: Callable[[Array], Array], covariance: Sequence[float], d: int, overlaps: ArrayLike, times: ArrayLike
) -> Array:
    """Return E[f(u_t) | u_0] in common noise, without attention.

    Parameters
    ----------
    covariance : sequence of float
        κ_0, κ_1, … of κ(u) = Σ κ_j u^j, with the noise's strength squared.

    **Accuracy** 1e-9 of the largest |f| for f = e^{5u}, against more nodes on a longer interval; 1e-3 where κ(−1) is
    within a thousandth of −κ(1) without being it: a layer at u = −1 of that width.
    """
    require_dimension(d)
    kappa, level = np.asarray(covariance, dtype=np.float64), float(np.sum(covariance))
    drift = polynomial.polysub(polynomial.polymul([d - 2.0, 0.0, 1.0], kappa), [0.0, (d - 1.0) * level])
    spread = polynomial.polysub([level], polynomial.polymul([0.0, 1.0], kappa))
    opposite = abs(float(polynomial.polyval(-1.0, drift))) > _ODD * level
    # both have the factor 1 − u, and where antipodal pairs stay antipodal 1 − u²
    factor = [1.0, -1.0] if opposite else [1.0, 0.0, -1.0]
    first, second = (polynomial.polydiv(given, factor)[0] for given in (drift, spread))
    solve = _at_one_end if opposite else _at_both_ends
    return solve(
        function, lambda u: polynomial.polyval(u, first), lambda u: polynomial.polyval(u, second), overlaps, times
    )


@statement(
    "derived",
    "derived here: two independent spherical Brownian motions",
    "with a noise of its own for every token, the average of P_l(<x, y>) decays at κ(1) l(l+d−2)",
)
def independent_average(
    function: Callable[[Array], Array], level: float, d: int, overlaps: ArrayLike, times: ArrayLike
) -> Array:
    """Return E[f(u_t) | u_0] of two tokens with independent noise of the one-point law of common noise.

    Parameters
    ----------
    level : float
        κ(1), with the noise's strength squared.

    **Accuracy** Rounding: L = κ(1) [(1−u²) ∂_u² − (d−1) u ∂_u], by collocation, keeps polynomials of a degree.
    """
    require_dimension(d)
    u, slope = _chebyshev(48)
    generator = level * ((1 - u * u)[:, None] * (slope @ slope) - ((d - 1) * u)[:, None] * slope)
    onto = np.polynomial.chebyshev.chebvander(np.asarray(overlaps, dtype=float), u.size - 1)
    back = np.linalg.inv(np.polynomial.chebyshev.chebvander(u, u.size - 1))
    values = np.array([expm(float(time) * generator) @ function(u) for time in np.asarray(times, dtype=float)])
    return np.asarray(values @ (onto @ back).T)


@statement(
    "derived",
    "derived here for the model of arXiv:2601.21942",
    "two tokens under random value matrices: drift and diffusion of their overlap",
)
def values_motion(overlap: ArrayLike, d: int, beta: float) -> tuple[Array, Array]:
    """Return (b, a) of the generator b ∂_u + a ∂_u² of u = <x_1, x_2>, two tokens of mass ½ under softmax.

    dx_i = P dB a_i − ½(d−1)|a_i|² x_i dt, a_i = p x_i + (1−p) x_j, p = 1/(1 + e^{−β(1−u)}). With q = 2p(1−p),
    |a_i|² = 1 − q(1−u) and <a_1, a_2> = q(1−u) + u,

        b = (1−u²) [q (u+d−2) − u],      a = (1−u²)² (1 − q).

    Parameters
    ----------
    overlap : array_like
        u in [−1, 1].
    """
    u = np.asarray(overlap, dtype=np.float64)
    first, second = _under_values(d, beta)
    return (1 - u * u) * first(u), (1 - u * u) ** 2 * second(u)


@statement(
    "derived",
    "derived here for the model of arXiv:2601.21942",
    "two clusters under random value matrices: averages follow the generator of their overlap",
)
def values_average(
    function: Callable[[Array], Array], beta: float, d: int, overlaps: ArrayLike, times: ArrayLike
) -> Array:
    """Return E[f(u_t) | u_0] of two Dirac masses ½ under random value matrices of strength one.

    **Accuracy** For β ≤ 3 and d ≤ 8, 5e-9 of the largest |f|, against more nodes.
    """
    first, second = _under_values(d, beta)
    return _at_both_ends(function, first, second, overlaps, times)


def _under_values(d: int, beta: float) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Return b/(1−u²) and a/(1−u²)² as functions of u."""
    require_dimension(d)

    def mixed(u: Array) -> Array:
        p = 1.0 / (1.0 + np.exp(-beta * (1.0 - u)))
        return np.asarray(2.0 * p * (1.0 - p))

    return lambda u: mixed(u) * (u + d - 2) - u, lambda u: 1.0 - mixed(u)


@statement(
    "derived",
    "derived here for the model of arXiv:2601.21942",
    "antipodal pairs attract under random value matrices iff cosh²β > (d−1)/2",
)
def antipodal_exponent(d: int, beta: float) -> float:
    """Return the drift of ln(1 + u) near u = −1 under random value matrices: (d−1)/cosh²β − 2.

    With w = 1 + u and 1 − q = ½(1 + tanh²β) at w = 0, the generator of `values_motion` becomes, to first order,
    ((d−1)(1 − s) + 2s) w ∂_w + 2(1 + s) w² ∂_w², s = tanh²β. Antipodal pairs attract where the drift of ln w is below
    0. There ln w is Gaussian, so that the median of the distance between one token and the other's antipode falls at
    half the exponent.
    """
    require_dimension(d)
    return float((d - 1) / np.cosh(beta) ** 2 - 2.0)


def _at_both_ends(
    function: Callable[[Array], Array],
    first: Callable[[Array], Array],
    second: Callable[[Array], Array],
    overlaps: ArrayLike,
    times: ArrayLike,
) -> Array:
    """Solve ∂_t f = (1−u²) first ∂_u f + (1−u²)² second ∂_u² f in s, u = tanh s."""
    nodes, slope = _chebyshev(_NODES)
    s, slope = 0.5 * _DEEP * nodes, slope / (0.5 * _DEEP)
    u = np.tanh(s)
    pushed, spread = first(u), second(u)
    generator = (pushed + 2.0 * u * spread)[:, None] * slope + spread[:, None] * (slope @ slope)
    generator[[0, -1]] = 0.0
    at = np.arctanh(np.clip(np.asarray(overlaps, dtype=float), -u[0], u[0]))
    return _solved(generator, function(u), s, at, times)


def _at_one_end(
    function: Callable[[Array], Array],
    first: Callable[[Array], Array],
    second: Callable[[Array], Array],
    overlaps: ArrayLike,
    times: ArrayLike,
) -> Array:
    """Solve ∂_t f = (1−u) first ∂_u f + (1−u²)(1−u) second ∂_u² f in s, u = 1 − 2e^{−s}.

    At u = −1 a function is smooth, and the equation holds as it stands.
    """
    nodes, slope = _chebyshev(_NODES)
    s, slope = 0.5 * _DEEP * (1.0 + nodes), slope / (0.5 * _DEEP)
    u = 1.0 - 2.0 * np.exp(-s)
    pushed, spread = first(u), -2.0 * np.expm1(-s) * second(u)
    generator = (pushed + spread)[:, None] * slope + spread[:, None] * (slope @ slope)
    generator[0] = 0.0
    at = -np.log(np.clip(0.5 * (1.0 - np.asarray(overlaps, dtype=float)), np.exp(-_DEEP), 1.0))
    return _solved(generator, function(u), s, at, times)


def _solved(generator: Array, values: Array, nodes: Array, at: Array, times: ArrayLike) -> Array:
    found = np.array([expm(float(time) * generator) @ values for time in np.asarray(times, dtype=float)])
    return np.asarray(BarycentricInterpolator(nodes, found.T)(at)).T


def _chebyshev(count: int) -> tuple[Array, Array]:
    """Return Chebyshev points, descending, and the matrix of derivatives of polynomials by their values there."""
    points = np.cos(np.pi * np.arange(count) / (count - 1))
    signs = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    signs[[0, -1]] *= 2.0
    apart = points[:, None] - points[None, :] + np.eye(count)
    table = np.outer(signs, 1.0 / signs) / apart
    return points, np.asarray(table - np.diag(table.sum(axis=1)))
