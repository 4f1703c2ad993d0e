import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory import hemisphere
from kinetic.theory.antipode_law import collapse_rate
from kinetic.theory.exact_mobius import axisymmetric_trajectory


def cap_with_background(share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and masses on the circle: flat within 60 degrees of e, plus a flat share everywhere."""
    y = np.arange(-40.0, 80.0, 0.02)
    uniform = 1.0 / np.cosh(y)
    cap = np.where(y < math.log(math.tan(math.pi / 6)), uniform, 0.0)
    return y, (1.0 - share) * cap / np.sum(cap) + share * uniform / np.sum(uniform)


def test_without_mass_at_the_antipode_the_cluster_sets_the_rate() -> None:
    times = [10.0, 11.0]
    _, deficit = axisymmetric_trajectory(*cap_with_background(0.0), times)
    assert math.log(deficit[0] / deficit[1]) == pytest.approx(hemisphere.collapse_rate(0.0, "softmax"), abs=1e-7)
    _, deficit = axisymmetric_trajectory(*cap_with_background(0.1), times)
    assert math.log(deficit[0] / deficit[1]) == pytest.approx(collapse_rate(2, 0.0, "softmax"), abs=1e-3)


def test_a_smaller_background_takes_over_later_by_its_logarithm() -> None:
    def switch(share: float) -> float:
        times = np.arange(0.0, 25.0, 0.05)
        _, deficit = axisymmetric_trajectory(*cap_with_background(share), times)
        slopes = -np.diff(np.log(deficit)) / 0.05
        last = np.max(np.nonzero(slopes > 1.5)[0])
        return float(np.interp(-1.5, -slopes[last : last + 2], times[last : last + 2]))

    measured = switch(1e-6) - switch(1e-4)
    predicted = [hemisphere.background_switch_time(share, 2, 0.0, "none") for share in (1e-6, 1e-4)]
    # The offset depends on ε through the mean at order ε itself.
    assert measured == pytest.approx(predicted[0] - predicted[1], abs=1e-3)
    assert hemisphere.background_switch_time(1e-3, 5, 0.0, "none") == math.inf


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_tokens_in_a_hemisphere_satisfy_the_proved_inequality(normalization: str) -> None:
    rng = np.random.default_rng(4)
    n, beta = 5, 0.8
    x = rng.normal(size=(n, 3)) * 0.5 + np.array([1.0, 0.0, 0.0])
    x /= np.linalg.norm(x, axis=1, keepdims=True)

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        points = flat.reshape(n, 3)
        kernel = np.exp(beta * points @ points.T)
        kernel /= n if normalization == "none" else np.sum(kernel, axis=1, keepdims=True)
        pull = kernel @ points
        return (pull - np.sum(pull * points, axis=1, keepdims=True) * points).ravel()

    path = solve_ivp(rate, (0.0, 25.0), x.ravel(), dense_output=True, rtol=1e-11, atol=1e-12).sol
    limit = path(25.0).reshape(n, 3).mean(axis=0)
    limit /= np.linalg.norm(limit)
    bound = hemisphere.cone_rate_bound(n, beta)
    for time in (1.0, 2.0, 4.0):
        cosines = path(time).reshape(n, 3) @ limit
        worst = int(np.argmin(cosines))
        speed = float(rate(time, path(time)).reshape(n, 3)[worst] @ limit)
        assert speed >= bound * (1.0 - cosines[worst]) > 0.0


def test_points_on_a_circle_share_a_half_circle_with_the_classical_probability() -> None:
    for n in (2, 3, 6, 40):
        assert hemisphere.wendel_probability(n, 2) == pytest.approx(n / 2.0 ** (n - 1), rel=1e-12)
    assert hemisphere.wendel_probability(7, 7) == 1.0
    rng = np.random.default_rng(9)
    angles = np.sort(rng.uniform(0.0, 2 * np.pi, size=(20000, 5)), axis=1)
    gaps = np.diff(np.concatenate([angles, angles[:, :1] + 2 * np.pi], axis=1), axis=1)
    share = np.mean(np.max(gaps, axis=1) > np.pi)
    assert hemisphere.wendel_probability(5, 2) == pytest.approx(share, abs=5 * math.sqrt(0.25 / 20000))


def test_arguments_outside_the_lemmas_are_refused() -> None:
    with pytest.raises(DomainError, match="lemma"):
        hemisphere.cone_rate_bound(5, -1.0)
    with pytest.raises(DomainError, match="points"):
        hemisphere.wendel_probability(0, 3)
    with pytest.raises(DomainError, match="share"):
        hemisphere.background_switch_time(0.0, 2, 0.0, "none")
