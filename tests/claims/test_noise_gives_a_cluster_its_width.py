"""A narrow noisy cluster has the variance κ/(1 − βκ) with softmax, κe^{−β} without, in every tangent direction (derived
here); at β = 0 the density is ∝ e^{M<x,e>/κ} with M = I_{d/2}(M/κ)/I_{d/2−1}(M/κ) (arXiv:2512.01868)."""

from functools import cache

import pytest
from claims.records import case, falsified, judged, run
from scipy.optimize import brentq
from scipy.special import ive


def text(d, normalization, beta, diffusion, concentration, end, degree):
    mean = "mean = [0.6, 0.8]" if d == 2 else ""
    start = f'kind = "von_mises_fisher"\nconcentration = {concentration}\n{mean}'
    made = case("circle" if d == 2 else "zonal", d, normalization, beta, start, end, degree=degree)
    return made.replace("tolerance = 1e-11", "tolerance = 1e-9") + f"[noise]\ndiffusion = {diffusion}\n"


@cache
def cluster(d, normalization, beta, diffusion, concentration, end, degree):
    return run(text(d, normalization, beta, diffusion, concentration, end, degree))


SOFTMAX = (2, "softmax", 5.0, 0.01, 90.0, 8.0, 79)


@pytest.mark.parametrize(
    ("arguments", "predicted"),
    [
        (SOFTMAX, 0.01 / 0.95),
        ((3, "softmax", 2.0, 0.01, 90.0, 8.0, 63), 0.01 / 0.98),
        ((2, "none", 1.0, 0.005, 500.0, 3.0, 160), 0.005 / 2.718281828459045),
    ],
)
def test_a_narrow_cluster_is_as_wide_as_noise_and_attention_make_it(arguments, predicted):
    row = judged("cluster_width", cluster(*arguments))
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(predicted, rel=1e-12)


def test_a_cluster_five_percent_too_wide_fails():
    wider = falsified(cluster(*SOFTMAX), w2_to_dirac=lambda w2: 1.025 * w2)
    assert judged("cluster_width", wider).verdict == "fail"


def test_a_record_of_another_beta_or_normalization_fails():
    # the law without β, s² = κ, is five percent off
    for changed in ("beta = 0.0", "beta = 12.0"):
        wrong = falsified(cluster(*SOFTMAX), text=cluster(*SOFTMAX).case_text.replace("beta = 5.0", changed))
        assert judged("cluster_width", wrong).verdict == "fail"


def test_wide_and_unfinished_clusters_are_not_judged():
    wide = falsified(cluster(*SOFTMAX), text=cluster(*SOFTMAX).case_text.replace("diffusion = 0.01", "diffusion = 0.1"))
    assert "is not below 0.05" in judged("cluster_width", wide).reason
    row = judged("cluster_width", cluster(2, "softmax", 5.0, 0.01, 60.0, 0.2, 63))
    assert row.verdict == "not applicable"
    assert "a longer run" in row.reason


@cache
def kuramoto(d):
    return run(text(d, "none", 0.0, 0.8 / d, 2.0, 90.0, 15))


@pytest.mark.parametrize("d", [2, 8])
def test_without_temperature_the_density_is_von_mises_fisher(d):
    row = judged("small_beta_state", kuramoto(d))
    assert row.verdict == "pass"
    kappa, nu = 0.8 / d, d / 2 - 1
    order = brentq(lambda M: ive(nu + 1, M / kappa) / ive(nu, M / kappa) - M, 0.1, 0.99, xtol=1e-15)
    assert row.predicted == pytest.approx(order, abs=1e-12)
    # the tolerance of the claim, 1e-8, is a tenth of what a change of 1e-7 makes
    wrong = falsified(kuramoto(d), order_parameter=lambda R: R * (1 + 1e-7))
    assert judged("small_beta_state", wrong).verdict == "fail"


def test_above_one_over_d_or_with_temperature_there_is_no_such_state():
    for changed in ("diffusion = 0.6", "diffusion = 0.5"):
        record = falsified(kuramoto(2), text=kuramoto(2).case_text.replace("diffusion = 0.4", changed))
        assert "κ ≥ 1/d" in judged("small_beta_state", record).reason
    warm = falsified(kuramoto(2), text=kuramoto(2).case_text.replace("beta = 0.0", "beta = 1.0"))
    assert "needs β = 0" in judged("small_beta_state", warm).reason
