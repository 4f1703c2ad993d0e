"""One cluster survives beside linear neurons of strength w < e^{−β} (softmax: 1), at the rate of its Dirac mass."""

import numpy as np
import pytest
from claims.records import case, falsified, judged, run

from kinetic.errors import DomainError
from kinetic.theory.perceptron import collapse_rate, largest_strength


def text(strength, normalization, end):
    content = case("zonal", 2, normalization, 1.0, 'kind = "linear"\nslope = 0.8', end=end)
    content = content.replace("degree = 15", 'chart = "mercator"').replace("1e-11", "1e-9")
    neuron = f"neurons = [{{ weight = {strength}, direction = 1 }}]"
    return content + f'[perceptron]\nactivation = "identity"\n{neuron}\n'


@pytest.mark.parametrize(("strength", "normalization", "end", "rate"), [
    pytest.param(0.2, "none", 70.0, 0.167879, marks=pytest.mark.slow),  # as the bundled case perceptron_rate
    (0.5, "softmax", 36.0, 0.5),
])  # fmt: skip
def test_below_the_threshold_the_rate_is_that_of_the_dirac_mass(strength, normalization, end, rate):
    record = run(text(strength, normalization, end))
    row = judged("perceptron_rate", record)
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(rate, rel=1e-5)
    wrong = falsified(record, text=text(strength - 0.05, normalization, end))
    assert judged("perceptron_rate", wrong).verdict == "fail"


@pytest.mark.parametrize(("strength", "normalization", "end", "left"), [
    pytest.param(0.45, "none", 40.0, 0.1046655866, marks=pytest.mark.slow),  # as the bundled case perceptron_holds
    (1.2, "softmax", 25.0, 0.2775318483),
])  # fmt: skip
def test_above_it_what_lies_in_the_far_basin_stays(strength, normalization, end, left):
    # `left` is what tokens that follow characteristics have settled on, to the digits given
    record = run(text(strength, normalization, end))
    deficit = record.observables["order_deficit"]
    assert deficit[-1] == pytest.approx(left, abs=1e-6)
    row = judged("perceptron_left", record)
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(left, abs=5e-7)  # what the theory says of its own passes
    wrong = falsified(record, text=text(strength + 0.05, normalization, end))
    assert judged("perceptron_left", wrong).verdict == "fail"
    assert abs(deficit[-1] - deficit[-5]) < 1e-6
    assert judged("perceptron_rate", record).verdict == "not applicable"
    assert np.isnan(record.observables["energy_gap"]).all()


def test_the_threshold():
    assert largest_strength(1.0, "none") == pytest.approx(np.exp(-1))
    assert collapse_rate(2, 1.0, 0.3, "none") == pytest.approx(np.exp(-1) - 0.3)
    assert collapse_rate(512, 1.0, 0.3, "softmax") == pytest.approx(2.6)
    with pytest.raises(DomainError, match="one cluster"):
        collapse_rate(2, 1.0, 0.4, "none")
