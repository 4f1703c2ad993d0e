"""E = (1/2β) ∬ e^{β<x,y>} dμ dμ rises along every run without noise (arXiv:2312.10794), of either sign of β."""

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, linear, run

NO_MEAN = ['kind = "uniform"', 'kind = "harmonics"\nterms = [{degree = 2, order = 2, amplitude = 0.1}]']


@pytest.mark.parametrize(("normalization", "beta"), [("softmax", 1.0), ("none", 2.0), ("none", -1.0), ("softmax", 0.0)])
def test_a_run_gains_energy_from_row_to_row(normalization, beta):
    row = judged("energy_monotone", run(case("circle", 2, normalization, beta, linear("circle"), end=0.3)))
    assert (row.verdict, row.relation) == ("pass", ">=")
    assert row.measured > 0


@pytest.mark.parametrize("initial", NO_MEAN)
def test_a_density_without_a_mean_at_beta_zero_has_no_energy_and_loses_none(initial):
    assert judged("energy_monotone", run(case("circle", 2, "none", 0.0, initial))).verdict == "pass"


@pytest.mark.parametrize("drop", [1e-10, 1e-6, 0.3, np.nan])
def test_one_row_that_loses_energy_fails(drop):
    def changed(energy):
        energy[30:] -= drop + energy[30] - energy[29]
        return energy

    row = judged("energy_monotone", falsified(boost_record(2, 3.0), energy=changed))
    assert row.verdict == "fail"


def test_a_fall_that_the_tolerance_of_the_steps_allows_blames_no_equation():
    def changed(energy):
        energy[1] = energy[0] - 1e-7
        return energy

    given = case("circle", 2, "none", 1.0, 'kind = "uniform"').replace("tolerance = 1e-11", "tolerance = 1e-6")
    row = judged("energy_monotone", falsified(run(given), energy=changed))
    assert (row.verdict, "the steps' tolerance allows" in row.reason) == ("not applicable", True)
    assert judged("energy_monotone", falsified(run(given.replace("1e-6", "1e-9")), energy=changed)).verdict == "fail"


def test_a_record_that_runs_backwards_fails():
    assert judged("energy_monotone", falsified(boost_record(3, 3.0), energy=lambda e: e[::-1])).verdict == "fail"


def test_one_row_has_nothing_to_compare():
    record = boost_record(2, 3.0)
    lonely = falsified(record, **{name: (lambda v: v[:1]) for name in record.observables})
    row = judged("energy_monotone", lonely)
    assert (row.verdict, row.reason) == ("not applicable", "needs two rows")
