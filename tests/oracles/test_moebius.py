"""The Lorentz motion of β = 0 against the equation itself and against the uniform density's closed form."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from oracles import moebius
from oracles.dense_attention import circle_nodes, sphere_nodes


@pytest.mark.parametrize("d", [2, 3])
def test_every_point_follows_its_own_equation(d):
    rng = np.random.default_rng(d)
    points = rng.normal(size=(12, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    masses = rng.dirichlet(np.ones(12))

    def rate(_, state):
        x = state.reshape(points.shape)
        mean = masses @ x
        return (mean - (x @ mean)[:, None] * x).ravel()

    plain = solve_ivp(rate, (0.0, 3.0), points.ravel(), method="DOP853", rtol=1e-12, atol=1e-13)
    run = moebius.solve(points, masses, np.array([0.0, 1.0, 3.0]))
    np.testing.assert_allclose(run.move(2, points), plain.y[:, -1].reshape(points.shape), atol=1e-10)
    metric = np.diag([-1.0] + [1.0] * d)
    np.testing.assert_allclose(run.matrices[2].T @ metric @ run.matrices[2], metric, atol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
def test_the_boosted_uniform_density_stays_one(d):
    """d = 2: R = w, 1 − R² = (1 − R₀²)/(1 − R₀² + R₀² e^t); d = 3: s' = R = coth s − s/sinh² s."""
    w0, time, axis = 0.4, 2.0, np.full(d, d**-0.5)

    def density(points, w):
        return ((1.0 - w**2) / np.sum((points - w * axis) ** 2, axis=1)) ** (d - 1)

    nodes, weights = circle_nodes(200) if d == 2 else sphere_nodes(50)
    masses = weights * density(nodes, w0)
    run = moebius.solve(nodes, masses, np.array([0.0, time]))
    if d == 2:
        w = np.sqrt(1.0 - (1.0 - w0**2) / (1.0 - w0**2 + w0**2 * np.exp(time)))
        order = w
    else:
        s = solve_ivp(
            lambda _, s: 1.0 / np.tanh(s) - s / np.sinh(s) ** 2,
            (0.0, time),
            [2.0 * np.arctanh(w0)],
            method="DOP853",
            rtol=1e-12,
            atol=1e-13,
        ).y[0, -1]
        w, order = np.tanh(s / 2), 1.0 / np.tanh(s) - s / np.sinh(s) ** 2
    moved = run.move(1, nodes)
    assert moebius.order_deficit(moved, masses) == pytest.approx(1.0 - order, rel=1e-10)
    found = run.log_density(1, nodes, lambda x: np.log(density(x, w0)))
    np.testing.assert_allclose(found, np.log(density(nodes, w)), rtol=0, atol=1e-10)
