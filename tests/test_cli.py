"""The command line: every outcome has its status, every error its line, and nothing is lost or drawn twice."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import CASE, ENVIRONMENT, called, on_terminal
from typer.testing import CliRunner

from kinetic import job
from kinetic.assembly import build, load
from kinetic.case import Case
from kinetic.cli import app, terminal
from kinetic.cli.estimate import count, duration
from kinetic.cli.signals import interrupted_status, termination_interrupts
from kinetic.cli.speed import speed, step_count
from kinetic.cli.validating import equation
from kinetic.library import DURATIONS, bundled
from kinetic.march import Step, march
from kinetic.record import ClaimRow


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder to work in, with a small case in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(CASE, encoding="utf-8")
    return tmp_path


def process(*arguments, **options):
    """What the command does, as a process of its own."""
    command = [sys.executable, "-m", "kinetic", *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, env=ENVIRONMENT, check=False, timeout=120, text=True, **streams)


def one_error(result, *parts):
    """Whether standard error holds a single line that says all of these."""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    for part in parts:
        assert part in line
    return True


def same(first, second):
    """Whether two records hold the same numbers, bit for bit."""
    for name, values in first.observables.items():
        np.testing.assert_array_equal(values, second.observables[name], err_msg=name)
    for name, values in first.density_arrays.items():
        np.testing.assert_array_equal(values, second.density_arrays[name], err_msg=name)
    return first.observables.keys() == second.observables.keys()


# run


@pytest.mark.usefixtures("small")
def test_a_run_ends_with_its_table_and_the_path_of_its_record():
    result = called("run", "small.toml")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("small: A small case\n")
    assert "order_parameter" in result.stdout
    assert re.search(r"^record +output/small\.h5$", result.stdout, re.MULTILINE)
    assert re.search(r"^wall time +[0-9.e-]+ s$", result.stdout, re.MULTILINE)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert load("output/small.h5").status == "finished"


@pytest.mark.usefixtures("small")
def test_a_run_defines_everything_only_if_asked_to():
    brief = called("run", "small.toml").stdout
    verbose = called("run", "small.toml", "--overwrite", "--verbose").stdout
    assert len(brief.splitlines()) <= 30
    assert "definition" not in brief
    assert "definition" in verbose
    assert re.search(r"^record +output/small\.h5$", verbose, re.MULTILINE)


def test_a_run_ends_with_one_json_object_if_asked_to(small):
    (small / "first.toml").write_text(CASE.replace("degree = 32", "degree = 8").replace("end = 0.5", "end = 8"))
    result = called("run", "first.toml", "small.toml", "--json")
    assert result.exit_code == 3
    data = json.loads(result.stdout)
    assert data["exit_status"] == 3
    first, second = data["runs"]
    assert (first["status"], first["exit_status"]) == ("unresolved", 3)
    assert "spectral tail" in first["error"]
    assert (second["status"], second["error"], second["exit_status"]) == ("finished", None, 0)
    assert second["last_row"]["time"] == 0.5
    refused = called("run", "small.toml", "--json", "--resume", "--set", "attention.beta=2")
    assert refused.exit_code == 2
    (only,) = json.loads(refused.stdout)["runs"]
    assert "attention.beta was 1.0 and is now 2.0" in only["error"]


@pytest.mark.usefixtures("small")
def test_a_finished_run_is_made_longer():
    assert called("run", "small.toml").exit_code == 0
    assert called("run", "small.toml", "--resume", "--set", "time.end=0.7").exit_code == 0
    times = load("output/small.h5").observables["time"]
    np.testing.assert_allclose(times, 0.1 * np.arange(8), rtol=1e-15)
    assert one_error(called("run", "small.toml", "--resume", "--set", "time.end=0.1"), "has reached t =")


def test_a_number_of_elements_is_refused_where_cells_divide_by_themselves():
    refused = called("validate", "mercator_circle", "--set", "space.elements=40")
    assert refused.exit_code == 2
    assert one_error(refused, "space.elements: received 40", "time.tolerance")


@pytest.mark.usefixtures("small")
def test_settings_change_keys_and_are_recorded():
    result = called("run", "small.toml", "--set", "attention.beta=-2", "--set", "title=Two words", "-o", "there")
    assert result.exit_code == 0
    record = load("there/small.h5")
    assert record.overrides == ("attention.beta=-2", "title=Two words")
    assert "attention.beta=-2" in called("info", "there/small.h5").stdout


@pytest.mark.usefixtures("small")
def test_a_record_is_neither_overwritten_nor_continued_unasked():
    called("run", "small.toml")
    before = Path("output/small.h5").read_bytes()
    result = called("run", "small.toml")
    assert result.exit_code == 2
    assert one_error(result, "output/small.h5", "--resume", "--overwrite")
    assert result.stdout == ""
    assert Path("output/small.h5").read_bytes() == before
    assert called("run", "small.toml", "--resume").exit_code == 0
    assert called("run", "small.toml", "--overwrite", "--set", "attention.beta=2").exit_code == 0
    refused = called("run", "small.toml", "--resume")
    assert refused.exit_code == 2
    assert one_error(refused, "attention")
    both = called("run", "small.toml", "--resume", "--overwrite")
    assert both.exit_code == 2
    assert one_error(both, "--resume and --overwrite")


def test_nothing_is_run_or_written_if_one_of_the_cases_is_bad(small):
    (small / "bad.toml").write_text(CASE.replace("degree", "degre").replace("end = 0.5", "end = -1"), encoding="utf-8")
    unbuildable = CASE.replace("beta = 1.0", "heads = [{ beta = 1.0, value = [1.0, 2.0] }]")
    (small / "unbuildable.toml").write_text(unbuildable, encoding="utf-8")
    result = called("run", "small.toml", "bad.toml", "absent.toml")
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 3  # two problems of one case, each on its line, and the missing file
    assert all(line.startswith("error: ") for line in lines)
    assert "bad.toml: space.degre" in lines[0]
    assert "bad.toml: time.end: received -1" in lines[1]
    assert "absent.toml: no such file" in lines[2]
    assert not Path("output").exists()


def test_what_only_building_finds_names_the_case_and_writes_nothing(small):
    negative = 'kind = "harmonics"\nterms = [{ degree = 1, order = 1, amplitude = 5.0 }]'
    text = CASE.replace('kind = "linear"\nmean = [1.0, 0.0]\nslope = 0.5', negative)
    (small / "negative.toml").write_text(text, encoding="utf-8")
    result = called("run", "small.toml", "negative.toml")
    assert result.exit_code == 2
    assert one_error(result, "negative.toml: initial", "must not be below 0")
    assert not Path("output").exists()


def test_two_cases_of_one_name_are_not_written_over_each_other(small):
    (small / "other").mkdir()
    (small / "other" / "small.toml").write_text(CASE, encoding="utf-8")
    result = called("run", "small.toml", "other/small.toml", "--overwrite")
    assert result.exit_code == 2
    assert one_error(result, "output/small.h5", "two of the cases")
    assert not Path("output").exists()


@pytest.mark.parametrize("folder", ["small.toml", "small.toml/below", "/proc/kinetic", "mine.h5"])
@pytest.mark.usefixtures("small")
def test_a_folder_that_cannot_be_written_is_refused_before_the_run(folder):
    result = called("run", "small.toml", "--output", folder)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert one_error(result, folder, "--output")


UNRESOLVED = ("--set", "space.degree=8", "--set", "time.end=8", "--set", "output.save_every=1")


@pytest.mark.usefixtures("small")
def test_a_run_that_the_numerics_stop_says_why_and_keeps_its_record():
    result = called("run", "small.toml", *UNRESOLVED)
    assert result.exit_code == 3
    assert one_error(result, "small: unresolved: spectral tail", "raise space.degree", "output/small.h5")
    record = load("output/small.h5")
    assert record.status == "unresolved"
    assert len(record.observables["time"]) > 1
    assert "order_parameter" in result.stdout


def test_the_worst_status_wins_and_the_other_cases_are_run(small):
    (small / "first.toml").write_text(CASE.replace("degree = 32", "degree = 8").replace("end = 0.5", "end = 8"))
    result = called("run", "first.toml", "small.toml")
    assert result.exit_code == 3
    assert load("output/small.h5").status == "finished"
    assert result.stdout.index("first: ") < result.stdout.index("small: ")


@pytest.mark.parametrize(("verdict", "status"), [("pass", 0), ("fail", 1), ("not applicable", 0)])
@pytest.mark.usefixtures("small")
def test_a_failed_claim_is_status_one(monkeypatch, verdict, status):
    row = ClaimRow("dirac_rate", 1.0, 1.1, 0.0, 1e-3, (0.0, 1.0), verdict, "because", "theorem", "arXiv:2512.01868")
    monkeypatch.setattr("kinetic.job.running.compare", lambda _: [row])
    result = called("run", "small.toml")
    assert result.exit_code == status
    assert "dirac_rate" in result.stdout
    assert result.stderr == ""


# interruptions

LONG = CASE.replace(
    "observe_every = 0.1", "observe_every = 1e-4"
)  # 5000 rows take seconds, the record is there after the first tenth: even a busy machine has time to send a signal


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The record of the long run."""
    folder = tmp_path_factory.mktemp("whole")
    return job.run(Case.parse(LONG, name="long"), folder)


def start_and_stop(folder, number):
    """Send a signal to a long run as soon as its record is there."""
    (folder / "long.toml").write_text(LONG, encoding="utf-8")
    command = [sys.executable, "-m", "kinetic", "run", "long.toml"]
    with subprocess.Popen(
        command, env=ENVIRONMENT, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        deadline = time.monotonic() + 60
        while not (folder / "output" / "long.h5").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=60)
    return running.returncode, stdout, stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_keeps_its_record_and_goes_on_bit_for_bit(small, uninterrupted, number):
    status, stdout, stderr = start_and_stop(small, number)
    assert status == 128 + number
    assert stdout == ""
    assert stderr == "interrupted: output/long.h5 is kept; kinetic run --resume goes on from there\n"
    record = load("output/long.h5")
    assert record.status == "interrupted"
    assert 1 < len(record.observables["time"]) < len(uninterrupted.observables["time"])
    assert called("run", "long.toml", "--resume").exit_code == 0
    assert load("output/long.h5").status == "finished"
    assert same(load("output/long.h5"), uninterrupted)


def test_an_interruption_ends_the_whole_list_of_cases(small, monkeypatch):
    started = []

    def interrupted(case, *_given, **_options):
        started.append(case.name)
        raise KeyboardInterrupt

    (small / "next.toml").write_text(CASE, encoding="utf-8")
    monkeypatch.setattr(job, "run", interrupted)
    result = called("run", "small.toml", "next.toml")
    assert result.exit_code == 130
    assert result.stderr == "interrupted: nothing was written\n"
    assert started == ["small"]


@pytest.mark.usefixtures("small")
def test_the_handling_of_termination_is_put_back_after_a_run():
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    called("run", "small.toml")
    assert [signal.getsignal(number) for number in numbers] == before


def test_the_end_of_a_session_interrupts_once_and_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with termination_interrupts():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            with pytest.raises(KeyboardInterrupt) as stop:
                signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGHUP)  # while the checkpoint is written
        assert interrupted_status(stop.value) == 129
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_run_whose_reader_goes_away_keeps_its_record_and_says_nothing(small):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = process("run", "small.toml", stdout=writing, cwd=small)
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (terminal.READER_GONE, "")
    assert load("output/small.h5").status == "finished"


# the progress bar


def test_a_terminal_shows_where_the_run_is_and_clears_its_line(small):
    (small / "long.toml").write_text(LONG, encoding="utf-8")
    status, shown = on_terminal(small, "run", "long.toml")
    assert status == 0
    lines = [text for text in re.split(r"[\r\n]+", shown) if text]
    assert lines
    assert max(map(len, lines)) <= 80
    where = r"t = [0-9.]+/0\.5  R = 0\.[0-9]{4}  degree 32(  \S+/s)?  +[0-9]+%  [0-9]+:[0-9]{2}(, \S+ left)?$"
    before = r"^preparing  [0-9]+:[0-9]{2}$"  # nothing is known before the first step
    assert [text for text in lines if not re.search(f"{where}|{before}", text)] == []


def test_a_quiet_run_draws_nothing_on_a_terminal(small):
    assert on_terminal(small, "run", "small.toml", "--quiet") == (0, "")


# validate


def test_validate_tells_what_a_case_means_and_costs_and_writes_nothing(small):
    result = called("validate", "small.toml", "--set", "space.degree=16")
    assert result.exit_code == 0
    lines = {line[:11].strip(): line[11:] for line in result.stdout.splitlines()}
    assert lines["title"] == "A small case"
    assert lines["equation"] == "∂ₜμ + div(μX) = 0, X = Pₓ ∫ y e^{⟨x,y⟩} dμ / ∫ e^{⟨x,y⟩} dμ"
    assert lines["space"] == "circle: S¹, d = 2, degree 16, harmonic chart"
    assert lines["head"] == "β = 1, Q = K = V = I"
    assert lines["initial"] == "linear, mean = [1.0, 0.0], slope = 0.5"
    assert lines["time"] == "to t = 0.5, dop853, tolerance 1e-09"
    assert lines["output"] == "6 rows, 3 snapshots"
    assert lines["unknowns"] == "35 at the start (degree 16)"
    assert "2 transforms of degree 16 and 2 of degree" in lines["work"]
    for label in ("steps", "wall time", "memory"):
        assert lines[label].startswith("about ")
    assert lines["resolved"] == "to the end, as runs of degree 12 and 16 are"
    assert [path.name for path in small.iterdir()] == ["small.toml"]


@pytest.mark.usefixtures("small")
def test_validate_prices_no_automatic_degree_by_the_one_it_starts_with():
    result = called("validate", "small.toml", "--set", 'space.degree="auto"', "--set", "space.max_degree=64")
    assert result.exit_code == 0
    lines = {line[:11].strip(): line[11:] for line in result.stdout.splitlines()}
    for label in ("steps", "wall time", "memory"):
        assert lines[label].startswith("not predictable")
    assert "unresolved if 64 are too few" in result.stdout.replace("\n" + " " * 11, " ")


def test_validate_describes_the_good_cases_and_tells_of_the_bad_ones(small):
    (small / "bad.toml").write_text(CASE.replace("degree", "degre"), encoding="utf-8")
    result = called("validate", "bad.toml", "small.toml")
    assert result.exit_code == 2
    assert "A small case" in result.stdout
    assert one_error(result, "bad.toml: space.degre", 'did you mean "degree"?')


@pytest.mark.parametrize(
    ("attention", "noise", "text"),
    [
        ('"none"\nbeta = 0', "", "∂ₜμ + div(μX) = 0, X = Pₓ ∫ y dμ"),
        ('"softmax"\nbeta = 0', "", "∂ₜμ + div(μX) = 0, X = Pₓ ∫ y dμ"),
        ('"none"\nbeta = -1', "", "∂ₜμ + div(μX) = 0, X = Pₓ ∫ y e^{-⟨x,y⟩} dμ"),
        ('"none"\nbeta = 2.5', "[noise]\ndiffusion = 0.1", "∂ₜμ + div(μX) = 0.1 Δμ, X = Pₓ ∫ y e^{2.5⟨x,y⟩} dμ"),
        (
            '"softmax"\nheads = [{ beta = 1, value = 2 }, { beta = 2 }]',
            "",
            "∂ₜμ + div(μX) = 0, X = Pₓ Σₕ ∫ Vₕy wₕ dμ / ∫ wₕ dμ, wₕ = e^{βₕ⟨Qₕx,Kₕy⟩}",
        ),
    ],
)
def test_the_equation_is_written_as_it_is_solved(attention, noise, text):
    case = Case.parse(CASE.replace('"softmax"\nbeta = 1.0', attention) + noise)
    assert equation(case) == text


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("poisson_circle", ("space.degree=64", "time.tolerance=1e-9")),
        ("poisson_circle", ("space.degree=255",)),
        ("poisson_circle", ("space.degree=127", "attention.beta=3", 'attention.normalization="softmax"')),
        ("poisson_circle", ("space.degree=127", 'time.scheme="rk45"', "time.tolerance=1e-6")),
        ("poisson_zonal_d64", ()),
        ("poisson_circle", ("space.degree=127", "noise.diffusion=0.05")),
        ("poisson_circle", ("space.degree=127", "noise.diffusion=0.05", 'time.scheme="dop853"')),
        ("poisson_circle", ("space.degree=255", "noise.diffusion=0.001")),
        ("softmax_sphere", ("space.degree=31", "noise.diffusion=0.1")),
    ],
)
def test_the_steps_of_a_run_are_foretold_within_a_factor_of_three(name, settings):
    # The factor is what the estimate claims of itself; steps are counted, so that no clock plays a part.
    case = Case.read(bundled()[name], (*settings, "output.observe_every=0.5", "output.save_every=0.5"))
    problem = build(case)
    steps = sum(isinstance(event, Step) for event in march(problem)) + 1  # the last one is not handed out
    assert step_count(case, problem) / 3 <= steps <= 3 * step_count(case, problem)


@pytest.mark.parametrize("beta", [0.0, 0.3, -2.0, 9.0])
def test_no_token_is_faster_than_the_speed_that_steps_are_estimated_from(beta):
    # Unnormalised attention to a Dirac mass is the fastest: maximised here on a grid of cosines, so that the bound
    # is met from below to the square of the grid's spacing, relatively (1 + β² bounds the curvature of the logarithm).
    t = np.linspace(-1, 1, 20001)
    largest = float(np.max(np.exp(beta * t) * np.sqrt(1 - t * t)))
    text = CASE.replace('"softmax"\nbeta = 1.0', f'"none"\nheads = [{{ beta = {beta}, value = [2.0, -3.0] }}]')
    bound = speed(Case.parse(text)) / 3
    assert largest <= bound <= largest * (1 + (1 + beta**2) ** 2 * 1e-8)
    assert speed(Case.parse(text.replace('"none"', '"softmax"'))) == 3


def test_an_estimate_beyond_all_bounds_is_a_number_still():
    heads = "heads = [{ beta = 600.0, query = 1000.0 }]"
    assert speed(Case.parse(CASE.replace('"softmax"\nbeta = 1.0', f'"none"\n{heads}'))) == math.inf


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (4.2e-5, "42 µs"),
        (1.23e-4, "120 µs"),
        (0.0125, "12 ms"),
        (0.5, "500 ms"),
        (1.0, "1 s"),
        (90.0, "1.5 min"),
        (7200.0, "2 h"),
        (8.64e7, "1000 days"),
        (math.inf, "inf days"),
    ],
)
def test_durations_are_rough_and_legible(seconds, text):
    assert duration(seconds) == text


def test_counts_are_rough_and_legible():
    assert [count(n) for n in (1, 12.4, 123, 123456, 1.2e6)] == ["1", "12", "120", "120000", "1e+06"]


# which case is meant


def test_a_file_wins_over_a_bundled_case_and_a_folder_does_not(small):
    (small / "poisson_circle").write_text(CASE, encoding="utf-8")
    (small / "poisson_sphere").mkdir()
    assert "A small case" in called("validate", "poisson_circle").stdout
    moved = called("validate", "poisson_sphere", "--set", "space.degree=16").stdout
    assert "on the sphere is moved" in moved


@pytest.mark.parametrize("command", ["run", "validate"])
@pytest.mark.parametrize("name", ["poisson_circel", "here/poisson_circel.toml"])
@pytest.mark.usefixtures("small")
def test_an_unknown_case_is_answered_with_the_nearest_bundled_one(command, name):
    result = called(command, name)
    assert result.exit_code == 2
    assert one_error(result, name, "did you mean poisson_circle?", "kinetic cases")


# info, cases, schema


@pytest.mark.usefixtures("small")
def test_info_shows_a_record_as_text_and_as_json():
    called("run", "small.toml")
    text = called("info", "output/small.h5")
    assert text.exit_code == 0
    assert "finished" in text.stdout
    assert max(map(len, text.stdout.splitlines())) <= 80
    data = json.loads(called("info", "output/small.h5", "--json").stdout)
    assert data["status"] == "finished"
    assert data["last_row"]["time"] == 0.5


@pytest.mark.parametrize("name", ["absent.h5", "small.toml", "."])
@pytest.mark.usefixtures("small")
def test_what_is_no_record_is_refused_in_one_line(name):
    result = called("info", name)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert one_error(result, name)


@pytest.mark.usefixtures("small")
def test_cases_lists_every_bundled_case_in_its_group_with_its_duration():
    lines = called("cases").stdout.splitlines()
    assert lines[0] == "Start here"
    listed = [line.split() for line in lines if line.startswith("  ")]
    assert sorted(words[0] for words in listed) == list(bundled())
    assert all(f"{words[1]} {words[2]}" in DURATIONS for words in listed)
    assert all(len(words) > 5 for words in listed)


@pytest.mark.usefixtures("small")
def test_cases_folds_titles_on_a_terminal(monkeypatch):
    monkeypatch.setattr("kinetic.cli.listing.width", lambda: 60)
    lines = called("cases").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert len(lines) > len(bundled())


@pytest.mark.usefixtures("small")
def test_a_case_is_copied_once():
    result = called("cases", "--copy", "poisson_circle")
    assert result.exit_code == 0
    assert Path("poisson_circle.toml").read_bytes() == bundled()["poisson_circle"].read_bytes()
    Path("poisson_circle.toml").write_text("mine", encoding="utf-8")
    again = called("cases", "--copy", "poisson_circle")
    assert again.exit_code == 2
    assert one_error(again, "poisson_circle.toml", "exists")
    assert Path("poisson_circle.toml").read_text(encoding="utf-8") == "mine"
    unknown = called("cases", "--copy", "poisson_circel")
    assert unknown.exit_code == 2
    assert one_error(unknown, "did you mean poisson_circle?")


@pytest.mark.usefixtures("small")
def test_the_schema_is_json():
    result = called("schema")
    assert result.exit_code == 0
    assert "space" in json.loads(result.stdout)["properties"]


# help, usage, and what surrounds the process


@pytest.mark.parametrize("command", ["run", "validate", "info", "cases", "schema"])
def test_every_command_explains_itself_by_example_in_eighty_columns(command):
    text = called(command, "--help").stdout
    assert f"  kinetic {command}" in text
    assert max(map(len, text.splitlines())) <= 80
    assert f"  {command} " in called("--help").stdout


def test_the_setting_of_keys_is_explained_by_example():
    assert "--set attention.beta=4" in called("run", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("rnu",), "Did you mean 'run'?"),
        (("--versoin",), "no such option"),
        (("run",), "missing argument"),
        (("run", "--resum", "small.toml"), "--resume"),
        (("run", "small.toml", "--set"), "--set"),
        (("info",), "kinetic info --help"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments, part):
    result = CliRunner().invoke(app, arguments, prog_name="kinetic")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert one_error(result, part, "--help")


@pytest.mark.usefixtures("small")
def test_no_command_shows_the_help_as_an_error():
    result = called()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage:" in result.stderr


def test_the_version_is_told():
    assert re.fullmatch(r"kinetic \S.*\n", called("--version").stdout)


@pytest.mark.parametrize("arguments", [("--help",), ("schema",), ("validate", "poisson_circle")])
def test_a_reader_that_goes_away_is_no_error(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = process(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert result.returncode == terminal.READER_GONE
    assert result.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_device_is_told_in_one_line():
    with Path("/dev/full").open("w") as full:
        result = process("schema", stdout=full)
    assert result.returncode == 2
    assert one_error(result, "No space left on device")


def test_output_that_is_no_terminal_has_no_colors_and_works_without_unicode(small):
    result = process("run", "small.toml", cwd=small)
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert result.stderr == ""
    latin = ENVIRONMENT | {"PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "kinetic", "validate", "small.toml"]
    found = subprocess.run(command, env=latin, cwd=small, capture_output=True, check=True)
    assert b"\\u2202" in found.stdout
    assert found.stderr == b""
