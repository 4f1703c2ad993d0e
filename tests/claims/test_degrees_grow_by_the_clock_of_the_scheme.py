"""Out of the uniform density degree l grows like e^{σ_l T}, T = ∫dt/s (derived in `theory.schemes`).

With A = I_{d/2}(β)/I_{d/2−1}(β): post t, pre ln(1 + At/r₀)/A, peri ln(1 + t/r₀)/A, nGPT ∫α dt/A, LN-scaling
2√(t+1) − 2.
"""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import KEYS, SCHEMES, case, normed, run
from claims.records import falsified, judged
from scipy.special import ive

PLACES = (("circle", 2), ("zonal", 3), ("zonal", 8))


def text(scheme, kind="zonal", d=3, beta=2.0, keys=None, size=2e-6):
    order = ", order = {0}" if kind == "circle" else ""
    terms = ", ".join(f"{{ degree = {l}{order.format(l)}, amplitude = {size} }}" for l in (1, 3, 5))
    rows = {"observe_every": 0.5, "save_every": 0.25}
    given = case(kind, d, "softmax", beta, f'kind = "harmonics"\nterms = [{terms}]', 1.0, 12, **rows)
    return normed(given.replace("1e-11", "1e-13"), scheme, keys)


@cache
def record(scheme, kind="zonal", d=3):
    return run(text(scheme, kind, d))


def rate(l, d, beta):
    return l * (l + d - 2) * ive(l + d / 2 - 1, beta) / ive(d / 2 - 1, beta) / beta


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("kind", "d"), PLACES)
def test_every_scheme_in_two_three_and_eight_dimensions(scheme, kind, d):
    row = judged("scheme_growth", record(scheme, kind, d))
    assert row.verdict == "pass", row.reason
    assert row.tolerance == 1e-6
    rates = [rate(l, d, 2.0) for l in range(1, 6)]
    assert np.abs(np.array(rates) / row.predicted - 1).min() < 1e-12
    assert row.predicted > 1e-3 * max(rates)


@pytest.mark.parametrize(
    ("scheme", "other", "keys"),
    [
        ("pre", "peri", None),
        ("pre", "post", None),
        ("pre", "pre", "radius = 1.301"),
        ("mix", "mix", "radius = 1.3\nswitch_time = 0.401"),
        ("ngpt", "ngpt", "rate = 1.001"),
        ("ln_scaling", "post", None),
        ("peri", "pre", None),
        ("post", "ln_scaling", None),
    ],
)
def test_a_record_of_another_scheme_fails(scheme, other, keys):
    wrong = falsified(record(scheme), text=text(other, keys=KEYS.get(other, "") if keys is None else keys))
    assert judged("scheme_growth", wrong).verdict == "fail"


def test_a_record_of_another_temperature_fails():
    assert judged("scheme_growth", falsified(record("pre"), text=text("pre", beta=2.001))).verdict == "fail"


@pytest.mark.parametrize("scheme", ["peri", "ngpt"])
def test_a_scheme_that_divides_by_attention_says_nothing_where_there_is_none(scheme):
    row = judged("scheme_growth", falsified(record(scheme), text=text(scheme, beta=0.0)))
    assert row.verdict == "not applicable"
    assert "divides by the attention's norm" in row.reason


def test_data_far_from_uniform_have_no_degrees_that_grow_alone():
    row = judged("scheme_growth", run(text("pre", size=0.05)))
    assert (row.verdict, "ρ − 1" in row.reason) == ("not applicable", True)


def test_noise_and_context_are_not_covered():
    longer = text("ln_scaling").replace("[initial]", "context_length = 100\n[initial]")
    row = judged("scheme_growth", falsified(record("ln_scaling"), text=longer))
    assert (row.verdict, "no context length" in row.reason) == ("not applicable", True)


def test_steps_that_hardly_see_a_degree_are_not_blamed_on_the_scheme():
    given = text("ngpt", d=5, size=1e-8).replace("tolerance = 1e-13", "tolerance = 1e-9")
    row = judged("scheme_growth", run(given))
    assert (row.verdict, "the steps' tolerance allows" in row.reason) == ("not applicable", True)
    assert judged("scheme_growth", falsified(run(given), text=given.replace("1e-9", "1e-12"))).verdict == "fail"


def test_rates_whose_growth_is_no_number_are_known():
    row = judged("scheme_growth", run(normed(case("circle", 2, "none", 20.0, 'kind = "uniform"', 0.5, 16), "ngpt")))
    assert (row.verdict, "could not be evaluated" in row.reason) == ("not applicable", False)
