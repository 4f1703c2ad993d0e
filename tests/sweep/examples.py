"""A small sweep, quick to run, and how to call the command."""

import math
import subprocess
import sys
from pathlib import Path

from command_line import ENVIRONMENT

from kinetic.sweep.work import carry_out

CASE = """
title = "A bump on the circle"
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
end = 0.4
[output]
observe_every = 0.1
save_every = 0.4
[[claims]]
name = "mass_conserved"
"""

SWEEP = """
title = "Bumps"
case = "bump.toml"
[[axes]]
key = "attention.beta"
values = [0.5, 1, 2.0]
[[axes]]
key = "attention.normalization"
values = ["softmax", "none"]
[[quantities]]
name = "order"
kind = "final"
of = "order_parameter"
[[quantities]]
name = "path"
kind = "trace"
of = "order_parameter"
stop = 0.4
count = 5
[[quantities]]
name = "mass"
kind = "claim"
of = "mass_conserved"
"""

FAILING = """
title = "One point cannot be built, another is not resolved"
case = "bump.toml"
[[axes]]
key = "initial"
values = [
  { kind = "linear", mean = [1.0, 0.0], slope = 0.5 },
  { kind = "harmonics", terms = [{ degree = 1, order = 1, amplitude = 5.0 }] },
  { kind = "von_mises_fisher", mean = [1.0, 0.0], concentration = 300.0 },
  { kind = "uniform" },
]
[[axes]]
key = "space.degree"
values = [16, 16, 16, 16]
zip_with = "initial"
"""


def folder_with(path: Path, **sweeps: str) -> Path:
    """Write the template and sweeps into a folder."""
    (path / "bump.toml").write_text(CASE, encoding="utf-8")
    for name, text in sweeps.items():
        (path / f"{name}.toml").write_text(text, encoding="utf-8")
    return path


def started(*arguments, **options):
    """The command as a process of its own."""
    command = [sys.executable, "-m", "kinetic", *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen(command, env=ENVIRONMENT, **streams)


def equal(one: float, other: float) -> bool:
    """Whether two numbers are the same, or both unknown."""
    return one == other or (math.isnan(one) and math.isnan(other))


class Here:
    """Workers that are this process: what a sweep does with outcomes does not depend on who computes them."""

    shares_folder = True

    def __init__(self):
        self.asked = []

    def results(self, tasks, told):
        for index, task in tasks.items():
            self.asked.append(index)
            yield index, carry_out(task, lambda share, index=index: told(index, share))
