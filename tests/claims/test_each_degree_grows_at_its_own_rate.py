"""Degree l of the uniform density grows at l(l+d−2) w_l(β)/β, over w_0 with softmax (arXiv:2410.23228)."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, made, run, with_densities
from scipy.special import iv

NOISE = 'kind = "random"\namplitude = 1e-6\nmax_degree = 6\nseed = 3'


def text(normalization, beta, initial=NOISE, end=2.0):
    return case("circle", 2, normalization, beta, initial, end, degree=31, save_every=0.25)


@cache
def noisy(normalization, beta):
    return run(text(normalization, beta))


@pytest.mark.parametrize(
    ("normalization", "beta"), [("softmax", 5.0), ("none", 1.0), ("softmax", -2.0), ("softmax", 1.0)]
)
def test_small_noise_grows_at_the_predicted_rates(normalization, beta):
    row = judged("linear_growth", noisy(normalization, beta))
    assert row.verdict == "pass"
    # the circle's rates by modified Bessel functions of whole order
    l = np.arange(1, 40)
    rates = l**2 * iv(l, beta) / (beta * (iv(0, beta) if normalization == "softmax" else 1))
    assert np.abs(rates - row.predicted).min() < 1e-10
    assert abs(row.measured - row.predicted) <= 1e-3 * abs(row.predicted)


@pytest.mark.parametrize(
    ("normalization", "beta"), [("none", 5.0), ("softmax", 5.1), ("softmax", 4.9), ("softmax", -5.0)]
)
def test_a_record_of_another_normalization_or_beta_fails(normalization, beta):
    record = falsified(noisy("softmax", 5.0), text=text(normalization, beta))
    assert judged("linear_growth", record).verdict == "fail"


def test_one_degree_that_grows_wrongly_is_found_among_the_others():
    record = noisy("softmax", 5.0)
    last = record.density(record.density_times.size - 1)
    native = last.native.copy()
    native[np.flatnonzero(last.space.degrees == 4)] *= 1.01
    wrong = replace(last, native=native)
    row = judged("linear_growth", with_densities(record, {record.density_times.size - 1: wrong}))
    assert row.verdict == "fail"
    # ln 1.01 over two units of time
    assert row.measured - row.predicted == pytest.approx(np.log(1.01) / 2, rel=2e-2)


def test_large_data_do_not_grow_linearly():
    record = run(text("softmax", 5.0, NOISE.replace("1e-6", "1e-2"), 0.5))
    row = judged("linear_growth", record)
    assert row.verdict == "not applicable"
    assert "ρ − 1 is below 0.0001 at fewer than two snapshots" in row.reason


def test_large_data_that_decay_are_judged_from_where_they_are_small():
    # at β < 0 even degrees decay; the early, large snapshots must not count
    initial = 'kind = "harmonics"\nterms = [{degree = 2, order = 2, amplitude = 0.02}]'
    record = run(case("circle", 2, "none", -3.0, initial, 2.5, degree=31, save_every=0.25))
    row = judged("linear_growth", record)
    assert row.window[0] > 0
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(-4 * iv(2, 3.0) / 3.0, rel=1e-10)


def test_the_uniform_density_has_nothing_that_grows():
    row = judged("linear_growth", run(text("softmax", 5.0, 'kind = "uniform"')))
    assert row.verdict == "not applicable"
    assert "no degree stands out" in row.reason


def test_snapshots_without_harmonics_are_not_judged():
    record = boost_record(2, 3.0)
    moving = run(text("none", 0.5, end=0.5).replace('kind = "circle"', 'kind = "circle"\nchart = "conformal"', 1))
    row = judged("linear_growth", moving)
    assert row.verdict == "not applicable"
    assert "harmonic or the Mercator chart" in row.reason
    row = judged("linear_growth", made(record.case_text, dict(record.observables)))
    assert (row.verdict, row.reason) == ("not applicable", "needs two snapshots")
