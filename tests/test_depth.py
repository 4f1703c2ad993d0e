"""Weights that change with depth: the law of every moment, steps that stop at knots, jumps, and going on."""

from dataclasses import replace

import numpy as np
import pytest
from claims.records import falsified, judged, run

from kinetic import job
from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import CaseError, RecordError
from kinetic.march import Snapshot, Step, march

BUMP = 'kind = "von_mises_fisher"\nconcentration = 0.6\n'
SPACES = {
    "circle": ('kind = "circle"\ndegree = 24', BUMP + "mean = [1.0, 0.3]"),
    "sphere": ('kind = "sphere"\ndegree = 15', BUMP + "mean = [1.0, 0.3, 0.2]"),
    "zonal": ('kind = "zonal"\ndimension = 3\ndegree = 24', BUMP),
    "high": ('kind = "zonal"\ndimension = 64\ndegree = 16', BUMP),
    "growing": ('kind = "circle"\ndegree = "auto"\nmax_degree = 127', BUMP + "mean = [1.0, 0.0]"),
}
RISING = "{ times = [0.2, 0.5, 1.5], values = [0.5, 2.0, 0.7] }"
JUMPING = '{ times = [0.0, 0.5], values = [0.5, 2.0], between = "hold" }'
TURNING = "{ times = [0, 2], values = [[[1, 0], [0, 1]], [[0, -1], [1, 0]]] }"


def text(space, attention, normalization="none", end=1.0, more=""):
    where, initial = SPACES[space]
    return (
        f'title = "t"\n[space]\n{where}\n[attention]\nnormalization = "{normalization}"\n{attention}\n{more}\n'
        f"[initial]\n{initial}\n[time]\nend = {end}\ntolerance = 1e-11\n"
        "[output]\nobserve_every = 0.125\nsave_every = 0.5\n"
    )


def constant(case, time):
    """The case that has the weights of a time for ever."""
    now = case.at(time)
    return replace(case, model=case.model.model_copy(update={"attention": now.attention, "perceptron": now.perceptron}))


NEURONS = (
    "[perceptron]\nactivation = {activation!r}\nneurons = [{{ weight = {{ times = [0, 1], values = [0.1, 0.6] }}, "
    "direction = {direction}, bias = 0.2 }}]"
)
LAWS = {
    ("circle", "softmax"): (f"beta = {RISING}", ""),
    ("circle", "none"): (
        f"heads = [{{ beta = {RISING}, query = [1.0, 0.4], value = {TURNING} }}, {{ beta = -1.0 }}]",
        "",
    ),
    ("sphere", "none"): (f"beta = {RISING}", NEURONS.format(activation="relu", direction=[0.6, 0.0, 0.8])),
    ("sphere", "softmax"): (f"heads = [{{ beta = 1.0, key = {JUMPING}, value = {RISING} }}]", ""),
    ("zonal", "softmax"): (f"beta = {RISING}", NEURONS.format(activation="tanh", direction=-1)),
    ("high", "softmax"): (f"heads = [{{ beta = {JUMPING}, value = {RISING} }}]", ""),
}


@pytest.mark.parametrize(("space", "normalization"), LAWS)
def test_the_law_of_a_moment_is_that_of_a_case_with_its_weights(space, normalization):
    attention, more = LAWS[space, normalization]
    case = Case.parse(text(space, attention, normalization, more=more.replace("'", '"')))
    problem = build(case)
    for time in (0.1, 0.3, 0.31, 0.75):
        flow = problem.flow.after(max([0.0, *(knot for knot in case.knots if knot <= time)]))
        still = build(constant(case, time)).flow
        expected, found = still(0.0, problem.state)[:-1], flow(time, problem.state)[:-1]
        assert np.abs(found - expected).max() < 1e-14 * np.abs(expected).max() * problem.state.size
        seen, told = flow.observe(time, problem.state), still.observe(0.0, problem.state)
        for name in ("energy", "dissipation"):
            assert seen[name] == pytest.approx(told[name], rel=1e-12)


@pytest.mark.parametrize("noise", ["", "[noise]\ndiffusion = 0.05"])
def test_no_step_goes_over_a_knot(noise):
    case = Case.parse(text("circle", f"beta = {RISING}", more=noise))
    times = [event.checkpoint.time for event in march(build(case)) if isinstance(event, Step)]
    assert set(case.knots) == {0.2, 0.5}
    assert set(case.knots) <= set(times)
    still = [event.checkpoint.time for event in march(build(constant(case, 0.0))) if isinstance(event, Step)]
    assert not set(case.knots) & set(still)


def snapshots(problem):
    return [event for event in march(problem) if isinstance(event, Snapshot)]


def test_a_jump_is_two_runs_one_after_the_other():
    case = Case.parse(text("circle", f"beta = {JUMPING}"))
    first, second = (build(constant(case, time)) for time in (0.0, 0.5))
    until = replace(first.schedule, end=0.5)
    half = snapshots(replace(first, schedule=until))[-1].density
    both = snapshots(replace(second, state=second.flow.equation.state(half.native), schedule=until))[-1].density
    whole = snapshots(build(case))[-1].density
    assert np.abs(whole.native - both.native).max() < 1e-9


CONTINUED = [
    ("circle", f"beta = {RISING}", ""),
    ("circle", f"beta = {JUMPING}", "[noise]\ndiffusion = 0.05"),
    ("high", f"beta = {JUMPING}", ""),
    ("growing", f"beta = {RISING}", ""),
    ("circle", f"heads = [{{ beta = 1.0, value = {TURNING} }}]", ""),
]


@pytest.mark.parametrize(("space", "attention", "more"), CONTINUED)
def test_a_run_stopped_at_any_step_continues_bit_for_bit(space, attention, more):
    problem = build(Case.parse(text(space, attention, more=more, end=0.6)))
    steps = [event.checkpoint for event in march(problem) if isinstance(event, Step)]
    for start in [steps[2], *(step for step in steps if step.time in problem.knots)]:
        again = [event.checkpoint for event in march(problem, start) if isinstance(event, Step)]
        rest = [step for step in steps if step.time > start.time]
        assert [step.time for step in again] == [step.time for step in rest]
        for one, other in zip(again, rest, strict=True):
            np.testing.assert_array_equal(one.state, other.state)


def test_a_changed_table_or_perceptron_is_not_continued(tmp_path):
    more = NEURONS.format(activation="relu", direction=[1.0, 0.0]).replace("'", '"')
    first = Case.parse(text("circle", f"beta = {JUMPING}", end=0.25, more=more))
    job.run(first, tmp_path)
    for old, new in (("[0.5, 2.0]", "[0.5, 3.0]"), ("[0.1, 0.6]", "[0.1, 0.7]")):
        with pytest.raises(RecordError) as found:
            job.run(Case.parse(first.text.replace(old, new).replace("end = 0.25", "end = 0.5")), tmp_path, resume=True)
        assert "may change between a run and its continuation" in str(found.value)


def test_the_ledger_has_the_jumps_of_the_energy_and_says_what_it_cannot_have():
    record = run(text("circle", f"beta = {JUMPING}"))
    assert judged("energy_identity", record).verdict == "pass"
    assert "jumps" in judged("energy_monotone", record).reason
    after = record.observables["time"] > 0.5
    jump = np.diff(record.observables["energy"])[4]
    assert abs(jump) > 0.1
    wrong = falsified(record, work=lambda work: work - np.where(after, jump, 0.0))
    assert judged("energy_identity", wrong).verdict == "fail"
    moving = judged("energy_identity", falsified(record, text=text("circle", f"beta = {RISING}")))
    assert (moving.verdict, "attention.beta" in moving.reason) == ("not applicable", True)


def test_laws_of_constant_weights_say_that_they_are_not_about_this():
    record = run(text("circle", f"beta = {RISING}", "softmax", end=0.25))
    for name in ("dirac_rate", "linear_growth", "pl_ratio", "kernel_growth"):
        row = judged(name, record)
        assert (row.verdict, "attention.beta" in row.reason) == ("not applicable", True)


@pytest.mark.parametrize(("times", "values"), [
    ("[0.0, 1e-300]", "[1.0, 2.0]"), ("[0.5, 0.5000000000000001]", "[1.0, 2.0]"), ("[5.0, 9.0]", "[1.0, 2.0]"),
    ("[0.0, 0.9999999999999999]", "[1.0, 2.0]"), ("[0.0, 1e9]", "[0.0, 600.0]"), ("[0.0, 1.0]", "[-20.0, 20.0]"),
    ("[0.0, 0.5, 1.0]", "[1e-300, 0.0, 1.0]"), ("[0.0, 1e-9]", "[0.0, 100.0]"),
])  # fmt: skip
def test_extreme_tables_run_or_stop_in_words(times, values):
    record = run(text("circle", f"beta = {{ times = {times}, values = {values} }}", "softmax").replace("1e-11", "1e-6"))
    assert record.status in ("finished", "unresolved")
    assert record.status == "finished" or record.message
    assert np.abs(record.observables["mass"] - 1).max() < 1e-10


def test_subnormal_times_are_refused_with_the_reason():
    with pytest.raises(CaseError, match=r"times\.1: received 5e-324; .* has a size of at least"):
        Case.parse(text("circle", "beta = { times = [0, 5e-324], values = [1, 2] }"))


EARLY = "{ times = [0.0, 0.1, 0.2], values = [0.5, 2.0, 0.7] }"
EARLY_JUMP = '{ times = [0.0, 0.1], values = [0.5, 1.5], between = "hold" }'


@pytest.mark.parametrize("attention", [
    f"beta = {EARLY}",
    pytest.param(f"heads = [{{ beta = 1.0, value = {EARLY_JUMP} }}]", marks=pytest.mark.slow),
    pytest.param(f"heads = [{{ beta = {EARLY}, key = {EARLY_JUMP}, value = {EARLY} }}]", marks=pytest.mark.slow),
])  # fmt: skip
def test_cells_of_the_sphere_move_as_the_series_does(attention):
    content = text("sphere", attention, "softmax", end=0.2)
    series, cells = (
        run(content.replace("degree = 15", where)).observables for where in ("degree = 31", 'chart = "mercator"')
    )
    # the charts share no sum: both have the steps' tolerance, and the cells that of their mesh, which follows it
    for name in ("order_parameter", "energy", "work"):
        np.testing.assert_allclose(cells[name], series[name], atol=1e-9)


REFUSED = [
    ('chart = "conformal"', "", 'chart = "conformal"'),
    ("", '[layer_norm]\nscheme = "pre"', 'scheme = "pre"'),
]


@pytest.mark.parametrize(("chart", "more", "told"), REFUSED)
def test_charts_and_norms_without_depth_refuse_it_by_the_path_of_the_key(chart, more, told):
    content = text("sphere", f"beta = {RISING}", more=more).replace("degree = 15", f"degree = 15\n{chart}")
    with pytest.raises(CaseError) as found:
        build(Case.parse(content))
    assert "attention.beta: received a table over time" in str(found.value)
    assert told in str(found.value)


def test_exponents_are_bounded_at_every_knot_and_between():
    with pytest.raises(CaseError, match="at most 150"):
        build(Case.parse(text("circle", "beta = { times = [0, 0.5], values = [1, 200] }")))
    both = "heads = [{ beta = { times = [0, 1], values = [0, 100] }, query = { times = [0, 1], values = [10, 0] } }]"
    with pytest.raises(CaseError, match="between two times"):
        build(Case.parse(text("circle", both)))
