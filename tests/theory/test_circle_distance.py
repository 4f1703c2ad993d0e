import math

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.circle_distance import wasserstein


def test_the_short_way_round_is_taken() -> None:
    # A density and its rotation by a half: F − G has a mean, which transport the other way round would pay.
    angles = 2 * np.pi * (np.arange(4000) + 0.5) / 4000
    difference = (np.sin(angles) / (2 * math.pi)) * 1.0 + 0.3  # any constant may be added
    assert wasserstein(angles, difference) == pytest.approx(2 / math.pi, rel=1e-5)  # ∫|sin θ|/(2π) dθ


def test_angles_out_of_order_are_refused() -> None:
    with pytest.raises(DomainError, match="increase"):
        wasserstein([0.0, 2.0, 1.0], [0.0, 0.0, 0.0])
