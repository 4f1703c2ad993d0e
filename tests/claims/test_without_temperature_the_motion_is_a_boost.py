"""β = 0, Pre-LN: y = r₀θ₀ + Y, through and beyond the passage through the origin (see `theory.pre_norm`)."""

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, made, run

from kinetic.claims import exact
from kinetic.theory import exact_mobius

POISSON = 'kind = "poisson"\nradius = 0.3\n'
NO_MEAN = ['kind = "uniform"', 'kind = "harmonics"\nterms = [{degree = 2, order = 2, amplitude = 0.1}]']
DATA = {
    "circle": 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.0',
    "sphere": 'kind = "linear"\nmean = [1.0, 2.0, 2.0]\nslope = 0.5',
    "zonal": 'kind = "mixture"\nuniform = 0.5\ncomponents = [{axis = -1, concentration = 2.0, weight = 0.5}]',
}


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_exact_poisson_family_passes(d):
    # two solutions of s′ = R(s) by different formulas and steppers; fourth order, steps of 0.025
    row = judged("exact_boost", boost_record(d, 4.0))
    assert row.verdict == "pass"
    assert row.measured == pytest.approx(row.predicted, rel=1e-8)


def test_a_run_of_poisson_data_in_64_dimensions_passes():
    text = case("zonal", 64, "softmax", 0.0, 'kind = "poisson"\nradius = 0.05', end=0.5, degree=48)
    assert judged("exact_boost", run(text)).verdict == "pass"


@pytest.mark.parametrize("kind", DATA)
def test_a_run_of_any_data_passes(kind):
    text = case(kind, {"circle": 2, "sphere": 3, "zonal": 4}[kind], "none", 0.0, DATA[kind], end=0.3, degree=31)
    assert judged("exact_boost", run(text)).verdict == "pass"


@pytest.mark.parametrize("error", [1e-6, -1e-6, np.nan])
def test_an_error_of_a_millionth_at_one_row_fails(error):
    def changed(R):
        R[40] += error
        return R

    assert judged("exact_boost", falsified(boost_record(2, 4.0), order_parameter=changed)).verdict == "fail"


def test_a_record_of_another_radius_or_dimension_fails():
    record = boost_record(2, 4.0)
    other = case("circle", 2, "none", 0.0, POISSON + "mean = [1.0, 0.0]", 4.0)
    assert judged("exact_boost", falsified(record, text=other)).verdict == "fail"
    third = case("zonal", 3, "none", 0.0, 'kind = "poisson"\nradius = 0.46211715726000973', 4.0)
    assert judged("exact_boost", falsified(record, text=third)).verdict == "fail"


def test_time_that_runs_at_another_pace_fails():
    record = boost_record(2, 4.0)
    assert judged("exact_boost", falsified(record, time=lambda t: 1.001 * t)).verdict == "fail"


def test_other_temperatures_are_not_meant():
    row = judged(
        "exact_boost", boost_record(2, 4.0, text=case("circle", 2, "none", 0.1, POISSON + "mean = [1.0, 0.0]"))
    )
    assert (row.verdict, row.reason) == ("not applicable", "the motion is a Möbius boost at β = 0 only")


def test_steps_that_hardly_see_the_mean_are_not_blamed_on_the_motion():
    given = case("sphere", 3, "none", 0.0, 'kind = "linear"\nmean = [1.0, 1.0, 1.0]\nslope = 1e-6', end=5.0, degree=5)
    record = run(given.replace("1e-11", "1e-9"))
    row = judged("exact_boost", record)
    assert (row.verdict, "the steps' tolerance allows" in row.reason) == ("not applicable", True)
    assert judged("exact_boost", falsified(record, text=given.replace("1e-11", "1e-13"))).verdict == "fail"


def test_a_small_mean_is_followed_to_its_rounding_in_few_steps(monkeypatch):
    weights = np.full(12, 1 / 12) + 1e-6 * np.array([1.0, -1.0] * 6)
    angle = 2 * np.pi * np.arange(12) / 12 + np.array([0.0, 0.1] * 6)
    points = np.stack([np.cos(angle), np.sin(angle), np.zeros(12)], axis=1)
    calls = []
    rates = exact_mobius.boost_rates
    monkeypatch.setattr(exact_mobius, "boost_rates", lambda *given: calls.append(0) or rates(*given))
    exact_mobius.general_motion(points, weights, [0.0, 1.0])
    assert len(calls) < 500  # tens of thousands where steps follow the rounding of the mean


@pytest.mark.parametrize("initial", NO_MEAN)
def test_a_density_without_a_mean_is_not_blamed_for_rounding(initial):
    row = judged("exact_boost", run(case("circle", 2, "none", 0.0, initial)))
    assert row.verdict == "not applicable"
    assert "its rounding would be followed" in row.reason


@pytest.mark.parametrize("kind", ["circle", "zonal"])
def test_a_density_that_its_degree_makes_negative_is_not_the_exact_solutions(kind):
    mean = "mean = [1.0, 0.0]\n" if kind == "circle" else ""
    text = case(kind, 3 if kind == "zonal" else 2, "none", 0.0, f'kind = "cap"\n{mean}angle = 1.2', end=0.1, degree=127)
    row = judged("exact_boost", run(text))
    assert row.verdict == "not applicable"
    assert "negative somewhere" in row.reason


def test_a_record_without_snapshots_is_not_judged():
    record = boost_record(2, 4.0)
    row = judged("exact_boost", made(record.case_text, dict(record.observables)))
    assert row.verdict == "not applicable"
    assert "no snapshot" in row.reason


def test_initial_tokens_know_how_far_they_are_off_long_after_they_resolve_nothing():
    text = case("circle", 2, "softmax", 0.0, 'kind = "poisson"\nradius = 0.45\nmean = [1.0, 1.0]', end=0.01)
    record = run(text.replace("degree = 15", 'chart = "mercator"'))
    density, times = record.density(0), np.linspace(0.0, 14.0, 141)
    seen, doubt = exact._by_tokens(density, density.halved(), times)
    off = np.abs(seen - exact_mobius.boost_trajectory(2, 0.45, times)[0])
    assert np.all(off <= doubt + 1e-14)
    assert np.all(doubt[times < 1.0] < 1e-10)
