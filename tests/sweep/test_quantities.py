"""Quantities: what is interpolated, and how accurately."""

import math

import numpy as np
import pytest
from claims.records import case, linear, run
from pydantic import ValidationError
from small_records import record_of

from kinetic.sweep.file import Quantity
from kinetic.sweep.pairs import close_pairs
from kinetic.sweep.quantities import crossing, measure, token_rate, trace

TIMES = np.linspace(0.0, 4.0, 9)


def asked(**keys):
    return Quantity(**{"name": "q", "kind": "crossing", "of": "order_deficit"} | keys)


def test_an_exponential_passes_a_value_exactly_where_it_does():
    # ln q is a straight line, so that its interpolation is exact up to rounding of the logarithms
    rows = {"time": TIMES, "order_deficit": 3 * np.exp(-1.7 * TIMES)}
    assert crossing(rows, asked(below=0.2)) == pytest.approx(math.log(15) / 1.7, rel=1e-14)
    rows["order_deficit"] = 1e-3 * np.exp(1.7 * TIMES)
    assert crossing(rows, asked(above=0.2)) == pytest.approx(math.log(200) / 1.7, rel=1e-14)


def test_the_error_of_a_crossing_is_quadratic_in_the_spacing_of_the_rows():
    def error(count):
        times = np.linspace(0.0, 2.0, count)
        rows = {"time": times, "order_deficit": np.cosh(times) - 2.0}
        return abs(crossing(rows, asked(above=-0.1)) - math.acosh(1.9))  # below zero: no logarithm

    # interpolation errs by at most Δ²/8 max q″ / q′, with q″ = cosh ≤ cosh 2 and q′ = sinh at the crossing
    for count in (11, 21, 41):
        assert error(count) <= (2.0 / (count - 1)) ** 2 / 8 * math.cosh(2.0) / math.sinh(math.acosh(1.9))


def test_a_value_that_is_never_passed_has_no_time_and_one_that_always_was_has_the_first():
    rows = {"time": TIMES, "order_deficit": np.exp(-TIMES)}
    assert math.isnan(crossing(rows, asked(below=1e-3)))
    assert crossing(rows, asked(below=2.0)) == 0.0
    assert math.isnan(crossing({}, asked(below=2.0)))


def test_unknown_rows_are_skipped():
    values = np.exp(-TIMES)
    values[3] = math.nan
    level = math.exp(-1.6)  # between rows 2 and 4, on either side of the unknown one
    assert crossing({"time": TIMES, "order_deficit": values}, asked(below=level)) == pytest.approx(1.6, rel=1e-14)


def test_a_trace_takes_rows_as_they_are_and_ends_with_the_rows():
    wanted = asked(kind="trace", stop=6.0, count=13)
    values = np.sin(TIMES)
    found = trace({"time": TIMES, "order_deficit": values}, wanted)
    np.testing.assert_array_equal(found[:9], values)
    assert np.all(np.isnan(found[9:]))
    assert np.all(np.isnan(trace({}, wanted)))


def test_close_pairs_are_taken_from_the_snapshots():
    record = record_of("circle")  # snapshots at 0, 0.2, 0.4, 0.6
    keys = {"of": "close_pairs", "delta": 0.05}
    wanted = [asked(kind="trace", stop=0.6, count=4, **keys), asked(name="last", kind="final", **keys)]
    cells = measure(record, wanted)
    expected = [close_pairs(record.density(i), 0.05) for i in range(4)]
    assert cells["q"] == pytest.approx(expected, rel=1e-14)
    assert cells["last"] == expected[-1]
    assert expected[0] < expected[-1]  # the tokens attract each other


def test_how_close_is_asked_only_of_pairs():
    with pytest.raises(ValidationError, match="delta"):
        asked(below=0.2, delta=0.1)


def test_tokens_and_their_draws_are_asked_only_of_pairs():
    with pytest.raises(ValidationError, match="tokens"):
        asked(below=0.2, tokens=8)
    with pytest.raises(ValidationError, match="draws"):
        asked(below=0.2, of="close_pairs", draws=8)


def test_pairs_of_tokens_stand_beside_those_of_the_density():
    record = record_of("circle")
    keys = {"kind": "trace", "of": "close_pairs", "delta": 0.05, "stop": 0.6, "count": 4}
    cells = measure(record, [asked(**keys), asked(name="tokens", tokens=8, draws=2, **keys)])
    assert len(cells["tokens"]) == 4
    assert cells["tokens"] != cells["q"]
    # 28 pairs in each of two clouds
    np.testing.assert_allclose(np.array(cells["tokens"]) * 56, np.round(np.array(cells["tokens"]) * 56), atol=1e-9)


def test_the_mean_cosine_of_pairs_is_the_square_of_the_order_parameter():
    record = record_of("circle")
    cells = measure(record, [asked(kind="final", of="mean_cosine")])
    assert cells["q"] == record.observables["order_parameter"][-1] ** 2


def test_memory_and_axis_spread_are_taken_from_the_snapshots():
    record = record_of("circle")
    wanted = [asked(name=f"m{l}", kind="trace", of="memory", degree=l, stop=0.6, count=4) for l in (1, 2)]
    cells = measure(record, [*wanted, asked(name="spread", kind="final", of="axis_spread")])
    native = [record.density(i).native.view(complex) for i in range(4)]
    for l in (1, 2):
        expected = [(z[l] * native[0][l].conjugate()).real / abs(native[0][l]) ** 2 for z in native]
        assert cells[f"m{l}"] == pytest.approx(expected, rel=1e-12)
    assert cells["spread"] == pytest.approx(0.5 * (1.0 - abs(native[3][2])), abs=1e-14)


def test_finitely_many_tokens_fall_at_the_rate_of_their_cluster_whatever_the_density_does():
    """The density of the circle keeps 1 − R from falling faster than at e^{−1/2}; thirty tokens do not know of it."""
    text = case("circle", 2, "none", 0.5, linear("circle"), end=15.0, observe_every=0.5)
    record = run(text.replace("degree = 15", 'chart = "mercator"').replace("1e-11", "1e-5"))
    for seed in (1, 2):
        found = token_rate(record, asked(kind="tokens", count=30, seed=seed))
        assert found == pytest.approx(2 * math.exp(0.5), rel=1e-4)


def test_tokens_that_have_not_come_close_tell_no_rate():
    record = record_of("circle")
    assert math.isnan(token_rate(record, asked(kind="tokens", count=30)))
