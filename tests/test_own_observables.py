"""Observables that a user adds from Python are computed at every row, kept with a description, and checked."""

import numpy as np
import pytest
from command_line import CASE

import kinetic
from kinetic.errors import DomainError, RecordError
from kinetic.export import export
from kinetic.observables import DEFINITIONS


def third_moment(density):
    """∫ x₁³ dμ."""
    return density.moment(3)[0, 0, 0]


OWN = {"third_moment": third_moment, "second": lambda density: density.moment(2), "axis": lambda density: density.mean}


def case(end=0.4):
    return kinetic.Case.parse(CASE, [f"time.end={end}", "output.observe_every=0.1", "output.save_every=0.2"], "own")


def test_they_are_in_the_record_beside_the_others(tmp_path):
    record = kinetic.run(case(), tmp_path, observables=OWN)
    again = kinetic.load(tmp_path / "own.h5")
    rows = again.observables["time"].size
    assert {d.name for d in DEFINITIONS} < set(again.observables)
    np.testing.assert_array_equal(again.observables["axis"], again.observables["mean"])
    assert again.observables["second"].shape == (rows, 2, 2)
    np.testing.assert_allclose(np.trace(again.observables["second"], axis1=1, axis2=2), 1.0, atol=1e-12)
    assert again.observables["third_moment"][-1] == pytest.approx(third_moment(again.density(-1)), abs=1e-12)
    assert again.description("third_moment") == "of the user: ∫ x₁³ dμ."
    assert "lambda" in again.description("second")
    export(again, "csv", tmp_path / "own.csv")
    names = (tmp_path / "own.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {"third_moment", "second_0_0", "second_1_1", "axis_0", "mean_x"} <= set(names)
    assert [row.verdict for row in record.claims] == [row.verdict for row in kinetic.compare(again)]


def test_a_resumed_run_has_them_in_every_row_or_is_refused(tmp_path):
    whole = kinetic.run(case(0.4), tmp_path / "whole", observables=OWN)
    kinetic.run(case(0.2), tmp_path, observables=OWN)
    for other in (None, {"third_moment": third_moment}, {**OWN, "fourth": lambda density: density.mass}):
        with pytest.raises(RecordError, match="the user's own observables axis, second, third_moment"):
            kinetic.run(case(0.4), tmp_path, resume=True, observables=other)
    with pytest.raises(DomainError, match="one shape"):
        kinetic.run(case(0.4), tmp_path, resume=True, observables={**OWN, "axis": lambda density: density.mass})
    record = kinetic.run(case(0.4), tmp_path, resume=True, observables=OWN)
    for name, values in whole.observables.items():
        np.testing.assert_array_equal(record.observables[name], values)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mean": third_moment}, "kinetic gives itself"),
        ({"mean_radius": third_moment}, "kinetic gives itself"),
        ({"1st": third_moment}, "letter"),
        ({3: third_moment}, "letter"),
        ({"own": 3.0}, "function"),
        ([third_moment], "mapping"),
        ({"own": lambda _: "x"}, "real number"),
        ({"own": lambda _: 1j}, "real number"),
        ({"own": lambda _: None}, "real number"),
        ({"own": lambda _: [[1.0], [1.0, 2.0]]}, "real number"),
        ({"own": lambda density: density.moment(-1)}, "observables.own: at t = 0: moment"),
        ({"own": lambda _: 1 / 0}, "ZeroDivisionError"),
    ],
)
def test_what_is_no_observable_is_refused_by_name(tmp_path, given, words):
    with pytest.raises(DomainError, match=words):
        kinetic.run(case(), tmp_path, observables=given)


def test_a_run_that_its_function_stops_can_be_gone_on_with(tmp_path):
    calls = []

    def late(density):
        calls.append(1)
        return density.mass if len(calls) < 4 else 1 / 0

    with pytest.raises(DomainError, match=r"observables\.late"):
        kinetic.run(case(), tmp_path, observables={"late": late})
    stopped = kinetic.load(tmp_path / "own.h5")
    assert stopped.status == "interrupted"
    assert "ZeroDivisionError" in stopped.message
    record = kinetic.run(case(), tmp_path, resume=True, observables={"late": lambda density: density.mass})
    assert record.status == "finished"
    np.testing.assert_allclose(record.observables["late"], 1.0, atol=1e-12)
