import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ive

from kinetic.errors import DomainError
from kinetic.theory import moderate_limits
from kinetic.theory.linear_stability import growth_rate_heads

N = 48
ANGLES = 2 * np.pi * np.arange(N) / N
WAVES = np.arange(N // 2 + 1)
START = 1 + 0.5 * np.cos(ANGLES) + 0.1 * np.sin(2 * ANGLES)


def derivative(values: np.ndarray) -> np.ndarray:
    return np.fft.irfft(1j * WAVES * (WAVES < N // 2) * np.fft.rfft(values), N)


def repulsive_flow(beta: float, normalization: str, s: float) -> np.ndarray:
    """Return the density of attention with V = −I at the slow time s, by the true kernel."""
    shares = ive(WAVES, beta) / ive(0, beta)

    def rate(_: float, rho: np.ndarray) -> np.ndarray:
        field = np.fft.irfft(shares * np.fft.rfft(rho), N)
        spectrum = np.fft.rfft(derivative(rho * derivative(np.log(field) if normalization == "softmax" else field)))
        spectrum[N // 3 + 1 :] = 0.0
        return np.fft.irfft(spectrum, N)

    return solve_ivp(rate, (0.0, s), START, method="DOP853", rtol=1e-10, atol=1e-12).y[:, -1]


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_repulsive_attention_is_the_limit_with_its_first_correction(normalization: str) -> None:
    flow = moderate_limits.heat_flow if normalization == "softmax" else moderate_limits.porous_flow
    limit, correction = flow(START, [0.15])
    assert np.max(np.abs(correction)) > 0.01
    misses = []
    for beta in (80.0, 160.0):
        gap = beta * (repulsive_flow(beta, normalization, 0.15) - limit[0])
        misses.append(np.max(np.abs(gap - correction[0])))
    assert misses[0] < 0.1 * np.max(np.abs(correction))
    assert misses[0] / misses[1] == pytest.approx(2.0, rel=0.1)  # the next order


def test_with_the_other_constant_the_porous_limit_misses() -> None:
    half = moderate_limits.porous_flow(START, [0.15])[0][0]
    full = moderate_limits.porous_flow(START, [0.3])[0][0]  # ∂_sρ = Δ(ρ²) is the same flow in half the time
    attention = repulsive_flow(160.0, "none", 0.15)
    assert np.max(np.abs(attention - half)) < 1e-3 < 0.02 < np.max(np.abs(attention - full))


def test_the_clock_is_that_of_unnormalized_attention() -> None:
    # Degree l decays at l(l+d−2) w_l/β per unit of t, and w_l → w_0: one per unit of s and of l(l+d−2).
    for d, degree in ((2, 1), (3, 2)):
        misses = []
        for beta in (100.0, 200.0):
            slope = moderate_limits.porous_clock(1.0, d, beta)
            rate = growth_rate_heads(degree, d, [(beta, -1.0)], "none")
            misses.append(1.0 + rate / (slope * degree * (degree + d - 2)))
        assert misses[0] / misses[1] == pytest.approx(2.0, rel=0.02)
        assert misses[0] == pytest.approx(degree * (degree + d - 2) / 200.0, rel=0.05)


def test_linearized_porous_flow_decays_like_the_heat_flow() -> None:
    rows, _ = moderate_limits.porous_flow(1 + 1e-6 * np.cos(2 * ANGLES), [0.5])
    amplitude = 2 * np.mean(rows[0] * np.cos(2 * ANGLES))
    assert amplitude == pytest.approx(1e-6 * math.exp(-2.0), rel=1e-5)


def test_densities_that_vanish_are_refused() -> None:
    with pytest.raises(DomainError, match="positive"):
        moderate_limits.heat_flow(np.zeros(16), [1.0])
