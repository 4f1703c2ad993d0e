import math

import numpy as np
import pytest

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
