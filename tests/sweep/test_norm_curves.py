"""Traces as curves over time, rings under several layer norms, and the turn of a long context on figures of sweeps."""

import numpy as np
import pytest

from kinetic.errors import CaseError
from kinetic.sweep import Outcome, Sweep
from kinetic.sweep.picture import draw
from kinetic.sweep.predicted import TIME, curve
from kinetic.sweep.table import tabulate
from kinetic.theory.scheme_ring import ring_trajectory
from kinetic.theory.schemes import Norm

TEMPLATE = """
[case]
title = "A ring"
[case.space]
kind = "zonal"
dimension = 4
chart = "mercator"
degree = 16
[case.attention]
normalization = "softmax"
{attention}
[case.initial]
kind = "band"
{band}
[case.time]
end = 4.0
"""
WORDS = '[[axes]]\nkey = "layer_norm.scheme"\nvalues = ["post", "ln_scaling"]\n'
BETA = '[[axes]]\nkey = "attention.beta"\nvalues = [4.0, 8.0, 12.0]\n'
LATITUDE = '[[axes]]\nkey = "initial.latitude"\nvalues = [0.1, 0.5, 0.6]\n'
LENGTH = '[[axes]]\nkey = "attention.context_length"\nvalues = [100, 1000]\ndrawn = "separately"\n'
TRACE = '[[quantities]]\nname = "gone"\nkind = "trace"\nof = "order_deficit"\nstop = 4.0\ncount = 5\n'
FINAL = '[[quantities]]\nname = "order"\nkind = "final"\nof = "order_parameter"\n'
CELLS = {"gone": (0.5, 0.3, 0.1, 1e-3, 1e-20), "order": 0.5}


def table(theory, *parts, attention="beta = 1.0", band="width = 0.02\nlatitude = 0.3"):
    """A table of made-up numbers."""
    given = TEMPLATE.format(attention=attention, band=band)
    sweep = Sweep.parse("\n".join([f'title = "t"\ntheory = "{theory}"', *parts, given]), "s")
    return tabulate(sweep, {point.index: Outcome("finished", cells=CELLS) for point in sweep.points})


def test_traces_without_an_axis_of_numbers_are_curves_beside_those_of_the_ring():
    made = table("ring", WORDS, TRACE)
    (axes,) = draw(made).axes
    measured, predicted = axes.lines[::2], axes.lines[1::2]
    assert [line.get_label() for line in measured] == ["post", "ln_scaling"]
    for line, scheme in zip(predicted, ("post", "ln_scaling"), strict=True):
        times, gone = line.get_data()
        assert (times[0], times[-1]) == (0.0, 4.0)
        np.testing.assert_allclose(gone, ring_trajectory(Norm(scheme), 0.3, times, 4, 1.0, "softmax")[1], rtol=1e-12)
    for line in measured:
        np.testing.assert_array_equal(line.get_xdata(), [0.0, 1.0, 2.0, 3.0, 4.0])
        assert np.isnan(line.get_ydata()[-1])  # below what is drawn


def test_the_turn_is_a_line_over_latitude_and_beta_for_each_context():
    made = table("critical_context", LENGTH, LATITUDE, BETA, FINAL, attention="", band="width = 0.02")
    for index, n in ((0, 100), (made.sweep.size - 1, 1000)):
        found = curve(made, index, made.sweep.quantities[0]).along
        h, beta = found["initial.latitude"], found["attention.beta"]
        shown = np.isfinite(beta)
        np.testing.assert_allclose(beta[shown], np.log(n) / (1 - h[shown] ** 2), rtol=1e-14)
        assert np.all((beta[shown] >= 4.0) & (beta[shown] <= 12.0))
        np.testing.assert_array_equal(shown, np.log(n) / (1 - h**2) <= 12.0)


def test_the_turn_is_one_beta_for_each_context_where_latitude_is_no_axis():
    made = table("critical_context", LENGTH, BETA, FINAL, attention="")
    found = curve(made, 0, made.sweep.quantities[0])
    assert set(found.along) == {"attention.beta"}
    assert found.along["attention.beta"] == pytest.approx([np.log(100) / (1 - 0.09)])


def test_what_is_no_ring_or_has_no_context_has_no_curve():
    made = table("critical_context", BETA, FINAL, attention="")
    assert curve(made, 0, made.sweep.quantities[0]) is None
    wide = table("ring", WORDS, TRACE, band="width = 0.02\nlatitude = 0.3").sweep.quantities[0]
    cap = TEMPLATE.format(attention="beta = 1.0", band="").replace('kind = "band"', 'kind = "cap"\nangle = 1.0')
    sweep = Sweep.parse("\n".join(['title = "t"\ntheory = "ring"', WORDS, TRACE, cap]), "s")
    made = tabulate(sweep, {point.index: Outcome("finished", cells=CELLS) for point in sweep.points})
    assert curve(made, 0, wide) is None
    assert TIME == "time"


@pytest.mark.parametrize(
    ("theory", "parts"),
    [("ring", (BETA, TRACE)), ("ring", (WORDS, FINAL)), ("critical_context", (LATITUDE, FINAL)),
     ("critical_context", (BETA, WORDS, FINAL))],
)  # fmt: skip
def test_a_curve_without_a_place_is_refused(theory, parts):
    with pytest.raises(CaseError, match="theory"):
        table(theory, *parts)
