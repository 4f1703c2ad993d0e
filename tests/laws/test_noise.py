"""Diffusion: exact where nothing else happens, free of stiffness where something does, and balanced by free energy."""

from functools import partial

import numpy as np
import pytest
from laws.given import MAKERS, NORMALIZATIONS, attention, bump, marched, rows_of, snapshots_of, two_bumps
from oracles.dense_attention import zonal_motion
from scipy.integrate import DOP853, solve_ivp

from kinetic.density import Density
from kinetic.harmonic import HarmonicFlow, harmonic_problem
from kinetic.initial import Cap, Component, Harmonic, InitialDensity
from kinetic.integrate.exponential import ExponentialStepper
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, Snapshot, Step, march
from kinetic.problem import Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import laplace_eigenvalues, log_harmonic_dimensions
from kinetic.theory.linear_stability import growth_rate


class Nothing:
    """Attention that moves no token."""

    def motion(self, coefficients):
        return np.zeros_like(coefficients), 0.0, 0.0

    def transport(self, coefficients):
        return self.motion(coefficients)[:2]

    def energy(self, _):
        return 0.0

    is_delicate = False

    def partition_noise(self, _):
        return 0.0

    def truncation_change(self, _):
        return 0.0


def noisy(space, beta, normalization, diffusion, initial, end, rows=8, tolerance=1e-11, **more):
    """A problem with one identity head and noise, as a user's run is built."""
    flow = HarmonicFlow(
        space,
        more.pop("attend", lambda at: attention(at, beta, normalization)),
        (ExponentialKernel(beta, space.dimension),),
        diffusion=diffusion,
        ledger="free_energy" if normalization == "none" else "closed",
        max_degree=more.pop("max_degree", None),
    )
    schedule = Schedule(end, end / rows, end / more.pop("snapshots", 1))
    return harmonic_problem(flow, initial, schedule, tolerance, more.pop("scheme", "etd8"))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_pure_heat_flow_is_exact(make):
    space, diffusion, end = make(40), 0.7, 0.9
    given = noisy(space, 1.0, "none", diffusion, two_bumps(space), end, attend=lambda _: Nothing(), snapshots=7)
    events = list(march(given))
    start = given.state[:-1]
    rates = diffusion * laplace_eigenvalues(space.degree, space.dimension)[space.degrees]
    for snapshot in snapshots_of(events):
        # relatively: a dozen steps and as many roundings, and that of the exponent, which goes to 0.7·0.9·40·102 = 2600
        np.testing.assert_allclose(
            snapshot.density.native, np.exp(-rates * snapshot.time) * start, rtol=2600 * 2e-15, atol=1e-15
        )


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_uniform_density_stays(make):
    given = noisy(make(24), 2.0, "none", 0.1, InitialDensity(uniform=1.0), 5.0)
    last = snapshots_of(march(given))[-1].density.native
    np.testing.assert_array_equal(last[0], 1.0)
    # a degree that grows at σ_1 ≤ 3.4 (circle, none) makes e^{17} of nothing at all: zeros stay zeros
    assert np.abs(last[2:] if make is Circle else last[1:]).max() < 1e-8


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("share", [0.3, 1.02])
def test_each_degree_grows_at_attention_less_diffusion(make, normalization, share):
    space, beta = make(12), 3.0
    first = growth_rate(1, space.dimension, beta, normalization) / (space.dimension - 1)
    diffusion = share * first  # about the threshold of degree 1
    largest = max(abs(growth_rate(l, space.dimension, beta, normalization, diffusion)) for l in range(1, 4))
    for degree in (1, 2, 3):
        expected = growth_rate(degree, space.dimension, beta, normalization, diffusion)
        order = {"circle": degree, "zonal": 0}.get(space.kind, degree - 1)
        multiplicity = np.exp(log_harmonic_dimensions(degree, space.dimension)[degree])
        slopes = []
        for sign in (1, -1):  # the mean of growth from ε and from −ε is free of ε
            data = InitialDensity(
                uniform=1.0, harmonics=(Harmonic(degree, order, sign * 1e-6 * np.sqrt(multiplicity)),)
            )
            given = noisy(space, beta, normalization, diffusion, data, 1 / largest, rows=1, tolerance=1e-13)
            before, after = (snapshot.density.native for snapshot in snapshots_of(march(given)))
            at = int(np.argmax(np.where(space.degrees == degree, np.abs(before), 0.0)))
            slopes.append(np.log(after[at] / before[at]) * largest)
        # the time stepper's 1e-13 beside a moment of 1e-6: 1e-7
        assert np.mean(slopes) == pytest.approx(expected, rel=1e-6, abs=1e-8 * largest)


@pytest.mark.parametrize("make", [v for k, v in MAKERS.items() if k != "zonal d=64"])
@pytest.mark.parametrize(("beta", "diffusion"), [(1.0, 0.05), (2.0, 0.6), (-1.0, 0.2), (0.0, 0.1)])
def test_free_energy_falls_by_exactly_what_is_dissipated(make, beta, diffusion):
    space = make(48)
    _, rows = marched(noisy(space, beta, "none", diffusion, two_bumps(space), 1.0, rows=12))
    drop = rows["free_energy"][0] - rows["free_energy"]
    assert np.all(np.diff(drop) > 0)
    np.testing.assert_allclose(rows["work"], drop, atol=1e-8 * drop[-1] + 1e-12)
    np.testing.assert_allclose(rows["free_energy"], diffusion * rows["entropy"] - rows["energy"], rtol=1e-15)
    assert np.all(rows["dissipation"] > 0)


@pytest.mark.parametrize("make", [Circle, Sphere])
def test_dissipation_is_the_squared_speed_of_tokens_and_their_diffusion(make):
    space, diffusion = make(48), 0.3
    given = noisy(space, 2.0, "none", diffusion, two_bumps(space), 1.0)
    equation, state = given.flow.equation, given.state[:-1]
    acts = equation.attention
    grid = space.grid(4 * space.degree)  # for 1/ρ
    density = grid.values(state)
    force = acts._low.grid_of(grid.shape).gradient(acts._potential * space.resize(state, acts._low.degree))
    speed = force - diffusion * grid.gradient(state) / density
    assert equation.dissipation(state) == pytest.approx(grid.inner(density * speed, speed), rel=1e-10)


def test_with_softmax_no_dissipation_is_defined_with_noise():
    _, rows = marched(noisy(Circle(32), 2.0, "softmax", 0.1, two_bumps(Circle(32)), 0.5))
    assert np.all(np.isnan(rows["dissipation"]) & np.isnan(rows["work"]))
    assert np.all(np.isfinite(rows["free_energy"]))


def test_where_the_series_does_not_give_the_density_no_dissipation_is_kept():
    jump = InitialDensity((Component(Cap(1.0), np.array([1.0, 0.0]), 0.9),), uniform=0.1)
    narrow = bump(Zonal(24, 64), 30.0)
    for space, data in ((Circle(64), jump), (Zonal(24, 64), narrow)):
        _, rows = marched(noisy(space, 1.0, "none", 0.05, data, 0.3))
        assert np.all(np.isnan(rows["work"]))
        assert np.all(np.isfinite(rows["energy"]))


@pytest.mark.parametrize("make", [Circle, Sphere, MAKERS["zonal d=8"], MAKERS["zonal d=64"]])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_exponential_and_explicit_steps_agree(make, normalization):
    space = make(16)
    etd, explicit = (
        marched(noisy(space, 2.0, normalization, 0.1, bump(space), 0.5, tolerance=1e-12, scheme=scheme))[1]
        for scheme in ("etd8", "dop853")
    )
    for name in ("mean", "energy", "work", "entropy"):
        np.testing.assert_allclose(etd[name], explicit[name], rtol=1e-9, atol=1e-11, err_msg=name)


def test_automatic_degree_grows_with_noise_and_agrees_with_a_fixed_fine_run():
    data = two_bumps(Circle(128))
    grown = list(march(noisy(Circle(128), 3.0, "none", 0.15, data, 0.6, rows=9, max_degree=128)))
    fixed = list(march(noisy(Circle(128), 3.0, "none", 0.15, data, 0.6, rows=9)))
    degrees = [event.checkpoint.layout["degree"] for event in grown if isinstance(event, Step)]
    assert degrees == sorted(degrees)
    assert degrees[-1] > degrees[0]
    (_, ours), (_, theirs) = rows_of(grown), rows_of(fixed)
    for name in ("order_parameter", "energy", "work", "free_energy"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-8, err_msg=name)


def circle_by_collocation(density, beta, normalization, diffusion, times, count=96):
    """Means and second moments of ∂_tρ = −∂_θ(ρX) + κ∂_θ²ρ by Fourier collocation, dense kernel sums and DOP853."""
    angles = 2 * np.pi * np.arange(count) / count
    kernel = np.exp(beta * np.cos(angles[:, None] - angles)) / count
    pull = kernel * np.sin(angles - angles[:, None])
    waves = 1j * np.fft.rfftfreq(count, 1 / count)
    waves[-1] = 0

    def rate(_, values):
        drift = pull @ values
        if normalization == "softmax":
            drift = drift / (kernel @ values)
        flux, modes = np.fft.rfft(values * drift), np.fft.rfft(values)
        return np.fft.irfft(-waves * flux + diffusion * waves**2 * modes, count)

    solution = solve_ivp(rate, (0, times[-1]), density(angles), "DOP853", times, rtol=1e-12, atol=1e-13).y
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return points.T @ solution / count, np.einsum("ni,nj,nt->tij", points, points, solution) / count


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize(("beta", "diffusion"), [(2.0, 0.3), (4.0, 1.5), (-2.0, 0.2)])
def test_a_noisy_run_on_the_circle_agrees_with_collocation(normalization, beta, diffusion):
    space = Circle(48)
    data = two_bumps(space)
    given = noisy(space, beta, normalization, diffusion, data, 1.0, rows=4, snapshots=4)
    snapshots = snapshots_of(march(given))
    times = np.array([snapshot.time for snapshot in snapshots])
    start = Density(space, given.state[:-1])
    density = lambda a: start.values(np.stack([np.cos(a), np.sin(a)], axis=-1))  # noqa: E731
    means, seconds = circle_by_collocation(density, beta, normalization, diffusion, times)
    for i, snapshot in enumerate(snapshots):
        np.testing.assert_allclose(snapshot.density.mean, means[:, i], atol=1e-8)
        np.testing.assert_allclose(snapshot.density.moment(2), seconds[i], atol=1e-8)


def zonal_by_galerkin(values, d, beta, normalization, diffusion, times, degree=32, count=80):
    """∫ t dμ and ∫ t² dμ on S², by Legendre modes, dense sums over latitudes for the drift, and DOP853."""
    assert d == 3
    nodes, weights = np.polynomial.legendre.leggauss(count)
    y, weights = np.arctanh(-nodes), weights / 2
    table = np.polynomial.legendre.legvander(nodes, degree)
    slopes = np.stack(
        [np.polynomial.legendre.legval(nodes, np.polynomial.legendre.legder(row)) for row in np.eye(degree + 1)], axis=1
    )
    l = np.arange(degree + 1)

    def rate(_, moments):
        masses = weights * (table @ ((2 * l + 1) * moments))
        # t = −tanh y: ṫ = −(1 − t²) ẏ
        speed = -(1 - nodes**2) * zonal_motion(y, y, masses, d, beta, normalization)
        return slopes.T @ (masses * speed) - diffusion * l * (l + 1) * moments

    start = table.T @ (weights * values(nodes))
    moments = solve_ivp(rate, (0, times[-1]), start, "DOP853", times, rtol=1e-10, atol=1e-12).y
    return moments[1], (2 * moments[2] + 1) / 3


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_a_noisy_axisymmetric_run_agrees_with_a_dense_galerkin_method(normalization):
    beta, diffusion, end = 3.0, 0.6, 0.6
    start = lambda t: 2.0 * np.exp(2.0 * t) / np.sinh(2.0)  # noqa: E731
    first, second = zonal_by_galerkin(start, 3, beta, normalization, diffusion, np.linspace(0.0, end, 4))
    for space in (Zonal(32, 3), Sphere(32)):
        given = noisy(space, beta, normalization, diffusion, bump(space, 2.0), end, rows=3, snapshots=3)
        snapshots = snapshots_of(march(given))
        np.testing.assert_allclose([snapshot.time for snapshot in snapshots], np.linspace(0.0, end, 4), rtol=1e-15)
        found = np.array([np.linalg.norm(snapshot.density.mean) for snapshot in snapshots])
        np.testing.assert_allclose(found, first, atol=1e-8)
        if space.kind == "zonal":
            squares = [float(snapshot.density.moment(2)) for snapshot in snapshots]
        else:  # ∫ <x, n>² dμ is the largest eigenvalue of the second moments
            squares = [float(np.linalg.eigvalsh(snapshot.density.moment(2))[-1]) for snapshot in snapshots]
        np.testing.assert_allclose(squares, second, atol=1e-8)


def test_diffusion_at_high_degree_does_not_hold_back_the_steps():
    space, diffusion = Sphere(254), 0.05
    given = noisy(space, 1.0, "softmax", diffusion, two_bumps(space, 8.0, 3.0), 1.0, tolerance=1e-9)
    flow = given.flow
    stepper = ExponentialStepper(flow.decay, flow.nonlinear, 0.0, given.state, given.tolerance)
    while stepper.time < 0.2:
        stepper.advance()
    step = stepper.next_step
    # the fastest mode decays at κ·254·255 = 3239; an explicit method of order 8 is stable up to about 6.7/3239 = 0.002
    assert -flow.decay.min() * step > 200
    assert stepper.evaluations <= 100
    explicit = DOP853(flow, 0.0, given.state, np.inf, first_step=step, max_step=step, rtol=1e30, atol=1e30)
    with np.errstate(all="ignore"):
        for _ in range(2):
            explicit.step()
    assert not np.abs(explicit.y).max() < 1e10  # at the exponential method's step it blows up
    assert np.abs(stepper.state).max() < 10


def test_a_noisy_march_goes_on_from_any_checkpoint_bit_for_bit():
    make = partial(noisy, Circle(40), 2.0, "none", 0.2, two_bumps(Circle(40)), 0.8, rows=11, snapshots=5)
    events = list(march(make()))
    steps = [i for i, event in enumerate(events) if isinstance(event, Step)]
    assert len(steps) > 3
    for at in (steps[0], steps[-1]):
        rest = list(march(make(), events[at].checkpoint))
        assert [type(event) for event in rest] == [type(event) for event in events[at + 1 :]]
        for one, other in zip(rest, events[at + 1 :], strict=True):
            if isinstance(one, Row):
                assert one.time == other.time
                np.testing.assert_equal(one.values, other.values)
            if isinstance(one, Snapshot):
                np.testing.assert_array_equal(one.density.native, other.density.native)


def test_steps_of_a_noisy_march_do_not_depend_on_the_outputs():
    def steps(rows):
        given = noisy(Circle(40), 3.0, "softmax", 0.1, two_bumps(Circle(40)), 0.8, rows=rows)
        return [event.checkpoint for event in march(given) if isinstance(event, Step)]

    few, many = steps(1), steps(97)
    assert len(few) == len(many) > 2
    for one, other in zip(few, many, strict=True):
        assert (one.time, one.step) == (other.time, other.step)
        np.testing.assert_array_equal(one.state, other.state)
