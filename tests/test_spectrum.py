"""An initial density is compared with what was asked for, never with its own truncation."""

import numpy as np
import pytest
from laws.given import MAKERS, bump, flow, problem

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.conformal import conformal_problem
from kinetic.errors import CaseError, DomainError
from kinetic.harmonic import harmonic_problem
from kinetic.initial import Band, Cap, Component, Harmonic, InitialDensity, VonMisesFisher
from kinetic.problem import Schedule
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.spectrum import Asked

AUTO = 'degree = "auto"\nmax_degree = 200'
CASE = """
title = "one term beyond a gap"
[space]
kind = "{kind}"{dimension}
chart = "{chart}"
{degree}
[attention]
beta = 1.0
normalization = "softmax"
{norms}
[initial]
{initial}
[time]
end = 1.0
"""
TERMS = [
    ("circle", "degree = 40, order = -40", (1, 40)),
    ("sphere", "degree = 20, order = 7", (0, 20, 7)),
    ("zonal", "degree = 20", (20,)),
    ("zonal", "degree = 40", (40,)),
]
SMALL = 0.1
ENTROPY = SMALL**2 / 2  # of 1 + h: ∫ h²/2 − h³/6 + h⁴/12 …


def started(kind, term, chart="harmonic", degree=AUTO, norms="", amplitude=SMALL):
    """The problem of a case with one harmonic."""
    initial = f'kind = "harmonics"\nterms = [{{{term}, amplitude = {amplitude}}}]'
    return build(Case.parse(text_of(kind, chart, degree, norms, initial)))


def text_of(kind, chart, degree, norms, initial):
    """The text of a case."""
    dimension = "\ndimension = 3" if kind == "zonal" else ""
    return CASE.format(kind=kind, dimension=dimension, chart=chart, degree=degree, norms=norms, initial=initial)


def ring_of_bumps(count, concentration=50.0):
    """Equal bumps on the circle, without any harmonic up to their number."""
    angles = 2 * np.pi * np.arange(count) / count
    axes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return InitialDensity(tuple(Component(VonMisesFisher(concentration), axis) for axis in axes))


@pytest.mark.parametrize(("kind", "term", "place"), TERMS)
@pytest.mark.parametrize("amplitude", [SMALL, 1e-12])
def test_an_automatic_degree_begins_above_what_is_asked_for(kind, term, place, amplitude):
    given = started(kind, term, amplitude=amplitude)
    coefficients = given.flow.density(given.state).coefficients
    assert coefficients[place] == pytest.approx(amplitude, rel=1e-12)
    if amplitude == SMALL:
        assert given.flow.observe(0.0, given.state)["spectral_tail"] < 1e-18


@pytest.mark.parametrize(("kind", "term"), [given[:2] for given in TERMS[:3]])
@pytest.mark.parametrize(
    ("chart", "norms"), [("conformal", ""), ("mercator", ""), ("harmonic", '[layer_norm]\nscheme = "pre"')]
)
def test_every_chart_begins_with_the_density_asked_for(kind, term, chart, norms):
    given = started(kind, term, chart, "" if chart == "mercator" else AUTO, norms)
    # third and fourth powers of one orthonormal harmonic: below its square by the amplitude, times the largest value
    assert given.flow.observe(0.0, given.state)["entropy"] == pytest.approx(ENTROPY, rel=0.15)


@pytest.mark.parametrize("make", [Circle, Sphere, lambda degree: Zonal(degree, 3)], ids=["circle", "sphere", "zonal"])
@pytest.mark.parametrize("chart", ["harmonic", "conformal"])
def test_a_fixed_degree_below_what_is_asked_for_is_refused(make, chart):
    space = make(16)
    initial = InitialDensity(uniform=1.0, harmonics=(Harmonic(20, 0 if space.kind == "zonal" else 20, 1e-6),))
    with pytest.raises(DomainError, match=r"degree 20.*raise space.degree"):
        _begin(chart, space, initial)


@pytest.mark.parametrize("chart", ["harmonic", "conformal"])
def test_bumps_that_alias_onto_zero_are_refused(chart):
    with pytest.raises(DomainError, match="gap in its spectrum"):
        _begin(chart, Circle(16), ring_of_bumps(24))
    assert _begin(chart, Circle(128), ring_of_bumps(24)).state.size > 0  # up to its fifth harmonic


def test_a_case_is_told_what_to_raise():
    bumps = ring_of_bumps(24).components
    means = ", ".join(f"{{mean = [{b.axis[0]}, {b.axis[1]}], concentration = 50, weight = 1}}" for b in bumps)
    text = text_of("circle", "harmonic", "degree = 16", "", f'kind = "mixture"\ncomponents = [{means}]')
    with pytest.raises(CaseError, match=r"initial: received kind mixture.*raise space.degree"):
        build(Case.parse(text))


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("degree", [8, 32, 64])
def test_jumps_needles_and_bumps_have_no_gap(name, degree):
    space = MAKERS[name](degree)
    axis = bump(space).components[0].axis
    # on the sphere what never ends takes half a second, and differs from the zonal space by its axis alone
    endless = () if space.kind == "sphere" else (Cap(0.5), Cap(2.0), Band(0.3, 0.01))
    for profile in (*endless, VonMisesFisher(3.0), VonMisesFisher(3000.0)):
        asked = Asked.of(space, InitialDensity((Component(profile, axis),)))
        assert not asked.has_gap(degree, 1e-6), profile


@pytest.mark.parametrize("name", MAKERS)
def test_data_that_end_are_not_expanded_to_the_largest_degree_that_a_run_may_have(name):
    space = MAKERS[name](255)
    asked = Asked.of(space, bump(space))
    assert asked.sizes.size < 128
    assert asked.sizes[-1] < 1e-20 * asked.sizes.max()


def test_an_automatic_degree_counts_what_lies_beyond_its_own_tail():
    initial = ring_of_bumps(24)
    space = Circle(200)
    given = harmonic_problem(
        flow(space, 1.0, "softmax", max_degree=200), initial, Schedule(1.0, 1.0, 1.0), 1e-9, "dop853"
    )
    kept = given.flow.density(given.state)
    everything = initial.coefficients(space)
    assert np.abs(everything[2 * kept.space.degree + 2 :]).max() < 1e-9
    assert np.abs(everything).max() > 0.01


def _begin(chart, space, initial):
    if chart == "harmonic":
        return problem(space, 1.0, "softmax", initial, 1.0)
    return conformal_problem(space, 1.0, "softmax", initial, Schedule(1.0, 1.0, 1.0))
