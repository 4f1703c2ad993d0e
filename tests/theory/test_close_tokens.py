"""The typical spread of a small cluster, against products of random matrices."""

import numpy as np
import pytest

from kinetic.theory.close_tokens import median_spread
from kinetic.theory.common_noise import lyapunov_exponent


@pytest.mark.parametrize("d", [2, 3])
def test_products_of_matrices_spread_a_cluster_like_this(d):
    rng, count, h, end = np.random.default_rng(1), 4000, 0.02, 0.8
    product = np.tile(np.eye(d), (count, 1, 1))
    for _ in range(round(end / h)):
        step = np.sqrt(h) * rng.standard_normal((count, d, d))
        product = product + step @ product + 0.5 * step @ (step @ product)
    # tangent vectors at e_1 under x ↦ Gx/|Gx|
    size = np.linalg.norm(product[:, :, 0], axis=1)[:, None]
    token, moved = product[:, :, 0] / size, product[:, :, 1:] / size[:, :, None]
    moved -= token[:, :, None] * np.einsum("ni,nij->nj", token, moved)[:, None]
    spread = np.sqrt(np.sum(moved**2, axis=(1, 2)) / (d - 1))
    expected = median_spread(end, d, 1.0, 1.0)
    # order statistics: four standard deviations of the rank, and a weak error of order h
    ordered, reach = np.sort(spread), int(4 * np.sqrt(count) / 2)
    assert (1 - h) * ordered[count // 2 - reach] < expected < (1 + h) * ordered[count // 2 + reach]
    # control: the exponent of another field
    assert not ordered[count // 2 - reach] < median_spread(end, d, 2.0, 1.0) < ordered[count // 2 + reach]


def test_late_spreads_fall_at_the_top_exponent():
    times = np.array([40.0, 44.0])
    for d in (2, 3):
        found = np.log([median_spread(time, d, 1.0, 1.6) for time in times])
        # of ln, the median of a sum of a Gaussian and a distance that is nearly one: up to 1/t
        assert np.diff(found)[0] / 4 == pytest.approx(lyapunov_exponent(d, 1.0, 1.6), abs=0.02)
    assert median_spread(1.0, 3, 1.0, 0.0) == pytest.approx(np.exp(-1.0), rel=1e-12)
