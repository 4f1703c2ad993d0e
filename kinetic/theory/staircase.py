"""The staircase of the energy: clusters merge two by two, and E climbs from one sum of squared masses to the next.

Responsible for the order of the mergers, the levels, and where the steps stand along the length of the path in W₂ and
in time, all from pairs alone: while two clusters meet the others stand still. Knows no densities.

**Derived here.** At β(1 − cos φ) ≫ 1 between all neighbors one pair is faster than all others by a factor that grows
exponentially with β, so that W₂ is travelled pair by pair. Where stage i moves two clusters of masses m_a and m_b
through their angle φ_i, its length in W₂ is that of `merging.pair_length`, without softmax φ_i √(m_a m_b/(m_a + m_b)),
at every β. Stage i + 1 begins where the two have met, so that all lengths follow from the first positions.

What this says of clocks: X = ∇E (in W₂, without softmax), so that the length is the time of the flow X/‖X‖ of
constant speed. In it E is a staircase with steps at l_i = Σ_{j≤i} length_j, whatever β. The clock τ' = ‖X‖/ln β has
them at l_i/ln β, which goes to 0 as β grows: of the steps nothing is left at fixed τ > 0 but the last level.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.integrate import quad

from kinetic.errors import DomainError
from kinetic.theory.domain import normalized_masses, require_normalization
from kinetic.theory.merging import meeting_fraction, pair_length
from kinetic.theory.statement import statement
from kinetic.types import Array, ArrayLike, Normalization

SOURCE = "derived here; the staircase is that of arXiv:2410.06833"
_FAST = 40.0  # e-folds of a rate beyond which nothing of a wait is left


@dataclass(frozen=True)
class Step:
    """Two clusters become one.

    Parameters
    ----------
    pair : tuple of float
        Their masses, the larger first.
    angle : float
        φ, radians, while they waited.
    level : float
        Σ m² before, E in units of e^β/2β.
    gain : float
        2 m_a m_b, what is added to it.
    length : float
        l, of the path in W₂ from the beginning to where they have met.
    log_time : float
        ln of the time from the beginning until half of the pair's 1 − ρ is left, each stage that of a pair alone; of
        t e^β without softmax, where times are out of the range of doubles for large β.
    """

    pair: tuple[float, float]
    angle: float
    level: float
    gain: float
    length: float
    log_time: float


@statement("derived", SOURCE, "E climbs by 2 m_a m_b at lengths in W₂ that are sums of φ √(m_a m_b/(m_a + m_b)) (USA)")
def staircase(points: ArrayLike, masses: ArrayLike, beta: float, normalization: Normalization) -> tuple[Step, ...]:
    """Return the steps of clusters that merge pair by pair until one is left.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Unit vectors, no two of them opposite.
    masses : array_like, shape (n,)
        Positive; they are scaled to sum one.
    beta : float
        β > 0.

    Returns
    -------
    tuple of Step
        n − 1 of them, in the order of time.

    Raises
    ------
    DomainError
        If β is not positive, or two clusters are opposite to each other and wait for ever.

    **Accuracy** Levels exact; lengths and times to leading order where every pair is faster than the next one: what
    other clusters add is of the order of the ratio of the two times.
    """
    x = np.asarray(points, dtype=np.float64)
    weights = normalized_masses(masses, len(x))
    require_normalization(normalization)
    if not beta > 0:
        raise DomainError(f"beta: received {beta!r}; must be > 0: only then do clusters wait")
    return tuple(_climbed(x, weights, beta, normalization))


def _climbed(x: Array, weights: Array, beta: float, normalization: Normalization) -> Iterator[Step]:
    length, log_time = 0.0, -math.inf
    while len(x) > 1:
        first, second, wait = _next(x, weights, beta, normalization)
        one, two = float(weights[first]), float(weights[second])
        cosine = float(x[first] @ x[second])
        length += pair_length(cosine, beta, one, two, normalization)
        log_time = float(np.logaddexp(log_time, wait))
        level = float(weights @ weights)
        yield Step((max(one, two), min(one, two)), math.acos(cosine), level, 2.0 * one * two, length, log_time)
        share = meeting_fraction(cosine, beta, one, two, normalization)
        place = _between(x[first], x[second], share)
        others = np.setdiff1d(np.arange(len(x)), [first, second])
        x, weights = np.concatenate([x[others], place[None]]), np.append(weights[others], one + two)


def _next(x: Array, weights: Array, beta: float, normalization: Normalization) -> tuple[int, int, float]:
    """Return the pair that alone would be the first to have half its 1 − ρ left, and the logarithm of when."""
    found = []
    for first, second in combinations(range(len(x)), 2):
        cosine = float(x[first] @ x[second])
        if not -1.0 < cosine < 1.0:
            raise DomainError(f"clusters {first} and {second} are at the cosine {cosine!r}; must be between −1 and 1")
        wait = log_waiting_time(1.0 - cosine, beta, float(weights[first]), float(weights[second]), normalization)
        found.append((wait, first, second))
    wait, first, second = min(found)
    return first, second, wait


@statement("derived", SOURCE, "a pair waits ∫ e^{βd} w(d)/(d(2 − d)) dd from 1 − ρ = δ to δ/2")
def log_waiting_time(deficit: float, beta: float, m1: float, m2: float, normalization: Normalization) -> float:
    """Return ln of the time in which two Dirac masses come from 1 − ρ = δ to δ/2; without softmax of that times e^β.

    It is ∫_{δ/2}^δ e^{βd} w(d)/(d(2 − d)) dd, 1/w = m₁ + m₂ without softmax, 1/w = 1/(e^{−βd} + m₁/m₂) + 1/(e^{−βd} +
    m₂/m₁) with it, and e^{βδ} is taken out.

    **Accuracy** Absolute 1e-9.
    """

    def part(fall: float) -> float:
        d = deficit - fall / beta
        if normalization == "none":
            weight = 1.0 / (m1 + m2)
        else:
            small = math.exp(-beta * d)
            weight = 1.0 / (1.0 / (small + m1 / m2) + 1.0 / (small + m2 / m1))
        return math.exp(-fall) * weight / (d * (2.0 - d))

    value, _ = quad(part, 0.0, min(0.5 * beta * deficit, _FAST), epsabs=0.0, epsrel=1e-10, limit=200)
    return beta * deficit + math.log(value / beta)


def _between(start: Array, end: Array, share: float) -> Array:
    """Return the point at a share of the way from one unit vector to another."""
    angle = math.acos(float(start @ end))
    place = (math.sin((1.0 - share) * angle) * start + math.sin(share * angle) * end) / math.sin(angle)
    return np.asarray(place / np.linalg.norm(place))


@statement("derived", SOURCE, "in the clock ‖∇E‖/ln β the steps stand at l_i/ln β, which tends to 0")
def steps_by_logarithmic_clock(lengths: ArrayLike, beta: float) -> Array:
    """Return the times of steps in the clock τ' = ‖X‖_{L²(μ)}/ln β, from their lengths in W₂.

    Parameters
    ----------
    lengths : array_like
        l_i, which do not depend on β without softmax.
    beta : float
        β > 1.
    """
    if not beta > 1:
        raise DomainError(f"beta: received {beta!r}; must be > 1: ln β is the unit of this clock")
    return np.asarray(np.asarray(lengths, dtype=np.float64) / math.log(beta))


@statement("derived", SOURCE, "while a pair meets, E has gained 2 m_a m_b e^{β(cos φ − 1)}")
def climb(step: Step, beta: float, normalization: Normalization, count: int = 60) -> tuple[Array, Array]:
    """Return E within one stage, while the pair's angle closes, over the length of the path in W₂.

    E = level + gain e^{β(cos φ − 1)}, in units of e^β/2β, at `Step.length` minus the length that the pair has yet to
    go from φ.

    Parameters
    ----------
    step : Step
    beta
        As for `staircase`.
    count : int
        Number of angles, φ = angle … 0.

    Returns
    -------
    length, energy : Array, shape (count,)
    """
    angles = np.linspace(step.angle, 0.0, count)
    left = [pair_length(math.cos(phi), beta, *step.pair, normalization) if phi > 0 else 0.0 for phi in angles]
    return step.length - np.array(left), step.level + step.gain * np.exp(-2.0 * beta * np.sin(0.5 * angles) ** 2)
