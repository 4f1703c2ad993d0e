"""The rule by which a measured number is held against a predicted one, and what every claim says of itself."""

import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, linear, made

from kinetic import claims
from kinetic.case import CLAIM_GROUPS
from kinetic.claims import CLAIMS, Claim, compare
from kinetic.claims.claim import Finding, Ground, NotApplicable, NotReached
from kinetic.claims.evidence import Evidence

QUIET = [
    name for name, claim in CLAIMS.items() if not claim.noisy and claim.labelled != "only" and claim.frozen != "only"
]
RECORD = boost_record(2, 3.0, text=case("circle", 2, "softmax", 1.0, linear("circle"), 3.0))
EVIDENCE = Evidence(RECORD)


def claim(measured, uncertainty, predicted=2.0, **how):
    finding = Finding(predicted, measured, uncertainty, (0.0, 1.0))
    return Claim("toy", lambda _evidence, _tolerance: finding, Ground("theorem", "a book"), 0.1, **how)


@pytest.mark.parametrize(
    ("relation", "measured", "uncertainty", "verdict"),
    [
        ("=", 2.1, 0.05, "pass"),  # allowed 0.2: at most 0.15 away
        ("=", 1.85, 0.04, "pass"),
        ("=", 2.3, 0.05, "fail"),  # at least 0.25 away
        ("=", 1.7, 0.05, "fail"),
        ("=", 2.1, 0.15, "not applicable"),  # between 0 and 0.25 away
        ("=", 2.25, 0.1, "not applicable"),
        (">=", 9.0, 0.1, "pass"),
        (">=", 1.5, 0.1, "fail"),
        (">=", 1.75, 0.1, "not applicable"),
        ("<=", 0.0, 0.1, "pass"),
        ("<=", 2.5, 0.1, "fail"),
        ("=", math.nan, 0.0, "fail"),
        (">=", math.nan, 0.0, "fail"),
        ("=", math.inf, 0.0, "fail"),
        ("=", 2.0, math.nan, "not applicable"),
        ("=", 2.0, math.inf, "not applicable"),
    ],
)
def test_a_number_passes_or_fails_only_if_its_uncertainty_cannot_change_that(relation, measured, uncertainty, verdict):
    assert claim(measured, uncertainty, relation=relation).judge(EVIDENCE).verdict == verdict


def test_a_tolerance_is_relative_unless_the_claim_says_absolute():
    assert claim(0.25, 0.0, predicted=0.2).judge(EVIDENCE).verdict == "fail"
    assert claim(0.25, 0.0, predicted=0.2, absolute=True).judge(EVIDENCE).verdict == "pass"


def test_a_case_can_ask_for_another_tolerance_and_the_row_says_which():
    row = claim(2.3, 0.0).judge(EVIDENCE, 0.2)
    assert (row.verdict, row.tolerance) == ("pass", 0.2)


def test_what_is_too_uncertain_says_by_how_much_and_what_would_help():
    reason = claim(2.1, 0.15).judge(EVIDENCE).reason
    assert "±0.15" in reason
    assert "0.2" in reason
    assert "observe_every" in reason


@pytest.mark.parametrize(("error", "concerned"), [(NotReached, True), (NotApplicable, False)])
def test_a_claim_without_a_window_gives_its_reason_and_no_number(error, concerned):
    def examine(_evidence, _tolerance):
        raise error("the window is not reached")

    toy = Claim("toy", examine, Ground("derived", "here"), 0.1)
    row = toy.judge(EVIDENCE)
    assert (row.verdict, row.reason) == ("not applicable", "the window is not reached")
    assert np.isnan([row.predicted, row.measured, row.uncertainty, *row.window]).all()
    assert toy.consider(EVIDENCE)[1] is concerned


def test_every_claim_that_a_case_can_name_exists():
    folder = Path(claims.__file__).parent
    modules = [import_module(f"kinetic.claims.{path.stem}") for path in folder.glob("[a-z]*.py")]
    held = {m.__name__.rpartition(".")[2]: [c.name for c in m.CLAIMS] for m in modules if hasattr(m, "CLAIMS")}
    assert held == {module: [*names] for module, names in CLAIM_GROUPS.items()}
    assert all(name == claim.name for name, claim in CLAIMS.items())


@pytest.mark.parametrize("name", CLAIMS)
def test_a_row_carries_the_status_and_source_of_its_theory(name):
    row = CLAIMS[name].judge(EVIDENCE)
    assert row.status == CLAIMS[name].founded.status
    assert row.source == CLAIMS[name].founded.source
    assert len(row.source) > 8


def test_only_what_is_proved_is_called_a_theorem():
    proved = {name for name, claim in CLAIMS.items() if claim.founded.status == "theorem"}
    assert proved >= {"mass_conserved", "energy_monotone", "energy_identity", "theorem_w2_bound", "alignment"}
    assert proved <= {name for name, claim in CLAIMS.items() if "derived here" not in claim.founded.source} | {
        "energy_monotone",  # of one head; for several a sum of the same
        "energy_identity",
    }


@pytest.mark.parametrize("name", QUIET)
def test_no_claim_about_runs_without_noise_is_made_about_noisy_ones(name):
    noisy = RECORD.case_text + "[noise]\ndiffusion = 0.1\n"
    row = CLAIMS[name].judge(Evidence(falsified(RECORD, text=noisy)))
    assert row.verdict == "not applicable"
    assert "noise" in row.reason


@pytest.mark.parametrize("name", CLAIMS)
def test_no_claim_is_made_about_a_record_without_rows(name):
    empty = made(RECORD.case_text, {})
    assert CLAIMS[name].judge(Evidence(empty)).verdict == "not applicable"


def test_a_case_that_names_no_claims_gets_all_that_concern_its_kind_of_run():
    names = [row.name for row in compare(boost_record(2, 3.0))]
    assert set(names) == {
        "mass_conserved",
        "energy_monotone",
        "energy_identity",
        "dirac_rate",
        "w2_rate",
        "antipode_rate",
        "pl_ratio",
        "theorem_w2_bound",
        "exact_boost",
    }
    assert names == [name for name in CLAIMS if name in names]


def test_a_case_that_names_claims_gets_those_in_its_order():
    record = boost_record(2, 3.0)
    asked = '[[claims]]\nname = "exact_boost"\ntolerance = 0.5\n[[claims]]\nname = "ring_law"\n'
    rows = compare(falsified(record, text=record.case_text + asked))
    assert [(row.name, row.tolerance) for row in rows] == [("exact_boost", 0.5), ("ring_law", 1e-2)]
