"""Small perturbations of the uniform density grow as linear theory has it under every scheme.

With σ = l(l+d−2) I_{l+d/2−1}(β)/(β I_{d/2−1}(β)), the rate without a scheme, and A = I_{d/2}(β)/I_{d/2−1}(β), the norm
of the attention output at uniform data, normal to the sphere: radii grow like r = r₀ + At (pre), r₀ + t (peri), the
same for all tokens, and amplitudes like

    post e^{σt},  pre (1 + At/r₀)^{σ/A},  peri (1 + t/r₀)^{σ/A},  ngpt e^{σ∫α/A},  LN-scaling e^{2σ(√(t+1) − 1)}

(derived here: the drift is linear in the perturbation, divided by 1, r, rA, A/α, √(t+1)).
"""

import numpy as np
import pytest
from normed.given import tokens
from scipy.special import ive

from kinetic.clock import RateClock, SquareRootClock, clocked
from kinetic.initial import Harmonic, InitialDensity
from kinetic.march import Snapshot, march
from kinetic.normed import Mix, NormalizedGPT, Peri, Post, Pre

RADIUS, SWITCH = 1.3, 0.4
RATE = RateClock((0.0, 2.0), (0.5, 2.5))  # ∫₀¹ α = 1


def ratio(degree, dimension, beta):
    return ive(degree + dimension / 2 - 1, beta) / ive(dimension / 2 - 1, beta)


def growth_rate(degree, dimension, beta):
    return degree * (degree + dimension - 2) * ratio(degree, dimension, beta) / beta


SCHEMES = {
    "post": (Post(), None, lambda s, _: s),
    "pre": (Pre(), None, lambda s, A: s / A * np.log1p(A / RADIUS)),
    "peri": (Peri(), None, lambda s, A: s / A * np.log1p(1 / RADIUS)),
    "mix": (Mix(SWITCH), None, lambda s, A: SWITCH * s + s / A * np.log1p(A * (1 - SWITCH) / RADIUS)),
    "ngpt": (NormalizedGPT(), RATE, lambda s, A: s / A),
    "ln_scaling": (Post(), SquareRootClock(), lambda s, _: 2 * s * (np.sqrt(2.0) - 1)),
}
"""Scheme, clock, and the logarithm of the factor by which amplitudes have grown at t = 1."""


def grown(kind, dimension, beta, scheme, clock, degree, order, amplitude, tolerance):
    """ln of the factor by which one harmonic has grown."""
    initial = InitialDensity(uniform=1.0, harmonics=(Harmonic(degree, order, amplitude),))
    sizes = {"degree": degree + 2, "radius": RADIUS, "tolerance": tolerance}
    given = tokens(kind, dimension, beta, scheme, initial, 1.0, rows=1, **sizes)
    given = given if clock is None else clocked(given, clock)
    last = [event for event in march(given) if isinstance(event, Snapshot)][-1].density.coefficients
    place = {"circle": (0, degree), "zonal": (degree,), "sphere": (int(order < 0), degree, abs(order))}[kind]
    return float(np.log(last[place] / amplitude))


PLACES = [("circle", 2, (1, 2, 3)), ("zonal", 3, (2,)), ("zonal", 8, (1, 3))]
DEAR = [("mix", 5.0, 3), ("mix", 1.0, 2), ("mix", 1.0, 8), ("mix", 5.0, 8)]
"""The steps of the mixed scheme end at its switch: two of its six runs stay with the default tests."""


@pytest.mark.parametrize(
    ("kind", "dimension", "degrees", "beta", "name"),
    [
        pytest.param(*place, beta, name, marks=pytest.mark.slow if (name, beta, place[1]) in DEAR else ())
        for place in PLACES
        for beta in (1.0, 5.0)
        for name in SCHEMES
    ],
)
def test_every_degree_grows_at_its_rate(kind, dimension, degrees, beta, name):
    scheme, clock, law = SCHEMES[name]
    rates = [growth_rate(l, dimension, beta) for l in range(1, 12)]
    for degree in degrees:
        rate = rates[degree - 1]
        assert rate > 1e-3 * max(rates)
        expected = law(rate, ratio(1, dimension, beta))
        found = grown(kind, dimension, beta, scheme, clock, degree, degree, 2e-7, 1e-13)
        # the stepper is held to 1e-13, at worst 5e-7 of the displacements; the second order of an amplitude a adds
        # a fraction of a max|Y_l|, at most 2e-7 · √N_3 = 2e-6 in dimension 8
        assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("name", "order"), [("pre", 2), ("ngpt", -1)])
def test_every_order_grows_alike_on_the_sphere(name, order):
    scheme, clock, law = SCHEMES[name]
    expected = law(growth_rate(2, 3, 1.0), ratio(1, 3, 1.0))
    # a larger amplitude a, so that a looser stepper is relatively as good; the third order adds a² = 1e-8
    found = grown("sphere", 3, 1.0, scheme, clock, 2, order, 1e-4, 1e-11)
    assert found == pytest.approx(expected, rel=1e-6)
