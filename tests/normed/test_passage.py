"""Tokens pass through the origin, where their direction turns by 180°, and nothing is lost.

At β = 0 attention is the mean for every token: all are translated by Y(t) = S(t) n, and for ρ = 1 + a<x, n> on S² the
mean of (x + Y)/|x + Y| is, with u = |x + Y|, c = (u² − 1 − S²)/(2S),

    R(S) = (1/2S) ∫_{|1−S|}^{1+S} (c + S)(1 + a c) du,      S' = R(S):

a polynomial of u; for a = 0, R = 2S/3 up to S = 1 and 1 − 1/(3S²) from there on.
"""

import numpy as np
import pytest
from normed.given import SOMEWHERE, bump, marched, tokens
from scipy.integrate import solve_ivp

from kinetic.initial import Component, InitialDensity, Linear
from kinetic.normed import NormalizedGPT, Peri, Post, Pre

SLOPE = 0.3


def mean_length(shift, slope):
    """R(S)."""
    if shift < 0.05:  # the integral above divides by S; this one does not, and is analytic
        c, weights = np.polynomial.legendre.leggauss(24)
        return float(weights @ ((c + shift) * (1 + slope * c) / np.sqrt(1 + 2 * shift * c + shift**2))) / 2
    u, weights = np.polynomial.legendre.leggauss(4)
    low, high = abs(1 - shift), 1 + shift
    u = low + (high - low) * (u + 1) / 2
    c = (u**2 - 1 - shift**2) / (2 * shift)
    return float(weights @ ((c + shift) * (1 + slope * c))) * (high - low) / (4 * shift)


def translation(times, slope):
    """R at the times, from S' = R(S) solved in two pieces, before and after S = 1."""

    def arrived(_time, state):
        return state[0] - 1

    arrived.terminal = True

    def rate(_time, state):
        return [mean_length(state[0], slope)]

    settings = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-14, "dense_output": True}
    before = solve_ivp(rate, (0, 100), [0.0], events=arrived, **settings)
    after = solve_ivp(rate, (before.t[-1], times[-1] + 1), [1.0], **settings)
    passage = before.t[-1]
    shifts = [float((before if t < passage else after).sol(t)[0]) for t in times]
    return passage, np.array([mean_length(shift, slope) for shift in shifts])


def test_the_closed_form_is_that_of_uniform_data():
    assert mean_length(0.5, 0.0) == pytest.approx(1 / 3, rel=1e-14)
    assert mean_length(0.02, 0.0) == pytest.approx(0.04 / 3, rel=1e-14)
    assert mean_length(2.0, 0.0) == pytest.approx(1 - 1 / 12, rel=1e-14)


@pytest.mark.parametrize(("kind", "cells"), [("zonal", 40), pytest.param("sphere", 150, marks=pytest.mark.slow)])
def test_translation_is_exact_through_the_passage_and_beyond(kind, cells):
    initial = InitialDensity((Component(Linear(SLOPE), SOMEWHERE[kind]),))
    problem = tokens(kind, 3, 0.0, Pre(), initial, 5.0, rows=20)
    times, rows, steps = marched(problem)
    passage, expected = translation(times, SLOPE)
    assert times[2] < passage < times[-2]
    # the tolerance of the stepper is 1e-9; R feels errors of tokens in the mean only
    assert np.allclose(rows["order_parameter"], expected, rtol=0, atol=1e-9)
    # the power has a crease at the passage, where the stepper may err by its tolerance some ten times
    assert np.allclose(rows["energy"] - rows["energy"][0], rows["work"], rtol=0, atol=1e-8)
    # some dozen halvings of the few cells that meet at a label, and some tens of steps, not thousands
    assert problem.flow.cells < steps[-1].checkpoint.layout["cells"] < cells
    assert steps[-1].evaluations < 1500


def test_nearly_uniform_data_follow_the_uniform_law():
    initial = InitialDensity((Component(Linear(1e-3), 1.0),))
    _, rows, _ = marched(tokens("zonal", 3, 0.0, Pre(), initial, 14.0, rows=1))
    # ∫ |x + Y| dσ = S + 1/(3S) for S > 1
    mean = rows["mean_radius"][-1]
    shift = 0.5 * (mean + np.sqrt(mean**2 - 4 / 3))
    # the seed enters R and the mean radius at relative order 1e-3/S
    assert shift > 2
    assert rows["order_parameter"][-1] == pytest.approx(1 - 1 / (3 * shift**2), abs=1e-3 / shift**2)


@pytest.mark.parametrize("scheme", [Pre(), Peri(), NormalizedGPT(), Post()], ids=lambda s: type(s).__name__)
def test_the_circle_agrees_with_axisymmetric_tokens(scheme):
    assert_agreement(scheme, "circle", 2, 4.0, 1e-9)


@pytest.mark.parametrize(
    "scheme", [Pre(), pytest.param(NormalizedGPT(), marks=pytest.mark.slow)], ids=lambda s: type(s).__name__
)
def test_the_sphere_agrees_with_axisymmetric_tokens(scheme):
    assert_agreement(scheme, "sphere", 3, 2.0, 1e-6)


def assert_agreement(scheme, kind, dimension, end, tolerance):
    """One computation with a pole and one without, cells of other shapes, passages in other corners of them."""
    runs = [marched(tokens(k, dimension, 1.0, scheme, bump(k, 0.6), end, tolerance=tolerance)) for k in (kind, "zonal")]
    for name in ("order_parameter", "energy", "mean_radius"):
        # a hundred steps or so, each allowed its tolerance
        assert np.allclose(runs[0][1][name], runs[1][1][name], rtol=0, atol=100 * tolerance), name


@pytest.mark.parametrize(
    "scheme", [Pre(), NormalizedGPT(), pytest.param(Peri(), marks=pytest.mark.slow)], ids=lambda s: type(s).__name__
)
def test_errors_follow_the_tolerance(scheme):
    runs = [
        marched(tokens("circle", 2, 1.0, scheme, bump("circle", 0.5), 5.0, rows=20, tolerance=tolerance))
        for tolerance in (1e-11, 1e-8, 1e-6)
    ]
    order = [rows["order_parameter"] for _, rows, _ in runs]
    errors = [np.max(np.abs(coarse - order[0])) for coarse in order[1:]]
    assert errors[0] < 30e-8
    assert errors[1] < 30e-6
