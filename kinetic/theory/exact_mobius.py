"""Exact solutions at β = 0, where the flow is a Möbius motion of the sphere.

Responsible for the orbit of the uniform density (the Poisson family) in closed form or by quadrature, and for
the motion of any given measure at β = 0, where softmax and unnormalized attention agree. Knows nothing of
β ≠ 0.

**Structure** (Lipton, Mirollo, Strogatz, arXiv:1907.07150; Chandra, Girvan, Ott, arXiv:1809.00783); the
formulas are derived here. x′ = m − <m,x>x, m = ∫ x dμ, is a conformal field, so μ_t is the image of μ_0
under a boost and a rotation. Along the axis e the boost of rapidity s is tan(θ/2) ↦ e^{−s} tan(θ/2), a
translation by −s of y = ln tan(θ/2), and s′ = R. The uniform measure becomes, with w = tanh(s/2),

    ρ = (cosh s − cos θ sinh s)^{−(d−1)} = ((1 − w²)/|x − we|²)^{d−1},     w′ = ½(1 − w²) R(w),
    R(w) = (2(d−1)/d) w ₂F₁(1, 1 − d/2; 1 + d/2; w²).

All deficits are integrals of non-negative terms: nothing here subtracts from one.
"""

import math

import numpy as np

from kinetic.errors import DomainError
from kinetic.theory.axis_rule import rapidity, uniform_axis_rule
from kinetic.theory.boost_group import boost_rates, boost_tolerances, mean_and_deficit
from kinetic.theory.domain import increasing_times, normalized_masses, require_between, require_dimension
from kinetic.theory.statement import statement
from kinetic.theory.trajectory import solution_at
from kinetic.types import Array, ArrayLike

SOURCE = "derived here; Möbius reduction of arXiv:1907.07150 and arXiv:1809.00783"


@statement("derived", SOURCE, "β = 0: R of the boosted uniform density of radius w")
def order_parameter(d: int, w: float) -> float:
    """Return R(w) = |∫ x dμ| of the Poisson density of radius w.

    R(w) = (2(d−1)/d) w ₂F₁(1, 1−d/2; 1+d/2; w²): w for d = 2, coth s − s/sinh² s for d = 3 with
    s = 2 artanh w, w(3 − w²)/2 for d = 4.

    Parameters
    ----------
    w : float
        Radius, −1 < w < 1.

    Returns
    -------
    float
        The order parameter, with the sign of w.

    **Accuracy** Relative 1e-13 for every w and d ≤ 4096; for 1 − R use `order_deficit`.
    """
    return order_parameter_of_rapidity(d, rapidity(w))


@statement("derived", SOURCE, "β = 0: R of the boosted uniform density of rapidity s")
def order_parameter_of_rapidity(d: int, s: float) -> float:
    """Return R(s) = E_σ[ sinh 2s / (cosh 2s + cosh 2y) ], the mean of tanh(s − y) symmetrized in y.

    Parameters
    ----------
    s : float
        Rapidity, abs(s) < 300.

    Returns
    -------
    float
        The order parameter, odd in s.

    **Accuracy** Relative 1e-13, small s included.
    """
    y, weights = uniform_axis_rule(d, s)
    size = abs(s)
    scaled = math.exp(-4.0 * size) + 1.0 + np.exp(2.0 * (y - size)) + np.exp(-2.0 * (y + size))
    return math.copysign(float(-math.expm1(-4.0 * size) * np.sum(weights / scaled)), s)


@statement("derived", SOURCE, "β = 0: 1 − R of the boosted uniform density of rapidity s")
def order_deficit(d: int, s: float) -> float:
    """Return 1 − R(s) = E_σ[ 2/(1 + e^{2(s−y)}) ].

    For large s: 2e^{−s} (d = 2), (4s − 2)e^{−2s} (d = 3), (2(d−1)/(d−3)) e^{−2s} (d ≥ 4).

    Parameters
    ----------
    s
        As for `order_parameter_of_rapidity`.

    Returns
    -------
    float
        A number in (0, 2).

    **Accuracy** Relative 1e-13 down to 1e-100 (tested against the closed forms of d = 2, 3, 4).
    """
    y, weights = uniform_axis_rule(d, s)
    return float(np.sum(weights * _one_minus_cosine(y - s)))


@statement("derived", SOURCE, "β = 0: geodesic W₂ to the Dirac at e")
def w2_to_dirac(d: int, s: float) -> float:
    """Return W₂ = E[θ²]^{1/2}, θ = 2 arctan(e^{y−s}), the geodesic distance of the moved density to δ_e.

    For d = 2, W₂² = π²/3 + 4 Li₂(−tanh(s/2)).

    Parameters and accuracy as for `order_deficit`.
    """
    y, weights = uniform_axis_rule(d, s)
    return math.sqrt(float(np.sum(weights * (2.0 * np.arctan(np.exp(y - s))) ** 2)))


@statement("derived", SOURCE, "β = 0: ln ρ = −(d−1) ln(cosh s − cos θ sinh s)")
def log_density(theta: ArrayLike, s: float, d: int) -> Array:
    """Return ln ρ(θ) of the boosted uniform density, −(d−1) ln(e^{−s} cos²(θ/2) + e^s sin²(θ/2)).

    Parameters
    ----------
    theta : array_like
        Angles to the axis, in [0, π].
    s : float
        Rapidity, abs(s) < 300.

    Returns
    -------
    ndarray, shape of theta
        Logarithm of the density with respect to the uniform probability measure.
    """
    require_dimension(d)
    half = 0.5 * np.asarray(theta, dtype=np.float64)
    return np.asarray(-(d - 1) * np.log(math.exp(-s) * np.cos(half) ** 2 + math.exp(s) * np.sin(half) ** 2))


@statement("derived", SOURCE, "β = 0: rapidity of the Poisson family, s′ = R(s)")
def rapidity_trajectory(d: int, s0: float, times: ArrayLike) -> Array:
    """Return s(t) from s′ = R(s), s(0) = s₀.

    The variable integrated is ln sinh s − t, which stays bounded: relative accuracy of s when small, absolute
    when large. For d = 2 sinh(s/2) = e^{t/2} sinh(s₀/2).

    Parameters
    ----------
    s0 : float
        Initial rapidity, 0 ≤ s₀.
    times : array_like, shape (n,)
        Increasing times from 0, dimensionless; s₀ + t < 300.

    Returns
    -------
    ndarray, shape (n,)
        `s[i]` = s(t_i).

    **Accuracy** Absolute 1e-12 (relative 1e-12 of 1 − R and of 1 − w), tested against d = 2.
    **Cost** About 30 steps for each unit of accuracy-limited transient; milliseconds.
    """
    require_between("rapidity s0", s0, -1e-300, 300.0)
    instants = increasing_times(times)
    if s0 == 0.0:
        return np.zeros_like(instants)

    def rate(t: float, lag: Array) -> Array:
        s = _from_log_sinh(float(lag[0]) + t)
        return np.array([order_parameter_of_rapidity(d, s) / math.tanh(s) - 1.0])

    lags = solution_at(rate, [_log_sinh(s0)], instants)[:, 0]
    return np.array([_from_log_sinh(float(lag + t)) for lag, t in zip(lags, instants, strict=True)])


@statement("derived", SOURCE, "β = 0: radius of the Poisson family, w′ = ½(1 − w²)R(w)")
def boost_trajectory(d: int, w0: float, times: ArrayLike) -> tuple[Array, Array]:
    """Return w(t) and 1 − w(t) of a Poisson density of radius w₀ at t = 0.

    Parameters
    ----------
    w0 : float
        Initial radius, 0 ≤ w₀ < 1.

    Returns
    -------
    radius, deficit : ndarray, shape (n,)
        w(t_i) and 1 − w(t_i) = 2/(e^s + 1).

    **Accuracy** Relative 1e-12 of both, 1 − w down to 1e-100.
    """
    s = rapidity_trajectory(d, rapidity(w0), times)
    return np.tanh(0.5 * s), 2.0 / (np.exp(s) + 1.0)


@statement("derived", SOURCE, "β = 0: any axisymmetric measure is translated in y by s, s′ = R")
def axisymmetric_trajectory(nodes: ArrayLike, masses: ArrayLike, times: ArrayLike) -> tuple[Array, Array]:
    """Return s(t) and 1 − R(t) of an axisymmetric measure given as a quadrature.

    s′ = Σ_i m_i tanh(s − y_i), s(0) = 0, since cos θ_i(t) = tanh(s − y_i).

    Parameters
    ----------
    nodes : array_like, shape (k,)
        Mercator latitudes y_i = ln tan(θ_i/2) at t = 0 (±inf for the poles).
    masses : array_like, shape (k,)
        Non-negative weights; they are scaled to sum one.
    times : array_like, shape (n,)
        Increasing times from 0.

    Returns
    -------
    s, order_deficit : ndarray, shape (n,)
        Rapidity along e (negative if the mean points to −e), and 1 − |mean|.

    **Accuracy** Relative 1e-12 of 1 − R for the given quadrature, however small.
    **Cost** Some 12 hyperbolic tangents for each node and step.
    """
    y = np.asarray(nodes, dtype=np.float64)
    weights = normalized_masses(masses, y.size)
    instants = increasing_times(times)
    sign = 1.0 if float(np.sum(weights * np.tanh(-y))) >= 0.0 else -1.0

    def deficit(s: float) -> float:
        return float(np.sum(weights * _one_minus_cosine(sign * y - s)))

    lags = solution_at(lambda t, lag: np.array([-deficit(float(lag[0]) + t)]), [0.0], instants)[:, 0]
    s = lags + instants
    return sign * s, np.array([deficit(float(value)) for value in s])


@statement("derived", SOURCE, "β = 0: any measure is moved by one boost and one rotation")
def general_trajectory(points: ArrayLike, masses: ArrayLike, times: ArrayLike) -> tuple[Array, Array]:
    """Return the mean and 1 − R at β = 0 of any measure given as weighted points, through the Möbius group.

    x_i(t) = M_{p}(Q y_i), a rotation Q followed by the boost of rapidity vector p = sinh(η) n, with
    p′ = √(1 + |p|²) m and Q′ = (m wᵀ − w mᵀ) Q, w = p/(1 + √(1 + |p|²)): d + d² equations for any number of
    points. (The boost acts linearly on the cone, hence p′; the commutator of two boosts is a rotation,
    hence Q′.)

    Parameters
    ----------
    points : array_like, shape (k, d)
        Unit vectors y_i.
    masses : array_like, shape (k,)
        Non-negative weights; they are scaled to sum one.

    Returns
    -------
    mean, order_deficit : ndarray, shapes (n, d) and (n,)
        m(t_i), and 1 − R = Σ m_i |x_i − m|² / (1 + R), free of cancellation.

    Raises
    ------
    DomainError
        If the points are not unit vectors to 1e-8.

    **Accuracy** Relative 1e-10 of 1 − R down to 1e-30 for points at least 1e-3 from the repelling point;
    nearer ones lose what their own rounding has lost.
    """
    return moved_by(general_motion(points, masses, times), points, masses)


@statement("derived", SOURCE, "β = 0: the boost and the rotation, d + d² equations")
def general_motion(points: ArrayLike, masses: ArrayLike, times: ArrayLike) -> Array:
    """Return the group elements (p, Q) of `general_trajectory` at the times, shape (n, d + d²)."""
    y = _unit_vectors(points)
    weights = normalized_masses(masses, y.shape[0])
    d = y.shape[1]
    start = np.concatenate([np.zeros(d), np.eye(d).ravel()])
    return solution_at(lambda _, state: boost_rates(state, y, weights), start, times, boost_tolerances(y, weights))


@statement("derived", SOURCE, "mean and 1 − R of points after a boost and a rotation")
def moved_by(motion: Array, points: ArrayLike, masses: ArrayLike) -> tuple[Array, Array]:
    """Return the mean and 1 − R of weighted points after each of the group elements of a motion.

    Of other points than those that the motion was found with: how well these stand for the same measure.
    """
    y = _unit_vectors(points)
    weights = normalized_masses(masses, y.shape[0])
    rows = [mean_and_deficit(state, y, weights) for state in motion]
    return np.array([mean for mean, _ in rows]), np.array([deficit for _, deficit in rows])


def _one_minus_cosine(y: Array) -> Array:
    """Return 1 − cos θ = 2/(1 + e^{−2y})."""
    return np.asarray(2.0 / (1.0 + np.exp(np.minimum(-2.0 * y, 700.0))))


def _log_sinh(s: float) -> float:
    """Return ln sinh s, s > 0."""
    return math.log(math.sinh(s)) if s < 1.0 else s - math.log(2.0) + math.log1p(-math.exp(-2.0 * s))


def _from_log_sinh(u: float) -> float:
    """Return s with ln sinh s = u."""
    return math.asinh(math.exp(u)) if u < 0.0 else u + math.log1p(math.sqrt(1.0 + math.exp(-2.0 * u)))


def _unit_vectors(points: ArrayLike) -> Array:
    """Return the points as rows, normalized, refused unless they were unit vectors to 1e-8."""
    y = np.atleast_2d(np.asarray(points, dtype=np.float64))
    lengths = np.linalg.norm(y, axis=1, keepdims=True)
    worst = float(np.max(np.abs(lengths - 1.0)))
    if not worst < 1e-8:
        raise DomainError(f"points are off the unit sphere by {worst:g}; allowed: 1e-8; normalize them first")
    return np.asarray(y / lengths)
