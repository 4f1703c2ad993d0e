"""What a script can hand to kinetic, and that errors speak of its arguments, not of a command line's."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import CASE

import kinetic
from kinetic.errors import CaseError, RecordError


def test_run_takes_a_case_a_path_and_the_name_of_a_bundled_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(CASE, encoding="utf-8")
    by_case = kinetic.run(kinetic.Case.parse(CASE, name="small"), "a")
    by_text = kinetic.run("small.toml", "b")
    by_path = kinetic.run(Path("small.toml"), "c")
    for record in (by_text, by_path):
        np.testing.assert_array_equal(record.observables["mean"], by_case.observables["mean"])
    bundled = kinetic.run("growth_circle", "d")
    assert bundled.path == Path("d/growth_circle.h5")
    with pytest.raises(CaseError, match="did you mean growth_circle"):
        kinetic.run("growth_circel", "e")
    assert not Path("e").exists()


def test_running_again_says_what_to_do_in_the_terms_of_python(tmp_path):
    case = kinetic.Case.parse(CASE, name="small")
    kinetic.run(case, tmp_path)
    with pytest.raises(RecordError) as refused:
        kinetic.run(case, tmp_path)
    assert "resume=True" in str(refused.value)
    assert "overwrite=True" in str(refused.value)
    assert "--" not in str(refused.value)


def test_a_case_out_of_plain_data_is_the_case_of_the_same_file():
    data = tomllib.loads(CASE)
    assert kinetic.Case.from_dict(data).model == kinetic.Case.parse(CASE).model
    data["initial"]["mean"] = np.array([1.0, 0.0])
    data["space"]["degree"] = np.int64(32)
    data["time"]["end"] = np.float64(0.1) + 0.2
    case = kinetic.Case.from_dict(data, name="made")
    assert (case.name, case.time.end, case.initial.mean) == ("made", 0.1 + 0.2, (1.0, 0.0))
    assert kinetic.Case.parse(case.text).model == case.model


@pytest.mark.parametrize("bad", [None, object(), {1: 2}, [None], 1j, {"a": {3}}])
def test_data_that_no_file_can_hold_are_a_case_error(bad):
    with pytest.raises(CaseError, match="must be texts"):
        kinetic.Case.from_dict(tomllib.loads(CASE) | {"noise": bad})


@pytest.mark.parametrize("bad", [None, 3, [], "title"])
def test_what_is_no_table_is_a_case_error(bad):
    with pytest.raises(CaseError):
        kinetic.Case.from_dict(bad)


def test_data_are_checked_as_files_are():
    data = tomllib.loads(CASE)
    data["attention"]["beta"] = float("nan")
    with pytest.raises(CaseError, match=r"attention\.beta"):
        kinetic.Case.from_dict(data)
