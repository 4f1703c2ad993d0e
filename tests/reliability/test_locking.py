"""One writer at a time: a second one is refused in a line, and a killed one leaves nothing in the way."""

import errno
import os
import signal
import subprocess
import sys
import time

import command_line
import pytest
from command_line import ENVIRONMENT
from typer.testing import CliRunner

from kinetic.assembly import load
from kinetic.cli import app
from kinetic.errors import RecordError
from kinetic.record import locked

fcntl = pytest.importorskip("fcntl")

CASE = command_line.CASE.replace(
    "observe_every = 0.1", "observe_every = 4e-4"
)  # its record is there long before its end
HOLDER = """
import sys, time
from kinetic.record import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""
COUNTER = """
import sys
from pathlib import Path
from kinetic.errors import RecordError
from kinetic.record import locked
target, number = Path(sys.argv[1]), Path(sys.argv[1] + ".count")
mine = 0
while mine < 40:
    try:
        with locked(target):
            number.write_text(str(int(number.read_text()) + 1))
            mine += 1
    except RecordError:
        pass
"""


def script(code, *arguments):
    """A process that runs a script."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def called(*arguments):
    """What the command does, within this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def one_error(result, *parts):
    """Whether the command was refused in one line that says all of these."""
    (line,) = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert line.startswith("error: ")
    return all(part in line for part in parts)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(CASE, encoding="utf-8")
    return tmp_path


def test_a_second_process_on_one_record_is_refused_and_the_first_is_not_disturbed(folder):
    command = [sys.executable, "-m", "kinetic", "run", "small.toml"]
    with subprocess.Popen(command, env=ENVIRONMENT, cwd=folder, stdout=subprocess.DEVNULL) as first:
        path, deadline = folder / "output" / "small.h5", time.monotonic() + 60
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        first.send_signal(signal.SIGSTOP)
        try:
            before = path.read_bytes()
            assert load(path).status == "running"
            for option in ("--resume", "--overwrite"):
                result = called("run", "small.toml", option)
                assert one_error(result, "output/small.h5: another process is writing it", "--output")
            assert path.read_bytes() == before
        finally:
            first.send_signal(signal.SIGCONT)
        assert first.wait(60) == 0
    assert load(path).status == "finished"
    assert [entry.name for entry in path.parent.iterdir()] == ["small.h5"]


def test_a_lock_ends_with_its_process_however_that_ends(folder):
    path = folder / "output" / "small.h5"
    with script(HOLDER, path) as holder:
        assert holder.stdout.readline() == "held\n"
        assert one_error(called("run", "small.toml"), "another process is writing it")
        assert not path.exists()
        holder.kill()
    left = [entry.name for entry in path.parent.iterdir()]
    assert left == [".small.h5.lock"]  # hidden, and in nobody's way
    assert called("run", "small.toml").exit_code == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["small.h5"]


def test_no_two_processes_ever_hold_one_lock(tmp_path):
    # Every holder reads, adds one, and writes: two at a time would lose counts. Lock files are removed all the while.
    count = tmp_path / "x.h5.count"
    count.write_text("0")
    processes = [script(COUNTER, tmp_path / "x.h5") for _ in range(3)]
    for process in processes:
        assert process.communicate(timeout=120) == ("", "")
    assert int(count.read_text()) == 3 * 40


def test_within_one_process_too(tmp_path):
    with locked(tmp_path / "x.h5"):
        with pytest.raises(RecordError, match="another process"), locked(tmp_path / "x.h5"):
            pass
        with locked(tmp_path / "y.h5"):
            pass
    with locked(tmp_path / "x.h5"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_two_names_of_one_record_are_one_record(tmp_path):
    (tmp_path / "link.h5").symlink_to(tmp_path / "x.h5")
    with locked(tmp_path / "x.h5"), pytest.raises(RecordError, match="another process"), locked(tmp_path / "link.h5"):
        pass


def test_long_names_that_begin_alike_are_two_records(tmp_path):
    one, other = (tmp_path / f"{'n' * 249}{i}.h5" for i in "ab")
    with locked(one), locked(other), pytest.raises(RecordError, match="another process"), locked(one):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_lets_runs_go_on(tmp_path, monkeypatch, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path / "x.h5"):
        pass


def test_a_lock_that_fails_otherwise_is_an_error_of_one_line(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(RecordError, match=r"cannot lock the record: Input/output error"), locked(tmp_path / "x.h5"):
        pass
    (tmp_path / "loop.h5").symlink_to(tmp_path / "loop.h5")
    monkeypatch.undo()
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match=r"cannot write the record"), locked(tmp_path / "file" / "x.h5"):
        pass
