"""Small harmonics on the uniform density grow at l(l+d−2) w_l/β, divided by w_0 with softmax, order by order."""

import numpy as np
import pytest
from laws.given import MAKERS, NORMALIZATIONS, attention, harmonics, problem, snapshots_of
from scipy.special import gammaln, ive

from kinetic.initial import Harmonic, InitialDensity
from kinetic.march import march
from kinetic.special import log_harmonic_dimensions

BETAS = (0.1, 1.0, 5.0, 20.0, -0.5)
BETAS_OF_RUNS = (1.0, 20.0, -0.5)
DEGREE = 12


def rates(d, beta, normalization, degree=DEGREE):
    """λ_l, l = 0 … degree, from scipy's Bessel functions: w_l = Γ(d/2) (2/β)^{d/2−1} I_{l+d/2−1}(β)."""
    l, size = np.arange(degree + 1), abs(beta)
    nu = d / 2 - 1
    w = np.exp(gammaln(d / 2) + nu * np.log(2 / size) + size) * ive(l + nu, size) * np.sign(beta) ** l
    return l * (l + d - 2) * w / beta / (w[0] if normalization == "softmax" else 1.0)


def check(measured, expected, largest):
    """Relative 1e-6 where the rate matters, absolute elsewhere."""
    if abs(expected) >= 1e-3 * largest:
        assert measured == pytest.approx(expected, rel=1e-6)
    else:
        assert abs(measured - expected) <= 1e-9 * largest


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_transport_of_a_small_harmonic(make, normalization, beta):
    space = make(DEGREE)
    acts = attention(space, beta, normalization)
    uniform = next(iter(harmonics(space, 0)))
    expected = rates(space.dimension, beta, normalization)
    largest = np.abs(expected).max()
    for degree in range(1, DEGREE + 1):
        for harmonic in harmonics(space, degree):
            direction = harmonic / np.abs(harmonic).max()
            response = derivative(lambda e, at=direction: acts.transport(uniform + e * at)[0])
            check(float(response @ direction / (direction @ direction)), expected[degree], largest)
            # nothing of another degree or order is excited
            np.testing.assert_allclose(response, expected[degree] * direction, atol=1e-9 * largest)


def derivative(f, step=1e-9):
    """f'(0) of an f with f(0) = 0, whose rounding is relative to the step: extrapolated from central differences.

    The step is small because a moment ε means a partition changed by up to ε N_l w_l/w_0, 6e4 ε at d = 64, β = 20.
    """
    wide, narrow = ((f(h) - f(-h)) / (2 * h) for h in (step, step / 2))
    return (4 * narrow - wide) / 3


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS_OF_RUNS)
def test_slope_of_a_run(make, normalization, beta):
    space = make(DEGREE)
    expected = rates(space.dimension, beta, normalization)
    largest = np.abs(expected).max()
    for degree, given_order in ((1, 0), (2, 1), (3, -3), (5, 4)):
        if abs(expected[degree]) < 1e-3 * largest:
            continue  # too slow to be seen beside the time stepper's error
        if degree > 3 and space.dimension > 8:
            continue  # no amplitude is both linear, ε N_l w_l/w_0 < 1e-3, and far above the time stepper's error
        order = {"circle": degree if given_order >= 0 else -degree, "zonal": 0}.get(space.kind, given_order)
        multiplicity = np.exp(log_harmonic_dimensions(degree, space.dimension)[degree])
        # a moment of 1e-6: small beside one, large beside the time stepper's 1e-13
        runs = (Harmonic(degree, order, sign * 1e-6 * np.sqrt(multiplicity)) for sign in (1, -1))
        # one e-fold of the fastest degree: noise of the time stepper in other degrees has no time to grow
        end = 1.0 / largest
        # growth from −ε is that from ε but for odd powers of ε: their mean leaves ε², times the multiplicity at most
        slopes = [
            slope(problem(space, beta, normalization, _only(run), end, rows=1, tolerance=1e-13), degree) for run in runs
        ]
        check(np.mean(slopes), expected[degree], largest)


def slope(given, degree):
    """Mean rate of the logarithm of the largest amplitude of a degree."""
    before, after = (snapshot.density.native for snapshot in snapshots_of(march(given)))
    at = int(np.argmax(np.where(given.flow.space.degrees == degree, np.abs(before), 0.0)))
    return np.log(after[at] / before[at]) / given.schedule.end


def _only(harmonic):
    return InitialDensity(uniform=1.0, harmonics=(harmonic,))


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_all_orders_of_a_degree_grow_alike_in_a_run_on_the_sphere(normalization):
    space, degree, beta = MAKERS["sphere"](DEGREE), 3, 5.0
    rng = np.random.default_rng(8)
    # The amplitudes are so small that products of two do not matter, the run so short that the stepper makes one step
    # of an error far below its bound.
    terms = tuple(Harmonic(degree, m, 1e-7 * a) for m, a in zip(range(-3, 4), rng.choice([-1.0, 1.0], 7), strict=True))
    data = InitialDensity(uniform=1.0, harmonics=terms)
    expected = rates(3, beta, normalization)[degree]
    events = march(problem(space, beta, normalization, data, 1 / expected, rows=1, tolerance=1e-13))
    first, *_, last = (snapshot.density.coefficients[:, degree] for snapshot in snapshots_of(events))
    present = first != 0
    assert present.sum() == 2 * degree + 1
    np.testing.assert_allclose(np.log(last[present] / first[present]), 1.0, atol=1e-6)
