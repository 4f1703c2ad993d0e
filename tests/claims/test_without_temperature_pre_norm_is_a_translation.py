"""β = 0, Pre-LN: y = r₀θ₀ + Y, through and beyond the passage through the origin (see `theory.pre_norm`)."""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import case, normed, run
from claims.records import MEANS, falsified, judged

LINEAR = 'kind = "linear"\nslope = 0.8'
SPACES = {"circle": 2, "sphere": 3, "zonal": 3}


def text(kind="zonal", d=3, initial=LINEAR, beta=0.0, scheme="pre", end=4.0, keys="radius = 0.8"):
    given = case(kind, d, "none", beta, f"{initial}\n{MEANS[kind]}", end, 16)
    return normed(given, scheme, keys)


@cache
def record(kind="zonal", d=3, initial=LINEAR, end=4.0):
    return run(text(kind, d, initial, end=end))


@pytest.mark.parametrize(("kind", "d", "end"), [("zonal", 3, 4.0), ("zonal", 8, 4.0), ("circle", 2, 4.0)])
def test_a_linear_density_is_followed_beyond_the_passage(kind, d, end):
    found = record(kind, d, end=end)
    row = judged("translation", found)
    assert row.verdict == "pass", row.reason
    assert row.tolerance == 1e-9
    assert found.observables["largest_radius"][-1] > 2 * 0.8  # |Y| > r₀: the antipode has passed the origin
    assert row.window[1] == end


def test_in_three_dimensions_the_law_is_elementary():
    # largest norm r₀(1 + S); R = 2S/3 + ε(1/3 − S²/5), then 1 − R = 1/(3S²) − 2ε/(15S³)
    found = record().observables
    S, order, epsilon = found["largest_radius"] / 0.8 - 1, found["order_parameter"], 0.8
    early, late = S < 0.9, S > 1.1
    assert early.any()
    assert late.any()
    before = 2 * S / 3 + epsilon * (1 / 3 - S**2 / 5)
    after = 1 - (1 / (3 * S**2) - 2 * epsilon / (15 * S**3))
    # the outermost token is a Gauss point beside the pole, not the pole: its norm lacks 1 − cos θ of it
    np.testing.assert_allclose(order[early], before[early], atol=1e-3)
    np.testing.assert_allclose(order[late], after[late], atol=1e-3)


@pytest.mark.parametrize(("kind", "d"), [("circle", 2), ("zonal", 5)])
def test_any_density_is_followed_up_to_the_passage(kind, d):
    bump = 'kind = "von_mises_fisher"\nconcentration = 2.0'
    row = judged("translation", record(kind, d, bump, 2.0))
    assert row.verdict == "pass", row.reason
    assert 0 < row.window[1] < 2.0


@pytest.mark.parametrize("other", [text(keys="radius = 0.801"), text(initial=LINEAR.replace("0.8", "0.801"))])
def test_a_record_of_another_norm_or_density_fails(other):
    assert judged("translation", falsified(record(), text=other)).verdict == "fail"


@pytest.mark.parametrize(
    ("other", "words"),
    [(text(beta=1.0), "β = 0"), (text(scheme="peri"), "Pre-LN only")],
)
def test_temperature_and_other_schemes_are_not_covered(other, words):
    row = judged("translation", falsified(record(), text=other))
    assert (row.verdict, words in row.reason) == ("not applicable", True)


def test_the_uniform_density_does_not_move():
    row = judged("translation", falsified(record(), order_parameter=np.zeros_like))
    assert (row.verdict, "does not move" in row.reason) == ("not applicable", True)
