"""Laws of ensembles: what the statistics of many realisations must be, of common noise or of initial noise.

Responsible for the kinds of case that a law is about, and for its numbers. Refuses to know how realisations were run
and what their statistics are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinetic.case import Case, CommonNoise, Random, Uniform, VonMisesFisher
from kinetic.claims.claim import BENT, NotApplicable, Stated, known, require
from kinetic.claims.rings import narrow_bumps
from kinetic.theory import close_tokens, common_noise, mode_count, pair_distance, two_point
from kinetic.theory.bessel import eigenvalue_ratio, gegenbauer
from kinetic.types import Array, ArrayLike

_POWERS = 40  # degrees of the initial density of pairs: a von Mises–Fisher density of concentration 20 has no more
_LARGEST_CONCENTRATION = 20.0
_NODES = 256
_TIGHT = 1e4  # concentration from which on a bump is a point: laws of points hold to its inverse
_LINEAR = 0.03  # size of ρ − 1 up to which degrees grow alone: second order moves maxima by as much of a wave
_OPPOSITE = 0.05  # R of a pair below which the law of antipodes is linear, to R²


@dataclass(frozen=True)
class Law:
    """A law of one statistic of one quantity.

    Parameters
    ----------
    name : str
    of : str
        What the quantity is of.
    statistic : {"mean", "median"}
    predict : callable
        predict(case, degree, times) -> the statistic at each time; raises `NotApplicable` with the reason.
    founded : Stated
    independent : callable, optional
        The same number if every token had a noise of its own, of the same law for one token; None where it is no other.
    quantum : float
        Step of numbers that are counts: where all realisations say the same, others may still say one more.
    """

    name: str
    of: str
    statistic: Literal["mean", "median"]
    predict: Callable[[Case, int, Array], Array]
    founded: Stated
    independent: Callable[[Case, Array], Array] | None = None
    quantum: float = 0.0


def _without_attention(case: Case, *kinds: str) -> CommonNoise:
    """Return the common noise of one of these kinds, or say that the tokens of a case feel anything else."""
    other = f"needs common_noise.kind = {' or '.join(kinds)}"
    given = known(case.common_noise, other)
    require(given.kind in kinds, other)
    heads = case.attention.resolved_heads(case.space.dimension)
    still = not any(np.any(np.array(head.value)) for head in heads) and case.perceptron is None
    require(still, "needs attention that moves nothing: heads with value = 0, no perceptron")
    return given


def _covariance(given: CommonNoise) -> Array:
    """Return κ_0, κ_1, … with the strength squared; Brownian matrices of independent entries have κ(u) = u."""
    return given.strength**2 * np.array((0.0, 1.0) if given.kind == "matrix" else given.covariance)


def _annealed(case: Case, degree: int, times: Array) -> Array:
    """Let degree l of the average density decay at κ(1) l(l+d−2)/2."""
    level = float(_covariance(_without_attention(case, "matrix", "field")).sum())
    return np.exp(-common_noise.annealed_rate(degree, case.space.dimension, level) * times)


def _entropy(case: Case, _degree: int, times: Array) -> Array:
    """Let the average entropy of uniform data grow at minus the sum of the Lyapunov exponents."""
    given, d = _without_attention(case, "matrix", "field"), case.space.dimension
    require(isinstance(case.initial, Uniform), "needs uniform initial data")
    if given.kind == "matrix":
        return common_noise.matrix_entropy_rate(d, given.symmetric) * given.strength**2 * times
    kappa = _covariance(given)
    slope = float(np.arange(kappa.size) @ kappa)
    return common_noise.entropy_rate(d, float(kappa.sum()), slope) * times


def _pair_energy(case: Case, _degree: int, times: Array) -> Array:
    """Let the average energy of one identity form follow the two-point motion, pair by pair."""
    given, energy = _isotropic_energy(case)
    u, weights = _pair_law(case)
    return two_point.pair_average(energy, given.tolist(), case.space.dimension, u, times) @ weights


def _independent_energy(case: Case, times: Array) -> Array:
    """Let two tokens with a noise of their own diffuse each by itself."""
    given, energy = _isotropic_energy(case)
    u, weights = _pair_law(case)
    return two_point.independent_average(energy, float(given.sum()), case.space.dimension, u, times) @ weights


def _isotropic_energy(case: Case) -> tuple[Array, Callable[[Array], Array]]:
    """Return κ's coefficients and the energy of two tokens, of a case without attention in an isotropic field."""
    given = _isotropic(case)
    return _covariance(given), _energy_of_two(_beta(case))


def _isotropic(case: Case) -> CommonNoise:
    """Return the common noise of a case without attention in an isotropic field."""
    given = _without_attention(case, "matrix", "field")
    require(not given.symmetric, "needs an isotropic field: matrices with independent entries")
    return given


def _beta(case: Case) -> float:
    """Return β of a case of one head with KᵀQ = I."""
    heads = case.attention.all_heads
    multiples = heads[0].multiples
    plain = len(heads) == 1 and multiples is not None and multiples[0] * multiples[1] == 1
    require(plain and case.attention.is_exponential, "needs one head with KᵀQ = I and the exponential kernel")
    return heads[0].beta


def _energy_of_two(beta: float) -> Callable[[Array], Array]:
    return lambda u: 0.5 * u if beta == 0 else np.exp(beta * u) / (2.0 * beta)


def _pair_law(case: Case) -> tuple[Array, Array]:
    """Return overlaps and weights by which a smooth function of <x, y> is averaged over pairs of initial tokens."""
    d, given = case.space.dimension, case.initial
    powers = np.zeros(_POWERS)
    powers[0] = 1.0
    if isinstance(given, VonMisesFisher):
        require(given.concentration <= _LARGEST_CONCENTRATION, "needs an initial concentration of at most 20")
        ratios = [eigenvalue_ratio(l, d, given.concentration) for l in range(_POWERS)]
        powers = np.square(ratios)
    else:
        require(isinstance(given, Uniform), "needs initial data uniform or von Mises–Fisher")
    # dσ of the angle between two uniform tokens, by Gauss's rule in the angle; h ↦ ∬ h = Σ_l N_l p_l ∫ h P_l dσ
    x, w = np.polynomial.legendre.leggauss(_NODES)
    theta = 0.5 * np.pi * (1.0 + x)
    mass = w * np.sin(theta) ** (d - 2)
    mass /= mass.sum()
    table = gegenbauer(_POWERS - 1, d, np.cos(theta))
    sizes = np.array([1.0 if l == 0 else (2.0 if d == 2 else 2.0 * l + 1.0) for l in range(_POWERS)])
    return np.cos(theta), mass * ((sizes * powers) @ table)


def _distance(median: bool) -> Callable[[Case, int, Array], Array]:
    def predict(case: Case, _degree: int, times: Array) -> Array:
        """Let the spread about the axis follow hyperbolic Brownian motion."""
        given = _without_attention(case, "matrix")
        require(case.space.dimension == 2 and isinstance(case.initial, Uniform), "needs uniform data on the circle")
        law = pair_distance.median_distance if median else pair_distance.mean_distance
        return np.array([law(float(time), given.symmetric, given.strength) for time in times])

    return predict


def _spread(case: Case, _degree: int, times: Array) -> Array:
    """Let the spread of a tight cluster fall at the top Lyapunov exponent."""
    given, initial, d = _isotropic(case), case.initial, case.space.dimension
    bumps = narrow_bumps(initial, _TIGHT) if isinstance(initial, VonMisesFisher) else ()
    require(bumps, f"needs initial data von Mises–Fisher of a concentration of at least {_TIGHT:g}")
    kappa = _covariance(given)
    level, slope = float(kappa.sum()), float(np.arange(kappa.size) @ kappa)
    first = np.sqrt((d - 1) / bumps[0].concentration)
    return np.array([first * close_tokens.median_spread(float(time), d, level, slope) for time in times])


def _two_clusters(case: Case) -> tuple[float, float]:
    """Return β and the overlap of two tight clusters of equal mass under random value matrices of strength one."""
    given = _without_attention(case, "values")
    beta = _beta(case)
    softmax = case.attention.normalization == "softmax"
    require(softmax and given.strength == 1, "needs softmax and common_noise.strength = 1")
    bumps = narrow_bumps(case.initial, _TIGHT)
    equal = len(bumps) == 2 and bumps[0].weight == bumps[1].weight
    require(equal, f"needs a mixture of two components of equal weight and concentrations of at least {_TIGHT:g}")
    one, other = (_unit(bump.mean or np.eye(case.space.dimension)[0]) for bump in bumps)
    return beta, float(one @ other)


def _unit(vector: ArrayLike) -> Array:
    given = np.asarray(vector, dtype=float)
    return np.asarray(given / np.linalg.norm(given))


def _two_point_energy(case: Case, _degree: int, times: Array) -> Array:
    """Let the average energy of two clusters follow the generator of their overlap."""
    beta, overlap = _two_clusters(case)
    energy = _energy_of_two(beta)
    (apart,) = two_point.values_average(energy, beta, case.space.dimension, [overlap], times).T
    return np.asarray(0.5 * float(energy(np.array(1.0))) + 0.5 * apart)


def _opposite_pair(case: Case, _degree: int, times: Array) -> Array:
    """Let the distance between a cluster and the other's antipode change at half the exponent of ln(1 + u)."""
    beta, overlap = _two_clusters(case)
    order = np.sqrt(0.5 * (1.0 + overlap))
    require(0 < order < _OPPOSITE, f"needs two clusters that are nearly antipodal, 0 < R < {_OPPOSITE:g}")
    return np.asarray(order * np.exp(0.5 * two_point.antipodal_exponent(case.space.dimension, beta) * times))


def _noise_maxima(case: Case, _degree: int, times: Array) -> Array:
    """Let the field of growing noise have as many maxima as Rice's formula says, while it grows linearly."""
    initial, d, normalization = case.initial, case.space.dimension, case.attention.normalization
    require(isinstance(initial, Random), 'needs initial.kind = "random"')
    assert isinstance(initial, Random)
    beta = _beta(case)
    identity = case.attention.identity_head is not None and case.perceptron is None
    quiet = case.noise.diffusion == 0 and case.common_noise is None and not case.attention.frozen and not case.tables
    require(identity and quiet and beta > 0, "needs one identity head of β > 0 and nothing else that moves tokens")
    require(case.space.kind in BENT, "needs the circle or the sphere")
    noise = (d, beta, normalization, initial.max_degree)
    sizes = [mode_count.linear_size(*noise, initial.amplitude, float(time)) for time in times]
    size = max(sizes)
    require(size < _LINEAR, f"needs linear growth: ρ − 1 has reached {size:.2g}, the law needs {_LINEAR:g}")
    return np.array([mode_count.maxima_of_potential(*noise, float(time)) for time in times])


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law("annealed_decay", "memory", "mean", _annealed, common_noise.annealed_rate),
        Law("entropy_growth", "entropy", "mean", _entropy, common_noise.entropy_rate),
        Law("pair_energy", "energy", "mean", _pair_energy, two_point.pair_average, _independent_energy),
        Law("two_clusters", "energy", "mean", _two_point_energy, two_point.values_average),
        Law("opposite_pair", "order_parameter", "median", _opposite_pair, two_point.antipodal_exponent),
        Law("typical_spread", "w2_to_dirac", "median", _spread, close_tokens.median_spread),
        Law("typical_distance", "axis_spread", "median", _distance(True), pair_distance.median_distance),
        Law("noise_maxima", "cluster_count", "mean", _noise_maxima, mode_count.maxima_of_potential, quantum=1.0),
        Law("mean_distance", "axis_spread", "mean", _distance(False), pair_distance.mean_distance),
    )
}
"""Every law of ensembles by name."""

__all__ = ["LAWS", "Law", "NotApplicable"]
