"""Every bundled case explains itself, builds, and comes back with the numbers and verdicts of the table."""

import math

import numpy as np
import pytest
from cases.table import agree, measured, read, run, stored, tolerance, verdicts

from kinetic.assembly import build
from kinetic.library import bundled

TABLE = stored()


def energy_rises(case):
    """Whether attention is known to raise E, or with noise to lower the free energy: the case has to claim it then."""
    heads = case.attention.all_heads
    if any(head.multiples is None for head in heads):
        resolved = case.attention.resolved_heads(case.space.dimension)
        triples = [(np.array(head.query), np.array(head.key), np.array(head.value)) for head in resolved]
    else:
        triples = [tuple(np.array([[factor]]) for factor in head.multiples) for head in heads]
    aligned = all(np.array_equal(k.T @ q, v) and np.array_equal(v, v.T) for q, k, v in triples)
    return aligned and (case.attention.normalization == "none" or (len(heads) == 1 and not case.noise.diffusion))


SHORTENED = [name for name, entry in TABLE.items() if entry["overrides"]]


def test_there_are_at_least_fifteen_and_the_table_has_them_all():
    assert len(bundled()) >= 15
    assert set(TABLE) == set(bundled()), "run python tests/cases/regenerate.py"


@pytest.mark.parametrize("name", bundled())
def test_a_case_says_what_it_shows_where_that_is_from_and_why(name):
    case = read(name)
    assert len(case.title) > 20
    assert "arXiv:" in case.source
    comment = [line for line in case.text.splitlines() if line.startswith("# ")]
    assert len(" ".join(comment)) > 60
    assert case.text.startswith("# ")


def test_no_two_cases_have_one_title():
    assert len({read(name).title for name in bundled()}) == len(bundled())


@pytest.mark.parametrize("name", bundled())
def test_a_case_builds(name):
    assert build(read(name)).schedule.end == read(name).time.end


@pytest.mark.parametrize("name", TABLE)
def test_a_case_gives_the_stored_numbers_and_verdicts(name):
    entry = TABLE[name]
    found = measured(run(name, entry["overrides"]))
    relative = tolerance(read(name, entry["overrides"]))
    assert found["status"] == entry["status"]
    assert found["time"] == pytest.approx(entry["time"], rel=1e-12)
    wrong = {
        key: (value, entry["observables"][key])
        for key, value in found["observables"].items()
        if not agree(value, entry["observables"][key], relative)
    }
    assert not wrong
    assert found["verdicts"] == entry["verdicts"]


@pytest.mark.parametrize("name", TABLE)
def test_no_claim_of_a_case_fails_and_every_shortening_has_a_reason(name):
    entry = TABLE[name]
    for found in (entry["verdicts"], entry.get("full", {})):
        assert "fail" not in found.values()
    always = {"mass_conserved", "energy_monotone"} if energy_rises(read(name)) else {"mass_conserved"}
    assert always <= set(entry["verdicts"])
    assert bool(entry["overrides"]) == bool(entry["reason"]) == ("full" in entry)


@pytest.mark.parametrize("name", TABLE)
def test_a_case_that_names_its_claims_passes_them_all_in_full(name):
    if read(name).claims is None:
        pytest.skip("the case leaves the choice of claims to the run")
    assert set(TABLE[name].get("full", TABLE[name]["verdicts"]).values()) == {"pass"}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORTENED)
def test_a_shortened_case_has_its_verdicts_in_full(name):
    record = run(name)
    assert record.status == "finished"
    assert verdicts(record) == TABLE[name]["full"]


def test_the_tolerance_of_the_numbers_is_that_of_the_steps_and_never_above_1e_8():
    assert tolerance(read("poisson_circle")) == pytest.approx(1e-10)
    assert tolerance(read("ring")) == 1e-8
    assert tolerance(read("ring", ["time.tolerance=1e-5"])) == 1e-8


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [(1.0, 1.0 + 2e-8, False), (1.0, 1.0 + 5e-9, True), (None, None, True), (None, 1.0, False), (1.0, None, False),
     (math.inf, 1.0, False), (1e-15, 0.0, True), (1e-9, 1.1e-9, False)],
)  # fmt: skip
def test_numbers_agree_to_their_tolerance(new, old, same):
    assert agree(new, old, 1e-8) is same
