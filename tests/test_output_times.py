"""When rows are due: at equal distances, at equal ratios, and at equal lengths of the path in W₂."""

import numpy as np
import pytest

import kinetic
from kinetic.case import Case
from kinetic.errors import CaseError, RecordError
from kinetic.problem import Schedule

TWO_BUMPS = """
title = "two bumps"
[space]
kind = "circle"
chart = "mercator"
[attention]
normalization = "softmax"
beta = 4.0
[initial]
kind = "mixture"
components = [
  {mean = [1.0, 0.0], concentration = 300.0, weight = 0.6},
  {mean = [0.2, 0.98], concentration = 300.0, weight = 0.4},
]
[time]
end = 20.0
tolerance = 1e-6
[output]
first = 0.01
observe_every = 0.5
save_every = 5.0
observe_length = 0.05
[[claims]]
name = "mass_conserved"
"""


def test_times_grow_by_equal_ratios_from_the_first_on():
    schedule = Schedule(1.0, 0.5, 1.0, first=0.01)
    assert schedule.rows == pytest.approx([0.0, 0.01, 0.01 * 10**0.5, 0.1, 0.1 * 10**0.5, 1.0], rel=1e-14)
    assert schedule.snapshots == pytest.approx([0.0, 0.01, 0.1, 1.0], rel=1e-14)
    assert Schedule(1.0, 0.5, 1.0).rows == pytest.approx([0.0, 0.5, 1.0])


def test_spacings_that_nobody_gave_divide_the_decades():
    case = Case.parse(TWO_BUMPS, ("output={first = 0.02}",))
    assert (case.observe_every, case.save_every) == pytest.approx((3.0 / 200, 3.0 / 20))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("output.first=20.0", "must be < time.end"),
        ("output.observe_every=1e-6", "the decades from output.first"),
        ("output.observe_length=0", "observe_length"),
    ],
)
def test_what_is_no_schedule_is_refused(setting, said):
    with pytest.raises(CaseError, match=said):
        Case.parse(TWO_BUMPS, (setting,))


def test_rows_stand_at_every_length_and_change_no_step(tmp_path):
    given = Case.parse(TWO_BUMPS, (), "bumps")
    record = kinetic.run(given, output=tmp_path / "with")
    times, lengths = (record.observables[name] for name in ("time", "arc_length"))
    assert np.all(np.diff(times) > 0)
    marks = 0.05 * np.arange(1, int(lengths[-1] / 0.05) + 1)
    assert marks.size > 8
    nearest = np.abs(lengths[:, None] - marks).min(axis=0)
    assert nearest.max() < 1e-9
    plain = kinetic.run(
        Case.parse(TWO_BUMPS.replace("observe_length = 0.05", ""), (), "bumps"), output=tmp_path / "without"
    )
    shared = np.isin(times, plain.observables["time"])
    assert shared.sum() == plain.observables["time"].size < times.size
    for name in ("order_deficit", "energy", "arc_length"):
        assert np.array_equal(record.observables[name][shared], plain.observables[name]), name


def test_a_continued_run_has_the_rows_of_a_whole_one(tmp_path):
    whole = kinetic.run(Case.parse(TWO_BUMPS, (), "bumps"), output=tmp_path / "whole")
    kinetic.run(Case.parse(TWO_BUMPS, ("time.end=3.0",), "bumps"), output=tmp_path / "parts")
    with pytest.raises(RecordError, match=r"output\.observe_length"):
        kinetic.run(
            Case.parse(TWO_BUMPS, ("output.observe_length=0.1",), "bumps"), output=tmp_path / "parts", resume=True
        )
    again = kinetic.run(Case.parse(TWO_BUMPS, (), "bumps"), output=tmp_path / "parts", resume=True)
    of_length = np.setdiff1d(whole.observables["time"], Schedule(20.0, 0.5, 5.0, first=0.01).rows)
    assert of_length.size > 8
    assert np.all(np.isin(of_length, again.observables["time"]))
