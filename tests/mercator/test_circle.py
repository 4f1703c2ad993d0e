"""The Mercator chart of the circle without symmetry: exact solutions, other methods, other charts, and the theory."""

import math

import numpy as np
import pytest
from circle_data import TOLERANCE, follow, identity, mixture, problem, run
from mercator.continuing import continued
from oracles import circle_characteristics, circle_graded, dense_attention, densities
from oracles.circle_boosts import Boosts

from kinetic.attention.heads import Head
from kinetic.errors import Unresolved
from kinetic.initial import Component, InitialDensity, VonMisesFisher, random_harmonics
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, Snapshot, march
from kinetic.mercator.circle import InitialLogDensity, ValuedLogDensity, circle_mercator_start
from kinetic.mercator.zonal import mercator_problem
from kinetic.problem import Problem, Schedule
from kinetic.spaces.circle import Circle
from kinetic.theory import antipode_law

SCALARS = ("order_deficit", "w2_to_dirac", "energy_gap", "energy", "dissipation")
Q = np.array([[1.0, 0.3], [-0.2, 0.8]])
K = np.array([[0.9, 0.0], [0.4, 1.0]])
V = np.diag([1.0, 0.5])


def local_rate(times, values):
    return -math.log(values[-1] / values[-2]) / (times[-1] - times[-2])


NOISE = InitialDensity((), 1.0, random_harmonics("circle", 0.3, 8, np.random.default_rng(3)))


@pytest.mark.parametrize("initial", [mixture(), pytest.param(NOISE, marks=pytest.mark.slow)], ids=["mixture", "random"])
def test_without_interaction_the_density_is_boosted_while_the_deficit_falls_to_1e_30(initial):
    times, columns, snapshots, steps = run([identity(0.0)], "softmax", initial, 72.0, rows=6, snapshots=3)
    logarithm = InitialLogDensity(initial)
    exact = Boosts(lambda angle: np.exp(logarithm(angle)), times)
    assert columns["order_deficit"][-1] < 1e-30
    # some 300 steps of tolerance 1e-11, of which errors on either side of p cancel
    deficits = [exact.order_deficit(i) for i in range(times.size)]
    np.testing.assert_allclose(columns["order_deficit"], deficits, rtol=1e-9)
    np.testing.assert_allclose(columns["w2_to_dirac"], [exact.w2_to_dirac(i) for i in range(times.size)], rtol=1e-9)
    np.testing.assert_allclose(columns["mean"], [exact.mean(i) for i in range(times.size)], atol=1e-11)
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    # what has passed into the cluster costs next to nothing: cells do not pile up
    assert steps[-1].checkpoint.layout["left"] + steps[-1].checkpoint.layout["right"] < 72
    for shot in snapshots[1:]:
        i = int(np.flatnonzero(times == shot.time)[0])
        theta = np.concatenate([np.linspace(-3.1, 3.1, 20), np.geomspace(1e-3, 1, 10)])
        # at angles from p that are large next to its distance from the boost's direction
        _, axis, _ = exact.frame(i)
        off = shot.density.pole - axis
        values = shot.density.log_at_angle(theta)
        np.testing.assert_allclose(values, exact.log_density(i, theta + off), rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("beta", "normalization", "end"), [pytest.param(1.0, "softmax", 20.0, marks=pytest.mark.slow), (0.5, "none", 4.0)]
)
def test_axisymmetric_data_are_those_of_the_zonal_chart(beta, normalization, end):
    parts = ((1.5, 0.7, 0.6), (4.0, 0.7 + np.pi, 0.1))
    initial = InitialDensity(
        tuple(Component(VonMisesFisher(k), [math.cos(a), math.sin(a)], w) for k, a, w in parts), uniform=0.3
    )
    kinds = [densities.von_mises_fisher(2, 1.5), densities.von_mises_fisher(2, -4.0), densities.uniform()]

    class Zonal:
        def __call__(self, y):
            return densities.mixture([0.6, 0.1, 0.3], kinds)(y)

        def breaks(self):
            return ()

    schedule = Schedule(end, end / 5, end)
    zonal = mercator_problem(ExponentialKernel(beta, 2), normalization, Zonal(), schedule, TOLERANCE, "dop853")
    _, along, _, _ = follow(zonal)
    _, columns, _, _ = run([identity(beta)], normalization, initial, end, rows=5)
    for name in (*SCALARS, "entropy", "log_antipode_density"):
        np.testing.assert_allclose(columns[name], along[name], rtol=1e-10, err_msg=name)
    np.testing.assert_allclose(columns["work"], along["work"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.arctan2(columns["mean"][:, 1], columns["mean"][:, 0]), 0.7, atol=1e-12)


@pytest.mark.parametrize(
    ("beta", "normalization", "end"), [pytest.param(1.0, "softmax", 10.0, marks=pytest.mark.slow), (-0.3, "none", 2.0)]
)
def test_rotating_the_data_rotates_everything(beta, normalization, end):
    turn = 1.234
    _, first, shots, _ = run([identity(beta)], normalization, mixture(), end, rows=4)
    _, second, turned, _ = run([identity(beta)], normalization, mixture(turn), end, rows=4)
    for name in (*SCALARS, "entropy", "log_antipode_density", "work"):
        np.testing.assert_allclose(second[name], first[name], rtol=1e-10, atol=1e-13, err_msg=name)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    np.testing.assert_allclose(second["mean"], first["mean"] @ matrix.T, atol=1e-11)
    angle = np.linspace(0, 6, 9)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    # points far from the cluster: within it ρ changes by more than rounding over the rounding of a point
    values, images = shots[-1].density.values(points), turned[-1].density.values(points @ matrix.T)
    np.testing.assert_allclose(images, values, rtol=1e-8)


RATES = [
    pytest.param(1.0, "softmax", 15.0, marks=pytest.mark.slow),
    pytest.param(2.0, "softmax", 15.0, marks=pytest.mark.slow),
    pytest.param(0.5, "none", 20.0, marks=pytest.mark.slow),
    pytest.param(1.0, "none", 30.0, marks=pytest.mark.slow),  # as the bundled case mercator_circle
    pytest.param(2.0, "none", 100.0, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("beta", "normalization", "end"), RATES)
def test_the_rate_of_collapse_and_the_antipode_follow_the_law(beta, normalization, end):
    times, columns, _, _ = run([identity(beta)], normalization, mixture(), end, rows=20, tolerance=1e-9)
    predicted = antipode_law.collapse_rate(2, beta, normalization)
    assert local_rate(times, columns["order_deficit"]) == pytest.approx(predicted, rel=1e-3)
    assert columns["dissipation"][-1] / columns["energy_gap"][-1] == pytest.approx(predicted, rel=1e-3)
    fall = np.diff(columns["log_antipode_density"])[-1] / np.diff(times)[-1]
    assert -fall == pytest.approx(antipode_law.antipode_rate(2, beta, normalization), rel=1e-3)
    gain = columns["energy"] - columns["energy"][0]
    np.testing.assert_allclose(columns["work"], gain, atol=1e-7 * np.abs(columns["energy"]).max())


GENERAL = (Head(1.0, Q, K, np.array([[1.0, -0.2], [0.3, 0.7]])), identity(0.5))


@pytest.mark.parametrize(
    ("heads", "normalization"),
    [
        (GENERAL, "softmax"),
        ((identity(-0.7),), "none"),
        pytest.param(GENERAL, "none", marks=pytest.mark.slow),
        pytest.param((identity(-0.7),), "softmax", marks=pytest.mark.slow),
    ],
)
def test_the_moments_agree_with_characteristics_for_any_heads(heads, normalization):
    times, columns, _, _ = run(heads, normalization, mixture(), 0.6, rows=2)
    others = [dense_attention.Head(h.beta, h.query, h.key, h.value) for h in heads]
    exact = circle_characteristics.solve(others, normalization, InitialLogDensity(mixture()), times, tolerance=1e-11)
    np.testing.assert_allclose(columns["order_deficit"], exact.order_deficit, rtol=1e-10)
    np.testing.assert_allclose(columns["mean"], exact.mean, atol=1e-10)


@pytest.mark.slow  # the other method takes half a minute
@pytest.mark.parametrize(("beta", "normalization", "end"), [(1.0, "softmax", 24.0), (-0.3, "none", 16.0)])
def test_the_deficit_agrees_with_characteristics_down_to_1e_10(beta, normalization, end):
    times, columns, _, _ = run([identity(beta)], normalization, mixture(), end, rows=6)
    logarithm = InitialLogDensity(mixture())
    exact = circle_graded.solve([dense_attention.Head(beta)], normalization, logarithm, times)
    assert exact.order_deficit[-1] < 1e-8
    np.testing.assert_allclose(columns["order_deficit"], exact.order_deficit, rtol=1e-10)
    np.testing.assert_allclose(columns["mean"], exact.mean, atol=1e-12)


@pytest.mark.slow
def test_a_density_handed_over_by_the_harmonic_chart_goes_on_as_if_it_had_been_here_from_the_start():
    from laws.given import problem as harmonic

    kept = list(march(harmonic(Circle(200), 1.0, "softmax", mixture(), 1.0, tolerance=1e-12)))
    density = next(e.density for e in reversed(kept) if isinstance(e, Snapshot))
    work = next(float(e.values["work"]) for e in reversed(kept) if isinstance(e, Row))
    flow, state = circle_mercator_start([identity(1.0)], "softmax", ValuedLogDensity(density), TOLERANCE, work=work)
    _, late, _, _ = follow(Problem(flow, state, Schedule(14.0, 2.0, 14.0), TOLERANCE))
    _, whole, _, _ = run([identity(1.0)], "softmax", mixture(), 15.0, rows=15)
    for name in (*SCALARS, "entropy", "work", "log_antipode_density"):
        np.testing.assert_allclose(late[name], whole[name][1::2], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(late["mean"], whole["mean"][1::2], atol=1e-11)


# At a Dirac mass at e with V e = v e: X(φ) = −v e^{β<Ax,e>} sin φ, without the exponential for softmax.
HEAD = Head(1.0, Q, K, V)
REPELLING = {"softmax": 1.0, "none": math.exp(-float(HEAD.exponent[0, 0]))}


@pytest.mark.parametrize(
    ("normalization", "end"),
    [
        pytest.param("softmax", 15.0, marks=pytest.mark.slow),  # as the bundled case mercator_circle_heads
        pytest.param("none", 25.0, marks=pytest.mark.slow),
    ],
)
def test_general_heads_collapse_at_the_rate_of_the_field_of_their_dirac_mass(normalization, end):
    times, columns, _, _ = run([HEAD], normalization, mixture(), end, rows=20, tolerance=1e-9)
    assert local_rate(times, columns["order_deficit"]) == pytest.approx(REPELLING[normalization], rel=1e-3)
    # the cluster goes to the eigenvector of the largest eigenvalue of V, at the rate of the gap or faster
    assert abs(columns["mean"][-1][1]) < 10 * math.exp(-0.5 * end) + columns["order_deficit"][-1]
    assert np.abs(columns["mass"] - 1).max() < 1e-12


@pytest.mark.slow  # the bundled case turning_softmax ends alike
def test_a_rotating_value_matrix_makes_a_rotating_dirac_mass():
    turn = 0.4
    value = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    times, columns, _, _ = run([Head(1.0, np.eye(2), np.eye(2), value)], "softmax", mixture(), 12.0, tolerance=1e-9)
    assert local_rate(times, columns["order_deficit"]) == pytest.approx(math.cos(turn), rel=1e-3)
    angles = np.unwrap(np.arctan2(columns["mean"][:, 1], columns["mean"][:, 0]))
    assert (angles[-1] - angles[-2]) / (times[-1] - times[-2]) == pytest.approx(math.sin(turn), rel=1e-3)


@pytest.mark.slow  # the zonal chart shows the same
def test_where_the_cluster_is_slower_than_the_antipode_the_cluster_decides():
    # λ_c = e^β < λ_a/2 = e^{−β}/2 at β = −1
    times, columns, _, _ = run([identity(-1.0)], "none", mixture(), 25.0, rows=20, tolerance=1e-9)
    assert local_rate(times, columns["order_deficit"]) == pytest.approx(2 * math.exp(-1.0), rel=1e-3)


@pytest.mark.slow  # heads_sign_split shows it in harmonics
def test_a_limit_of_two_clusters_is_followed():
    sign_split = Head.of(2.0, -1.0, 1.0, -1.0, 2)
    times, columns, _, steps = run([sign_split], "softmax", mixture(), 12.0, rows=6, tolerance=1e-8)
    assert columns["order_deficit"][-1] > 0.5  # not a Dirac mass
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    # two Dirac masses m and 1 − m at opposite points: ∫ cos² of the angle to their axis
    assert columns["entropy"][-1] > 5
    assert abs(columns["order_parameter"][-1] - columns["order_parameter"][-2]) < 1e-4
    assert times[-1] == 12.0
    assert steps[-1].checkpoint.layout["far"] < 300


def test_what_is_torn_apart_for_too_long_is_unresolved(monkeypatch):
    import kinetic.mercator.circle.flow as flow

    monkeypatch.setattr(flow, "LARGEST_MESH", 40)
    # clusters are followed one by one under the identity alone
    nearly = Head.of(5.0, 1.0, 1.0, 1.0 + 1e-9, 2)
    with pytest.raises(Unresolved, match="several clusters"):
        run([nearly], "softmax", mixture(), 6.0, tolerance=1e-8)


def test_a_kernel_that_spans_too_much_is_unresolved():
    # at the antipode of a cluster Z is e^{−2β} = 1e-12 of its largest value
    needle = InitialDensity((Component(VonMisesFisher(200.0), [1.0, 0.0]),))
    with pytest.raises(Unresolved, match="attention known"):
        run([identity(14.0)], "softmax", needle, 1e-6, tolerance=1e-6)


def test_a_run_goes_on_from_a_checkpoint_bit_for_bit():
    whole = continued(lambda: problem([HEAD], "softmax", mixture(), 5.0, tolerance=1e-9))
    assert whole[-1].layout != whole[0].layout


def test_the_error_of_a_run_falls_with_the_order_of_the_cells():
    # cells of low order are halved more often; what is left is the stepper's, as long as the order can carry it
    initial = mixture()
    logarithm = InitialLogDensity(initial)
    for order in (7, 20):
        times, columns, _, _ = run([identity(0.0)], "none", initial, 6.0, rows=1, element_order=order)
        exact = Boosts(lambda angle: np.exp(logarithm(angle)), times).order_deficit(1)
        assert columns["order_deficit"][-1] == pytest.approx(exact, rel=1e-10)


@pytest.mark.slow  # a minute of many cells
def test_three_metastable_clusters_are_followed_for_a_while():
    parts = ((0.2, 0.4), (2.2, 0.35), (4.4, 0.25))
    initial = InitialDensity(tuple(Component(VonMisesFisher(20.0), [math.cos(a), math.sin(a)], w) for a, w in parts))
    _, columns, _, _ = run([identity(5.0)], "softmax", initial, 12.0, rows=6, tolerance=1e-8)
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    assert np.all(np.diff(columns["energy"]) > 0)
    assert np.all(columns["order_parameter"] < 0.2)
