"""The circle without symmetry against the axisymmetric oracle, the Möbius motion, dense attention and itself."""

import numpy as np
import pytest

from oracles import characteristics, densities, moebius
from oracles.circle_characteristics import motion, solve
from oracles.dense_attention import Head, circle_nodes, drift

BOTH = pytest.mark.parametrize("normalization", ["none", "softmax"])
GENERAL = Head(1.0, [[1.0, 0.3], [-0.2, 0.8]], [[0.9, 0.0], [0.4, 1.0]], [[1.0, -0.2], [0.3, 0.7]])


def lopsided(theta):
    return np.log(1.0 + 0.5 * np.cos(theta - 0.3) + 0.2 * np.sin(2 * theta) + 0.1 * np.cos(3 * theta))


@BOTH
@pytest.mark.parametrize("heads", [[Head(1.5)], [Head(0.0)], [Head(-0.5), GENERAL]], ids=["one", "zero", "two"])
def test_the_motion_and_its_divergence_are_dense_attentions(heads, normalization):
    points, weights = circle_nodes(120)
    angles = np.arctan2(points[:, 1], points[:, 0])
    masses = weights * np.exp(lopsided(angles))
    rate, compression = motion(angles, masses, heads, normalization)
    normal = np.column_stack([-points[:, 1], points[:, 0]])
    X = np.sum(drift(points, points, masses, heads, normalization) * normal, axis=1)
    np.testing.assert_allclose(rate, X, rtol=0, atol=1e-13)
    # the drift is analytic of low degree: differentiate its trigonometric interpolant
    waves = np.fft.rfft(X) * 1j * np.arange(61)
    waves[-1] = 0.0
    np.testing.assert_allclose(compression, -np.fft.irfft(waves, 120), rtol=0, atol=1e-11)


@BOTH
def test_an_axisymmetric_density_is_the_zonal_oracles(normalization):
    times = [0.0, 1.5, 3.0]
    turned = solve([Head(1.0)], normalization, lambda angle: np.log1p(0.8 * np.cos(angle - 1.0)), times)
    zonal = characteristics.solve(2, 1.0, normalization, densities.linear(0.8), times)
    np.testing.assert_allclose(turned.order_deficit, zonal.order_deficit, rtol=1e-10)
    np.testing.assert_allclose(np.arctan2(turned.mean[:, 1], turned.mean[:, 0]), 1.0, atol=1e-11)


def test_beta_zero_is_the_moebius_motion():
    times = np.array([0.0, 1.5, 3.0])
    run = solve([Head(0.0)], "none", lopsided, times)
    points, weights = circle_nodes(200)
    masses = weights * np.exp(lopsided(np.arctan2(points[:, 1], points[:, 0])))
    exact = moebius.solve(points, masses, times)
    for i in (1, 2):
        assert run.order_deficit[i] == pytest.approx(moebius.order_deficit(exact.move(i, points), masses), rel=1e-10)
        places = np.column_stack([np.cos(run.angles[i]), np.sin(run.angles[i])])
        logs = exact.log_density(i, places, lambda x: lopsided(np.arctan2(x[:, 1], x[:, 0])))
        np.testing.assert_allclose(run.log_density[i], logs, rtol=0, atol=1e-9)


@pytest.mark.slow  # the oracle checks itself: tens of seconds
@pytest.mark.parametrize(
    ("heads", "normalization", "end"),
    [([Head(1.0)], "softmax", 6.0), ([GENERAL, Head(0.5)], "none", 0.25), ([GENERAL, Head(0.5)], "softmax", 0.25)],
    ids=["late", "general-none", "general-softmax"],
)
def test_finer_panels_change_nothing(heads, normalization, end):
    runs = [solve(heads, normalization, lopsided, [0.0, end], tolerance=1e-11, refine=n) for n in (1, 2)]
    np.testing.assert_allclose(runs[0].order_deficit, runs[1].order_deficit, rtol=1e-9)
