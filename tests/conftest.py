"""What every test needs: a Ctrl-C that arrives."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def _interruptible():
    """Undo an ignored SIGINT, which background jobs of a shell inherit and would hand on to the runs under test."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
