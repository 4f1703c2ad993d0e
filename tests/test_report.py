"""Tables and lines: complete, legible at eighty columns, and proof against a record's text."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from kinetic.record import ClaimRow, Contents, Manifest, Record, Variable
from kinetic.report import (
    claims_json,
    claims_table,
    clusters_in_words,
    measured_table,
    number,
    prediction,
    record_json,
    summary,
)

NAN = float("nan")
CASE = """
title = "Softmax attention collapses to one Dirac"
[space]
kind = "sphere"
degree = 127
chart = "conformal"
[attention]
normalization = "softmax"
beta = 1.0
"""
PASSED = ClaimRow(
    "most_unstable_degree",
    1.23456789e-10,
    -1.23456789e-10,
    1e-13,
    1e-3,
    (4.0, 20.0),
    "pass",
    "",
    "heuristic",
    "arXiv:2512.01868, section 4",
)
INAPPLICABLE = replace(
    PASSED,
    name="dirac_rate",
    measured=NAN,
    verdict="not applicable",
    status="theorem",
    reason="the leading contribution holds 0.98 of 1 - R at t = 20; run until t = 31 or beyond",
)
FAILED = replace(
    PASSED,
    name="theorem_w2_bound",
    predicted=0.01,
    relation=">=",
    measured=0.002,
    verdict="fail",
    reason="the late rate is below the bound",
)
ROWS = (PASSED, INAPPLICABLE, FAILED)


def row(name: str, values: object, units: str = "1", description: str = "") -> Variable:
    """An observable."""
    array = np.asarray(values, dtype=float)
    return Variable(name, array, ("time", "component")[: array.ndim], units, description or f"what {name} is")


OBSERVABLES = (
    row("time", [0.0, 10.0, 20.0]),
    row("mean", np.ones((3, 3))),
    row("mass", [1.0, 1.0, 1.0]),
    row("order_deficit", [0.5, 1e-3, 1.23456789e-30]),
    row("energy_gap", [1.0, 0.1, NAN], description="E of a Dirac mass minus E; and more that is left out"),
    row("w2_to_dirac", [np.inf, 0.2, 0.1], "rad"),
    row("log_antipode_density", [-1.0, -2.0, -123.456789]),
    row("anything_else", [7.0, 7.0, 7.0]),
)


def record(case: str = CASE, overrides: tuple[str, ...] = (), **changes: object) -> Record:
    """A record in memory."""
    manifest = Manifest(case, overrides, "dirac", "finished", "", "2026-11-03T12:00:00+00:00", 12.25)
    contents = Contents(
        manifest,
        observables=OBSERVABLES,
        density=(row("time", [0.0, 20.0]), replace(row("degree", [63, 127]), values=np.array([63, 127]))),
        density_attributes={"space": "sphere", "dimension": 3, "chart": "conformal"},
        claims=ROWS,
    )
    return Record(Path("output/dirac.h5"), replace(contents, **changes))


def shown(table: object, width: int = 80) -> str:
    """What a table gives where the output is no terminal."""
    stream = io.StringIO()
    Console(file=stream, width=width).print(table)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1 / 3, "0.333333"),
        (-1.23456789e-100, "-1.23457e-100"),
        (np.inf, "inf"),
        (NAN, "-"),
        (0.0, "0"),
    ],
)
def test_numbers_have_six_significant_digits(value, text):
    assert number(value) == text


def test_an_inequality_is_shown_as_one():
    assert prediction(FAILED) == ">= 0.01"
    assert prediction(replace(FAILED, relation="<=")) == "<= 0.01"
    assert prediction(PASSED) == "1.23457e-10"


def test_the_claims_table_fits_eighty_columns_with_every_number_whole():
    text = shown(claims_table(ROWS))
    assert max(map(len, text.splitlines())) <= 80
    whole = (
        "dirac_rate",
        "1.23457e-10",
        "-1.23457e-10",
        ">= 0.01",
        "0.001",
        "heuristic",
        "theorem",
        "applicable",
    )
    for word in (*whole, "claim", "predicted", "measured", "tolerance", "verdict", "status", "source"):
        assert word in text
    assert "…" not in text
    assert "\x1b" not in text


def test_a_usual_claims_table_breaks_no_word_at_eighty_columns():
    usual = replace(PASSED, name="theorem_w2_bound", predicted=0.367879, measured=0.367881)
    text = shown(claims_table([usual]))
    for word in ("theorem_w2_bound", "arXiv", "2512.01868,"):
        assert word in text


def test_reasons_are_told_for_every_claim_that_did_not_pass():
    text = " ".join(shown(claims_table(ROWS)).split())
    assert f"dirac_rate: not applicable, {INAPPLICABLE.reason}" in text
    assert "theorem_w2_bound: fail, the late rate is below the bound" in text
    assert "most_unstable_degree:" not in text
    assert "no claim was examined" in shown(claims_table([]))


def test_verdicts_are_colored_on_a_terminal():
    stream = io.StringIO()
    Console(file=stream, width=100, force_terminal=True, color_system="standard").print(claims_table(ROWS))
    assert "\x1b[32mpass" in stream.getvalue()  # green
    assert "\x1b[1;31mfail" in stream.getvalue()  # bold red


def test_the_measured_table_has_first_and_last_values_with_unit_and_definition():
    text = shown(measured_table(record()))
    assert max(map(len, text.splitlines())) <= 80
    assert "t = 0" in text
    assert "t = 20" in text
    (line,) = [line for line in text.splitlines() if line.startswith("order_deficit")]
    assert line.split()[:7] == ["order_deficit", "1", "−", "R", "1", "0.5", "1.23457e-30"]
    (line,) = [line for line in text.splitlines() if line.startswith("w2_to_dirac")]
    assert line.split()[2:5] == ["rad", "inf", "0.1"]
    assert "left out" not in text
    assert "anything_else" not in text
    assert "…" not in text


def test_a_run_that_observed_nothing_has_a_table_and_a_summary():
    empty = record(observables=(), density=(), claims=())
    assert "nothing was observed yet" in " ".join(shown(measured_table(empty)).split())
    assert any(line.split() == ["rows", "0"] for line in summary(empty))
    assert record_json(empty)["last_row"] == {}


def lines_of(found: Record) -> dict[str, str]:
    """Lines of a summary by label."""
    lines: dict[str, str] = {}
    label = ""
    for line in summary(found):
        label = line[:11].strip() or label  # a line without a label continues the one above
        lines[label] = f"{lines.get(label, '')} {line[11:]}".strip()
    return lines


def test_the_summary_says_what_is_in_a_record():
    lines = lines_of(record())
    assert lines["case"] == "Softmax attention collapses to one Dirac"
    assert lines["status"] == "finished"
    assert lines["equation"] == "∂ₜμ + div(μX) = 0, X: softmax attention, β = 1.0"
    assert lines["space"] == "sphere, S^2 in dimension 3"
    assert lines["chart"] == "conformal, degree 63 to 127"
    assert lines["rows"] == "3, t = 0 to 20"
    assert lines["snapshots"] == "2, t = 0 to 20"
    assert "numpy" in lines["versions"]
    assert max(map(len, summary(record()))) <= 80
    assert "order_deficit = 1.23457e-30" in lines["last row"]


def test_the_summary_shows_the_case_as_its_overrides_changed_it():
    changed = (
        "attention.beta=9",
        "noise.diffusion=0.5",
        'layer_norm.scheme="pre"',
        'attention.normalization="none"',
    )
    lines = lines_of(record(overrides=changed))
    assert lines["equation"] == "∂ₜμ + div(μX) = 0.5 Δμ, X: unnormalized attention, β = 9, layer norm pre"
    assert "attention.beta=9" in lines["overrides"]


@pytest.mark.parametrize(
    ("followed", "mergers", "end"),
    [
        ((0.0, 0.5, 0.95, 1.0), (2.5, 3.25), "one cluster, mass 1; followed from t = 2: mergers at t = 2.5, 3.25"),
        ((0.0, 0.5, 0.95, 1.0), (), "one cluster, mass 1; followed from t = 2: no merger"),
        ((0.0, 0.0, 0.0, 0.0), (), "one cluster, mass 1"),
    ],
)
def test_words_on_clusters_say_since_when_mergers_are_told(followed, mergers, end):
    told = {"time": np.arange(4.0), "mass": np.ones((4, 1)), "followed": np.array(followed)}
    variables = [Variable(name, values, ("time", "cluster")[: values.ndim], "1", "") for name, values in told.items()]
    variables.append(Variable("merger_time", np.array(mergers), ("merger",), "1", ""))
    contents = Contents(Manifest(CASE, (), "made", "finished", "", "", 0.0), (), (), clusters=tuple(variables))
    assert clusters_in_words(Record(Path("made.h5"), contents, lambda _, __: None)) == end


def test_the_summary_counts_heads():
    case = CASE.replace("beta = 1.0", "heads = [{beta = 4.0}, {beta = 1}]")
    assert lines_of(record(case))["equation"].endswith("2 heads, β = 4.0, 1")


@pytest.mark.parametrize(
    "case",
    [
        "[[[",
        "",
        "title = 3",
        "space = 1\nattention = []\nnoise = 2",
        "[attention]\nheads = [1]",
        "[space]\ndimension = 3",
    ],
)
def test_a_strange_case_text_never_stops_a_summary(case):
    assert "record" in lines_of(record(case, ("also=wrong=here", "")))
    record_json(record(case))


def test_text_of_a_record_is_neither_markup_nor_a_command_to_the_terminal():
    hostile = "[/red][bold]\x1b[2J\x07\r\nnext"
    rows = [replace(FAILED, name=hostile, reason=hostile, source=hostile)]
    named = record(observables=(*OBSERVABLES[:2], row("mass", [1.0] * 3, hostile, hostile)))
    text = shown(claims_table(rows)) + shown(measured_table(named))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[/red]" in text
    lines = summary(record(f"title = {json.dumps(hostile)}"))
    assert all(line.isprintable() for line in lines)


def test_json_holds_every_column_and_no_number_that_json_lacks():
    (first, second, third) = json.loads(json.dumps(claims_json(ROWS), allow_nan=False))
    assert set(first) == set(vars(PASSED))
    assert first["predicted"] == 1.23456789e-10
    assert first["window"] == [4.0, 20.0]
    assert second["measured"] is None
    assert third["relation"] == ">="
    endless = replace(PASSED, predicted=np.inf, measured=-np.inf)
    assert [claims_json([endless])[0][key] for key in ("predicted", "measured")] == ["inf", "-inf"]


def test_a_record_as_json_has_its_last_row_and_its_claims():
    found = json.loads(json.dumps(record_json(record()), allow_nan=False))
    assert found["title"] == "Softmax attention collapses to one Dirac"
    assert (found["rows"], found["snapshots"]) == (3, 2)
    assert found["last_row"]["order_deficit"] == 1.23456789e-30
    assert found["last_row"]["energy_gap"] is None
    assert found["last_row"]["mean"] == [1.0, 1.0, 1.0]
    assert [claim["verdict"] for claim in found["claims"]] == ["pass", "not applicable", "fail"]
    assert found["libraries"]["numpy"] == np.__version__
