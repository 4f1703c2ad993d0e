import math

import numpy as np
import pytest
from theory.zonal_field import azimuth_rule

from kinetic.errors import DomainError, Unresolved
from kinetic.theory import stationary


def settled_order(d: int, beta: float, normalization: str, kappa: float, rounds: int) -> float:
    """Return M after repeated ρ ← e^{U[ρ]/κ} on a trapezoidal rule in y with a positive kernel."""
    y = np.arange(-170, 171) * 0.2 / math.sqrt(d - 1)
    weights = np.exp(-(d - 1) * np.logaddexp(y, -y))
    weights /= np.sum(weights)
    c, s = -np.tanh(y), 1.0 / np.cosh(y)
    u, probability = azimuth_rule(d, 12)
    kernel = np.exp(beta * np.outer(c, c)) * sum(
        p * np.cosh(beta * node * np.outer(s, s)) for node, p in zip(u, probability, strict=True)
    )
    rho = np.exp(4.0 * d * (c - 1.0))
    for _ in range(rounds):
        field = kernel @ (weights * rho / np.sum(weights * rho)) / beta
        potential = field if normalization == "none" else np.log(beta * field) / beta
        rho = np.exp((potential - np.max(potential)) / kappa)
    return float(np.sum(weights * rho * c) / np.sum(weights * rho))


@pytest.mark.parametrize(("d", "beta", "normalization", "order"), [
    (2, 1.0, "none", 0.6), (3, 1.5, "none", 0.8), (2, 4.0, "none", 0.85), (8, 5.0, "none", 0.95),
    (2, 2.0, "softmax", 0.7), (3, 5.0, "softmax", 0.8), (8, 2.0, "softmax", 0.6),
])  # fmt: skip
def test_the_branch_is_where_the_gibbs_map_settles(d: int, beta: float, normalization: str, order: float) -> None:
    (state,) = stationary.stationary_branch(d, beta, normalization, [order])
    assert state.residual < 1e-13
    settled = settled_order(d, beta, normalization, state.diffusion, 400)
    assert settled == pytest.approx(order, abs=1e-9)  # the map contracts by the ratio of its slopes at every round


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(Unresolved, match="smaller M"):
        stationary.stationary_branch(2, 50.0, "softmax", [0.95])
    with pytest.raises(DomainError, match="order M"):
        stationary.stationary_branch(2, 1.0, "none", [1.0])
