import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ive

from kinetic.errors import DomainError
from kinetic.theory import noise_transition, stationary, stationary_phases
from kinetic.theory.linear_stability import critical_diffusion


@pytest.mark.parametrize(("d", "beta", "kappa_sn", "m_sn", "kappa_1", "m_1"), [
    (2, 3, 1.33287, 0.39, 1.32946, 0.481), (2, 5, 5.42583, 0.61, 5.31988, 0.748),
    (2, 10, 366.678, 0.72, 349.553, 0.871),
    (3, 2.5, 0.620027, 0.54, 0.614223, 0.655), (3, 10, 231.415, 0.84, 205.439, 0.964),
])  # fmt: skip
def test_spinodal_and_binodal_have_their_tabulated_values(
    d: int, beta: float, kappa_sn: float, m_sn: float, kappa_1: float, m_1: float
) -> None:
    fold, equal = stationary_phases.spinodal(d, beta), stationary_phases.binodal(d, beta)
    # The table was made on a grid of 0.01 in M: κ is flat at the fold, and slopes at most by 0.5 κ/M at κ_1.
    assert fold.diffusion == pytest.approx(kappa_sn, rel=1e-3)
    assert fold.order == pytest.approx(m_sn, abs=0.011)
    assert equal.diffusion == pytest.approx(kappa_1, rel=1e-3)
    assert equal.order == pytest.approx(m_1, abs=0.002)
    assert critical_diffusion(1, d, beta, "none") < equal.diffusion < fold.diffusion


def test_at_the_fold_the_state_is_marginal_and_the_free_energy_is_stationary() -> None:
    fold = stationary_phases.spinodal(3, 4.0)
    rates = stationary_phases.relaxation_rates(fold)
    assert abs(rates[0]) < 1e-9 * abs(rates[1])
    step = 1e-3
    around = stationary.stationary_branch(3, 4.0, "none", [fold.order - step, fold.order, fold.order + step])
    energies = [stationary_phases.free_energy_excess(state) for state in around]
    # dF/dM = (dκ/dM)∫ρ ln ρ along the branch: zero at the fold, where F is greatest.
    assert energies[1] > max(energies[0], energies[2])
    assert abs(energies[2] - energies[0]) < 0.02 * (2 * energies[1] - energies[0] - energies[2])


def test_along_the_branch_the_free_energy_changes_by_the_entropy() -> None:
    step = 1e-4
    low, middle, high = stationary.stationary_branch(2, 3.0, "none", [0.8 - step, 0.8, 0.8 + step])
    slope = (stationary_phases.free_energy_excess(high) - stationary_phases.free_energy_excess(low)) / (
        high.diffusion - low.diffusion
    )
    angles = 2 * np.pi * np.arange(400) / 400
    degrees = np.arange(middle.moments.size)
    gains = np.where(degrees == 0, 0.0, 2.0 * ive(degrees, 3.0) * math.exp(3.0) / 3.0)
    logs = (gains * middle.moments) @ np.cos(np.outer(degrees, angles)) / middle.diffusion
    logs -= math.log(np.mean(np.exp(logs)))
    assert slope == pytest.approx(np.mean(np.exp(logs) * logs), rel=1e-6)  # envelope; error O(step²) of a smooth curve


def test_without_softmax_and_above_the_ceiling_there_are_two_states_between_threshold_and_fold() -> None:
    def count(normalization: str, kappa: float) -> int:
        return len(stationary_phases.stationary_states(2, 4.0, normalization, kappa))

    assert [count("none", kappa) for kappa in (2.3, 2.43, 2.45, 2.57, 2.6)] == [1, 1, 2, 2, 0]
    threshold = critical_diffusion(1, 2, 4.0, "softmax")
    assert [count("softmax", share * threshold) for share in (0.5, 0.999, 1.001)] == [1, 1, 0]
    unstable, stable = stationary_phases.stationary_states(2, 4.0, "none", 2.5)
    assert stationary_phases.relaxation_rates(unstable)[0] > 0.0 > stationary_phases.relaxation_rates(stable)[0]
    for state in (unstable, stable):
        assert state.diffusion == pytest.approx(2.5, rel=1e-9)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_near_the_threshold_the_branch_has_the_predicted_slope_and_relaxation(normalization: str) -> None:
    d, beta = 3, 1.2
    threshold = critical_diffusion(1, d, beta, normalization)
    (state,) = stationary.stationary_branch(d, beta, normalization, [0.01])
    share = threshold / state.diffusion - 1.0
    # Both laws are the first terms of series in M².
    expected = noise_transition.amplitude_slope(d, beta, normalization)
    assert state.order**2 / share == pytest.approx(expected, rel=1e-3)
    rate = 2.0 * (d - 1) * (threshold - state.diffusion)
    assert -stationary_phases.relaxation_rates(state)[0] == pytest.approx(rate, rel=1e-2)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_a_perturbed_state_returns_at_the_slowest_rate(normalization: str) -> None:
    beta, n = 2.0, 40
    (state,) = stationary.stationary_branch(2, beta, normalization, [0.8])
    waves = np.arange(n // 2 + 1)
    symbol = ive(waves, beta) / (1.0 if normalization == "none" else ive(0, beta))
    symbol = symbol * (math.exp(beta) if normalization == "none" else 1.0)

    def derivative(values: np.ndarray) -> np.ndarray:
        return np.fft.irfft(1j * waves * (waves < n // 2) * np.fft.rfft(values), n)

    def rate(_: float, rho: np.ndarray) -> np.ndarray:
        field = np.fft.irfft(symbol * np.fft.rfft(rho), n)
        potential = (field if normalization == "none" else np.log(field)) / beta
        flux = rho * derivative(potential) - state.diffusion * derivative(rho)
        return -derivative(flux)

    angles = 2 * np.pi * np.arange(n) / n
    slow, second = -stationary_phases.relaxation_rates(state, 2)
    assert second > 2.0 * slow
    times = np.array([12.0, 12.5]) / slow
    start = np.exp(3.0 * np.cos(angles))
    found = solve_ivp(
        rate, (0.0, times[1]), start / np.mean(start), method="DOP853", rtol=1e-11, atol=1e-12, t_eval=times
    )
    gaps = np.mean(found.y * np.cos(angles)[:, None], axis=0) - state.order
    # After 12 e-foldings the square of the amplitude is 1e-5 of it, and the integrator's error 1e-5.
    assert math.log(gaps[0] / gaps[1]) / (times[1] - times[0]) == pytest.approx(slow, rel=1e-4)


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(DomainError, match="continuous transition"):
        stationary_phases.spinodal(2, 2.0)
    with pytest.raises(DomainError, match="too narrow"):
        stationary_phases.stationary_states(2, 1.0, "softmax", 1e-4)
    (state,) = stationary.stationary_branch(2, 1.0, "softmax", [0.5])
    with pytest.raises(DomainError, match="no free energy"):
        stationary_phases.free_energy_excess(state)
