"""At β = 0 a boosted uniform density stays one: its velocity obeys a closed equation, which no space has heard of."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from laws.given import SOMEWHERE, marched, problem, unwatched
from scipy.integrate import DOP853, solve_ivp
from scipy.special import hyp2f1

from kinetic.initial import Component, InitialDensity, Poisson
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

SPACES = {("circle", 2): Circle, ("sphere", 3): Sphere} | {
    ("zonal", d): lambda degree, d=d: Zonal(degree, d) for d in (2, 3, 4, 8, 64, 1024)
}
RADII = {2: 0.3, 3: 0.3, 4: 0.3, 8: 0.3, 64: 0.15, 1024: 0.03}  # R(1) between 0.16 and 0.8
ROWS = 5
# steps of local error 1e-13, some ten of them, and the reference's own 1e-13
ROUNDING = 5e-12


def mean_of_boost(w, d):
    """R(w) = (2(d−1)/d) w ₂F₁(1, 1−d/2; 1+d/2; w²)."""
    return 2 * (d - 1) / d * w * hyp2f1(1, 1 - d / 2, 1 + d / 2, w * w)


@cache
def exact(d):
    """R at the rows, from d|w|/dt = ½(1 − w²) R(w)."""
    times = np.linspace(0, 1, ROWS + 1)
    solution = solve_ivp(
        lambda _, w: 0.5 * (1 - w * w) * mean_of_boost(w, d),
        (0, 1),
        [RADII[d]],
        DOP853,
        times,
        rtol=1e-13,
        atol=1e-14,
    )
    return mean_of_boost(solution.y[0], d)


def density(kind, d):
    """The density at the start."""
    return InitialDensity((Component(Poisson(RADII[d]), SOMEWHERE[kind]),))


@pytest.mark.parametrize(("kind", "d"), SPACES)
def test_error_of_the_mean_falls_spectrally_with_the_degree(kind, d):
    errors = []
    for degree in (2, 4, 8, 16, 32):
        # low degrees are not resolved: the tail must not stop them here
        space = SPACES[kind, d](degree)
        _, rows = marched(unwatched(space, 0.0, "none", density(kind, d), 1.0, rows=ROWS, tolerance=1e-13))
        errors.append(np.abs(rows["order_parameter"] - exact(d)).max())
    print(f"{kind} d={d}: " + " ".join(f"{e:.1e}" for e in errors))
    assert errors[0] > 1e-6  # there is something to converge from
    for coarse, fine in pairwise(errors):
        # an error C q^L squares when L doubles; the power 1.5 leaves room for C > 1
        assert fine <= max(coarse**1.5, ROUNDING)
    assert errors[-1] <= ROUNDING


@pytest.mark.parametrize(("kind", "d"), SPACES)
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_resolved_runs_have_the_exact_mean_energy_and_gap(kind, d, normalization):
    space = SPACES[kind, d](40)
    _, rows = marched(problem(space, 0.0, normalization, density(kind, d), 1.0, rows=ROWS, tolerance=1e-13))
    R = exact(d)
    np.testing.assert_allclose(rows["order_parameter"], R, atol=1e-10)
    np.testing.assert_allclose(rows["energy"], R * R / 2, atol=1e-10)
    np.testing.assert_allclose(rows["energy_gap"], (1 - R * R) / 2, atol=1e-10)
    np.testing.assert_allclose(rows["order_deficit"], 1 - R, atol=1e-10)


def test_the_density_itself_is_the_boosted_uniform_one_on_the_circle():
    _, rows = marched(problem(Circle(40), 0.0, "none", density("circle", 2), 1.0, rows=ROWS, tolerance=1e-13))
    w = exact(2)  # R = w for d = 2
    np.testing.assert_allclose(rows["log_antipode_density"], np.log((1 - w) / (1 + w)), atol=1e-9)
    np.testing.assert_allclose(rows["entropy"], -np.log1p(-w * w), atol=1e-9)
