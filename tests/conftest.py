"""What every test needs: one thread a worker, signals that arrive, and the same drawn examples on every machine."""

import os
import signal

import pytest
from hypothesis import settings

# Before numpy is loaded, here and in the processes that tests start: as many workers as cores leave no thread idle, and
# small matrix products whose threads wait for each other take up to seven times as long.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# Without compiled modules every process that a test starts would compile the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("reproducible", derandomize=True)
settings.register_profile("exploring", derandomize=False)


def pytest_configure(config):
    """Draw new examples for `pytest -m slow` alone: elsewhere a failure is one of the change at hand."""
    settings.load_profile("exploring" if config.option.markexpr == "slow" else "reproducible")


@pytest.fixture(autouse=True, scope="session")
def _interruptible():
    """Undo ignored signals, which background jobs and nohup inherit and would hand on to the runs under test."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ignored = [one for one in signals if signal.getsignal(one) is signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.default_int_handler if one is signal.SIGINT else signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)
