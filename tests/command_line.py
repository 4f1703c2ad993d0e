"""The command line under test: a small case, the environment of a process, a call within this process."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

import kinetic
from kinetic.cli import app

CASE = """
title = "A small case"
[space]
kind = "circle"
degree = 32
[attention]
normalization = "softmax"
beta = 1.0
[initial]
kind = "linear"
mean = [1.0, 0.0]
slope = 0.5
[time]
end = 0.5
[output]
observe_every = 0.1
save_every = 0.25
"""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(kinetic.__file__).parents[1]), "PYTHONWARNINGS": "error"}


def called(*arguments):
    """What the command does, within this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


DRAWN_AT_ONCE = """
from kinetic.__main__ import main
from kinetic.cli import progress
progress.QUICK, progress.REDRAWN = 0.0, 0.01
main()
"""


def on_terminal(folder, *arguments, program=("-m", "kinetic")):
    """(exit status, what the command writes to a terminal of eighty columns on its standard error)."""
    ours, theirs = pty.openpty()
    environment = ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, *program, *arguments]
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=theirs) as running:
        os.close(theirs)
        written = b""
        while True:
            try:
                news = os.read(ours, 4096)
            except OSError:  # the other end of a pseudo-terminal was closed
                break
            if not news:
                break
            written += news
    os.close(ours)
    return running.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode())
