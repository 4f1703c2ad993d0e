"""How quickly commands start, by what they import and by ratios to the interpreter's own start; never in seconds."""

import os
import subprocess
import sys

import pytest
from command_line import CASE, ENVIRONMENT

NUMERICAL = {"numpy", "scipy", "h5py", "ducc0", "basix", "pyshtools", "matplotlib", "vtk"}
SHOWING = {"rich.table", "rich.console", "typer.rich_utils"}
CHARTS = {"kinetic.conformal", "kinetic.normed", "kinetic.mercator.circle", "kinetic.mercator.sphere"}
OTHERS = {"kinetic.claims", "kinetic.tokens", "kinetic.report"}  # pilots take steps
STEPPING = {"kinetic.integrate.pairs", "scipy.integrate", "scipy.optimize"}


def loaded(*arguments, folder):
    """The modules that a command has loaded when it ends."""
    code = (
        "import sys, io, contextlib\n"
        "from kinetic.cli import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
        f"    app({list(arguments)!r}, prog_name='kinetic', standalone_mode=False)\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, env=ENVIRONMENT, cwd=folder, capture_output=True, text=True, check=True)
    return set(found.stdout.split())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bad.toml").write_text(CASE.replace("degree", "degre"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("cases",), ("--version",)])
def test_what_computes_nothing_loads_nothing_numerical(folder, arguments):
    assert not loaded(*arguments, folder=folder) & {*NUMERICAL, *SHOWING, "kinetic.case"}


@pytest.mark.parametrize("command", ["validate", "run"])
def test_a_bad_case_is_refused_before_anything_numerical_is_loaded(folder, command):
    assert not loaded(command, "bad.toml", folder=folder) & {*NUMERICAL, *SHOWING}


@pytest.mark.parametrize(
    ("case", "own"),
    [
        ("softmax_sphere", ()),
        ("softmax_circle", ("kinetic.conformal",)),
        ("mercator_circle", ("kinetic.mercator.circle",)),
    ],
)
def test_a_case_loads_its_own_chart_alone(folder, case, own):
    modules = loaded("validate", case, folder=folder)
    assert {*own} <= modules
    if not own:  # charts may use parts of each other's libraries
        assert not modules & {*CHARTS, *OTHERS, "h5py", "kinetic.record"}
    assert not modules & ({"kinetic.normed", "kinetic.mercator.sphere", "pyshtools", "matplotlib"} - {*own})


def imported(names):
    """The modules that are loaded after some are imported."""
    command = [sys.executable, "-c", f"import sys, {names}\nprint(*sys.modules)"]
    return set(subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout.split())


def test_a_sweep_loads_the_numerics_in_its_workers_alone_and_there_what_every_run_needs():
    asking = imported("kinetic.__main__, kinetic.cli, kinetic.sweep, kinetic.sweep.summary")
    assert not asking & {*CHARTS, *OTHERS, *STEPPING, "scipy", "ducc0", "kinetic.job", "kinetic.assembly"} - {
        "kinetic.report"
    }
    working = imported("kinetic.__main__, kinetic.sweep.work, kinetic.claims.conservation")
    assert not working & {*CHARTS, *OTHERS, *STEPPING, "typer", "rich"} - {"kinetic.claims"}


def cpu_seconds(*arguments):
    """Processor time of a process: the less of two, since the first may have to compile modules."""
    least = float("inf")
    for _ in range(2):
        process = subprocess.Popen([sys.executable, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        least = min(least, usage.ru_utime + usage.ru_stime)
    return least


def test_help_and_validate_take_a_few_starts_of_what_they_cannot_do_without():
    # measured: 1.1 to 2.3 and 1.7, for the processor is shared; with all charts and libraries it was 10 and 2.5
    words, numbers = cpu_seconds("-c", "import typer.main"), cpu_seconds("-c", "import scipy.fft, pydantic, typer.main")
    assert cpu_seconds("-m", "kinetic", "--help") < 4 * words
    assert cpu_seconds("-m", "kinetic", "validate", "growth_circle") < 4 * numbers
