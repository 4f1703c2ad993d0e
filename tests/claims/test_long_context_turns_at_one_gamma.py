"""β = γ ln n: the flow of a ring turns where one layer of attention does (arXiv:2510.05554), at γ = 1/(1 − ρ)."""

import math
from functools import cache

import numpy as np
import pytest
from claims.norm_records import normed, ring_in_context, run
from claims.records import falsified, judged
from scipy.special import ive

CONTEXTS = (10**3, 10**6, 10**9)
BOTH = ("long_context", "context_ring")


def text(n, gamma, **how):
    return ring_in_context(n, gamma * math.log(n or 1000), **{"tolerance": 1e-6, **how})


@cache
def record(n, gamma):
    return run(text(n, gamma))


@pytest.mark.parametrize("n", CONTEXTS)
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 3.0])
def test_the_speed_of_the_overlap_is_that_of_n_equiangular_tokens(n, gamma):
    for name in BOTH:
        row = judged(name, record(n, gamma))
        assert row.verdict == "pass", row.reason


@pytest.mark.parametrize("n", CONTEXTS)
def test_half_of_the_attention_is_to_others_at_the_critical_gamma(n):
    row = judged("long_context", record(n, 2.0))
    assert row.predicted == pytest.approx(0.5, abs=0.02)  # ρ at the first slope is a little above ½


def test_the_turn_is_sharper_in_a_longer_context():
    # between γ = 1.5 and 2.5 the share falls by 1 − 2/(1 + n^{1/4}): to e^{∓ln n/4} : 1
    falls = [judged("context_ring", record(n, 1.5)).measured - judged("context_ring", record(n, 2.5)).measured
             for n in CONTEXTS]  # fmt: skip
    assert falls == sorted(falls)
    expected = [1 - 2 / (1 + n**0.25) for n in CONTEXTS]
    # the error in 1/d is at most z²/4·2d + z/2d, z = β/2: 0.08 for the longest
    np.testing.assert_allclose(falls, expected, atol=0.08)


def test_the_ring_has_its_own_law_in_few_dimensions():
    # d = 3: a ring of circles, Λ(z) = I_0(z) and a = I_1(z)/I_0(z)
    n, beta, d = 1000, 6.0, 3
    found = run(ring_in_context(n, beta, d, tolerance=1e-9))
    row = judged("context_ring", found)
    z = beta / 2
    share = (1 - ive(1, z) / ive(0, z)) / (1 + 1 / ((n - 1) * ive(0, z)))
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(share, rel=0.02)
    row = judged("long_context", found)
    assert (row.verdict, "needs a larger d" in row.reason) == ("not applicable", True)


@pytest.mark.parametrize(("n", "beta"), [(2000, 2.0), (500, 2.0), (1000, 2.1), (1000, 1.9)])
def test_a_record_of_another_context_or_temperature_fails(n, beta):
    other = ring_in_context(n, beta * math.log(1000))
    assert judged("context_ring", falsified(record(1000, 2.0), text=other)).verdict == "fail"


def test_an_infinite_context_is_not_slowed():
    endless = run(text(None, 1.5))  # at lower temperatures Z spans more than a sum of harmonics carries
    for name in BOTH:
        assert judged(name, falsified(endless, text=text(1000, 2.5))).verdict == "fail"
    for name in (*BOTH, "context_crossover"):
        row = judged(name, endless)
        assert (row.verdict, row.reason) == ("not applicable", "needs attention.context_length")


@cache
def released():
    return run(text(1000, 2.5, end=4.0, rows=200))


def test_the_flow_is_released_where_its_overlap_passes_the_threshold_of_a_layer():
    row = judged("context_crossover", released())
    assert row.verdict == "pass", row.reason
    assert row.measured == pytest.approx(2.5)
    # a record said to be of γ = 2.2 or, with the same β, of n = 10⁴ has its turn at the wrong overlap
    for n, gamma in ((1000, 2.2), (10**4, 2.5)):
        other = ring_in_context(n, gamma * math.log(1000), end=4.0, rows=200)
        assert judged("context_crossover", falsified(released(), text=other)).verdict == "fail"


def test_a_flow_that_begins_beyond_its_turn_or_never_reaches_it_has_none():
    for gamma, words in ((1.0, "beyond its crossover"), (3.0, "not its crossover")):
        row = judged("context_crossover", record(1000, gamma))
        assert (row.verdict, words in row.reason) == ("not applicable", True)


@pytest.mark.parametrize("scheme", ["ln_scaling"])
def test_a_layer_norm_is_not_covered(scheme):
    for name in (*BOTH, "context_crossover"):
        row = judged(name, falsified(record(1000, 2.0), text=normed(text(1000, 2.0), scheme)))
        assert (row.verdict, "norm one" in row.reason) == ("not applicable", True)
