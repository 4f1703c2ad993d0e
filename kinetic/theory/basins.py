"""Basins carried back: which part of the initial density comes to which cluster.

A token at a separatrix of the plateau has always been at the separatrix: the points that repel, on the circle and about
an axis, and on the sphere the curves along which tokens come to saddles. Carried back through the field of all times
they bound, at the first time, what the clusters hold. Going back, the flow contracts onto separatrices, so that errors
of their last places, and of the steps, shrink by e^{−∫ λ_sep dt}; only the field counts. Derived here (setting of
arXiv:2410.06833 and arXiv:2509.25040).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.integrate import solve_ivp
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq

from kinetic.errors import DomainError
from kinetic.theory.critical import critical_points, exponents
from kinetic.theory.domain import increasing_times, require_between, require_finite, require_normalization
from kinetic.theory.enclosed import Border
from kinetic.theory.sphere_potential import Complex, Potential, coefficients
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike, Integers, Normalization

SOURCE = "derived here; setting of arXiv:2410.06833 and arXiv:2509.25040"
_ZERO = 1e-9  # of X where it vanishes: a sum of harmonics knows it to 1e-14 e^{2β} at worst
_NUDGE = 1e-6  # radians off a saddle: the curve's curvature counts with its square, and that shrinks
_STRIDE = 0.7  # markers' steps, over the shortest time in which the field stretches by e: borders to 1e-9
_STRIDES, _SHIFTS = 1000, 400
_GATHERED = 1e-3
_STEPS = 1e-8  # tolerance of the way back, along which errors shrink


@statement("derived", SOURCE, "a cluster holds what began between two separatrices carried back")
def basins_of_the_circle(
    times: ArrayLike, waves: NDArray[np.complex128], beta: float, normalization: Normalization, degree: int
) -> tuple[Array, Array]:
    """Return where the basins of the clusters at the last time begin, as angles at the first time and at the last.

    The zeros of X with X' > 0 at the last time are carried back through X(θ, t) = f'(θ)/(β f(θ)) (softmax) or f'/β,
    f = Σ_l I_l(β) ∫ cos l(θ − φ) dμ_t (l ≥ 1 doubled): going back the flow contracts onto the separatrices, so that an
    error at the end shrinks by e^{−∫ λ_sep dt}.

    Parameters
    ----------
    times : array_like, shape (n,)
        Ascending.
    waves : ndarray, shape (n, L + 1)
        ∫ e^{−ilφ} dμ at the times, l = 0 … L.
    beta : float
        Not 0.
    degree : int
        Of the splines in time, odd; n > degree.

    Returns
    -------
    first, last : ndarray, shape (k,)
        Ascending in the last; k basins, each from one of these angles to the next.

    **Accuracy** That of the splines: the spacing of the times to the power degree + 1.
    """
    instants = increasing_times(times)
    require_finite("beta", beta)
    require_normalization(normalization)
    _require_rows(instants, len(waves), degree)
    orders = np.arange(waves.shape[1])
    weights = special.ive(orders, abs(beta)) * np.where(orders == 0, 1.0, 2.0) * np.where(beta < 0, (-1.0) ** orders, 1)
    spline = make_interp_spline(instants, waves * weights, k=degree)
    scale = math.exp(abs(beta)) / beta if normalization == "none" else 1.0 / beta

    def field(theta: Array, sums: NDArray[np.complex128]) -> Array:
        turned = np.exp(1j * np.outer(theta, orders)) * sums
        slope = -(turned.imag @ orders)
        return np.asarray(scale * (slope if normalization == "none" else slope / turned.real.sum(axis=1)))

    sums = waves[-1] * weights
    scan = np.linspace(0.0, 2.0 * math.pi, 64 * orders.size + 1)
    values = field(scan, sums)
    rises = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    last = np.array(
        [brentq(lambda x: float(field(np.array([x]), sums)[0]), scan[i], scan[i + 1], xtol=1e-14) for i in rises]
    )
    if last.size == 0:
        return last, last
    span = float(instants[-1] - instants[0])
    back = solution_at(lambda s, theta: -field(theta, spline(instants[-1] - s)), last, [span])
    return np.asarray(back[0]), last


@dataclass(frozen=True, eq=False)
class SphereBasins:
    """Basins of attraction on S².

    Parameters
    ----------
    places : Array, shape (k, 3)
        Points that attract at the last time.
    borders : tuple of Border
        Between them at the first time, numbered as the places are. None where maxima, saddles and minima of the
        potential do not add up to 2, so that some have been missed, and where two clusters are so nearly opposite that
        the ring between them is nearly all at rest.
    """

    places: Array
    borders: tuple[Border, ...]


@statement("derived", SOURCE, "a cluster holds what began between separatrices carried back")
def basins_of_the_sphere(
    times: ArrayLike, moments: Complex, beta: float, normalization: Normalization, degree: int
) -> SphereBasins:
    """Return the basins of the clusters at the last time, as they are at the first.

    A saddle of the potential at the last time has two curves along which tokens come to it, traced back in the field of
    that time to points that repel. Markers on them are carried back through the field of all times. On either side lies
    the basin of the point to which a token pushed off the saddle comes.

    Parameters
    ----------
    times : array_like, shape (n,)
        Ascending.
    moments : ndarray, shape (n, L + 1, L + 1)
        `sphere_potential.moments` of the density at the times.
    beta : float
        Positive.
    degree : int
        Of the splines in time, odd; n > degree.

    **Accuracy** That of the splines: the spacing of the times to the power degree + 1.
    **Cost** A few seconds for 36 degrees and three saddles.
    """
    instants = increasing_times(times)
    require_between("beta", beta, 0.0, math.inf)
    require_normalization(normalization)
    _require_rows(instants, len(moments), degree)
    series = coefficients(moments, beta)
    last = Potential(series[-1], beta)
    critical = critical_points(last, _ZERO)
    rates, axes = exponents(last, critical)
    rising = np.count_nonzero(rates > 0, axis=1)
    places, saddles = critical[rising == 0], critical[rising == 1]
    if len(critical) - 2 * len(saddles) != 2 or len(places) < 2:
        return SphereBasins(places, ())
    arcs = _arcs(last, saddles, axes[rising == 1][:, :, 0], _STRIDE / float(np.abs(rates).max()))
    if arcs is None:
        return SphereBasins(places, ())
    ends = [critical[rising == 2][np.argmax(critical[rising == 2] @ arc[-1])] for arc in arcs]
    spline = make_interp_spline(instants, series, k=degree)

    def back(time: float, state: Array) -> Array:
        now = Potential(spline(instants[-1] - time), beta)
        x = state.reshape(-1, 3)
        return np.asarray(-(now.drift(x) if normalization == "softmax" else now.pull(x)).ravel())

    markers = np.concatenate([saddles, ends, arcs.reshape(-1, 3)])
    span = (0.0, float(instants[-1] - instants[0]))
    way = solve_ivp(back, span, markers.ravel(), method="DOP853", rtol=_STEPS, atol=_STEPS, t_eval=span[1:])
    first = _unit(way.y[:, -1].reshape(-1, 3))
    count = len(saddles)
    points, sources, arcs = first[:count], first[count : 3 * count], first[3 * count :].reshape(arcs.shape)
    left, right = _sides(last, places, saddles, axes[rising == 1][:, :, 0])
    borders = []
    for k in range(count):
        one, two = arcs[k], arcs[k + count]
        parts = (sources[k : k + 1], one[::-1], points[k : k + 1], two, sources[k + count : k + count + 1])
        borders.append(Border(parts, int(left[k]), int(right[k])))
    return SphereBasins(places, tuple(borders))


def _arcs(last: Potential, saddles: Array, axes: Array, step: float) -> Array | None:
    """Return both curves to each saddle, from there on, shape (2k, n, 3), those against the axes first.

    None where they take too long to come to points that repel, as along the ring between two opposite clusters.

    **Accuracy** That of Runge's and Kutta's steps, 1e-3: the way back forgets it.
    """
    x = _unit(np.concatenate([saddles - _NUDGE * axes, saddles + _NUDGE * axes]))
    rows = [x]
    for _ in range(_STRIDES):
        one = last.drift(x)
        two = last.drift(_unit(x - 0.5 * step * one))
        three = last.drift(_unit(x - 0.5 * step * two))
        four = last.drift(_unit(x - step * three))
        x = _unit(x - step / 6.0 * (one + 2.0 * two + 2.0 * three + four))
        rows.append(x)
        near = float(np.linalg.norm(one, axis=1).max()) < _NUDGE
        if near and float(np.linalg.norm(x - rows[0], axis=1).min()) > _GATHERED:
            return np.array(rows).transpose(1, 0, 2)
    return None


def _sides(last: Potential, places: Array, saddles: Array, axes: Array) -> Integers:
    """Return the places that tokens left and right of each axis through a saddle come to, shape (2, k)."""
    across = np.cross(saddles, axes)
    x = np.concatenate([saddles + _GATHERED * across, saddles - _GATHERED * across])
    for _ in range(_SHIFTS):
        shift = last.drift(x)
        x = _unit(x + 0.9 * shift)
        if float(np.abs(shift).max()) < _GATHERED:
            break
    return np.asarray(np.argmax(x @ places.T, axis=1).reshape(2, -1))


def _unit(x: Array) -> Array:
    return np.asarray(x / np.linalg.norm(x, axis=-1, keepdims=True))


def _require_rows(instants: Array, rows: int, degree: int) -> None:
    if instants.size <= degree or rows != instants.size:
        raise DomainError(
            f"{instants.size} times with {rows} rows are not possible; allowed: one row for each of more than {degree} "
            "times"
        )
