"""A symmetric antipodal clump of mass m spreads at r = (1−m)e^{−β} − m e^β (over Z): it stays iff tanh β > 1 − 2m.

The mechanism of example 2.6 of arXiv:2504.14697, as described in arXiv:2512.01868.
"""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import Axial, case, falsified, judged, made, run


def clumps(m, concentration=1000.0):
    return (
        f'kind = "mixture"\ncomponents = [{{axis = 1, concentration = {concentration}, weight = {1 - m}}}, '
        f"{{axis = -1, concentration = {concentration}, weight = {m}}}]"
    )


def text(normalization, beta, m, initial=None, end=0.2):
    return case("zonal", 3, normalization, beta, initial or clumps(m), end, degree=320)


@cache
def moving(normalization, beta, m):
    return run(text(normalization, beta, m))


def spreading(rate, m=0.2, beta=1.0, normalization="softmax", start=0.01, end=1.0, near=-8.0):
    """Snapshots of a thin ring about −e of angle start·e^{rate t}, and of all else at one latitude about e."""
    times = np.linspace(0, end, 11)
    rings = [
        Axial(np.array([near, -math.log(math.tan(0.5 * start * math.exp(rate * t)))]), np.array([1 - m, m]))
        for t in times
    ]
    return made(text(normalization, beta, m, end=end), {"time": times}, rings, times)


def predicted(normalization, beta, m):
    away, towards = (1 - m) * math.exp(-beta), m * math.exp(beta)
    return away - towards if normalization == "none" else (away - towards) / (away + towards)


@pytest.mark.parametrize(
    ("normalization", "beta", "m"), [("softmax", 1.0, 0.05), ("none", 1.0, 0.2), ("softmax", 1.0, 0.3)]
)
def test_the_clump_of_a_run_spreads_as_predicted_and_the_uncertainty_covers_the_rest(normalization, beta, m):
    row = judged("two_dirac_limit", moving(normalization, beta, m))
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(predicted(normalization, beta, m), rel=1e-12)
    assert abs(row.measured - row.predicted) <= row.uncertainty


def test_at_the_threshold_a_rate_near_zero_is_not_called_wrong():
    row = judged("two_dirac_limit", moving("softmax", 1.0, 0.119))
    assert row.verdict == "not applicable"
    assert abs(row.measured - row.predicted) <= row.uncertainty
    assert row.reason.endswith("narrower bumps would tell")


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("beta", "m"), [(1.0, 0.2), (1.0, 0.05), (2.0, 0.01)])
def test_a_thin_ring_passes_with_the_right_rate_and_fails_with_any_other(normalization, beta, m):
    rate = predicted(normalization, beta, m)
    assert judged("two_dirac_limit", spreading(rate, m, beta, normalization)).verdict == "pass"
    for wrong in (1.1 * rate, 0.9 * rate, -rate, 0.0):
        assert judged("two_dirac_limit", spreading(wrong, m, beta, normalization)).verdict == "fail"


@pytest.mark.parametrize(
    ("normalization", "beta", "m"), [("none", 1.0, 0.05), ("softmax", 0.5, 0.05), ("softmax", 1.0, 0.2)]
)
def test_a_record_of_another_normalization_beta_or_mass_fails(normalization, beta, m):
    record = falsified(moving("softmax", 1.0, 0.05), text=text(normalization, beta, m))
    assert judged("two_dirac_limit", record).verdict == "fail"


def test_the_window_ends_where_the_clump_is_too_wide_for_the_law():
    # spread √tolerance = 0.224 is passed at t = ln(0.224/0.05)/2 = 0.749
    record = spreading(2.0, m=0.2, start=0.05)
    assert judged("two_dirac_limit", record).window == (0.0, pytest.approx(0.7))


def test_a_far_side_that_rings_is_not_judged():
    # R and E resolve long after the faint far side is lost in the series' tail
    record = run(case("zonal", 3, "none", 1.0, clumps(0.05, 2000.0), 0.3, degree=200))
    row = judged("two_dirac_limit", record)
    assert row.verdict == "not applicable"
    assert "is resolved" in row.reason


@pytest.mark.parametrize(
    ("initial", "reason"),
    [
        (clumps(0.2, 50.0), "concentration 100 at e and −e"),
        (clumps(0.2).replace("axis = -1", "axis = 1"), "concentration 100 at e and −e"),
        ('kind = "linear"\nslope = 0.5', "two zonal bumps"),
    ],
)
def test_other_data_are_not_meant(initial, reason):
    row = judged("two_dirac_limit", falsified(moving("softmax", 1.0, 0.05), text=text("softmax", 1.0, 0.2, initial)))
    assert row.verdict == "not applicable"
    assert reason in row.reason


def test_the_width_of_the_main_bump_counts():
    # at 0.3 about e it pushes by e^{−β cos 0.3}(cos 0.3 + β sin² 0.3 / 2)
    m, s = 0.2, 0.3
    push = math.exp(-math.cos(s)) * (math.cos(s) + 0.5 * math.sin(s) ** 2)
    rate = (1 - m) * push - m * math.e
    wide = spreading(rate, m, 1.0, "none", near=math.log(math.tan(0.5 * s)))
    assert abs(rate / predicted("none", 1.0, m) - 1) > 0.05
    row = judged("two_dirac_limit", wide)
    assert row.verdict == "not applicable"
    assert abs(row.measured - row.predicted) <= row.uncertainty
    narrow = spreading(rate, m, 1.0, "none")
    assert judged("two_dirac_limit", narrow).verdict == "fail"
