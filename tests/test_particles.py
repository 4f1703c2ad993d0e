"""N tokens: the velocity's formula, what the flow conserves and increases, exact solutions, and the samplers."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.spatial.transform import Rotation
from scipy.special import ive

from kinetic.errors import DomainError
from kinetic.particles import (
    TokenHead,
    pairs,
    sample,
    sample_uniform,
    sample_von_mises_fisher,
    sample_zonal,
    simulate,
    velocity,
)

BOTH = pytest.mark.parametrize("normalization", ["none", "softmax"])
EPS = np.finfo(float).eps


def general_heads(d, rng):
    return [
        TokenHead(0.7, rng.normal(size=(d, d)), rng.normal(size=(d, d)), rng.normal(size=(d, d))),
        TokenHead(-0.4, 1.3, rng.normal(size=d), None),
        TokenHead(0.0, rng.normal(size=(d, d)), None, rng.normal(size=(d, d))),
    ]


def as_matrix(factor, d):
    if factor is None:
        return np.eye(d)
    factor = np.asarray(factor)
    return factor if factor.ndim == 2 else np.diag(np.broadcast_to(factor, d))


def velocity_by_loops(points, masses, heads, normalization):
    d = points.shape[1]
    result = np.zeros_like(points)
    for i, x in enumerate(points):
        for head in heads:
            Q, K, V = (as_matrix(matrix, d) for matrix in (head.query, head.key, head.value))
            total, partition = np.zeros(d), 0.0
            for m, y in zip(masses, points, strict=True):
                kernel = m * np.exp(head.beta * (Q @ x) @ (K @ y))
                total, partition = total + kernel * y, partition + kernel
            result[i] += V @ total / (partition if normalization == "softmax" else 1.0)
        result[i] -= (result[i] @ x) * x
    return result


@BOTH
@pytest.mark.parametrize("d", [2, 3, 7])
def test_velocity_is_the_double_sum_of_the_equation(d, normalization, monkeypatch):
    rng = np.random.default_rng(d)
    points, masses = sample_uniform(d, 23, rng), rng.dirichlet(np.ones(23))
    heads = general_heads(d, rng)
    monkeypatch.setattr(pairs, "_BLOCK_ENTRIES", 5 * 23)  # several blocks, the last one shorter
    expected = velocity_by_loops(points, masses, heads, normalization)
    # N + d terms a sum, each of the kernels' exponents with d² roundings
    bound = 8 * (23 + d**2) * EPS * np.max(np.abs(expected))
    np.testing.assert_allclose(velocity(points, masses, heads, normalization), expected, rtol=0, atol=bound)


def test_softmax_neither_over_nor_underflows_and_none_refuses():
    points, masses = sample_uniform(3, 20, np.random.default_rng(1)), np.full(20, 0.05)
    # at β = ±1e4 one token holds all the weight but e^{−1e4 · gap}, and no gap between two cosines is below 3e-3 here
    cosines = points @ points.T
    gaps = np.diff(np.sort(cosines, axis=1), axis=1)[:, [0, -1]]
    assert gaps.min() > 3e-3
    for beta, chosen in ((1e4, np.argmax(cosines, axis=1)), (-1e4, np.argmin(cosines, axis=1))):
        attended = points[chosen]
        expected = attended - np.sum(attended * points, axis=1, keepdims=True) * points
        found = velocity(points, masses, [TokenHead(beta)], "softmax")
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    with pytest.raises(DomainError, match="double precision"):
        velocity(points, masses, [TokenHead(1e4)], "none")


@BOTH
def test_beta_zero_is_the_projected_mean_exactly(normalization):
    points, masses = sample_uniform(4, 50, np.random.default_rng(2)), np.full(50, 0.02)
    mean = masses @ points
    expected = mean - (points @ mean)[:, None] * points
    found = velocity(points, masses, [TokenHead(0.0)], normalization)
    np.testing.assert_allclose(found, expected, rtol=0, atol=4 * EPS)


@BOTH
def test_equal_tokens_stay(normalization):
    x = sample_uniform(3, 1, np.random.default_rng(3))
    found = velocity(np.repeat(x, 6, axis=0), np.full(6, 1 / 6), [TokenHead(2.0)], normalization)
    np.testing.assert_allclose(found, 0.0, atol=8 * EPS * np.e**2)


@BOTH
def test_two_tokens_follow_the_two_token_equation(normalization):
    """φ' = −Σ (partner's weight) sin φ: mass-independent without softmax."""
    beta, angle, (a, b) = 1.5, 2.0, (0.3, 0.7)

    def rate(_, phi):
        far, near = np.exp(beta * np.cos(phi)), np.exp(beta)
        if normalization == "none":
            return -far * np.sin(phi)
        return -(b * far / (a * near + b * far) + a * far / (b * near + a * far)) * np.sin(phi)

    tokens = np.array([[1.0, 0.0, 0.0], [np.cos(angle), np.sin(angle), 0.0]])
    run = simulate(tokens, [0.0, 2.0], [TokenHead(beta)], normalization, [a, b], tolerance=1e-12)
    expected = solve_ivp(rate, (0.0, 2.0), [angle], method="DOP853", rtol=1e-12, atol=1e-13).y[0, -1]
    found = 2.0 * np.arcsin(0.5 * np.linalg.norm(run.points[0] - run.points[1]))
    # local errors of 1e-12 over some hundred steps
    assert found == pytest.approx(expected, rel=1e-10)


@BOTH
def test_equiangular_tokens_stay_equiangular_and_follow_their_equation(normalization):
    beta, n = 2.0, 6

    def rate(_, rho):
        weight = np.exp(beta) + (n - 1) * np.exp(beta * rho) if normalization == "softmax" else n
        return 2.0 * np.exp(beta * rho) * (1.0 - rho) * ((n - 1) * rho + 1.0) / weight

    run = simulate(np.eye(n), [0.0, 1.0], [TokenHead(beta)], normalization, tolerance=1e-12)
    expected = solve_ivp(rate, (0.0, 1.0), [0.0], method="DOP853", rtol=1e-12, atol=1e-13).y[0, -1]
    cosines = (run.points @ run.points.T)[~np.eye(n, dtype=bool)]
    np.testing.assert_allclose(cosines, expected, atol=1e-10)


@BOTH
def test_the_flow_is_rotation_equivariant(normalization):
    rng = np.random.default_rng(4)
    points, turn = sample_uniform(3, 40, rng), Rotation.random(random_state=4).as_matrix()
    masses, head = np.full(40, 1 / 40), TokenHead(1.2)
    turned = velocity(points @ turn.T, masses, [head], normalization)
    expected = velocity(points, masses, [head], normalization) @ turn.T
    np.testing.assert_allclose(turned, expected, rtol=0, atol=100 * EPS * np.exp(1.2))


@pytest.mark.parametrize("beta", [-1.0, 0.5, 3.0])
def test_the_energy_increases_at_the_rate_of_the_squared_velocity(beta):
    def energy(points):
        return np.mean(np.exp(beta * points @ points.T)) / (2.0 * beta)

    points, step = sample_von_mises_fisher([0, 0, 1], 1.0, 60, np.random.default_rng(5)), 1e-3
    times = np.array([0.0, step, 2 * step])
    run = simulate(points, times, [TokenHead(beta)], "none", tolerance=1e-13, save=times)
    before, middle, after = (energy(cloud) for cloud in run.saved_points)
    speed = velocity(run.saved_points[1], np.full(60, 1 / 60), [TokenHead(beta)], "none")
    # central difference: step²/6 |E'''|, |E'''| ≤ (2λ)² |dE/dt| with λ ≤ (1 + |β|) e^{|β|} the fastest rate of the
    # linearized flow; and the round-off ε E/step
    bound = step**2 / 6 * (2 * (1 + abs(beta)) * np.exp(abs(beta))) ** 2
    assert before < middle < after
    assert (after - before) / (2 * step) == pytest.approx(np.mean(np.sum(speed**2, axis=1)), rel=bound + 1e-9)


def test_a_cluster_contracts_at_its_own_rate_far_below_the_tolerance():
    """1 − R ~ e^{−2t} for softmax tokens, to the tolerance at every width above 2.5e-14/tolerance."""
    points = sample_von_mises_fisher([1, 0, 0], 50.0, 40, np.random.default_rng(6))
    run = simulate(points, [0.0, 8.0, 9.0], [TokenHead(1.0)], "softmax", tolerance=1e-8)
    assert run.order_deficit[1] < 1e-7
    # the rate's own correction is O(1 − R); the widths here are above 1e-4, where the local error is 1e-8
    assert -np.diff(np.log(run.order_deficit))[1] == pytest.approx(2.0, abs=1e-6)
    assert run.norm_defect[-1] < 1e-6


def test_the_order_deficit_complements_the_order_parameter_and_does_not_cancel():
    width = 1e-9
    tokens = np.array([[1.0, width], [1.0, -width]]) / np.hypot(1.0, width)
    run = simulate(tokens, [0.0], [TokenHead(1.0)], "softmax")
    assert run.order_deficit[0] == pytest.approx(width**2 / 2, rel=1e-7)  # chord of 1e-9 with absolute error ε
    wide = simulate(sample_uniform(3, 30, np.random.default_rng(7)), [0.0], [TokenHead(1.0)], "softmax")
    assert wide.order_parameter[0] + wide.order_deficit[0] == pytest.approx(1.0, abs=40 * EPS)


def test_a_cloud_without_mean_has_deficit_one():
    tokens = np.array([[1.0, 0.0], [-1.0, 0.0]])
    run = simulate(tokens, [0.0], [TokenHead(1.0)], "none")
    assert run.order_deficit[0] == pytest.approx(1.0, abs=2 * EPS)


@BOTH
def test_random_tokens_miss_the_density_by_one_over_the_root_of_their_number(normalization):
    """E|v_N(x) − v(x)|² N is a constant: between N and 16 N the root mean square falls by 4."""
    rng, head, axis = np.random.default_rng(8), TokenHead(1.0), np.array([0.0, 0.0, 1.0])
    probe = np.array([[np.sin(1.0), 0.0, np.cos(1.0)]])

    def errors(n):
        drawn = []
        for _ in range(200):
            cloud = np.concatenate([probe, sample_von_mises_fisher(axis, 1.0, n, rng)])
            masses = np.append(0.0, np.full(n, 1.0 / n))
            drawn.append(velocity(cloud, masses, [head], normalization)[0])
        return np.array(drawn)

    few, many = errors(50), errors(800)
    center = many.mean(axis=0)
    ratio = np.sqrt(np.mean((few - center) ** 2) / np.mean((many - center) ** 2))
    # 200 draws of a 2-vector each: the ratio's relative standard deviation is at most 1/√200 = 7 %; 4 of them, and
    # softmax's bias of order 1/N adds less than 1/50
    assert ratio == pytest.approx(4.0, rel=0.3)


def test_observed_times_and_saved_clouds_are_those_asked_for():
    points, times = sample_uniform(3, 10, np.random.default_rng(9)), [0.0, 0.01, 1.0, 1.5]
    seen = []
    run = simulate(points, times, [TokenHead(1.0)], "none", progress=seen.append, save=[0.01, 1.5])
    assert run.times.tolist() == times
    assert run.saved_times.tolist() == [0.01, 1.5]
    assert seen == sorted(seen)
    assert seen[-1] == 1.5
    np.testing.assert_array_equal(run.saved_points[1], run.points)
    direct = simulate(points, [0.0, 0.01], [TokenHead(1.0)], "none")
    np.testing.assert_allclose(run.saved_points[0], direct.points, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"times": [0.0, 0.0]}, "times"),
        ({"save": [0.3]}, "save"),
        ({"masses": [0.5, 0.4]}, "sum"),
        ({"points": 2.0 * np.eye(2)}, "off the unit sphere"),
        ({"points": np.ones(2)}, "shape"),
        ({"normalization": "softmin"}, "softmin"),
        ({"heads": [TokenHead(1.0, query=np.eye(3))]}, "matrix has shape"),
    ],
)
def test_impossible_arguments_are_refused_by_name(arguments, complaint):
    good = {"points": np.eye(2), "times": [0.0, 1.0], "heads": [TokenHead(1.0)], "normalization": "softmax"}
    with pytest.raises(DomainError, match=complaint):
        simulate(**(good | arguments))


# --- samplers: means over n = 20000 draws, against 5 standard errors -------------------------------------------------

DRAWS = 20_000


def assert_mean(values, mean, variance):
    assert abs(np.mean(values) - mean) < 5.0 * np.sqrt(variance / len(values)) + 1e-12


@pytest.mark.parametrize(
    ("d", "kappa"), [(2, 0.0), (2, 3.0), (3, -5.0), (3, 0.4), (8, 20.0), (64, -30.0), (512, 300.0)]
)
def test_von_mises_fisher_draws_have_the_exact_moments(d, kappa):
    """E t = A = I_{d/2}/I_{d/2−1}, Var t = 1 − A² − (d−1)A/κ; uniform about the axis."""
    rng = np.random.default_rng(d)
    axis = sample_uniform(d, 1, rng)[0]
    points = sample_von_mises_fisher(3.0 * axis, kappa, DRAWS, rng)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=8 * EPS)
    size = abs(kappa)
    mean = np.copysign(ive(d / 2, size) / ive(d / 2 - 1, size), kappa) if kappa else 0.0
    variance = 1.0 - mean**2 - (d - 1) * (mean / kappa if kappa else 1.0 / d)
    t = points @ axis
    assert_mean(t, mean, variance)
    # Var of (t−E t)² is at most its range's square over 4; 3 Var² holds near Gaussian, 4 with skewness
    assert_mean((t - mean) ** 2, variance, 4.0 * variance**2)
    across = sample_uniform(d, 1, rng)[0]
    across -= (across @ axis) * axis
    across /= np.linalg.norm(across)
    assert_mean(points @ across, 0.0, (1.0 - mean**2) / (d - 1))


def test_extreme_concentrations_and_dimensions_keep_their_scale():
    rng = np.random.default_rng(10)
    chords = np.sum((sample_von_mises_fisher([0, 0, 1], 1e10, DRAWS, rng) - [0, 0, 1]) ** 2, axis=1) / 2
    assert_mean(chords * 1e10, 1.0, 1.0)  # κ(1 − t) is exponential of mean 1 for d = 3
    points = sample_von_mises_fisher(np.eye(4096)[0], 4096.0, 500, rng)
    # the Bessel ratio lies between κ/(ν + ½ + √(κ² + (ν + a)²)) with a = 3/2 and a = 1/2, relatively 7e-5 apart here
    nu, kappa = 2047.0, 4096.0
    assert_mean(points[:, 0], kappa / (nu + 0.5 + np.hypot(nu + 1.0, kappa)), 1.0 / 4096)


def test_rejection_follows_the_density_and_notices_a_bound_that_is_none():
    rng = np.random.default_rng(11)
    points = sample(lambda x: np.log1p(0.9 * x[:, 2]), 3, DRAWS, rng, bound=np.log(1.9))
    assert_mean(points[:, 2], 0.3, 1 / 3 - 0.09)
    assert_mean(points[:, 0], 0.0, 1 / 3)
    with pytest.raises(DomainError, match="bound"):
        sample(lambda x: np.log1p(0.9 * x[:, 2]), 3, DRAWS, rng, bound=0.0)
    with pytest.raises(DomainError, match="tighter"):
        sample(lambda x: np.zeros(len(x)), 3, 1, rng, bound=1e3)


def test_zonal_draws_follow_the_tabulated_marginal():
    rng, grid = np.random.default_rng(12), np.linspace(-1.0, 1.0, 400)
    marginal = (1.0 - grid**2) * np.exp(2.0 * grid)  # d = 5, κ = 2
    points = sample_zonal([0, 0, 0, 2.0, 0], grid, marginal, DRAWS, rng)

    def moment(k):  # each cell holds a polynomial of degree at most 3, integrated exactly by two Gauss nodes
        nodes = np.concatenate([grid[:-1] + np.diff(grid) * (0.5 + side / np.sqrt(12)) for side in (-1, 1)])
        return np.sum(nodes**k * np.interp(nodes, grid, marginal))

    mean = moment(1) / moment(0)
    variance = moment(2) / moment(0) - mean**2
    assert_mean(points[:, 3], mean, variance)
    assert_mean((points[:, 3] - mean) ** 2, variance, 4.0 * variance**2)
    assert_mean(points[:, 0], 0.0, (1.0 - mean**2) / 4)


def test_zonal_draws_leave_out_where_the_marginal_vanishes():
    points = sample_zonal([1.0, 0.0], [-1.0, 0.0, 0.5, 1.0], [0.0, 0.0, 1.0, 0.0], 1000, np.random.default_rng(13))
    assert points[:, 0].min() > 0.0
    with pytest.raises(DomainError, match="increasing"):
        sample_zonal([1.0, 0.0], [0.0, 0.0], [1.0, 1.0], 1, np.random.default_rng(13))


def test_a_seed_fixes_every_draw():
    first, second = (sample_von_mises_fisher([0, 1], 2.0, 5, np.random.default_rng(14)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
