"""A run that was stopped as unresolved has no rows beyond, and claims say so instead of judging what is missing."""

import math

import pytest
from claims.records import boost_record, case, cut, judged, law_record, linear, run

TEXT = case("circle", 2, "none", 1.0, linear("circle"))
LATE = ["dirac_rate", "w2_rate", "pl_ratio", "antipode_rate"]


@pytest.mark.parametrize("name", LATE)
def test_a_law_that_the_run_did_not_reach_is_not_judged(name):
    record = cut(law_record(TEXT, math.exp(-1), 2 * math.e, 20.0), 1.0)
    row = judged(name, record)
    assert row.verdict == "not applicable"
    assert "unresolved from t = 1" in row.reason


@pytest.mark.parametrize("name", LATE)
def test_a_law_that_was_reached_before_the_run_stopped_is_judged_up_to_there(name):
    row = judged(name, cut(law_record(TEXT, math.exp(-1), 2 * math.e, 40.0), 36.0))
    assert row.verdict == "pass"
    assert row.window[1] <= 36.0


@pytest.mark.parametrize("name", [*LATE, "theorem_w2_bound"])
def test_a_real_run_that_becomes_unresolved_passes_no_asymptotic_claim(name):
    record = run(case("circle", 2, "none", 1.0, linear("circle"), end=10.0, degree=31))
    assert record.status == "unresolved"
    row = judged(name, record)
    assert row.verdict == "not applicable"
    assert f"unresolved from t = {record.observables['time'][-1]:.4g}" in row.reason


def test_a_tie_that_was_not_reached_says_how_far_it_is():
    row = judged("dirac_rate", cut(boost_record(3, 3.0), 2.0))
    assert row.verdict == "not applicable"
    assert "the law needs 0.001" in row.reason
    assert "unresolved from t = 2" in row.reason
