"""Whatever is in a case or a record, the command answers: no traceback, no hang, and nothing written on error."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import pytest
from case.examples import KINDS, SPACES, case_text
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import kinetic
from kinetic.case import Case
from kinetic.cli import app
from kinetic.errors import CaseError
from kinetic.job import running as job

SECONDS = 60  # a hundred times what any of these takes
EVENTS = 12
SLOW = pytest.mark.slow
OUTPUT = "\n[output]\nobserve_every = 0.5\nsave_every = 1.0\n"
VALID = [
    case_text(space, kind, rest=OUTPUT).replace("degree = 32", "degree = 12") for space in SPACES for kind in KINDS
]
KEYS = sorted({word for text in VALID for word in re.findall(r"[a-z_]+", text)} | {"0", "1", "heads", "x"})
# fmt: off
VALUES = [
    "1", "0", "-1", "2.5", "1e400", "-inf", "nan", "true", "", '""', '"x"', "auto", "identity", "[]", "{}", "[[]]",
    "[1,2]", "[0.1,0.2,3]", "[0,0,0]", "1e308", "-1e308", "1e-320", "1000", "-1000", "1e8", "-1e8", "0.999999999",
    "9223372036854775808", "0x" + "f" * 999, "2020-01-01", "zonal", "circle", "sphere", "mercator", "conformal",
    "softmax", "none", "pre", "ngpt", "mixture", "record", "linear", "random", "band", "cap", "harmonics", "poisson",
    "uniform", "von_mises_fisher", "[{beta=1}]", "[{degree=1,order=1,amplitude=1}]", "dop853", "rk45", "1e-13", "0.1",
    "[{mean=[1,0],concentration=1,weight=1}]",
    "matrix", "values", '{kind="matrix", seed=1}', "3.1415926", "1e-9", "64", '"\\u0000"', "[" * 200, "'''\n'''",
]
PATHS = [
    "title", "space.kind", "space.dimension", "space.degree", "space.max_degree", "space.chart", "space.elements",
    "attention.beta", "attention.normalization", "attention.heads", "attention.context_length", "layer_norm.scheme",
    "noise.diffusion", "common_noise.kind", "common_noise.seed", "common_noise.step", "common_noise",
    "initial.kind", "initial.mean", "initial.slope", "initial.concentration", "initial.radius",
    "initial.angle", "initial.background", "initial.latitude", "initial.width", "initial.amplitude", "initial.seed",
    "initial.max_degree", "initial.components.0.weight", "initial.components.0.concentration", "initial.uniform",
    "initial.terms.0.amplitude", "initial.terms.0.degree", "initial.path", "initial.time", "time.end",
    "time.tolerance", "time.scheme", "output.observe_every", "output.save_every", "claims", "claims.0.name",
]
# fmt: on
overrides = st.lists(
    st.builds("{}={}".format, st.sampled_from(PATHS), st.sampled_from(VALUES))
    | st.builds("{}={}".format, st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(".".join), st.text()),
    max_size=4,
)


@st.composite
def damaged(draw, texts):
    """A text with a few pieces replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        piece = draw(st.text(max_size=6) | st.sampled_from(VALUES))
        text = text[:at] + piece + text[at + draw(st.integers(0, 12)) :]
    return text


def examples(count):
    """So many examples, however long each takes."""
    # Finding the smallest example would take hours where each one is a run.
    phases = [Phase.explicit, Phase.generate]
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, phases=phases, suppress_health_check=checks, database=None)


@contextmanager
def no_hang():
    """Fail instead of waiting for ever."""

    def told(*_):
        raise AssertionError(f"no answer within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, told)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def answered(*arguments):
    """Run the command; whatever comes out must be an answer."""
    with no_hang():
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code in (0, 1, 2, 3, 130)
    assert "Traceback" not in result.output
    if result.exit_code == 2:
        lines = result.stderr.splitlines()
        assert lines
        assert all(line.startswith("error: ") for line in lines)
        assert all(line.isprintable() and len(line) < 4000 for line in lines)
    return result


def affordable(text, assignments):
    """Whether a case is small: large ones are not wrong, they only take long."""
    try:
        case = Case.parse(text, assignments)
    except CaseError:
        return True
    space = case.space
    sizes = [size for size in (space.degree, space.max_degree) if isinstance(size, int)]
    degree = sizes[0] if isinstance(space.degree, int) else max(sizes)
    return degree <= 64 and space.dimension <= 4096 and case.time.end / min(case.observe_every, case.save_every) < 1e4


@pytest.fixture
def brief(tmp_path, monkeypatch):
    """A folder to work in; runs are interrupted after a few steps and rows, as by Ctrl-C."""
    march = job.march

    def stopped(*given):
        yield from islice(march(*given), EVENTS)
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "march", stopped)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_case(folder, text, assignments):
    """Run a text as a case, and check what is left."""
    assume(affordable(text, assignments))
    shutil.rmtree(folder / "output", ignore_errors=True)
    (folder / "case.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    options = [part for assignment in assignments for part in ("--set", assignment)]
    result = answered("run", "case.toml", "--quiet", *options)
    if result.exit_code == 2:
        assert result.stdout == ""
        assert not list(folder.glob("output/*"))
    assert {path.name for path in folder.iterdir()} <= {"case.toml", "output"}
    assert {path.name for path in folder.glob("output/*")} <= {"case.h5"}


def test_most_of_the_examples_get_past_the_reading():
    # Otherwise the tests below would try nothing but the reader of case files.
    assert all(affordable(text, ()) for text in VALID)
    assert sum(readable(text) for text in VALID) == len(VALID)


def readable(text):
    """Whether a text is a case."""
    try:
        return bool(Case.parse(text))
    except CaseError:
        return False


@pytest.mark.parametrize("count", [100])
def test_any_overrides_of_a_valid_case_are_answered(brief, count):
    @examples(count)
    @given(st.sampled_from(VALID), overrides)
    def check(text, assignments):
        run_case(brief, text, assignments)

    check()


@pytest.mark.parametrize("count", [150, pytest.param(4000, marks=SLOW)])
def test_any_damage_to_a_case_is_answered(brief, count):
    @examples(count)
    @given(damaged(VALID), overrides)
    def check(text, assignments):
        run_case(brief, text, assignments)

    check()


# Records

SMALL = case_text("circle", "linear", rest=OUTPUT).replace("degree = 32", "degree = 12")
COMMANDS = (("info", "case.h5"), ("info", "case.h5", "--json"), ("compare", "case.h5"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a finished record."""
    return job.run(Case.parse(SMALL, (), "case"), tmp_path_factory.mktemp("whole")).path.read_bytes()


def inspect(path):
    """Ask everything of a record; reading must not change it, and continuing it leaves a record or what was there."""
    before = path.read_bytes()
    for command in COMMANDS:
        answered(*command)
    assert path.read_bytes() == before
    shutil.rmtree("output", ignore_errors=True)
    Path("output").mkdir()
    shutil.copy(path, "output/case.h5")
    result = answered("run", "case.toml", "--resume", "--quiet")
    if result.exit_code == 2:
        assert Path("output/case.h5").read_bytes() == before
    assert {entry.name for entry in Path("output").iterdir()} == {"case.h5"}


def members(path):
    """Every group, dataset and attribute of a file."""
    found = []
    with h5py.File(path) as file:
        file.visit(found.append)
        places = ["/", *found]
        return places, [(place, name) for place in places for name in file[place].attrs]


STRANGE = [
    0, -1, 2.5, float("nan"), float("inf"), 2**40, "x", "", "finished", "running", [1, 2], [[1.0]], b"\xff", "é" * 99,
]  # fmt: skip
DATA = [
    np.zeros(0), np.zeros(3), np.full(3, np.nan), np.full(3, 2**40), np.full((3, 2, 13), 1e300), np.zeros((3, 2, 1)),
    np.full(5, np.nan), np.zeros((5, 2)), np.arange(5), np.array(1.0), np.full(5, np.inf),
    np.array([1 + 1j] * 5), np.array([True] * 5), np.linspace(2, 0, 5), np.full((5, 2, 13), 1e300), np.full(26, np.nan),
]  # fmt: skip


def mutate(file, data, places, attributes):
    """Delete, replace or rename something."""
    kind = data.draw(st.sampled_from(["delete", "attribute", "no attribute", "data", "shift", "move"]))
    if kind in ("attribute", "no attribute"):
        place, name = data.draw(st.sampled_from(attributes))
        if place in file and name in file[place].attrs:
            del file[place].attrs[name]
            if kind == "attribute":
                file[place].attrs[name] = data.draw(st.sampled_from(STRANGE))
        return
    place = data.draw(st.sampled_from(places[1:]))
    if place not in file:
        return
    if kind == "shift":
        if isinstance(file[place], h5py.Dataset) and file[place].dtype.kind in "fi" and file[place].size:
            file[place][...] = file[place][...] * data.draw(st.sampled_from([-1, 0, 2, 10**6]))
    elif kind == "move":
        target = data.draw(st.sampled_from(["x", "observables/x", "density/y", "claims/z", "checkpoint/w"]))
        home = target.rpartition("/")[0] or "/"
        if home in file and isinstance(file[home], h5py.Group) and target not in file:
            file.move(place, target)
    else:
        described = dict(file[place].attrs) if isinstance(file[place], h5py.Dataset) else {}
        del file[place]
        if kind == "data":
            file[place] = data.draw(st.sampled_from(DATA))
            file[place].attrs.update({name: described.get(name, "1") for name in ("units", "description")})


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=SLOW)])
def test_any_change_in_a_record_is_answered(brief, whole, count):
    (brief / "case.toml").write_text(SMALL)
    path = brief / "case.h5"
    path.write_bytes(whole)
    places, attributes = members(path)

    @examples(count)
    @given(st.data())
    def check(data):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            for _ in range(data.draw(st.integers(1, 3))):
                mutate(file, data, places, attributes)
        inspect(path)

    check()


FLIPPER = """
import os, sys
from itertools import islice
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[1])
from kinetic.job import running as job
from reliability.test_fuzzing import EVENTS, inspect
march = job.march
def stopped(*given):
    yield from islice(march(*given), EVENTS)
    raise KeyboardInterrupt
job.march = stopped
whole, rng = Path("whole.h5").read_bytes(), np.random.default_rng(5)
for _ in range(int(sys.argv[2])):
    damaged = bytearray(whole)
    kind = rng.integers(4)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(damaged)))
        if kind == 0:
            damaged[at] ^= int(rng.integers(1, 256))
        elif kind == 1:
            del damaged[at : at + int(rng.integers(1, 200))]
        elif kind == 2:
            damaged[at:at] = rng.bytes(int(rng.integers(1, 200)))
        else:
            damaged[at : at + 64] = bytes(len(damaged[at : at + 64]))
    Path("case.h5").write_bytes(bytes(damaged))
    inspect(Path("case.h5"))
print("answered")
"""


@pytest.mark.parametrize("count", [60, pytest.param(5000, marks=SLOW)])
def test_any_damage_to_the_bytes_of_a_record_is_answered(tmp_path, whole, count):
    # In a child, because a fault inside the HDF5 library would end the process.
    (tmp_path / "case.toml").write_text(SMALL)
    (tmp_path / "whole.h5").write_bytes(whole)
    environment = os.environ | {"PYTHONPATH": str(Path(kinetic.__file__).parents[1])}
    command = [sys.executable, "-c", FLIPPER, str(Path(__file__).parents[1]), str(count)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=3000
    )
    assert (done.returncode, done.stdout) == (0, "answered\n"), done.stderr[-3000:]
