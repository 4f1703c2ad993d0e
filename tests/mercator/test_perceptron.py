"""A perceptron in the Mercator charts of circle and sphere: against tokens on the nodes of a quadrature."""

import numpy as np
import pytest
from claims.records import case, run
from oracles import dense_attention
from oracles.tokens_on_nodes import followed

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.errors import CaseError
from kinetic.geometry import unit


def neurons(d, count):
    rng = np.random.default_rng(4)
    numbers = rng.uniform(-0.4, 0.4, (count, 2)).tolist()
    return [(weight, unit(rng.normal(size=d)), bias) for weight, bias in numbers]


def written(kind, normalization, activation, rows, end):
    d = {"circle": 2, "sphere": 3}[kind]
    mean = unit(np.array([0.6, 0.8, 0.3])[:d])
    initial = f'kind = "von_mises_fisher"\nmean = {mean.tolist()}\nconcentration = 1.0'
    text = case(kind, d, normalization, 2.0, initial, end=end, observe_every=end, save_every=end)
    given = ", ".join(f"{{weight = {w}, direction = {a.tolist()}, bias = {b}}}" for w, a, b in rows)
    text = text.replace("degree = 15", 'chart = "mercator"')
    return text + f'[perceptron]\nactivation = "{activation}"\nneurons = [{given}]\n', mean


@pytest.mark.parametrize(("kind", "normalization", "activation", "count", "end"), [
    ("circle", "none", "identity", 1, 1.0), ("circle", "softmax", "tanh", 4, 1.0),
    ("sphere", "softmax", "identity", 2, 0.2),
    pytest.param("sphere", "none", "identity", 1, 1.0, marks=pytest.mark.slow),
    pytest.param("sphere", "softmax", "tanh", 4, 1.0, marks=pytest.mark.slow),
    pytest.param("sphere", "softmax", "constant", 3, 1.0, marks=pytest.mark.slow),
])  # fmt: skip
def test_order_and_energy_are_those_of_tokens_on_nodes(kind, normalization, activation, count, end):
    text, mean = written(kind, normalization, activation, neurons({"circle": 2, "sphere": 3}[kind], count), end)
    rings = 12 if end < 0.5 else 20
    nodes, masses = dense_attention.circle_nodes(128) if kind == "circle" else dense_attention.sphere_nodes(rings)
    masses = masses * np.exp(nodes @ mean)
    given = (activation, neurons(mean.size, count))
    exact = followed(nodes, masses / masses.sum(), [dense_attention.Head(2.0)], normalization, end, given)
    found = run(text).observables
    # measured 1e-12: the bound is that of the issue, far above rounding and the quadrature
    np.testing.assert_allclose([found["order_parameter"][-1], found["energy"][-1]], exact, atol=1e-8)
    assert found["work"][-1] == pytest.approx(found["energy"][-1] - found["energy"][0], abs=1e-10)
    assert np.isnan(found["energy_gap"]).all()


def test_a_kink_is_refused_in_words():
    text, _ = written("circle", "none", "relu", neurons(2, 1), 1.0)
    with pytest.raises(CaseError, match=r'kink that moves on with its tokens.*use space.chart = "harmonic"'):
        build(Case.parse(text))
