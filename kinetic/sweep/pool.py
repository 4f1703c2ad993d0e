"""Points on the processors of this machine: one process each, one thread a process.

Responsible for starting, feeding, watching and ending the worker processes. A worker that dies costs its point and
nothing else; workers whose parent dies stop at their next step. Refuses to know what a point is.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias

from kinetic.sweep.task import Outcome, Task

Told: TypeAlias = Callable[[int, float], None]
SECONDS_BETWEEN_NEWS = 0.2
SECONDS_TO_STOP = 60.0
WORK = "kinetic.sweep.work"
"""What a worker needs, and this process does not."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "DUCC0_NUM_THREADS")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Worker:
    """A process, the way to it, and the point that it is busy with."""

    process: BaseProcess
    way: "Connection[Any, Any]"
    index: int


class LocalPool:
    """Worker processes on this machine.

    Parameters
    ----------
    workers : int, optional
        How many; default: one for each processor.
    """

    shares_folder = True

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or processors()

    def results(self, tasks: Mapping[int, Task], told: Told) -> Iterator[tuple[int, Outcome]]:
        """Yield index and outcome of every task, in the order in which they end.

        Parameters
        ----------
        tasks : mapping
            Task by index.
        told : callable
            told(index, share): how much of a point is done.

        Notes
        -----
        Closing the iterator, or an exception in it, stops the points that are running: each writes its record and ends.
        """
        waiting = list(tasks.items())[::-1]
        needed = (WORK, *dict.fromkeys(name for task in tasks.values() for name in task.modules))
        busy: list[_Worker] = []
        idle: list[_Worker] = []
        try:
            while waiting or busy:
                while waiting and len(busy) < self.workers:
                    index, task = waiting.pop()
                    busy.append(_employ(idle, index, task, needed))
                for worker in _with_news(busy):
                    outcome = _hear(worker, told)
                    if outcome is None:
                        continue
                    busy.remove(worker)
                    if worker.process.is_alive():
                        idle.append(worker)
                    yield worker.index, outcome
        finally:
            _dismiss([*busy, *idle])


def _employ(idle: list[_Worker], index: int, task: Task, needed: Sequence[str]) -> _Worker:
    """Give a task to an idle worker, or to a new one."""
    while idle:
        worker = idle.pop()
        with suppress(OSError):
            worker.way.send(task)
            return _Worker(worker.process, worker.way, index)
    with _one_thread(), _no_interruption():
        process, ours = _started(needed)
    with suppress(OSError):  # one that died already is heard of as such
        ours.send(task)
    return _Worker(process, ours, index)


def _started(needed: Sequence[str]) -> "tuple[BaseProcess, Connection[Any, Any]]":
    """Return a new worker process, and our end of the way to it.

    A fork of this process would copy its threads, locks and open files. Workers are forks of a server that has nothing
    of these and has loaded what the points need, once for all of them; where systems have no such server, they load it
    themselves.
    """
    if "forkserver" in get_all_start_methods():
        context = get_context("forkserver")
        context.set_forkserver_preload([*needed])
        ours, theirs = context.Pipe()
        process: BaseProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
    else:
        plain = get_context("spawn")
        ours, theirs = plain.Pipe()
        process = plain.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    return process, ours


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that are started now use one thread each: the points already use every processor."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_interruption() -> Iterator[None]:
    """Let processes that are started now not hear Ctrl-C, not even before their first line; ours comes afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _with_news(busy: list[_Worker]) -> list[_Worker]:
    """Wait until some workers have something to say."""
    ready = wait([worker.way for worker in busy])
    return [worker for worker in busy if worker.way in ready]


def _hear(worker: _Worker, told: Told) -> Outcome | None:
    """Take one message of a worker; return the outcome of its point if that is it."""
    try:
        message = worker.way.recv()
    except (EOFError, OSError):
        worker.process.join(SECONDS_TO_STOP)
        worker.way.close()
        return Outcome("failed", f"its process ended unexpectedly ({_exit_reason(worker.process.exitcode)})")
    if isinstance(message, Outcome):
        return message
    told(worker.index, message)
    return None


def _exit_reason(code: int | None) -> str:
    """Say how a process ended."""
    if code is None or code >= 0:
        return f"exit status {code}"
    with suppress(ValueError):
        return f"signal {signal.Signals(-code).name}; if it was killed for want of memory, use fewer --workers"
    return f"signal {-code}"


def _dismiss(workers: list[_Worker]) -> None:
    """Stop all workers: at their next step where they are busy."""
    for worker in workers:
        with suppress(OSError):
            worker.way.send(None)
    try:
        for worker in workers:
            _await_end(worker)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.way.close()


def _await_end(worker: _Worker) -> None:
    """Read what a worker still says, so that it does not wait for a reader, until it ends."""
    with suppress(EOFError, OSError):
        while worker.way.poll(SECONDS_TO_STOP):
            worker.way.recv()
    worker.process.join(1.0)


def _serve(way: "Connection[Any, Any]") -> None:
    """Carry out tasks until there is no more, or nobody left to tell: what a worker process does."""
    from kinetic.sweep.work import carry_out

    # Ctrl-C reaches every process of a terminal, the end of a batch job every process of the job; the parent is the
    # one to decide what they mean.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while (task := way.recv()) is not None:
            way.send(carry_out(task, _reporter(way)))


def _reporter(way: "Connection[Any, Any]") -> Callable[[float], None]:
    """Return a function that reports progress to the parent, and stops when the parent asks for it or is gone."""
    latest = time.monotonic()

    def report(share: float) -> None:
        nonlocal latest
        if way.poll():
            raise KeyboardInterrupt
        if time.monotonic() - latest > SECONDS_BETWEEN_NEWS:
            latest = time.monotonic()
            try:
                way.send(share)
            except OSError:
                raise KeyboardInterrupt from None

    return report
