"""The degree that grows fastest is the one that appears: three clusters at β = 5 on the circle (arXiv:2410.23228)."""

from functools import cache

import pytest
from claims.records import case, falsified, judged, run


def text(beta, amplitude=1e-3, end=6.5, seed=11, normalization="softmax", every=0.5):
    initial = f'kind = "random"\namplitude = {amplitude}\nmax_degree = 8\nseed = {seed}'
    return case("circle", 2, normalization, beta, initial, end, degree=63, save_every=every)


@cache
def noisy(beta, end=6.5):
    return run(text(beta, end=end))


@pytest.mark.parametrize(("beta", "degree", "end"), [(0.5, 1, 10.0), (2.0, 2, 8.0), (5.0, 3, 9.0)])
def test_the_degree_that_appears_is_the_predicted_one(beta, degree, end):
    row = judged("most_unstable_degree", noisy(beta, end))
    assert (row.verdict, row.predicted, row.measured) == ("pass", degree, degree)
    assert row.window[0] == row.window[1] > 0


def test_a_record_of_another_beta_fails():
    record = falsified(noisy(5.0, 9.0), text=text(2.0))
    row = judged("most_unstable_degree", record)
    assert (row.verdict, row.predicted, row.measured) == ("fail", 2, 3)


def test_both_normalizations_predict_the_same_degree():
    record = falsified(noisy(5.0, 9.0), text=text(5.0, normalization="none"))
    assert judged("most_unstable_degree", record).predicted == 3


@pytest.mark.parametrize("beta", [3.1654, 6.2113])
def test_where_two_degrees_grow_alike_nothing_is_predicted(beta):
    row = judged("most_unstable_degree", falsified(noisy(5.0, 9.0), text=text(beta)))
    assert row.verdict == "not applicable"
    assert "two degrees grow almost alike" in row.reason


def test_a_pattern_that_has_not_emerged_is_not_judged():
    row = judged("most_unstable_degree", run(text(5.0, end=1.0)))
    assert row.verdict == "not applicable"
    assert "no snapshot with ρ − 1 within (0.03, 0.3)" in row.reason


def test_large_data_decide_for_themselves():
    row = judged("most_unstable_degree", run(text(5.0, amplitude=0.05, end=1.0)))
    assert row.verdict == "not applicable"
    assert "initial data with ρ − 1 below" in row.reason


def test_data_without_the_winning_degree_cannot_let_it_win():
    initial = 'kind = "harmonics"\nterms = [{degree = 2, order = 2, amplitude = 0.005}]'
    record = run(case("circle", 2, "softmax", 5.0, initial, 6.0, degree=63, save_every=0.5))
    row = judged("most_unstable_degree", record)
    assert row.verdict == "not applicable"
    assert "too little of that degree" in row.reason
