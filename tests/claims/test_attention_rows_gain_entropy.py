"""The entropy of attention rows rises while tokens gather, and falls where they repel."""

import numpy as np
import pytest

from kinetic import run
from kinetic.case import Case
from kinetic.claims import CLAIMS
from kinetic.claims.evidence import Evidence
from kinetic.errors import CaseError
from kinetic.theory.equiangular import row_entropy

PAIR = {
    "kind": "mixture",
    "components": [
        {"mean": [1.0, 0.0], "concentration": 2000.0, "weight": 1.0},
        {"mean": [0.0, 1.0], "concentration": 2000.0, "weight": 1.0},
    ],
}


def evidence(folder, end=1.0, initial=None, attention=None, space=None, **output):
    text = {
        "title": "made for a test",
        "space": space or {"kind": "circle", "degree": 31},
        "attention": {"normalization": "softmax", **(attention or {"beta": 2.0})},
        "initial": initial or {"kind": "von_mises_fisher", "mean": [1.0, 0.0], "concentration": 1.0},
        "time": {"end": end},
        "output": {"observe_every": end / 10, "save_every": end, "attention_entropy": True, **output},
    }
    return Evidence(run(Case.from_dict(text), folder))


def judged(found):
    return CLAIMS["entropy_production"].judge(found)


def test_a_cluster_gains_it(tmp_path):
    row = judged(evidence(tmp_path))
    assert (row.verdict, row.measured > 1e-3) == ("pass", True)
    assert "no law" in row.reason


def test_tokens_that_repel_lose_it(tmp_path):
    bump = {"kind": "von_mises_fisher", "mean": [1.0, 0.0], "concentration": 5.0}
    found = evidence(tmp_path, initial=bump, attention={"heads": [{"beta": 1.0, "value": -1.0}]}, end=0.5)
    row = CLAIMS["entropy_production"].judge(found)
    assert row.verdict == "fail"
    assert np.all(np.diff(found["attention_entropy"]) < 0)


@pytest.mark.slow
def test_a_freshly_merged_cluster_beside_another_loses_a_little(tmp_path):
    # no law for densities of any shape; 1500 tokens, placed at quantiles and moved by sums over pairs, lose as much
    angles = (0.0, 1.399, -1.830)
    bumps = [{"mean": [float(np.cos(a)), float(np.sin(a))], "concentration": 8.0, "weight": 1.0} for a in angles]
    space = {"kind": "circle", "chart": "mercator"}
    found = evidence(tmp_path, 6.5, {"kind": "mixture", "components": bumps}, {"beta": 4.0}, space, observe_every=0.5)
    entropy, times = found["attention_entropy"], found.times
    assert judged(found).verdict == "fail"
    assert entropy[np.searchsorted(times, 6.5)] - entropy[times == 5.5][0] == pytest.approx(-1.6e-5, abs=2e-6)


def test_two_clusters_have_the_entropy_of_equiangular_tokens(tmp_path):
    found = evidence(tmp_path, 2.0, PAIR, {"beta": 3.0}, {"kind": "circle", "chart": "mercator"})
    m = found["order_parameter"]
    cosine = 2.0 * m**2 - 1.0  # R of two points of mass ½
    expected = np.array([row_entropy(float(c), 3.0, 2) for c in cosine])
    # clusters of variance 1/2000, and narrower later
    assert np.allclose(found["attention_entropy"], expected, rtol=0, atol=5e-3)
    assert np.ptp(expected) > 0.05
    assert judged(found).verdict == "pass"


def test_without_temperature_there_is_no_entropy_to_gain(tmp_path):
    row = judged(evidence(tmp_path, end=0.1, attention={"beta": 0.0}))
    assert (row.verdict, "uniform at all times" in row.reason) == ("not applicable", True)


def test_without_the_observable_nothing_is_claimed(tmp_path):
    row = judged(evidence(tmp_path, attention_entropy=False))
    assert row.verdict == "not applicable"
    assert "output.attention_entropy = true" in row.reason


@pytest.mark.parametrize(
    ("attention", "words"),
    [
        ({"kernel": "linear", "normalization": "none", "beta": None}, "whose rows may vanish"),
        ({"context_length": 100}, "counts|count the token itself"),
    ],
)
def test_what_has_no_such_rows_is_refused_by_name(tmp_path, attention, words):
    kept = {key: value for key, value in {"beta": 2.0, **attention}.items() if value is not None}
    text = {
        "title": "t",
        "space": {"kind": "circle", "degree": 15},
        "attention": {"normalization": "softmax", **kept},
        "initial": {"kind": "uniform"},
        "time": {"end": 1.0},
        "output": {"attention_entropy": True},
    }
    with pytest.raises(CaseError, match=words):
        run(Case.from_dict(text), tmp_path)


def test_the_law_of_equiangular_tokens_has_its_rate():
    # dH/dγ = a(1−a) β² (1−γ)
    for n, beta, cosine in ((2, 3.0, 0.2), (5, 1.5, -0.1), (2, 4.0, 1.0 - 1e-7)):
        h = 1e-3 * (1.0 - cosine)
        slope = (row_entropy(cosine + h, beta, n) - row_entropy(cosine - h, beta, n)) / (2 * h)
        own = 1.0 / (1.0 + (n - 1) * np.exp(-beta * (1.0 - cosine)))
        assert slope == pytest.approx(own * (1 - own) * beta**2 * (1 - cosine), rel=1e-5)
    assert row_entropy(1.0 - 1e-9, 3.0, 4) == pytest.approx(0.0, abs=1e-16)
