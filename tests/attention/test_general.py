"""Heads with any matrices, against plain sums over a quadrature, closed forms, and laws that hold for all of them."""

from functools import cache

import numpy as np
import pytest
from attention.test_drift import in_space
from laws.given import NORMALIZATIONS, attention, bump, some_function, two_bumps
from laws.test_symmetry import rotated, rotation
from oracles import dense_attention

from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.density import Density
from kinetic.errors import DomainError, Unresolved
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.theory.uniform_drift import uniform_drift

SPACES = pytest.mark.parametrize("space", [Circle(64), Sphere(40)], ids=["circle", "sphere"])
NORMALIZED = pytest.mark.parametrize("normalization", NORMALIZATIONS)
REACHES = (0.5, 3.0, 30.0)
WIDEST_NOISE = 1e-11
"""For densities bounded below by a fifth of the uniform one: 1e4 roundings are left to the matrices' range."""


def random_heads(dimension, count, reach, rng):
    """Gaussian matrices and alternating signs of β, with β‖KᵀQ‖ = reach."""
    heads = []
    for i in range(count):
        q, k, v = rng.normal(size=(3, dimension, dimension))
        heads.append(Head((-1) ** i * reach / np.linalg.norm(k.T @ q, 2), q, k, v))
    return tuple(heads)


@cache
def of_random_heads(space, count, reach, normalization):
    """Attention of the first of the same random heads, which is built once: its map costs as much as hundred steps."""
    near = of_random_heads(space, count - 1, reach, normalization) if count > 1 else None
    heads = random_heads(space.dimension, count, reach, np.random.default_rng(100))
    return GeneralAttention(space, heads, normalization, near)


def symmetric_heads(dimension, betas, rng):
    """Heads with KᵀQ = V = Vᵀ, of both signatures."""
    heads = []
    for beta in betas:
        value = rng.normal(size=(dimension, dimension))
        value += value.T
        key = rng.normal(size=(dimension, dimension)) + 2 * np.eye(dimension)
        heads.append(Head(beta, np.linalg.solve(key.T, value), key, value))
    return tuple(heads)


def degenerate_heads(dimension):
    """Zero and singular matrices, β = 0, and the ratio of norms that a sphere's harmonics like least."""
    one, zero = np.eye(dimension), np.zeros((dimension, dimension))
    line = np.outer(np.arange(1.0, dimension + 1), np.ones(dimension)) / 3.0
    stretch = np.diag([3.0, 1.0, 0.1][:dimension])
    turn = np.roll(one, 1, axis=0) * np.array([1.0, -1.0, 1.0][:dimension])
    return {
        "no query": Head(2.0, zero, one, line + one),
        "no key": Head(-2.0, one, zero, turn),
        "no value": Head(2.0, one, one, zero),
        "no beta": Head(0.0, stretch, turn, line),
        "line": Head(3.0, line, one, turn),
        "line and line": Head(-1.5, line, line.T, line),
        "stretched": Head(10.0, stretch, turn, stretch),
        "negative": Head(-5.0, turn, stretch, one),
        "tiny beta": Head(1e-9, stretch, turn, line),
    }


def quadrature(space, coefficients, rings=50):
    """Nodes and masses that integrate the truncated density against e^{30<x,y>} y: 2·50 > 40 + 54 degrees."""
    circle = space.kind == "circle"
    nodes, weights = dense_attention.circle_nodes(150) if circle else dense_attention.sphere_nodes(rings)
    return nodes, weights * space.evaluate(coefficients, nodes)


def compared_drift(acts, coefficients):
    """(largest error at some nodes relative to the largest |X|, the attention's own estimate)."""
    space, normalization = acts.space, "softmax" if acts.normalized else "none"
    nodes, masses = quadrature(space, coefficients)
    points = acts.grid.points.reshape(-1, space.dimension)
    got = in_space(acts.grid, acts.drift(coefficients))
    length = np.linalg.norm(got, axis=1)
    chosen = np.append(np.random.default_rng(3).choice(len(points), 60), [length.argmax(), length.argmin()])
    exact = dense_attention.drift(points[chosen], nodes, masses, acts.heads, normalization)
    return np.linalg.norm(got[chosen] - exact, axis=1).max() / length.max(), acts.partition_noise(coefficients)


def allowed(noise, reach):
    """Rounding of a sum of exponentials e^{b t}: b units for each; a density known to `noise` where Z is smallest."""
    return 10 * noise + 1e-14 * (10 + reach)


@SPACES
@NORMALIZED
@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("count", [1, 2])
def test_drift_of_random_heads(space, normalization, reach, count):
    coefficients = two_bumps(space).coefficients(space)
    error, noise = compared_drift(of_random_heads(space, count, reach, normalization), coefficients)
    print(f"{space.kind} {normalization} {count} heads, reach {reach:g}: error {error:.0e}, noise {noise:.0e}")
    assert error <= allowed(noise, reach)
    assert noise <= WIDEST_NOISE


@SPACES
@NORMALIZED
@pytest.mark.parametrize("name", list(degenerate_heads(3)))
def test_drift_of_degenerate_heads(space, normalization, name):
    heads = (degenerate_heads(space.dimension)[name],)
    coefficients = two_bumps(space).coefficients(space)
    if name == "no value":
        assert not np.any(GeneralAttention(space, heads, normalization).drift(coefficients))
        return
    error, noise = compared_drift(GeneralAttention(space, heads, normalization), coefficients)
    print(f"{space.kind} {normalization} {name}: error {error:.0e}, noise {noise:.0e}")
    assert error <= allowed(noise, heads[0].reach)
    assert noise <= WIDEST_NOISE


@SPACES
@NORMALIZED
def test_degenerate_heads_together(space, normalization):
    heads = tuple(degenerate_heads(space.dimension).values())
    acts = GeneralAttention(space, heads, normalization)
    error, noise = compared_drift(acts, two_bumps(space).coefficients(space))
    assert error <= allowed(noise, 30.0)


@SPACES
def test_what_the_partition_has_lost_is_reported(space):
    """A bump of density e^{−24} on the other side leaves it to rounding: the error grows, and the estimate with it."""
    coefficients = bump(space, 12.0).coefficients(space)
    for reach, least in ((15.0, 1e-10), (30.0, 1e-7)):
        error, noise = compared_drift(of_random_heads(space, 2, reach, "softmax"), coefficients)
        print(f"{space.kind} reach {reach:g}: error {error:.0e}, noise {noise:.0e}")
        assert error > least
        assert error <= allowed(noise, reach)


@SPACES
@NORMALIZED
@pytest.mark.parametrize("reach", [3.0])
def test_moments_move_as_by_dense_sums(space, normalization, reach):
    """The whole transport: product, projection and divergence."""
    acts = of_random_heads(space, 2, reach, normalization)
    coefficients = two_bumps(space).coefficients(space)
    rate = Density(space, acts.transport(coefficients)[0])
    nodes, masses = quadrature(space, coefficients, 33)  # 2·33 > 41 + 22
    mean, second = dense_attention.moment_rates(nodes, masses, acts.heads, normalization)
    size = np.abs(mean).max()
    np.testing.assert_allclose(rate.mean, mean, rtol=0, atol=1e-13 * (10 + reach) * size)
    np.testing.assert_allclose(rate.moment(2), second, rtol=0, atol=1e-13 * (10 + reach) * size)


@pytest.mark.parametrize("reach", [3.0, 10.0, 30.0])
@pytest.mark.parametrize("degree", [32, 64])
def test_aliasing_stays_below_the_tail_of_the_rate(reach, degree):
    """On a 3/2 grid only degrees of ρX above 2L fold back onto those kept, and there is less of them than at 0.9 L."""
    space = Circle(degree)
    coefficients = two_bumps(space).coefficients(space)
    heads = random_heads(2, 2, reach, np.random.default_rng(5))
    rate = GeneralAttention(space, heads, "softmax").transport(coefficients)[0]
    fine = space.grid_of(20 * degree)
    x = fine.points
    drift = dense_attention.drift(x, *quadrature(space, coefficients), heads, "softmax")
    along = drift[:, 1] * x[:, 0] - drift[:, 0] * x[:, 1]
    exact = fine.weak_divergence((along * fine.values(coefficients))[None])
    tail, size = np.abs(exact[space.degrees > 0.9 * degree]).max(), np.abs(exact).max()
    error = np.abs(rate - exact).max()
    print(f"L = {degree}, reach {reach:g}: aliasing {error / size:.0e}, tail {tail / size:.0e}")
    assert error <= 0.1 * tail + 1e-14 * (10 + reach) * degree * size  # a divergence multiplies rounding by l


@SPACES
@NORMALIZED
@pytest.mark.parametrize("beta", [0.0, 1.0, -1.0, 4.0, 10.0])
def test_identity_matrices_are_the_identity_head(space, normalization, beta):
    coefficients, one = two_bumps(space).coefficients(space), np.eye(space.dimension)
    general = GeneralAttention(space, (Head(beta, one, one, one),), normalization)
    rate, power = general.transport(coefficients)
    plain_rate, plain_power = attention(space, beta, normalization).transport(coefficients)
    degree = np.maximum(space.degrees, 1)  # as a potential of the flux: a divergence multiplies rounding by l
    assert np.abs((rate - plain_rate) / degree).max() <= 1e-13 * np.abs(plain_rate / degree).max()
    assert power == pytest.approx(plain_power, rel=1e-13)


@SPACES
@NORMALIZED
def test_scales_may_stand_in_any_of_the_matrices(space, normalization):
    """e^{β<2Rx, 3Ry>}: six times β for any rotation R."""
    coefficients, one = two_bumps(space).coefficients(space), np.eye(space.dimension)
    turn = rotation(space.dimension)
    general = GeneralAttention(space, (Head(0.5, 2 * turn, -3 * turn, -0.7 * one),), normalization)
    plain = attention(space, -3.0, normalization).transport(coefficients)[0]
    rate, degree = general.transport(coefficients)[0], np.maximum(space.degrees, 1)
    assert np.abs((rate + 0.7 * plain) / degree).max() <= 1e-13 * np.abs(plain / degree).max()


@SPACES
@NORMALIZED
@pytest.mark.parametrize("reach", REACHES)
def test_drift_of_the_uniform_density(space, normalization, reach):
    coefficients = np.zeros(space.degrees.size)
    coefficients[0] = 1.0
    both = of_random_heads(space, 2, reach, normalization)
    for head in both.heads:
        acts = GeneralAttention(space, (head,), normalization, near=both)
        got = in_space(acts.grid, acts.drift(coefficients))[::7]
        points = acts.grid.points.reshape(-1, space.dimension)[::7]
        exact = uniform_drift(points, head.query, head.key, head.value, head.beta, normalization)
        error, noise = np.abs(got - exact).max() / np.abs(exact).max(), acts.partition_noise(coefficients)
        print(f"{space.kind} {normalization} reach {reach:g}: {error:.0e}")
        assert error <= allowed(noise, reach)
        assert noise <= WIDEST_NOISE


@pytest.mark.parametrize("space", [Circle(64), Sphere(20)], ids=["circle", "sphere"])
@NORMALIZED
@pytest.mark.parametrize("reach", [0.5, 20.0])
def test_energy_is_the_double_sum(space, normalization, reach):
    coefficients = two_bumps(space).coefficients(space)
    matrices = np.random.default_rng(7).normal(size=(3, space.dimension, space.dimension))
    heads = (*random_heads(space.dimension, 2, reach, np.random.default_rng(9)), Head(0.0, *matrices))
    nodes, masses = quadrature(space, coefficients, 35)  # 2·35 > 20 + 47
    exact = [dense_attention.energy(nodes, masses, [head]) for head in heads]
    got = GeneralAttention(space, heads, normalization).energy(coefficients)
    assert got == pytest.approx(sum(exact), abs=1e-14 * (10 + reach) * np.abs(exact).sum())


def energy_rate(acts, coefficients, rate):
    """DE/dt along a rate: E is quadratic in μ, so that a central difference of any width is exact."""
    width = 0.1 / np.abs(rate).max()
    ahead, behind = (acts.energy(coefficients + sign * width * rate) for sign in (1, -1))
    return (ahead - behind) / (2 * width)


@SPACES
@NORMALIZED
@pytest.mark.parametrize("betas", [(1.0,), (1.0, -0.5), (2.0, 0.0, 0.7, -1.0)])
def test_energy_is_gained_at_the_rate_of_the_power(space, normalization, betas):
    """For both normalizations and any number of heads, KᵀQ = V = Vᵀ in each: dE/dt = ∫ <Σ Z_h X_h, X> dμ."""
    heads = symmetric_heads(space.dimension, betas, np.random.default_rng(10))
    acts = GeneralAttention(space, heads, normalization)
    assert acts.gradient_structure
    coefficients = two_bumps(space).coefficients(space)
    rate, power = acts.transport(coefficients)
    size = abs(power) + abs(acts.energy(coefficients))  # what the differences of E are taken from
    assert energy_rate(acts, coefficients, rate) == pytest.approx(power, abs=1e-11 * size)
    assert power > 0 or (normalization == "softmax" and len(betas) > 1)


@SPACES
@NORMALIZED
@pytest.mark.parametrize("fault", ["value", "asymmetry"])
def test_the_power_is_not_the_gain_of_energy_without_the_structure(space, normalization, fault):
    (right,) = symmetric_heads(space.dimension, (1.0,), np.random.default_rng(10))
    skew = np.triu(np.ones((space.dimension, space.dimension)), 1)
    if fault == "value":
        head = Head(1.0, right.query, right.key, right.value + 0.3 * np.diag(np.arange(space.dimension)))
    else:
        value = right.value + 0.3 * (skew - skew.T)
        head = Head(1.0, np.linalg.solve(right.key.T, value), right.key, value)
    acts = GeneralAttention(space, (head,), normalization)
    assert not acts.gradient_structure
    coefficients = two_bumps(space).coefficients(space)
    rate, power = acts.transport(coefficients)
    assert abs(energy_rate(acts, coefficients, rate) - power) > 1e-3 * power


@NORMALIZED
def test_power_is_the_dense_dissipation(normalization):
    space = Sphere(40)
    coefficients = two_bumps(space).coefficients(space)
    acts = of_random_heads(space, 2, 3.0, normalization)
    power = acts.transport(coefficients)[1]
    assert acts.power(coefficients) == power
    nodes, masses = quadrature(space, coefficients, 33)
    exact = dense_attention.dissipation(nodes, masses, acts.heads, normalization)
    assert power == pytest.approx(exact, rel=1e-12)


@SPACES
@NORMALIZED
def test_mass_is_conserved_to_the_last_bit(space, normalization):
    acts = of_random_heads(space, 2, 3.0, normalization)
    rate, _ = acts.transport(two_bumps(space).coefficients(space))
    assert rate[0] == 0.0
    assert np.any(rate)


@pytest.mark.parametrize("space", [Circle(48), Sphere(32)], ids=["circle", "sphere"])
@NORMALIZED
@pytest.mark.parametrize("reach", [5.0])
def test_rotating_tokens_and_matrices_rotates_the_motion(space, normalization, reach):
    turn, rng = rotation(space.dimension), np.random.default_rng(13)
    heads = random_heads(space.dimension, 2, reach, rng)
    turned = tuple(Head(h.beta, h.query @ turn.T, h.key @ turn.T, turn @ h.value @ turn.T) for h in heads)
    noise = some_function(space, rng) * 0.1 * np.exp(-1.2 * space.degrees) * (space.degrees > 0)
    density = bump(space, 2.0).coefficients(space) + noise
    rate, power = GeneralAttention(space, heads, normalization).transport(density)
    turned_rate, turned_power = GeneralAttention(space, turned, normalization).transport(rotated(space, density, turn))
    size = np.abs(space.to_public(rate)).max()
    # with softmax the quotient is projected on a 3/2 grid: aliasing far below the tail
    np.testing.assert_allclose(turned_rate, rotated(space, rate, turn), rtol=0, atol=1e-10 * size)
    assert turned_power == pytest.approx(power, rel=1e-10)


def test_softmax_heads_together_may_lose_energy():
    """Each head's energy has its own partition: the identity holds, and its right-hand side is negative."""
    space = Circle(96)
    coefficients = bump(space, 6.0).coefficients(space)
    # a strong attraction that e^{β} makes small, and a weaker repulsion that its partition makes large
    one = np.eye(2)
    heads = (Head(3.0, one, one, one), Head(3.0, one, -1.5 * one, -1.5 * one))
    acts = GeneralAttention(space, heads, "softmax")
    assert acts.gradient_structure
    rate, power = acts.transport(coefficients)
    assert power < 0
    assert energy_rate(acts, coefficients, rate) == pytest.approx(power, abs=1e-11 * acts.energy(coefficients))


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ((), "one or more"),
        ((Head(1.0, *[np.eye(2)] * 3),), "dimension 3"),
        ((Head(1e4, *[np.eye(3)] * 3),), "KᵀQ"),
    ],
)
def test_heads_that_cannot_act_are_refused(heads, message):
    with pytest.raises(DomainError, match=message):
        GeneralAttention(Sphere(8), heads, "none")


def test_heads_beyond_memory_are_refused():
    with pytest.raises(Unresolved, match="degree"):
        GeneralAttention(Sphere(255), (Head(500.0, *[np.eye(3)] * 3),), "softmax")


@pytest.mark.parametrize(
    "matrices", [(np.eye(2), np.eye(2), np.eye(3)), (np.ones(2),) * 3, (np.full((2, 2), np.nan), np.eye(2), np.eye(2))]
)
def test_a_head_refuses_what_is_no_matrix(matrices):
    with pytest.raises(DomainError, match="head"):
        Head(1.0, *matrices)


def test_numbers_stand_for_multiples_of_the_identity():
    head = Head.of(2.0, 3.0, 0.5, [[1.0, 2.0], [0.0, 1.0]], 2)
    np.testing.assert_array_equal(head.exponent, 3.0 * np.eye(2))
    assert head.reach == pytest.approx(3.0)
