"""What must not depend on coordinates: rotations, and which of two spaces describes the same axisymmetric density."""

import numpy as np
import pytest
from laws.given import (
    ELSEWHERE,
    MAKERS,
    NORMALIZATIONS,
    SOMEWHERE,
    attention,
    bump,
    problem,
    rows_of,
    snapshots_of,
    some_function,
)

from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.march import march

BETAS = (-0.5, 0.0, 1.0, 4.0)


def rotation(dimension, seed=5):
    """A random rotation."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(dimension, dimension)))
    q *= np.sign(np.diag(r))
    q[:, 0] *= np.sign(np.linalg.det(q))
    return q


def rotated(space, f, turn):
    """Coefficients of f(R⁻¹x), sampled pointwise."""
    grid = space.grid(0)
    return grid.analysis(space.evaluate(f, grid.points @ turn))


@pytest.mark.parametrize(
    "turn", [rotation(3), np.eye(3), np.diag([1.0, -1.0, -1.0]), rotation(3, 7) @ np.diag([-1.0, -1.0, 1.0])]
)
def test_harmonics_are_turned_as_their_values_are(turn):
    space = MAKERS["sphere"](9)
    f = some_function(space, np.random.default_rng(2))
    np.testing.assert_allclose(space.turned(f, turn), rotated(space, f, turn), atol=1e-12)
    np.testing.assert_allclose(space.turned(space.turned(f, turn), turn.T), f, atol=1e-13)
    tiny = np.array([[1.0, 0.0, 1e-9], [0.0, 1.0, 0.0], [-1e-9, 0.0, 1.0]])
    np.testing.assert_allclose(space.turned(f, tiny @ turn), space.turned(f, turn), atol=1e-6)


@pytest.mark.parametrize("kind", ["circle", "sphere"])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_transport_commutes_with_rotations(kind, normalization, beta):
    space, turn = MAKERS[kind](24), rotation(2 if kind == "circle" else 3)
    # small enough to stay positive, smooth enough to be resolved: e^{-1.2·24} of it is cut
    noise = some_function(space, np.random.default_rng(1)) * 0.1 * np.exp(-1.2 * space.degrees) * (space.degrees > 0)
    density = bump(space, 2.0).coefficients(space) + noise
    acts = attention(space, beta, normalization)
    rate, power = acts.transport(density)
    turned_rate, turned_power = acts.transport(rotated(space, density, turn))
    size = np.abs(space.to_public(rate)).max()
    # with softmax the quotient is projected on a 3/2 grid: aliasing far below the tail, e^{-1.2·36}
    np.testing.assert_allclose(turned_rate, rotated(space, rate, turn), atol=1e-10 * size)
    assert turned_power == pytest.approx(power, rel=1e-10)


@pytest.mark.parametrize("kind", ["circle", "sphere"])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_whole_runs_commute_with_rotations(kind, normalization):
    space, turn = MAKERS[kind](32), rotation(2 if kind == "circle" else 3)

    def run(turn):
        data = InitialDensity(
            (
                Component(VonMisesFisher(2.0), turn @ SOMEWHERE[kind], 0.6),
                Component(VonMisesFisher(1.0), turn @ ELSEWHERE[kind], 0.4),
            )
        )
        events = list(march(problem(space, 1.0, normalization, data, end=0.7, rows=4, tolerance=1e-12)))
        return rows_of(events)[1], snapshots_of(events)[-1].density

    straight, first = run(np.eye(space.dimension))
    turned, last = run(turn)
    for name in ("order_parameter", "energy", "entropy", "w2_to_dirac", "dissipation", "order_deficit"):
        np.testing.assert_allclose(turned[name], straight[name], rtol=1e-10, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(turned["mean"], straight["mean"] @ turn.T, atol=1e-10)
    points = space.grid(0).points
    np.testing.assert_allclose(last.values(points @ turn.T), first.values(points), atol=1e-9)


def axial(signs):
    """Two bumps at ±n."""
    return InitialDensity(
        (
            Component(VonMisesFisher(2.0), signs, 0.7),
            Component(VonMisesFisher(3.0), -np.asarray(signs), 0.3),
        )
    )


@pytest.mark.parametrize(("kind", "dimension"), [("circle", 2), ("sphere", 3)])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("beta", BETAS)
def test_axisymmetric_runs_are_those_of_the_zonal_space(kind, dimension, normalization, beta):
    full, zonal = MAKERS[kind](40), MAKERS[f"zonal d={dimension}"](40)
    end = 1.0 if beta < 4 or normalization == "softmax" else 0.05
    given = {"beta": beta, "normalization": normalization, "end": end, "rows": 4, "tolerance": 1e-12}
    whole = list(march(problem(full, initial=axial(SOMEWHERE[kind]), **given)))
    _, ours = rows_of(whole)
    axis = list(march(problem(zonal, initial=axial(1.0), **given)))
    _, theirs = rows_of(axis)
    for name in (
        "order_parameter",
        "order_deficit",
        "energy",
        "energy_gap",
        "dissipation",
        "work",
        "entropy",
        "w2_to_dirac",
    ):
        scale = max(1.0, np.abs(theirs[name]).max())
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-10 * scale, err_msg=name)
    np.testing.assert_allclose(ours["mean"], theirs["mean"][:, None] * SOMEWHERE[kind], atol=1e-10)
    # the tail is a square: amplitudes of 1e-11 in the top degrees are the time steppers' own
    np.testing.assert_allclose(ours["spectral_tail"], theirs["spectral_tail"], rtol=1e-3, atol=1e-22)
    before, after = snapshots_of(whole)[-1].density, snapshots_of(axis)[-1].density
    np.testing.assert_allclose(before.moments(SOMEWHERE[kind]), after.moments(1.0), atol=1e-10)
