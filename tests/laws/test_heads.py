"""Several heads, from the case to the density: rates of competing heads, energies, and runs beside characteristics."""

import numpy as np
import pytest
from laws.given import MAKERS, NORMALIZATIONS, rows_of, snapshots_of, two_bumps
from oracles import circle_characteristics
from oracles.dense_attention import Head as PlainHead
from oracles.dense_attention import energy as dense_energy
from oracles.dense_attention import sphere_nodes

from kinetic.assembly import build
from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.case import Case
from kinetic.errors import CaseError
from kinetic.kernels import ExponentialKernel
from kinetic.march import march
from kinetic.particles import TokenHead, simulate
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import log_harmonic_dimensions
from kinetic.theory.linear_stability import growth_rate_heads

TEXT = """
title = "Heads"
[space]
{space}
[attention]
normalization = "{normalization}"
heads = [{heads}]
[noise]
diffusion = {diffusion}
[initial]
{initial}
[time]
end = {end}
tolerance = {tolerance}
[output]
observe_every = {every}
save_every = {every}
"""

SPACES = {
    "circle": 'kind = "circle"\ndegree = 12',
    "sphere": 'kind = "sphere"\ndegree = 12',
    **{f"zonal d={d}": f'kind = "zonal"\ndimension = {d}\ndegree = 12' for d in (2, 3, 8, 64)},
}

COMPETING = ((4.0, 0.5, 1.0, 1.0), (3.0, -1.0, 1.0, 0.4), (1.0, 1.0, 1.0, -0.8))
"""(β, q, k, v) of heads Q = qI, K = kI, V = vI, of both signs in score and value."""


def built(space, normalization, heads, initial, end, diffusion=0.0, tolerance=1e-11, every=None):
    """The problem of a case."""
    tables = ", ".join(f"{{ beta = {b}, query = {q}, key = {k}, value = {v} }}" for b, q, k, v in heads)
    text = TEXT.format(
        space=space,
        normalization=normalization,
        heads=tables,
        diffusion=diffusion,
        initial=initial,
        end=end,
        tolerance=tolerance,
        every=end if every is None else every,
    )
    return build(Case.parse(text))


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize(("normalization", "diffusion"), [("none", 0.02), ("softmax", 0.0)])
def test_competing_heads_add_up_degree_by_degree(name, normalization, diffusion):
    d = MAKERS[name](12).dimension
    scores = [(b * q * k, v) for b, q, k, v in COMPETING]
    expected = [growth_rate_heads(l, d, scores, normalization, diffusion) for l in range(4)]
    largest = np.max(np.abs(expected))
    for degree in (1, 3):
        order = {"circle": degree, "sphere": degree - 1}.get(name)
        where = "" if order is None else f", order = {order}"
        amplitude = 1e-6 * np.exp(log_harmonic_dimensions(degree, d)[degree] / 2)
        slopes = []
        for sign in (1, -1):  # the mean of growth from ε and from −ε is free of ε
            initial = f'kind = "harmonics"\nterms = [{{ degree = {degree}{where}, amplitude = {sign * amplitude} }}]'
            given = built(SPACES[name], normalization, COMPETING, initial, 1 / largest, diffusion, 1e-13)
            before, after = (snapshot.density.native for snapshot in snapshots_of(march(given)))
            at = int(np.argmax(np.where(given.flow.space.degrees == degree, np.abs(before), 0.0)))
            slopes.append(np.log(after[at] / before[at]) * largest)
        # the time stepper's 1e-13 beside a moment of 1e-6: 1e-7
        assert np.mean(slopes) == pytest.approx(expected[degree], rel=1e-6, abs=1e-8 * largest)


@pytest.mark.parametrize("name", ["circle", "sphere", "zonal d=8"])
def test_two_heads_that_cancel_in_one_degree_leave_it_alone(name):
    d = MAKERS[name](12).dimension
    ones = [growth_rate_heads(2, d, [(b, 1.0)], "softmax") for b in (3.0, 1.0)]
    heads = ((3.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, -ones[0] / ones[1]))
    assert growth_rate_heads(2, d, [(b, v) for b, _, _, v in heads], "softmax") == pytest.approx(0.0, abs=1e-14)
    where = {"circle": ", order = 2", "sphere": ", order = 1"}.get(name, "")
    initial = f'kind = "harmonics"\nterms = [{{ degree = 2{where}, amplitude = 1e-6 }}]'
    given = built(SPACES[name], "softmax", heads, initial, 1.0, tolerance=1e-13)
    before, after = (snapshot.density.native for snapshot in snapshots_of(march(given)))
    # what is left is of second order in ε
    np.testing.assert_allclose(after, before, atol=1e-11)


def rotation(angle, scale=1.0):
    return scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


GENERAL = {
    "one": [(3.0, [[1.0, 0.4], [-0.3, 0.8]], [[0.7, 0.0], [0.2, 1.1]], [[0.9, -0.5], [0.3, 1.0]])],
    "two": [
        (2.0, rotation(0.7).tolist(), [1.0, -0.5], [[0.6, 0.2], [0.1, -0.4]]),
        (-1.0, [[0.0, 1.0], [0.0, 0.0]], '"identity"', rotation(-1.1, 0.8).tolist()),
    ],
    "four": [
        (4.0, [1.0, 0.2], [1.0, 0.2], 0.5),
        (0.0, 1.0, 1.0, [[0.2, 0.4], [-0.4, 0.1]]),
        (1.5, [[0.3, -1.0], [1.0, 0.6]], 1.0, [1.0, 0.0]),
        (2.5, '"identity"', '"identity"', -0.3),
    ],
}


def matrix(given):
    if isinstance(given, str):
        return np.eye(2)
    array = np.asarray(given, dtype=float)
    return array if array.ndim == 2 else array * np.eye(2)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("which", ["one", "two", pytest.param("four", marks=pytest.mark.slow)])
def test_moments_of_a_run_with_general_matrices_are_those_of_characteristics(normalization, which):
    heads, end = GENERAL[which], 0.5 if normalization == "softmax" else 0.15
    initial = (
        'kind = "mixture"\nuniform = 0.4\ncomponents = [{ mean = [0.6, 0.8], concentration = 2.0, weight = 0.4 }, '
        "{ mean = [-1.0, 0.2], concentration = 1.0, weight = 0.2 }]"
    )
    given = built('kind = "circle"\ndegree = 96', normalization, heads, initial, end, every=end)
    snapshots = snapshots_of(march(given))
    start = snapshots[0].density

    def log_density(angles):
        return np.log(start.values(np.stack([np.cos(angles), np.sin(angles)], axis=-1)))

    plain = [PlainHead(b, matrix(q), matrix(k), matrix(v)) for b, q, k, v in heads]
    times = [snapshot.time for snapshot in snapshots]
    run = circle_characteristics.solve(plain, normalization, log_density, times, tolerance=1e-10)
    for i, snapshot in enumerate(snapshots):
        points = np.stack([np.cos(run.angles[i]), np.sin(run.angles[i])], axis=-1)
        np.testing.assert_allclose(snapshot.density.mean, run.mean[i], atol=1e-8)
        second = np.einsum("n,ni,nj->ij", run.masses, points, points)
        np.testing.assert_allclose(snapshot.density.moment(2), second, atol=1e-8)


TURNED = [
    (
        2.0,
        [[1.0, 0.3, 0.0], [0.0, 0.8, -0.2], [0.1, 0.0, 0.6]],
        [0.9, 1.0, -0.4],
        [[0.8, 0.1, 0.0], [0.0, 0.5, 0.3], [0.2, 0.0, 1.0]],
    ),
    (-1.0, 1.0, [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.0, 0.0]], [0.0, -0.7, 0.4]),
]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_moments_of_a_run_on_the_sphere_are_those_of_moving_tokens_that_are_a_quadrature(normalization):
    end = 0.4
    initial = 'kind = "von_mises_fisher"\nmean = [0.6, 0.0, 0.8]\nconcentration = 1.0'
    given = built('kind = "sphere"\ndegree = 40', normalization, TURNED, initial, end, every=end)
    first, last = (snapshot.density for snapshot in snapshots_of(march(given)))
    # rules of 22 and 26 rings, with the density carried along, agree to 1e-12 in what follows
    points, weights = sphere_nodes(24)
    masses = weights * first.values(points)
    heads = [TokenHead(b, *(np.asarray(m, dtype=float) for m in (q, k, v))) for b, q, k, v in TURNED]
    moved = simulate(points, [0.0, end], heads, normalization, masses=masses / masses.sum(), tolerance=1e-11)
    np.testing.assert_allclose(last.mean, moved.mean[-1], atol=1e-8)
    x = moved.points / np.linalg.norm(moved.points, axis=1)[:, None]
    np.testing.assert_allclose(last.moment(2), np.einsum("n,ni,nj->ij", masses, x, x), atol=1e-8)


@pytest.mark.parametrize("beta", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("make", [Circle, Sphere])
def test_the_energy_of_an_identity_head_is_one_number_however_it_is_given(make, beta):
    space = make(24)
    state = two_bumps(space).coefficients(space)
    one = np.eye(space.dimension)
    nodal = NodalAttention(space, ExponentialKernel(beta, space.dimension), "softmax").energy(state)
    assert GeneralAttention(space, (Head(beta, one, one, one),), "softmax").energy(state) == pytest.approx(
        nodal, rel=1e-13
    )
    axis = Zonal(24, space.dimension)
    moments = np.exp(-0.3 * np.arange(25.0))
    assert MomentAttention(axis, (ScalarHead(ExponentialKernel(beta, axis.dimension)),), "none").energy(
        moments
    ) == pytest.approx(_energy_of_moments(axis, moments, beta), rel=1e-13)


def _energy_of_moments(axis, moments, beta):
    """By Gauss's rule in the cosine of the angle between tokens: E = (1/2β) Σ_l N_l M_l² ∫ e^{βt} P_l dσ."""
    if beta == 0:
        return 0.5 * moments[1] ** 2
    grid = axis.grid(200)
    return np.sum(np.exp(axis.log_multiplicities) * moments**2 * grid.analysis(np.exp(beta * grid.points))) / (2 * beta)


def test_the_energy_of_scalar_heads_is_the_double_sum():
    heads = ((2.0, 0.5, -1.5, 3.0), (-1.0, 2.0, 0.3, 1.0), (0.0, 2.0, 1.5, 1.0), (1.5, 0.0, 1.0, 1.0))
    given = built(
        'kind = "zonal"\ndimension = 3\ndegree = 32',
        "none",
        heads,
        'kind = "von_mises_fisher"\nconcentration = 2',
        0.01,
    )
    density = given.flow.density(given.state)
    z, w = np.polynomial.legendre.leggauss(40)
    angle = 2 * np.pi * np.arange(40) / 40
    s = np.sqrt(1 - z * z)
    points = np.stack(
        [np.outer(s, np.cos(angle)), np.outer(s, np.sin(angle)), np.outer(z, np.ones(40))], axis=-1
    ).reshape(-1, 3)
    masses = np.repeat(w / 80 * density.values(z), 40)
    plain = [PlainHead(b, q * np.eye(3), k * np.eye(3)) for b, q, k, _ in heads]
    expected = dense_energy(points, masses, plain)
    assert given.flow.observe(0.0, given.state)["energy"] == pytest.approx(expected, rel=1e-12)


SYMMETRIC = [(2.0, [[1.0, 0.3], [0.3, -0.5]], 1.0, [[1.0, 0.3], [0.3, -0.5]]), (1.0, [0.4, 1.2], 1.0, [0.4, 1.2])]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("symmetric", [True, False])
def test_energy_is_balanced_exactly_where_every_head_has_a_potential(normalization, symmetric):
    heads = SYMMETRIC if symmetric else [*SYMMETRIC, (1.0, 1.0, 1.0, [[0.0, 0.7], [-0.7, 0.0]])]
    initial = 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.5'
    given = built('kind = "circle"\ndegree = 64', normalization, heads, initial, 0.3, every=0.1)
    _, rows = rows_of(march(given))
    gap = np.abs(rows["work"] - (rows["energy"] - rows["energy"][0])).max()
    assert np.all(np.isnan(rows["energy_gap"]))
    if symmetric:
        assert gap < 1e-9
    else:
        assert gap > 1e-4


@pytest.mark.parametrize("symmetric", [True, False])
def test_free_energy_is_balanced_exactly_where_every_head_has_a_potential(symmetric):
    heads = SYMMETRIC if symmetric else [*SYMMETRIC, (1.0, 1.0, 1.0, [[0.0, 0.7], [-0.7, 0.0]])]
    initial = 'kind = "von_mises_fisher"\nmean = [0.6, 0.8]\nconcentration = 1.5'
    given = built('kind = "circle"\ndegree = 64', "none", heads, initial, 0.3, diffusion=0.2, every=0.1)
    _, rows = rows_of(march(given))
    gap = np.abs(rows["work"] - (rows["free_energy"][0] - rows["free_energy"])).max()
    if symmetric:
        assert gap < 1e-9
    else:
        assert gap > 1e-4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            ("noise.diffusion=0.1", 'space.chart="conformal"'),
            ("noise.diffusion", "conformal", 'space.chart = "harmonic"'),
        ),
        (("attention.heads.0.value=2.0", 'space.chart="conformal"'), ("attention.heads", "conformal", "harmonic")),
        (('time.scheme="etd8"',), ("time.scheme", "etd8", "noise.diffusion", "auto")),
    ],
)
def test_what_does_not_go_together_is_a_case_error(settings, words):
    text = TEXT.format(
        space=SPACES["circle"],
        normalization="softmax",
        heads="{ beta = 1.0 }",
        diffusion=0.0,
        initial='kind = "uniform"',
        end=1.0,
        tolerance=1e-9,
        every=1.0,
    )
    build(Case.parse(text))
    with pytest.raises(CaseError) as error:
        build(Case.parse(text, settings))
    for word in words:
        assert word in str(error.value)


def test_noise_is_marched_exponentially_unless_asked_otherwise():
    given = [
        built(SPACES["circle"], "softmax", [(1.0, 1.0, 1.0, 1.0)], 'kind = "uniform"', 1.0, diffusion)
        for diffusion in (0.0, 0.1)
    ]
    assert [problem.scheme for problem in given] == ["dop853", "etd8"]
