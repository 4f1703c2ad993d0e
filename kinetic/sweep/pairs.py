"""How many pairs of tokens are close to each other: what diagrams of collapse show.

Responsible for this one number, of a density and of N tokens. Refuses to know records.
"""

import math

import numpy as np
from scipy.special import betainc, gammaln

from kinetic.case import Case
from kinetic.density import Body, Density
from kinetic.geometry import on_circle
from kinetic.pair_law import ring_pairs
from kinetic.sampling import sample_uniform
from kinetic.special import gauss_panels, gegenbauer, log_harmonic_dimensions
from kinetic.tokens import token_paths
from kinetic.types import Array

TOKENS_DEGREE = 1024
"""Degree that tokens of cells integrate: they are then as near to each other as a tenth of the usual δ asks for."""

ZONAL_DEGREE = 256
"""The same of densities about an axis, where what the sum is over is smooth in latitude but in dimension 2 and 3."""

PATHS = 1e-6
"""Tolerance of the paths of tokens, of the width of their cloud."""

HIGHEST_DIMENSION = 8
"""Above it the sum over degrees multiplies rounding by more than it adds up to."""


def close_pairs(density: Body, delta: float) -> float:
    """Return the share Q of pairs of tokens whose cosine is at least 1 − δ.

    Q = μ⊗μ{(x, y): <x, y> ≥ 1 − δ} = Σ_l N_l c_l S_l, where c_l = ∫_{t ≥ 1−δ} P_l(t) dσ are the coefficients of the
    cap (`cap_coefficients`) and S_l = ∬ P_l(<x, y>) dμ dμ is the mean square of the density's coefficients of degree l:
    the addition theorem of spherical harmonics, degree by degree.

    Parameters
    ----------
    density : density of any body
    delta : float
        δ in (0, 2).

    Returns
    -------
    float
        In [0, 1] but for rounding and truncation; NaN where there is no such formula: of harmonics in dimension above
        8, and on the sphere in the conformal chart and on cells. The uniform density has the cap's own share
        σ{t ≥ 1 − δ}, a Dirac mass 1, k equal and distant clusters 1/k.

    **Accuracy** Exact for the truncated density (in the conformal chart by quadrature, to rounding); on the circle's
    cells second order in the distance of their tokens, 1e-4; of tokens about an axis 1e-5, in dimension 3 1e-3
    (tests/sweep/test_pairs.py). Of the density
    itself the degrees above L are missing, which add up to at most the square root of
    (Σ_{l>L} N_l S_l)(Σ_{l>L} N_l c_l² S_l).

    **Source** Derived here. As the observable of a phase diagram, with δ = 1e-3 and for N tokens: arXiv:2312.10794,
    arXiv:2512.01868.
    """
    series, frame = density.as_series, density.in_frame
    if series is None and frame is not None and not density.axisymmetric and density.dimension == 2:
        return _boosted_circle(frame, density.rapidity, math.acos(1.0 - delta))
    if series is None and density.axisymmetric:
        return _tokens_about_an_axis(density, delta)
    if density.body == "clusters":
        points, masses = density.quadrature(0)
        return float(masses @ (points @ points.T >= 1.0 - delta) @ masses) / float(masses.sum()) ** 2
    if series is None and density.dimension == 2 and not density.axisymmetric:
        return _tokens_of_the_circle(*density.quadrature(TOKENS_DEGREE), math.acos(1.0 - delta))
    if series is None or series.dimension > HIGHEST_DIMENSION:
        return math.nan
    space = series.space
    sizes = np.exp(log_harmonic_dimensions(space.degree, space.dimension))
    cap = cap_coefficients(space.degree, space.dimension, delta)
    return float((sizes * cap) @ series.powers)


def close_pairs_of_tokens(case: Case, times: Array, count: int, draws: int, delta: float) -> Array:
    """Return the share of pairs i ≠ j of N tokens with <x_i, x_j> ≥ 1 − δ at some times, averaged over clouds.

    The tokens of a cloud are drawn uniformly on the sphere and independently, as in the published diagrams, whatever
    the initial density of the case is, and moved by its model. All cases see the same clouds.

    Parameters
    ----------
    case : Case
    times : Array
        From 0, strictly increasing.
    count, draws : int
        N ≥ 2, and how many clouds.
    delta : float
        δ in (0, 2).

    Returns
    -------
    Array, shape of ``times``

    Raises
    ------
    DomainError
        As `token_paths`.

    **Accuracy** Paths to 1e-6; the average over clouds is off by at most 1/(2√draws), one standard deviation.
    """
    rng, above = np.random.default_rng(0), np.triu_indices(count, 1)
    total = np.zeros(times.size)
    for _ in range(draws):
        paths = token_paths(case, sample_uniform(case.space.dimension, count, rng), times, PATHS)
        for k, x in enumerate(paths):
            # 1 − <x, y> = |x − y|²/2, without cancellation
            i, j = above
            total[k] += np.mean(np.sum((x[i] - x[j]) ** 2, axis=1) <= 2.0 * delta)
    return total / draws


def _tokens_about_an_axis(density: Body, delta: float) -> float:
    """Return Q of tokens about an axis, ring by ring (`pair_law.ring_pairs`)."""
    if density.in_frame is not None and density.dimension > HIGHEST_DIMENSION:
        return math.nan  # masses of such a series are lost in rounding
    cosines, masses = density.quadrature(ZONAL_DEGREE if density.dimension > 2 else TOKENS_DEGREE)
    if density.dimension == 2:
        sines = np.sqrt((1.0 - cosines) * (1.0 + cosines))
        both = np.concatenate([np.stack([cosines, side * sines], axis=-1) for side in (1.0, -1.0)])
        return _tokens_of_the_circle(both, np.concatenate([masses, masses]), math.acos(1.0 - delta))
    return float(ring_pairs(cosines, masses, density.dimension, np.array([delta]))[0])


def cap_coefficients(degree: int, dimension: int, delta: float) -> Array:
    """Return c_l = ∫_{<x,e> ≥ 1−δ} P_l(<x, e>) dσ, l = 0 … L.

    P_l solves ((1−t²)^{(d−1)/2} P_l')' = −l(l+d−2) (1−t²)^{(d−3)/2} P_l, and P_l' = l(l+d−2)/(d−1) times the polynomial
    of degree l − 1 in dimension d + 2. With the density Γ(d/2)/(√π Γ((d−1)/2)) (1−t²)^{(d−3)/2} of t, for l ≥ 1

        c_l = Γ(d/2)/(2 √π Γ((d+1)/2)) sin^{d−1}(a) P_{l−1}^{(d+2)}(cos a),     cos a = 1 − δ;

    on the circle that is sin(l a)/(π l). c_0 is the share of the cap.

    Parameters
    ----------
    degree, dimension : int
        L ≥ 1 and d ≥ 2.
    delta : float
        δ in (0, 2).

    Returns
    -------
    Array, shape (L + 1,)

    **Accuracy** Relative 1e-13 of c_0, absolute 1e-13 c_0 √L of the others.
    """
    square = delta * (2.0 - delta)  # sin² a without the cancellation of 1 − cos² a
    half = 0.5 * float(betainc(0.5 * (dimension - 1), 0.5, square))
    logarithm = gammaln(0.5 * dimension) - gammaln(0.5 * (dimension + 1)) + 0.5 * (dimension - 1) * math.log(square)
    factor = math.exp(logarithm) / (2.0 * math.sqrt(math.pi))
    inner = gegenbauer(degree - 1, dimension + 2, np.array([1.0 - delta]))[:, 0]
    return np.concatenate([[half if delta <= 1.0 else 1.0 - half], factor * inner])


def _tokens_of_the_circle(points: Array, masses: Array, angle: float) -> float:
    """Return Q = ∫ [F(φ + a) − F(φ − a)] dμ(φ), each token's mass spread evenly half-way to its nearer neighbor."""
    phi = np.arctan2(points[:, 1], points[:, 0])
    order = np.argsort(phi, kind="stable")
    phi, shares = phi[order], masses[order] / masses.sum()
    gaps = np.diff(phi, append=phi[0] + 2.0 * np.pi)
    widths = 0.5 * np.minimum(gaps, np.roll(gaps, 1))
    ends = np.stack([phi - widths, phi + widths], axis=1).ravel()
    after = np.cumsum(shares)
    mass = np.stack([after - shares, after], axis=1).ravel()
    turns = (-1.0, 0.0, 1.0)
    at = np.concatenate([ends + 2.0 * np.pi * turn for turn in turns])
    mass = np.concatenate([mass + turn for turn in turns])
    window = np.interp(phi + angle, at, mass) - np.interp(phi - angle, at, mass)
    return float(shares @ window)


def _boosted_circle(frame: Density, rapidity: float, angle: float) -> float:
    """Return Q = ∫ [F(φ + a) − F(φ − a)] dμ(φ) on the circle, F the mass between the frame's axis and an angle.

    With ν(ψ) = Σ_k ν_k e^{ikψ} in the frame's angle ψ, F is ψ/2π + Σ_{k≠0} ν_k e^{ikψ}/(2πik) at tan(ψ/2) =
    e^η tan(φ/2). The integrand varies on the frame's scale around φ = 0, where the cluster is, and around φ = ±a, where
    the cluster enters the window: panels are graded towards all three.
    """
    stretch = 0.5 * rapidity
    modes = frame.native.view(complex)
    orders = np.arange(1, modes.size)
    primitive = np.append([0j], modes[1:] / (2j * np.pi * orders)).view(float)
    psi, weights = gauss_panels(_graded(frame.space.degree, stretch, angle))
    phi = _turned(psi, -stretch)

    def mass(at: Array) -> Array:
        end = _turned(at, stretch)
        return frame.mass * end / (2.0 * np.pi) + frame.space.evaluate(primitive, on_circle(end))

    window = mass(phi + angle) - mass(phi - angle)
    return float(weights @ (frame.values(on_circle(psi)) * window)) / (2.0 * np.pi)


def _turned(angle: Array, stretch: float) -> Array:
    """Return 2 arctan(e^{2s} tan(x/2)), continuous for |x| < 2π."""
    return np.asarray(2.0 * np.arctan2(np.exp(stretch) * np.sin(0.5 * angle), np.exp(-stretch) * np.cos(0.5 * angle)))


def _graded(degree: int, stretch: float, angle: float) -> Array:
    """Return borders of panels in ψ from −π to π, graded in φ towards 0 and ±a at the scale of the frame."""
    even = np.linspace(-np.pi, np.pi, degree + 17)[1:-1]  # products of degree 2L turn by less than 16 rad across one
    far = np.geomspace(0.25 * np.exp(-2.0 * stretch), np.pi, 2 + int(4 * max(stretch, 1.0)))
    offsets = np.concatenate([_turned(even, -stretch), far, -far])
    phi = np.concatenate([offsets, offsets + angle, offsets - angle])
    psi = _turned(phi[np.abs(phi) < np.pi], stretch)
    return np.unique(np.concatenate([[-np.pi], psi, [np.pi]]))
