"""N tokens beside a density: fast sums are plain sums, the sampling error falls like N^{-1/2}, then they part."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import kinetic
from kinetic.errors import DomainError
from kinetic.sampling import sample_von_mises_fisher
from kinetic.theory.finite_tokens import late_slope, parting_time
from kinetic.tokens import follow_tokens
from kinetic.tokens.draw import draw
from kinetic.tokens.follow import _parting
from kinetic.tokens.model import model_of
from kinetic.tokens.moving import moved_tokens

CASE = """
title = "tokens"
[space]
kind = "{kind}"
{dimension}
degree = {degree}
[attention]
normalization = "{normalization}"
beta = {beta}
[initial]
{initial}
[time]
end = {end}
[output]
observe_every = 0.1
"""


CIRCLE = {
    "kind": "circle",
    "dimension": "",
    "degree": 63,
    "normalization": "softmax",
    "beta": 1.0,
    "initial": 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.0',
    "end": 1.0,
}


def record_of(tmp_path, kind="circle", degree=127, normalization="softmax", beta=1.0, end=2.0, **more):
    initial = more.get("initial", 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.0')
    text = CASE.format(
        kind=kind,
        dimension=more.get("dimension", ""),
        degree=degree,
        normalization=normalization,
        beta=beta,
        initial=initial,
        end=end,
    )
    return kinetic.run(kinetic.Case.parse(text), tmp_path)


def test_the_distance_to_the_density_falls_like_the_inverse_root_of_n(tmp_path):
    record = record_of(tmp_path, degree=63, end=1.0)
    order = record.observables["order_parameter"]
    counts = 2 ** np.arange(6, 13, 2)
    errors = [
        np.sqrt(
            np.mean([np.mean((follow_tokens(record, int(n), seed).order_parameter - order) ** 2) for seed in range(12)])
        )
        for n in counts
    ]
    slope, offset = np.polyfit(np.log(counts), np.log(errors), 1)
    print("".join(f"\nN = {n:6d}: {e:.2e}, times root N {e * n**0.5:.3f}" for n, e in zip(counts, errors, strict=True)))
    # twelve draws know a standard deviation to 1/√24 = 20 %; four points then fix the slope to 0.2/√(20 ln² 2) = 0.07
    assert slope == pytest.approx(-0.5, abs=0.15)
    assert np.exp(offset) < 2.0


def test_tokens_collapse_at_the_clusters_rate_after_the_parting_time():
    count, beta = 200, 1.0
    points = sample_von_mises_fisher([1.0, 0.0], 0.5, count, np.random.default_rng(5))
    part = parting_time(count, 2, beta, "softmax")
    times = np.linspace(0.0, part + 6.0, 60)
    model = model_of(kinetic.Case.parse(CASE.format(**CIRCLE)))
    _, deficit, _ = moved_tokens(model, points, times, 1e-9, np.random.default_rng(0))
    rates = -np.gradient(np.log(deficit), times)
    assert rates[-2] == pytest.approx(late_slope(beta, "softmax"), rel=1e-2)
    assert np.interp(0.5 * part, times, rates) < 1.6  # before, the tail holds 1 − R back


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("sphere", {"initial": 'kind = "uniform"', "degree": 15}),
        ("sphere", {"initial": 'kind = "linear"\nmean = [0.0, 0.6, 0.8]\nslope = 0.7', "degree": 31, "end": 1.0}),
        (
            "zonal",
            {"dimension": "dimension = 5", "initial": 'kind = "poisson"\nradius = 0.3', "degree": 47, "end": 1.0},
        ),
        (
            "zonal",
            {
                "dimension": "dimension = 40",
                "initial": 'kind = "mixture"\nuniform = 0.2\ncomponents = [{axis = -1, concentration=30, weight=1}]',
                "degree": 47,
                "end": 0.5,
            },
        ),
    ],
)
def test_tokens_start_where_the_density_does(tmp_path, kind, more):
    record = record_of(tmp_path, kind, **more)
    case = kinetic.Case.parse(record.case_text)
    points = draw(record.density(0), case, 3000, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=1e-12)
    # the mean of 3000 unit vectors scatters by at most 1/√3000 = 0.018: four standard deviations
    along = points.mean(axis=0)[-1:] if kind == "zonal" else points.mean(axis=0)
    np.testing.assert_allclose(along, np.atleast_1d(record.observables["mean"][0]), atol=0.075)


def test_the_same_seed_draws_the_same_tokens(tmp_path):
    record = record_of(tmp_path, end=0.3)
    first, second = follow_tokens(record, 50, 3), follow_tokens(record, 50, 3)
    np.testing.assert_array_equal(first.order_deficit, second.order_deficit)
    assert not np.array_equal(first.order_deficit, follow_tokens(record, 50, 4).order_deficit)


def test_a_density_that_cannot_be_drawn_from_is_refused(tmp_path):
    record = record_of(
        tmp_path, "zonal", dimension="dimension = 40", initial='kind = "poisson"\nradius = 0.2', degree=31, end=0.2
    )
    with pytest.raises(DomainError, match="poisson cannot be drawn from in dimension 40"):
        follow_tokens(record, 10, 0)


def test_a_slope_is_drawn_from_in_any_dimension(tmp_path):
    d, slope, count = 40, 0.8, 4000
    record = record_of(
        tmp_path, "zonal", dimension=f"dimension = {d}", initial=f'kind = "linear"\nslope = {slope}', degree=31, end=0.2
    )
    what = kinetic.Case.parse(record.case_text, record.overrides)
    mean = draw(record.density(0), what, count, np.random.default_rng(5)).mean(axis=0)
    # E x = slope e/d; a component has the variance 1/d, up to its square
    np.testing.assert_allclose(mean, slope / d * np.eye(d)[-1], atol=4.5 / math.sqrt(d * count))


def test_tokens_of_general_heads_stay_beside_the_density(tmp_path):
    heads = "[{ beta = 3.0, query = [[1.0, 0.5], [0.0, 0.7]], value = [1.0, 0.4] }, { beta = -1.0, value = 0.5 }]"
    what = kinetic.Case.parse(CASE.format(**CIRCLE).replace("beta = 1.0", f"heads = {heads}"), (), "heads")
    record = kinetic.run(what, tmp_path)
    count = 1500
    run = follow_tokens(record, count, 2)
    assert np.isnan(run.parting_time)
    # R of N tokens scatters by 1/√(2N) = 0.018 at most at the start: three of these; the second head is worth 0.086
    np.testing.assert_allclose(run.order_parameter, record.observables["order_parameter"], atol=0.06)


def ended(order_deficit, **changes):
    """A record as far as the parting time looks at it."""
    text = CASE.format(**{**CIRCLE, **{k: v for k, v in changes.items() if k in CIRCLE}}) + changes.get("tables", "")
    columns = {"time": np.array([0.0, 1.0]), "order_deficit": np.array([0.5, order_deficit])}
    return SimpleNamespace(case_text=text, overrides=(), case_name="c", observables=columns)


def test_tokens_must_part_where_one_dirac_is_near_and_the_antipode_leads():
    # β = 1, softmax, circle: λ_a = e^{−2} < 2, so that the tail at the antipode leads
    assert _parting(ended(0.01), 1000) == parting_time(1000, 2, 1.0, "softmax")


@pytest.mark.parametrize(
    "record",
    [
        ended(0.3),  # far from one Dirac: the run is short, or ends in several clusters
        ended(np.nan),
        ended(0.01, initial='kind = "cap"\nmean = [0.6, 0.8]\nangle = 1.0'),  # nothing at the antipode
        ended(0.01, tables='[layer_norm]\nscheme = "ngpt"\n'),
        ended(0.01, tables="[noise]\ndiffusion = 0.1\n"),
        ended(0.01, beta="1.0\ncontext_length = 9"),
        ended(0.01, kind="zonal", dimension="dimension = 20", initial='kind = "von_mises_fisher"\nconcentration = 1.0'),
    ],
)
def test_elsewhere_nothing_is_said_about_parting(record):
    assert np.isnan(_parting(record, 1000))


def test_a_record_without_rows_is_refused():
    record = ended(0.5)
    record.observables, record.path, record.status = {"time": np.empty(0)}, "c.h5", "unresolved"
    with pytest.raises(DomainError, match="no row to stand beside; its status is unresolved"):
        follow_tokens(record, 10, 0)


def test_tokens_that_feel_nothing_are_followed_under_noise(tmp_path):
    heads = {"kernel": "linear", "normalization": "none", "heads": [{"query": 0.0}]}
    case = {
        "title": "Heads that see nothing",
        "space": {"kind": "zonal", "dimension": 3, "degree": 8},
        "attention": heads,
        "noise": {"diffusion": 0.5},
        "initial": {"kind": "linear", "slope": 0.5},
        "time": {"end": 0.1, "tolerance": 1e-3},
        "output": {"observe_every": 0.1},
    }
    record = kinetic.run(kinetic.Case.from_dict(case), tmp_path)
    assert np.all(np.isfinite(follow_tokens(record, 20, 0).order_parameter))
