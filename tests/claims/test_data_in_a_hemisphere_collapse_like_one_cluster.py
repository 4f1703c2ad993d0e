"""A cap inside an open hemisphere leaves nothing at the antipode: 1 − R decays at 2λ_c = 2 (softmax), 2e^β (none)."""

import math

import pytest
from claims.records import case, judged, law_record

CAP = 'kind = "cap"\nmean = [1.0, 0.0]\nangle = 1.2'


def record(normalization, beta, rate, end=8.0, initial=CAP):
    """The cluster alone: 1 − R = ½ e^{−rate t}, the tail's share empty."""
    return law_record(case("circle", 2, normalization, beta, initial, end), 9 * rate, rate, end)


@pytest.mark.parametrize("beta", [0.0, 1.0, 3.0])
def test_softmax_contracts_a_cap_at_two(beta):
    row = judged("hemisphere_rate", record("softmax", beta, 2.0))
    assert (row.verdict, row.predicted) == ("pass", 2.0)


@pytest.mark.parametrize("beta", [-0.5, 0.5, 1.0])
def test_unnormalised_attention_contracts_it_at_twice_exp_beta(beta):
    row = judged("hemisphere_rate", record("none", beta, 2 * math.exp(beta)))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(2 * math.exp(beta)))


@pytest.mark.parametrize("rate", [1.0, 1.99, 2.01, 2 * math.e])
def test_another_rate_fails(rate):
    assert judged("hemisphere_rate", record("softmax", 1.0, rate, 20.0)).verdict == "fail"


def test_a_record_of_another_normalization_or_beta_fails():
    assert judged("hemisphere_rate", record("none", 1.0, 2.0)).verdict == "fail"
    assert judged("hemisphere_rate", record("none", 1.0, 2 * math.exp(1.01))).verdict == "fail"


@pytest.mark.parametrize("changed", ["angle = 1.6", "angle = 1.2\nbackground = 0.01"])
def test_data_beyond_the_hemisphere_are_not_meant(changed):
    row = judged("hemisphere_rate", record("softmax", 1.0, 2.0, initial=CAP.replace("angle = 1.2", changed)))
    assert row.verdict == "not applicable"
    assert "inside an open hemisphere" in row.reason


def test_a_run_that_is_not_late_yet_says_what_the_law_needs():
    row = judged("hemisphere_rate", record("softmax", 1.0, 2.0, 2.0))
    assert row.verdict == "not applicable"
    assert "at t = 2, the law needs 0.00025" in row.reason
