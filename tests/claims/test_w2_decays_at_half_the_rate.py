"""W₂ to the Dirac decays at κ/2, since W₂² and 1 − R have one exponent."""

import math

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, law_record, linear

CIRCLE = case("circle", 2, "none", 1.0, linear("circle"), 40.0)


@pytest.mark.parametrize(("d", "half"), [(2, 0.5), (4, 1.0), (5, 1.0)])
def test_the_exact_boost_has_half_its_rate(d, half):
    row = judged("w2_rate", boost_record(d, 24.0))
    assert (row.verdict, row.predicted) == ("pass", half)


def test_the_circles_w2_is_the_dilogarithm():
    # W₂² = π²/3 + 4 Li₂(−w) on the circle, Li₂(−w) = Σ (−w)^k/k²: the helper's quadrature, checked
    record = boost_record(2, 3.0)
    w = 1 - record.observables["order_deficit"]
    k = np.arange(1, 400)[:, None]
    exact = math.pi**2 / 3 + 4 * np.sum((-w) ** k / k**2, axis=0)
    assert record.observables["w2_to_dirac"] ** 2 == pytest.approx(exact, abs=4 / 400**2)


def test_unnormalised_attention_on_the_circle():
    row = judged("w2_rate", law_record(CIRCLE, math.exp(-1), 2 * math.e, 30.0))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(0.5 * math.exp(-1)))


@pytest.mark.parametrize("factor", [0.98, 1.02, 2.0])
def test_another_rate_fails(factor):
    record = falsified(boost_record(2, 24.0), w2_to_dirac=lambda w: w**factor)
    assert judged("w2_rate", record).verdict == "fail"


def test_a_record_of_the_other_normalization_fails():
    assert judged("w2_rate", law_record(CIRCLE, 1.0, 2.0, 20.0)).verdict == "fail"


def test_a_distance_that_is_not_known_has_no_rate():
    record = falsified(boost_record(2, 24.0), w2_to_dirac=lambda w: np.full_like(w, np.nan))
    row = judged("w2_rate", record)
    assert row.verdict == "not applicable"
    assert "fewer than eight local slopes" in row.reason
