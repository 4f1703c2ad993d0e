"""The Mercator chart on the sphere against exact motions, other charts and other methods, and against the theory."""

import itertools
import math

import numpy as np
import pytest
from laws import given
from mercator.continuing import continued
from mercator.sphere_runs import collected, log_mixture, long_run, mixture, problem, random_waves, run
from oracles import moebius_sphere

from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.charts.patches import sphere_labels
from kinetic.conformal import conformal_problem
from kinetic.errors import Unresolved
from kinetic.geometry import unit
from kinetic.harmonic import HarmonicFlow, harmonic_problem
from kinetic.initial import Cap, Component, InitialDensity, VonMisesFisher
from kinetic.kernels import ExponentialKernel
from kinetic.march import Step, march
from kinetic.mercator.sphere import InitialSphereLogarithm, RecordedSphereLogarithm
from kinetic.mercator.sphere.start import laid
from kinetic.mercator.sphere.state import SphereState
from kinetic.mercator.zonal import InitialLogarithm, mercator_problem
from kinetic.problem import Schedule
from kinetic.spaces.sphere import Sphere
from kinetic.theory import antipode_law, dirac_limit

RELATIVE = ("order_deficit", "w2_to_dirac", "energy_gap", "energy", "dissipation", "entropy")


def exact(logarithm, times):
    """The motion without interaction; at rapidities above 0.5 the grid's own error is 1e-12."""
    return moebius_sphere.solve(logarithm, times, tolerance=1e-12, step=0.125, azimuths=48)


@pytest.mark.slow  # the bundled case mercator_sphere_boost holds the same against theory for a shorter time
@pytest.mark.parametrize("logarithm", ["mixture", "random"])
def test_without_interaction_the_motion_is_a_boost_while_the_deficit_falls_to_1e_30(logarithm):
    if logarithm == "mixture":
        end, reference, times_and_columns = 38.0, log_mixture, long_run(0.0, "none", 38.0, 6)
    else:
        end, logs = 42.0, InitialSphereLogarithm(random_waves()).log_values
        reference, times_and_columns = logs, run(0.0, "none", random_waves(), end, rows=4, tolerance=1e-8)
    times, columns, kept, _ = times_and_columns
    boosts = exact(reference, times)
    # some ninety steps of tolerance 1e-8, relative to every token's own distance
    assert np.all(np.abs(columns["order_deficit"] / boosts.order_deficit - 1) < 1e-8)
    assert np.all(np.abs(columns["mean"] - boosts.mean) < 1e-8)
    # at rapidity 0 the reference's grid does not know where the tip of θ² is
    assert np.all(np.abs(columns["w2_to_dirac"] / boosts.w2_to_dirac - 1)[1:] < 1e-8)
    assert columns["order_deficit"][-1] < 1e-30
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    # the repelling point of the boost is where the density now at the antipode was at first
    eta = boosts.poses[-1][0]
    left = float(reference(boosts.repelling[-1])) - 2 * eta
    assert columns["log_antipode_density"][-1] == pytest.approx(left, abs=1e-6)
    assert kept[-1].axial_quadrature()[1].sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [8, 12])
def test_a_density_has_the_values_of_the_exact_one_everywhere(order):
    _, _, kept, _ = run(0.0, "none", mixture(), 4.0, rows=2, element_order=order)
    points = unit(np.random.default_rng(1).normal(size=(500, 3)))
    boosts = exact(log_mixture, [0.0, 4.0])
    assert np.abs(kept[0].log_values(points) - log_mixture(points)).max() < 1e-5
    # the roughness allowed between tokens is 1e-6 where there is mass, and a hundred times that where there is little
    assert np.abs(kept[1].log_values(points) - boosts.log_density(1, points, log_mixture)).max() < 1e-5


AXISYMMETRIC = [
    (1.0, "softmax", 0.1, 8.0),
    pytest.param(1.0, "softmax", 0.1, 16.0, marks=pytest.mark.slow),
    pytest.param(2.0, "softmax", 0.0, 8.0, marks=pytest.mark.slow),
    (0.5, "none", 0.1, 5.0),
    (-0.5, "none", 0.1, 4.0),
]


@pytest.mark.parametrize(("beta", "normalization", "behind", "end"), AXISYMMETRIC)
def test_axisymmetric_data_about_a_tilted_axis_reproduce_the_axisymmetric_chart(beta, normalization, behind, end):
    e = unit([0.3, -0.5, 0.6])

    def data(axis):
        parts = (Component(VonMisesFisher(4.0), axis, 0.8 - behind), Component(VonMisesFisher(3.0), -axis, behind))
        return InitialDensity(parts, uniform=0.2)

    _, columns, _, _ = run(beta, normalization, data(e), end, rows=4)
    kernel, schedule = ExponentialKernel(beta, 3), Schedule(end, end / 4, end)
    zonal = mercator_problem(kernel, normalization, InitialLogarithm(data(1.0), 3), schedule, 1e-12, "dop853")
    _, expected, _, _ = collected(march(zonal))
    # one stepper of tolerance 1e-9 relative to every token, its errors of both signs; 1e-10 is met before the collapse
    for name in RELATIVE:
        assert np.all(np.abs(columns[name] / expected[name] - 1) < 2e-9), name
    assert np.all(np.abs(columns["log_antipode_density"] - expected["log_antipode_density"]) < 1e-8)
    early = expected["order_deficit"] > 1e-3
    assert np.all(np.abs(columns["order_deficit"] / expected["order_deficit"] - 1)[early] < 1e-10)
    assert np.all(np.abs(columns["mean"] - expected["mean"][:, None] * e) < 1e-10)


@pytest.mark.slow
def test_turning_the_data_turns_everything():
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    _, straight, kept, _ = run(1.0, "none", mixture(), 3.0, rows=2)
    _, turned, also, _ = run(1.0, "none", mixture(turn), 3.0, rows=2)
    for name in RELATIVE:
        assert np.allclose(turned[name], straight[name], rtol=1e-9, atol=0), name
    assert np.allclose(turned["mean"], straight["mean"] @ turn.T, atol=1e-10)
    points = unit(np.random.default_rng(4).normal(size=(100, 3)))
    assert np.allclose(also[-1].log_values(points @ turn.T), kept[-1].log_values(points), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("beta", "end"), [(0.3, 16.0), (1.0, 13.0)])
def test_without_normalization_the_repelling_point_sets_the_rate(beta, end):
    times, columns, _, _ = long_run(beta, "none", end, 20)
    rates = -np.diff(np.log(columns["order_deficit"])) / np.diff(times)
    predicted = antipode_law.collapse_rate(3, beta, "none")
    assert rates[-1] == pytest.approx(predicted, rel=1e-3)
    assert columns["dissipation"][-1] / columns["energy_gap"][-1] == pytest.approx(predicted, rel=1e-3)
    fall = -np.diff(columns["log_antipode_density"]) / np.diff(times)
    # the field is that of the Dirac up to the tail's share, a few times 1 − R with e^{2β} ≤ 8 at the antipode
    left = 20 * columns["order_deficit"][-2]
    assert left < 1e-2
    assert fall[-1] == pytest.approx(antipode_law.antipode_rate(3, beta, "none"), rel=left)
    gain = columns["energy"] - columns["energy"][0]
    assert np.allclose(gain, columns["work"], rtol=0, atol=1e-8)
    assert np.abs(columns["mass"] - 1).max() < 1e-12


@pytest.mark.parametrize("beta", [1.0, pytest.param(0.3, marks=pytest.mark.slow)])
def test_with_softmax_both_sides_tie_and_the_deficit_falls_like_t_exp_minus_2t(beta):
    end = 26.0
    times, columns, _, steps = long_run(beta, "softmax", end, 26)
    rates = -np.diff(np.log(columns["order_deficit"])) / np.diff(times)
    middles = 0.5 * (times[1:] + times[:-1])
    shifts = (1 / (2.0 - rates) - middles)[middles > 10]
    # the slope of (t + t0) e^{−2t} over Δ = 1 differs from that at the middle by Δ²/12(t + t0)³: 7e-5 of (t + t0)² at
    # t = 12, 5e-6 at the end, whence t0 is one number to 0.01
    assert np.ptp(shifts) < 0.02
    amplitude = (columns["order_deficit"] * np.exp(2 * times) / (times + shifts[-1]))[times > 10]
    assert np.ptp(amplitude) / amplitude[-1] < 1e-3
    fall = -np.diff(columns["log_antipode_density"]) / np.diff(times)
    assert fall[-1] == pytest.approx(2.0, rel=1e-8)
    assert columns["order_deficit"][-1] < 1e-20
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    # work with softmax is ∫∫ Z|X|² and equals the gain of energy
    assert np.allclose(columns["energy"] - columns["energy"][0], columns["work"], rtol=0, atol=1e-8)
    assert steps[-1].evaluations < 1200


@pytest.mark.slow
def test_the_conformal_charts_amplitude_tends_to_this_one_with_its_degree():
    _, columns, _, _ = long_run(1.0, "softmax", 26.0, 26)
    late = columns["order_deficit"][-1]
    errors = []
    for degree in (23, 47):
        frame = conformal_problem(Sphere(degree), 1.0, "softmax", mixture(), Schedule(26.0, 26.0, 26.0), 1e-8)
        _, seen, _, _ = collected(march(frame))
        errors.append(seen["order_deficit"][-1] / late - 1)
    # the tail squeezed into the frame's antipode is lost there like degree^{-2}, and better
    assert abs(errors[1]) < 0.3 * abs(errors[0])
    assert abs(errors[1]) < 3e-3


@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_it_agrees_with_the_harmonic_chart_while_that_is_resolved(normalization):
    end = 1.2 if normalization == "softmax" else 0.8
    _, expected = given.marched(given.problem(Sphere(127), 1.0, normalization, mixture(), end, rows=4, tolerance=1e-11))
    _, columns, _, _ = run(1.0, normalization, mixture(), end, rows=4)
    for name in RELATIVE:
        assert np.allclose(columns[name], expected[name], rtol=1e-9, atol=0), name
    assert np.allclose(columns["mean"], expected["mean"], atol=1e-10)
    assert np.allclose(columns["work"], expected["work"], atol=1e-10)


def two_heads():
    """Two heads with matrices of no symmetry whose values have e_x as a common eigenvector."""
    score = np.array([[1.0, 0.4, 0.0], [-0.2, 0.7, 0.1], [0.0, 0.2, 0.9]])
    turning = np.array([[0.4, 0.0, 0.0], [0.0, -0.4, 0.2], [0.0, -0.2, -0.1]])
    return Head(1.0, score, np.eye(3), np.diag([1.0, 0.3, 0.1])), Head(-0.5, np.eye(3), np.eye(3), turning)


@pytest.mark.parametrize(
    ("normalization", "end"), [("none", 1.0), pytest.param("softmax", 1.6, marks=pytest.mark.slow)]
)
def test_heads_with_matrices_agree_with_the_harmonic_chart(normalization, end):
    heads = two_heads()
    flow = HarmonicFlow(Sphere(95), lambda at: GeneralAttention(at, heads, normalization), (), False, 0.0, "power")
    _, expected, _, _ = collected(
        march(harmonic_problem(flow, mixture(), Schedule(end, end / 2, end), 1e-11, "dop853"))
    )
    _, columns, _, _ = run(heads, normalization, mixture(), end, rows=2)
    for name in ("order_deficit", "w2_to_dirac", "energy", "dissipation", "entropy"):
        assert np.allclose(columns[name], expected[name], rtol=1e-9, atol=0), name
    assert np.allclose(columns["mean"], expected["mean"], atol=1e-10)
    assert np.allclose(columns["work"], expected["work"], atol=1e-10)
    assert np.all(np.isnan(columns["energy_gap"]))


@pytest.mark.slow
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_heads_with_matrices_collapse_at_the_rates_of_the_linear_field_at_their_dirac(normalization):
    heads = (Head.of(0.5, 1.0, 1.0, np.diag([1.0, 0.7, 0.6]), 3),) if normalization == "none" else two_heads()
    end = 13.0 if normalization == "none" else 12.0
    times, columns, _, _ = run(heads, normalization, mixture(), end, rows=int(2 * end), tolerance=1e-8)
    known = [(head.beta, head.query, head.key, head.value) for head in heads]
    rates = dirac_limit.dirac_rates([1.0, 0.0, 0.0], known, normalization)
    slopes = -np.diff(np.log(columns["order_deficit"])) / np.diff(times)
    fall = -np.diff(columns["log_antipode_density"]) / np.diff(times)
    assert rates.is_stable
    escape = float(np.sum(rates.escape.real))
    # the mean still drifts towards the eigenvector like e^{mean t}, and moves the antipode with it
    left = 20 * float(np.exp(rates.mean[0].real * times[-2]))
    assert fall[-1] == pytest.approx(escape, rel=max(left**2, 1e-6))
    if normalization == "none":  # the antipode is slower
        assert rates.density_deficit_rate == pytest.approx(escape)
        assert slopes[-1] == pytest.approx(escape, rel=1e-3)
    else:  # both sides tie: slopes 2λ − 1/(t + t₀)
        assert rates.cluster_deficit_rate == pytest.approx(escape)
        middles = 0.5 * (times[1:] + times[:-1])
        shifts = (1 / (escape - slopes) - middles)[middles > 8]
        assert np.ptp(shifts) < 0.05


def test_heads_without_a_dirac_to_end_in_are_unresolved_in_time(monkeypatch):
    """V = −I spreads tokens out; a value that turns two axes against each other tears clusters apart."""
    monkeypatch.setattr("kinetic.mercator.sphere.flow.LARGEST_MESH", 150)
    monkeypatch.setattr("kinetic.mercator.sphere.resolution.LARGEST_MESH", 150)
    splitting = (Head.of(2.0, 1.0, 1.0, np.diag([1.0, -1.0, -1.0]), 3),)
    with pytest.raises(Unresolved, match=r"cells|halving"):
        run(splitting, "softmax", mixture(), 40.0, rows=4, tolerance=1e-7)


def test_a_run_taken_over_from_harmonics_is_the_run_from_the_start():
    handed = 0.7
    events = list(march(given.problem(Sphere(127), 1.0, "softmax", mixture(), handed, rows=1, tolerance=1e-11)))
    density = given.snapshots_of(events)[-1].density
    _, whole, _, _ = run(1.0, "softmax", mixture(), handed + 2.1, rows=4)
    _, later, _, _ = run(1.0, "softmax", RecordedSphereLogarithm(density), 2.1, rows=3)
    for name in RELATIVE:
        # the series is cut at an amplitude of 1e-12 and starts cells of its own, good to the tolerance of 1e-9
        assert np.allclose(later[name], whole[name][1:], rtol=1e-9, atol=0), name
    assert np.allclose(later["mean"], whole["mean"][1:], atol=1e-9)


def test_a_run_of_this_chart_goes_on_from_its_own_density():
    _, whole, kept, _ = run(1.0, "softmax", mixture(), 2.0, rows=2, snapshots=2)
    _, later, _, _ = run(1.0, "softmax", RecordedSphereLogarithm(kept[1]), 1.0, rows=1)
    # values between tokens are as good as the roughness allowed there
    assert np.allclose(later["order_deficit"], whole["order_deficit"][1:], rtol=1e-6)


def coarse_error(order, count):
    """Relative error of 1 − R of the initial mixture on cells that are not refined."""
    _, cells = laid(sphere_labels(count, order), Shifted(), np.eye(3))
    masses, y = cells.masses, cells.latitudes
    along = 1 - np.sum(masses * 2 / (1 + np.exp(-2 * y)))
    expected = 0.75 * (1 / np.tanh(4.0) - 0.25)
    return abs(along - expected)


class Shifted:
    def log_values(self, points):
        return np.log(0.25 + 0.75 * 4.0 / np.sinh(4.0) * np.exp(4.0 * points[..., 2]))


def test_halving_the_cells_gains_two_orders_per_gauss_point():
    # a Gauss rule of k + 1 points on cells of width h errs by h^{2k+2}
    for order in (1, 2, 3):
        errors = [coarse_error(order, count) for count in (4, 8)]
        assert math.log2(errors[0] / errors[1]) > 2 * order + 1.5


def test_raising_the_order_converges_exponentially():
    errors = [coarse_error(order, 2) for order in (2, 4, 6, 8)]
    assert errors[-1] < 1e-9
    assert all(second < 0.05 * first for first, second in itertools.pairwise(errors))


def test_tokens_masses_and_densities_stay_consistent():
    given_problem = problem(1.0, "softmax", mixture(), 3.0, rows=1, element_order=12)
    *_, last = (event for event in march(given_problem) if isinstance(event, Step))
    flow = given_problem.flow.at_layout(last.checkpoint.layout)
    cells = SphereState.of(last.checkpoint.state, flow.cell, flow.near).cells
    first, second = (cells.shapes @ table.T for table in cells.cell.derivatives)
    area = np.log(np.abs((first.conj() * second).imag)) + 2 * cells.scales
    # derivatives of polynomials of degree 12 magnify their roughness of 1e-6 by the degree's square
    assert np.abs(cells.log_density + area - cells.log_mass).max() < 1e-4


def test_a_run_goes_on_from_a_checkpoint_bit_for_bit():
    whole = continued(lambda: problem(1.0, "softmax", mixture(), 3.0, rows=1, tolerance=1e-8))
    assert whole[-1].layout["elements"] > whole[0].layout["elements"]


def clusters():
    places = ((0.4, (1.0, 0.0, 0.2)), (0.33, (-0.5, 0.85, 0.0)), (0.25, (-0.5, -0.8, -0.1)))
    return InitialDensity(tuple(Component(VonMisesFisher(8.0), unit(x), share) for share, x in places), uniform=0.02)


@pytest.mark.parametrize("beta", [pytest.param(3.0, marks=pytest.mark.slow), 5.0])
def test_clusters_that_draw_the_density_apart_are_refused_in_time(beta, monkeypatch):
    # the chart of one cluster, where nothing foresaw that there would be several
    monkeypatch.setattr("kinetic.mercator.several.becomes_several", lambda *_: False)
    monkeypatch.setattr("kinetic.mercator.sphere.flow.LARGEST_MESH", 300)
    monkeypatch.setattr("kinetic.mercator.sphere.resolution.LARGEST_MESH", 300)
    stream, seen = march(problem(beta, "softmax", clusters(), 30.0, rows=60, tolerance=1e-8)), []

    def follow():
        for event in stream:
            seen.append(event)

    with pytest.raises(Unresolved, match="cells"):
        follow()
    times, columns, _, _ = collected(seen)
    seen_to, rows = float(times[-1]), len(times) - 1
    _, expected = given.marched(given.problem(Sphere(95), beta, "softmax", clusters(), seen_to, rows=rows))
    for name in ("order_deficit", "energy"):
        assert np.allclose(columns[name], expected[name], rtol=1e-6, atol=0), name


def test_a_density_that_is_not_positive_is_refused():
    with pytest.raises(Unresolved, match="positive"):
        problem(1.0, "softmax", InitialDensity((Component(Cap(1.0), unit([1, 2, 2])),)), 1.0)


def test_the_moments_of_a_density_are_those_of_its_harmonics():
    _, _, kept, _ = run(1.0, "softmax", mixture(), 1.0, rows=1, element_order=12)
    space = Sphere(12)
    coefficients = kept[0].coefficients_in(space)
    assert np.allclose(coefficients, mixture().coefficients(space), atol=1e-10)
    direction = unit([1.0, -2.0, 2.0])
    moments = space.by_degree(coefficients, space.dirac(direction))
    assert np.allclose(kept[0].moments(direction, 12), moments, atol=1e-12)
    assert np.allclose(kept[0].moment(1), kept[0].mean, atol=1e-14)
    assert np.allclose(np.trace(kept[0].moment(2)), 1, atol=1e-12)


def test_moments_beyond_what_the_cells_carry_are_no_aliases_of_low_ones():
    """Cells are halved for them, to LOOSE = 1e-6 of ln ρ; tokens alone give 1e-2 at degree 40."""
    _, _, kept, _ = run(1.0, "softmax", mixture(), 1e-3, rows=1)
    space, direction = Sphere(40), unit([1.0, -2.0, 2.0])
    exact = space.by_degree(mixture().coefficients(space), space.dirac(direction))
    assert np.allclose(kept[0].moments(direction, 40), exact, atol=1e-6)
    points, masses = kept[0].quadrature(40)
    assert np.allclose(masses @ points, kept[0].mean, atol=1e-7)


@pytest.mark.slow
def test_a_cluster_at_1e_20_has_values_at_every_scale_on_every_side():
    """Far cells have been stretched over many e-folds by then: the nearest tokens are often another cell's."""
    _, _, kept, _ = long_run(1.0, "softmax", 26.0, 26)
    theta = np.geomspace(1e-11, 3.1, 400)
    for azimuth in np.arange(20) / 3.0:
        assert np.all(np.isfinite(kept[-1].values_at_angle(theta, azimuth)))
