"""A claim that nothing could refute says nothing: each names its hypotheses and a test in which it must fail."""

import ast
from functools import cache
from pathlib import Path

import pytest

from kinetic.claims import CLAIMS
from kinetic.claims.controls import CONTROLS
from kinetic.claims.ensembles import LAWS

TESTS = Path(__file__).parent.parent


def test_the_table_is_complete():
    assert set(CONTROLS) == {*CLAIMS, *LAWS}
    assert all(control.needs and control.refused for control in CONTROLS.values())


@cache
def functions(file):
    """The text of every test of a file, its decorators included."""
    text = (TESTS / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


@pytest.mark.parametrize("name", CONTROLS)
def test_the_control_is_a_test_in_which_the_claim_fails(name):
    file, _, function = CONTROLS[name].test.partition("::")
    text = functions(file)[function]
    assert '"fail"' in text
    # named in the test, in its parameters, or, of several, in the list that it goes through
    assert f'"{name}"' in text or "in BOTH" in text or "LAWS" in text
