"""Tokens with positions and with rates of their own, beside the densities of their labels."""

import math

import numpy as np
import pytest
from label.cases import bump, case, slices

from kinetic.case import Case, Label
from kinetic.errors import DomainError
from kinetic.job import run
from kinetic.particles import TokenHead
from kinetic.tokens import follow_tokens
from kinetic.tokens.labelled import draw_row, masked_attention
from kinetic.tokens.model import model_of
from kinetic.tokens.moving import moved_tokens

OTHER = '{kind = "linear", mean = [-1.0, 0.0], slope = 0.9}'


def row_of(mask, folder, **numbers):
    """The record of a prefix, and of others behind it that point the other way."""
    label = f"{mask}elements = 4\norder = 10\n" + slices((0.3, bump("circle")), (1.0, OTHER))
    return run(case(label, degree=63, tolerance=1e-7, **{"end": 1.0, **numbers}), folder)


@pytest.mark.parametrize(
    ("mask", "beta"), [('kind = "causal"\ndecay = 4.0\n', 1.0), ('kind = "window"\nwidth = 0.5\n', 0.0)]
)
def test_tokens_in_a_row_stand_beside_their_density(mask, beta, tmp_path):
    record = row_of(mask, tmp_path, normalization="softmax", beta=beta)
    assert record.status == "finished"
    found = follow_tokens(record, 600, 3)
    assert np.abs(found.order_parameter - record.observables["order_parameter"]).max() < 3 / math.sqrt(600)


def test_tokens_in_the_reverse_order_part_from_it(tmp_path):
    record = row_of('kind = "causal"\n', tmp_path, normalization="none", beta=0.0, end=2.0)
    given = Case.parse(record.case_text)
    points = draw_row(record, given, 400, np.random.default_rng(3))
    times = record.observables["time"]
    rng = np.random.default_rng(0)
    ends = [moved_tokens(model_of(given), row, times, 1e-5, rng)[0][-1] for row in (points, points[::-1])]
    missed = np.abs(np.array(ends) - record.observables["order_parameter"][-1])
    assert missed[0] < 3 / math.sqrt(400) < missed[1]


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_what_a_token_in_a_row_is_told(normalization):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    label = Label(kind="causal", decay=2.0)
    found = masked_attention(x, label, TokenHead(1.5, None, None, 1.0), normalization)
    for j in range(5):
        weights = np.exp(-2.0 * (j - np.arange(j + 1)) / 5)
        kernel = np.exp(1.5 * x[: j + 1] @ x[j])
        total = (weights * kernel).sum() if normalization == "softmax" else weights.sum()
        assert found[j] == pytest.approx((weights * kernel) @ x[: j + 1] / total, rel=1e-13)


def test_densities_that_change_smoothly_along_the_row_are_not_drawn_from(tmp_path):
    label = 'kind = "causal"\n[label.perturbation]\npower = 1.0\ndegree = 1\norder = 1\namplitude = 0.3\n'
    record = run(case(label, initial='kind = "uniform"', degree=7, end=0.1, tolerance=1e-6), tmp_path)
    with pytest.raises(DomainError, match=r"label\.perturbation"):
        follow_tokens(record, 100, 1)
