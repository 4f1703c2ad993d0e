"""An axisymmetric token a little beyond the axis is the one of the same latitude on the other side."""

import numpy as np
import pytest

from kinetic.normed.start import token_space

MIRROR = np.array([1.0, -1.0])


@pytest.mark.parametrize("dimension", [2, 5])
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_attention_is_mirrored_and_the_density_is_the_same(dimension, normalization):
    tokens = token_space("zonal", dimension, 1.5, normalization, 6)
    angles = np.linspace(0.1, 3.1, 9)
    directions, masses = np.stack([np.cos(angles), np.sin(angles)], axis=1), np.full(9, 1 / 9)
    beyond = directions.copy()
    beyond[-1] *= MIRROR
    near, far = tokens.field(directions, masses), tokens.field(beyond, masses)
    np.testing.assert_array_equal(far.attention[:-1], near.attention[:-1])
    np.testing.assert_array_equal(far.attention[-1], near.attention[-1] * MIRROR)
    np.testing.assert_array_equal(tokens.coefficients(beyond, masses), tokens.coefficients(directions, masses))
