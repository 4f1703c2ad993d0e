"""The tutorial runs from its first cell to its last, and what it shows was made by running it."""

import ast
import json
from importlib.resources import files

import numpy as np
import pytest
from command_line import called

NOTEBOOK = json.loads(files("kinetic.guide").joinpath("tutorial.ipynb").read_text(encoding="utf-8"))
CELLS = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def run(cell, names):
    """Run a cell as a notebook does: its last line may be a value, which is returned."""
    tree = ast.parse("".join(cell["source"]))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last is not None else None


def test_every_cell_was_executed_without_an_error():
    assert [cell["execution_count"] for cell in CELLS] == list(range(1, len(CELLS) + 1))
    kinds = {output["output_type"] for cell in CELLS for output in cell["outputs"]}
    assert kinds == {"display_data", "execute_result", "stream"}
    assert all(len(line) < 160 for cell in CELLS for line in cell["source"])


def test_every_cell_up_to_the_question_runs_and_theory_holds(tmp_path, monkeypatch, capsys):
    pytest.importorskip("xarray")
    monkeypatch.chdir(tmp_path)
    names = {}
    values = [run(cell, names) for cell in CELLS[:-1]]
    assert values[2]._repr_png_().startswith(b"\x89PNG")
    verdicts = [
        line.split()[3] for line in capsys.readouterr().out.splitlines() if line.endswith(("theorem", "derived"))
    ]
    assert verdicts
    assert set(verdicts) == {"pass"}


@pytest.mark.slow  # two more runs, to t = 20 in the Mercator chart
def test_the_question_has_the_answer_that_the_notebook_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"np": np}
    run(CELLS[0], names)
    for measured, predicted in run(CELLS[-1], names).values():
        assert abs(measured - predicted) < 1e-3


def test_the_command_writes_it_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert called("guide", "--notebook").exit_code == 0
    assert json.loads((tmp_path / "tutorial.ipynb").read_text(encoding="utf-8")) == NOTEBOOK
    assert called("guide", "--notebook").exit_code == 2
