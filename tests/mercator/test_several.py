"""Several clusters on the circle: through metastability to one Dirac mass, or to those that symmetry keeps."""

import math

import numpy as np
import pytest
from circle_data import identity, problem, run, toward
from mercator.continuing import continued
from oracles import circle_clusters
from scipy.integrate import solve_ivp
from scipy.special import ive

from kinetic.attention.heads import Head
from kinetic.charts.patches import cell_of_order
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.march import Row, Step, march
from kinetic.mercator.circle.field import CircleField
from kinetic.mercator.circle.resolution import Criterion
from kinetic.mercator.circle.several.arcs import Arcs
from kinetic.mercator.circle.several.cloud import ArcCloud, gauss, united
from kinetic.mercator.circle.several.density import CircleClusterDensity
from kinetic.mercator.circle.several.field import rises
from kinetic.mercator.circle.several.flow import CircleClusterFlow
from kinetic.mercator.circle.several.motion import Sight
from kinetic.mercator.circle.several.state import CircleClusterState
from kinetic.problem import Problem, Schedule

TWO = InitialDensity(
    (Component(VonMisesFisher(4.0), toward(0.0), 0.5), Component(VonMisesFisher(4.0), toward(2.2), 0.4)), uniform=0.1
)
THREE = InitialDensity(
    (
        Component(VonMisesFisher(8.0), toward(0.0), 0.4),
        Component(VonMisesFisher(10.0), np.array([-0.5, 0.85]), 0.3),
        Component(VonMisesFisher(8.0), np.array([-0.3, -0.95]), 0.2),
    ),
    uniform=0.1,
)


def fold(count, concentration, uniform=0.05):
    parts = tuple(
        Component(VonMisesFisher(concentration), toward(0.4 + 2 * math.pi * k / count), 1.0 / count)
        for k in range(count)
    )
    return InitialDensity(parts, uniform=uniform)


def followed(*args, **kwargs):
    """(rows, the last checkpoint, its flow) of a march."""
    given = problem(*args, **kwargs)
    events = list(march(given))
    last = [event for event in events if isinstance(event, Step)][-1].checkpoint
    return [event for event in events if isinstance(event, Row)], last, given.flow.at_layout(last.layout)


def test_three_clusters_agree_with_tokens_that_know_their_separatrices():
    # another method: 5220 tokens on panels graded towards the three labels that separate the basins, which the run
    # before it has found to 3e-11; R and E to 1e-10, masses likewise
    reference = {
        2.0: (0.2103727534393451, 5.025082632149585),
        5.0: (0.21374873966148433, 5.281705664635035),
        14.0: (0.21999108441300474, 5.283671528122874),
    }
    rows, last, flow = followed([identity(5.0)], "softmax", THREE, 14.0, rows=14, tolerance=1e-10)
    found = {row.time: (row.values["order_parameter"], row.values["energy"]) for row in rows}
    for time, expected in reference.items():
        assert found[time] == pytest.approx(expected, rel=1e-8)
    clusters = flow.clusters(last.time, last.state)
    masses = (0.43720313445155207, 0.3357467677738714, 0.2270500977745764)
    np.testing.assert_allclose(clusters.mass, masses, rtol=1e-8)
    np.testing.assert_allclose([row.values["mass"] for row in rows], 1.0, rtol=0, atol=1e-12)


@pytest.mark.slow  # the bundled case metastable_circle_crossover goes through the same
def test_after_the_merger_the_deficit_is_that_of_the_antipode_and_of_the_cluster():
    rows, last, flow = followed([identity(3.0)], "softmax", TWO, 44.0, rows=22, tolerance=1e-9)
    (merger,) = flow.clusters(last.time, last.state).mergers
    np.testing.assert_allclose(merger.masses.sum(), 1.0, atol=1e-9)
    late = [row for row in rows if row.time >= 34]
    times = np.array([row.time for row in late])
    deficit = np.array([row.values["order_deficit"] for row in late])
    antipode = np.exp([row.values["log_antipode_density"] for row in late])
    # 1 − R = 2ρ(−e) + B e^{−2t}: what is left is of relative size β² e^{−2t}
    constant = (deficit - 2 * antipode) * np.exp(2 * times)
    assert deficit[-1] < 1e-22
    np.testing.assert_allclose(constant, constant[0], rtol=1e-9)
    # −e repels at rate one; cells of next to no mass may err by a thousand tolerances
    np.testing.assert_allclose(antipode * np.exp(times), antipode[0] * np.exp(times[0]), rtol=1e-6)
    energy, work = (np.array([row.values[name] for row in rows]) for name in ("energy", "work"))
    np.testing.assert_allclose(energy, energy[0] + work, rtol=1e-8)
    # to first order in the distances E of a Dirac mass minus E is e^β (1 − R)
    gaps = np.array([row.values["energy_gap"] for row in late])
    np.testing.assert_allclose(gaps[:3] / deficit[:3], math.exp(3.0), rtol=1e-5)


@pytest.mark.parametrize(
    ("count", "beta", "normalization", "end", "rate"),
    [
        # min(λ_sep, 2 λ_c): the separatrix decides for two clusters, the clusters' contraction for three at β = 5
        (2, 1.0, "softmax", 16.0, 1.0),
        (3, 5.0, "softmax", 9.0, 1.9884),
        (2, 1.0, "none", 14.0, 1.0),
    ],
)
def test_clusters_that_symmetry_keeps_narrow_at_their_own_rate(count, beta, normalization, end, rate):
    initial = fold(count, 3.0 * count)
    times, _, snapshots, _ = run([identity(beta)], normalization, initial, end, tolerance=1e-9, snapshots=int(end))
    apart = [1 - abs(shot.density.harmonics(count)[count]) for shot in snapshots[-2:]]
    # the transient has fallen to e^{−0.5 · 16} at the slowest
    assert math.log(apart[0] / apart[1]) == pytest.approx(rate, rel=5e-4)
    assert times[-1] == end


def test_a_run_through_a_merger_goes_on_from_a_checkpoint_bit_for_bit():
    whole = continued(lambda: problem([identity(3.0)], "softmax", TWO, 28.0, tolerance=1e-7))
    assert "clouds" not in whole[0].layout
    assert whole[-1].layout["mergers"] == 1


def test_heads_that_are_not_the_identity_stay_in_the_chart_of_one_cluster():
    nearly = Head.of(5.0, 1.0, 1.0, 1.0 + 1e-9, 2)
    _, last, _ = followed([nearly], "softmax", THREE, 1.0, tolerance=1e-7)
    assert "clouds" not in last.layout


def atoms_until(angles, masses, beta, distance):
    """When the nearest two of some tokens under softmax are a distance apart, the angles then, and which two."""

    def rate(_, at):
        apart = at[:, None] - at
        weights = masses * np.exp(beta * (np.cos(apart) - 1))
        return -(weights * np.sin(apart)).sum(axis=1) / weights.sum(axis=1)

    def near(_, at):
        return np.diff(at).min() - distance

    near.terminal = True
    way = solve_ivp(rate, (0, 1e12), angles, method="DOP853", rtol=1e-13, atol=1e-15, events=near)
    return way.t[-1], way.y[:, -1], int(np.argmin(np.diff(way.y[:, -1])))


def test_what_only_waits_takes_few_steps_however_long():
    # against the tokens' equation: 1 − R at the end would be 1e-200 and more, and rounding must not add up meanwhile
    beta, angles, masses = 9.0, np.array([0.0, 1.9, 3.7]), np.array([0.4, 0.35, 0.25])
    first, then, at = atoms_until(angles, masses, beta, 1e-3)
    pair = np.arange(3) != at + 1
    mean = masses[at : at + 2] @ then[at : at + 2] / masses[at : at + 2].sum()
    then, left = np.where(np.arange(3) == at, mean, then)[pair], np.add.reduceat(masses, [0, 2 - at])
    second = first + atoms_until(then, left, beta, 1e-3)[0]
    none = np.zeros(0)
    clouds = tuple(
        ArcCloud(c, 30.0, np.array([-1.0, 1.0]), np.full(2, m / 2), none, none)
        for c, m in zip(angles, masses, strict=True)
    )
    cell = cell_of_order(15, 1)
    state = CircleClusterState(Arcs(cell, *np.zeros((2, 0, cell.size))), clouds, 0.0)
    field = CircleField((identity(beta),), "softmax")
    flow = CircleClusterFlow(field, Criterion.of(field.reach, 1e-9), state.counts, 15)
    end = second + 400.0  # long enough for the steps to have become long again, so that the merger is behind one
    events = list(march(Problem(flow, state.vector(), Schedule(end, end, end), 5e-11)))
    last = [event for event in events if isinstance(event, Step)]
    mergers = flow.at_layout(last[-1].checkpoint.layout).clusters(end, last[-1].checkpoint.state).mergers
    np.testing.assert_allclose([merger.time for merger in mergers], [first, second], rtol=1e-7)
    assert second > 1e6
    assert last[-1].evaluations < 5000


def small_state(offsets=(-0.9, 0.1, 1.0), contraction=2.0):
    cell = cell_of_order(15, 1)
    arcs = Arcs(cell, np.array([[1.0], [2.0]]) + 0.8 * cell.points[:, 0], np.full((2, cell.size), math.log(0.1)))
    q, none = np.array(offsets), np.zeros(0)
    first = ArcCloud(0.1, contraction, q, np.full(q.size, 0.5 / q.size), none, none)
    second = ArcCloud(4.0, 30.0, q, np.full(q.size, 0.3 / q.size), none, none)
    return CircleClusterState(arcs, (first, second), 0.0)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_the_field_is_the_sum_over_tokens(normalization):
    state, beta = small_state(), 6.0
    potential = Sight.of(state, beta, normalization).potential
    tokens = np.concatenate([state.arcs.angle.ravel(), *(c.center + c.angles for c in state.clouds)])
    masses = np.concatenate([state.arcs.masses.ravel(), *(c.masses for c in state.clouds)])
    at = np.linspace(0, 2 * np.pi, 37)
    apart = at[:, None] - tokens
    weights = masses * np.exp(beta * (np.cos(apart) - 1))
    slope = -(weights * np.sin(apart)).sum(axis=1)
    exact = slope / weights.sum(axis=1) if normalization == "softmax" else math.exp(beta) * slope
    np.testing.assert_allclose(potential.drift(at)[0], exact, rtol=1e-9, atol=1e-11)


def test_inside_a_cluster_the_field_is_relatively_accurate():
    state = small_state(contraction=60.0)
    potential = Sight.of(state, 6.0, "softmax").potential
    r = np.array([1e-26, -3e-26, 1e-8, 0.05])
    lifts = rises(r, potential.series.size - 1)
    there = potential.inside(np.array([0.1]), np.zeros(r.size, dtype=np.int64), r, lifts)
    np.testing.assert_allclose(there.relative[:2] / r[:2], np.repeat(there.center_slope, 2), rtol=1e-12)
    velocity, slope, values = potential.drift(np.array([0.1, 0.15]))
    assert there.relative[3] == pytest.approx(velocity[1] - velocity[0], rel=1e-12)
    assert (there.velocity[3], there.slope[3], there.values[3]) == pytest.approx(
        (velocity[1], slope[1], values[1]), rel=1e-12
    )


def test_few_tokens_have_the_moments_of_many():
    generator = np.random.default_rng(5)
    points, masses = generator.uniform(0.3, 1.0, 60), generator.uniform(0.0, 1.0, 60) ** 4
    for count in (2, 3, 4, 6):
        nodes, weights = gauss(points, masses, count)
        assert nodes.size == count
        for degree in range(2 * count):
            assert weights @ nodes**degree == pytest.approx(masses @ points**degree, rel=1e-12)


def test_tokens_without_mass_are_left_out_and_powers_of_small_spreads_do_not_underflow():
    """Narrow bumps have tails below the smallest number: those tokens tell nothing, and divide nothing by zero."""
    none = np.zeros(0)
    masses = np.array([0.0, 0.0, 0.0, 1e-27])
    cloud = ArcCloud(0.0, 0.0, np.array([0.5, 0.51, 0.52, 0.53]), masses, none, none)
    few = cloud.compressed(1.0)
    assert few.masses[few.masses > 0] == pytest.approx([1e-27], rel=1e-12)
    points, masses = gauss(np.array([0.0, 1e-3, 1.0]), np.array([1.0, 1e-250, 1e-260]), 2)
    for power in range(1, 4):
        assert masses @ points**power == pytest.approx(1e-250 * 1e-3**power + 1e-260, rel=1e-9)


def test_a_pair_keeps_a_spread_that_a_far_token_of_no_mass_makes():
    points, masses = np.array([-1e-12, 1e-12, 0.2]), np.array([0.5, 0.5, 1e-30])
    nodes, weights = gauss(points, masses, 2)
    second = masses @ points**2
    assert weights @ nodes**2 == pytest.approx(second, rel=1e-10)
    assert second == pytest.approx(1e-24, rel=1e-4)


def test_a_cluster_that_is_compressed_keeps_its_spread_at_every_depth():
    generator = np.random.default_rng(6)
    r = np.concatenate([generator.choice([-1, 1], 400) * 10 ** generator.uniform(-14, -0.7, 400)])
    masses = np.abs(r) ** 1.3
    none = np.zeros(0)
    cloud = ArcCloud(1.0, 0.0, r, masses, none, none)
    few = cloud.compressed(0.25)
    assert few.size < 60
    assert few.spread == pytest.approx(cloud.spread, rel=1e-12)
    assert few.mass == pytest.approx(cloud.mass, rel=1e-13)
    # a function that is analytic within four radii
    assert few.masses @ np.log(1.0 + few.angles) == pytest.approx(masses @ np.log(1.0 + r), abs=1e-14 * masses.sum())


def test_two_clusters_become_one_without_loss():
    none = np.zeros(0)
    pair = [
        ArcCloud(at, 7.0, np.array([-1.0, 0.5]), np.array([share, share]), none, none)
        for at, share in ((6.25, 0.2), (0.0, 0.3))
    ]
    whole = united(*pair)
    np.testing.assert_allclose(
        np.exp(1j * (whole.center + whole.angles)),
        np.concatenate([np.exp(1j * (c.center + c.angles)) for c in pair]),
        atol=5 * 2.0**-51,  # four sums of angles below 2π, each rounded by 2⁻⁵¹ at most, and e^{iθ} itself
    )
    assert abs(whole.marks[1] - whole.marks[0]) * math.exp(-whole.contraction) == pytest.approx(
        2 * math.pi - 6.25, abs=1e-14
    )
    np.testing.assert_allclose(whole.marked, [0.4, 0.6])


SIX = (
    (0.0, 20.0, 0.22),
    (1.1, 25.0, 0.12),
    (2.1, 20.0, 0.18),
    (3.083, 30.0, 0.14),
    (-2.053, 20.0, 0.19),
    (-0.988, 25.0, 0.1),
)


def test_a_wide_cluster_between_cells_is_drawn_with_its_mass():
    # a uniform density whose middle third has been taken in: a normal density of its spread, cut off, held 0.92 of it
    x, w = np.polynomial.legendre.leggauss(12)
    cell = cell_of_order(6, 1)
    labels = cell.points[:, 0]
    ends = np.array([[1.0, math.pi], [math.pi, 2 * math.pi - 1.0]])
    arcs = Arcs(
        cell, ends[:, :1] + np.diff(ends) * labels, np.log(np.diff(ends) / (2 * math.pi)) * np.ones((1, labels.size))
    )
    cloud = ArcCloud(0.0, 0.0, x, w / (2 * math.pi), *np.zeros((2, 0)))
    density = CircleClusterDensity(arcs, (cloud,))
    inside = density.log_at_angle(x)
    assert np.exp(inside) @ w / (2 * math.pi) == pytest.approx(1 / math.pi, rel=1e-9)
    np.testing.assert_allclose(density.log_at_angle([1.5, 4.0]), 0.0, atol=1e-12)


@pytest.mark.slow  # pytest -m slow tests/mercator/test_several.py -k six: a quarter of a minute
def test_six_bumps_become_one_mass_as_tokens_and_then_points_do():
    beta = 9.0

    def profile(x):
        return 0.05 + sum(w * np.exp(k * (np.cos(x - a) - 1)) / ive(0, k) for a, k, w in SIX)

    initial = InitialDensity(tuple(Component(VonMisesFisher(k), toward(a), w) for a, k, w in SIX), uniform=0.05)
    exact = circle_clusters.tokens(profile, beta, [0.0, 5.0, 30.0], 10.0, 1e-11)
    mass, angle = exact.clusters(-1)
    rows, last, flow = followed([identity(beta)], "softmax", initial, 30.0, rows=6, tolerance=1e-9)
    found = {row.time: row.values for row in rows}
    for index, time in enumerate(exact.times):
        assert found[time]["order_parameter"] == pytest.approx(exact.order()[index], rel=1e-8)
        assert found[time]["energy"] == pytest.approx(exact.energy()[index], rel=1e-8)
    _, last, flow = followed([identity(beta)], "softmax", initial, 1e9, rows=2, tolerance=1e-9)
    mergers = [merger.time for merger in flow.clusters(last.time, last.state).mergers]
    late = [30.0 + time for time in circle_clusters.points(angle, mass, beta, 1e9)]
    np.testing.assert_allclose([time for time in mergers if time > 30.0], late, rtol=1e-7)


class Unwatched(Arcs):
    """Cells whose folds nobody sees."""

    @property
    def folded(self):
        return np.zeros(self.size, dtype=bool)


def test_a_step_that_folds_cells_is_tried_again_shorter(monkeypatch):
    given = ([identity(3.0)], "softmax", TWO, 4.0)
    rows, last, flow = followed(*given, rows=1, tolerance=1e-3)
    assert flow.state(last.state).arcs.size > 0
    reference, _, _ = followed(*given, rows=1, tolerance=1e-8)
    for name in ("order_parameter", "energy"):
        assert rows[-1].values[name] == pytest.approx(reference[-1].values[name], rel=1e-3)
    monkeypatch.setattr("kinetic.mercator.circle.several.state.Arcs", Unwatched)
    with np.errstate(invalid="ignore"):
        _, last, flow = followed(*given, rows=1, tolerance=1e-3)
    assert not np.all(np.isfinite(flow.state(last.state).arcs.log_density))  # else the run would show nothing


def test_a_trial_step_that_opens_a_cluster_without_bound_is_wild():
    none, cell = np.zeros(0), cell_of_order(15, 1)
    cloud = ArcCloud(1.0, -1e3, np.array([-1.0, 1.0]), np.full(2, 0.5), none, none)
    state = CircleClusterState(Arcs(cell, *np.zeros((2, 0, cell.size))), (cloud,), 0.0)
    field = CircleField((identity(9.0),), "none")
    flow = CircleClusterFlow(field, Criterion.of(field.reach, 1e-9), state.counts, 15)
    assert np.all(np.isnan(flow(0.0, state.vector())))


def test_cells_that_fold_between_their_points_are_seen():
    cell = cell_of_order(8, 1)
    points = cell.points[:, 0]
    shapes = np.stack([points - 0.499 * points**2, points - 0.505 * points**2])
    assert np.all(np.diff(shapes, axis=1) > 0)  # the second turns back at ξ = 0.99, beyond the last point
    arcs = Arcs(cell, shapes, np.zeros_like(shapes))
    assert np.all(np.isfinite(arcs.log_density))
    np.testing.assert_array_equal(arcs.folded, [False, True])
