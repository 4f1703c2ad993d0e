"""d/dt ln ρ(−e) tends to −(d−1)λ_a, λ_a = e^{−β} (none) or 1 (softmax): no resolution of the cluster is needed."""

import math

import pytest
from claims.records import boost_record, case, falsified, judged, law_record, linear


def text(d, normalization, beta):
    return case("zonal", d, normalization, beta, linear("zonal"), 20.0)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_exact_boost_empties_its_antipode_at_d_minus_one(d):
    # ρ(−e) = ((1−w)/(1+w))^{d−1} = e^{−(d−1)s}
    row = judged("antipode_rate", boost_record(d, 14.0))
    assert (row.verdict, row.predicted) == ("pass", d - 1)


@pytest.mark.parametrize(("d", "beta"), [(2, 1.0), (6, 0.8), (4, -0.3)])
def test_unnormalised_attention_empties_it_at_exp_minus_beta(d, beta):
    far = (d - 1) * math.exp(-beta)
    row = judged("antipode_rate", law_record(text(d, "none", beta), far, 2 * math.exp(beta), 40.0))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(far, rel=1e-15))


def test_the_window_begins_where_the_field_is_the_limits_to_half_the_tolerance():
    # e^{2|β|}(2 + 2|β|/(d−1))(1 − R) < tolerance/2
    record = boost_record(2, 14.0)
    row = judged("antipode_rate", record)
    gone, t = record.observables["order_deficit"], record.observables["time"]
    assert row.window[0] == t[2 * gone < 0.5e-3][0]


@pytest.mark.parametrize("factor", [0.0, 0.99, 1.01, 2.0, -1.0])
def test_another_rate_fails(factor):
    record = falsified(boost_record(3, 14.0), log_antipode_density=lambda rho: factor * rho)
    assert judged("antipode_rate", record).verdict == "fail"


def test_a_record_of_another_dimension_normalization_or_beta_fails():
    assert judged("antipode_rate", boost_record(3, 14.0, text=text(4, "softmax", 1.0))).verdict == "fail"
    assert judged("antipode_rate", boost_record(3, 14.0, text=text(3, "none", 1.0))).verdict == "fail"
    record = law_record(text(2, "none", 1.0), math.exp(-1.1), 2 * math.e, 40.0)
    assert judged("antipode_rate", record).verdict == "fail"


def test_a_run_that_is_not_late_yet_says_what_the_law_needs():
    row = judged("antipode_rate", boost_record(2, 4.0))
    assert row.verdict == "not applicable"
    assert "at t = 4, the law needs 0.00025" in row.reason


def test_a_density_too_small_for_the_time_of_a_run_is_not_judged():
    # ln ρ = −2e6 has steps of 2e-10, and moves by 1e-9 in all
    record = falsified(boost_record(2, 14.0), time=lambda t: 1e-10 * t, log_antipode_density=lambda v: 0.0 * v - 2e6)
    assert judged("antipode_rate", record).verdict == "not applicable"
