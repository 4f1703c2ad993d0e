import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetic.errors import DomainError
from kinetic.theory import merging, metastable


def field(theta, angles, masses, beta, normalization):
    """X on the circle, term by term."""
    pull = sum(
        m * math.exp(beta * math.cos(a - theta)) * math.sin(a - theta) for a, m in zip(angles, masses, strict=True)
    )
    total = sum(m * math.exp(beta * math.cos(a - theta)) for a, m in zip(angles, masses, strict=True))
    return pull / total if normalization == "softmax" else pull


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_rates_are_slopes_of_the_field_at_atoms_and_where_it_repels(normalization):
    angles, masses, beta, h = [0.1, 1.9, 4.0], [0.2, 0.5, 0.3], 5.0, 1e-5

    def slope(theta):
        ends = (field(theta + side * h, angles, masses, beta, normalization) for side in (1, -1))
        return (next(ends) - next(ends)) / (2 * h)

    contraction, separatrix = metastable.circle_rates(angles, masses, beta, normalization)
    np.testing.assert_allclose(contraction, [-slope(a) for a in angles], rtol=1e-7)
    for j, (low, high) in enumerate(zip(angles, [*angles[1:], angles[0] + 2 * math.pi], strict=True)):
        scan = np.linspace(low + 0.05, high - 0.05, 20001)
        values = np.array([field(t, angles, masses, beta, normalization) for t in scan])
        (at,) = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
        np.testing.assert_allclose(separatrix[j], slope(scan[at]), rtol=1e-3)


TETRAHEDRON = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / math.sqrt(3.0)


def along(start, tangent, s, beta, normalization):
    """X of four equal atoms at an angle from a point along a great circle, its part along that circle."""
    x = math.cos(s) * start + math.sin(s) * tangent
    weights = np.exp(beta * (TETRAHEDRON @ x)) / 4
    pull = weights @ TETRAHEDRON
    pull = pull - (pull @ x) * x
    total = weights.sum() if normalization == "softmax" else 1.0
    return float(pull @ (math.cos(s) * tangent - math.sin(s) * start)) / total


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("beta", [1.0, 5.0])
def test_four_equal_atoms_lose_mass_at_the_middles_of_edges_or_behind_an_atom(beta, normalization):
    """Saddles are at the six middles of edges, sources opposite to atoms: both by symmetry."""
    h, (first, second) = 1e-5, TETRAHEDRON[:2]
    middle, toward = (
        (first + second) / np.linalg.norm(first + second),
        (first - second) / np.linalg.norm(first - second),
    )

    def slope(start, tangent):
        return (along(start, tangent, h, beta, normalization) - along(start, tangent, -h, beta, normalization)) / (
            2 * h
        )

    tangent = np.cross(first, second) / np.linalg.norm(np.cross(first, second))
    contraction, separatrix = metastable.sphere_rates(TETRAHEDRON, np.ones(4), beta, normalization)
    np.testing.assert_allclose(contraction, -slope(first, tangent), rtol=1e-7)
    least = min(slope(middle, toward), 2.0 * slope(-first, tangent))
    np.testing.assert_allclose(separatrix, least, rtol=1e-7)


def test_atoms_on_a_great_circle_have_the_rates_of_the_circle():
    angles, masses = np.array([0.1, 1.9, 4.0]), [0.2, 0.5, 0.3]
    places = np.stack([np.cos(angles), np.sin(angles), np.zeros(3)], axis=1)
    within, beside = metastable.circle_rates(angles, masses, 5.0, "softmax")
    contraction, separatrix = metastable.sphere_rates(places, masses, 5.0, "softmax")
    np.testing.assert_allclose(separatrix, np.minimum(beside, np.roll(beside, 1)), rtol=1e-10)
    np.testing.assert_allclose(contraction, within, rtol=1e-10)  # across the circle each contracts faster


def test_a_ring_of_zeros_tells_no_rate_of_a_saddle():
    found = metastable.sphere_rates([[0, 0, 1.0], [0, 0, -1.0]], [0.5, 0.5], 1.0, "softmax")[1]
    assert np.isnan(found).all()
    with pytest.raises(DomainError):
        metastable.sphere_rates(np.eye(2), [0.5, 0.5], 1.0, "softmax")


@pytest.mark.parametrize(
    ("count", "beta", "normalization", "sep", "twice"),
    # theory: K-fold data, measured there on the density to four or five digits
    [
        (2, 1.0, "softmax", 1.0, 1.5232),
        (3, 2.0, "softmax", 1.0, 1.4567),
        (3, 5.0, "softmax", 3.2494, 1.9884),
        (4, 5.0, "softmax", 1.794, 1.840),
        (2, 1.0, "none", 0.36788 * math.e, 0.86466 * math.e),
        (3, 2.0, "none", 0.25136 * math.e**2, 0.53390 * math.e**2),
    ],
)
def test_equal_atoms_have_the_tabulated_rates(count, beta, normalization, sep, twice):
    found = metastable.fold_exponents(count, beta, normalization)
    np.testing.assert_allclose(found, (sep, twice), rtol=3e-4)
    if count == 2:
        np.testing.assert_allclose(found, metastable.even_exponents(beta, normalization), rtol=1e-12)
    angles = 2 * math.pi * np.arange(count) / count
    contraction, separatrix = metastable.circle_rates(angles, np.ones(count), beta, normalization)
    np.testing.assert_allclose(found, (separatrix[0], 2 * contraction[0]), rtol=1e-11)


def test_between_tokens_that_repel_nothing_repels():
    assert math.isnan(metastable.fold_exponents(2, -1.0, "softmax")[0])
    with pytest.raises(DomainError, match="two or more"):
        metastable.fold_exponents(1, 1.0, "softmax")


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("beta", [0.5, 6.0])
def test_two_atoms_meet_where_their_equation_says(beta, normalization):
    m1, m2, gap = 0.3, 0.6, 1.7

    def rate(_, x):
        return [field(t, x, (m1, m2), beta, normalization) for t in x]

    # the end is where they are 1e-4 apart
    def met(_, x):
        return x[1] - x[0] - 1e-4

    met.terminal = True
    way = solve_ivp(rate, (0, 1e4), [0.0, gap], events=met, rtol=1e-10, atol=1e-12)
    predicted = merging.meeting_fraction(math.cos(gap), beta, m1, m2, normalization)
    np.testing.assert_allclose(way.y[0, -1] / gap, predicted, atol=1e-4)
    if normalization == "none":
        assert predicted == m2 / (m1 + m2)


def test_the_light_cluster_travels_almost_all_the_way_at_large_beta():
    shares = [merging.meeting_fraction(0.0, beta, 0.3, 0.6, "softmax") for beta in (5.0, 20.0, 500.0)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.36 / 0.45, abs=0.02)


def test_a_short_wait_hides_nothing_without_softmax():
    below, above = (metastable.rate_after_merger(2, 2.0, math.radians(a), "none") for a in (115.0, 125.0))
    assert below == math.exp(-2.0)
    assert above == 2 * math.exp(2.0)
    assert metastable.rate_after_merger(2, 2.0, 1.0, "softmax") == 2.0


@pytest.mark.parametrize("angles", [[0.0], [1.0, 0.5], [0.0, 7.0]])
def test_angles_that_are_none_are_refused(angles):
    with pytest.raises(DomainError):
        metastable.circle_rates(angles, np.ones(len(angles)), 1.0, "softmax")
