"""Basins of a field that stays: against tokens that climb it."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory.kernel_growth import Weight
from kinetic.theory.mean_shift import basins


def test_tokens_end_where_their_basin_attracts():
    angles = 2 * np.pi * np.arange(200) / 200
    density = 0.6 * np.exp(6 * (np.cos(angles) - 1)) + 0.4 * np.exp(4 * (np.cos(angles - 2.4) - 1))
    masses = density / density.sum()
    attracting, parting = basins(angles, masses, Weight("exponential", 4.0))

    def rate(_, x):
        away = angles - x[:, None]
        return (np.exp(4 * np.cos(away)) * np.sin(away)) @ masses

    first = 2 * np.pi * (np.arange(60) + 0.5) / 60
    last = solve_ivp(rate, (0, 40), first, rtol=1e-9, atol=1e-9).y[:, -1] % (2 * np.pi)
    assert attracting.size == parting.size == 2
    between = (first > parting.min()) & (first < parting.max())
    inside = (attracting > parting.min()) & (attracting < parting.max())
    ends = np.where(between, attracting[inside], attracting[~inside])
    assert np.abs(np.angle(np.exp(1j * (last - ends)))).max() < 1e-6


def test_kernels_with_a_kink_are_refused():
    with pytest.raises(DomainError, match="kink"):
        basins([0.0, 1.0], [0.5, 0.5], Weight("power", power=1.0))
