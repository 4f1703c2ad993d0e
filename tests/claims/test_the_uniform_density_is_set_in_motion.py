"""General heads move the uniform density: its moments begin to change at k Sym ∫ X ⊗ x^{k−1} dσ, X in closed form."""

from functools import cache

import numpy as np
import pytest
from claims.records import falsified, heads_case, judged, linear, run, with_densities

CIRCLE = (
    "beta = 1.5, query = [[0.9, 0.3], [-0.2, 1.1]], key = [[1.0, -0.4], [0.2, 0.8]], value = [[0.3, -0.9], [0.4, 0.7]]",
    "beta = -1.0, query = [[0.7, 0.5], [0.1, 1.2]], value = [[-0.2, 0.6], [0.5, 0.1]]",
)
SPHERE = (
    "beta = 1.0, query = [[0.9, 0.3, 0.0], [-0.2, 1.1, 0.1], [0.1, 0.0, 0.8]], "
    "value = [[0.6, -0.9, 0.2], [0.4, 0.1, 0.0], [-0.3, 0.5, -0.7]]",
)
UNIFORM = 'kind = "uniform"'


def text(kind, normalization, heads, initial=UNIFORM, diffusion=0.0):
    return heads_case(kind, normalization, heads, initial, 0.012, 15, diffusion, save_every=0.003)


@cache
def record(kind="circle", normalization="softmax", diffusion=0.0):
    return run(text(kind, normalization, CIRCLE if kind == "circle" else SPHERE, diffusion=diffusion))


@pytest.mark.parametrize("kind", ["circle", "sphere"])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_moments_begin_to_change_at_the_predicted_rates(kind, normalization):
    row = judged("uniform_drift", record(kind, normalization))
    assert row.verdict == "pass"
    assert row.predicted > 0.05
    assert row.uncertainty < 1e-6 * row.predicted


def test_noise_does_not_change_the_first_motion():
    quiet, noisy = (judged("uniform_drift", record(diffusion=diffusion)) for diffusion in (0.0, 0.1))
    assert noisy.verdict == "pass"
    assert noisy.predicted == quiet.predicted


@pytest.mark.parametrize(
    "heads",
    [
        CIRCLE[:1],
        (CIRCLE[0].replace("1.5", "1.51"), CIRCLE[1]),
        (CIRCLE[0].replace("-0.9", "-0.9001"), CIRCLE[1]),
        (CIRCLE[0].replace("query", "was").replace("key", "query").replace("was", "key"), CIRCLE[1]),
    ],
)
def test_a_record_of_other_heads_fails(heads):
    assert judged("uniform_drift", falsified(record(), text=text("circle", "softmax", heads))).verdict == "fail"


def test_a_record_of_the_other_normalization_fails():
    assert judged("uniform_drift", falsified(record(), text=text("circle", "none", CIRCLE))).verdict == "fail"


def test_one_moment_that_moves_wrongly_is_found():
    found = record()
    wrong = [found.density(i) for i in range(5)]
    for i, density in enumerate(wrong):
        density.native[2 * 4] += 1e-5 * found.density_times[i]  # cos 4θ: of the fourth moments only
    assert judged("uniform_drift", with_densities(found, dict(enumerate(wrong)))).verdict == "fail"


def test_heads_that_do_not_tell_directions_apart_leave_it_at_rest():
    row = judged("uniform_drift", run(text("circle", "softmax", ("beta = 2.0",))))
    assert row.verdict == "not applicable"
    assert "at rest" in row.reason


def test_another_initial_density_is_not_judged():
    row = judged("uniform_drift", run(text("circle", "softmax", CIRCLE, linear("circle"))))
    assert row.verdict == "not applicable"
    assert np.isnan(row.predicted)
    assert "needs the uniform density" in row.reason
