"""Whatever goes wrong in holding a run against theory: its record is kept, and its exit status is the numerics'."""

import numpy as np
import pytest
from claims.records import boost_record, case, cut, linear, with_densities
from command_line import called

from kinetic.claims import CLAIMS, Claim, compare, examine
from kinetic.claims.claim import Ground
from kinetic.claims.evidence import Evidence
from kinetic.claims.meanings import MEANINGS

GROUND = Ground("derived", "here")


@pytest.mark.usefixtures("defects_are_told")
@pytest.mark.parametrize(
    "error", [OverflowError("math range error"), KeyError("x"), AssertionError(), MemoryError(), RecursionError("deep")]
)
def test_a_claim_that_raises_is_not_applicable_and_says_why(error):
    def examine(_evidence, _tolerance):
        raise error

    evidence = Evidence(boost_record(2, 3.0))
    row, concerned = Claim("toy", examine, GROUND, 0.1).consider(evidence)
    assert (row.verdict, concerned) == ("not applicable", True)
    assert row.reason.startswith(f"could not be evaluated because of {type(error).__name__}: ")


@pytest.mark.usefixtures("defects_are_told")
@pytest.mark.parametrize("operation", [lambda: np.exp(np.array([1e4])), lambda: np.ones(1) / np.zeros(1)])
def test_overflow_and_division_by_zero_count_as_such(operation):
    toy = Claim("toy", lambda _evidence, _tolerance: operation(), GROUND, 0.1)
    assert "FloatingPointError" in toy.judge(Evidence(boost_record(2, 3.0))).reason


@pytest.mark.parametrize("beta", [600.0, -600.0, 2.3e-308])
@pytest.mark.parametrize("status", ["blowup", "unresolved", "interrupted", "finished"])
def test_claims_overflow_nowhere(status, beta):
    # nothing is told as a reason here but what a claim foresees: the fixture of this folder lets defects through
    record = cut(boost_record(2, 3.0, text=case("circle", 2, "none", beta, linear("circle"), 3.0)), 0.5, status)
    assert {row.verdict for row in compare(record)} <= {"pass", "fail", "not applicable"}


@pytest.mark.usefixtures("defects_are_told")
def test_the_exit_status_is_that_of_the_numerics_and_the_record_is_kept(tmp_path, monkeypatch):
    def defect(_evidence, _tolerance):
        raise ZeroDivisionError("a defect")

    toy = Claim("mass_conserved", defect, GROUND, 0.1)
    monkeypatch.setitem(CLAIMS, "mass_conserved", toy)
    for beta, expected in ((1.0, 0), (9.0, 3)):
        path = tmp_path / f"hot{expected}.toml"
        path.write_text(case("circle", 2, "none", beta, linear("circle"), 0.5, 31))
        answer = called("run", path, "--output", tmp_path)
        assert answer.exit_code == expected
        assert (tmp_path / f"hot{expected}.h5").exists()


def test_every_claim_says_what_its_numbers_are():
    assert set(MEANINGS) == set(CLAIMS)
    assert all(15 < len(told) <= 120 for told in MEANINGS.values())


def test_what_says_nothing_of_a_run_gives_its_reason():
    record = boost_record(2, 3.0)
    rows, others = examine(record)
    assert rows == compare(record) or all(a.name == b.name for a, b in zip(rows, compare(record), strict=True))
    assert {row.name for row in rows} | {name for names in others.values() for name in names} == set(CLAIMS)
    assert all(others)


def test_a_tolerance_says_whether_it_is_a_share():
    rows = {row.name: row.admitted() for row in compare(boost_record(2, 3.0))}
    assert (rows["mass_conserved"], rows["dirac_rate"]) == ("1e-12 abs", "0.001 rel")


def test_where_the_factor_t_is_divided_out_the_row_says_so():
    row = CLAIMS["dirac_rate"].judge(Evidence(boost_record(3, 20.0)))
    assert row.verdict == "pass"
    assert "the factor t divided out" in row.reason
    assert "1.9" in row.reason  # the local rate at the end


def test_several_clusters_are_told_as_such():
    record = boost_record(2, 3.0)
    angles = np.radians([1.0, 119.0, 121.0])

    class Three:
        def axial_quadrature(self):
            return np.log(np.tan(angles / 2)), np.array([0.4, 0.3, 0.3])

    scattered = with_densities(record, dict.fromkeys(range(record.density_times.size), Three()))
    row = CLAIMS["dirac_rate"].judge(Evidence(scattered))
    assert row.verdict == "not applicable"
    assert "more than one cluster: 0.4 of the mass lies within 1° of the mean direction" in row.reason


def test_shares_by_angle_are_told_of_clusters_smaller_than_squares_of_numbers():
    record = boost_record(2, 3.0)

    class Tiny:
        def axial_quadrature(self):
            return np.array([-450.0, -430.0, 0.0, 800.0]), np.array([0.6, 0.4 - 2e-9, 1e-9, 1e-9])

    evidence = Evidence(with_densities(record, dict.fromkeys(range(record.density_times.size), Tiny())))
    with np.errstate(over="raise"):
        np.testing.assert_allclose(evidence.far_shares, 1.0, rtol=1e-12)
        assert evidence.scattered == ""
