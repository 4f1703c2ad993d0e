"""Late times and special data: how each scheme contracts, where it stalls, and what it keeps."""

import numpy as np
import pytest
from normed.given import bump, marched, tokens, two_sides
from scipy.integrate import solve_ivp
from scipy.special import ive

from kinetic.clock import RateClock, SquareRootClock, clocked
from kinetic.errors import Unresolved
from kinetic.initial import Band, Component, InitialDensity
from kinetic.normed import Mix, NormalizedGPT, Peri, Post, Pre

TIGHT = 400.0  # a cluster of variance 2/400


def slope(times, values):
    return np.diff(np.log(values)) / np.diff(times)


@pytest.mark.parametrize("scheme", [Pre(), Peri(), Mix(1.0)], ids=lambda s: type(s).__name__)
def test_a_tight_cluster_decays_with_the_square_of_the_norm(scheme):
    # ẏ = A ~ e up to the cluster's own size: y = y(0) + te, so that 1 − R ~ |y_⊥|²/(2r²) with y_⊥ fixed; the terms
    # left out are of relative order 1 − R = 1/400
    _, rows, _ = marched(tokens("zonal", 3, 1.0, scheme, bump("zonal", TIGHT), 60.0, rows=20))
    deficit, radius = rows["order_deficit"], rows["mean_radius"]
    assert slope(np.log(radius[-3:]), deficit[-3:]) == pytest.approx(-2, abs=2 / TIGHT)
    post = 1.0 if isinstance(scheme, Mix) else 0.0
    assert radius[-1] == pytest.approx(1 + 60.0 - post, rel=2 / TIGHT)
    assert deficit[-1] / deficit[0] == pytest.approx(np.exp(-2 * post) / radius[-1] ** 2, rel=4 / TIGHT)


@pytest.mark.parametrize(
    ("scheme", "clock", "own_time"),
    [
        (Post(), None, lambda t: t),
        (NormalizedGPT(), RateClock((0.0, 4.0), (1.5, 0.5)), lambda t: 1.5 * t - 0.125 * t**2),
        (Post(), SquareRootClock(), lambda t: 2 * (np.sqrt(t + 1) - 1)),
    ],
    ids=["post", "ngpt", "ln_scaling"],
)
def test_a_tight_cluster_decays_exponentially_in_the_schemes_own_time(scheme, clock, own_time):
    given = tokens("zonal", 3, 1.0, scheme, bump("zonal", TIGHT), 3.0, rows=6, tolerance=1e-11)
    times, rows, _ = marched(given if clock is None else clocked(given, clock))
    # rate 2 up to a small multiple of the cluster's own 1 − R, with which the deviation has to fall
    deficit = rows["order_deficit"]
    assert np.all(np.abs(slope(own_time(times), deficit) + 2) < 8 * deficit[:-1])
    assert 8 * deficit[-2] < 1e-3


@pytest.mark.parametrize("dimension", [2, 3, 8])
def test_the_antipode_is_no_bottleneck_for_pre_norm(dimension):
    # late on y = y₀ + t e + …: 1 − R ~ t^{−2} in every dimension, the offset of t being a correction of relative 1/t
    times, rows, _ = marched(tokens("zonal", dimension, 1.0, Pre(), bump("zonal"), 100.0, rows=10))
    found = slope(np.log(times[1:]), rows["order_deficit"][1:])
    assert found[-1] == pytest.approx(-2, abs=6 / times[-1])
    assert np.all(np.diff(found) > 0)  # from below: the exponent was larger while tokens came over
    radius = slope(np.log(rows["mean_radius"][-2:]), rows["order_deficit"][-2:])
    assert radius == pytest.approx(-2, abs=2 / times[-1])


def test_an_antipodal_clump_stalls_where_its_own_attention_wins():
    # at −e a clump of mass m attends to itself: A points outwards if m e^β > (1 − m) e^{−β}, that is tanh β > 1 − 2m
    share = 0.3
    stalled, free = (
        marched(tokens("zonal", 3, beta, Pre(), two_sides("zonal", share), 40.0, rows=8))[1]["order_deficit"]
        for beta in (2.0, 0.2)
    )
    assert np.tanh(0.2) < 1 - 2 * share < np.tanh(2.0)
    assert stalled[-1] == pytest.approx(2 * share, rel=0.05)
    assert stalled[-1] > 0.98 * stalled[2]
    assert free[-1] < 0.01


def ring_law(latitude, radius, beta, dimension, times):
    """Latitude cosine h and norm r of a ring {<x, e> = h} under pre-norm.

    With z = β(1 − h²) and a = I_{(d−1)/2}(z)/I_{(d−3)/2}(z) the mean over the ring is A = h e + a s e_s, s² = 1 − h².
    """

    def rate(_time, state):
        h, r = state
        z = beta * (1 - h * h)
        a = ive((dimension - 1) / 2, z) / ive((dimension - 3) / 2, z)
        return [h * (1 - h * h) * (1 - a) / r, h * h + (1 - h * h) * a]

    solution = solve_ivp(rate, (0, times[-1]), [latitude, radius], t_eval=times, rtol=1e-12, atol=1e-12)
    return solution.y


def ring(latitude, width):
    return InitialDensity((Component(Band(latitude, width), 1.0),))


def test_a_narrow_band_moves_like_a_ring():
    misses = []
    for width in (0.02, 0.01):
        given = tokens("zonal", 3, 2.0, Pre(), ring(0.4, width), 4.0, degree=32, radius=1.5)
        times, rows, _ = marched(given)
        latitude, radius = ring_law(0.4, 1.5, 2.0, 3, times)
        misses.append([rows["mean"][-1] - latitude[-1], rows["mean_radius"][-1] - radius[-1]])
    # means over a band differ from the ring's by curvature times width², and by nothing else
    assert np.all(np.abs(misses[0]) < 10 * 0.02**2)
    assert np.allclose(np.divide(*misses), 4.0, rtol=0.05)


@pytest.mark.parametrize("scheme", [Pre(), Peri()], ids=lambda s: type(s).__name__)
def test_the_distance_from_the_axis_is_kept_in_high_dimension(scheme):
    # (1 − γ) r² = (1 − h²) r² is the squared distance from the axis: attention adds a s e_s to it, a = O(β/d)
    changes = []
    for dimension in (64, 512):
        given = tokens("zonal", dimension, 1.0, scheme, ring(0.5, 0.01), 3.0, degree=32)
        first = given.flow.density(given.state)
        _, rows, steps = marched(given)
        last = steps[-1].checkpoint
        final = given.flow.at_layout(last.layout).density(last.state)
        kept = [float(d.masses @ d.tokens[:, 1] ** 2) for d in (first, final)]
        assert rows["mean_radius"][-1] > 2
        changes.append(kept[1] / kept[0] - 1)
    assert 0 < changes[1] < 6 / 512
    assert changes[0] / changes[1] == pytest.approx(8, rel=0.1)


def test_uniform_data_at_no_beta_have_no_direction_to_be_normalized():
    for scheme in (Peri(), NormalizedGPT()):
        with pytest.raises(Unresolved, match="divides by that norm"):
            marched(tokens("circle", 2, 0.0, scheme, InitialDensity(uniform=1.0), 1.0))
    marched(tokens("circle", 2, 0.0, Pre(), InitialDensity(uniform=1.0), 1.0))
    marched(tokens("circle", 2, 1.0, Peri(), InitialDensity(uniform=1.0), 1.0))
