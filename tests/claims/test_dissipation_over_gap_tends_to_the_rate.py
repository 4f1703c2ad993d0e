"""(dE/dt)/(E_max − E) tends to κ: a rate without any differentiation of rows."""

import math

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, law_record, linear

CIRCLE = case("circle", 2, "none", 1.0, linear("circle"), 40.0)


@pytest.mark.parametrize(("d", "kappa"), [(2, 1.0), (4, 2.0), (5, 2.0)])
def test_the_exact_boost_has_the_ratio_of_its_rate(d, kappa):
    row = judged("pl_ratio", boost_record(d, 24.0))
    assert (row.verdict, row.predicted) == ("pass", kappa)


def test_the_circles_ratio_is_its_order_parameter_squared():
    # R′ = R(1 − R²)/2 and E = R²/2: the helper's quadratures, checked
    record = boost_record(2, 6.0)
    R = record.observables["order_parameter"]
    ratio = record.observables["dissipation"] / record.observables["energy_gap"]
    assert ratio == pytest.approx(R**2, rel=1e-11)


def test_unnormalised_attention_on_the_circle():
    row = judged("pl_ratio", law_record(CIRCLE, math.exp(-1), 2 * math.e, 30.0))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(math.exp(-1)))


@pytest.mark.parametrize("factor", [0.5, 0.99, 1.01, 2.0])
def test_dissipation_of_another_size_fails(factor):
    record = falsified(boost_record(2, 24.0), dissipation=lambda power: factor * power)
    assert judged("pl_ratio", record).verdict == "fail"


def test_a_record_of_the_other_normalization_fails():
    assert judged("pl_ratio", law_record(CIRCLE, 1.0, 2.0, 20.0)).verdict == "fail"


def test_a_gap_that_is_not_known_has_no_ratio():
    record = falsified(boost_record(2, 24.0), energy_gap=lambda gap: np.full_like(gap, np.nan))
    row = judged("pl_ratio", record)
    assert (row.verdict, row.reason) == ("not applicable", "the energy gap is not known for this run")


def test_a_run_that_is_not_late_yet_is_not_judged():
    row = judged("pl_ratio", boost_record(2, 3.0))
    assert row.verdict == "not applicable"
    assert "the law needs 0.999" in row.reason
