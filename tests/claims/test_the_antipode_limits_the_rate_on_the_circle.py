"""1 − R ~ e^{−κt}, κ = min((d−1)λ_a, 2λ_c): on the circle the antipode sets it, at 1 (softmax) or e^{−β} (none).

Particles, and a grid that loses the mass near the antipode, would say 2λ_c: λ_a = e^{−β} and λ_c = e^β (none), 1 and 1
(softmax).
"""

import math

import pytest
from claims.records import boost_record, case, judged, law_record, linear


def text(normalization, beta, kind="circle", d=2, initial=None, end=40.0):
    return case(kind, d, normalization, beta, initial or linear(kind), end)


def test_the_exact_boost_of_the_uniform_circle_ends_with_rate_one():
    row = judged("dirac_rate", boost_record(2, 24.0))
    assert (row.verdict, row.predicted) == ("pass", 1.0)
    # 1 − R = 2/(e^s + 1): the slope at the last row is 1 − O(1 − R), the share is reached at e^{−s/2} ~ 1e-3
    assert row.measured == pytest.approx(1.0, abs=1e-9)
    assert 10 < row.window[0] < 20


@pytest.mark.parametrize("beta", [-0.2, 0.5, 1.0, 2.0])
def test_unnormalised_attention_decays_at_exp_minus_beta(beta):
    far, near = math.exp(-beta), 2 * math.exp(beta)
    row = judged("dirac_rate", law_record(text("none", beta), far, near, 30.0 / far, 0.2))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(far, rel=1e-15))


@pytest.mark.parametrize("beta", [0.0, 1.0, 3.0])
def test_softmax_attention_decays_at_one_whatever_beta(beta):
    row = judged("dirac_rate", law_record(text("softmax", beta), 1.0, 2.0, 20.0))
    assert (row.verdict, row.predicted) == ("pass", 1.0)


def test_a_record_of_the_other_normalization_fails():
    record = law_record(text("softmax", 1.0), math.exp(-1), 2 * math.e, 20.0)
    assert judged("dirac_rate", record).verdict == "fail"
    record = law_record(text("none", 1.0), 1.0, 2.0, 20.0)
    assert judged("dirac_rate", record).verdict == "fail"


def test_a_record_of_another_beta_fails():
    assert judged("dirac_rate", boost_record(2, 24.0, text=text("none", 0.01))).verdict == "fail"
    assert judged("dirac_rate", boost_record(2, 24.0, text=text("none", -0.01))).verdict == "fail"


@pytest.mark.parametrize("rate", [0.99, 1.01])
def test_a_rate_off_by_one_percent_fails(rate):
    assert judged("dirac_rate", law_record(text("softmax", 1.0), rate, 2.0, 30.0)).verdict == "fail"


def test_a_tail_that_empties_as_in_another_dimension_fails():
    # mass that leaves the antipode at twice the rate, as on the two-sphere
    assert judged("dirac_rate", law_record(text("softmax", 1.0), 1.3, 3.0, 30.0)).verdict == "fail"


def test_a_record_that_lost_the_tail_does_not_pass():
    # all of 1 − R in the cluster, at the particles' rate 2
    row = judged("dirac_rate", law_record(text("softmax", 1.0), 9.0, 2.0, 12.0))
    assert row.verdict == "not applicable"
    assert "the mass outside the cluster contributes 0.0000 of 1 − R" in row.reason


def test_a_run_that_is_not_late_yet_says_how_far_it_is():
    row = judged("dirac_rate", boost_record(2, 6.0))
    assert row.verdict == "not applicable"
    assert "the mass outside the cluster contributes 0.9" in row.reason
    assert "the law needs 0.999, at t = 6" in row.reason


@pytest.mark.parametrize("name", ["dirac_rate", "w2_rate", "pl_ratio", "antipode_rate"])
def test_data_without_mass_at_the_antipode_have_no_such_rate(name):
    cap = 'kind = "cap"\nmean = [1.0, 0.0]\nangle = 1.0'
    row = judged(name, law_record(text("softmax", 1.0, initial=cap), 1.0, 2.0, 20.0))
    assert row.verdict == "not applicable"
    assert "positive at the repelling point" in row.reason
    lifted = cap + "\nbackground = 0.1"
    assert judged(name, law_record(text("softmax", 1.0, initial=lifted), 1.0, 2.0, 20.0)).verdict == "pass"
