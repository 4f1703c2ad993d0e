"""Statistics over realisations: intervals that cover, laws that pass, and controls that fail."""

import numpy as np
import pytest
from scipy import stats

from kinetic.claims.claim import NotApplicable
from kinetic.claims.ensembles import LAWS
from kinetic.errors import CaseError
from kinetic.sweep import Sweep, file
from kinetic.sweep.ensemble import columns_of, mean_of, median_of, statistics
from kinetic.sweep.ensemble_picture import draw
from kinetic.sweep.table import Column, Table
from kinetic.theory.pair_distance import median_distance

TEXT = """
title = "made for a test"
[case]
title = "t"
space = {kind = "circle", degree = 15}
attention = {normalization = "softmax", heads = [{beta = 1.0, value = 0.0}]}
common_noise = {kind = "matrix", step = 0.01}
initial = {kind = "uniform"}
time = {end = 1.0}
[[axes]]
key = "common_noise.symmetric"
values = [true, false]
[[axes]]
key = "common_noise.seed"
start = 1
stop = 40
count = 40
[ensemble]
over = "common_noise.seed"
[[quantities]]
name = "spread"
kind = "trace"
of = "axis_spread"
start = 0.5
stop = 1.0
count = 2
law = "typical_distance"
[[quantities]]
name = "last"
kind = "final"
of = "entropy"
law = "entropy_growth"
"""


def table(factor=1.0):
    """A table whose realisations have the law's median exactly, or that times a factor."""
    sweep = Sweep.parse(TEXT)
    noise = np.exp(stats.norm.ppf((np.arange(40) + 0.5) / 40))
    medians = {symmetric: [median_distance(t, symmetric, 1.0) for t in (0.5, 1.0)] for symmetric in (True, False)}
    rows = [noise[i % 40] * factor * np.array(medians[i < 40]) for i in range(80)]
    entropy = np.array([(2.0 if i < 40 else 1.0) + stats.norm.ppf((i % 40 + 0.5) / 40) for i in range(80)])
    columns = (
        Column("time_spread", np.array([0.5, 1.0]), ("time_spread",), "1", ""),
        Column("spread", np.array(rows), ("point", "time_spread"), "1", ""),
        Column("last", factor * entropy, ("point",), "1", ""),
    )
    return Table(sweep, columns, True)


def test_laws_pass_where_realisations_have_them_and_fail_where_not():
    found = statistics(table())
    assert [(s.group, s.quantity, s.time) for s in found[:2]] == [
        ("common_noise.symmetric = true", "spread", 0.5),
        ("common_noise.symmetric = true", "spread", 1.0),
    ]
    assert {s.verdict for s in found} == {"pass"}
    assert found[1].predicted == median_distance(1.0, True, 1.0)
    assert found[2].mean.value == pytest.approx(2.0)
    assert {s.verdict for s in statistics(table(2.5))} == {"fail"}


LAW = """
title = "made for a test"
[case]
title = "t"
space = {{kind = "circle", degree = 15}}
attention = {{normalization = "softmax", heads = [{{beta = 1.0, value = 0.0}}]}}
common_noise = {{kind = "{2}", step = 0.01}}
initial = {3}
time = {{end = 1.0}}
[[axes]]
key = "common_noise.seed"
start = 1
stop = 40
count = 40
[ensemble]
over = "common_noise.seed"
[[quantities]]
name = "told"
kind = "trace"
of = "{0}"
start = 0.5
stop = 1.0
count = 2
law = "{1}"
"""
BUMP = "{{mean = [{0}, 0.02], concentration = 1e5, weight = 1.0}}"
PAIR = f'{{kind = "mixture", components = [{BUMP.format(1.0)}, {BUMP.format(-1.0)}]}}'
GIVEN = {
    "typical_spread": ("matrix", '{kind = "von_mises_fisher", mean = [1.0, 0.0], concentration = 1e6}'),
    "two_clusters": ("values", PAIR),
    "opposite_pair": ("values", PAIR),
}
"""Noise and initial data of laws that are not about uniform tokens in Brownian matrices."""


def test_a_file_knows_of_what_every_law_speaks():
    assert {name: law.of for name, law in LAWS.items()} == file.LAWS


@pytest.mark.parametrize("name", [name for name in LAWS if name != "noise_maxima"])
def test_every_law_refuses_realisations_of_other_statistics(name):
    law = LAWS[name]
    sweep = Sweep.parse(LAW.format(law.of, name, *GIVEN.get(name, ("matrix", '{kind = "uniform"}'))))
    times = np.array([0.5, 1.0])
    predicted = law.predict(sweep.point(0).case, 1, times)
    spread = stats.norm.ppf((np.arange(40) + 0.5) / 40)[:, None]  # of mean and median zero

    def verdicts(factor):
        values = factor * predicted * (1.0 + 0.5 * spread)
        columns = (
            Column("time_told", times, ("time_told",), "1", ""),
            Column("told", values, ("point", "time_told"), "1", ""),
        )
        return {found.verdict for found in statistics(Table(sweep, columns, True))}

    assert verdicts(1.0) == {"pass"}
    assert verdicts(2.5) == {"fail"}


def test_nothing_is_judged_before_noise_has_acted():
    # entropy of uniform tokens at t = 0 is rounding, and the law's number zero
    text = TEXT.replace('of = "axis_spread"\nstart = 0.5', 'of = "entropy"\nstart = 0.0').replace(
        '"typical_distance"', '"entropy_growth"'
    )
    sweep = Sweep.parse(text)
    noise = stats.norm.ppf((np.arange(40) + 0.5) / 40)
    rows = [[1e-15, (2.0 if i < 40 else 1.0) + noise[i % 40]] for i in range(80)]
    time = Column("time_spread", np.array([0.0, 1.0]), ("time_spread",), "1", "")
    columns = (time, Column("spread", np.array(rows), ("point", "time_spread"), "1", ""), table().columns[2])
    found = statistics(Table(sweep, columns, True))
    assert [(s.time, s.predicted, s.verdict) for s in found[:2]] == [(0.0, 0.0, "pass"), (1.0, 2.0, "pass")]


def test_realisations_that_do_not_tell_spoil_the_sample():
    given = table()
    given.columns[1].values[3, 1] = np.nan
    first, second, *_ = statistics(given)
    assert (second.count, second.missing) == (39, 1)
    assert first.verdict == second.verdict == "not applicable"
    assert "no fair sample" in second.reason


def test_too_few_realisations_have_no_interval_of_the_median():
    given = Sweep.parse(TEXT.replace("count = 40", "count = 4").replace("stop = 40", "stop = 4"))
    times = Column("time_spread", np.array([0.5, 1.0]), ("time_spread",), "1", "")
    spread = Column("spread", np.full((8, 2), 0.1), ("point", "time_spread"), "1", "")
    last = Column("last", np.arange(8.0), ("point",), "1", "")
    first, *_ = statistics(Table(given, (times, spread, last), True))
    assert first.verdict == "not applicable"
    assert "4 realisations are too few" in first.reason


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(0)
    samples = rng.exponential(size=(400, 25))
    medians = [median_of(sample, 0.9) for sample in samples]
    means = [mean_of(sample, 0.9) for sample in rng.standard_normal((400, 12))]
    covered = np.mean([interval.holds(np.log(2.0)) for interval in medians])
    # order statistics cover at least as often as they say: 0.957 for n = 25; 400 samples tell it to 0.015
    assert covered == pytest.approx(1 - 2 * stats.binom.cdf(7, 25, 0.5), abs=0.04)
    assert np.mean([interval.holds(0.0) for interval in means]) == pytest.approx(0.9, abs=0.05)
    assert median_of(np.arange(3.0), 0.95).low == -np.inf
    assert np.isnan(mean_of(np.zeros(0), 0.95).value)


def test_a_table_has_its_statistics_as_columns_and_a_figure():
    given = table()
    columns = {c.name: c for c in columns_of(given.sweep, statistics(given))}
    assert columns["statistic_median_low"].values.shape == (6,)
    assert list(columns["statistic_law"].values[:3]) == ["typical_distance", "typical_distance", "entropy_growth"]
    assert columns["statistic_quantile_0.95"].values[0] > columns["statistic_quantile_0.05"].values[0]
    figure = draw(given)
    assert len(figure.axes) == 2
    assert figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('over = "common_noise.seed"', 'over = "time.end"', "must be the key of an axis"),
        ('law = "entropy_growth"', 'law = "pair_energy"', 'of = "energy"'),
        ("count = 40", "count = 2", "at least 3"),
        ('over = "common_noise.seed"', 'over = "common_noise.seed"\nquantiles = [-0.5]', "from 0 to 1"),
        ('[ensemble]\nover = "common_noise.seed"\n', "", "add .ensemble."),
    ],
)
def test_what_makes_no_ensemble_is_refused_by_name(old, new, words):
    with pytest.raises(CaseError, match=words):
        Sweep.parse(TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "law"),
    [
        ("value = 0.0", "value = 1.0", "entropy_growth"),
        ('kind = "uniform"', 'kind = "linear", mean = [1.0, 0.0], slope = 0.5', "entropy_growth"),
        ('kind = "matrix"', 'kind = "values"', "annealed_decay"),
        ('kind = "circle"', 'kind = "sphere"', "mean_distance"),
        ("values = [true, false]", "values = [true]", "pair_energy"),
    ],
)
def test_a_law_says_what_it_is_not_about(old, new, law):
    text = TEXT.replace(old, new)
    if "values" in new and "kind" in new:
        text = text.replace(
            'key = "common_noise.symmetric"\nvalues = [true, false]', 'key = "space.degree"\nvalues = [9]'
        )
    case = Sweep.parse(text.replace("law = ", "# law = ")).points[0].case
    with pytest.raises(NotApplicable, match="needs"):
        LAWS[law].predict(case, 1, np.array([1.0]))
