"""A finite context in the chart of tokens: e^β/(n − 1) beside the partition, as in the sum over n tokens themselves."""

import math

import numpy as np
import pytest
from scipy.special import ive

import kinetic
from kinetic.assembly import build
from kinetic.attention.axisymmetric import AxisymmetricAttention
from kinetic.case import Case
from kinetic.errors import CaseError
from kinetic.kernels import ExponentialKernel

Y = np.linspace(-3.0, 2.0, 40)
MASSES = np.linspace(1.0, 2.0, 40) / np.linspace(1.0, 2.0, 40).sum()


def by_definition(beta, n):
    """ẏ and −div v at the tokens of S², weights e^{β<x,y>} times 1 − 1/n for others and 1/n for itself."""
    c, s = -np.tanh(Y), 1 / np.cosh(Y)
    across = beta * np.outer(s, s)
    along = np.exp(beta * np.outer(c, c) + np.abs(across))
    mean, tilt = ive(0, across), ive(1, across)  # over the circle of azimuths
    others = (1 - 1 / n) * (along * mean) @ MASSES
    # tangential part towards the axis: ∫ e^{β<x,y>} (c' s − s' c cos φ), over −s
    pull = (1 - 1 / n) * ((along * mean) @ (MASSES * c) * s - (along * tilt) @ (MASSES * s) * c)
    return -pull / (others + math.exp(beta) / n) / s


@pytest.mark.parametrize("n", [2.0, 30.0, 1e6])
@pytest.mark.parametrize("beta", [-1.0, 0.5, 4.0])
def test_the_velocity_is_the_weighted_sum_over_others_and_self(beta, n):
    field = AxisymmetricAttention(ExponentialKernel(beta, 3), "softmax", n).field(Y, MASSES)
    # the sums over degrees lose e^{2|β|}
    np.testing.assert_allclose(field.velocity, by_definition(beta, n), rtol=0, atol=1e-14 * math.exp(2 * abs(beta)))


@pytest.mark.parametrize("n", [2.0, 50.0])
def test_densities_are_gathered_by_minus_the_divergence_of_that_velocity(n):
    attention = AxisymmetricAttention(ExponentialKernel(3.0, 3), "softmax", n)
    step = 1e-4
    tokens = np.concatenate([Y, Y + step, Y - step])
    field = attention.field(tokens, np.concatenate([MASSES, np.zeros(80)]))
    v, right, left = np.split(field.velocity, 3)
    # div v = cosh² y d/dy(sech² y ẏ) on S², where θ' = ẏ sin θ and sin θ = sech y
    divergence = (right - left) / (2 * step) - 2 * np.tanh(Y) * v
    np.testing.assert_allclose(field.gathering[:40], -divergence, atol=100 * step**2)


def text(chart, n, end=1.0):
    return (
        f'title = "t"\n[space]\nkind = "zonal"\ndimension = 3\n{chart}\n[attention]\nnormalization = "softmax"\n'
        f'beta = 3.0\ncontext_length = {n}\n[initial]\nkind = "von_mises_fisher"\nconcentration = 1.0\n'
        f"[time]\nend = {end}\ntolerance = 1e-11\n"
    )


def test_both_charts_agree(tmp_path):
    runs = [kinetic.run(Case.parse(text(chart, 40)), tmp_path / str(i))
            for i, chart in enumerate(('chart = "mercator"', "degree = 63"))]  # fmt: skip
    for name in ("order_parameter", "energy", "dissipation", "work"):
        one, other = (run.observables[name] for run in runs)
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_a_short_context_slows(tmp_path):
    ends = [kinetic.run(Case.parse(text('chart = "mercator"', n)), tmp_path / str(n)).observables["order_parameter"][-1]
            for n in (2, 10, 10**15)]  # fmt: skip
    assert ends == sorted(ends)
    assert ends[0] < ends[-1] - 0.05


def test_charts_that_know_no_context_refuse_it():
    with pytest.raises(CaseError, match="context_length: received 10"):
        build(Case.parse(text('chart = "conformal"\ndegree = 16', 10)))
