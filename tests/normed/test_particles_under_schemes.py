"""N tokens with norms agree with their density at the rate N^{−1/2}, under every scheme."""

from functools import cache

import numpy as np
import pytest
from normed.given import marched, tokens
from theory.token_flow import identity_head, simulate

from kinetic.clock import SquareRootClock, clocked
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.normed import Mix, NormalizedGPT, Peri, Post, Pre
from kinetic.sampling import sample_von_mises_fisher

SCHEMES = {
    "post": Post(), "pre": Pre(), "mix": Mix(0.4), "peri": Peri(), "ngpt": NormalizedGPT(), "ln_scaling": Post(),
}  # fmt: skip
BETA, RADIUS, END, CLOUDS = 1.0, 1.2, 1.0, 12  # of speed at most one, no token reaches the origin


@cache
def density(name):
    """R and the mean norm of the density at the end."""
    initial = InitialDensity((Component(VonMisesFisher(1.5), (1.0, 0.0)),))
    given = tokens("circle", 2, BETA, SCHEMES[name], initial, END, rows=1, radius=RADIUS)
    values = marched(clocked(given, SquareRootClock()) if name == "ln_scaling" else given)[1]
    return np.array([values["order_parameter"][-1], values["mean_radius"][-1]])


def spread(name, count):
    """Root-mean-square distance of R and the mean norm of clouds of tokens from those of the density, times √N."""
    found = []
    for seed in range(CLOUDS):
        x0 = sample_von_mises_fisher([1.0, 0.0], 1.5, count, np.random.default_rng(1000 * count + seed))
        equal = np.full(count, 1 / count)
        x, r = simulate(x0, equal, END, identity_head(2, BETA), "softmax", name, RADIUS, switch_time=0.4)
        found.append([np.linalg.norm(x.mean(axis=0)), np.mean(r)])
    return np.sqrt(count * np.mean((np.array(found) - density(name)) ** 2, axis=0))


@pytest.mark.parametrize("name", SCHEMES)
def test_the_distance_falls_like_one_over_the_root_of_n(name):
    few, many = spread(name, 16), spread(name, 256)
    carries = slice(0, 2 if name in ("pre", "mix", "peri") else 1)
    # the root-mean-square of 12 clouds is known to 1/√24, a ratio of two to 29 %: a factor of two is thrice that. An
    # error that stays makes the ratio 4, one that falls like 1/N makes it 1/4.
    ratio = (many / few)[carries]
    assert np.all((ratio > 0.5) & (ratio < 2.0))
    # R of one token varies by less than one, and motion amplifies that by e^{(1 + β)T} at most
    assert np.all(many < np.exp((1 + BETA) * END))
