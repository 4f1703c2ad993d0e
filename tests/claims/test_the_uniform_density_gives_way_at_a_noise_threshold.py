"""Degree one changes at (d−1)(κ_c − κ), κ_c = w_1/β without softmax, (w_1/w_0)/β with (arXiv:2510.20094)."""

from functools import cache

import numpy as np
import pytest
from claims.records import case, falsified, judged, run
from scipy.special import gamma, iv

NOISE = 'kind = "random"\namplitude = 1e-6\nmax_degree = 3\nseed = 3'
BETA = {2: 3.0, 3: 2.0, 8: 1.0}


def critical(d, beta, normalization):
    """κ_c by modified Bessel functions."""
    nu = d / 2 - 1
    if normalization == "softmax":
        return iv(nu + 1, beta) / iv(nu, beta) / beta
    return gamma(d / 2) * (2 / beta) ** nu * iv(nu + 1, beta) / beta


def text(d, normalization, diffusion, initial=NOISE, end=30.0, **changes):
    kind = {2: "circle", 3: "sphere"}.get(d, "zonal")
    made = case(kind, d, normalization, changes.get("beta", BETA[d]), initial, end, degree=11, save_every=end)
    return made.replace("tolerance = 1e-11", "tolerance = 1e-12") + f"[noise]\ndiffusion = {diffusion}\n"


@cache
def near(d, normalization, share):
    return run(text(d, normalization, share * critical(d, BETA[d], normalization)))


@pytest.mark.parametrize("d", BETA)
@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("share", [0.98, 1.02])
def test_degree_one_grows_below_the_threshold_and_decays_above_it(d, normalization, share):
    record = near(d, normalization, share)
    row = judged("noise_threshold", record)
    assert row.verdict == "pass"
    assert row.tolerance == 1e-4
    assert row.predicted == pytest.approx(critical(d, BETA[d], normalization), rel=1e-12)
    order = record.observables["order_parameter"]
    # the rate itself, two hundredths of (d−1)κ_c: 1e-4 of κ_c is half a percent of it
    rate = np.log(order[-1] / order[0]) / record.observables["time"][-1]
    assert rate == pytest.approx((d - 1) * (1 - share) * row.predicted, rel=1e-3)


def test_a_record_of_another_beta_normalization_or_diffusion_fails():
    record = near(2, "softmax", 0.98)
    kappa = 0.98 * critical(2, 3.0, "softmax")
    for wrong in (text(2, "softmax", kappa, beta=3.001), text(2, "none", kappa), text(2, "softmax", 1.001 * kappa)):
        assert judged("noise_threshold", falsified(record, text=wrong)).verdict == "fail"


def test_a_mean_that_grows_half_a_percent_too_fast_fails():
    record = near(8, "none", 0.98)
    times = record.observables["time"]
    extra = np.exp(0.006 * 0.02 * 7 * critical(8, 1.0, "none") * times)
    row = judged("noise_threshold", falsified(record, order_parameter=lambda order: order * extra))
    assert row.verdict == "fail"


def test_large_data_and_runs_without_noise_or_mean_are_not_judged():
    large = run(text(2, "softmax", 0.2, NOISE.replace("1e-6", "1e-2"), 1.0))
    row = judged("noise_threshold", large)
    assert row.verdict == "not applicable"
    assert "ρ − 1 is below 1e-05 at fewer than two rows" in row.reason
    even = run(text(2, "softmax", 0.2, 'kind = "uniform"', 1.0))
    assert judged("noise_threshold", even).verdict == "not applicable"
    quiet = falsified(large, text=large.case_text.replace("diffusion = 0.2", "diffusion = 0.0"))
    assert "needs one head with Q = K = V = I, β ≥ 0, noise" in judged("noise_threshold", quiet).reason


def test_loose_steps_leave_the_threshold_untold():
    record = near(2, "softmax", 0.98)
    loose = falsified(record, text=record.case_text.replace("tolerance = 1e-12", "tolerance = 1e-7"))
    row = judged("noise_threshold", loose)
    assert row.verdict == "not applicable"
    assert "lower time.tolerance" in row.reason
