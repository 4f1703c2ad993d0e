"""Rings at several latitudes and tokens of several masses move as the tokens that they stand for."""

import numpy as np
import pytest
from theory.token_flow import identity_head, ring, simulate

from kinetic.theory import merging, scheme_ring
from kinetic.theory.schemes import Norm


@pytest.mark.parametrize("scheme", ["post", "pre", "mix", "peri", "ngpt", "ln_scaling"])
@pytest.mark.parametrize(("d", "beta", "normalization"), [(3, 2.0, "softmax"), (2, 1.0, "none")])
def test_rings_move_as_their_tokens(scheme, d, beta, normalization):
    heights, shares = [0.1, 0.3, 0.55], [0.2, 0.5, 0.3]
    parts = [ring(h, d) for h in heights]
    masses = np.concatenate([np.full(len(x), share / len(x)) for x, share in zip(parts, shares, strict=True)])
    x, r = simulate(np.concatenate(parts), masses, 0.9, identity_head(d, beta), normalization, scheme, 0.8, 0.4,
                    lambda t: float(np.interp(t, [0.2, 0.7], [0.5, 2.0])), (0.2, 0.7))  # fmt: skip
    norm = Norm(scheme, 0.8, 0.4, [(0.2, 0.5), (0.7, 2.0)])
    cosines, norms = scheme_ring.rings_trajectory(norm, heights, shares, [0.4, 0.9], d, beta, normalization)
    first = np.cumsum([0, *map(len, parts)])[:-1]
    assert x[first, -1] == pytest.approx(cosines[-1], abs=1e-9)
    assert r[first] == pytest.approx(norms[-1], abs=1e-9)


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_two_tokens_obey_the_law_of_two_dirac_masses(normalization):
    times, (m1, m2) = np.array([0.0, 0.5, 2.0]), (0.7, 0.3)
    angle = np.arccos(0.2)
    points = [[1.0, 0.0, 0.0], [np.cos(angle), np.sin(angle), 0.0]]
    cosine, _ = merging.cosine_trajectory(0.2, times, 3.0, m1, m2, normalization)
    expected = np.sqrt(m1**2 + m2**2 + 2 * m1 * m2 * cosine)
    assert merging.token_means(points, [m1, m2], times, 3.0, normalization) == pytest.approx(expected, rel=1e-10)
