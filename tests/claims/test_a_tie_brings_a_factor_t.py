"""Where (d−1)λ_a = 2λ_c, 1 − R ~ t e^{−κt}: the local slope is κ − 1/(t + t₀), and two slopes determine κ with t₀."""

import math

import numpy as np
import pytest
from claims.records import boost_record, case, falsified, judged, linear

TEXT = case("zonal", 3, "softmax", 1.0, linear("zonal"), 20.0)
TIE_D6 = 0.5 * math.log(2.5)


@pytest.mark.parametrize("name", ["dirac_rate", "w2_rate", "pl_ratio"])
@pytest.mark.parametrize("spacing", [0.2, 0.05])
def test_the_exact_boost_of_the_two_sphere_has_rate_two_with_its_factor(name, spacing):
    record = boost_record(3, 20.0, spacing)
    row = judged(name, record)
    kappa = 1.0 if name == "w2_rate" else 2.0
    assert (row.verdict, row.predicted) == ("pass", kappa)
    assert abs(row.measured - kappa) <= row.uncertainty
    # R = coth s − s/sinh² s: the plain slope at the end is still 1/(s − ½) below, forty times the tolerance
    assert record.observables["order_deficit"][record.observables["time"] < row.window[0] - spacing].min() > 1e-3


def tie(kappa, lag, power=1.0, text=TEXT):
    """A record of 1 − R = ((t + lag)/lag)^power e^{−κt}/2."""
    record = boost_record(3, 20.0, text=text)
    t = record.observables["time"]
    return falsified(record, order_deficit=lambda _: 0.5 * ((t + lag) / lag) ** power * np.exp(-kappa * t))


@pytest.mark.parametrize("lag", [0.4, 1.0, 5.0])
def test_the_lag_of_the_factor_does_not_matter(lag):
    assert judged("dirac_rate", tie(2.0, lag)).verdict == "pass"


def test_the_tie_of_unnormalised_attention_is_at_its_crossover():
    kappa = math.sqrt(10.0)
    at = case("zonal", 6, "none", TIE_D6, linear("zonal"), 20.0)
    row = judged("dirac_rate", tie(kappa, 1.0, text=at))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(kappa, rel=1e-14))


@pytest.mark.parametrize("kappa", [1.0, 1.98, 2.02, 4.0])
def test_another_exponent_fails(kappa):
    assert judged("dirac_rate", tie(kappa, 1.0)).verdict == "fail"


@pytest.mark.parametrize("power", [0.5, 2.0, -1.0])
def test_another_power_of_t_fails(power):
    assert judged("dirac_rate", tie(2.0, 1.0, power)).verdict == "fail"


def test_the_circle_relabelled_as_the_two_sphere_fails():
    assert judged("dirac_rate", boost_record(2, 20.0, text=TEXT)).verdict == "fail"


def test_too_few_rows_after_the_transient_are_said_to_be_too_few():
    row = judged("dirac_rate", boost_record(3, 6.0, 0.4))
    assert row.verdict == "not applicable"
    assert "fewer than eight local slopes" in row.reason
