"""W₂ ≤ C e^{−t/100} (arXiv:2504.14697, as restated in arXiv:2512.01868) for unnormalised attention at small |β|.

The late rate is (d−1)e^{−β}/2 above the crossover: for β > ln(50(d−1)) the conclusion is false and the claim must fail.
"""

import math

import pytest
from claims.records import boost_record, case, cut, judged, law_record, linear


def record(d, beta, normalization="none", end=None):
    far, near = (d - 1) * math.exp(-beta), 2 * math.exp(beta)
    end = end or 10 / far
    text = case("zonal", d, normalization, beta, linear("zonal"), end)
    return law_record(text, far, near, end, end / 200)


def test_the_exact_boost_obeys_it_far_below_its_bound():
    row = judged("theorem_w2_bound", boost_record(2, 12.0))
    assert (row.verdict, row.relation, row.predicted) == ("pass", ">=", 0.01)
    assert row.measured == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(("d", "beta"), [(2, 0.1), (2, 3.7), (3, 4.4), (10, 5.9)])
def test_it_holds_below_the_ceiling(d, beta):
    assert beta < math.log(50 * (d - 1))
    row = judged("theorem_w2_bound", record(d, beta))
    assert row.verdict == "pass"
    assert row.measured == pytest.approx(0.5 * (d - 1) * math.exp(-beta), rel=1e-3)


@pytest.mark.parametrize(("d", "beta"), [(2, 4.1), (3, 4.8), (10, 6.3)])
def test_it_fails_above_the_ceiling(d, beta):
    assert beta > math.log(50 * (d - 1))
    assert judged("theorem_w2_bound", record(d, beta)).verdict == "fail"


def test_softmax_attention_is_not_treated():
    row = judged("theorem_w2_bound", record(2, 1.0, "softmax"))
    assert (row.verdict, row.reason) == ("not applicable", "the theorem is for unnormalised attention")


def test_an_early_rate_proves_nothing():
    row = judged("theorem_w2_bound", cut(record(2, 4.1), 0.5, "finished"))
    assert row.verdict == "not applicable"
    assert "the law needs 0.1" in row.reason
