import functools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from theory.zonal_field import latitude_speed

from kinetic.errors import DomainError
from kinetic.theory import antipode_law
from kinetic.theory.exact_mobius import axisymmetric_trajectory

LAPSE = 1.5


@dataclass(frozen=True)
class Run:
    """The density 1 + 0.8 cos θ carried by characteristics to a late time."""

    earlier_slope: float
    slope: float
    antipode_rate: float
    deficit: float
    latitudes: np.ndarray
    log_beyond: np.ndarray


def panels(d: int, reach: float, middle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Composite Gauss–Legendre rule in y with the masses of 1 + 0.8 cos θ, four times finer beside `middle`.

    There start the points that are on their way from the antipode to the cluster at the end; in y their passage
    shrinks by e^{−2β}, so that panels of length 1 would err by 1e-3.
    """
    nodes, weights = np.polynomial.legendre.leggauss(6)
    ends = np.arange(-math.ceil(12 / (d - 1)) - 3.0, math.ceil(reach) + 1.0)
    fine = np.arange(math.floor(middle) - 3.0, math.floor(middle) + 6.0, 0.25)
    ends = np.union1d(ends, fine[(fine > ends[0]) & (fine < ends[-1])])
    half = 0.5 * np.diff(ends)[:, None]
    y = (ends[:-1, None] + half * (nodes + 1.0)[None, :]).ravel()
    logarithms = -(d - 1) * np.logaddexp(y, -y)
    masses = (half * weights).ravel() * np.exp(logarithms) * (1.0 - 0.8 * np.tanh(y))
    return y, masses / np.sum(masses)


@functools.cache
def late(d: int, beta: float, normalization: str, end: float) -> Run:
    """Integrate the axisymmetric characteristics by plain sums and read off the late rates without differencing."""
    escape = antipode_law.escape_rate(beta, normalization)
    start, masses = panels(d, escape * end + 22 / (d - 1), escape * end)

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        return latitude_speed(y, y, masses, d, beta, normalization)

    moments = [end - LAPSE, end]
    path = solve_ivp(rate, (0.0, end), start, t_eval=moments, method="DOP853", rtol=1e-6, atol=1e-6).y.T
    slopes = [slope(y, masses, rate(0.0, y)) for y in path]
    pole = latitude_speed(np.array([40.0]), path[-1], masses, d, beta, normalization)[0]
    beyond = np.cumsum(masses[::-1])[::-1] - 0.5 * masses
    deficit = float(masses @ (2.0 / (1.0 + np.exp(-2.0 * path[-1]))))
    return Run(slopes[0], slopes[1], -(d - 1) * float(pole), deficit, path[-1], np.log(beyond))


def slope(y: np.ndarray, masses: np.ndarray, speed: np.ndarray) -> float:
    """Return −d/dt ln(1 − R) from 1 − cos θ = 2/(1 + e^{−2y}), whose rate is sech²(y) y′."""
    ratio = np.exp(-2.0 * np.abs(y))
    return -float(masses @ (4.0 * ratio / (1.0 + ratio) ** 2 * speed)) / float(
        masses @ (2.0 / (1.0 + np.exp(-2.0 * y)))
    )


@pytest.mark.parametrize(
    ("d", "beta", "normalization", "end", "side"),
    [
        (2, 0.5, "none", 12.0, "antipode"),
        (2, 1.0, "none", 14.0, "antipode"),
        (2, 1.0, "softmax", 11.0, "antipode"),
        (3, 0.7, "none", 9.0, "antipode"),
        (6, -0.5, "none", 6.0, "cluster"),
    ],
)
def test_a_positive_density_collapses_at_the_rate_of_its_slower_end(
    d: int, beta: float, normalization: str, end: float, side: str
) -> None:
    run = late(d, beta, normalization, end)
    kappa = antipode_law.collapse_rate(d, beta, normalization)
    antipode = antipode_law.antipode_rate(d, beta, normalization)
    cluster = 2.0 * antipode_law.cluster_rate(beta, normalization)
    assert antipode_law.leading_side(d, beta, normalization) == side
    # Corrections to the slope: the field's distance from its limit, O(e^{−κt}), and the share of the other end. With
    # the slower of the two exponents known, one extrapolation removes it; what is left is less than the last change.
    fading = math.exp(-min(kappa, abs(cluster - antipode)) * LAPSE)
    limit = (run.slope - fading * run.earlier_slope) / (1.0 - fading)
    change = abs(run.slope - run.earlier_slope)
    assert change < 0.03 * kappa
    assert limit == pytest.approx(kappa, abs=change + 1e-4)
    # λ_a(t) is an average of e^{−βc}c over that of e^{−βc} (softmax) or 1: off by (1 + |β|)e^{2|β|}(1 − R) at most.
    tolerance = (d - 1) * (1.0 + abs(beta)) * math.exp(2.0 * abs(beta)) * run.deficit
    assert tolerance < 0.2 * antipode
    assert run.antipode_rate == pytest.approx(antipode, abs=tolerance)


@pytest.mark.parametrize(
    ("beta", "normalization", "end", "low"), [(0.5, "none", 12.0, 0.004), (1.0, "softmax", 11.0, 0.02)]
)
def test_the_tail_between_cluster_and_bulk_is_a_power_law(
    beta: float, normalization: str, end: float, low: float
) -> None:
    run = late(2, beta, normalization, end)
    decade = np.interp(np.log([low, 10.0 * low]), run.latitudes, run.log_beyond)
    index = -(decade[1] - decade[0]) / math.log(10.0)
    # At the decade's ends the law is off by the square of its distance to the bulk and to the cluster: about 1 %.
    assert index == pytest.approx(antipode_law.tail_index(2, beta, normalization), rel=0.02)


@pytest.mark.parametrize(("d", "kappa"), [(2, 1.0), (4, 2.0), (5, 2.0)])
def test_without_temperature_the_rate_is_one_on_the_circle_and_two_from_dimension_four(d: int, kappa: float) -> None:
    start, masses = panels(d, 25.0 + 40.0 / d)
    _, deficit = axisymmetric_trajectory(start, masses, [18.0, 18.5])
    assert antipode_law.collapse_rate(d, 0.0, "softmax") == antipode_law.collapse_rate(d, 0.0, "none") == kappa
    # d = 4: the tail is below the cluster by e^{−t} ~ 1e-8, times t.
    assert math.log(deficit[0] / deficit[1]) / 0.5 == pytest.approx(kappa, abs=1e-6)


def test_the_distance_to_the_dirac_decays_at_half_the_rate() -> None:
    assert antipode_law.w2_rate(2, 1.0, "none") == pytest.approx(0.5 / math.e, rel=1e-15)


@pytest.mark.parametrize(("d", "beta", "normalization"), [(1, 0.0, "none"), (2, math.inf, "none"), (2, 0.0, "relu")])
def test_impossible_arguments_are_refused(d: int, beta: float, normalization: str) -> None:
    with pytest.raises(DomainError):
        antipode_law.collapse_rate(d, beta, normalization)
