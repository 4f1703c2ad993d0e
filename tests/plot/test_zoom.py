"""Clusters narrower than a map shows: where they are drawn, and that the numbers drawn are those of the density."""

import numpy as np
import pytest
from small_records import record_of

from kinetic import job
from kinetic.case import Case
from kinetic.conformal import ConformalDensity
from kinetic.density import Density
from kinetic.errors import DomainError
from kinetic.plot import draw
from kinetic.plot.scales import full_scale
from kinetic.plot.shapes import around_mean, axial_profile, cluster_scale, shown_profile
from kinetic.plot.style import plain_ticks
from kinetic.plot.zoom import NARROW, Disc, draw_disc, is_narrow
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere

STEEP = """
title = "Tokens of dimension 512"
[space]
kind = "zonal"
dimension = 512
chart = "mercator"
[attention]
normalization = "softmax"
beta = 1.0
[initial]
kind = "von_mises_fisher"
concentration = 512.0
[time]
end = 4.0
tolerance = 1e-6
[output]
observe_every = 1.0
save_every = 2.0
"""


def poisson_cluster(space, rapidity):
    """A uniform density seen through a boost: ρ = f^{−(d−1)}, at its peak e^{(d−1)η}, of half mass within 2e^{−η}."""
    turn = [0.7] if space.dimension == 2 else [1.0, 0.0, 0.0, 0.0]
    uniform = space.dirac(np.eye(space.dimension)[0]) * (space.degrees == 0)
    return ConformalDensity(Density(space, uniform), np.array([rapidity, *turn]))


@pytest.mark.parametrize("space", [Circle(8), Sphere(8)])
@pytest.mark.parametrize("rapidity", [3.0, 20.0, 50.0])
def test_a_profile_is_that_of_the_cluster_however_narrow_it_is(space, rapidity):
    """Beyond e^{−37} unit vectors cannot tell the cluster's inside from its middle; angles can."""
    density, theta = poisson_cluster(space, rapidity), np.exp(-rapidity) * np.array([1e-3, 0.5, 2.0, 8.0])
    # f = dθ/dΘ = 1/(cosh η + cos Θ sinh η) with tan(θ/2) = e^{−η} tan(Θ/2) is, in θ, e^{−η} cos² + e^η sin² of θ/2
    ratio = np.exp(-rapidity) * np.cos(theta / 2) ** 2 + np.exp(rapidity) * np.sin(theta / 2) ** 2
    np.testing.assert_allclose(axial_profile(density, theta), ratio ** (1 - space.dimension), rtol=1e-9)


def test_values_around_the_mean_are_those_at_points():
    density = record_of("sphere").density(-1)
    theta, azimuth = np.array([0.2, 1.0, 2.5]), np.array([0.0, 2.0, 4.0])
    found = around_mean(density, theta, azimuth)
    assert found.shape == (3, 3)
    # at equal angles to the mean the values differ with the azimuth unless the density is symmetric, as this one is
    np.testing.assert_allclose(found, found[:, :1] * np.ones(3), rtol=1e-10)
    np.testing.assert_allclose(found[:, 0], axial_profile(density, theta), rtol=1e-10)


def test_only_clusters_below_two_cells_of_a_map_are_narrow():
    # half of the mass of the boosted uniform density lies within tan(θ/2) = e^{−η}
    wide, narrow = (poisson_cluster(Sphere(8), -np.log(np.tan(0.5 * factor * NARROW))) for factor in (1.5, 0.7))
    assert not is_narrow(wide)
    assert is_narrow(narrow)
    assert cluster_scale(narrow) == pytest.approx(0.7 * NARROW, rel=0.1)
    assert not is_narrow(Density(Sphere(8), wide.frame.native))  # no mean direction


def test_a_disc_has_rings_at_powers_of_ten_between_its_middle_and_the_antipode():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    disc = Disc.of(poisson_cluster(Sphere(8), 14.0))
    draw_disc(axes, disc, full_scale(disc.values))
    radii = {text.get_text(): text.get_position()[1] for text in axes.texts}
    powers = [int(label.partition("{")[2].partition("}")[0]) for label in radii]
    assert powers[0] == 0
    assert len(powers) >= 3
    # linear in ln tan(θ/2): equal ratios of small angles are equal steps
    heights = [*radii.values()]
    assert 0 < heights[-1] < heights[0] < 1
    assert (heights[1] - heights[2]) * (powers[1] - powers[2]) ** -1 == pytest.approx(
        (heights[-2] - heights[-1]) / (powers[-2] - powers[-1]), rel=1e-3
    )
    (mesh,) = axes.collections
    peak = np.exp(2 * 14.0)
    assert mesh.norm.vmax == pytest.approx(peak, rel=0.01)


def test_what_no_axis_can_show_is_said_and_the_mass_is_drawn_instead(tmp_path):
    record = job.run(Case.parse(STEEP, (), "steep"), tmp_path)
    with pytest.raises(DomainError, match="exceeds 1e\\+150"):
        shown_profile(record.density(-1), np.geomspace(1e-4, 3.0, 50))
    (panel,) = draw(record, "cluster").subfigs
    (axes,) = panel.axes
    assert axes.get_ylabel().startswith("mass beyond")
    assert draw(record).subfigs  # the sheet, with a note in the place of the density


@pytest.mark.parametrize(("low", "high"), [(0.864, 1.18), (0.9991, 1.0007), (3.0, 3.4), (1.0, 60.0)])
def test_a_short_logarithmic_scale_has_round_numbers(low, high):
    ticks = plain_ticks(low, high)
    assert 2 <= len(ticks) <= 5
    assert all(low <= tick <= high for tick in ticks)
    assert all(len(f"{tick:.12g}".replace(".", "").strip("0")) <= 5 for tick in ticks)
