import importlib
import inspect

import pytest

from kinetic.errors import DomainError
from kinetic.theory.statement import statement

PREDICTIONS = [
    "antipode_law", "clumps", "convergence_theorem", "energy_identity", "equiangular", "exact_mobius", "finite_tokens",
    "hemisphere", "linear_stability", "merging", "multi_head", "mode_count", "noise_transition", "ring", "staircase",
    "two_dirac", "uniform_drift",
]  # fmt: skip


def test_a_statement_leaves_the_function_as_it_was_and_says_where_it_comes_from() -> None:
    @statement(status="derived", source="a paper", summary="twice")
    def double(x: float) -> float:
        return 2.0 * x

    assert double(3.0) == 6.0
    assert (double.status, double.source, double.summary, double.__name__) == ("derived", "a paper", "twice", "double")


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(DomainError, match="conjecture"):
        statement(status="conjecture", source="", summary="")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PREDICTIONS)
def test_every_public_prediction_has_a_status_a_source_and_a_summary(name: str) -> None:
    module = importlib.import_module(f"kinetic.theory.{name}")
    own = [f for _, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__]
    public = [f for f in own if not f.__name__.startswith("_")]
    assert public
    for function in public:
        assert function.status in {"theorem", "derived", "heuristic"}
        assert function.source
        assert function.summary
