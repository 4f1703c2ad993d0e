"""How far passing assertions are from failing, and whether another processor's rounding would bring them there.

Not part of CI. Record the margins of some tests on this processor's kernels, then on others', and compare:

    python tests/margins.py tests/laws tests/theory/test_dirac_limit.py

runs them once for each entry of `DRAWS`, each value of `assert value < bound`, of `assert value == approx(…)` and of
`numpy.testing.assert_allclose` as a share of what is allowed. It prints those for which what is left of the share is
below `FACTOR` times what the kernels change: there a bound wants a derivation. An assertion near its bound that no
kernel moves is not delicate, however near: truncation, not rounding, sets it.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

FACTOR = 10
FILE = "KINETIC_MARGINS"
NUMBER = r"(?:np\.float64\()?([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\)?"
COMPARISON = re.compile(rf"^{NUMBER} (<=?|>=?) {NUMBER}$")
APPROXIMATION = re.compile(rf"^{NUMBER} == {NUMBER} ± {NUMBER}$")


def share(explanation):
    """What an assertion uses of what it allows: 0 to 1, or None where it does not compare two positive numbers."""
    text = explanation.split("\n")[0].strip()
    if found := APPROXIMATION.match(text):
        value, expected, allowed = map(float, found.groups())
        return abs(value - expected) / allowed if allowed > 0 else None
    if found := COMPARISON.match(text):
        low, high = float(found[1]), float(found[3])
        low, high = (low, high) if found[2].startswith("<") else (high, low)
        return low / high if low >= 0 and high > 0 else None
    return None


class Recorder:
    """Keep the shares of every test, in the order in which it makes them."""

    def __init__(self, path):
        self.path, self.found, self.now = path, defaultdict(list), ""

    def add(self, line, value):
        if value is not None:
            self.found[self.now].append((line, float(value)))

    def pytest_runtest_logstart(self, nodeid):
        self.now = nodeid

    def pytest_assertion_pass(self, lineno, expl):
        self.add(lineno, share(expl))

    def pytest_sessionfinish(self):
        self.path.write_text(json.dumps(self.found), encoding="utf-8")

    def watch_numpy(self):
        """Record what `assert_allclose` uses as well."""
        import numpy as np

        plain = np.testing.assert_allclose

        def assert_allclose(actual, desired, rtol=1e-7, atol=0.0, **more):
            plain(actual, desired, rtol=rtol, atol=atol, **more)
            with contextlib.suppress(TypeError), np.errstate(all="ignore"):
                used = np.abs(np.subtract(actual, desired)) / (atol + rtol * np.abs(desired))
                self.add(sys._getframe(1).f_lineno, np.max(used[np.isfinite(used)], initial=0.0))

        np.testing.assert_allclose = assert_allclose


def pytest_configure(config):
    recorder = Recorder(Path(os.environ[FILE]))
    recorder.watch_numpy()
    config.pluginmanager.register(recorder)


def recorded(tests, draw, settings, folder):
    """The shares of some tests by name, with the library's kernels for one processor."""
    path, here = Path(folder) / "margins.json", Path(__file__).parent
    own = {
        FILE: str(path),
        "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)]),
        "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),  # the hook changes how tests are compiled
    }
    options = ["-q", "-n", "0", "-p", "margins", "-o", "enable_assertion_pass_hook=true"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, env=os.environ | settings | own, check=False)
    print(f"{draw}: exit status {done.returncode}", flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


def delicate(runs):
    """Yield (what is left over what changes, test, line, shares) of the assertions that other kernels move."""
    for name in runs[0]:
        entries = [run.get(name, []) for run in runs]
        if len({tuple(line for line, _ in entry) for entry in entries}) != 1:
            print(f"{name}: makes other assertions with other kernels")
            continue
        for same in zip(*entries, strict=True):
            used = [value for _, value in same]
            change = max(used) - min(used)
            if change and (1 - max(used)) < FACTOR * change:
                yield (1 - max(used)) / change, name, same[0][0], used


def main(tests):
    sys.path.insert(0, str(Path(__file__).parent / "cases"))
    from conditioning import DRAWS, environment

    kernels = {draw: settings for draw, settings in DRAWS.items() if settings}
    with tempfile.TemporaryDirectory() as folder:
        runs = [recorded(tests, draw, environment(settings), folder) for draw, settings in kernels.items()]
    for left, name, line, used in sorted(delicate(runs)):
        print(f"{left:6.2f}  {name}:{line}  {', '.join(f'{value:.3g}' for value in used)}")


if __name__ == "__main__":
    main(sys.argv[1:])
