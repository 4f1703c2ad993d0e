"""Points on a dask cluster.

Responsible for talking to a scheduler that is already running. Workers need kinetic installed, and nothing else: their
records travel back with the outcomes, so that they share no folder with this process.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from kinetic.errors import CaseError
from kinetic.sweep.task import Outcome, Task

SECONDS_TO_CONNECT = 30


class Cluster:
    """The workers of a dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, such as "tcp://192.168.1.5:8786".

    Raises
    ------
    CaseError
        If dask is not installed, or no scheduler answers.
    """

    shares_folder = False

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise CaseError(
                '--scheduler: dask is not installed; install it with pip install "kinetic-transformers[distributed]"'
            ) from None
        try:
            self._client: Any = distributed.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise CaseError(
                f"--scheduler: received {address}, where no dask scheduler answers ({reason}); start one"
            ) from None
        self._completed = distributed.as_completed

    def results(self, tasks: Mapping[int, Task], told: Callable[[int, float], None]) -> Iterator[tuple[int, Outcome]]:
        """Yield index and outcome of every task, in the order in which they end; see `LocalPool.results`.

        Notes
        -----
        Points that are waiting are cancelled when the iterator is closed; those that run on a worker end there,
        unheard. `told` is called when a point is done: a cluster reports nothing in between.
        """
        from kinetic.sweep.work import carry_out

        futures = {self._client.submit(carry_out, task, pure=False): index for index, task in tasks.items()}
        try:
            for future in self._completed(list(futures), loop=self._client.loop):
                index = futures[future]
                outcome = future.result() if future.status == "finished" else _lost(future)
                future.release()
                told(index, 1.0)
                yield index, outcome
        finally:
            self._client.cancel(list(futures))
            self._client.close()


def _lost(future: Any) -> Outcome:
    """Return the outcome of a point that its worker did not survive, or could not be sent."""
    return Outcome("failed", f"on the cluster: {' '.join(str(future.exception()).split())}")
