"""Entropy of attention rows: exact where the density is, one number in every body, accurate beside a Dirac mass."""

import numpy as np
import pytest
from scipy.special import gammaln, ive

import kinetic.row_entropy
from kinetic.assembly import build
from kinetic.attention.heads import Head
from kinetic.case import Case
from kinetic.row_entropy import row_entropies


def head(beta, dimension=2, query=1.0):
    return Head.of(beta, query, 1.0, 1.0, dimension)


def first(space, concentration=0.0):
    """The initial density of a case: a von Mises–Fisher density, uniform for concentration 0."""
    initial = {"kind": "von_mises_fisher", "concentration": concentration}
    if space["kind"] != "zonal":
        initial["mean"] = [1.0, 0.3] if space["kind"] == "circle" else [1.0, 0.3, -0.2]
    problem = build(
        Case.from_dict(
            {
                "title": "t",
                "space": space,
                "attention": {"normalization": "softmax", "beta": 1.0},
                "initial": initial if concentration else {"kind": "uniform"},
                "time": {"end": 1.0},
            }
        )
    )
    return problem.flow.density(problem.state)


@pytest.mark.parametrize(
    ("space", "d"),
    [({"kind": "circle", "degree": 31}, 2), ({"kind": "sphere", "degree": 15}, 3)]
    + [({"kind": "zonal", "dimension": d, "degree": 15}, d) for d in (3, 5, 8)],
)
def test_uniform_tokens_attend_by_the_kernel_alone(space, d):
    density = first(space)
    for beta in (0.3, 5.0):
        # ln Z = ln Λ(β), β d ln Z/dβ = β I_{d/2}/I_{d/2−1}
        order = d / 2 - 1
        level = gammaln(d / 2) + order * np.log(2 / beta) + np.log(ive(order, beta)) + beta
        expected = level - beta * ive(order + 1, beta) / ive(order, beta)
        dimension = 2 if space["kind"] == "zonal" else d
        assert row_entropies(density, [head(beta, dimension)])[0] == pytest.approx(expected, rel=1e-11)


def test_a_narrow_density_has_the_variance_of_its_exponents():
    # −H → ½ β² Var<x, y>, of two independent Gaussians: with u, v tangent, <u, v> − ½|v|²
    for width in (1e-2, 1e-4):
        density = first({"kind": "zonal", "dimension": 3, "chart": "mercator"}, width**-2)
        (found,) = row_entropies(density, [head(1.5)])
        assert found == pytest.approx(-0.5 * 1.5**2 * 3.0 * width**4, rel=10 * width**2)


@pytest.mark.parametrize("query", [1.0, np.diag([1.0, 0.4, 0.4])])
def test_one_density_has_one_entropy_in_every_body(query):
    spaces = [{"kind": "sphere", "degree": 20}, {"kind": "zonal", "dimension": 3, "degree": 20}]
    spaces += [
        {"kind": "zonal", "dimension": 3, "chart": "conformal", "degree": 20},
        {"kind": "zonal", "dimension": 3, "chart": "mercator"},
    ]
    found = []
    for space in spaces:
        density = first(space, 3.0)
        zonal = space["kind"] == "zonal"
        given = query if not zonal or np.isscalar(query) else np.diag([query[0, 0], query[1, 1]])
        if not zonal and not np.isscalar(query):  # along the mean of the sphere's density
            axis = np.array(density.direction)
            given = 0.4 * np.eye(3) + 0.6 * np.outer(axis, axis)
        found += row_entropies(density, [head(1.3, 2 if zonal else 3, given)]).tolist()
    assert found == pytest.approx([found[0]] * len(found), rel=1e-9)


def test_sums_over_pairs_and_over_harmonics_agree(monkeypatch):
    density = first({"kind": "circle", "degree": 63}, 20.0)
    heads = [head(2.0), head(1.0, 2, [[1.0, 0.4], [-0.3, 0.8]])]
    pairs = row_entropies(density, heads)
    monkeypatch.setattr(kinetic.row_entropy, "MOST_TOKENS", 1)
    assert row_entropies(density, heads) == pytest.approx(pairs, rel=1e-9)


def test_what_rounding_hides_is_not_told(monkeypatch):
    monkeypatch.setattr(kinetic.row_entropy, "MOST_TOKENS", 1)
    density = first({"kind": "circle", "degree": 31}, 5.0)
    assert np.isnan(row_entropies(density, [head(1e-6)])[0])
