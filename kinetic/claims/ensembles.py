"""Laws of ensembles: what the statistics of many realisations of common noise must be.

Responsible for the kinds of case that a law is about, and for its numbers. Refuses to know how realisations were run
and what their statistics are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinetic.case import Case, Uniform, VonMisesFisher
from kinetic.claims.claim import NotApplicable, Stated, require
from kinetic.theory import common_noise, pair_distance
from kinetic.theory.bessel import eigenvalue_ratio, gegenbauer
from kinetic.types import Array

_POWERS = 40  # degrees of the initial density of pairs: a von Mises–Fisher density of concentration 20 has no more
_LARGEST_CONCENTRATION = 20.0
_NODES = 64


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
    """

    name: str
    of: str
    statistic: Literal["mean", "median"]
    predict: Callable[[Case, int, Array], Array]
    founded: Stated


def _without_attention(case: Case, *kinds: str) -> None:
    """Say that a law is not about a case whose tokens feel anything but common noise of these kinds."""
    given = case.common_noise
    require(given is not None and given.kind in kinds, f"needs common_noise.kind = {' or '.join(kinds)}")
    heads = case.attention.resolved_heads(case.space.dimension)
    still = not any(np.any(np.array(head.value)) for head in heads) and case.perceptron is None
    require(still, "needs attention that moves nothing: heads with value = 0, no perceptron")


def _covariance(case: Case) -> Array:
    """Return κ_0, κ_1, … with the strength squared; Brownian matrices of independent entries have κ(u) = u."""
    given = case.common_noise
    assert given is not None
    return given.strength**2 * np.array((0.0, 1.0) if given.kind == "matrix" else given.covariance)


def _annealed(case: Case, degree: int, times: Array) -> Array:
    """Let degree l of the average density decay at κ(1) l(l+d−2)/2."""
    _without_attention(case, "matrix", "field")
    level = float(_covariance(case).sum())
    return np.exp(-common_noise.annealed_rate(degree, case.space.dimension, level) * times)


def _entropy(case: Case, _degree: int, times: Array) -> Array:
    """Let the average entropy of uniform data grow at minus the sum of the Lyapunov exponents."""
    _without_attention(case, "matrix", "field")
    require(isinstance(case.initial, Uniform), "needs uniform initial data")
    given, d = case.common_noise, case.space.dimension
    assert given is not None
    if given.kind == "matrix":
        return common_noise.matrix_entropy_rate(d, given.symmetric) * given.strength**2 * times
    kappa = _covariance(case)
    slope = float(np.arange(kappa.size) @ kappa)
    return common_noise.entropy_rate(d, float(kappa.sum()), slope) * times


def _pair_energy(case: Case, _degree: int, times: Array) -> Array:
    """Let the average energy of one identity form follow the two-point motion, pair by pair."""
    _without_attention(case, "matrix", "field")
    given, heads = case.common_noise, case.attention.all_heads
    assert given is not None
    require(not given.symmetric, "needs an isotropic field: matrices with independent entries")
    multiples = heads[0].multiples
    plain = len(heads) == 1 and multiples is not None and multiples[0] * multiples[1] == 1
    require(plain and case.attention.is_exponential, "needs one head with KᵀQ = I and the exponential kernel")
    d, beta = case.space.dimension, heads[0].beta

    def energy(u: Array) -> Array:
        return 0.5 * u if beta == 0 else np.exp(beta * u) / (2.0 * beta)

    u, averages = common_noise.pair_average(energy, _covariance(case).tolist(), d, times, _NODES)
    weights = _pair_law(case, u)
    return np.asarray(averages @ weights)


def _pair_law(case: Case, u: Array) -> Array:
    """Return weights at Chebyshev points by which a polynomial of <x, y> is averaged over pairs of initial tokens."""
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
    x, w = np.polynomial.legendre.leggauss(4 * _NODES)
    theta = 0.5 * np.pi * (1.0 + x)
    mass = w * np.sin(theta) ** (d - 2)
    mass /= mass.sum()
    table = gegenbauer(_POWERS - 1, d, np.cos(theta))
    sizes = np.array([1.0 if l == 0 else (2.0 if d == 2 else 2.0 * l + 1.0) for l in range(_POWERS)])
    density = mass * ((sizes * powers) @ table)
    onto = np.polynomial.chebyshev.chebvander(np.cos(theta), u.size - 1)
    back = np.linalg.inv(np.polynomial.chebyshev.chebvander(u, u.size - 1))
    return np.asarray(density @ onto @ back)


def _distance(median: bool) -> Callable[[Case, int, Array], Array]:
    def predict(case: Case, _degree: int, times: Array) -> Array:
        """Let the spread about the axis follow hyperbolic Brownian motion."""
        _without_attention(case, "matrix")
        require(case.space.dimension == 2 and isinstance(case.initial, Uniform), "needs uniform data on the circle")
        given = case.common_noise
        assert given is not None
        law = pair_distance.median_distance if median else pair_distance.mean_distance
        return np.array([law(float(time), given.symmetric, given.strength) for time in times])

    return predict


LAWS: dict[str, Law] = {
    law.name: law
    for law in (
        Law("annealed_decay", "memory", "mean", _annealed, common_noise.annealed_rate),
        Law("entropy_growth", "entropy", "mean", _entropy, common_noise.entropy_rate),
        Law("pair_energy", "energy", "mean", _pair_energy, common_noise.pair_average),
        Law("typical_distance", "axis_spread", "median", _distance(True), pair_distance.median_distance),
        Law("mean_distance", "axis_spread", "mean", _distance(False), pair_distance.mean_distance),
    )
}
"""Every law of ensembles by name."""

__all__ = ["LAWS", "Law", "NotApplicable"]
