"""The field along the axis from its pulls, at times of each token's own."""

import numpy as np
import pytest

from kinetic.attention.axisymmetric import AxisymmetricAttention
from kinetic.attention.stream import Stream
from kinetic.integrate.chebyshev import chebyshev_table
from kinetic.kernels import ExponentialKernel

CASES = [(2, 1.0), (2, 3.0), (3, 2.0), (8, 1.5), (512, 2.0)]


def tokens(seed):
    """Latitudes and masses of a cluster at y = −∞ and what is left of the rest."""
    generator = np.random.default_rng(seed)
    y = np.concatenate([generator.uniform(-60, -5, 40), generator.uniform(-5, 5, 30), generator.uniform(5, 30, 20)])
    return y, np.concatenate([np.full(40, 0.99 / 40), np.full(50, 0.01 / 50)])


@pytest.mark.parametrize(("d", "beta"), CASES)
def test_pulls_make_the_field_at_all_tokens(d, beta):
    attention = AxisymmetricAttention(ExponentialKernel(beta, d), "none")
    y, masses = tokens(d)
    field = attention.field(y, masses)
    pulls = attention.pulls(field.deficits)
    # twice the pulls at the end of the time, and these at its middle
    stream = Stream.of(attention, float(masses.sum()), np.stack([pulls, pulls]))
    velocity, gathering = stream.rates(y, chebyshev_table(np.zeros(y.size), 2))
    # rounding of the largest speed, where that at the antipode is the smallest
    scale = np.abs(field.velocity).max()
    assert np.abs(velocity - field.velocity).max() < 1e-13 * scale
    assert np.abs(gathering - field.gathering).max() < 1e-13 * scale * (d + beta)
    late, _ = stream.rates(y, chebyshev_table(np.ones(y.size), 2))
    assert np.abs(late - velocity).max() > 1e-6  # control: the time of a token matters


@pytest.mark.parametrize(("d", "beta"), CASES)
def test_rates_of_pulls_are_their_slopes(d, beta):
    attention = AxisymmetricAttention(ExponentialKernel(beta, d), "none")
    y, masses = tokens(d)
    velocity = attention.field(y, masses).velocity
    ahead, behind = (attention.pulls(attention.field(y + h * velocity, masses).deficits) for h in (1e-5, -1e-5))
    rates = attention.pull_rates(y, masses, velocity)
    assert np.abs((ahead - behind) / 2e-5 - rates).max() < 1e-6 * np.abs(rates).max()
