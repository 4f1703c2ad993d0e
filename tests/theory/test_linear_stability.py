import math

import numpy as np
import pytest
from theory.zonal_field import latitude_speed

from kinetic.errors import DomainError
from kinetic.theory import linear_stability
from kinetic.theory.bessel import gegenbauer


def winner(d: int, beta: float, normalization: str) -> int | None:
    """The degree that wins under one identity head."""
    return linear_stability.most_unstable_degree_heads(d, [(beta, 1.0)], normalization)


def measured_rate(degree: int, d: int, heads: list[tuple[float, float]], normalization: str) -> float:
    """Return dM_l/dt over M_l for ρ = 1 + εP_l, by plain sums: dM_l/dt = −∫ ρ P_l′(t) (1 − t²) y′ dσ."""
    y = np.arange(-240, 241) * 0.16 / math.sqrt(d)
    sigma = np.exp(-(d - 1) * np.logaddexp(y, -y))
    sigma /= np.sum(sigma)
    t, epsilon = -np.tanh(y), 1e-6
    P = gegenbauer(degree, d, t)[degree]
    derivative = degree * (degree + d - 2) / (d - 1) * gegenbauer(degree, d + 2, t)[degree - 1]
    rates = []
    for sign in (1.0, -1.0):
        masses = sigma * (1.0 + sign * epsilon * P)
        speed = sum(v * latitude_speed(y, y, masses, d, b, normalization) for b, v in heads)
        rates.append(-float(np.sum(masses * derivative / np.cosh(y) ** 2 * speed)))
    return (rates[0] - rates[1]) / (2.0 * epsilon * float(np.sum(sigma * P * P)))


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("beta", [-3.0, 0.0, 1.0, 5.0])
def test_a_small_harmonic_grows_at_the_predicted_rate(d: int, normalization: str, beta: float) -> None:
    for degree in (1, 2, 4):
        predicted = linear_stability.growth_rate(degree, d, beta, normalization)
        # ε = 1e-6 and central differences: rounding 1e-16/ε of the kernel's size; six azimuth nodes are exact to 1e-11.
        size = math.exp(abs(beta)) if normalization == "none" else 1.0
        assert measured_rate(degree, d, [(beta, 1.0)], normalization) == pytest.approx(predicted, abs=2e-8 * size)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_scalar_heads_add_up(normalization: str) -> None:
    heads = [(2.0, 1.0), (-1.5, 0.7), (0.0, -0.4)]
    for degree in (1, 2, 3):
        predicted = linear_stability.growth_rate_heads(degree, 3, heads, normalization)
        assert measured_rate(degree, 3, heads, normalization) == pytest.approx(predicted, abs=2e-7)


def test_a_head_that_repels_lets_only_even_degrees_grow() -> None:
    rates = [linear_stability.growth_rate_heads(degree, 3, [(-2.0, -1.0)], "none") for degree in range(1, 7)]
    assert [rate > 0.0 for rate in rates] == [False, True] * 3
    assert max(rates) == rates[1]


def test_diffusion_damps_each_degree_by_its_laplacian_eigenvalue() -> None:
    t = np.linspace(-0.9, 0.9, 7)
    for degree, d in ((3, 2), (2, 5)):
        step = 1e-3
        low, mid, high = (gegenbauer(degree, d, t + k * step)[degree] for k in (-1, 0, 1))
        laplacian = (1 - t**2) * (high - 2 * mid + low) / step**2 - (d - 1) * t * (high - low) / (2 * step)
        free, damped = (linear_stability.growth_rate(degree, d, 1.0, "softmax", kappa) for kappa in (0.0, 0.1))
        assert np.allclose(0.1 * laplacian, (damped - free) * mid, rtol=0.0, atol=1e-4)


def test_tabulated_largest_rates_of_softmax_are_reproduced() -> None:
    table = {(2, 1): 0.4464, (2, 5): 0.6827, (2, 100): 0.7332, (3, 1): 0.6261, (3, 20): 0.7223, (4, 10): 0.6983}
    for (d, beta), expected in table.items():
        degree = winner(d, beta, "softmax")
        assert linear_stability.growth_rate(degree, d, beta, "softmax") == pytest.approx(expected, abs=6e-5)


def test_the_winning_degree_switches_where_two_rates_cross() -> None:
    for (degree, d), expected in {(1, 2): 1.0445, (5, 2): 15.2363, (1, 3): 1.8162, (7, 3): 31.9918}.items():
        assert winner(d, expected - 1e-4, "none") == degree
        assert winner(d, expected + 1e-4, "none") == degree + 1


@pytest.mark.parametrize("beta", [-5.0, -0.5, 1e-12, 0.5, 9.0, 100.0])
@pytest.mark.parametrize("d", [2, 4, 4096])
def test_the_winning_degree_beats_all_others(beta: float, d: int) -> None:
    degree = winner(d, beta, "softmax")
    rates = [linear_stability.growth_rate(l, d, beta, "softmax") for l in range(1, 60)]
    assert degree == 1 + int(np.argmax(rates))


def test_at_large_temperature_the_winning_degree_grows_like_the_square_root_of_twice_beta() -> None:
    assert winner(2, 500.0, "none") == pytest.approx(math.sqrt(1000.0), abs=1.5)
    # The limit of the largest rate is 2/e, with a correction O(1/β).
    degree = winner(2, 500.0, "softmax")
    assert linear_stability.growth_rate(degree, 2, 500.0, "softmax") == pytest.approx(2.0 / math.e, abs=2.0 / 500.0)


def test_a_degree_turns_unstable_at_its_critical_diffusion() -> None:
    for normalization in ("softmax", "none"):
        kappa = linear_stability.critical_diffusion(2, 3, 4.0, normalization)
        assert linear_stability.growth_rate(2, 3, 4.0, normalization, 0.99 * kappa) > 0.0
        assert linear_stability.growth_rate(2, 3, 4.0, normalization, 1.01 * kappa) < 0.0
    assert linear_stability.critical_diffusion(1, 7, 0.0, "none") == pytest.approx(1.0 / 7.0, rel=1e-14)


def test_nothing_overflows_in_high_dimension_or_at_large_temperature() -> None:
    for beta in (-5.0, 1e-9, 100.0):
        for normalization in ("softmax", "none"):
            rates = [linear_stability.growth_rate(l, 4096, beta, normalization) for l in range(60)]
            assert np.all(np.isfinite(rates))
    assert linear_stability.growth_rate(1, 4096, 1e-9, "none") == pytest.approx(4095 / 4096, rel=1e-13)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(DomainError, match="degree"):
        linear_stability.growth_rate(-1, 3, 1.0, "none")
    with pytest.raises(DomainError, match="dimension"):
        linear_stability.growth_rate(1, 1, 1.0, "none")
    with pytest.raises(DomainError, match="normalization"):
        linear_stability.growth_rate(1, 3, 1.0, "layer")


def test_competing_heads_and_noise_choose_another_degree_or_none() -> None:
    heads = [(2.0, 1.0), (1.0, -2.0)]
    assert linear_stability.most_unstable_degree_heads(2, heads[:1], "none") == 2
    assert linear_stability.most_unstable_degree_heads(2, heads, "none") == 3
    assert linear_stability.most_unstable_degree_heads(2, [(2.0, -1.0)], "softmax") is None
    assert linear_stability.most_unstable_degree_heads(2, [(2.0, 1.0)], "softmax", 1.0) is None
