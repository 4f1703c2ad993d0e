import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory import finite_tokens
from kinetic.theory.antipode_law import collapse_rate
from kinetic.theory.exact_mobius import axisymmetric_trajectory


def quantile_tokens(n: int) -> np.ndarray:
    """Return the latitudes of n equal masses at the quantiles of the density 1 + 0.8 cos θ on the half circle."""
    theta = np.linspace(0.0, np.pi, 20001)
    share = (theta + 0.8 * np.sin(theta)) / np.pi
    angles = np.interp((np.arange(n) + 0.5) / n, share, theta)
    return np.log(np.tan(angles / 2.0))


def test_tokens_leave_the_densitys_law_when_the_last_has_left_the_antipode() -> None:
    crossings = []
    for n in (10**3, 3 * 10**4):
        times = np.arange(0.0, 19.0, 0.1)
        _, deficit = axisymmetric_trajectory(quantile_tokens(n), np.ones(n), times)
        slopes = -np.diff(np.log(deficit)) / 0.1
        part = finite_tokens.parting_time(n, 2, 0.0, "softmax")
        assert slopes[-1] == pytest.approx(finite_tokens.late_slope(0.0, "softmax"), abs=1e-3)
        # Three time units before parting the grains of 1/n are e^{−3} of the tail they make up.
        assert slopes[int((part - 3.0) / 0.1)] == pytest.approx(collapse_rate(2, 0.0, "softmax"), abs=0.25)
        crossings.append(times[np.max(np.nonzero(slopes < 1.5)[0])])
    parting = [finite_tokens.parting_time(n, 2, 0.0, "softmax") for n in (10**3, 3 * 10**4)]
    # The additive constant of the law does not depend on n; the slope is read on rows 0.1 apart.
    assert crossings[1] - crossings[0] == pytest.approx(parting[1] - parting[0], abs=0.15)


def test_unnormalized_tokens_part_later_at_higher_temperature_parameter() -> None:
    assert finite_tokens.parting_time(100, 3, 1.0, "none") == pytest.approx(math.log(100) * math.e / 2, rel=1e-14)
    assert finite_tokens.late_slope(1.0, "none") == pytest.approx(2 * math.e, rel=1e-15)


def test_no_tokens_are_refused() -> None:
    with pytest.raises(DomainError, match="tokens"):
        finite_tokens.parting_time(0, 2, 0.0, "none")
