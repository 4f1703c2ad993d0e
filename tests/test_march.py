"""The march: rows exactly when asked for, steps that outputs never steer, and a stop before numbers are wrong."""

from functools import partial

import numpy as np
import pytest
from laws.given import MAKERS, SOMEWHERE, bump, marched, problem, rows_of, two_bumps

from kinetic import job
from kinetic.case import Case
from kinetic.errors import Blowup, NumericsError, Unresolved
from kinetic.harmonic import HarmonicFlow
from kinetic.initial import Cap, Component, Harmonic, InitialDensity, Linear, random_harmonics
from kinetic.march import Row, Snapshot, Step, march
from kinetic.problem import Problem, Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.trust import TAIL_BOUND


def stopped(given):
    """(rows, the error that stopped the march or None)."""
    events = []
    try:
        for event in march(given):
            events.append(event)
    except NumericsError as error:
        return events, error
    return events, None


@pytest.mark.parametrize(("end", "every"), [(1.0, 0.1), (1.0, 0.3), (2.0, 5.0), (0.7, 0.7), (1.0, 1 / 3)])
def test_rows_are_at_exactly_the_requested_times(end, every):
    schedule = Schedule(end, every, end)
    times, _ = marched(problem(Circle(16), 1.0, "softmax", bump(Circle(16)), end, rows=end / every))
    expected = [k * every for k in range(1000) if k * every < end * (1 - 1e-9)] + [end]
    assert times.tolist() == schedule.rows.tolist() == expected


def test_steps_do_not_depend_on_the_outputs():
    def steps(rows, snapshots):
        given = problem(Sphere(24), 2.0, "softmax", two_bumps(Sphere(24)), 1.5, rows=rows, snapshots=snapshots)
        return [event.checkpoint for event in march(given) if isinstance(event, Step)]

    few, many = steps(1, 1), steps(97, 13)
    assert len(few) == len(many) > 2
    for one, other in zip(few, many, strict=True):
        assert (one.time, one.step) == (other.time, other.step)
        np.testing.assert_array_equal(one.state, other.state)


def test_rows_between_steps_are_as_accurate_as_the_steps():
    given = problem(Circle(32), 1.0, "none", bump(Circle(32)), 1.0, rows=50, tolerance=1e-9)
    exact = problem(Circle(32), 1.0, "none", bump(Circle(32)), 1.0, rows=50, tolerance=1e-13)
    coarse, fine = marched(given)[1], marched(exact)[1]
    # some ten steps of local error 1e-9, interpolated at one order less
    assert np.abs(coarse["order_parameter"] - fine["order_parameter"]).max() < 2e-8


def test_a_march_goes_on_from_any_checkpoint_bit_for_bit():
    given = problem(Circle(40), 3.0, "softmax", two_bumps(Circle(40)), 1.5, rows=30, snapshots=5)
    events = list(march(given))
    for at, event in enumerate(events):
        if isinstance(event, Step):
            rest = list(march(given, event.checkpoint))
            assert len(rest) == len(events) - at - 1
            for one, other in zip(rest, events[at + 1 :], strict=True):
                assert type(one) is type(other)
                if isinstance(one, Row):
                    assert one.time == other.time
                    np.testing.assert_equal(one.values, other.values)
                if isinstance(one, Snapshot):
                    np.testing.assert_array_equal(one.density.native, other.density.native)


def test_an_unresolved_run_says_what_when_and_what_to_do():
    events, error = stopped(problem(Sphere(16), 4.0, "softmax", bump(Sphere(16), 4.0), 10.0, rows=100))
    assert isinstance(error, Unresolved)
    for part in ("spectral tail", "degree 16", "t = ", "allowed 1e-06", "raise space.degree", "mercator"):
        assert part in str(error)
    tails = [event.values["spectral_tail"] for event in events if isinstance(event, Row)]
    assert 0 < max(tails) <= TAIL_BOUND


def test_the_way_out_of_an_automatic_degree_is_not_an_automatic_degree():
    _, error = stopped(problem(Circle(20), 1.0, "softmax", bump(Circle(20), 2.0), 12.0, rows=10, max_degree=20))
    assert isinstance(error, Unresolved)
    assert "raise space.max_degree" in str(error)
    assert '"auto"' not in str(error)
    assert 'chart = "mercator"' in str(error)


def test_a_partition_lost_in_rounding_stops_a_run():
    events, error = stopped(problem(Circle(200), 40.0, "softmax", bump(Circle(200), 60.0), 1.0))
    assert isinstance(error, Unresolved)
    assert "softmax partition" in str(error)
    assert "attention.beta" in str(error)
    assert len([event for event in events if isinstance(event, Row)]) <= 1


def noise(space, amplitude):
    terms = random_harmonics(space.kind, amplitude, 6, np.random.default_rng(11))
    return InitialDensity(uniform=1.0, harmonics=terms)


DOUBLED = [
    ("circle", 16, 9.0, "softmax", partial(noise, amplitude=0.05), 6.0),
    ("circle", 24, 4.0, "none", partial(noise, amplitude=0.01), 1.0),
    ("circle", 32, -0.5, "softmax", lambda s: bump(s, 3.0), 4.0),
    ("circle", 32, 0.0, "none", two_bumps, 8.0),
    ("sphere", 16, 9.0, "softmax", partial(noise, amplitude=0.05), 6.0),
    ("sphere", 24, 1.0, "none", two_bumps, 3.0),
    ("sphere", 32, 4.0, "softmax", lambda s: bump(s, 1.0), 6.0),
    ("zonal d=2", 16, 9.0, "softmax", lambda s: bump(s, 2.0), 3.0),
    ("zonal d=3", 32, 4.0, "none", two_bumps, 0.5),
    ("zonal d=3", 24, -0.5, "none", two_bumps, 8.0),
    ("zonal d=8", 32, 1.0, "softmax", lambda s: bump(s, 5.0), 4.0),
    ("zonal d=8", 16, 9.0, "none", lambda s: bump(s, 2.0), 0.01),
    ("zonal d=64", 32, 1.0, "none", lambda s: bump(s, 30.0), 1.0),
    ("zonal d=64", 16, 9.0, "softmax", lambda s: bump(s, 10.0), 2.0),
    ("zonal d=64", 16, 9.0, "none", lambda s: bump(s, 64.0), 1e-3),
    ("zonal d=64", 20, 20.0, "none", lambda s: bump(s, 64.0), 1e-6),
    ("zonal d=64", 12, 20.0, "softmax", lambda s: bump(s, 5.0), 2.0),
]


@pytest.mark.parametrize(("name", "degree", "beta", "normalization", "data", "end"), DOUBLED)
def test_up_to_the_stop_doubling_the_degree_changes_nothing(name, degree, beta, normalization, data, end):
    coarse, fine = (MAKERS[name](degree * factor) for factor in (1, 2))
    runs = [stopped(problem(s, beta, normalization, data(s), end, rows=40)) for s in (coarse, fine)]
    changes = compare(*(events for events, _ in runs))
    print(f"{name} L={degree} beta={beta} {normalization}: {changes} {runs[0][1]}")
    for change in changes.values():
        assert change < 1e-6


def compare(coarse, fine):
    """Largest relative changes of R and E over the rows of the coarse run, the fine one going at least as far."""
    if not any(isinstance(event, Row) for event in coarse):
        return {}
    times, rough = rows_of(coarse)
    later, sharp = rows_of(fine)
    assert later.size >= times.size
    names = ("order_parameter", "energy")
    return {name: float(np.abs(rough[name] / sharp[name][: times.size] - 1).max()) for name in names}


def test_a_jump_is_watched_by_a_companion():
    data = InitialDensity((Component(Cap(1.0), SOMEWHERE["circle"], 0.9),), uniform=0.1)
    given = problem(Circle(128), 1.0, "softmax", data, 6.0, rows=60)
    assert given.companion is not None
    assert given.companion.flow.space.degree == 64
    events, error = stopped(given)
    assert isinstance(error, Unresolved)
    assert "with degree 64" in str(error)
    reference, _ = stopped(problem(Circle(256), 1.0, "softmax", data, 6.0, rows=60))
    changes = compare(events, reference)
    assert len([event for event in events if isinstance(event, Row)]) > 5
    # half the degree errs by less than 1e-6, so the run itself does
    assert max(changes.values()) < 1e-6


def test_a_companion_measures_no_length_and_tells_no_clusters(monkeypatch):
    data = InitialDensity((Component(Cap(1.0), SOMEWHERE["circle"], 0.9),), uniform=0.1)
    told, measured = [], []
    for name, seen in (("clusters", told), ("traced", measured)):
        whole = getattr(HarmonicFlow, name)
        monkeypatch.setattr(
            HarmonicFlow, name, lambda flow, *at, of=whole, by=seen: (by.append(flow.space.degree), of(flow, *at))[1]
        )
    events, error = stopped(problem(Circle(128), 1.0, "softmax", data, 0.1, rows=4))
    assert error is None
    assert told == [128] * len([event for event in events if isinstance(event, Row)])
    assert set(measured) == {128}


@pytest.mark.parametrize(
    ("fold", "beta", "amplitude", "end", "degree"),
    [(4, 10.0, 0.1, 6.0, 31), (2, 2.0, 0.3, 3.0, 15), (2, 2.0, 0.3, 3.0, 7)],
)
def test_symmetric_data_are_watched_by_the_degrees_that_they_have(fold, beta, amplitude, end, degree):
    """The top tenth of the degrees holds no multiple of four below 32: its share is that of rounding for ever."""
    data = InitialDensity(uniform=1.0, harmonics=(Harmonic(fold, fold, amplitude),))
    events, error = stopped(problem(Circle(degree), beta, "softmax", data, end, rows=100))
    assert isinstance(error, Unresolved)
    assert "spectral tail" in str(error)
    reference, _ = stopped(problem(Circle(8 * degree), beta, "softmax", data, end, rows=100))
    (times, rough), (_, sharp) = rows_of(events), rows_of(reference)
    assert times.size > 5
    assert np.abs(rough["energy"] / sharp["energy"][: times.size] - 1).max() < 1e-6


def test_one_degree_has_no_companion_and_is_refused_at_once():
    data = InitialDensity((Component(Linear(-0.7), SOMEWHERE["circle"]),))
    given = problem(Circle(1), 0.0, "none", data, 6.0)
    assert given.companion is None
    _, error = stopped(given)
    assert isinstance(error, Unresolved)


def test_automatic_degree_grows_and_agrees_with_a_fixed_fine_run():
    data = two_bumps(Circle(256))
    given = {"beta": 2.0, "normalization": "softmax", "initial": data, "end": 2.5, "rows": 20, "snapshots": 10}
    grown = list(march(problem(Circle(256), **given, max_degree=256)))
    fixed = list(march(problem(Circle(256), **given)))
    degrees = [event.checkpoint.layout["degree"] for event in grown if isinstance(event, Step)]
    assert degrees[0] <= 64
    assert degrees == sorted(degrees)
    assert degrees[-1] > degrees[0]
    (_, ours), (_, theirs) = rows_of(grown), rows_of(fixed)
    for name in ("order_parameter", "energy", "work"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-8, err_msg=name)


def test_automatic_degree_stops_at_its_maximum():
    given = problem(Circle(64), 1.0, "softmax", bump(Circle(64), 2.0), 12.0, rows=40, max_degree=64)
    _, error = stopped(given)
    assert isinstance(error, Unresolved)
    assert "degree 64" in str(error)


def test_automatic_degree_goes_on_from_a_checkpoint_bit_for_bit():
    given = problem(Zonal(128, 3), 1.0, "none", bump(Zonal(128, 3), 2.0), 0.8, rows=10, max_degree=128)
    events = list(march(given))
    checkpoint = [event.checkpoint for event in events if isinstance(event, Step)][-2]
    rest = [event for event in march(given, checkpoint) if isinstance(event, Row)]
    last = [event for event in events if isinstance(event, Row)][-len(rest) :]
    for one, other in zip(rest, last, strict=True):
        np.testing.assert_equal(one.values, other.values)


def test_a_density_that_loses_mass_is_a_blowup():
    given = problem(Circle(16), 1.0, "none", bump(Circle(16)), 1.0)
    broken = Problem(given.flow, given.state * 1.001, given.schedule, given.tolerance)
    with pytest.raises(Blowup, match=r"mass off 1 by 0\.001 "):
        list(march(broken))


def test_a_uniform_density_stays_uniform():
    for make in MAKERS.values():
        space = make(16)
        _, rows = marched(problem(space, 4.0, "softmax", InitialDensity(uniform=1.0), 2.0))
        assert np.abs(rows["order_parameter"]).max() < 1e-14
        assert np.ptp(rows["energy"]) < 1e-13


def test_a_single_harmonic_is_carried():
    data = InitialDensity(uniform=1.0, harmonics=(Harmonic(2, 2, 0.1),))
    _, rows = marched(problem(Sphere(24), 3.0, "softmax", data, 1.0))
    assert np.all(np.diff(rows["energy"]) > 0)
    # ρ(−x) = ρ(x) for ever: R = 0, and no direction
    assert np.abs(rows["order_parameter"]).max() < 1e-14


@pytest.mark.parametrize(
    ("make", "beta", "data", "end", "smallest"),
    [
        (Circle, 1.0, two_bumps, 3.0, 80),
        (Sphere, 9.0, partial(noise, amplitude=0.02), 4.0, 24),
        (MAKERS["zonal d=3"], 9.0, lambda s: bump(s, 2.0), 3.0, 24),
    ],
    ids=["circle", "sphere", "zonal"],
)
def test_automatic_degree_costs_little_more_than_the_smallest_that_will_do(make, beta, data, end, smallest):
    # a right-hand side costs about in proportion to the degree here; `smallest` is the smallest fixed degree by fours
    # that finishes with R to a few tolerances
    auto = problem(make(255), beta, "softmax", data(make(8)), end, rows=4, tolerance=1e-9, max_degree=255)
    fixed = problem(make(smallest), beta, "softmax", data(make(8)), end, rows=4, tolerance=1e-9)
    spent = []
    for given in (auto, fixed):
        events, error = stopped(given)
        assert error is None
        steps = [event for event in events if isinstance(event, Step)]
        counts = np.diff([0, *(step.evaluations for step in steps)])
        degrees = np.array([step.checkpoint.layout["degree"] for step in steps], dtype=float)
        spent.append((counts @ degrees, rows_of(events)[1]["order_parameter"]))
    (work, grown), (least, kept) = spent
    assert work < 1.5 * least
    np.testing.assert_allclose(grown, kept, rtol=1e-8)


def test_a_step_in_which_the_density_outgrows_its_degree_is_taken_again(tmp_path):
    """Noise at β = 256 leaves degree 160 within one step of a tolerance of 1e-5: the run stopped far below 1023."""
    text = """
title = "noise"
[space]
kind = "circle"
degree = "auto"
[attention]
normalization = "softmax"
beta = 256.0
[initial]
kind = "random"
amplitude = 1e-6
max_degree = 128
seed = 1
[time]
end = 21.2
tolerance = 1e-5
[output]
observe_every = 10.0
"""
    record = job.run(Case.parse(text), tmp_path)
    assert record.status == "finished"
    assert record.density(-1).space.degree > 160
    energy, work = record.observables["energy"], record.observables["work"]
    assert work[-1] == pytest.approx(energy[-1] - energy[0], rel=1e-6)  # the steps are as good as those of any run
