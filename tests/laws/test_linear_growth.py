"""Small harmonics on the uniform density grow at l(l+d−2) w_l/β ("none"), divided by w_0 with softmax, order by order."""

import numpy as np
import pytest
from scipy.special import gammaln, ive

from kinetic.initial import Harmonic, InitialDensity
from kinetic.march import march
from laws.given import MAKERS, NORMALIZATIONS, attention, harmonics, problem, snapshots_of

BETAS = (0.1, 1.0, 5.0, 20.0, -0.5)
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
            # the odd part in ε drops the products of two harmonics and leaves ε² = 1e-10; rounding ε_machine/ε = 2e-11
            step = 1e-5 * harmonic / np.abs(harmonic).max()
            odd = (acts.transport(uniform + step)[0] - acts.transport(uniform - step)[0]) / 2
            at = int(np.argmax(np.abs(step)))
            check(odd[at] / step[at], expected[degree], largest)
            # nothing of another degree or order is excited
            np.testing.assert_allclose(odd, odd[at] / step[at] * step, atol=1e-9 * largest * 1e-5)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_slope_of_a_run(make, normalization, beta):
    space = make(DEGREE)
    expected = rates(space.dimension, beta, normalization)
    largest = np.abs(expected).max()
    for degree, order in ((1, 0), (2, 1), (3, -3), (5, 4)):
        if abs(expected[degree]) < 1e-3 * largest:
            continue  # too slow to be seen beside the time stepper's error
        order = {"circle": degree if order >= 0 else -degree, "zonal": 0}.get(space.kind, order)
        # A moment of 1e-5: its square, 1e-10, is what linear theory leaves out
        multiplicity = len(list(harmonics(space, degree))) if space.kind != "zonal" else _multiplicity(space, degree)
        data = InitialDensity(uniform=1.0, harmonics=(Harmonic(degree, order, 1e-5 * np.sqrt(multiplicity)),))
        # one e-fold of the fastest degree: noise of the time stepper in other degrees has no time to grow
        end = 1.0 / largest
        events = march(problem(space, beta, normalization, data, end, rows=1, tolerance=1e-13, snapshots=4))
        before, *_, after = (snapshot.density.native for snapshot in snapshots_of(events))
        at = int(np.argmax(np.where(space.degrees == degree, np.abs(before), 0.0)))
        check(np.log(after[at] / before[at]) / end, expected[degree], largest)


def _multiplicity(space, degree):
    return np.exp(space.log_multiplicities[degree])


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
