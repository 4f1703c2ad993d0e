"""Growth rates of any zonal kernel, against closed forms, Bessel functions and fractions known in closed form."""

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.dark_cap import dark_mass_rate
from kinetic.theory.kernel_growth import Weight, kernel_growth_rates
from kinetic.theory.linear_stability import growth_rate


def rates(d, weight, normalization="softmax", count=7):
    return kernel_growth_rates(count, d, [(weight, 1.0)], normalization)[1:]


def test_relu_on_the_circle_grows_at_a_third_a_quarter_of_pi_and_three_fifths():
    # ∫ cos_+ = 1/π, and l² W_l of cos_+ by hand
    np.testing.assert_allclose(rates(2, Weight("power")), [1 / 3, np.pi / 4, 3 / 5, 0, -5 / 21, 0], atol=1e-13)
    assert np.argmax(rates(2, Weight("power"))) == 1
    np.testing.assert_allclose(rates(3, Weight("power"))[:4], [1 / 2, 4 / 5, 1 / 2, 0], atol=1e-13)
    assert np.argmax(rates(8, Weight("power"))) == 0


@pytest.mark.parametrize("d", [2, 3, 8, 512])
def test_linear_attention_amplifies_the_second_degree_alone(d):
    np.testing.assert_allclose(rates(d, Weight("linear"), "none", 4), [0, 2 / (d + 2), 0], atol=1e-12)


@pytest.mark.parametrize("d", [2, 3, 8])
@pytest.mark.parametrize("beta", [-2.0, 1.0, 5.0])
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_the_exponential_kernel_agrees_with_bessel_functions(d, beta, normalization):
    exact = [growth_rate(degree, d, beta, normalization) for degree in range(1, 7)]
    np.testing.assert_allclose(rates(d, Weight("exponential", beta), normalization), exact, rtol=1e-11)


@pytest.mark.parametrize("d", [2, 3, 8])
def test_truncation_beyond_the_far_pole_changes_nothing_and_a_negative_score_is_a_mirror(d):
    whole = rates(d, Weight("exponential", 2.0))
    np.testing.assert_allclose(rates(d, Weight("truncated", 2.0, cutoff=-0.999999)), whole, atol=1e-2)
    mirrored = rates(d, Weight("power", power=2.0, score=-1.0), "none")
    # W of the mirrored kernel is minus the mirror image of W: the sign of W_l is (−1)^{l+1}
    signs = (-1.0) ** np.arange(2, 8)
    np.testing.assert_allclose(mirrored, signs * rates(d, Weight("power", power=2.0), "none"), atol=1e-13)


def test_division_by_a_mean_that_vanishes_is_refused():
    with pytest.raises(DomainError, match="mean"):
        rates(3, Weight("linear"))


def test_only_kernels_that_end_have_a_dark_cap():
    assert dark_mass_rate(Weight("truncated", cutoff=0.5, score=2.0)) == (0.25, 0.0)
    assert dark_mass_rate(Weight("power")) == (0.0, 0.0)
    for weight in (Weight("exponential", 1.0), Weight("linear"), Weight("power", score=-1.0)):
        with pytest.raises(DomainError, match="dark cap"):
            dark_mass_rate(weight)
