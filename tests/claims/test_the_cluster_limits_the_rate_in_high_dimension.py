"""From d = 4 on (softmax), and below β = ½ ln((d−1)/2) (none), 1 − R decays at the cluster's rate 2λ_c."""

import math

import pytest
from claims.records import boost_record, case, judged, law_record, linear


def text(d, normalization, beta):
    return case("zonal", d, normalization, beta, linear("zonal"), 20.0)


@pytest.mark.parametrize(("d", "end"), [(4, 18.0), (5, 12.0), (8, 8.0)])
def test_the_exact_boost_of_the_uniform_sphere_ends_with_rate_two(d, end):
    row = judged("dirac_rate", boost_record(d, end))
    assert (row.verdict, row.predicted) == ("pass", 2.0)


@pytest.mark.parametrize("beta", [0.0, 0.2, 0.4])
def test_below_the_crossover_the_rate_rises_with_beta(beta):
    far, near = 5 * math.exp(-beta), 2 * math.exp(beta)
    row = judged("dirac_rate", law_record(text(6, "none", beta), far, near, 30.0))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(near, rel=1e-15))


@pytest.mark.parametrize("beta", [0.5, 0.8, 1.5])
def test_above_the_crossover_it_falls(beta):
    far, near = 5 * math.exp(-beta), 2 * math.exp(beta)
    row = judged("dirac_rate", law_record(text(6, "none", beta), far, near, 40.0))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(far, rel=1e-15))


@pytest.mark.parametrize("rate", [1.0, 1.99, 2.01, 2 * math.e])
def test_another_rate_fails(rate):
    assert judged("dirac_rate", law_record(text(5, "softmax", 1.0), 4 * rate, rate, 10.0)).verdict == "fail"


def test_a_record_of_the_other_normalization_fails():
    assert judged("dirac_rate", boost_record(5, 12.0, text=text(5, "none", 0.3))).verdict == "fail"


def test_a_record_of_a_lower_dimension_does_not_pass():
    # the circle's tail under a text that says d = 5: the cluster never leads
    row = judged("dirac_rate", boost_record(2, 24.0, text=text(5, "softmax", 1.0)))
    assert row.verdict == "not applicable"
    assert "the cluster contributes" in row.reason
