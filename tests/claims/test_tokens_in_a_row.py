"""Tokens that see those before them: what travels on, what the last one retrieves, and whom all of them follow."""

import math

import numpy as np
import pytest
from claims.records import falsified, judged, run
from label.cases import bump, case, slices

from kinetic.theory.causal import impulse_response
from kinetic.theory.linear_stability import growth_rate

UNIFORM = '{kind = "uniform"}'
PULSE = "order = 16\n[label.perturbation]\nat = 0.5\nwidth = 0.08\ndegree = 1\norder = 1\namplitude = 1e-4\n"
POWER = "[label.perturbation]\npower = 2.0\ndegree = 2\norder = 2\namplitude = 1e-5\n"


def text(label, normalization="none", **numbers):
    """The text of a case with rows all along."""
    given = {"end": 1.0, "degree": 15, "tolerance": 1e-12, **numbers}
    rows = {"observe_every": given.pop("observe_every", given["end"] / 4)}
    made = case(label, normalization=normalization, **given).text
    return made.replace(f"observe_every = {given['end']}", f"observe_every = {rows['observe_every']}")


def causal(decay):
    return f'kind = "causal"\ndecay = {decay}\n'


def changed(record, old, new):
    """The record of another case."""
    found = record.contents.manifest.case_text
    assert old in found
    return falsified(record, text=found.replace(old, new))


def test_equal_positions_do_not_see_the_mask():
    initial = 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 0.8'
    record = run(text(causal(2.0) + "elements = 1\norder = 2\n", initial=initial, end=0.4, degree=23))
    assert judged("mask_unseen", record, 1e-10).verdict == "pass"
    assert judged("mask_unseen", changed(record, "beta = 1.0", "beta = 1.001")).verdict == "fail"
    assert judged("label_boost", record).verdict == "not applicable"


def test_steps_that_hardly_see_the_mean_are_not_blamed_on_the_mask():
    initial = 'kind = "linear"\nmean = [0.6, 0.8]\nslope = 2e-6'
    given = text(causal(2.0) + "elements = 1\norder = 2\n", initial=initial, end=0.4, degree=5)
    record = run(given.replace("1e-12", "1e-6"))
    assert judged("mask_unseen", record).verdict in {"pass", "not applicable"}
    off = falsified(record, order_parameter_by_label=lambda R: R * (1 + 1e-3))
    row = judged("mask_unseen", off)
    assert (row.verdict, "the steps' tolerance allows" in row.reason) == ("not applicable", True)
    assert judged("mask_unseen", falsified(off, text=given)).verdict == "fail"


@pytest.mark.parametrize(("kind", "normalization", "decay"), [("circle", "none", 2.0), ("sphere", "softmax", 0.0)])
def test_a_pulse_is_answered_as_hardys_operator_says(kind, normalization, decay):
    label = causal(decay) + "first = 0.1\n" + PULSE
    record = run(text(label, normalization, kind=kind, initial='kind = "uniform"', degree=5, end=1.5))
    row = judged("label_response", record)
    assert row.verdict == "pass", row
    assert judged("label_response", changed(record, f"decay = {decay}", "decay = 2.001")).verdict == "fail"


@pytest.mark.slow  # some ten seconds
@pytest.mark.parametrize("decay", [0.0, 2.0])
def test_narrow_pulses_tend_to_the_impulse_response(decay):
    """Pulses at s' = 0.5, heard at s = 1, per width √(2π) w and amplitude, extrapolated in w²."""
    found = []
    for width in (0.05, 0.035, 0.025):
        pulse = PULSE.replace("width = 0.08", f"width = {width}").replace("amplitude = 1e-4", "amplitude = 1e-5")
        label = causal(decay) + "first = 0.1\n" + pulse
        record = run(text(label, initial='kind = "uniform"', degree=3, end=2.0, tolerance=1e-13))
        heard = record.density_arrays["coefficients"][-1][-1, 0, 1] / 1e-5
        found.append((width**2, heard / (math.sqrt(2 * math.pi) * width)))
    known = impulse_response(2.0 * growth_rate(1, 2, 1.0, "none"), 1.0, 0.5, decay)
    assert limit(found) == pytest.approx(float(known), rel=1e-6)


def test_powers_of_the_position_grow_less():
    label = causal(0.0) + "first = 0.001\n" + POWER
    record = run(text(label, initial='kind = "uniform"', degree=5, end=1.5))
    row = judged("label_growth", record)
    assert row.verdict == "pass", row
    assert judged("label_growth", changed(record, "power = 2.0", "power = 2.001")).verdict == "fail"


def spoken(at, degrees, beta, decay, size=2e-6, width=0.02, normalization="none", **numbers):
    """Uniform data but for what is said around one position."""
    terms = ", ".join(
        f"{{degree = {n}, order = {n}, amplitude = {size * math.exp(-((math.pi * n) ** 2) / 200)!r}}}" for n in degrees
    )
    said = f'{{kind = "harmonics", terms = [{terms}]}}'
    stretches = slices((at - width / 2, UNIFORM), (at + width / 2, said), (1.0, UNIFORM))
    return text(causal(decay) + "order = 6\n" + stretches, normalization, degree=16, beta=beta, **numbers)


def test_the_last_token_retrieves_least_from_inside():
    """Where the theorem has a minimum: s_min = 0.2869 at β = 1, λ = 2, a₁t = 3 − √3 (t in the paper's unit)."""
    found = []
    for at in (0.2, 0.2869, 0.42):
        record = run(spoken(at, range(1, 5), 1.0, 2.0, end=2.24353, tolerance=1e-13))
        row = judged("retrieval_profile", record)
        assert row.verdict == "pass", row
        found.append(row.measured)
    assert found[1] == min(found)
    assert judged("retrieval_profile", changed(record, "decay = 2.0", "decay = 2.01")).verdict == "fail"


def prefix(kind, upto, concentration, later, decay, order=8, **numbers):
    """A prefix that says one thing, and something else at all positions behind it."""
    stretches = slices((upto, bump(kind, concentration)), (1.0, later))
    return text(causal(decay) + f"elements = 1\norder = {order}\n" + stretches, kind=kind, **numbers)


@pytest.mark.parametrize(("kind", "later"), [("circle", '{kind = "linear", mean = [-1.0, 0.0], slope = 0.8}'),
                                             ("sphere", '{kind = "linear", mean = [1.0, 0.0, 0.0], slope = 0.8}'),
                                             ("zonal", '{kind = "linear", slope = -0.8}')])  # fmt: skip
def test_without_temperature_every_position_moves_by_a_boost(kind, later):
    numbers = {"degree": 47, "end": 0.9} if kind == "circle" else {"degree": 10, "end": 0.2}
    record = run(prefix(kind, 0.1, 1.5, later, 3.0, beta=0.0, **numbers))
    row = judged("label_boost", record)
    assert row.verdict == "pass"
    assert judged("label_boost", changed(record, "decay = 3.0", "decay = 3.001")).verdict == "fail"


FRONT = {"beta": 0.0, "observe_every": 0.1}


def test_uniform_data_hear_of_a_prefix_at_one_time():
    record = run(prefix("circle", math.exp(-1), 8.0, UNIFORM, 0.0, order=9, degree=95, end=2.1, **FRONT))
    assert judged("prefix_front", record).verdict == "pass"
    assert judged("prefix_front", falsified(record, time=lambda times: 1.2 * times)).verdict == "fail"


@pytest.mark.slow  # half a minute
@pytest.mark.parametrize(("ratio", "end", "degree", "known"), [(1, 2.2, 191, 1.95614), (2, 3.0, 383, 2.77987)])
def test_the_front_tends_to_that_behind_a_dirac(ratio, end, degree, known):
    """Narrower and narrower prefixes, extrapolated to R = 1 of the prefix."""
    found = []
    for concentration in (4.0, 6.0, 9.0, 14.0):
        label = prefix(
            "circle", math.exp(-ratio), concentration, UNIFORM, 0.0, order=9, degree=degree, end=end, **FRONT
        )
        record = run(label)
        found.append(
            (1 - record.observables["order_parameter_by_label"][0, 0], judged("prefix_front", record).measured)
        )
    cubic, quadratic = limit(found), limit(found[1:])
    assert cubic == pytest.approx(known, abs=abs(cubic - quadratic) + 5e-6)


def limit(points):
    """The value at 0 of the polynomial through all points."""
    x, y = np.array(points).T
    return float(sum(y[i] * np.prod(np.delete(x, i) / (np.delete(x, i) - x[i])) for i in range(x.size)))


def test_all_tokens_end_at_the_first():
    later = '{kind = "linear", mean = [-0.6, 0.8], slope = 0.5}'
    numbers = {"beta": 0.0, "degree": 255, "end": 4.8, "observe_every": 0.4, "tolerance": 1e-8}
    record = run(prefix("circle", 0.5, 1.0, later, 0.0, order=9, **numbers))
    row = judged("prefix_wins", record)
    assert row.verdict == "pass"

    def elsewhere(means):
        means[:, -1] = -means[:, 0]
        return means

    assert judged("prefix_wins", falsified(record, mean_by_label=elsewhere)).verdict == "fail"
    assert "tokens may wait" in judged("prefix_wins", changed(record, "beta = 0.0", "beta = 2.0")).reason
