"""A narrow ring and its norm under every scheme, and (1 − γ)r² = const under Pre- and Peri-LN as d → ∞ (derived)."""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import SCHEMES, by_tokens, case, normed, run
from claims.records import falsified, judged


def text(scheme, d=3, beta=1.0, width=0.02, end=2.0, keys=None):
    band = f'kind = "band"\nlatitude = 0.3\nwidth = {width}'
    return normed(by_tokens(case("zonal", d, "softmax", beta, band, end), scheme), scheme, keys).replace(
        "1e-11", "1e-9"
    )


@cache
def record(scheme, d=3, width=0.02, end=2.0):
    return run(text(scheme, d, width=width, end=end))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_moves_the_ring_as_predicted_and_its_width_covers_the_difference(scheme):
    row = judged("scheme_ring", record(scheme))
    assert row.verdict == "pass"
    assert abs(row.measured - row.predicted) <= row.uncertainty


@pytest.mark.parametrize(
    ("scheme", "other", "keys"),
    [("pre", "post", ""), ("pre", "pre", "radius = 1.0"), ("peri", "ngpt", ""), ("mix", "pre", None),
     ("ln_scaling", "post", ""), ("ngpt", "peri", None)],
)  # fmt: skip
def test_a_record_of_another_scheme_fails(scheme, other, keys):
    assert judged("scheme_ring", falsified(record(scheme), text=text(other, keys=keys))).verdict == "fail"


@pytest.mark.parametrize("scheme", ["pre", pytest.param("peri", marks=pytest.mark.slow)])
def test_closing_angles_balance_growing_norms_in_high_dimension(scheme):
    row = judged("invariant", record(scheme, 2048, 0.005, 5.0))
    assert row.verdict == "pass"
    found = record(scheme, 2048, 0.005, 5.0).observables
    assert found["mean_radius"][-1] > 1.5 * found["mean_radius"][0]


def test_norms_that_grow_faster_break_the_balance():
    wrong = falsified(record("pre", 2048, 0.005, 5.0), mean_radius=lambda r: r * np.linspace(1.0, 1.02, r.size))
    assert judged("invariant", wrong).verdict == "fail"


def test_in_low_dimension_the_balance_drifts_by_more_than_is_allowed():
    row = judged("invariant", record("pre"))
    assert (row.verdict, "larger dimension" in row.reason) == ("not applicable", True)


@pytest.mark.parametrize("scheme", ["post", "ngpt"])
def test_without_norms_there_is_no_balance(scheme):
    row = judged("invariant", record(scheme))
    assert (row.verdict, "Pre- and Peri-LN" in row.reason) == ("not applicable", True)


def test_a_wide_density_is_no_ring():
    for name in ("scheme_ring", "invariant"):
        row = judged(name, falsified(record("pre"), text=text("pre", width=0.2)))
        assert (row.verdict, "narrow zonal ring" in row.reason) == ("not applicable", True)
