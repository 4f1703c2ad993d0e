"""Two equal clumps of cosine γ: γ′ = (1 − γ²) Σ_h v_h e^{b_hγ}, each head with an energy of its own."""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import bumps, case, falsified, heads_case, judged, run, scalar
from scipy.integrate import solve_ivp

from kinetic.theory.multi_head import largest_variance_factor, two_atom_cosines

THRESHOLD = math.log(2) / 3  # of strengths 1 and −2 at β = 1


def text(factors, cosine, normalization="none", concentration=4000.0, beta=1.0, end=0.3, weights=(0.5, 0.5)):
    half = math.acos(cosine) / 2
    initial = bumps((half, concentration, weights[0]), (-half, concentration, weights[1]))
    heads = [scalar(beta, factor) for factor in factors]
    return heads_case("circle", normalization, heads, initial, end, 511, observe_every=0.01)


@cache
def record(factors, cosine, normalization="none"):
    return run(text(factors, cosine, normalization))


@pytest.mark.parametrize("offset", [-0.1, 0.1])
def test_clumps_repel_below_the_threshold_of_opposite_heads_and_attract_above(offset):
    found = record((1.0, -2.0), THRESHOLD + offset)
    order = found.observables["order_parameter"]
    assert (order[-1] > order[0]) == (offset > 0)
    row = judged("opposite_heads", found)
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(THRESHOLD, rel=1e-12)


def test_the_same_clumps_on_the_wrong_side_fail():
    found = record((1.0, -2.0), THRESHOLD + 0.1)
    turned = falsified(found, order_parameter=lambda order: 2 * order[0] - order)
    assert judged("opposite_heads", turned).verdict == "fail"


@pytest.mark.parametrize("factors", [(1.0, -1.8), (1.1, -2.0), (1.0, -2.0, 0.2)])
def test_other_strengths_have_another_threshold(factors):
    row = judged("opposite_heads", falsified(record((1.0, -2.0), THRESHOLD + 0.1), text=text(factors, THRESHOLD + 0.1)))
    assert row.verdict == ("fail" if len(factors) == 2 else "not applicable")


def test_the_energy_of_the_repelling_head_falls_while_the_total_rises():
    found = record((1.0, -0.5), 0.3)
    assert judged("energy_monotone", found).verdict == "pass"
    # E₂ = (v/4b)(e^b + e^{bγ}), b = v = −½, with γ read off the last row
    cosine = 1.3 * (found.observables["order_parameter"][-1] / found.observables["order_parameter"][0]) ** 2 - 1
    fallen = 0.25 * (math.exp(-0.5 * cosine) - math.exp(-0.15))  # of the second head, by two Dirac masses
    assert fallen < -0.01
    row = judged("head_energies", found)
    assert row.verdict == "pass"
    assert row.measured == pytest.approx(fallen, rel=2e-2)
    relabelled = falsified(found, text=text((-0.5, 1.0), 0.3))
    assert judged("head_energies", relabelled).predicted == row.predicted


@pytest.mark.parametrize("factors", [(1.0, -0.45), (1.05, -0.5), (1.0, 0.5)])
def test_energies_of_other_heads_fail(factors):
    assert judged("head_energies", falsified(record((1.0, -0.5), 0.3), text=text(factors, 0.3))).verdict == "fail"


def test_unequal_heads_are_faster_than_equal_ones_of_the_same_mean():
    unequal, equal = record((0.5, 1.5), 0.3), record((1.0, 1.0), 0.3)
    row = judged("head_speedup", unequal)
    assert (row.verdict, row.relation) == ("pass", ">=")
    assert row.predicted == pytest.approx(0.91 * 2 * math.exp(0.3), rel=1e-12)
    assert row.measured > 1.05 * row.predicted
    # equal heads reach the bound and not more: labelled as the clumps of heads with a larger mean, they fail
    larger = falsified(equal, text=text((0.5, 1.6), 0.3))
    assert judged("head_speedup", larger).verdict == "fail"
    assert "different strengths" in judged("head_speedup", equal).reason


def test_strengths_for_which_the_rate_is_not_convex_are_not_judged():
    row = judged("head_speedup", falsified(record((0.5, 1.5), 0.3), text=text((0.5, -8.0), 0.3)))
    assert row.verdict == "not applicable"
    assert "not convex" in row.reason


@pytest.mark.parametrize("name", ["head_energies", "opposite_heads", "head_speedup"])
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (text((1.0, -2.0), 0.4, "softmax"), "unnormalised"),
        (text((1.0, -2.0), 0.4, concentration=50.0), "concentration 500"),
        (text((1.0, -2.0), 0.4, weights=(0.4, 0.6)), "two equal bumps"),
        (text((1.0, -2.0), 0.4).replace("diffusion = 0.0", "diffusion = 0.1"), "without noise"),
        (case("circle", 2, "none", 1.0, bumps((0.3, 1500.0, 0.5), (-0.3, 1500.0, 0.5))), "heads"),
    ],
)
def test_other_kinds_of_run_are_not_judged(name, changed, reason):
    row = judged(name, falsified(record((1.0, -2.0), THRESHOLD + 0.1), text=changed))
    assert row.verdict == "not applicable"
    assert reason in row.reason
    assert np.isnan(row.measured)


@pytest.mark.parametrize("start", [0.3, 0.9])
def test_heads_that_repel_widen_clumps_and_the_energies_say_so(start):
    heads, times = [(-1.0, -1.0), (-2.0, -2.0)], np.linspace(0.0, 1.5, 257)
    factor = largest_variance_factor(two_atom_cosines(start, times, heads), times, heads)
    # two pairs of tokens, a hair apart
    half, hair = math.acos(start) / 2, 1e-6

    def velocity(_, x):
        away = x[:, None] - x
        return -np.mean(sum(v * np.exp(b * np.cos(away)) for b, v in heads) * np.sin(away), axis=1)

    begun = np.array([half, half + hair, -half, -half - hair])
    found = solve_ivp(velocity, (0.0, 1.5), begun, rtol=1e-12, atol=1e-14, t_eval=times).y
    assert factor == pytest.approx(float(np.max((found[1] - found[0]) / hair)) ** 2, rel=2e-3)
    assert factor > 4


def test_clumps_that_widen_are_judged_by_the_width_they_reach():
    # told of the variance at the start alone, the claim would allow itself less
    row = judged("head_energies", run(text((-1.0, -2.0), 0.9, end=0.6)))
    assert row.verdict != "fail"
    assert abs(row.measured - row.predicted) <= row.uncertainty
    narrow = judged("head_energies", record((1.0, -0.5), 0.3))
    assert row.uncertainty > 4 * narrow.uncertainty / (math.e + 0.1)
