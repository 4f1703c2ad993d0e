"""β → ∞: tokens move alone towards an eigenvector of V; with values that repel they diffuse (arXiv:2509.25040)."""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import falsified, heads_case, judged, run
from scipy.special import ive

SLOPE = 'kind = "linear"\nslope = 0.5\nmean = [0.6, 0.8]'
TERMS = "{ degree = 1, order = 1, amplitude = 0.4 }, { degree = 2, order = -2, amplitude = 0.15 }"
WAVES = f'kind = "harmonics"\nterms = [{TERMS}]'


def text(normalization, heads, initial, end, save, diffusion=0.0, degree=63):
    return heads_case("circle", normalization, heads, initial, end, degree, diffusion, save_every=save)


def aligning(beta, value="[1.0, -0.5]"):
    return text("softmax", (f"beta = {beta}, value = {value}",), SLOPE, 0.5, 0.125, degree=127)


def diffusing(normalization, beta, factor=1.0, initial=WAVES):
    """Values such that the time of the run is that of the limit, times a factor."""
    partition = 1.0 if normalization == "softmax" else float(ive(0, beta)) * math.exp(beta)
    return text(normalization, (f"beta = {beta}, value = {-factor * beta / partition!r}",), initial, 0.2, 0.05)


@cache
def record(case_text):
    return run(case_text)


@pytest.mark.parametrize("beta", [40.0, 80.0])
def test_the_distance_to_the_transport_is_a_constant_over_beta(beta):
    row = judged("alignment_limit", record(aligning(beta)))
    assert row.verdict == "pass"
    assert row.window[1] == 0.5
    assert row.uncertainty < 1e-4 * row.predicted


def test_the_distance_times_beta_tends_to_the_constant():
    rows = [judged("alignment_limit", record(aligning(beta)), 0.5) for beta in (20.0, 40.0, 80.0)]
    misses = np.array([1 - row.measured / row.predicted for row in rows])
    # of the next order, 1/β, with a logarithm or so: it shrinks by a half, give or take a fifth, with each doubling
    assert np.all((misses[1:] / misses[:-1] > 0.4) & (misses[1:] / misses[:-1] < 0.7))


@pytest.mark.parametrize("value", ["[1.0, -0.4]", "[1.0, -0.55]", "[-0.5, 1.0]", "[[1.0, 0.05], [0.0, -0.5]]"])
def test_the_transport_of_another_matrix_fails(value):
    wrong = falsified(record(aligning(80.0)), text=aligning(80.0, value))
    assert judged("alignment_limit", wrong).verdict == "fail"


def test_a_distance_of_another_temperature_fails():
    # β·W₁ is then off by the ratio of the two
    assert judged("alignment_limit", falsified(record(aligning(80.0)), text=aligning(60.0))).verdict == "fail"


def test_late_snapshots_are_beyond_the_first_term_of_the_law():
    warm = text("softmax", ("beta = 20.0, value = [1.0, -0.5]",), SLOPE, 1.0, 1.0, degree=127)
    row = judged("alignment_limit", record(warm))
    assert row.verdict == "not applicable"
    assert "no snapshot is early enough" in row.reason


def test_the_median_angle_closes_at_the_spectral_gap():
    row = judged("alignment", record(aligning(80.0)))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(1.5, rel=1e-12))
    wrong = falsified(record(aligning(80.0)), text=aligning(80.0, "[1.0, -0.8]"))
    assert judged("alignment", wrong).verdict == "fail"


@pytest.mark.parametrize(("name", "normalization"), [("heat_limit", "softmax"), ("porous_limit", "none")])
def test_values_that_repel_leave_the_limit_at_the_predicted_constant_over_beta(name, normalization):
    found = record(diffusing(normalization, 80.0))
    row = judged(name, found)
    assert row.verdict == "pass"
    # another β, a clock ten percent off, other data: each puts b·sup|ρ^b − ρ| far off
    for wrong in (diffusing(normalization, 70.0), diffusing(normalization, 80.0, 1.1)):
        assert judged(name, falsified(found, text=wrong)).verdict == "fail"


def test_a_porous_medium_has_the_factor_one_half():
    # the same record, held against Δ(ρ²): the clock runs twice as fast
    found = record(diffusing("none", 80.0))
    row = judged("porous_limit", falsified(found, text=diffusing("none", 80.0, 2.0)))
    assert row.verdict == "fail"
    assert row.measured > 10 * row.predicted


@pytest.mark.parametrize(
    ("name", "changed", "reason"),
    [
        ("alignment_limit", diffusing("softmax", 80.0), "moves no token"),
        ("alignment_limit", aligning(10.0), "20 or more"),
        ("alignment_limit", aligning(80.0).replace('"softmax"', '"none"'), "needs softmax"),
        ("alignment", aligning(80.0, "[[1.0, 0.3], [0.0, -0.5]]"), "symmetric V"),
        (
            "alignment",
            text("softmax", ("beta = 80.0, query = [1.0, 0.9]",), SLOPE, 0.5, 0.125),
            "multiple of the identity",
        ),
        ("heat_limit", diffusing("none", 80.0), 'normalization "softmax"'),
        ("heat_limit", diffusing("softmax", 80.0, -1.0), "runs backwards"),
        ("porous_limit", diffusing("softmax", 80.0), 'normalization "none"'),
        ("porous_limit", diffusing("none", 80.0).replace("diffusion = 0.0", "diffusion = 0.1"), "without noise"),
    ],
)
def test_other_kinds_of_run_are_not_judged(name, changed, reason):
    row = judged(name, falsified(record(aligning(80.0)), text=changed))
    assert row.verdict == "not applicable"
    assert reason in row.reason


def test_the_uniform_density_does_not_diffuse():
    row = judged("porous_limit", record(diffusing("none", 80.0, initial='kind = "uniform"')))
    assert row.verdict == "not applicable"
    assert "has not moved" in row.reason
