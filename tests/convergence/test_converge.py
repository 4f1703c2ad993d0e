"""A study measures the order that is there, and says what does not converge."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from command_line import CASE, called

from kinetic.case import Case
from kinetic.errors import CaseError
from kinetic.sweep.convergence import chosen, draw, findings
from kinetic.sweep.convergence.differences import verdict


def record(error, end=1.0):
    """A stand-in for a record: R and 1 − R, off by a relative error."""
    times = np.linspace(0.0, 1.0, 11)
    times = times[times <= end + 1e-12]
    deficit = np.exp(-40 * times) * (1 + error)
    rows = {"time": times, "order_parameter": (2 + times) * (1 + error), "order_deficit": deficit}
    status = "finished" if end == 1.0 else "unresolved"
    return SimpleNamespace(observables=rows, status=status, message="")


def study(errors, key="space.degree", levels=(10, 20, 40), ends=(1.0, 1.0, 1.0)):
    runs = [(level, record(*both)) for level, both in zip(levels, zip(errors, ends, strict=True), strict=True)]
    return {key: runs}


@pytest.mark.parametrize("order", [1.0, 2.0, 6.5])
def test_the_order_of_an_algebraic_error_is_found_even_where_the_number_is_tiny(order):
    (found,) = findings(study([level**-order for level in (10.0, 20.0, 40.0)]), 1e-12)
    for one in found.changes:
        assert one.orders == (pytest.approx(order, rel=3 * 20.0**-order + 1e-15 * 40.0**order),)
    assert found.rising == ()
    assert verdict([found]).startswith(f"converged to {found.size:.2g}, up to t = 1")


def test_what_does_not_fall_is_named():
    (found,) = findings(study([0.0, 1e-3, -1e-3]), 1e-12)
    assert found.rising == ("order_parameter", "order_deficit")
    assert verdict([found]).startswith("not converged: order_parameter along space.degree")


def test_what_does_not_fall_below_the_error_of_the_stepper_is_no_fault():
    degrees = study([0.0, 1e-9, -1e-9])
    tolerances = study([3e-8, 3e-9, 0.0], "time.tolerance", (1e-7, 1e-8, 1e-9))
    found = findings({**degrees, **tolerances}, 1e-9)
    assert [one.rising for one in found] == [(), ()]


def test_equal_runs_agree_to_rounding():
    assert verdict(findings(study([0.0, 0.0, 0.0]), 1e-12)).startswith("converged to rounding")


def test_levels_are_compared_where_all_of_them_are():
    (found,) = findings(study([1e-2, 1e-4, 0.0], ends=(0.5, 1.0, 1.0)), 1e-12)
    assert found.until == 0.5
    assert found.stopped == ("space.degree = 10: unresolved, last row at t = 0.5",)


@pytest.mark.parametrize(
    ("settings", "levels", "tolerances"),
    [
        ((), (16, 32, 64), (1e-8, 1e-9, 1e-10)),
        (("time.tolerance=1e-13",), (16, 32, 64), (1e-11, 1e-12, 1e-13)),
        (('space.degree="auto"',), None, (1e-8, 1e-9, 1e-10)),
        (
            ("space.kind=zonal", "space.dimension=3", "space.degree=4000", "initial={kind='uniform'}"),
            (1000, 2000, 4000),
            (1e-8, 1e-9, 1e-10),
        ),
    ],
)
def test_levels_stand_around_the_case(settings, levels, tolerances):
    found = chosen(Case.parse(CASE, settings))
    assert found.levels.get("space.degree") == levels
    assert found.levels["time.tolerance"] == pytest.approx(tolerances, rel=1e-12)
    for key, values in found.levels.items():
        assert [point.values[list(found.own).index(key)] for point in found.points(key)] == list(values)


def test_a_resolution_that_the_chart_chooses_cannot_be_asked_for():
    with pytest.raises(CaseError, match="chosen on the way"):
        chosen(Case.parse(CASE, ('space.degree="auto"',)), resolutions=[64])


def test_the_command_compares_draws_and_is_resumed(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CASE.replace("degree = 32", "degree = 12"), encoding="utf-8")
    words = ("converge", path, "-o", tmp_path / "out", "--workers", 1, "-q", "--tolerance", 1e-7, "--resolution", 8)
    result = called(*words, "--set", "time.end=0.2")
    assert result.exit_code == 0, result.output
    assert "verdict    converged to" in result.output
    assert (tmp_path / "out" / "small_converge.png").exists()
    again = called(*words, "--set", "time.end=0.2", "--resume", "--json")
    told = json.loads(again.stdout)
    assert told["verdict"] in result.output
    assert told["studies"][0]["levels"] == [8, 12]
    assert called(*words).exit_code == 2
    assert len(list(Path(tmp_path / "out" / "small_converge").glob("*.h5"))) == 3


def test_the_figure_has_an_axes_for_each_key():
    found = findings({**study([1e-2, 1e-4, 0.0]), **study([1e-5, 1e-6, 0.0], "time.tolerance")}, 1e-9)
    assert len(draw(found, "A title").axes) == 2
