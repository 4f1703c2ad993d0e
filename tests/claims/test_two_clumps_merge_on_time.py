"""Two narrow clumps follow the equation of two Dirac masses, ρ′ = (1 − ρ²)e^{βρ} without softmax (arXiv:2509.25040)."""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import case, falsified, judged, made, run
from scipy.integrate import solve_ivp

NARROW = 2000.0


def clumps(concentration=NARROW, weight=0.3, uniform=0.0):
    half = math.sqrt(0.75)
    one, two = f"mean = [{half}, 0.5]", f"mean = [{half}, -0.5]"
    return (
        f'kind = "mixture"\nuniform = {uniform}\ncomponents = [{{{one}, concentration = {concentration}, '
        f"weight = {1 - weight}}}, {{{two}, concentration = {concentration}, weight = {weight}}}]"
    )


def text(normalization, beta, initial=None, **sizes):
    return case("circle", 2, normalization, beta, initial or clumps(), **sizes)


def exact(normalization, beta, weight=0.3, end=1.5):
    """The record of two points: R² = m₁² + m₂² + 2 m₁ m₂ ρ."""
    m1, m2 = 1 - weight, weight

    def rate(_t, state):
        rho = state[0]
        if normalization == "none":
            return [(1 - rho**2) * math.exp(beta * rho)]
        own, other = math.exp(beta), math.exp(beta * rho)
        return [(1 - rho**2) * (m2 * other / (m1 * own + m2 * other) + m1 * other / (m2 * own + m1 * other))]

    times = np.linspace(0, end, 61)
    rho = solve_ivp(rate, (0, end), [0.5], t_eval=times, rtol=1e-10, atol=1e-12).y[0]
    R = np.sqrt(m1**2 + m2**2 + 2 * m1 * m2 * rho)
    return made(text(normalization, beta), {"time": times, "order_parameter": R})


@cache
def merging():
    return run(text("softmax", 4.0, clumps(400.0), end=0.5, degree=160))


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("beta", [-1.0, 0.0, 4.0])
def test_two_points_pass(normalization, beta):
    row = judged("pair_merging", exact(normalization, beta))
    assert row.verdict == "pass"
    assert row.measured == pytest.approx(row.predicted, rel=1e-7)


def test_two_clumps_of_a_run_pass_and_their_width_covers_the_difference():
    row = judged("pair_merging", merging())
    assert row.verdict == "pass"
    assert 0 < abs(row.measured - row.predicted) <= row.uncertainty


@pytest.mark.parametrize(("normalization", "beta"), [("none", 4.0), ("softmax", 0.0), ("softmax", 8.0)])
def test_a_record_of_another_normalization_or_beta_fails(normalization, beta):
    record = falsified(exact("softmax", 4.0), text=text(normalization, beta))
    assert judged("pair_merging", record).verdict == "fail"


def test_a_record_of_other_masses_fails():
    wrong = falsified(exact("softmax", 4.0), text=text("softmax", 4.0, clumps(weight=0.5)))
    assert judged("pair_merging", wrong).verdict == "fail"


def test_clumps_too_wide_to_tell_are_not_judged():
    wide = falsified(merging(), text=text("softmax", 4.0, clumps(100.0)))
    row = judged("pair_merging", wide, 3e-3)
    assert row.verdict == "not applicable"
    assert row.reason.endswith("narrower bumps would tell")


@pytest.mark.parametrize(
    ("initial", "reason"),
    [
        (clumps(50.0), "concentration 100 or more"),
        (clumps(uniform=0.1), "concentration 100 or more"),
        ('kind = "uniform"', "mixture of two bumps"),
        (clumps().replace("-0.5]", "0.5]"), "neither at one place nor antipodal"),
    ],
)
def test_other_data_are_no_pair(initial, reason):
    row = judged("pair_merging", falsified(merging(), text=text("softmax", 4.0, initial)))
    assert row.verdict == "not applicable"
    assert reason in row.reason
