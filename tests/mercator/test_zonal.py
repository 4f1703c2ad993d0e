"""The Mercator chart against a method that shares nothing with it, against exact solutions, and against the theory."""

import itertools
import math
from functools import cache

import numpy as np
import pytest
from mercator.continuing import continued
from oracles import densities
from oracles.characteristics import solve

from kinetic.attention.axisymmetric import AxisymmetricAttention, zonal_tables
from kinetic.charts.elements import element_of_order
from kinetic.charts.material import MaterialMesh
from kinetic.errors import Unresolved
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, Snapshot, Step, march
from kinetic.mercator.resolution import spectral_tail
from kinetic.mercator.zonal import mercator_problem
from kinetic.mercator.zonal.state import MercatorState
from kinetic.problem import Schedule
from kinetic.theory import antipode_law, exact_mobius, two_dirac

TOLERANCE = 1e-11
DEFICITS = ("order_deficit", "w2_to_dirac", "energy_gap")


def problem(d, beta, normalization, logarithm, end, rows=10, tolerance=TOLERANCE, **sizes):
    schedule = Schedule(end, end / rows, end / 4)
    return mercator_problem(
        ExponentialKernel(beta, d), normalization, densities.Given(logarithm), schedule, tolerance, "dop853", **sizes
    )


def run(*args, **kwargs):
    """Rows as columns, snapshots, and the last step."""
    events = list(march(problem(*args, **kwargs)))
    rows = [event for event in events if isinstance(event, Row)]
    columns = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    snapshots = [event for event in events if isinstance(event, Snapshot)]
    return np.array([row.time for row in rows]), columns, snapshots, [e for e in events if isinstance(e, Step)]


def band(d, latitude, width):
    centre = -math.atanh(latitude)

    def shape(y):
        return -0.5 * (np.tanh(y - centre) * (1 - np.tanh(y) * math.tanh(centre)) / width) ** 2

    y = np.linspace(-40, 40, 400_001)
    mass = np.exp(shape(y) - (d - 1) * densities.log_cosh(y)).sum() / np.exp(-(d - 1) * densities.log_cosh(y)).sum()
    return lambda y: shape(y) - np.log(mass)


def more(*values):
    """Values of the same kind as others, which the default tests do without."""
    return pytest.param(*values, marks=pytest.mark.slow)


AGAINST_CHARACTERISTICS = [
    more(2, 1.0, "softmax", densities.von_mises_fisher(2, 0.5), 20.0),
    (3, -0.5, "softmax", densities.von_mises_fisher(3, -2.0), 16.0),
    more(3, 4.0, "softmax", densities.linear(0.8), 16.0),
    (8, 4.0, "softmax", densities.von_mises_fisher(8, 1.0), 12.0),
    more(8, 4.0, "softmax", densities.von_mises_fisher(8, 1.0), 29.0),
    more(512, 1.0, "softmax", densities.von_mises_fisher(512, 30.0), 28.5),
    (2, 0.5, "none", densities.von_mises_fisher(2, -0.5), 12.0),
    more(3, 1.5, "none", densities.linear(0.8), 6.0),
    more(3, -0.5, "none", densities.linear(1.0), 16.0),
    (64, 1.0, "none", densities.boosted_uniform(64, 0.3), 5.0),
    (5, 1.0, "softmax", band(5, 0.3, 0.2), 10.0),
    (
        3,
        1.0,
        "softmax",
        densities.mixture([0.6, 0.3, 0.1], [densities.von_mises_fisher(3, k) for k in (6.0, -3.0, 0.0)]),
        16.0,
    ),
]


@pytest.mark.parametrize(("d", "beta", "normalization", "logarithm", "end"), AGAINST_CHARACTERISTICS)
def test_every_deficit_agrees_with_characteristics_at_all_times(d, beta, normalization, logarithm, end):
    times, columns, _, _ = run(d, beta, normalization, logarithm, end)
    # the other method lays its panels for a cluster at e
    mirror = 1.0 if columns["mean"][0] > 0 else -1.0
    exact = solve(d, beta, normalization, lambda y: logarithm(mirror * y), times)
    # one hundred steps of tolerance 1e-11
    for name in (*DEFICITS, "energy", "dissipation"):
        assert np.all(np.abs(columns[name] / getattr(exact, name) - 1) < 1e-9), name
    far = np.isfinite(exact.log_antipode_density)
    close = np.abs(columns["log_antipode_density"][far] - exact.log_antipode_density[far])
    assert np.all(close < 1e-9 * (1 + np.abs(exact.log_antipode_density[far])))
    assert np.abs(columns["mass"] - 1).max() < 1e-12
    gain = columns["energy"] - columns["energy"][0]
    if normalization == "none":
        assert np.abs(gain - columns["work"]).max() < 1e-9 * np.abs(columns["energy"]).max()


@pytest.mark.parametrize(("d", "end"), [(2, 73.0), more(3, 40.0), (8, 37.0)])
def test_without_interaction_the_density_is_boosted_while_the_deficit_falls_to_1e_30(d, end):
    start = 0.2
    times, columns, snapshots, _ = run(d, 0.0, "none", densities.boosted_uniform(d, start), end)
    rapidities = exact_mobius.rapidity_trajectory(d, start, times)
    assert columns["order_deficit"][-1] < 1e-30
    deficits = [exact_mobius.order_deficit(d, s) for s in rapidities]
    distances = [exact_mobius.w2_to_dirac(d, s) for s in rapidities]
    assert np.allclose(columns["order_deficit"], deficits, rtol=1e-8, atol=0)
    assert np.allclose(columns["w2_to_dirac"], distances, rtol=1e-8, atol=0)
    theta = np.concatenate([np.geomspace(1e-30, 1, 101), np.linspace(1, np.pi, 21)])
    for snapshot in snapshots:
        s = exact_mobius.rapidity_trajectory(d, start, np.array([0.0, snapshot.time + 1e-300]))[-1]
        values = snapshot.density.log_at_latitude(np.log(np.tan(theta / 2)))
        assert np.abs(values - exact_mobius.log_density(theta, s, d)).max() < 1e-8


@cache
def collapse(d, beta, normalization, kappa, end):
    """A run that has long collapsed, which two tests look at."""
    return run(d, beta, normalization, densities.von_mises_fisher(d, kappa), end, rows=40, tolerance=1e-9)


def local_rate(times, values):
    return -math.log(values[-1] / values[-2]) / (times[-1] - times[-2])


RATES = [
    (2, 1.0, "softmax", 0.5, 30.0, 1e-4),
    (4, 0.5, "softmax", 0.5, 20.0, 1e-4),
    (8, 3.0, "softmax", 0.5, 25.0, 1e-4),
    (2, -0.2, "none", 0.5, 40.0, 1e-3),
    (2, 1.0, "none", 0.5, 60.0, 1e-3),
    (3, 0.7, "none", 0.5, 25.0, 1e-3),
    (6, 0.2, "none", 0.5, 20.0, 1e-3),
    (6, 0.8, "none", 0.5, 20.0, 1e-3),
    pytest.param(2, 2.0, "none", 2.0, 60.0, 1e-3, marks=pytest.mark.slow),
    pytest.param(3, 1.0, "none", 0.5, 40.0, 1e-3, marks=pytest.mark.slow),
    pytest.param(64, 1.0, "none", 8.0, 25.0, 1e-3, marks=pytest.mark.slow),
    pytest.param(64, 1.7, "none", 8.0, 20.0, 1e-3, marks=pytest.mark.slow),
    pytest.param(64, 2.5, "none", 8.0, 42.0, 1e-3, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("d", "beta", "normalization", "kappa", "end", "relative"), RATES)
def test_the_rate_of_collapse_is_that_of_the_slower_side(d, beta, normalization, kappa, end, relative):
    times, columns, _, _ = collapse(d, beta, normalization, kappa, end)
    predicted = antipode_law.collapse_rate(d, beta, normalization)
    assert local_rate(times, columns["order_deficit"]) == pytest.approx(predicted, rel=relative)
    assert columns["dissipation"][-1] / columns["energy_gap"][-1] == pytest.approx(predicted, rel=relative)
    fall = local_rate(times, np.exp(columns["log_antipode_density"][-2:] - columns["log_antipode_density"][-2]))
    assert fall == pytest.approx(antipode_law.antipode_rate(d, beta, normalization), rel=relative)


@pytest.mark.parametrize(("d", "beta", "normalization"), [(3, 1.0, "softmax"), (6, math.log(2.5) / 2, "none")])
def test_where_both_sides_tie_the_rate_is_approached_like_one_over_time(d, beta, normalization):
    times, columns, _, _ = run(d, beta, normalization, densities.von_mises_fisher(d, 0.5), 40.0, 80, tolerance=1e-9)
    slopes = -np.diff(np.log(columns["order_deficit"])) / np.diff(times)
    middles = 0.5 * (times[1:] + times[:-1])
    shifts = 1 / (antipode_law.collapse_rate(d, beta, normalization) - slopes) - middles
    late = shifts[middles > 20]
    # slopes between rows Δ apart differ from those of t e^{−κt} at the middle by Δ²/12(t+t₀)³: 1e-3 in a shift
    assert np.ptp(late) < 1e-3 * 40
    assert abs(late.mean()) < 10


def test_the_far_tail_follows_paretos_law():
    d, beta = 2, 1.0
    _, _, snapshots, _ = collapse(d, beta, "none", 0.5, 60.0)
    y, masses = snapshots[-1].density.axial_quadrature()
    beyond = np.cumsum(masses[::-1])[::-1]
    # P(θ > r) ∝ r^−α for e^{−λt} ≪ r ≪ 1, its correction of relative order r² e^{−2y…} below 1e-4 at y < −6
    at = np.searchsorted(y, [-40.0, -10.0])
    index = -np.log(beyond[at[1]] / beyond[at[0]]) / (y[at[1]] - y[at[0]])
    assert index == pytest.approx(antipode_law.tail_index(d, beta, "none"), rel=2e-2)


TWO_CLUMPS = [
    more(2, 0.5, "softmax", 0.3, 160.0),
    (3, 1.0, "none", 0.2, 60.0),
    more(3, 4.0, "softmax", 0.1, 40.0),
    more(8, 1.0, "softmax", 0.2, 40.0),
    (512, 1.0, "softmax", 0.2, 40.0),
]


def clumps(d, mass, concentration):
    """Two bumps, of which d does not change the width."""
    sharp = 0.5 * (d - 1) * concentration
    return densities.mixture([1 - mass, mass], [densities.von_mises_fisher(d, kappa) for kappa in (sharp, -sharp)])


def far_spread(density):
    """(Σ m e^{−2y}/Σ m)^{1/2} of the hemisphere about −e."""
    y, masses = density.axial_quadrature()
    far = y > 0
    return math.sqrt(masses[far] @ np.exp(-2 * y[far]) / masses[far].sum())


@pytest.mark.parametrize(("d", "beta", "normalization", "mass", "end"), TWO_CLUMPS)
def test_an_antipodal_clump_above_the_threshold_condenses_as_the_cluster_does(d, beta, normalization, mass, end):
    _, columns, snapshots, _ = run(d, beta, normalization, clumps(d, mass, 1000.0), end, tolerance=1e-9)
    spreads = [far_spread(snapshot.density) for snapshot in snapshots]
    rate = math.log(spreads[-1] / spreads[-2]) / (snapshots[-1].time - snapshots[-2].time)
    # late, the spread itself is the only correction to the linear law, and it is below 1e-3 squared
    assert rate == pytest.approx(two_dirac.clump_rate(beta, mass, normalization), rel=1e-4)
    assert rate < 0
    assert columns["order_deficit"][-1] == pytest.approx(2 * mass, rel=1e-3)
    assert np.abs(columns["mass"] - 1).max() < 1e-12


@pytest.mark.parametrize("d", [3, 8, 512])
def test_a_clump_below_the_threshold_leaks_into_the_cluster(d):
    _, columns, _, _ = run(d, 1.0, "softmax", clumps(d, 0.05, 1000.0), 40.0, tolerance=1e-9)
    assert columns["order_deficit"][-1] < 1e-25  # m = 0.05; above the threshold it stays at 2 m


@pytest.mark.parametrize("d", [3, 8, 512])
@pytest.mark.parametrize("mass", [0.05, 0.2])  # on either side of (1 − tanh 1)/2 = 0.119
def test_a_clump_spreads_or_narrows_at_the_rate_of_two_dirac_masses_in_every_dimension(d, mass):
    _, _, snapshots, _ = run(d, 1.0, "softmax", clumps(d, mass, 1e4), 0.4, tolerance=1e-9)
    rate = math.log(far_spread(snapshots[-1].density) / far_spread(snapshots[0].density)) / 0.4
    # linear in the spread but for 2 (1 + β) of its square, 2e-4 at first and e^{0.36} times that at last
    assert rate == pytest.approx(two_dirac.clump_rate(1.0, mass, "softmax"), abs=4 * 3e-4)


def test_the_separatrix_of_even_data_empties_at_beta_for_ever():
    """A mesh with an edge on the equator loses what is there once e^{βt} has torn it open, from βt = 25 on."""
    bumps = densities.mixture([0.5, 0.5], [densities.von_mises_fisher(2, kappa) for kappa in (2.0, -2.0)])
    _, _, snapshots, _ = run(2, 1.0, "softmax", bumps, 36.0, tolerance=1e-8)
    logs = [float(snapshot.density.log_at_latitude(0.0)) for snapshot in snapshots]
    assert (logs[-2] - logs[-1]) / 9.0 == pytest.approx(1.0, abs=1e-5)


def test_a_run_goes_on_from_a_checkpoint_bit_for_bit():
    whole = continued(lambda: problem(3, 1.0, "none", densities.linear(0.8), 4.0))
    assert whole[-1].layout["elements"] > whole[0].layout["elements"]


def test_softmax_costs_the_same_per_unit_of_time_however_late():
    _, _, _, steps = run(3, 1.0, "softmax", densities.von_mises_fisher(3, 0.5), 60.0, tolerance=1e-9)

    def cost(low, high):
        inside = [s for s in steps if low <= s.checkpoint.time <= high]
        return inside[-1].evaluations - inside[0].evaluations

    assert cost(40, 60) < cost(20, 40) * 1.5
    assert steps[-1].checkpoint.layout["elements"] < 60 + 3 * 60  # the mesh grows by what passes the equator


def fixed_mesh_error(elements, order):
    """Relative error of 1 − M_l on a mesh of equal elements that is not refined."""
    logarithm = densities.von_mises_fisher(3, 3.0)
    element = element_of_order(order)
    mesh = MaterialMesh.laid(element, np.linspace(-20, 20, elements + 1), logarithm, 3)
    kernel = AxisymmetricAttention(ExponentialKernel(1.0, 3), "softmax")
    deficits = kernel.field(mesh.y.ravel(), mesh.masses.ravel()).deficits
    return abs(deficits[1] / (1 - 1 / np.tanh(3.0) + 1 / 3.0) - 1)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_doubling_the_elements_gains_two_orders_per_gauss_point(order):
    # a Gauss rule of k + 1 points on elements of width h errs by h^{2k+2} once it resolves the poles of tanh at ±iπ/2
    errors = [fixed_mesh_error(n, order) for n in (80, 160)]
    assert math.log2(errors[0] / errors[1]) > 2 * order + 1


def test_raising_the_order_converges_exponentially():
    errors = [fixed_mesh_error(48, order) for order in (2, 4, 6, 8)]
    assert errors[-1] < 1e-9
    assert all(second < first / 10 for first, second in itertools.pairwise(errors))


@pytest.mark.parametrize("d", [2, 3, 17, 512, 4096])
def test_the_deficits_keep_their_digits_at_the_pole(d):
    values, slopes, quotients = zonal_tables(12, d, np.array([-np.inf, -30.0, np.inf]))
    degrees = np.arange(13.0)
    derivative = degrees * (degrees + d - 2) / (d - 1)
    assert np.allclose(quotients[:, 0], derivative, rtol=1e-13)
    assert np.allclose(quotients[:, 1], derivative, rtol=1e-13)
    assert np.allclose(quotients[:, 2], np.where(degrees % 2 == 1, 1.0, 0.0), atol=1e-13 * d)
    assert np.allclose(np.abs(values[:, [0, 2]]), 1, rtol=1e-14)
    assert np.allclose(np.abs(slopes[:, [0, 2]]), 1, rtol=1e-14)


def test_halving_keeps_mass_and_shape():
    case = problem(3, 1.0, "softmax", densities.von_mises_fisher(3, 5.0), 1.0)
    mesh = MercatorState.of(case.state, element_of_order(11)).mesh
    halved = mesh.split(np.ones(mesh.size, dtype=bool))
    assert halved.size == 2 * mesh.size
    assert halved.masses.sum() == pytest.approx(mesh.masses.sum(), rel=1e-12)
    assert np.allclose(halved.borders[:-1, 1], halved.borders[1:, 0], atol=1e-11)
    assert spectral_tail(halved) < spectral_tail(mesh)


def test_a_density_with_a_zero_between_is_refused():
    with pytest.raises(Unresolved, match="positive"):
        problem(3, 1.0, "softmax", lambda y: np.where(np.abs(y) < 1, -np.inf, 0.0), 1.0)
