"""The extremes of the norms are those over all labels, whatever the cells, or are not told."""

import numpy as np
import pytest
from normed.given import PLACES, SOMEWHERE, bump, marched, tokens

from kinetic.normed import NormalizedGPT, Peri, Pre
from kinetic.normed.mesh import NormedMesh
from kinetic.normed.radii import extreme_radii


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("length", [0.3, 1.7])
def test_tokens_carried_by_one_vector_have_norms_between_two_ends_of_an_axis(kind, length):
    # y = x₀ + Y: from |1 − |Y|| to 1 + |Y|, which no Gauss point has
    given = tokens(kind, PLACES[kind], 0.0, Pre(), bump(kind, 1.0), 1.0)
    mesh = given.flow.mesh(given.state)
    shift = length * (np.array([1.0, 0.0]) if kind == "zonal" else SOMEWHERE[kind])
    moved = NormedMesh(mesh.cell, mesh.tokens + shift, mesh.mass_density)
    assert extreme_radii(moved) == pytest.approx((abs(1 - length), 1 + length), rel=1e-8)
    assert moved.radii.min() > abs(1 - length) + 1e-6


@pytest.mark.parametrize("kind", ["circle", "zonal"])
def test_the_smallest_norm_does_not_depend_on_the_cells(kind):
    end = 2.5  # r falls to 0.2 at the antipode
    runs = [
        marched(tokens(kind, PLACES[kind], 1.0, Pre(), bump(kind, 1.0), end, rows=2, tolerance=tolerance))[1]
        for tolerance in (1e-6, 1e-9)
    ]
    for name in ("smallest_radius", "largest_radius"):
        told = np.isfinite(runs[0][name])  # coarse cells may not tell it
        np.testing.assert_allclose(runs[0][name][told], runs[1][name][told], rtol=1e-5)
    assert told.all()
    assert runs[1]["smallest_radius"][-1] < 0.3


@pytest.mark.parametrize("kind", ["circle", "zonal"])
def test_a_scheme_that_keeps_norms_has_norms_of_one(kind):
    # the state's y strays from the sphere where cells of next to no mass are halved, and says nothing of x = y/|y|
    _, rows, _ = marched(tokens(kind, PLACES[kind], 1.0, NormalizedGPT(), bump(kind, 1.0), 1.5, tolerance=1e-6))
    assert np.all(rows["smallest_radius"] == 1.0)
    assert np.all(rows["largest_radius"] == 1.0)
    assert np.all(rows["radius_deviation"] == 0.0)


@pytest.mark.parametrize("kind", ["circle", "zonal"])
def test_where_the_output_is_normalised_only_the_largest_norm_is_known(kind):
    # the token at the mean direction moves along it at speed 1
    times, rows, _ = marched(tokens(kind, PLACES[kind], 1.0, Peri(), bump(kind, 1.0), 0.6, tolerance=1e-7))
    np.testing.assert_allclose(rows["largest_radius"], 1 + times, rtol=1e-7)
    assert np.all(np.isnan(rows["smallest_radius"]))
