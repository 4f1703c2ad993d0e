"""Several clusters narrow, wait, pair and meet as Dirac masses do; each law with a record that it must refuse."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from claims.records import case, judged, made
from scipy.integrate import solve_ivp

from kinetic.record import Variable

ANGLES, MASSES, BETA = np.array([0.0, 1.6, 3.7]), np.array([0.5, 0.3, 0.2]), 6.0
TOUCHING = 1e-3
END = 80.0


def rates(_, x):
    """X of atoms of the circle under softmax."""
    apart = x[None, :] - x[:, None]
    weights = MASSES * np.exp(BETA * (np.cos(apart) - 1))
    return (weights * np.sin(apart)).sum(axis=1) / weights.sum(axis=1)


def groups(x):
    """Atoms that have touched, as lists of indices."""
    first = [0, 1] if x[1] - x[0] < TOUCHING else [0]
    rest = [[i] for i in range(len(x)) if i not in first]
    return [first, *rest]


@cache
def atoms():
    """Three atoms, of which two meet before the end, as a record tells them: clusters of spread e^{−t/2}."""
    times = np.linspace(0.0, END, 241)

    def met(_, x):
        return x[1] - x[0] - TOUCHING

    way = solve_ivp(rates, (0, END), ANGLES, method="DOP853", rtol=1e-12, atol=1e-13, t_eval=times, events=met)
    points = np.stack([np.cos(way.y), np.sin(way.y)], axis=-1).transpose(1, 0, 2)
    kernel = np.exp(BETA * np.cos(way.y[:, None, :] - way.y[None, :, :]))
    energy = np.einsum("i,j,ijt->t", MASSES, MASSES, kernel) / (2 * BETA)
    order = np.linalg.norm(np.einsum("i,tik->tk", MASSES, points), axis=1)
    mass, place = np.full((times.size, 3), np.nan), np.full((times.size, 3, 2), np.nan)
    for i, x in enumerate(way.y.T):
        for k, own in enumerate(groups(x)):
            mean = MASSES[own] @ points[i, own]
            mass[i, k], place[i, k] = MASSES[own].sum(), mean / np.linalg.norm(mean)
    spread = np.where(np.isfinite(mass), 1e-3 * np.exp(-times / 2)[:, None], np.nan)
    count = np.count_nonzero(np.isfinite(mass), axis=1).astype(float)
    return times, energy, order, count, mass, place, spread, way.t_events[0]


def record(**changed):
    times, energy, order, count, mass, place, spread, merger = atoms()
    given = {"energy": energy, "order_parameter": order, "cluster_count": count} | {
        name: values for name, values in changed.items() if name not in ("mass", "position", "spread")
    }
    text = case("circle", 2, "softmax", BETA, 'kind = "uniform"', end=END)
    found = made(text, {"time": times, **given})
    told = {"mass": mass, "position": place, "spread": spread} | {k: changed[k] for k in changed if k not in given}
    axes = ("time", "cluster", "component")
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    clusters += [Variable("merger_time", merger, ("merger",), "1", "")]
    clusters += [Variable("merger_position", np.array([[1.0, 0.0]]), ("merger", "component"), "1", "")]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


def test_atoms_pass():
    row = judged("pair_merging", record())
    assert row.verdict == "pass"
    assert abs(row.measured - row.predicted) < 1e-8


def test_a_merger_that_comes_later_is_no_atoms():
    times, _, order, *_ = atoms()
    assert judged("pair_merging", record(order_parameter=np.interp(0.97 * times, times, order))).verdict == "fail"


def test_the_energy_gains_what_two_masses_and_beta_say():
    row = judged("energy_staircase", record())
    assert row.verdict == "pass"
    assert row.predicted == pytest.approx(0.5 * 0.3 * math.exp(BETA) / BETA, rel=1e-12)
    energy = atoms()[1]
    assert judged("energy_staircase", record(energy=energy[0] + 1.05 * (energy - energy[0]))).verdict == "fail"


@cache
def lengths():
    """Of the path of the three atoms in W₂, from their own angles."""

    def both(t, y):
        speed = rates(t, y[:-1])
        return np.append(speed, np.sqrt(MASSES @ speed**2))

    way = solve_ivp(both, (0, END), np.append(ANGLES, 0.0), method="DOP853", rtol=1e-12, atol=1e-13, t_eval=atoms()[0])
    return way.y[-1]


def test_the_path_from_level_to_level_is_as_long_as_that_of_atoms():
    assert judged("energy_staircase", record(arc_length=lengths())).verdict == "pass"
    row = judged("energy_staircase", record(arc_length=1.05 * lengths()))
    assert row.verdict == "fail"
    assert "length of the path" in row.reason


def test_no_claim_of_a_last_pair_is_made_before_it_has_met():
    for name in ("meeting_point", "after_merger", "symmetric_rate"):
        assert judged(name, record()).verdict == "not applicable"


@cache
def two_atoms():
    """Two atoms of the circle at β = 4 until they touch: times, angles, and when."""
    heavy, light, beta = 0.6, 0.4, 4.0

    def rate(_, x):
        p = np.exp(beta * (np.cos(x[1] - x[0]) - 1))
        pull = np.sin(x[1] - x[0]) * p
        return [light * pull / (heavy + light * p), -heavy * pull / (light + heavy * p)]

    def met(_, x):
        return x[1] - x[0] - TOUCHING

    met.terminal = True
    way = solve_ivp(rate, (0, 400), [0.3, 1.9], method="DOP853", rtol=1e-12, atol=1e-14, events=met, dense_output=True)
    return way.sol, float(way.t_events[0][0])


def last_pair(turned=0.0, rate=2.0, size=1e-6):
    """What a record tells of them: the place that they meet at may be turned, and 1 − R fall otherwise."""
    way, merger = two_atoms()
    times = np.linspace(0.0, merger + 12.0, 241)
    apart = times < merger
    angles = np.where(apart, way(np.minimum(times, merger)), way(merger)[0]).T
    mass = np.where(apart[:, None], [0.6, 0.4], [1.0, np.nan])
    place = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    place[~apart, 1] = np.nan
    spread = np.where(np.isfinite(mass), 1e-6 * np.exp(-times)[:, None], np.nan)
    deficit = np.where(apart, 0.2, size * np.exp(-rate * (times - merger)))
    seen = {"time": times, "order_deficit": deficit, "log_antipode_density": np.full(times.size, -600.0)}
    seen["cluster_count"] = np.where(apart, 2.0, 1.0)
    found = made(case("circle", 2, "softmax", 4.0, 'kind = "uniform"', end=float(times[-1])), seen)
    axes = ("time", "cluster", "component")
    told = {"mass": mass, "position": place, "spread": spread}
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    at = float(way(merger).mean()) + turned
    clusters += [Variable("merger_time", np.array([merger]), ("merger",), "1", "")]
    clusters += [Variable("merger_position", np.array([[np.cos(at), np.sin(at)]]), ("merger", "component"), "1", "")]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


def test_the_last_pair_meets_where_its_masses_say():
    """The heavier one travels 0.377 of the angle at this β, not 0.4 as it would without softmax."""
    row = judged("meeting_point", last_pair())
    assert row.verdict == "pass"
    assert abs(row.measured - row.predicted) < 1e-3
    assert judged("meeting_point", last_pair(turned=0.023 * 1.6)).verdict == "fail"


def test_after_the_last_merger_the_deficit_falls_as_particles_do():
    assert judged("after_merger", last_pair()).verdict == "pass"
    assert judged("after_merger", last_pair(rate=1.9)).verdict == "fail"
    assert judged("after_merger", last_pair(rate=1.0)).verdict == "fail"


def test_a_deficit_at_the_least_number_that_rows_follow_has_no_rate():
    assert judged("after_merger", last_pair(rate=0.0, size=1e-262)).verdict == "not applicable"
    assert judged("after_merger", last_pair(rate=0.0, size=1e-200)).verdict == "fail"


def symmetric(rate, count=3, beta=2.0, **first):
    """K equal clusters at equal angles, the mean squares of whose angles fall at a rate; `first` of the first row."""
    times = np.linspace(0.0, 30.0, 61)
    angles = 0.3 + 2 * math.pi * np.arange(count) / count
    place = np.broadcast_to(np.stack([np.cos(angles), np.sin(angles)], axis=1), (61, count, 2))
    mass = np.full((61, count), 1 / count)
    spread = 1e-2 * np.exp(-0.5 * rate * times)[:, None] * np.ones(count)
    rows = {name: np.append(value, np.full(60, math.nan)) for name, value in first.items()}
    found = made(case("circle", 2, "softmax", beta, 'kind = "uniform"', end=30.0), {"time": times, **rows})
    axes = ("time", "cluster", "component")
    told = {"mass": mass, "position": np.array(place), "spread": spread}
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


@pytest.mark.parametrize("name", ["symmetric_rate", "cluster_spread"])
def test_clusters_narrow_at_the_rate_of_the_separatrix_not_of_particles(name):
    assert judged(name, symmetric(1.0)).verdict == "pass"
    assert judged(name, symmetric(1.4567)).verdict == "fail"  # 2 λ_c, of particles
    near = judged(name, symmetric(1.794, 4, 5.0), 1e-3)
    assert near.verdict == "not applicable"
    assert "near" in near.reason


def test_a_separatrix_that_held_next_to_nothing_before_all_had_arrived_is_no_rate():
    # two bumps of concentration 2e4: ρ = e^-30800 between them, told in the first row only
    unseen = judged("cluster_spread", symmetric(1.4567, log_minimum=-30800.0))
    assert (unseen.verdict, "holds too little" in unseen.reason) == ("not applicable", True)
    assert judged("cluster_spread", symmetric(1.0, log_minimum=-2.0)).verdict == "pass"


def at_corners(rate, tail=0.0):
    """Four equal clusters of the sphere at the corners of a tetrahedron, β = 2: λ_sep = 0.7398, 2 λ_c = 1.2334."""
    times = np.linspace(0.0, 30.0, 61)
    corners = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / math.sqrt(3)
    spread = 1e-2 * np.exp(-0.5 * rate * times)[:, None] * np.ones(4)
    found = made(case("sphere", 3, "softmax", 2.0, 'kind = "uniform"', end=30.0), {"time": times})
    axes = ("time", "cluster", "component")
    place = np.array(np.broadcast_to(corners, (61, 4, 3)))
    told = {"mass": np.full((61, 4), 0.25), "position": place, "spread": spread, "tail": np.full(61, tail)}
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


def test_clusters_of_the_sphere_narrow_at_the_rate_of_the_slowest_saddle():
    assert judged("cluster_spread", at_corners(0.7398)).verdict == "pass"
    assert judged("cluster_spread", at_corners(1.2334)).verdict == "fail"  # 2 λ_c, of particles
    unresolved = judged("cluster_spread", at_corners(0.7398, tail=1e-3))
    assert unresolved.verdict == "not applicable"
    assert "not resolved" in unresolved.reason


def even(d, normalization, rate, beta=1.2, places=(1.0, -1.0), masses=(0.5, 0.5)):
    """Two clusters about the axis, the mean squares of whose angles fall at a rate."""
    times = np.linspace(0.0, 30.0, 61)
    found = made(case("zonal", d, normalization, beta, 'kind = "uniform"', end=30.0), {"time": times})
    told = {"mass": np.tile(masses, (61, 1)), "position": np.tile(np.array(places)[:, None], (61, 1, 1))}
    told["spread"] = 1e-2 * np.exp(-0.5 * rate * times)[:, None] * np.ones(2)
    axes = ("time", "cluster", "component")
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


@pytest.mark.parametrize("d", [2, 3, 8, 512])
@pytest.mark.parametrize(
    ("normalization", "particles"), [("softmax", 2 * math.tanh(1.2)), ("none", 2 * math.sinh(1.2))]
)
def test_even_data_narrow_at_beta_in_every_dimension_not_as_particles_do(d, normalization, particles):
    row = judged("symmetric_rate", even(d, normalization, 1.2), 1e-4)
    assert (row.verdict, row.predicted) == ("pass", 1.2)
    assert row.uncertainty < 1e-4
    assert row.window[1] > 28.0
    assert judged("symmetric_rate", even(d, normalization, particles), 1e-4).verdict == "fail"
    assert judged("symmetric_rate", even(d, normalization, 1.2 * (1 + 3e-4)), 1e-4).verdict == "fail"


def test_clusters_that_are_no_mirror_images_are_not_judged():
    for other in (even(8, "none", 1.2, masses=(0.6, 0.4)), even(8, "none", 1.2, places=(1.0, -0.9))):
        assert judged("symmetric_rate", other).verdict == "not applicable"
    tie = judged("symmetric_rate", even(8, "softmax", 1.9, beta=1.9), 1e-4)  # 2 tanh β = 1.913
    assert tie.verdict == "not applicable"
    assert "near" in tie.reason


def pair(normalization, share, rate=2.0):
    """Masses 0.7 and 0.3 that wait 1.2 rad apart until t = 12 and meet at a share of it; 1 − R falls at a rate."""
    times = np.linspace(0.0, 20.0, 81)
    waits = times < 12.0
    place = np.full((81, 2, 2), np.nan)
    place[:, 0] = [1.0, 0.0]
    place[waits, 1] = [math.cos(1.2), math.sin(1.2)]
    mass = np.where(waits[:, None], [0.7, 0.3], [1.0, np.nan])
    told = {"mass": mass, "position": place, "spread": np.where(np.isfinite(mass), 1e-5, np.nan)}
    seen = {"order_deficit": np.exp(-rate * times), "cluster_count": np.where(waits, 2.0, 1.0)}
    seen["log_antipode_density"] = -100.0 - times
    found = made(case("circle", 2, normalization, 2.0, 'kind = "uniform"', end=20.0), {"time": times, **seen})
    axes = ("time", "cluster", "component")
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    clusters += [Variable("merger_time", np.array([12.0]), ("merger",), "1", "")]
    meeting = np.array([[math.cos(1.2 * share), math.sin(1.2 * share)]])
    clusters += [Variable("merger_position", meeting, ("merger", "component"), "1", "")]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


def test_two_clusters_meet_where_their_masses_say():
    row = judged("meeting_point", pair("none", 0.3))
    assert (row.verdict, row.predicted) == ("pass", pytest.approx(0.3, rel=1e-12))
    assert judged("meeting_point", pair("none", 0.7)).verdict == "fail"  # as if the masses were exchanged
    assert judged("meeting_point", pair("softmax", 0.3)).verdict == "fail"


def test_after_the_last_merger_the_deficit_falls_at_the_rate_of_particles():
    assert judged("after_merger", pair("softmax", 0.3)).verdict == "pass"
    assert judged("after_merger", pair("softmax", 0.3, 1.96)).verdict == "fail"
    assert judged("after_merger", pair("none", 0.3)).verdict == "fail"  # below 120° the antipode's rate, e^{−2}


def collapsed(own, far):
    """1 − R = 2ρ(−m) + B e^{−rate t} on the circle, B and the rates as given."""
    times = np.linspace(0.0, 20.0, 81)
    tail = far[0] * np.exp(-far[1] * times)
    deficit = 2 * tail + own[0] * np.exp(-own[1] * times)
    seen = {"time": times, "order_deficit": deficit, "log_antipode_density": np.log(tail)}
    return made(case("circle", 2, "softmax", 2.0, 'kind = "uniform"', end=20.0), seen)


def test_both_parts_of_the_deficit_are_told_apart():
    assert judged("two_exponentials", collapsed((30.0, 2.0), (1e-3, 1.0))).verdict == "pass"
    assert judged("two_exponentials", collapsed((30.0, 1.8), (1e-3, 1.0))).verdict == "fail"
    assert judged("two_exponentials", collapsed((1e-9, 2.0), (1e-3, 1.0))).verdict == "not applicable"


class Tokens:
    """The density of tokens, as far as the pass of the basins asks for it."""

    def __init__(self, points, masses, profile):
        self.points, self.masses, self.values = points, masses, profile

    def quadrature(self, _degree):
        return self.points, self.masses


@cache
def basins():
    """Tokens under softmax, β = 4, that become two clusters, and what a record tells of them."""
    from theory.test_basins import tokens_of_the_circle

    _, masses, times, angles, _ = tokens_of_the_circle(4.0, "softmax", 10.0)

    def profile(points):
        x = np.arctan2(points[..., 1], points[..., 0])
        return 1 + 0.3 * np.cos(x - 0.3) + 0.6 * np.cos(2 * x)

    densities = [Tokens(np.stack([np.cos(row), np.sin(row)], axis=1), masses, profile) for row in angles]
    near = np.cos(angles[-1] - 0.1) > 0
    return times, densities, np.array([masses[near].sum(), masses[~near].sum()])


def of_basins(shift=0.0):
    times, densities, share = basins()
    mass = np.array([share + np.array([shift, -shift])] * times.size)
    place = np.array([[[1.0, 0.0], [-1.0, 0.0]]] * times.size)
    spread = np.where(times < 8.0, 1.0, 1e-5)[:, None] * np.ones(2)
    text = case("circle", 2, "softmax", 4.0, 'kind = "uniform"', end=10.0)
    found = made(text, {"time": times}, densities, times)
    axes = ("time", "cluster", "component")
    told = {"mass": mass, "position": place, "spread": spread}
    clusters = [Variable("time", times, ("time",), "1", "")]
    clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in told.items()]
    return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))


def test_clusters_hold_what_began_in_their_basins():
    """The border is known to a token here, 1/160 of the circle, where ρ is a third: masses to 2e-3."""
    assert judged("cluster_masses", of_basins(), 3e-3).verdict == "pass"
    assert judged("cluster_masses", of_basins(8e-3), 3e-3).verdict == "fail"


@cache
def basins_of_the_sphere():
    """Tokens of the sphere that become three clusters: times, densities, places and masses at the end."""
    from theory.test_basins import PLACES, profile, tokens_that_cluster

    times, points, masses = tokens_that_cluster()
    whole = sum_over_the_sphere(profile)
    densities = [Tokens(row, masses, lambda x: profile(x) / whole) for row in points]
    near = np.argmax(points[-1] @ PLACES.T, axis=1)
    place = np.array([masses[near == k] @ points[-1][near == k] for k in range(3)])
    place /= np.linalg.norm(place, axis=1, keepdims=True)
    return times, densities, place, np.bincount(near, masses)


def sum_over_the_sphere(profile):
    from oracles.sphere_tokens import rule

    points, weights = rule(40)
    return weights @ profile(points)


def test_clusters_of_the_sphere_hold_what_began_in_their_basins():
    """Borders are known to a token here, a two-hundredth of the sphere, of which some forty lie along them."""
    times, densities, place, mass = basins_of_the_sphere()
    told = {"position": np.tile(place, (times.size, 1, 1)), "mass": np.tile(mass, (times.size, 1))}
    told["spread"] = np.where(times < 2.5, 1.0, 1e-5)[:, None] * np.ones(3)
    text = case("sphere", 3, "softmax", 4.0, 'kind = "uniform"', end=times[-1])
    axes = ("time", "cluster", "component")

    def of(shift):
        clusters = [Variable("time", times, ("time",), "1", "")]
        moved = told | {"mass": told["mass"] + shift}
        clusters += [Variable(name, values, axes[: values.ndim], "1", "") for name, values in moved.items()]
        found = made(text, {"time": times}, densities, times)
        return replace(found, contents=replace(found.contents, clusters=tuple(clusters)))

    row = judged("cluster_masses", of(0.0), 2e-2)
    assert row.verdict == "pass"
    assert row.uncertainty < 1e-3
    assert judged("cluster_masses", of(np.array([0.0, 5e-2, -5e-2])), 2e-2).verdict == "fail"
