"""A narrow ring of latitude c obeys c′ = c(1−c²)(1 − A(β(1−c²))), times Z without softmax (arXiv:2312.10794).

A von Mises–Fisher density in high dimension is such a ring, of width d^{−1/2}.
"""

from functools import cache

import numpy as np
import pytest
from claims.records import case, falsified, judged, run

BAND = 'kind = "band"\nlatitude = 0.3\nwidth = 0.04'


@cache
def ring(normalization, beta, d=3, initial=BAND, degree=160, end=0.4):
    return run(case("zonal", d, normalization, beta, initial, end, degree))


@pytest.mark.parametrize(("normalization", "beta"), [
    ("none", 1.0), pytest.param("softmax", 1.0, marks=pytest.mark.slow), ("softmax", 4.0),
])  # fmt: skip
def test_a_narrow_band_follows_the_ring_and_its_width_covers_the_difference(normalization, beta):
    row = judged("ring_law", ring(normalization, beta))
    assert row.verdict == "pass"
    assert abs(row.measured - row.predicted) <= row.uncertainty


@pytest.mark.parametrize(("normalization", "beta"), [("softmax", 1.0), ("none", 3.0), ("none", 0.0)])
def test_a_bump_in_high_dimension_follows_the_ring_and_its_width_covers_the_difference(normalization, beta):
    bump = 'kind = "von_mises_fisher"\nconcentration = 128.0'
    row = judged("ring_law", ring(normalization, beta, 128, bump, 48, 2.0))
    assert row.verdict == "pass"
    assert 0 < abs(row.measured - row.predicted) <= row.uncertainty


@pytest.mark.parametrize(("normalization", "beta"), [("none", 1.0), ("softmax", 3.0), ("softmax", 0.0)])
def test_a_record_of_another_normalization_or_beta_fails(normalization, beta):
    # on the two-sphere the speeds differ by a quarter and more: 0.03 and more in the cosine at t = 0.4
    record = falsified(ring("softmax", 1.0), text=case("zonal", 3, normalization, beta, BAND, 0.4, 160))
    assert judged("ring_law", record).verdict == "fail"


@pytest.mark.parametrize("shift", [0.02, -0.02, np.nan])
def test_a_ring_that_is_elsewhere_fails(shift):
    def changed(mean):
        mean[1:] += shift
        return mean

    assert judged("ring_law", falsified(ring("softmax", 1.0), mean=changed)).verdict == "fail"


@pytest.mark.parametrize("initial", [BAND.replace("0.04", "0.2"), 'kind = "linear"\nslope = 0.3'])
def test_a_wide_density_is_no_ring(initial):
    row = judged("ring_law", falsified(ring("softmax", 1.0), text=case("zonal", 3, "softmax", 1.0, initial, 0.4)))
    assert row.verdict == "not applicable"
    assert "narrow zonal ring" in row.reason


def test_a_ring_on_the_equator_does_not_move():
    row = judged("ring_law", falsified(ring("softmax", 1.0), mean=np.zeros_like))
    assert (row.verdict, row.reason) == ("not applicable", "a ring on the equator does not move")
