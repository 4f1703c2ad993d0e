"""Pre-LN: an antipodal clump of mass m moves outwards where tanh β > 1 − 2m, else through the origin (derived).

Its norm changes at m e^β − (1 − m)e^{−β}, over their sum with softmax.
"""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import case, normed, run
from claims.records import cut, falsified, judged


def text(beta, m=0.3, k=2000, scheme="pre", end=60.0, normalization="softmax"):
    ends = f"{{ axis = 1, concentration = {k}, weight = {1 - m} }}, {{ axis = -1, concentration = {k}, weight = {m} }}"
    initial = f'kind = "mixture"\ncomponents = [{ends}]'
    return normed(case("zonal", 3, normalization, beta, initial, end, 16, save_every=1.0), scheme, "").replace(
        "1e-11", "1e-9"
    )


@cache
def record(beta, end=60.0):
    return run(text(beta, end=end))


@pytest.mark.parametrize(("beta", "stays"), [(2.0, True), (0.2, False)])
def test_it_stays_above_the_threshold_and_joins_below(beta, stays):
    assert (np.tanh(beta) > 1 - 2 * 0.3) is np.bool_(stays)
    row = judged("stalled_clump", record(beta))
    assert (row.verdict, row.predicted) == ("pass", 0.6 if stays else 0.0)


@pytest.mark.parametrize("beta", [2.0, 0.2])
def test_its_norm_grows_or_shrinks_at_the_rate_of_two_points(beta):
    row = judged("clump_norm", record(beta))
    assert row.verdict == "pass", row.reason
    assert row.predicted == pytest.approx(np.tanh(beta - 0.5 * np.log(0.7 / 0.3)), rel=1e-12)


def test_a_record_of_another_temperature_fails():
    assert judged("stalled_clump", falsified(record(2.0), text=text(0.2))).verdict == "fail"
    assert judged("stalled_clump", falsified(record(0.2), text=text(2.0))).verdict == "fail"
    for beta, other in ((2.0, 1.0), (0.2, 0.15)):
        assert judged("clump_norm", falsified(record(beta), text=text(other))).verdict == "fail"


def test_a_run_that_is_too_short_does_not_tell():
    row = judged("stalled_clump", cut(record(2.0), 5.0, "finished"))
    assert (row.verdict, "needs t =" in row.reason) == ("not applicable", True)


@pytest.mark.parametrize(
    ("other", "words"),
    [(text(2.0, scheme="peri"), "Pre-LN"), (text(2.0, k=20), "concentration 100")],
)
def test_other_schemes_and_wide_bumps_are_not_covered(other, words):
    for name in ("stalled_clump", "clump_norm"):
        row = judged(name, falsified(record(2.0), text=other))
        assert (row.verdict, words in row.reason) == ("not applicable", True)
