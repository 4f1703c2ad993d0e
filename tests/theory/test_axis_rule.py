import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.axis_rule import rapidity, uniform_axis_rule


@pytest.mark.parametrize("d", [2, 3, 4, 7, 10, 64, 4096])
@pytest.mark.parametrize("s", [0.0, 50.0])
def test_the_rule_integrates_even_moments_of_the_uniform_measure(d: int, s: float) -> None:
    y, weights = uniform_axis_rule(d, s)
    cosine = -np.tanh(y)
    assert weights @ cosine**2 == pytest.approx(1.0 / d, rel=1e-13)
    assert weights @ cosine**4 == pytest.approx(3.0 / (d * (d + 2.0)), rel=1e-13)
    # each of n products is wrong by four roundings at most, and their sum, in any order, by n − 1
    assert abs(weights @ cosine) < (y.size + 3) * 2.0**-53 * (weights @ np.abs(cosine))


@pytest.mark.parametrize("d", [2, 6, 300])
def test_halving_the_spacing_would_change_nothing(d: int) -> None:
    y, weights = uniform_axis_rule(d, 2.0)
    middle, density = y[:-1] + 0.5 * np.diff(y), np.exp(-(d - 1) * np.logaddexp(y, -y))
    between = np.exp(-(d - 1) * np.logaddexp(middle, -middle))
    deficits = [1.0 / (1.0 + np.exp(2.0 * (2.0 - nodes))) for nodes in (y, middle)]
    shifted = between @ deficits[1] / np.sum(density)
    assert weights @ deficits[0] == pytest.approx(shifted, rel=1e-13)


def test_rapidity_is_twice_the_inverse_hyperbolic_tangent() -> None:
    assert math.tanh(rapidity(0.3) / 2.0) == pytest.approx(0.3, rel=1e-15)


def test_rapidities_beyond_the_floating_range_are_refused() -> None:
    with pytest.raises(DomainError, match="rapidity"):
        uniform_axis_rule(3, 301.0)
    with pytest.raises(DomainError, match="radius"):
        rapidity(1.0)
