import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from theory.token_flow import identity_head, simulate

from kinetic.errors import DomainError
from kinetic.theory import pre_norm


def test_every_token_is_carried_by_the_same_translation() -> None:
    rng = np.random.default_rng(14)
    x0 = rng.normal(size=(30, 3)) + np.array([0.3, 0.0, 0.5])
    x0 /= np.linalg.norm(x0, axis=1, keepdims=True)
    masses, radii = rng.uniform(0.5, 1.5, 30), rng.uniform(0.5, 2.0, 30)
    masses /= np.sum(masses)
    times = [1.0, 6.0]
    shift, mean, deficit = pre_norm.translation_trajectory(x0, masses, times, radii)
    for index, end in enumerate(times):
        x, r = simulate(x0, masses, end, identity_head(3, 0.0), "softmax", "pre", radius=radii)
        assert np.allclose(radii[:, None] * x0 + shift[index], r[:, None] * x, atol=1e-8)
        assert np.allclose(mean[index], masses @ x, atol=1e-8)
        assert deficit[index] == pytest.approx(1.0 - np.linalg.norm(masses @ x), abs=1e-8)


def test_late_deficits_keep_their_relative_accuracy() -> None:
    points = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    _, _, deficit = pre_norm.translation_trajectory(points, np.ones(3), [1e7])
    # y = (1 + S, 0), (S, ±1): 1 − R = (2/3)(1 − cos) ≈ 1/(3S²), S ≈ 1e7
    assert deficit[0] == pytest.approx(1 / 3e14, rel=1e-6)


@pytest.mark.parametrize("d", [2, 3, 4, 7, 40])
@pytest.mark.parametrize("S", [1e-6, 0.3, 0.9, 1.1, 2.5, 40.0])
def test_the_order_parameter_of_moved_uniform_directions_is_the_integral(d: int, S: float) -> None:
    def integrand(angle: float, power: int) -> float:
        x, y = S + math.cos(angle), math.sin(angle)
        return (x / math.hypot(x, y)) ** power * y ** (d - 2)

    mass = quad(integrand, 0, math.pi, args=(0,), epsabs=0, epsrel=1e-13)[0]
    # Near S = 1 the integrand is steep at the far pole; 400 panels resolve it.
    total = sum(
        quad(integrand, low, low + math.pi / 40, args=(1,), epsabs=1e-16, epsrel=1e-13)[0]
        for low in np.arange(40) * math.pi / 40
    )
    assert pre_norm.uniform_order_parameter(S, d) == pytest.approx(total / mass, rel=1e-10, abs=1e-15)


def test_the_sphere_has_closed_forms() -> None:
    assert pre_norm.uniform_order_parameter(0.6, 3) == pytest.approx(0.4, rel=1e-14)
    for S in (1.0 + 1e-9, 1.5, 1e3, 1e8):
        assert pre_norm.uniform_order_deficit(S, 3) == pytest.approx(1 / (3 * S * S), rel=1e-12)


def test_the_order_parameter_is_continuous_and_has_the_stated_asymptotics() -> None:
    for d in (2, 3, 8, 512):
        assert pre_norm.uniform_order_parameter(1 - 1e-9, d) == pytest.approx(
            pre_norm.uniform_order_parameter(1 + 1e-9, d), abs=1e-7
        )
        assert pre_norm.uniform_order_deficit(1e5, d) * 1e10 == pytest.approx((d - 1) / (2 * d), rel=1e-9)
        assert pre_norm.uniform_order_parameter(1e-6, d) == pytest.approx(1e-6 * (d - 1) / d, rel=1e-10)


@pytest.mark.parametrize("d", [2, 3, 6, 40])
@pytest.mark.parametrize("S", [0.0, 0.4, 0.9, 1.2, 3.0])
def test_a_seed_adds_its_own_integral(d: int, S: float) -> None:
    epsilon = 0.3

    def integrand(angle: float, power: int) -> float:
        x, y = S + math.cos(angle), math.sin(angle)
        return (1 + epsilon * math.cos(angle) * power) * (x / math.hypot(x, y)) ** power * y ** (d - 2)

    panels = np.arange(40) * math.pi / 40
    mass, total = (
        sum(quad(integrand, low, low + math.pi / 40, args=(power,), epsabs=1e-16, epsrel=1e-13)[0] for low in panels)
        for power in (0, 1)
    )
    assert 1 - pre_norm.seeded_order_deficit(S, d, epsilon) == pytest.approx(total / mass, rel=1e-10)


def test_a_seeded_density_is_carried_as_its_tokens_through_the_origin() -> None:
    epsilon, radius, times = 0.2, 1.3, [2.0, 5.0, 9.0]
    S, deficit = pre_norm.seeded_translation(epsilon, times, 3, radius)
    assert S[0] < 1.0 < S[1]

    def rate(_: float, s: np.ndarray) -> np.ndarray:
        inner = 2 * s / 3 + epsilon * (1 / 3 - s * s / 5)
        far = np.maximum(s, 1)
        return np.where(s < 1, inner, 1 - 1 / (3 * far**2) + 2 * epsilon / (15 * far**3)) / radius

    def passage(_: float, s: np.ndarray) -> float:
        return float(s[0] - 1)

    passage.terminal = True
    tight = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-14}
    before = solve_ivp(rate, (0.0, 9.0), [0.0], t_eval=[2.0], events=passage, **tight)
    after = solve_ivp(rate, (before.t_events[0][0], 9.0), [1.0], t_eval=[5.0, 9.0], **tight)
    expected = np.concatenate([before.y[0], after.y[0]])
    assert np.allclose(S, expected, rtol=1e-10)
    assert deficit[2] == pytest.approx(1 / (3 * S[2] ** 2) - 2 * epsilon / (15 * S[2] ** 3), rel=1e-12)
    t, weights = np.polynomial.legendre.leggauss(60)
    azimuth = np.array([[1.0, 0.0], [-1.0, 0.0]])
    points = np.array([[math.sqrt(1 - c * c) * a[0], math.sqrt(1 - c * c) * a[1], c] for c in t for a in azimuth])
    masses = np.repeat(weights / 2 * (1 + epsilon * t), 2)
    shift, _, _ = pre_norm.translation_trajectory(points, masses, [2.0], radius)
    assert shift[0, 2] / radius == pytest.approx(S[0], rel=1e-8)  # smooth as long as S < 1


def test_tokens_without_a_norm_are_refused() -> None:
    with pytest.raises(DomainError, match="positive norms"):
        pre_norm.translation_trajectory([[1.0, 0.0]], [1.0], [1.0], [0.0])
