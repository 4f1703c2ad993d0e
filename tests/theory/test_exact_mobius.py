import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import hyp2f1, spence

from kinetic.errors import DomainError
from kinetic.theory import exact_mobius
from kinetic.theory.axis_rule import uniform_axis_rule
from kinetic.theory.boost_group import boost_rates, mean_and_deficit


@pytest.mark.parametrize("d", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("w", [1e-9, 0.1, 0.5, 0.9])
def test_the_order_parameter_is_the_hypergeometric_one(d: int, w: float) -> None:
    expected = 2 * (d - 1) / d * w * hyp2f1(1, 1 - d / 2, 1 + d / 2, w * w)
    assert exact_mobius.order_parameter(d, w) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("s", [0.5, 3.0, 20.0, 70.0, 250.0])
def test_the_deficit_keeps_its_relative_accuracy(s: float) -> None:
    a = math.exp(-s)
    assert exact_mobius.order_deficit(2, s) == pytest.approx(2.0 * a / (1.0 + a), rel=1e-13)
    w, q = math.tanh(s / 2.0), 2.0 * a / (1.0 + a)
    assert exact_mobius.order_deficit(4, s) == pytest.approx(0.5 * q * q * (w + 2.0), rel=1e-13)
    if s >= 3.0:  # 1 - coth s + s/sinh² s, written in a² = e^{-2s}; below it cancels
        square = a * a
        expected = 2.0 * square / (1.0 - square) * (2.0 * s / (1.0 - square) - 1.0)
        assert exact_mobius.order_deficit(3, s) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("d", [5, 8, 512, 4096])
def test_the_deficit_of_high_dimensions_has_the_stated_asymptotics(d: int) -> None:
    expected = 2.0 * (d - 1) / (d - 3) * math.exp(-80.0)
    assert exact_mobius.order_deficit(d, 40.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("d", [2, 3, 6, 100])
def test_order_parameter_and_deficit_sum_to_one(d: int) -> None:
    for s in (-2.0, 0.3, 4.0):
        total = exact_mobius.order_parameter_of_rapidity(d, s) + exact_mobius.order_deficit(d, s)
        assert total == pytest.approx(1.0, abs=2e-14)


def test_on_the_circle_the_rapidity_has_a_closed_form() -> None:
    times = np.array([0.0, 1.0, 10.0, 30.0, 70.0])
    s = exact_mobius.rapidity_trajectory(2, 1e-3, times)
    logs = np.log(np.sinh(0.5e-3)) + 0.5 * times
    assert np.max(np.abs(np.log(np.sinh(s / 2.0)) - logs)) < 1e-11


@pytest.mark.parametrize("d", [3, 4, 10])
def test_the_radius_obeys_the_closed_equation(d: int) -> None:
    times = [0.7, 4.0]

    def rate(_: float, w: np.ndarray) -> np.ndarray:
        return 0.5 * (1 - w**2) * 2 * (d - 1) / d * w * hyp2f1(1, 1 - d / 2, 1 + d / 2, w**2)

    direct = solve_ivp(rate, (0.0, 4.0), [0.2], t_eval=times[:1] + times[1:], method="DOP853", rtol=1e-13, atol=1e-15)
    radius, deficit = exact_mobius.boost_trajectory(d, 0.2, times)
    assert np.max(np.abs(radius[-1] - direct.y[0, -1])) < 1e-11
    assert np.allclose(radius + deficit, 1.0, rtol=0.0, atol=1e-15)


def test_the_radius_deficit_stays_relatively_accurate() -> None:
    _, deficit = exact_mobius.boost_trajectory(2, 0.5, [100.0])
    # R² / (1 − R²) grows like e^t on the circle, where R = w; hence 1 − w = (3/2) e^{−100} to leading order.
    assert deficit[0] == pytest.approx(1.5 * math.exp(-100.0), rel=1e-11)


def test_the_uniform_density_stays() -> None:
    assert np.all(exact_mobius.rapidity_trajectory(3, 0.0, [0.0, 5.0]) == 0.0)


def test_the_distance_to_the_dirac_is_a_dilogarithm_on_the_circle() -> None:
    for s in (0.2, 1.0, 6.0):
        w = math.tanh(s / 2.0)
        assert exact_mobius.w2_to_dirac(2, s) ** 2 == pytest.approx(math.pi**2 / 3 + 4 * spence(1 + w), rel=1e-12)
    expected = math.sqrt(8.0 * math.log(2.0) * math.exp(-60.0))
    assert exact_mobius.w2_to_dirac(2, 60.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_density_mass_order_and_distance_are_those_of_one_probability(d: int) -> None:
    s = 1.3

    def average(g) -> float:
        def integrand(theta: float) -> float:
            return g(theta) * math.exp(exact_mobius.log_density(theta, s, d)) * math.sin(theta) ** (d - 2)

        area = quad(lambda theta: math.sin(theta) ** (d - 2), 0.0, math.pi, epsabs=0.0, epsrel=1e-13)[0]
        return quad(integrand, 0.0, math.pi, epsabs=0.0, epsrel=1e-12, limit=200)[0] / area

    assert average(lambda _: 1.0) == pytest.approx(1.0, rel=1e-11)
    assert average(math.cos) == pytest.approx(exact_mobius.order_parameter_of_rapidity(d, s), rel=1e-11)
    assert average(lambda th: th**2) == pytest.approx(exact_mobius.w2_to_dirac(d, s) ** 2, rel=1e-11)


def test_the_density_is_the_poisson_kernel_to_the_power_of_the_dimension() -> None:
    theta, s, d = np.linspace(0.0, math.pi, 7), 2.0, 6
    w = math.tanh(s / 2.0)
    kernel = (1 - w * w) / (1 - 2 * w * np.cos(theta) + w * w)
    assert np.allclose(exact_mobius.log_density(theta, s, d), (d - 1) * np.log(kernel), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_uniform_orbit_is_the_axisymmetric_motion_of_boosted_nodes(sign: float) -> None:
    times = np.array([0.0, 2.0, 25.0])
    y, weights = uniform_axis_rule(3, 30.0)
    s, deficit = exact_mobius.axisymmetric_trajectory(sign * (y - 0.7), weights, times)
    expected = exact_mobius.rapidity_trajectory(3, 0.7, times)
    assert np.max(np.abs(sign * s + 0.7 - expected)) < 1e-11
    assert np.allclose(deficit, [exact_mobius.order_deficit(3, value) for value in expected], rtol=1e-10, atol=0.0)


def test_atoms_at_both_poles_never_merge() -> None:
    _, deficit = exact_mobius.axisymmetric_trajectory([-np.inf, np.inf], [2.0, 1.0], [0.0, 5.0])
    assert deficit == pytest.approx([2.0 / 3.0] * 2, rel=1e-14)


def cloud(d: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) + np.eye(d)[0] * 0.4
    return x / np.linalg.norm(x, axis=1, keepdims=True), rng.random(n) + 0.1


@pytest.mark.parametrize("d", [2, 3, 5])
def test_one_boost_and_one_rotation_move_every_token(d: int) -> None:
    x, masses = cloud(d, 12, 7)
    weights = masses / masses.sum()

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        points = flat.reshape(x.shape)
        mean = weights @ points
        return (mean - (points @ mean)[:, None] * points).ravel()

    direct = solve_ivp(rate, (0.0, 3.0), x.ravel(), method="DOP853", rtol=1e-13, atol=1e-14).y[:, -1].reshape(x.shape)
    mean, deficit = exact_mobius.general_trajectory(x, masses, [0.0, 3.0])
    assert np.max(np.abs(mean[-1] - weights @ direct)) < 1e-11
    assert np.max(np.abs(mean[0] - weights @ x)) < 1e-14
    assert deficit[-1] == pytest.approx(1.0 - np.linalg.norm(weights @ direct), abs=1e-11)


def test_general_and_axisymmetric_motion_agree_down_to_deep_concentration() -> None:
    theta = np.array([0.3, 1.1, 2.0, 2.9])
    masses = np.array([0.3, 0.3, 0.3, 0.1])
    azimuth = np.arange(3) * 2 * np.pi / 3
    points = np.array([
        [np.sin(a) * np.cos(p), np.sin(a) * np.sin(p), np.cos(a)] for a in theta for p in azimuth
    ])  # fmt: skip
    times = np.array([1.0, 10.0, 34.0])
    _, reference = exact_mobius.axisymmetric_trajectory(np.log(np.tan(theta / 2)), masses, times)
    _, deficit = exact_mobius.general_trajectory(points, np.repeat(masses, 3), times)
    assert reference[-1] < 1e-25
    assert np.allclose(deficit, reference, rtol=1e-10, atol=0.0)


def test_the_order_parameter_never_decreases() -> None:
    x, masses = cloud(3, 20, 3)
    _, deficit = exact_mobius.general_trajectory(x, masses, np.linspace(0.0, 12.0, 25))
    assert np.all(np.diff(deficit) < 0.0)


def test_a_vanishing_mean_stays() -> None:
    x = np.array([[1.0, 0.0], [-1.0, 0.0]])
    mean, deficit = exact_mobius.general_trajectory(x, [1.0, 1.0], [5.0])
    assert np.all(mean == 0.0)
    assert deficit[0] == pytest.approx(1.0)


def test_a_boost_moves_points_by_the_standard_formula() -> None:
    x, masses = cloud(4, 9, 11)
    weights = masses / masses.sum()
    ball = np.array([0.2, -0.3, 0.4, 0.1])
    momentum = 2.0 * ball / (1.0 - ball @ ball)
    factor = (1.0 - ball @ ball) / np.sum((x + ball) ** 2, axis=1, keepdims=True)
    moved = factor * (x + ball) + ball
    mean, deficit = mean_and_deficit(np.concatenate([momentum, np.eye(4).ravel()]), x, weights)
    assert np.allclose(mean, weights @ moved, rtol=0.0, atol=1e-14)
    assert deficit == pytest.approx(1.0 - np.linalg.norm(weights @ moved), abs=1e-14)


def test_the_rotation_part_of_the_motion_is_antisymmetric() -> None:
    x, masses = cloud(3, 9, 2)
    state = np.concatenate([np.array([0.3, 0.5, -0.2]), np.eye(3).ravel()])
    turn = boost_rates(state, x, masses / masses.sum())[3:].reshape(3, 3)
    assert np.max(np.abs(turn)) > 1e-3
    assert np.allclose(turn, -turn.T, rtol=0.0, atol=1e-16)


def test_points_off_the_sphere_are_refused() -> None:
    with pytest.raises(DomainError, match="unit sphere"):
        exact_mobius.general_trajectory([[2.0, 0.0]], [1.0], [1.0])
