"""Formulas of common noise against simulated increments."""

import numpy as np
import pytest
from scipy.linalg import expm

from kinetic.errors import DomainError
from kinetic.theory import common_noise


def test_matrices_are_products_of_exponentials():
    steps = 0.2 * np.random.default_rng(0).standard_normal((4, 3, 3))
    found = common_noise.flow_matrices(steps, 2.0, True, [0, 2, 2, 4])
    expected = np.eye(3)
    for index, step in enumerate(steps):
        if index == 2:
            assert np.allclose(found[1], expected / np.linalg.norm(expected, 2), atol=1e-14)
            assert np.array_equal(found[1], found[2])
        expected = expm(np.sqrt(2.0) * (step + step.T)) @ expected
    assert np.array_equal(found[0], np.eye(3))
    assert np.allclose(found[3], expected / np.linalg.norm(expected, 2), atol=1e-13)
    with pytest.raises(DomainError, match="no matrices"):
        common_noise.flow_matrices(np.zeros((3, 2)), 1.0, False, [1])


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("d", [2, 3])
def test_exponents_of_matrices_are_those_of_their_field(d, symmetric):
    # independent entries have κ(u) = u: the gap of the two largest exponents is minus the exponent of the flow
    exponents = common_noise.matrix_exponents(d, symmetric)
    assert exponents[1] - exponents[0] == pytest.approx(
        (2 if symmetric else 1) * common_noise.lyapunov_exponent(d, 1, 1)
    )
    assert exponents.sum() == pytest.approx(0.0)
    # the first of them from E ln|exp(ΔQ) y|/h of many short steps: weak error h, sampling 1/√(h n)
    rng, h, count = np.random.default_rng(d), 1e-2, 40_000
    steps = np.sqrt(h) * rng.standard_normal((count, d, d))
    spread = (steps + np.swapaxes(steps, 1, 2)) / np.sqrt(2.0) if symmetric else steps
    y = spread[:, :, 0] + 0.5 * (spread @ spread)[:, :, 0] + np.eye(d)[0]
    growth = np.log(np.linalg.norm(y, axis=1)) - spread[:, 0, 0]  # of mean zero: less variance
    assert growth.mean() / h == pytest.approx(exponents[0], abs=6 * growth.std() / h / np.sqrt(count) + 10 * h)


def test_a_single_token_is_a_brownian_motion_of_half_the_level():
    # E x_1 after exp(ΔQ) from e_1, one short step: 1 − κ(1)(d−1)h/2, for both matrices
    rng, h, count = np.random.default_rng(5), 1e-2, 60_000
    for symmetric in (False, True):
        steps = np.sqrt(h) * rng.standard_normal((count, 3, 3))
        spread = (steps + np.swapaxes(steps, 1, 2)) / np.sqrt(2.0) if symmetric else steps
        y = spread[:, :, 0] + 0.5 * (spread @ spread)[:, :, 0] + np.eye(3)[0]
        loss = 1.0 - y[:, 0] / np.linalg.norm(y, axis=1)
        rate = common_noise.annealed_rate(1, 3, 1.0)
        assert loss.mean() / h == pytest.approx(rate, abs=6 * loss.std() / h / np.sqrt(count) + 10 * h)


@pytest.mark.parametrize(("d", "symmetric"), [(2, False), (2, True), (3, False), (3, True)])
def test_entropy_grows_at_minus_the_sum_of_the_exponents(d, symmetric):
    # on the sphere x ↦ Gx/|Gx| has the Jacobian det G/|Gx|^d; one short step from e_1
    rng, h, count = np.random.default_rng(d), 1e-2, 60_000
    step = np.sqrt(h) * rng.standard_normal((count, d, d))
    spread = (step + np.swapaxes(step, 1, 2)) / np.sqrt(2.0) if symmetric else step
    grown = np.linalg.norm(np.eye(d)[0] + spread[:, :, 0] + 0.5 * (spread @ spread)[:, :, 0], axis=1)
    loss = d * (np.log(grown) - spread[:, 0, 0]) - np.trace(spread, axis1=1, axis2=2) + d * spread[:, 0, 0]
    loss -= d * spread[:, 0, 0] - np.trace(spread, axis1=1, axis2=2)  # of mean zero: less variance
    rate = common_noise.matrix_entropy_rate(d, symmetric)
    assert loss.mean() / h == pytest.approx(rate, abs=6 * loss.std() / h / np.sqrt(count) + 30 * h)
    if not symmetric:
        assert rate == common_noise.entropy_rate(d, 1.0, 1.0)
