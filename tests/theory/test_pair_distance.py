"""The law of the distance to the antipodal pair, against products of random matrices."""

import numpy as np
import pytest

from kinetic.errors import DomainError
from kinetic.theory.pair_distance import beyond, mean_distance, median_distance


@pytest.mark.parametrize("tau", [1e-3, 0.4, 7.0, 60.0])
def test_the_law_is_one_of_probabilities(tau):
    found = [beyond(distance, tau) for distance in np.linspace(0.0, tau + 8.0 * np.sqrt(tau), 30)]
    assert found[0] == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(found) < 0)
    assert found[-1] < 1e-5


def test_late_times_have_the_rates_of_arxiv_2608_16664():
    # symmetric, strength one: median e^{−2t}, mean e^{−t/2} up to t^{−3/2}; control: they are not each other's
    t = np.array([12.0, 14.0])
    median = np.log([median_distance(time, True, 1.0) for time in t])
    mean = np.log([mean_distance(time, True, 1.0) for time in t]) + 1.5 * np.log(t)
    assert np.diff(median)[0] / 2 == pytest.approx(-2.0, abs=0.02)
    assert np.diff(mean)[0] / 2 == pytest.approx(-0.5, abs=0.03)
    assert median_distance(3.0, False, 1.0) == pytest.approx(median_distance(1.5, True, 1.0), rel=1e-10)
    assert median_distance(3.0, False, 0.5) == pytest.approx(median_distance(0.75, False, 1.0), rel=1e-10)


@pytest.mark.parametrize("symmetric", [False, True])
def test_products_of_matrices_have_these_distances(symmetric):
    rng, count, h, end = np.random.default_rng(1), 4000, 0.02, 0.6
    product = np.tile(np.eye(2), (count, 1, 1))
    for _ in range(round(end / h)):
        step = np.sqrt(h) * rng.standard_normal((count, 2, 2))
        step = (step + np.swapaxes(step, 1, 2)) / np.sqrt(2.0) if symmetric else step
        product = (np.eye(2) + step + 0.5 * step @ step) @ product
    sizes = np.linalg.svd(product, compute_uv=False)
    distance = sizes[:, 1] / sizes.sum(axis=1)
    # sampling 0.01, and a weak error of order h
    assert np.median(distance) == pytest.approx(median_distance(end, symmetric, 1.0), abs=0.012)
    assert distance.mean() == pytest.approx(mean_distance(end, symmetric, 1.0), abs=0.012)


def test_what_has_no_law_is_refused():
    with pytest.raises(DomainError, match="give a distance"):
        beyond(1.0, 0.0)
