"""Scalar heads: degree l grows at l(l+d−2)(Σ_h v_h w_l(b_h)/b_h − κ) (derived in `linear_stability`)."""

from functools import cache

import numpy as np
import pytest
from claims.records import falsified, heads_case, judged, run
from scipy.special import iv

NOISE = 'kind = "random"\namplitude = 1e-6\nmax_degree = 6\nseed = 3'
HEADS = ("beta = 3.0", "beta = 2.0, query = 0.5, value = -0.7", "beta = -1.5, key = [1.0, 1.0]")
PAIRS = ((3.0, 1.0), (1.0, -0.7), (-1.5, 1.0))


def text(normalization, heads=HEADS, diffusion=0.0, end=1.5, initial=NOISE):
    # steps to 1e-13, so that every degree stands out of their errors: a degree that does not is not judged
    given = heads_case("circle", normalization, heads, initial, end, diffusion=diffusion, save_every=0.25)
    return given.replace("tolerance = 1e-11", "tolerance = 1e-13")


def rate(l, pairs, normalization, diffusion):
    """By modified Bessel functions of whole order; I_l(−b) = (−1)^l I_l(b)."""
    gains = [v * iv(l, b) / b / (iv(0, b) if normalization == "softmax" else 1) for b, v in pairs]
    return l * l * (sum(gains) - diffusion)


@cache
def record(normalization, diffusion):
    return run(text(normalization, diffusion=diffusion))


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("diffusion", [0.0, 0.05])
def test_three_heads_with_and_without_noise(normalization, diffusion):
    row = judged("linear_growth", record(normalization, diffusion))
    assert row.verdict == "pass"
    rates = [rate(l, PAIRS, normalization, diffusion) for l in range(1, 20)]
    assert np.abs(np.array(rates) - row.predicted).min() < 1e-10


@pytest.mark.parametrize(
    "wrong",
    [
        text("softmax", diffusion=0.052),
        text("softmax", diffusion=0.0),
        text("none", diffusion=0.05),
        text("softmax", HEADS[:2], 0.05),
        text("softmax", (*HEADS[:2], "beta = 1.5"), 0.05),
        text("softmax", (HEADS[0], "beta = 2.0, query = 0.5, value = -0.71", HEADS[2]), 0.05),
    ],
)
def test_a_record_of_other_heads_or_other_noise_fails(wrong):
    assert judged("linear_growth", falsified(record("softmax", 0.05), text=wrong)).verdict == "fail"


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("l", [1, 2])
@pytest.mark.parametrize("excess", [1e-3, -1e-3])
def test_a_degree_turns_where_two_competing_heads_balance(normalization, l, excess):
    # v₂ = −(w_l(b₁)/b₁)/(w_l(b₂)/b₂), a thousandth less or more
    first, second = (rate(l, [(b, 1.0)], normalization, 0.0) for b in (2.0, 1.0))
    value = float(-first / second * (1 - excess))
    initial = f'kind = "harmonics"\nterms = [{{ degree = {l}, order = {l}, amplitude = 1e-7 }}]'
    heads = ("beta = 2.0", f"beta = 1.0, value = {value!r}")
    found = run(text(normalization, heads, end=1.0, initial=initial))
    sizes = [found.density(i).coefficients[0, l] for i in (0, found.density_times.size - 1)]
    # ln of the ratio is first·excess·t, of which rounding 1e-16/1e-7 and products of amplitudes leave nine digits
    assert np.log(sizes[1] / sizes[0]) == pytest.approx(first * excess, abs=3e-8)
    assert (sizes[1] > sizes[0]) == (excess > 0)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_score_and_value_minus_the_identity_let_even_degrees_grow_and_two_win(normalization):
    heads = ("beta = 2.0, key = -1.0, value = -1.0",)
    initial = NOISE.replace("1e-6", "1e-3")
    found = run(text(normalization, heads, end=9.0 if normalization == "softmax" else 4.0, initial=initial))
    row = judged("most_unstable_degree", found)
    assert (row.verdict, row.predicted, row.measured) == ("pass", 2.0, 2.0)
    first, early = (found.density(i).coefficients for i in (0, 2))
    grown = np.linalg.norm(early, axis=0)[1:7] > np.linalg.norm(first, axis=0)[1:7]
    assert grown.tolist() == [False, True, False, True, False, True]


def test_heads_under_which_nothing_grows_have_no_winner():
    found = run(text("softmax", ("beta = 2.0, value = -1.0",), end=0.5))
    row = judged("most_unstable_degree", found)
    assert row.verdict == "not applicable"
    assert "no degree of the uniform density grows" in row.reason


def test_matrices_that_are_no_multiples_of_the_identity_have_no_rates_of_degrees():
    found = run(text("softmax", ("beta = 2.0, value = [1.0, 0.5]",), end=0.5))
    for name in ("linear_growth", "most_unstable_degree"):
        row = judged(name, found)
        assert row.verdict == "not applicable"
        assert "multiples of the identity" in row.reason
