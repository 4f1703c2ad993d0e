"""Beside its limit a density collapses at the rates of the linear field there, whatever the matrices."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from claims.records import cut, falsified, heads_case, judged, law_record, linear, run

from kinetic.record import Variable

TWO = ("beta = 1.0, query = [[1.0, 0.4], [-0.2, 0.7]], value = [1.0, 0.3]", "beta = -0.5, value = [0.4, -0.4]")
ONE = ("beta = 0.5, value = [1.0, 0.4]",)
BUMPS = """kind = "mixture"
uniform = 0.1
components = [
    { mean = [0.9, 0.5], concentration = 4.0, weight = 0.6 },
    { mean = [1.0, -0.8], concentration = 2.0, weight = 0.3 },
]"""


def text(heads, normalization, end, kind="circle", initial=BUMPS):
    given = heads_case(kind, normalization, heads, initial, end, observe_every=0.25)
    return given.replace("degree = 31", 'chart = "mercator"').replace("tolerance = 1e-11", "tolerance = 1e-9")


@cache
def collapsed(heads, normalization, end):
    return run(text(heads, normalization, end))


# one value diag(v, w): softmax leaves ±e at v; without softmax −e is left at v e^{−β}
@pytest.mark.parametrize(
    ("heads", "normalization", "end", "rate"), [(TWO, "softmax", 16.0, 1.4), (ONE, "none", 24.0, None)]
)
def test_the_antipode_sets_the_rate_on_the_circle(heads, normalization, end, rate):
    row = judged("heads_dirac_rate", collapsed(heads, normalization, end))
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(rate or math.exp(-0.5), rel=1e-12)


@pytest.mark.parametrize("other", ["beta = 0.5, value = [1.004, 0.4]", "beta = 0.504, value = [1.0, 0.4]"])
def test_the_rate_of_other_heads_fails(other):
    record = falsified(collapsed(ONE, "none", 24.0), text=text((other,), "none", 24.0))
    assert judged("heads_dirac_rate", record).verdict == "fail"


def test_a_run_cut_early_is_not_judged():
    whole = collapsed(ONE, "none", 24.0)
    for end in (0.5, 2.0, 5.0, 9.0, 14.0, 18.0):
        assert judged("heads_dirac_rate", cut(whole, end)).verdict != "fail"


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        (("beta = 1.0",), "see dirac_rate"),
        (("beta = 1.0, value = [[0.0, -1.0], [1.0, 0.0]]",), "no real eigenvector"),
        (("beta = 1.0, value = [-1.0, -1.0]",), "not stable"),
    ],
)
def test_where_there_is_no_such_limit_nothing_is_claimed(heads, words):
    record = law_record(text(heads, "softmax", 5.0, initial=linear("circle")), 1.0, 2.0, 5.0)
    times = record.observables["time"]
    found = judged("heads_dirac_rate", with_mean(record, times.size))
    assert found.verdict == "not applicable"
    assert words in found.reason


def with_mean(record, rows):
    """The record with a mean along the first axis."""
    mean = Variable("mean", np.tile([0.9, 0.1], (rows, 1)), ("time", "axis"), "1", "")
    contents = replace(record.contents, observables=(*record.contents.observables, mean))
    return replace(record, contents=contents)
