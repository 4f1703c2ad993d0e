"""Signals that end a run: each interrupts it as Ctrl-C does, so that a checkpoint is written, and has its exit status.

Responsible for SIGINT (Ctrl-C), SIGTERM (batch systems announce the end) and SIGHUP (the terminal is gone). Refuses to
know what is interrupted.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGTERM", "SIGINT") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """A run was told to end by a signal.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {signal.Signals(number).name}")
        self.number = number


def interrupted_status(stop: KeyboardInterrupt) -> int:
    """Return the exit status after an interruption, as shells count: 128 and the number of the signal."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """Let the signals that announce an end raise `Stopped`, the first of them alone, and a second Ctrl-C again.

    The end of a session sends several at once; those that come while the checkpoint is written must not interrupt that.
    One that the parent has chosen to ignore, as `nohup` does, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    stopped = False

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if stopped and number != signal.SIGINT:
            return
        stopped = True
        raise Stopped(number)

    before = {number: signal.getsignal(number) for number in ENDING}
    heard = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    for number in heard:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])
