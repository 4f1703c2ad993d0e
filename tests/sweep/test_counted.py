"""Numbers of clusters over seeds and β: what is counted, the law of noise, and the figure."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import kinetic
from kinetic.case import Case
from kinetic.claims.claim import NotApplicable
from kinetic.claims.ensembles import LAWS
from kinetic.errors import CaseError
from kinetic.sweep import Sweep, counted
from kinetic.sweep.ensemble import statistics
from kinetic.sweep.picture import draw
from kinetic.sweep.quantities import formed_clusters
from kinetic.sweep.table import Column, Table
from kinetic.theory.mode_count import maxima_of_potential

CASE = """
title = "noise"
[space]
kind = "circle"
degree = 40
[attention]
normalization = "softmax"
beta = 8.0
[initial]
kind = "random"
amplitude = 1e-6
max_degree = 30
seed = 3
[time]
end = 4.0
[output]
observe_every = 2.0
save_every = 2.0
[[claims]]
name = "mass_conserved"
"""
SWEEP = """
title = "made for a test"
[case]
title = "t"
space = {kind = "circle", degree = 40}
attention = {normalization = "softmax"}
initial = {kind = "random", amplitude = 1e-6, max_degree = 30}
time = {end = 4.0}
[[axes]]
key = "attention.beta"
values = [2.0, 8.0, 32.0]
spacing = "logarithmic"
[[axes]]
key = "initial.seed"
start = 1
stop = 40
count = 40
[ensemble]
over = "initial.seed"
[[quantities]]
name = "maxima"
kind = "trace"
of = "cluster_count"
stop = 4.0
count = 2
law = "noise_maxima"
[[quantities]]
name = "formed"
kind = "final"
of = "formed_clusters"
share = 0.5
"""


def table(counts):
    """A table of 40 seeds a β, from counts(β, time, seeds)."""
    sweep, seeds = Sweep.parse(SWEEP), np.arange(40)
    rows = [np.stack([counts(beta, time, seeds) for time in (0.0, 4.0)], axis=1) for beta in (2.0, 8.0, 32.0)]
    columns = (
        Column("attention.beta", np.repeat([2.0, 8.0, 32.0], 40), ("point",), "1", ""),
        Column("time_maxima", np.array([0.0, 4.0]), ("time_maxima",), "1", ""),
        Column("maxima", np.concatenate(rows), ("point", "time_maxima"), "1", ""),
        Column("formed", np.concatenate([row[:, 1] for row in rows]), ("point",), "1", ""),
        Column("status", np.full(120, "finished", dtype=object), ("point",), "1", ""),
    )
    return Table(sweep, columns, True)


def near(beta, time, seeds, factor=1.0):
    """Whole numbers of the mean that the law says, times a factor."""
    law = factor * maxima_of_potential(2, beta, "softmax", 30, time)
    return np.floor(law + (seeds + 0.5) / 40)


def test_the_law_of_noise_passes_for_its_own_mean_and_fails_for_another():
    found = statistics(table(near))
    assert {s.verdict for s in found if s.quantity == "maxima"} == {"pass"}
    assert {s.verdict for s in found if s.quantity == "formed"} == {""}
    wrong = statistics(table(lambda beta, time, seeds: near(beta, time, seeds, 1.3)))
    assert {(s.law, s.verdict) for s in wrong if s.quantity == "maxima"} == {("noise_maxima", "fail")}


def test_seeds_that_all_count_the_same_leave_room_for_one_that_does_not():
    """At β = 2, t = 4 the law says 1.96: that 40 seeds of 40 count two is likely, that they count one is not."""
    same = statistics(table(lambda beta, time, seeds: np.full(40, np.round(near(beta, time, seeds).mean()))))
    (late,) = (s for s in same if s.quantity == "maxima" and s.time == 4.0 and "= 2.0" in s.group)
    assert late.mean.low == late.mean.high == 2.0
    assert abs(late.predicted - 2.0) < 1.0 - 0.025 ** (1 / 40)
    assert abs(late.predicted - 2.0) > 1e-3


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('initial={kind = "linear", mean = [1.0, 0.0], slope = 0.1}', "random"),
        ("initial.amplitude=0.1", "linear growth"),
        ("noise.diffusion=0.01", "nothing else"),
        ("attention.beta=-1.0", "β > 0"),
    ],
)
def test_the_law_says_what_it_is_not_about(setting, said):
    case = Case.parse(CASE, (setting,))
    with pytest.raises(NotApplicable, match=said):
        LAWS["noise_maxima"].predict(case, 1, np.array([0.0, 1.0]))


def test_the_number_of_clusters_of_a_series_is_that_of_maxima_of_the_partition(tmp_path):
    record = kinetic.run(Case.parse(CASE, (), "noise"), output=tmp_path)
    angles = np.linspace(0.0, 2 * np.pi, 4001)[:-1]
    for i, time in enumerate(record.density_times):
        values = record.density(i).values(np.stack([np.cos(angles), np.sin(angles)], axis=1))
        field = np.array([np.exp(8.0 * (np.cos(angles - angle) - 1.0)) @ (values - 1.0) for angle in angles[::4]])
        tops = np.count_nonzero((field > np.roll(field, 1)) & (field >= np.roll(field, -1)))
        row = int(np.argmin(np.abs(record.observables["time"] - time)))
        assert record.observables["cluster_count"][row] == tops


def test_clusters_count_when_their_share_is_reached_and_not_before():
    masses = np.array([[0.2, 0.1, 0.1], [0.4, 0.2, np.nan], [0.97, np.nan, np.nan]])
    record = SimpleNamespace(clusters={"mass": masses})
    assert formed_clusters(record, 0.5) == 2.0
    assert formed_clusters(record, 0.9) == 1.0
    assert np.isnan(formed_clusters(record, 0.99))
    assert np.isnan(formed_clusters(SimpleNamespace(clusters={}), 0.5))


def test_the_figure_shows_every_time_and_law_over_beta():
    given = table(near)
    assert counted.axis_of(given).key == "attention.beta"
    upper, lower = draw(given).axes
    assert upper.get_yscale() == lower.get_xscale() == "log"
    names = {text.get_text() for text in upper.get_legend().get_texts()}
    assert {
        "maxima of $Z$ at $t$ = 0",
        "Rice's count at $t$ = 4",
        "clusters, once half of the mass is in them",
    } <= names
    assert "beta" in lower.get_xlabel()
    rice = next(line for line in upper.lines if line.get_label() == "Rice's count at $t$ = 0")
    assert rice.get_ydata() == pytest.approx([maxima_of_potential(2, b, "softmax", 30, 0.0) for b in (2.0, 8.0, 32.0)])
    lone = replace(given, sweep=Sweep.parse(SWEEP.replace('spacing = "logarithmic"', 'drawn = "separately"')))
    assert counted.axis_of(lone) is None


def test_a_count_of_clusters_that_formed_is_one_number_a_run():
    with pytest.raises(CaseError, match="one number a run"):
        Sweep.parse(SWEEP.replace('kind = "final"', 'kind = "crossing"\nabove = 2.0'))
    with pytest.raises(CaseError, match="share"):
        Sweep.parse(SWEEP.replace('law = "noise_maxima"', "share = 0.5"))
