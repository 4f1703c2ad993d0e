"""Var ~ e^{−2t} (post), t^{−2} (pre, peri, mix), e^{−2∫α} (nGPT), e^{−4√(t+1)} (LN-scaling): arXiv:2510.22026."""

from functools import cache

import numpy as np
import pytest
from claims.norm_records import KEYS, SCHEMES, by_tokens, case, normed, run
from claims.records import falsified, judged

CLUSTER = 'kind = "von_mises_fisher"\nconcentration = 1e5'


def text(scheme, normalization="softmax", initial=CLUSTER, keys=None, end=8.0):
    return normed(by_tokens(case("zonal", 3, normalization, 0.5, initial, end), scheme), scheme, keys)


@cache
def record(scheme, normalization="softmax"):
    return run(text(scheme, normalization))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_every_scheme_with_and_without_softmax(scheme, normalization):
    row = judged("consensus_decay", record(scheme, normalization))
    assert row.verdict == "pass", row.reason
    bare = normalization == "none" and scheme in ("post", "ln_scaling")
    mixed = normalization == "none" and scheme == "mix"  # post until the switch, by the clock of the norm
    assert row.predicted == pytest.approx(2 * np.exp(0.5) if bare else 2.0, rel=1e-12) or mixed


def variance(record):
    """1 − R over that at the start, at the rows but the first."""
    gone = record.observables["order_deficit"]
    return record.observables["time"][1:], gone[1:] / gone[0]


def test_the_laws_are_the_published_ones():
    t, found = variance(record("post"))
    np.testing.assert_allclose(found, np.exp(-2 * t), rtol=1e-3)
    for scheme in ("pre", "peri"):
        t, found = variance(record(scheme))
        np.testing.assert_allclose(found, (1 + t / 1.3) ** -2, rtol=1e-3)
    t, found = variance(record("ngpt"))
    held = np.minimum(t, 2.0)
    np.testing.assert_allclose(found, np.exp(-2 * (0.5 * held + 0.5 * held**2 + 2.5 * (t - held))), rtol=1e-3)
    t, found = variance(record("ln_scaling"))
    np.testing.assert_allclose(found, np.exp(-4 * (np.sqrt(t + 1) - 1)), rtol=1e-3)


@pytest.mark.parametrize(
    ("scheme", "other", "keys"),
    [("pre", "post", ""), ("pre", "pre", "radius = 1.4"), ("ngpt", "ngpt", "rate = 1.0"), ("post", "ln_scaling", ""),
     ("ln_scaling", "pre", KEYS["pre"]), ("mix", "mix", "switch_time = 0.5\nradius = 1.3")],
)  # fmt: skip
def test_a_record_of_another_scheme_fails(scheme, other, keys):
    wrong = falsified(record(scheme), text=text(other, keys=keys))
    assert judged("consensus_decay", wrong).verdict == "fail"


def test_a_wide_density_is_no_cluster():
    row = judged("consensus_decay", run(text("pre", initial='kind = "linear"\nslope = 0.5', end=0.2)))
    assert (row.verdict, "needs a cluster" in row.reason) == ("not applicable", True)


def test_a_short_run_has_not_reached_the_law():
    row = judged("consensus_decay", run(text("pre", end=0.5)))
    assert (row.verdict, "the law needs" in row.reason) == ("not applicable", True)


@pytest.mark.parametrize("far", [4e-3, 1e-6, 1e-10])
def test_an_antipodal_clump_is_no_tight_cluster_however_little_it_holds(far):
    ends = f"axis = 1, concentration = 1e5, weight = {1 - far}", f"axis = -1, concentration = 1e5, weight = {far}"
    pair = f'kind = "mixture"\ncomponents = [{{ {ends[0]} }}, {{ {ends[1]} }}]'
    gone = record("post").observables["order_deficit"] + 2 * far
    wide = np.sqrt(2 * record("post").observables["order_deficit"] + np.pi**2 * far)
    stays = falsified(record("post"), text=text("post", initial=pair), order_deficit=lambda _: gone,
                      w2_to_dirac=lambda _: wide)  # fmt: skip
    row = judged("consensus_decay", stays)
    assert row.verdict == "not applicable", row
