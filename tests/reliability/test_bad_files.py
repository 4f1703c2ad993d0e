"""Whatever stands where a case or a record should be, and whatever the disk does: one line, and nothing is lost."""

import ctypes
import os
import resource
import subprocess
import sys

import command_line
import h5py
import pytest
from command_line import CASE
from typer.testing import CliRunner

from kinetic.assembly import load
from kinetic.cli import app

ENVIRONMENT = command_line.ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(CASE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def record(folder):
    called("run", "small.toml")
    return folder / "output" / "small.h5"


def called(*arguments):
    """What the command does, within this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def refused(result, *parts):
    """Whether the command was refused in one line that says all of these."""
    status = result.exit_code if hasattr(result, "exit_code") else result.returncode
    assert (status, result.stdout) == (2, ""), result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    for part in parts:
        assert part in line
    return True


# Files that are no records


def newer(path):
    with h5py.File(path, "r+") as file:
        file.attrs["version"] = 99


def truncated(path):
    path.write_bytes(path.read_bytes()[:5000])


def foreign(path):
    path.unlink()
    with h5py.File(path, "w") as file:
        file["numbers"] = [1, 2, 3]


def text(path):
    path.write_text("not a record")


def empty(path):
    path.write_bytes(b"")


def of_another_case(path):
    with h5py.File(path, "r+") as file:
        file.attrs["case"] = CASE.replace("beta = 1.0", "beta = 2.0")


def without_state(path):
    with h5py.File(path, "r+") as file:
        del file["checkpoint/state"]


def with_another_state(path):
    with h5py.File(path, "r+") as file:
        del file["checkpoint/state"]
        del file["checkpoint/state.0"]
        file["checkpoint/state"] = [1.0, 2.0, 3.0]


def with_another_size(path):
    with h5py.File(path, "r+") as file:
        file["checkpoint"].attrs["degree"] = 17


def with_a_size_that_no_case_has(path):
    with h5py.File(path, "r+") as file:
        file["checkpoint"].attrs["degree"] = 2**40


def with_a_wrong_step(path):
    with h5py.File(path, "r+") as file:
        file["checkpoint"].attrs["step"] = -1.0


def with_an_error_beyond_the_tolerance(path):
    with h5py.File(path, "r+") as file:
        file["checkpoint"].attrs["error"] = 2.0


DAMAGES = {
    newer: "install a newer kinetic",
    truncated: "damaged or incomplete",
    foreign: "not a kinetic record",
    text: "not an HDF5 file",
    empty: "not an HDF5 file",
    of_another_case: "does not match its checksum",
}
CHECKPOINT_DAMAGES = [
    without_state,
    with_another_state,
    with_another_size,
    with_a_size_that_no_case_has,
    with_a_wrong_step,
    with_an_error_beyond_the_tolerance,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("command", [("info",), ("compare",), ("run", "--resume")], ids=lambda command: command[0])
def test_what_is_no_record_is_refused_in_one_line_and_stays_as_it_is(record, damage, command):
    damage(record)
    before = record.read_bytes()
    given = "small.toml" if command[0] == "run" else "output/small.h5"
    assert refused(called(command[0], given, *command[1:]), "output/small.h5", DAMAGES[damage])
    assert record.read_bytes() == before
    assert [entry.name for entry in record.parent.iterdir()] == ["small.h5"]
    assert called("run", "small.toml", "--overwrite").exit_code == 0
    assert load(record).status == "finished"


@pytest.mark.parametrize("damage", CHECKPOINT_DAMAGES)
def test_a_checkpoint_that_cannot_be_continued_is_refused_in_one_line(record, damage):
    damage(record)
    before = record.read_bytes()
    assert refused(called("run", "small.toml", "--resume"), "the checkpoint is not one of this case", "--overwrite")
    assert record.read_bytes() == before


def test_a_state_of_an_earlier_version_is_refused_by_the_name_of_that_version(record):
    with h5py.File(record, "r+") as file:
        file.attrs["kinetic_version"] = "0.0.1"
    with_another_size(record)
    assert refused(called("run", "small.toml", "--resume"), "kinetic 0.0.1 wrote it", "continue it with that version")


def test_a_folder_in_the_place_of_a_record_is_refused(folder):
    (folder / "output" / "small.h5").mkdir(parents=True)
    assert refused(called("run", "small.toml", "--resume"), "output/small.h5: not a file")
    assert refused(called("run", "small.toml", "--overwrite"), "output/small.h5")
    assert (folder / "output" / "small.h5").is_dir()


# Cases that are too much


@pytest.mark.parametrize(
    "content",
    [
        CASE.encode() + b"# " + b"x" * 10_000_000,
        b"a = " + b"[" * 10_000_000,
        b"\x00" * 10_000_000,
    ],
    ids=["comment", "brackets", "zeros"],
)
@pytest.mark.parametrize("command", ["run", "validate", "sweep"])
def test_a_case_of_ten_megabytes_is_refused_in_one_line(folder, command, content):
    (folder / "large.toml").write_bytes(content)
    assert refused(called(command, "large.toml"), "large.toml: larger than 1000000 bytes")
    assert not (folder / "output").exists()


@pytest.mark.parametrize("command", ["run", "validate", "sweep", "info", "compare"])
def test_a_folder_or_a_name_that_no_file_can_have_is_refused_in_one_line(folder, command):
    (folder / "folder.toml").mkdir()
    for name in ("folder.toml", "n" * 5000, "a\x00b"):
        result = called(command, name)
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


# A disk that does not take it


def test_a_full_disk_is_told_in_one_line_and_the_record_stays(record):
    # A limit on the size of files stops a write after its first bytes, as a disk that fills up does.
    before = record.read_bytes()
    command = [sys.executable, "-m", "kinetic", "run", "small.toml", "--overwrite"]
    done = subprocess.run(
        command,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert refused(done, "output/small.h5: cannot write the record", "free space on the disk")
    assert record.read_bytes() == before
    assert [entry.name for entry in record.parent.iterdir()] == ["small.h5"]


def without_privileges():
    """Give up the superuser's right to write where nobody may; anybody else has none."""
    if os.geteuid() == 0:
        drop, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: lost when the next program is executed
        ctypes.CDLL(None).prctl(drop, override, 0, 0, 0)


def unprivileged(*arguments):
    """What the command does for somebody to whom permissions apply."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=False, preexec_fn=without_privileges
    )


@pytest.mark.parametrize("option", ["--overwrite", "--resume"])
def test_a_read_only_folder_is_told_in_one_line_and_the_record_stays(record, option):
    before = record.read_bytes()
    record.parent.chmod(0o555)
    try:
        probe = "import sys; open(sys.argv[1], 'w')"
        if unprivileged("-c", probe, record.parent / "probe").returncode == 0:
            pytest.skip("permissions do not apply to this user")
        done = unprivileged("-m", "kinetic", "run", "small.toml", option)
    finally:
        record.parent.chmod(0o755)
    assert refused(done, "output: no record can be written there: Permission denied", "--output")
    assert record.read_bytes() == before
    assert [entry.name for entry in record.parent.iterdir()] == ["small.h5"]


def test_a_folder_that_becomes_read_only_is_told_by_the_lock(record):
    record.parent.chmod(0o555)
    code = """
import sys
from kinetic import job
from kinetic.case import Case
from kinetic.errors import RecordError
try:
    job.run(Case.read("small.toml"), "output", resume=True)
except RecordError as error:
    print(error)
"""
    before = record.read_bytes()
    try:
        done = unprivileged("-c", code)
    finally:
        record.parent.chmod(0o755)
    if "Permission denied" not in done.stdout:
        pytest.skip("permissions do not apply to this user")
    reason = "Permission denied; choose another output folder"
    assert done.stdout.startswith(f"output/small.h5: cannot write the record: {reason}")
    assert record.read_bytes() == before
