"""dE/dt = ∫ |X|² dμ (none), ∫ Z |X|² dμ (softmax): the dissipation integrated by the stepper is the gain in energy."""

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, linear, run, without


@pytest.mark.parametrize(("normalization", "beta"), [("softmax", 1.0), ("none", 2.0), ("none", -1.0), ("softmax", 0.0)])
def test_a_run_turns_all_its_work_into_energy(normalization, beta):
    record = run(case("circle", 2, normalization, beta, linear("circle"), end=0.3))
    row = judged("energy_identity", record)
    assert row.verdict == "pass"
    assert row.predicted == record.observables["energy"][-1] - record.observables["energy"][0]
    assert row.measured == pytest.approx(row.predicted, rel=1e-8)


def test_work_of_the_other_normalization_fails():
    # the powers differ by the factor Z, between e^{−1} and e here
    softmax, none = (run(case("circle", 2, name, 1.0, linear("circle"), end=0.3)) for name in ("softmax", "none"))
    mixed = falsified(softmax, work=lambda _: none.observables["work"])
    assert judged("energy_identity", mixed).verdict == "fail"


@pytest.mark.parametrize("factor", [0.0, 0.5, 1 - 1e-6, 1 + 1e-6, -1.0, np.nan])
def test_work_that_does_not_match_fails(factor):
    wrong = falsified(boost_record(2, 3.0), work=lambda w: factor * w)
    assert judged("energy_identity", wrong).verdict == "fail"


def test_a_mismatch_that_is_made_up_for_later_fails():
    def changed(work):
        work[20] *= 0.99
        return work

    assert judged("energy_identity", falsified(boost_record(2, 3.0), work=changed)).verdict == "fail"


def test_work_without_gain_and_gain_without_work_fail():
    record = boost_record(2, 3.0)
    still = falsified(record, energy=lambda e: np.full_like(e, e[0]))
    assert judged("energy_identity", still).verdict == "fail"
    assert judged("energy_identity", falsified(record, energy=lambda e: e[::-1])).verdict == "fail"


def test_a_density_that_does_not_move_tells_nothing():
    row = judged("energy_identity", run(case("circle", 2, "softmax", 1.0, 'kind = "uniform"')))
    assert row.verdict == "not applicable"
    assert "changed too little" in row.reason


def test_a_small_gain_within_the_tolerance_of_the_steps_asks_for_a_smaller_one():
    # time.tolerance is 1e-11 here: the gain 1e-4 is known to about 1e-7 of itself, not to 1e-8
    record = boost_record(2, 3.0)
    start = record.observables["energy"][0]

    def gain(energy):
        return start + 1e-4 * (energy - start)

    small = falsified(record, energy=gain, work=lambda w: 1e-4 * w - 5e-12 * (w > 0.1))
    row = judged("energy_identity", small)
    assert row.verdict == "not applicable"
    assert "lower time.tolerance from 1e-11" in row.reason
    assert judged("energy_identity", falsified(small, work=lambda w: w - 1e-10)).verdict == "fail"


def test_what_a_run_leaves_unresolved_may_part_work_and_gain():
    # in the conformal chart E feels the frame's antipode, where ν converges like a power of the degree
    initial = 'kind = "von_mises_fisher"\nmean = [1.0, 0.0]\nconcentration = 1.0'
    text = case("circle", 2, "softmax", 1.0, initial, end=6.0, degree=31)
    record = run(text.replace("degree", 'chart = "conformal"\ndegree'))
    row = judged("energy_identity", record)
    assert row.verdict == "not applicable"
    assert "leaves unresolved" in row.reason
    # whatever the tail, nothing beyond what counts as resolved is excused, and nothing that it does not explain
    assert judged("energy_identity", falsified(record, work=lambda w: w + 2e-6 * (w > 0.1))).verdict == "fail"
    assert judged("energy_identity", falsified(record, spectral_tail=np.zeros_like)).verdict == "fail"


def test_a_neuron_with_a_kink_may_part_work_and_gain_by_what_the_tail_tells():
    text = case("zonal", 5, "none", 5.0, 'kind = "uniform"', degree=16).replace("1e-11", "1e-6")
    neurons = "neurons = [{ weight = -1.0, direction = 1 }, { weight = 3.0, direction = -1, bias = 0.3 }]"
    record = run(f'{text}[noise]\ndiffusion = 3.0\n[perceptron]\nactivation = "relu"\n{neurons}\n')
    row = judged("energy_identity", record)
    assert (row.verdict, "leaves unresolved" in row.reason) == ("not applicable", True)
    assert judged("energy_identity", falsified(record, work=lambda w: 1.01 * w)).verdict == "fail"


def test_a_record_of_another_kind_of_run_holds_no_work():
    row = judged("energy_identity", without(boost_record(2, 3.0), "work"))
    assert row.verdict == "not applicable"
    assert "does not hold the integrated dissipation" in row.reason
