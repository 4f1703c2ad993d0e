"""Every bundled case explains itself, builds, and comes back with the numbers and verdicts of the table."""

import math

import numpy as np
import pytest
from cases.table import FACTOR, FLOOR, agree, conditioning, measured, read, run, stored, tolerance, verdicts

from kinetic.assembly import build
from kinetic.library import bundled

TABLE = stored()


def energy_rises(case):
    """Whether attention is known to raise E, or with noise to lower the free energy: the case has to claim it then."""
    heads = case.attention.all_heads
    if case.common_noise is not None or case.knots or case.label is not None:  # no energy, or one that changes
        return False
    if case.attention.frozen:  # tokens climb another energy
        return False
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
    assert found["status"] == entry["status"]
    assert found["time"] == pytest.approx(entry["time"], rel=1e-12)
    wrong = {
        key: (value, entry["observables"][key])
        for key, value in found["observables"].items()
        if not agree(value, entry["observables"][key], tolerance(name, key, entry["observables"][key]))
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


def test_the_measured_tolerances_are_finite_and_most_are_far_below_those_of_the_steps():
    kept = conditioning()
    assert set(kept) <= set(TABLE), "a case is gone: take it out of conditioning.json"
    for name in kept:
        assert set(kept[name]) == set(TABLE[name]["observables"]), name
        assert all(math.isfinite(value) and value >= 0 for value in kept[name].values()), name
    changes = sorted(value for changes in kept.values() for value in changes.values())
    assert FACTOR * changes[len(changes) // 2] < FLOOR  # a table of loose tolerances would protect nothing


def test_a_number_may_differ_by_ten_times_what_rounding_was_measured_to_change():
    name, changes = next(iter(conditioning().items()))
    for key, value in changes.items():
        assert tolerance(name, key, 1.0) == max(FACTOR * value, FLOOR)
    assert tolerance(name, "order_parameter", 1e-15) == pytest.approx(1e15 * FLOOR)
    assert tolerance(name, "energy", 1e-15) < 1e-9


@pytest.mark.parametrize(
    ("new", "old", "relative", "same"),
    [(1.0, 1.0 + 2e-8, 1e-8, False), (1.0, 1.0 + 5e-9, 1e-8, True), (None, None, 0.0, True), (None, 1.0, 1.0, False),
     (1.0, None, 1.0, False), (math.inf, 1.0, 1e-3, False), (3e-16, 0.0, 1e-15, True), (3e-16, 0.0, 1e-16, False),
     (1e-9, 1.1e-9, 1e-3, False), (1e-30, (1 + FLOOR / 2) * 1e-30, FLOOR, True)],
)  # fmt: skip
def test_numbers_agree_to_their_tolerance(new, old, relative, same):
    assert agree(new, old, relative) is same
