"""Rates are local slopes: on exact data their uncertainty covers the true error, at every spacing of the rows."""

import math

import numpy as np
import pytest
from claims.records import boost_record, case, judged, law_record, linear, made, with_densities

from kinetic.claims.collapse import _tie_exponent, rate_in_window
from kinetic.claims.evidence import Evidence, Slopes

TEXT = case("circle", 2, "none", 1.0, linear("circle"))
FAR, NEAR = math.exp(-1.0), 2 * math.e


def slopes_of(function, spacing, end=4.0):
    times = np.append(np.arange(0, end, spacing), end)
    return Evidence(made(TEXT, {"time": times, "q": function(times)})).log_slopes("q")


@pytest.mark.parametrize("spacing", [0.3, 0.1, 0.03, 0.01, 1e-3])
def test_a_slope_errs_by_less_than_its_uncertainty(spacing):
    slopes = slopes_of(lambda t: np.exp(-FAR * t) + np.exp(-NEAR * t), spacing)
    tail, core = np.exp(-FAR * slopes.times), np.exp(-NEAR * slopes.times)
    exact = -(FAR * tail + NEAR * core) / (tail + core)
    assert np.all(np.abs(slopes.values - exact) <= slopes.uncertainties)


@pytest.mark.parametrize("spacing", [0.3, 0.1, 0.07, 0.01])
def test_a_slope_of_an_exponential_is_exact_and_known_to_be_so(spacing):
    slopes = slopes_of(lambda t: np.exp(-3 * t), spacing)
    # the logarithm is a straight line of values up to 12, each rounded to 1e-15
    assert np.abs(slopes.values + 3).max() < 20 * 2e-15 / min(spacing, 4.0 % spacing or spacing)
    assert slopes.uncertainties.max() < 40 * 2e-15 / min(spacing, 4.0 % spacing or spacing) + 1e-14 / spacing


def test_rows_that_are_not_numbers_have_no_slope_beside_them():
    slopes = slopes_of(lambda t: np.where(np.isclose(t, 2.0), np.nan, np.exp(-t)), 0.1)
    assert not np.any(np.abs(slopes.times - 2.0) < 0.25)
    assert slopes.times.size > 20


@pytest.mark.parametrize("rate", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("spacing", [0.3, 0.1, 0.02, 0.005])
def test_what_is_left_of_a_transient_is_covered_however_close_the_rows(rate, spacing):
    times = np.arange(0.0, 3.0, spacing)
    rates = 2.0 - 0.3 * np.exp(-rate * times)
    found = rate_in_window(Slopes(times, -rates, np.full(times.size, 1e-13)), 0.0)
    assert abs(found.measured - 2.0) <= 1.001 * found.uncertainty
    # nor is a long window thrown away: at most what the transient did in its last third, and the noise
    assert found.uncertainty <= 0.3 * np.exp(-rate * 2.0) / (1 - np.exp(-rate * 0.5)) + 1e-12


def test_slopes_that_run_away_are_as_uncertain_as_they_differ():
    times = np.arange(0.0, 2.0, 0.1)
    found = rate_in_window(Slopes(times, -np.exp(times), np.full(times.size, 1e-13)), 0.0)
    assert found.uncertainty == pytest.approx(np.exp(1.9) - 1)


@pytest.mark.parametrize("spacing", [0.2, 0.05, 0.0125])
@pytest.mark.parametrize("end", [1.2, 1.5, 2.0, 3.0, 5.0, 35.0])
def test_the_uncertainty_of_a_rate_covers_its_transient_so_that_no_true_law_fails(spacing, end):
    # at the share 0.999 the other exponential still bends the slope by 1e-3·(2e − 1/e): 14 tolerances
    row = judged("dirac_rate", law_record(TEXT, FAR, NEAR, end, spacing))
    assert row.verdict != "fail"
    if row.verdict == "pass":
        assert abs(row.measured - FAR) <= row.uncertainty + 1e-3 * FAR
    if end > 30:  # from where on 1 − R, which bounds how far the field still is from that of a Dirac, is small
        assert row.verdict == "pass"


@pytest.mark.parametrize("spacing", [0.4, 0.1, 0.05])
@pytest.mark.parametrize(("d", "kappa"), [(2, 1.0), (3, 2.0), (4, 2.0), (6, 2.0)])
def test_the_uncertainty_of_a_rate_covers_its_error_on_exact_densities(d, kappa, spacing):
    row = judged("dirac_rate", boost_record(d, 22.0, spacing))
    assert row.verdict == "pass"
    assert abs(row.measured - kappa) <= row.uncertainty


@pytest.mark.parametrize(("kappa", "lag"), [(2.0, 0.3), (0.5, 7.0), (4.0, -0.5)])
def test_two_slopes_of_a_tie_give_back_its_exponent(kappa, lag):
    early, late = 3.0, 11.0
    slow, fast = kappa - 1 / (early + lag), kappa - 1 / (late + lag)
    assert _tie_exponent(early, slow, late, fast) == pytest.approx(kappa, rel=1e-14)


def test_slopes_that_do_not_rise_have_no_factor_t():
    assert _tie_exponent(3.0, 2.0, 11.0, 2.0) == 2.0
    assert _tie_exponent(3.0, 2.5, 11.0, 2.0) == 2.0


def test_the_window_begins_where_the_share_is_reached_for_good():
    # shares of 1 − R: core/tail = e^{−(near − far)t} falls to 1e-3 at t = ln(1000)/(near − far) = 1.363
    record = law_record(TEXT, FAR, NEAR, 6.0)
    row = judged("dirac_rate", record)
    saved = record.density_times
    first = saved[saved >= math.log(999) / (NEAR - FAR)][0]
    assert row.window == (first, record.observables["time"][-3])


def test_a_share_that_is_lost_again_ends_the_window():
    record = law_record(TEXT, FAR, NEAR, 6.0)
    row = judged("dirac_rate", with_densities(record, {record.density_times.size - 1: record.density(0)}))
    assert row.verdict == "not applicable"
    assert "more than one cluster" in row.reason  # half of 1 − R lies at the equator again


def test_no_slope_is_told_where_clusters_have_ceased_to_narrow():
    times = np.linspace(0.0, 40.0, 401)
    deficit = np.maximum(np.exp(-20.0 * times), 1.3e-261)  # as of a spread e^{−300}
    text = case("sphere", 3, "softmax", 1.0, 'kind = "uniform"', end=40.0)
    found = Evidence(made(text, {"time": times, "order_deficit": deficit, "w2_to_dirac": np.sqrt(2.0 * deficit)}))
    assert np.all(found.slopes(np.log(deficit)).values[-50:] == 0.0)
    for name, rate in (("order_deficit", -20.0), ("w2_to_dirac", -10.0)):
        slopes = found.log_slopes(name)
        assert 28.0 < slopes.times[-1] < 29.0
        np.testing.assert_allclose(slopes.values, rate, rtol=1e-11)
