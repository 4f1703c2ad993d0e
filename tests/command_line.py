"""The command line under test: a small case, the environment of a process, a call within this process."""

import os
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
