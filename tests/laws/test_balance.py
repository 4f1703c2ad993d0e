"""Mass is kept, energy only grows, and it grows by exactly what attention puts in."""

import numpy as np
import pytest
from laws.given import MAKERS, NORMALIZATIONS, attention, marched, problem, two_bumps

from kinetic.density import Density
from kinetic.density.observing import energy
from kinetic.kernels import ExponentialKernel

BETAS = (-2.0, -0.5, 0.0, 1.0, 5.0)
BETAS_OF_RUNS = (-2.0, 0.0, 5.0)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_energy_changes_at_the_rate_of_the_power(make, normalization, beta):
    space = make(32)
    kernel = ExponentialKernel(beta, space.dimension)
    state = two_bumps(space).coefficients(space)
    rate, power = attention(space, beta, normalization).transport(state)

    # E is quadratic in the density, so that a central difference of any step is its exact derivative
    step = 0.1 / np.abs(rate).max()
    ahead, behind = (energy(Density(space, state + s * rate), kernel) for s in (step, -step))
    size = abs(ahead) + abs(behind)
    # the truncated flux keeps the identity up to what the kernel drops: rounding, divided by the step
    assert (ahead - behind) / (2 * step) == pytest.approx(power, rel=1e-10, abs=1e-14 * size / step)
    assert power > 0


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS_OF_RUNS)
def test_runs_keep_mass_and_balance_energy(make, normalization, beta):
    space = make(48)
    fast = np.exp(abs(beta)) if normalization == "none" else 1.0
    _, rows = marched(problem(space, beta, normalization, two_bumps(space), 1.0 / fast, rows=20))
    assert np.abs(rows["mass"] - 1).max() <= 1e-13
    gain = np.diff(rows["energy"])
    assert np.all(gain > 0)
    # 1e-8 of the energy that moved; E itself carries rounding, and e^{|β|} for β < 0
    np.testing.assert_allclose(rows["work"], rows["energy"] - rows["energy"][0], atol=1e-8 * gain.sum() + 1e-14)
    assert np.all(rows["dissipation"] > 0)
    assert np.all(np.diff(rows["order_parameter"]) > 0) or beta < 0
