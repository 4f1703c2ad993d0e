"""Positive densities: LN-scaling on the circle e^{−2√t}, Pre-LN t^{−2} in every dimension (see `theory.schemes`)."""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import by_tokens, case, normed, run
from claims.records import falsified, judged

POSITIVE = 'kind = "linear"\nslope = 0.8'


def text(scheme, d, beta, end, initial=POSITIVE):
    return normed(by_tokens(case("zonal", d, "softmax", beta, initial, end), scheme), scheme, "").replace(
        f"observe_every = {end / 40}", f"observe_every = {end / 200}"
    )


@cache
def record(scheme, d=2, beta=1.0, end=200.0):
    return run(text(scheme, d, beta, end))


@pytest.mark.parametrize(
    ("scheme", "d", "beta", "end", "kappa"),
    [
        ("ln_scaling", 2, 1.0, 200.0, 1.0),
        pytest.param("ln_scaling", 5, 1.0, 200.0, 2.0, marks=pytest.mark.slow),
        ("pre", 2, 1.0, 400.0, 2.0),
        pytest.param("pre", 5, 1.0, 400.0, 2.0, marks=pytest.mark.slow),
        pytest.param("peri", 2, 0.5, 400.0, 2.0, marks=pytest.mark.slow),
        pytest.param("ngpt", 2, 0.2, 20.0, 1.0, marks=pytest.mark.slow),  # as the bundled case scheme_antipode_ngpt
    ],
)  # fmt: skip
def test_the_exponent_in_the_clock_of_the_scheme(scheme, d, beta, end, kappa):
    row = judged("scheme_antipode", record(scheme, d, beta, end))
    assert row.verdict == "pass", row.reason
    assert row.predicted == kappa


def test_ln_scaling_on_the_circle_decays_by_the_root_of_time():
    found = record("ln_scaling").observables
    late = found["time"] > 100
    slope = np.polyfit(np.sqrt(found["time"][late] + 1), np.log(found["order_deficit"][late]), 1)[0]
    assert slope == pytest.approx(-2.0, rel=1e-3)


@pytest.mark.parametrize(
    ("scheme", "other"),
    [
        ("ln_scaling", "post"),
        pytest.param("post", "ln_scaling", marks=pytest.mark.slow),
        pytest.param("pre", "ln_scaling", marks=pytest.mark.slow),
    ],
)
def test_a_record_of_another_scheme_does_not_pass(scheme, other):
    end = {"post": 25.0, "pre": 400.0}.get(scheme, 200.0)
    wrong = falsified(record(scheme, end=end), text=text(other, 2, 1.0, end))
    row = judged("scheme_antipode", wrong)
    assert row.verdict != "pass"


def test_a_record_that_decays_at_another_power_fails():
    wrong = falsified(record("pre", end=400.0), order_deficit=lambda gone: gone**1.02,
                      w2_to_dirac=lambda w2: np.sqrt(2 * (w2**2 / 2) ** 1.02))  # fmt: skip
    assert judged("scheme_antipode", wrong).verdict == "fail"


def test_an_early_run_has_not_reached_the_law():
    row = judged("scheme_antipode", record("pre", end=3.0))
    assert (row.verdict, "not late yet" in row.reason) == ("not applicable", True)


def test_ngpt_says_nothing_where_attention_vanished_at_the_antipode():
    # at β = 1 the antipode first attends to itself, later to the cluster: in between not at all
    row = judged("scheme_antipode", record("ngpt", 2, 1.0, 6.0))
    assert (row.verdict, "has vanished at the antipode" in row.reason) == ("not applicable", True)


def test_data_without_mass_at_the_antipode_have_no_bottleneck():
    cap = text("ln_scaling", 2, 1.0, 200.0, 'kind = "cap"\nangle = 1.0')
    row = judged("scheme_antipode", falsified(record("ln_scaling"), text=cap))
    assert (row.verdict, "positive at the repelling point" in row.reason) == ("not applicable", True)


def test_a_clump_that_stalls_at_the_antipode_follows_no_power():
    # 1 − R tends to twice its mass
    stalled = falsified(record("pre", end=400.0), order_deficit=lambda gone: gone + 0.006,
                        w2_to_dirac=lambda w2: np.sqrt(w2**2 + 0.003 * np.pi**2))  # fmt: skip
    row = judged("scheme_antipode", stalled)
    assert (row.verdict, "a clump that stalls" in row.reason) == ("not applicable", True)
