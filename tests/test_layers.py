"""Imports point downward only, those inside functions and those for type checkers included."""

import ast
import sys
from pathlib import Path

import pytest

import kinetic

ROOT = Path(kinetic.__file__).parent
LAYERS = (
    ("errors", "types", "variable", "pieces", "trust"),
    ("geometry", "special", "files", "integrate", "theory", "sampling", "symmetry", "charts", "observables", "guide"),
    ("spaces", "kernels", "case", "library", "record", "particles"),
    ("density", "attention", "initial", "report"),
    ("problem", "clusters", "spectrum", "claims", "watched", "brief", "pair_law", "row_entropy", "rows"),
    ("harmonic", "mercator", "conformal", "normed", "label", "march", "clock", "glossary", "plot"),
    ("assembly",),
    ("tokens", "stationary", "export", "job"),
    ("sweep", "page", "notebook"),
    ("cli", "__init__"),  # the package's own names are loaded on first use
    ("__main__",),
)
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
THEORY_MAY = {"errors", "types", "theory"}
THEORY_LIBRARIES = {"numpy", "scipy"}
STANDARD = sys.stdlib_module_names


def part_of(module):
    """The part of the package that a dotted name belongs to: its first name below `kinetic`."""
    return module.split(".")[1] if "." in module else "__init__"


def imports(source, module, is_package=False):
    """Every module that a source imports, as absolute dotted names, wherever in the file the import stands."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*parents, base] if base else parents)
            # `from kinetic import case` imports a part, `from kinetic.case import Case` a name
            found += [f"{base}.{alias.name}" for alias in node.names] if base == "kinetic" else [base]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found += [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    return found


def faults(module, source, is_package=False):
    """What a module imports and must not."""
    own = part_of(module)
    if own not in LEVELS:
        return [f"{module}: unknown part {own}; give it a layer"]
    wrong = []
    for name in imports(source, module, is_package):
        top = name.split(".")[0]
        if own == "theory" and top != "kinetic" and top not in THEORY_LIBRARIES | STANDARD:
            wrong.append(f"{module} imports {name}")
        if top != "kinetic":
            continue
        other = part_of(name)
        below = LEVELS.get(other, len(LAYERS)) < LEVELS[own]
        if other != own and (not below or (own == "theory" and other not in THEORY_MAY)):
            wrong.append(f"{module} (layer {LEVELS[own]}) imports {name} (layer {LEVELS.get(other)})")
    return wrong


def modules():
    """(dotted name, path) of every module."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts), path


def test_the_map_shows_these_floors():
    text = (ROOT.parent / ".github" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = text.split("```")[1].split("\n")
    shown = [tuple(line.split("  ", 1)[1].split()) for line in block if line[:2].strip().isdigit()]
    inside = [floor for floor in LAYERS if floor != ("__main__",)]
    assert shown == [tuple(name for name in floor if name != "__init__") for floor in reversed(inside)]


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_imports_point_downward(module, path):
    assert not faults(module, path.read_text(encoding="utf-8"), path.name == "__init__.py")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kinetic.density", "from kinetic.march import march"),
        ("kinetic.kernels.power", "from kinetic.attention.heads import Head"),
        ("kinetic.special", "def f():\n    import kinetic.cli"),
        ("kinetic.geometry", "if TYPE_CHECKING:\n    from kinetic import case"),
        ("kinetic.case.file", "from ..record import Record"),
        ("kinetic.spaces.circle", "from kinetic import *"),
        ("kinetic.case.file", "importlib.import_module('kinetic.assembly')"),
        ("kinetic.theory.ring", "from kinetic.special import gegenbauer"),
        ("kinetic.theory.ring", "import h5py"),
        ("kinetic.somewhere", ""),
    ],
)
def test_a_wrong_import_is_found(module, source):
    assert faults(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kinetic.march", "from kinetic.problem import Problem\nimport h5py"),
        ("kinetic.case.file", "from . import rules\nfrom .rules import Number\nfrom ..errors import CaseError"),
        ("kinetic.theory.ring", "import math\nfrom scipy import special\nfrom kinetic.theory.bessel import ratio"),
    ],
)
def test_a_right_import_is_accepted(module, source):
    assert not faults(module, source)
