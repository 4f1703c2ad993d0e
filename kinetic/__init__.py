"""kinetic: the mean-field density of transformer tokens on the sphere, solved for itself and held against theory.

    import kinetic
    case = kinetic.Case.read("cases/softmax_sphere.toml")
    record = kinetic.run(case)
    record.observables["order_parameter"]

Names are loaded when they are first used, so that `import kinetic` and `kinetic --help` are instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinetic.case import Case
    from kinetic.claims import compare
    from kinetic.notebook import Record, load, run

__all__ = ["Case", "Record", "compare", "load", "run"]

_HOMES = {
    "Case": "kinetic.case",
    "Record": "kinetic.notebook",
    "compare": "kinetic.claims",
    "load": "kinetic.notebook",
    "run": "kinetic.notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kinetic' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
