import math

import numpy as np
import pytest
from theory.token_flow import project, ring

from kinetic.errors import DomainError
from kinetic.theory import long_context
from kinetic.theory.ring import latitude_rate


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize(("beta", "n"), [(2.0, 5.0), (6.0, 1e3), (3.0, 2.0)])
def test_the_ring_moves_as_a_density_that_keeps_the_self_weight(d: int, beta: float, n: float) -> None:
    h = 0.6
    x = ring(h, d, 96)
    kernel = np.exp(beta * x @ x.T) / len(x)
    others = (1 - 1 / n) * kernel @ x
    attention = (math.exp(beta) / n * x + others) / (math.exp(beta) / n + (1 - 1 / n) * np.sum(kernel, axis=1))[:, None]
    speed = project(x, attention)[0, -1]
    assert long_context.ring_rate(h, d, beta, n) == pytest.approx(speed, rel=1e-11)


def test_an_infinite_context_is_plain_softmax_attention() -> None:
    assert long_context.ring_rate(0.3, 4, 2.0, math.inf) == latitude_rate(0.3, 4, 2.0, "softmax")


def test_in_high_dimension_the_ring_follows_the_equation_without_the_pair_of_a_token_with_itself() -> None:
    n, gamma, h = 1e3, 1.0, 0.5
    beta = gamma * math.log(n)
    limit = 2 * h * h * (1 - h * h) * long_context.attention_share(h * h, beta, n)
    gaps = [2 * h * long_context.ring_rate(h, d, beta, n) - limit for d in (4000, 40000)]
    assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=0.05)
    tokens = (
        2 * math.exp(beta * 0.25) * 0.75 * ((n - 1) * 0.25 + 1) / (math.exp(beta) + (n - 1) * math.exp(beta * 0.25))
    )
    assert limit * (1 + 1 / (0.25 * (n - 1))) == pytest.approx(tokens, rel=1e-12)


def test_the_speed_drops_at_the_critical_gamma_and_more_sharply_for_longer_contexts() -> None:
    rho = 0.5
    critical = long_context.critical_gamma(rho)
    assert critical == 2.0
    widths = []
    for n in (1e3, 1e6, 1e9):
        shares = [long_context.attention_share(rho, g * math.log(n), n) for g in (1.6, 2.0, 2.4)]
        assert shares[1] == pytest.approx(0.5, abs=1 / n)
        widths.append(shares[0] - shares[2])
        # 1/(1 + n^{±0.2}) up to 1/n
        assert shares[0] == pytest.approx(1 / (1 + n**-0.2), rel=2 / n)
    assert widths[0] < widths[1] < widths[2] < 1.0


def test_a_context_of_one_is_refused() -> None:
    with pytest.raises(DomainError, match="context"):
        long_context.ring_rate(0.5, 3, 1.0, 1.0)
    with pytest.raises(DomainError, match="rho"):
        long_context.critical_gamma(1.0)
