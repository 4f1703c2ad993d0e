"""The outcome of a run is one screen: thirty lines, eighty columns, whatever the record holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinetic.brief import LINES, MATTERS, brief
from kinetic.record import ClaimRow, Contents, Manifest, Record, Variable

NAN = float("nan")
PASSED = ClaimRow("dirac_rate", 2.0, 1.99999, 1e-6, 1e-3, (4.0, 20.0), "pass", "", "theorem", "a source")
FAILED = replace(PASSED, name="theorem_w2_bound", relation=">=", predicted=-1.23457e-100, verdict="fail", reason="late")
SILENT = replace(PASSED, name="w2_rate", measured=NAN, verdict="not applicable", reason="too early; run until t = 31")


def record(claims=(), observables=MATTERS, rows=3, **changes):
    """A record in memory."""
    time = np.linspace(0, 20, rows)
    columns = {name: changes.get(name, 1 + time * i) for i, name in enumerate(observables)}
    variables = [Variable(name, values, ("time",), "1", "") for name, values in {"time": time, **columns}.items()]
    manifest = Manifest("", (), "small", "finished", "", "2026-11-03T12:00:00+00:00", 12.25)
    return Record(Path("output/small.h5"), Contents(manifest, tuple(variables), claims=tuple(claims)))


def fits(lines):
    return len(lines) <= LINES and max(map(len, lines)) <= 80


def test_first_and_last_values_and_every_claim_have_a_line():
    lines = brief(record([PASSED, FAILED, SILENT]), "A title")
    assert fits(lines)
    assert lines[0] == "small: A title"
    assert [line.split()[0] for line in lines[2:11]] == list(MATTERS)
    assert lines[4].split()[-2:] == ["1", "41"]
    claims = lines[lines.index(next(line for line in lines if line.startswith("claim"))) + 1 :]
    assert claims[0].split() == ["theorem_w2_bound", ">=", "-1.23457e-100", "1.99999", "0.001", "fail"]
    assert claims[1].split() == ["dirac_rate", "2", "1.99999", "0.001", "pass"]
    assert claims[2] == "fail: theorem_w2_bound: late"
    assert claims[3] == "not applicable: w2_rate: too early; run until t = 31"
    assert lines[-2:] == ["record     output/small.h5", "wall time  12.2 s"]


def test_clusters_and_their_mergers_take_two_lines_at_most():
    told = {"time": np.zeros(1), "mass": np.full((1, 6), 1 / 6), "followed": np.ones(1)}
    clusters = [Variable(name, values, ("time", "cluster")[: values.ndim], "1", "") for name, values in told.items()]
    clusters.append(Variable("merger_time", np.arange(9) + 0.25, ("merger",), "1", ""))
    made = record()
    lines = brief(replace(made, contents=replace(made.contents, clusters=tuple(clusters))), "A title")
    assert fits(lines)
    first = next(i for i, line in enumerate(lines) if line.startswith("clusters   six clusters, masses 0.1667"))
    assert lines[first + 1] == " " * 11 + "followed from t = 0: mergers at t = …, 6.25, 7.25, 8.25"


def test_one_reason_of_many_claims_stands_once():
    rates = [replace(SILENT, name=name) for name in ("dirac_rate", "w2_rate", "antipode_rate")]
    lines = brief(record(rates), "A title")
    assert sum("too early" in line for line in lines) == 1
    assert any("dirac_rate, w2_rate, antipode_rate: too early" in line for line in lines)


@pytest.mark.parametrize("count", [0, 1, 14, 15, 16, 17, 18, 60])
def test_what_finds_no_room_is_named_where_it_is_told_in_full(count):
    claims = [replace(PASSED, name=f"{'long_' * 8}{i}") for i in range(count)] + [FAILED]
    lines = brief(record(claims), "A title that goes on and on " * 20)
    assert fits(lines)
    assert any("theorem_w2_bound" in line and line.endswith("fail") for line in lines)
    told = sum(line.endswith("pass") for line in lines)
    assert told == count or any("kinetic compare output/small.h5" in line for line in lines)


def test_what_the_record_does_not_know_or_repeats_is_left_out():
    energy = np.array([1.0, 2.0, 3.0])
    lines = brief(record(energy=energy, free_energy=-energy, w2_to_dirac=np.full(3, NAN)), "A title")
    shown = [line.split()[0] for line in lines]
    assert "energy" in shown
    assert "free_energy" not in shown
    assert "w2_to_dirac" not in shown
    assert "nothing was observed" in brief(record(rows=0), "A title")


def test_texts_of_a_record_are_no_commands_to_the_terminal():
    lines = brief(record([replace(FAILED, reason="\x1b[31m red \n lines")]), "title")
    assert all(line.isprintable() for line in lines)
