"""What is known about a predicted number: whether it is proved, and by whom.

Responsible for attaching a status and a source to the functions of this package, so that a claim can print
them beside the number. Knows nothing of any particular prediction.
"""

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar, cast, get_args

from kinetic.errors import DomainError
from kinetic.types import Status

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Statement(Protocol[Parameters, Result_co]):
    """A function that predicts a number and knows where the prediction comes from."""

    __name__: str
    status: Status
    source: str
    summary: str

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result_co:
        """Evaluate the prediction."""
        ...


def statement(
    status: Status, source: str, summary: str
) -> Callable[[Callable[Parameters, Result]], Statement[Parameters, Result]]:
    """Declare what kind of knowledge the decorated function computes.

    Parameters
    ----------
    status : {"theorem", "derived", "heuristic"}
        Proved in print; derived here and checked numerically; or an order-of-magnitude argument.
    source : str
        Paper and place, or "derived here".
    summary : str
        The prediction in one line, as it is to be printed beside its number.

    Returns
    -------
    callable
        The same function, with the attributes `status`, `source` and `summary`.

    Raises
    ------
    DomainError
        If `status` is none of the three words.
    """
    if status not in get_args(Status):
        raise DomainError(f"unknown status {status!r} of a statement; allowed: {', '.join(get_args(Status))}; use one")

    def attach(function: Callable[Parameters, Result]) -> Statement[Parameters, Result]:
        stated = cast(Statement[Parameters, Result], function)
        stated.status, stated.source, stated.summary = status, source, summary
        return stated

    return attach
