"""Clusters at ±e, e an eigenvector: offsets and spreads evolve at the rates of the linear law (arXiv:2604.26085)."""

import math
from functools import cache

import numpy as np
import pytest
from claims.records import bumps, case, falsified, heads_case, judged, run

SPLIT = ((0.02, 3000.0, 0.6), (math.pi - 0.01, 3000.0, 0.4))
ONE = 'kind = "von_mises_fisher"\nmean = [1.0, 0.02]\nconcentration = 3000.0'


def text(heads, initial, normalization="softmax", diffusion=0.0):
    return heads_case("circle", normalization, heads, initial, 0.4, 511, diffusion, save_every=0.2)


def aligned(first, second, beta=2.0):
    """One head with KᵀQ = V = diag(first, second)."""
    return (f"beta = {beta}, query = [{first}, {second}], value = [{first}, {second}]",)


@cache
def record(heads, initial, normalization="softmax"):
    return run(text(heads, initial, normalization))


@pytest.mark.parametrize("matrix", [(-0.8, 0.5), (1.0, 0.3), (1.0, 1.2)])
def test_a_sign_split_condenses_bends_and_turns_at_its_eigenvalues(matrix):
    # negative: stable; positive above the other: stable; below it: the pair turns and bends away
    row = judged("sign_split", record(aligned(*matrix), bumps(*SPLIT)))
    assert row.verdict == "pass"
    # one of the spreads, −λ tanh(βλ ± ½ ln r), or of the two means for r = 1.5
    spreads = [-matrix[0] * math.tanh(2 * matrix[0] + side * 0.5 * math.log(1.5)) for side in (1, -1)]
    own = [0.5 * (1 - spread / matrix[0]) for spread in spreads]
    shares = np.array([[own[0], 1 - own[0]], [1 - own[1], own[1]]])
    means = np.linalg.eigvals(matrix[1] * shares + np.diag(spreads))
    assert np.abs(np.concatenate([spreads, means]) - row.predicted).min() < 1e-10


@pytest.mark.parametrize(
    "heads", [aligned(-0.85, 0.5), aligned(-0.8, 0.55), aligned(-0.8, 0.5, 1.5), aligned(0.8, 0.5), aligned(-0.8, -0.5)]
)
def test_a_sign_split_of_another_matrix_fails(heads):
    wrong = falsified(record(aligned(-0.8, 0.5), bumps(*SPLIT)), text=text(heads, bumps(*SPLIT)))
    assert judged("sign_split", wrong).verdict == "fail"


TWO = ("beta = 2.0, query = [[1.0, 0.4], [-0.2, 0.7]], value = [0.8, 0.3]", "beta = -1.0, value = [0.4, -0.4]")


@pytest.mark.parametrize(
    ("heads", "normalization", "spread", "mean"),
    [
        (TWO, "softmax", -1.2, -0.1 - 1.2),
        (aligned(0.7, 0.2, 1.0), "none", -0.7 * math.exp(0.7), -0.5 * math.exp(0.7)),
        (aligned(0.7, 1.4, 1.0), "softmax", -0.7, 0.7),
    ],
)
def test_one_cluster_condenses_at_the_eigenvalue_and_returns_at_the_gap(heads, normalization, spread, mean):
    row = judged("consensus_rate", record(heads, ONE, normalization))
    assert row.verdict == "pass"
    assert min(abs(row.predicted - spread), abs(row.predicted - mean)) < 1e-12


@pytest.mark.parametrize(
    "heads", [TWO[:1], (TWO[0], TWO[1].replace("0.4,", "0.45,")), (TWO[0], TWO[1].replace("-0.4]", "-0.45]"))]
)
def test_one_cluster_under_other_heads_fails(heads):
    wrong = falsified(record(TWO, ONE), text=text(heads, ONE))
    assert judged("consensus_rate", wrong).verdict == "fail"


@pytest.mark.parametrize(
    ("name", "changed", "reason"),
    [
        ("sign_split", text(aligned(-0.8, 0.5), bumps(*SPLIT), "none"), "derived for softmax"),
        ("sign_split", text(TWO[:1], bumps(*SPLIT)), "needs KᵀQ = V"),
        ("sign_split", text(aligned(-0.8, 0.5), ONE), "two bumps"),
        ("sign_split", text(aligned(-0.8, 0.5), bumps(SPLIT[0], (2.0, 3000.0, 0.4))), "near e and −e"),
        ("sign_split", text(aligned(-0.8, 0.5), bumps(*SPLIT), diffusion=0.1), "without noise"),
        ("consensus_rate", text(TWO, bumps(*SPLIT)), "one bump"),
        ("consensus_rate", text(TWO, ONE.replace("0.02", "1.0")), "near an eigenvector"),
        ("consensus_rate", text(("beta = 1.0, value = [[0.0, -1.0], [1.0, 0.0]]",), ONE), "no real eigenvectors"),
        ("consensus_rate", text(TWO, ONE, diffusion=0.1), "without noise"),
        ("consensus_rate", case("circle", 2, "softmax", 1.0, ONE), "heads with matrices"),
    ],
)
def test_other_kinds_of_run_are_not_judged(name, changed, reason):
    row = judged(name, falsified(record(TWO, ONE), text=changed))
    assert row.verdict == "not applicable"
    assert reason in row.reason


def test_heads_without_softmax_that_do_not_share_the_eigenvector_leave_no_cluster_at_rest():
    values = "value = [[1.0, 0.5], [0.5, 0.2]]", "value = [[0.0, -0.5], [-0.5, 0.0]]"
    heads = (f"beta = 1.0, {values[0]}", f"beta = 0.2, {values[1]}")
    row = judged("consensus_rate", falsified(record(TWO, ONE), text=text(heads, ONE, "none")))
    assert row.verdict == "not applicable"
    assert "not stationary" in row.reason
