"""What an increment does to tokens, against dense sums, ordinary differential equations and strong orders."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.normed.common_noise import BrownianPath, FieldKick, MatrixKick, ValuesKick
from kinetic.normed.common_noise.kicks import boosted
from kinetic.spaces.scattered import scattered
from kinetic.theory import two_point

COVARIANCE = (0.3, 0.5, 0.0, 0.7)


def points(d, count=6, seed=0):
    x = np.random.default_rng(seed).standard_normal((count, d))
    return x / np.linalg.norm(x, axis=1)[:, None]


def unit(y):
    return y / np.linalg.norm(y, axis=1)[:, None]


@pytest.mark.parametrize("d", [2, 3])
def test_a_field_has_the_covariance_asked_for(d):
    kick, x = FieldKick(d, 1.3, COVARIANCE, 1e-10), points(d)
    found = np.zeros((6, 6))
    for harmonic in range(kick.shape[1]):
        increment = np.zeros(kick.shape)
        increment[d - 1, harmonic] = 1.0
        components = scattered(x).values(kick.coefficients(increment), len(COVARIANCE) - 1)
        assert not components[: d - 1].any()
        found += np.outer(components[d - 1], components[d - 1])
    # NUFFT_ACCURACY of sums of some ten terms of order one
    assert np.allclose(found, 1.3**2 * np.polynomial.polynomial.polyval(x @ x.T, COVARIANCE), rtol=0, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_a_linear_field_is_a_matrix(d):
    matrix, field, x = MatrixKick(d, 1.0, False), FieldKick(d, 1.0, (0.0, 1.0), 1e-12), points(d)
    spread = 0.3 * np.random.default_rng(1).standard_normal((d, d))
    # the increment whose field is x ↦ Qx, from the harmonics' values at the points
    table = [scattered(x).values(field.coefficients(row[None].repeat(d, 0)), 1)[0] for row in np.eye(field.shape[1])]
    increment = np.linalg.lstsq(np.transpose(table), x @ spread.T, rcond=None)[0].T
    moved = field(2.5 * x, np.ones(6) / 6, increment)
    assert np.allclose(moved, 2.5 * unit(matrix(x, np.ones(6) / 6, spread)), rtol=0, atol=1e-11)


@pytest.mark.parametrize("covariance", [(0.0, -1.0), (0.0, 0.0), (0.0, 0.0, 1.0, -1.0)])
def test_what_is_no_covariance_is_refused(covariance):
    with pytest.raises(DomainError, match=r"common_noise\.covariance: received"):
        FieldKick(3, 1.0, covariance, 1e-9)


def test_a_negative_coefficient_may_belong_to_a_covariance():
    # on the circle u² − 1/2 = cos(2φ)/2 is one, −0.4 + u² is too
    assert FieldKick(2, 1.0, (-0.4, 0.0, 1.0), 1e-9).shape == (2, 3)


@pytest.mark.parametrize("d", [2, 3])
def test_a_boost_is_the_flow_of_a_constant_push(d):
    x, pushes = points(d), np.random.default_rng(2).standard_normal((6, d))
    pushes[0] = 0.0

    def velocity(_, flat):
        at = flat.reshape(x.shape)
        return (pushes - np.vecdot(at, pushes)[:, None] * at).ravel()

    exact = solve_ivp(velocity, (0.0, 1.0), x.ravel(), "DOP853", rtol=1e-12, atol=1e-13).y[:, -1].reshape(x.shape)
    found = boosted(x, pushes)
    assert np.allclose(found, exact, rtol=0, atol=1e-11)
    assert np.array_equal(found[0], x[0])


def test_values_push_every_token_by_what_it_is_told():
    x, increment = points(3), np.random.default_rng(3).standard_normal((1, 3, 3))
    kick = ValuesKick(3, 0.5, lambda directions, masses: np.tile(masses @ directions, (1, len(directions), 1)), 1)
    masses = np.arange(1.0, 7.0) / 21.0
    pushed = np.tile(0.5 * increment[0] @ (masses @ x), (6, 1))
    assert np.allclose(kick(2.0 * x, masses, increment), 2.0 * boosted(x, pushed), rtol=0, atol=1e-14)


def test_the_strong_order_of_a_path_is_one_half():
    # the areas left out have mean zero and size h a step: errors add up like √(T/h) h
    x, finest, count = points(2), 0.002, 128
    kick, errors = MatrixKick(2, 1.0, False), np.zeros(3)
    for seed in range(16):
        path = BrownianPath(seed, finest, (2, 2))
        increments = np.array([path.increment(index) for index in range(count)])
        moved = []
        for together in (1, 8, 32, 128):
            product = np.eye(2)
            for increment in increments.reshape(-1, together, 2, 2).sum(axis=1):
                product = kick.matrix(increment) @ product
            moved.append(unit(x @ product.T))
        errors += [np.mean(np.sum((rough - moved[0]) ** 2, axis=1)) for rough in moved[1:]]
    order = 0.5 * np.polyfit(np.log([8, 32, 128]), np.log(errors), 1)[0]
    # 16 paths of a few areas each know a mean square to some 30 %, hence the order to 0.1
    assert order == pytest.approx(0.5, abs=0.25)


@pytest.mark.parametrize(("d", "beta", "u"), [(2, 1.0, 0.3), (3, 2.0, -0.6), (8, 1.0, 0.1)])
def test_values_move_two_tokens_by_their_generator(d, beta, u):
    # E Δu and E Δu² of one short step, with the antithetic increment: odd orders cancel
    rng, h, count = np.random.default_rng(d), 1e-3, 4000
    pair = np.zeros((2, d))
    pair[0, 0], pair[1, :2] = 1.0, (u, np.sqrt(1.0 - u * u))
    share = 1.0 / (1.0 + np.exp(-beta * (1.0 - u)))
    told = np.array([[share, 1.0 - share], [1.0 - share, share]]) @ pair
    kick = ValuesKick(d, 1.0, lambda *_: told[None], 1)
    moved = []
    for increment in np.sqrt(h) * rng.standard_normal((count, 1, d, d)):
        ends = [kick(pair, np.full(2, 0.5), sign * increment) for sign in (1.0, -1.0)]
        moved.append([np.vecdot(*end) - u for end in ends])
    change, square = np.mean(moved, axis=1), np.mean(np.square(moved), axis=1)
    drift, spread = two_point.values_motion(u, d, beta)
    assert change.mean() / h == pytest.approx(drift, abs=5 * change.std() / h / np.sqrt(count) + 20 * h)
    assert square.mean() / (2 * h) == pytest.approx(spread, abs=5 * square.std() / h / np.sqrt(count) + 20 * h)


def test_averages_over_paths_are_of_order_one():
    # By isotropy every step adds as much to E ∫ρ ln ρ dσ of uniform tokens, at d = 2 E[2 ln|G e_1| − ln det G]
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)
    table = np.stack(np.meshgrid(*[nodes] * 4, indexing="ij"), axis=-1).reshape(-1, 2, 2)
    shares = np.prod(np.meshgrid(*[weights / weights.sum()] * 4), axis=0).ravel()
    kick, steps = MatrixKick(2, 1.0, False), np.array([0.05, 0.025, 0.0125])
    errors = []
    for step in steps:
        moved = np.array([kick.matrix(np.sqrt(step) * increment) for increment in table])
        gained = 2.0 * np.log(np.linalg.norm(moved[:, :, 0], axis=1)) - np.log(np.linalg.det(moved))
        errors.append(abs(shares @ gained / step - 1.0))
    # the next order, of relative size h
    assert np.diff(np.log(errors)) / np.diff(np.log(steps)) == pytest.approx(1.0, abs=0.08)
