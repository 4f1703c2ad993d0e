"""A field that stays: densities of every space against tokens on the nodes of a quadrature, energy against its rate."""

import numpy as np
import pytest
from claims.records import case, run
from oracles import dense_attention
from oracles.tokens_on_nodes import followed

from kinetic.attention.frozen import Frozen
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.kernels import ExponentialKernel
from kinetic.spaces.zonal import Zonal

MEANS = {"circle": [1.0, 0.0], "sphere": [0.0, 0.0, 1.0], "zonal": [0.0, 0.0, 1.0]}


@pytest.mark.parametrize(("kind", "normalization", "chart"), [
    ("circle", "softmax", "harmonic"), ("circle", "none", "mercator"), ("sphere", "softmax", "harmonic"),
    ("zonal", "softmax", "harmonic"),
])  # fmt: skip
def test_tokens_climb_the_initial_potential(kind, normalization, chart):
    end = 0.5
    mean = "" if kind == "zonal" else f"mean = {MEANS[kind]}\n"
    text = case(
        kind, 3, normalization, 1.0, f'kind = "von_mises_fisher"\n{mean}concentration = 1.0', end=end, degree=40
    )
    text = text.replace("beta = 1.0", "beta = 1.0\nfrozen = true").replace("0.0125", str(end))
    if chart == "mercator":
        text = text.replace("degree = 40", 'chart = "mercator"')
    record = run(text)
    nodes, masses = dense_attention.circle_nodes(64) if kind == "circle" else dense_attention.sphere_nodes(12)
    masses = masses * np.exp(nodes @ MEANS[kind])
    masses = masses / masses.sum()
    R, E = followed(nodes, masses, [dense_attention.Head(1.0)], normalization, end, frozen=True)
    moving, _ = followed(nodes, masses, [dense_attention.Head(1.0)], normalization, end)
    # the flow's harmonics in the labels fall below 1e-9 at the degree of either rule
    assert record.observables["order_parameter"][-1] == pytest.approx(R, abs=1e-9)
    assert record.observables["energy"][-1] == pytest.approx(E, abs=1e-9)
    assert abs(moving - R) > 1e-3
    assert record.observables["work"][-1] == pytest.approx(np.ptp(record.observables["energy"][[0, -1]]), abs=1e-10)


def test_the_rate_of_the_energy_may_be_negative():
    space = Zonal(30, 3)
    attention = MomentAttention(space, (ScalarHead(ExponentialKernel(1.0, 3)),), "none")
    held = Frozen(attention, (-0.5) ** np.arange(31.0))
    density, h = 0.5 ** np.arange(31.0), 1e-4
    rate, power = held.transport(density)
    gained = (held.energy(density + h * rate) - held.energy(density - h * rate)) / (2 * h)
    assert power == pytest.approx(gained, rel=1e-9)
    assert power < 0
