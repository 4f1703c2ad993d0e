"""Potential and drift on a mesh are those of attention: against dense quadrature of the integrals themselves."""

import numpy as np
import pytest
from clusters.atoms import cloud
from small_records import record_of

from kinetic.case import Case
from kinetic.clusters.clouds import Clouds
from kinetic.clusters.density import CloudDensity
from kinetic.density.tokens import OfTokens
from kinetic.export.fields import Sampler
from kinetic.export.mesh import SphereMesh, circle, meridian
from kinetic.special import gauss_gegenbauer, gauss_panels, log_hypergeometric_0f1

TOLERANCE = 1e-12  # sums of some thousand terms of order e^|β| at most

SOFTMAX, NONE = 'normalization = "softmax"\n', 'normalization = "none"\n'
ATTENTIONS = {
    "one": SOFTMAX + "beta = 1.0",
    "negative": NONE + "beta = -2.0",
    "scalars": SOFTMAX + "heads = [{beta = 3.0, value = -0.5}, {beta = 1.0, query = 2.0, key = 0.5, value = 2.0}]",
    "zero": SOFTMAX + "heads = [{beta = 0.0, value = 0.5}, {beta = 1e-12}]",
}
TURNED = "query = [[1.0, 0.4], [-0.3, 0.8]]"
MATRICES = {
    "turned": SOFTMAX + f"heads = [{{beta = 2.0, {TURNED}, value = [[1.0, 0.5], [0.0, 1.0]]}}, {{beta = 1.0}}]",
    "gradient": NONE + f"heads = [{{beta = 2.0, {TURNED}, value = [[0.5, -0.15], [0.2, 0.4]]}}]",
}
SPACES = {
    "sphere": 'kind = "sphere"\ndegree = 15',
    "circle": 'kind = "circle"\ndegree = 31',
    "revolved": 'kind = "zonal"\ndimension = 3\ndegree = 31',
    "high": 'kind = "zonal"\ndimension = 512\ndegree = 48',
}


def case_of(name, attention, tables=""):
    """A case of a small record's space, with another attention."""
    return Case.parse(
        f'title = "fields"\n[space]\n{SPACES[name]}\n[attention]\n{attention}\n{tables}\n'
        '[initial]\nkind = "uniform"\n[time]\nend = 1.0'
    )


def heads_of(case):
    """(β, A = KᵀQ, V) of every head."""
    return [
        (h.beta, np.array(h.key).T @ np.array(h.query), np.array(h.value))
        for h in case.attention.resolved_heads(case.space.dimension)
    ]


def dense(points, nodes, masses, case, context=np.inf):
    """(G, A) by summing over nodes; G without its mean over the sphere, which the kernel's mean is for scalar heads."""
    potential, attention = np.zeros(len(points)), np.zeros(points.shape)
    softmax = case.attention.normalization == "softmax"
    for beta, form, value in heads_of(case):
        reach = beta * np.linalg.norm(form, 2)
        mean = np.exp(log_hypergeometric_0f1(points.shape[-1] / 2, reach**2 / 4))
        exponent = beta * points @ form.T @ nodes.T
        kernel = np.exp(exponent)
        own = np.exp(beta * np.vecdot(points @ form.T, points))[:, None] / context
        ambient = (1 - 1 / context) * kernel @ (masses[:, None] * nodes) + own * points
        partition = (1 - 1 / context) * (kernel @ masses)[:, None] + own if softmax else 1.0
        c = np.vdot(form.T, value) / np.vdot(form, form)
        change = np.expm1(exponent) / beta if beta else (points @ form.T) @ nodes.T
        potential += c * change @ masses / (mean if softmax else 1.0)
        attention += ambient @ value.T / partition
    return potential, attention


def tangent(points, vectors):
    return vectors - points * np.vecdot(vectors, points)[..., None]


def mesh_of(name):
    """Points for the sampler, the same as unit vectors, and weights whose sum against a function is its mean."""
    if name == "sphere":
        mesh = SphereMesh(7)
        return mesh.points, mesh.points.reshape(-1, 3)
    angles = circle(9)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return points, points


def quadrature(name, density):
    """Nodes and masses that integrate a small record's density times the kernel."""
    if name == "circle":
        grid = density.space.grid(90)
        return grid.points, grid.values(density.native) / grid.shape
    grid = density.space.grid(60)  # degree 15 times the kernel's significant degree, below 45
    return grid.points.reshape(-1, 3), (grid.values(density.native) * grid.weights).ravel()


def differences(values):
    """Values without a constant."""
    return values - values.ravel()[0]


def compare(name, case, density, scheme=tangent, context=np.inf):
    points, flat = mesh_of(name)
    fields = Sampler(case, points)(density, 0.0)
    potential, attention = dense(flat, *quadrature(name, density), case, context)
    drift = scheme(flat, attention)
    np.testing.assert_allclose(
        fields.known["drift"].reshape(drift.shape), drift, atol=TOLERANCE * max(1, abs(drift).max())
    )
    if "potential" in fields.known:
        found = differences(fields.known["potential"].ravel())
        np.testing.assert_allclose(found, differences(potential), atol=TOLERANCE * np.abs(potential).max())
    np.testing.assert_allclose(fields.known["density"], density.values(points), atol=TOLERANCE * 30)
    return fields


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("name", ["sphere", "circle"])
def test_fields_of_scalar_heads(name, attention):
    fields = compare(name, case_of(name, ATTENTIONS[attention]), record_of(name).density(-1))
    assert not fields.left_out


@pytest.mark.parametrize("attention", MATRICES)
def test_fields_of_heads_with_matrices(attention):
    fields = compare("circle", case_of("circle", MATRICES[attention]), record_of("circle").density(-1))
    assert list(fields.left_out) == (["potential"] if attention == "turned" else [])


def test_the_potential_of_a_sphere_has_mean_zero():
    mesh = SphereMesh(40)
    fields = Sampler(case_of("sphere", ATTENTIONS["scalars"]), mesh.points)(record_of("sphere").density(-1), 0.0)
    potential = fields.known["potential"]
    assert abs(np.sum(potential * mesh.weights[:, None])) < TOLERANCE * np.abs(potential).max()


def test_a_finite_context_counts():
    case = case_of("circle", SOFTMAX + "beta = 2.0\ncontext_length = 4")
    compare("circle", case, record_of("circle").density(-1), context=4)


def test_ngpt_divides_by_the_size_and_has_a_rate():
    case = case_of("sphere", ATTENTIONS["one"], '[layer_norm]\nscheme = "ngpt"\nrate = 0.5')
    compare(
        "sphere",
        case,
        record_of("sphere").density(-1),
        lambda x, a: 0.5 * tangent(x, a / np.linalg.norm(a, axis=1)[:, None]),
    )


def test_ln_scaling_slows_with_time():
    case = case_of("circle", ATTENTIONS["one"], '[layer_norm]\nscheme = "ln_scaling"')
    sampler, density = Sampler(case, mesh_of("circle")[0]), record_of("circle").density(-1)
    early, late = (sampler(density, time).known["drift"] for time in (0.0, 3.0))
    np.testing.assert_allclose(late, early / 2, rtol=1e-15)


@pytest.mark.parametrize("scheme", ["pre", "mix", "peri"])
def test_where_tokens_have_norms_of_their_own_no_drift_is_told(scheme):
    case = case_of("circle", ATTENTIONS["one"], f'[layer_norm]\nscheme = "{scheme}"')
    fields = Sampler(case, mesh_of("circle")[0])(record_of("circle").density(-1), 0.0)
    assert set(fields.known) == {"density", "potential"}
    assert "each by its own norm" in fields.left_out["drift"]


@pytest.mark.parametrize(
    ("attention", "scheme", "context"),
    [
        *((attention, "post", np.inf) for attention in ATTENTIONS),
        ("one", "post", 5),
        ("one", "ngpt", np.inf),
        ("scalars", "ngpt", np.inf),
    ],
)
def test_fields_about_an_axis(attention, scheme, context):
    density, theta = record_of("revolved").density(-1), meridian(8)
    t, weights = gauss_gegenbauer(60, 3)
    phi = 2 * np.pi * np.arange(80) / 80
    sine = np.sqrt(1 - t**2)
    nodes = np.stack(
        [np.outer(sine, np.cos(phi)), np.outer(sine, np.sin(phi)), np.outer(t, np.ones(80))], axis=-1
    ).reshape(-1, 3)
    masses = np.repeat(weights * density.values(t) / 80, 80)
    points = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)
    more = f"\ncontext_length = {context}" if context < np.inf else ""
    case = case_of("revolved", ATTENTIONS[attention] + more, f'[layer_norm]\nscheme = "{scheme}"')
    fields = Sampler(case, theta)(density, 0.0)
    along = np.stack([np.cos(theta), 0 * theta, -np.sin(theta)], axis=-1)
    potential, A = dense(points, nodes, masses, case, context)
    expected = np.vecdot(A / np.linalg.norm(A, axis=1)[:, None] if scheme == "ngpt" else A, along)
    np.testing.assert_allclose(
        differences(fields.known["potential"]), differences(potential), atol=TOLERANCE * np.abs(potential).max()
    )
    np.testing.assert_allclose(fields.known["drift"][:, 0], expected, atol=TOLERANCE * 20)


class Foreign(OfTokens):
    """A density that tells its values, its mean and its tokens."""

    dimension = mean = direction = values = quadrature = None

    def __init__(self, density):
        self.dimension, self.mean, self.direction = density.dimension, density.mean, density.direction
        self.values, self.quadrature = density.values, density.quadrature


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("name", ["sphere", "circle"])
def test_a_density_in_another_chart_has_the_same_fields(name, attention):
    density, points = record_of(name).density(-1), mesh_of(name)[0]
    sampler = Sampler(case_of(name, ATTENTIONS[attention]), points)
    known, foreign = (sampler(d, 0.0).known for d in (density, Foreign(density)))
    for field in ("potential", "drift"):
        np.testing.assert_allclose(foreign[field], known[field], atol=TOLERANCE * np.abs(known[field]).max())
    np.testing.assert_allclose(foreign["density"], known["density"], atol=TOLERANCE * known["density"].max())


def test_the_drift_towards_a_needle_is_that_towards_a_dirac_mass():
    mesh, center = SphereMesh(6), np.array([0.6, 0.0, 0.8])
    needle = CloudDensity(Clouds((cloud(center, 1.0, 1e-6),)))
    drift = Sampler(case_of("sphere", ATTENTIONS["one"]), mesh.points)(needle, 0.0).known["drift"]
    towards = center - mesh.points * (mesh.points @ center)[..., None]
    np.testing.assert_allclose(drift, towards, atol=1e-9)


def test_where_rounding_hides_a_density_of_high_dimension_its_attention_is_known():
    density, theta = record_of("high").density(-1), meridian(8)
    fields = Sampler(case_of("high", ATTENTIONS["one"]), theta)(density, 0.0)
    assert set(fields.known) == {"potential", "drift"}
    assert "rounding or the missing degrees hide" in fields.left_out["density"]
    # in high dimension nearly all is at the equator but for the mean: X = −R sin θ to O(1/d)
    np.testing.assert_allclose(fields.known["drift"][:, 0], -density.mean[0] * np.sin(theta), atol=3 / 512)


def test_a_partition_that_sums_over_degrees_do_not_carry_is_said():
    case = case_of("circle", SOFTMAX + "beta = 80.0")
    density = record_of("circle", concentration=20.0).density(-1)
    fields = Sampler(case, mesh_of("circle")[0])(density, 0.0)
    assert "drift" not in fields.known
    assert "partition's range" in fields.left_out["drift"]


NEURONS = [(0.4, 0.2, 1.0), (-0.3, -0.1, -1.0)]  # weight, bias, and ± one axis, so that an axisymmetric space has them


def perceptron(name, activation):
    axis = {"circle": [1.0, 0.0], "sphere": [0.0, 0.0, 1.0], "revolved": None}[name]
    rows = ", ".join(
        f"{{weight = {w}, bias = {b}, direction = {int(s) if axis is None else [s * a for a in axis]}}}"
        for w, b, s in NEURONS
    )
    return f'[perceptron]\nactivation = "{activation}"\nneurons = [{rows}]\n'


SIGMAS = {"tanh": np.tanh, "relu": lambda s: np.maximum(s, 0.0)}


@pytest.mark.parametrize("name", ["circle", "sphere", "revolved"])
@pytest.mark.parametrize(("normalization", "activation"), [("none", "tanh"), ("softmax", "relu")])
def test_a_perceptron_adds_what_it_pulls(name, normalization, activation):
    attention = f'normalization = "{normalization}"\nbeta = 1.0'
    density = record_of(name).density(-1)
    points = meridian(9) if name == "revolved" else mesh_of(name)[0]
    alone = Sampler(case_of(name, attention), points)(density, 0.0)
    both = Sampler(case_of(name, attention, perceptron(name, activation)), points)(density, 0.0)
    if name == "revolved":
        cosine, along = np.cos(points), -np.sin(points)[:, None]
    else:
        axis = np.eye(points.shape[-1])[0 if name == "circle" else -1]
        cosine, along = points @ axis, tangent(points, axis + 0 * points)
    pull = sum(w * s * SIGMAS[activation](s * cosine + b) for w, b, s in NEURONS)
    np.testing.assert_allclose(both.known["drift"] - alone.known["drift"], pull[..., None] * along, atol=1e-13)
    if normalization == "softmax":
        assert "not the perceptron" in both.left_out["potential"]
    else:
        raised = both.known["potential"] - alone.known["potential"]
        exact = sum(w * np.log(np.cosh(s * cosine + b)) for w, b, s in NEURONS)
        np.testing.assert_allclose(differences(raised), differences(exact), atol=1e-13)


@pytest.mark.parametrize("name", ["circle", "sphere", "revolved"])
def test_kernels_with_a_kink_from_the_series(name):
    # against a rule broken at the kink, as seen from each point: panels in the angle to it
    density = record_of(name).density(-1)
    attention = f'{NONE}kernel = "power"\nheads = [{{ query = 0.5, key = -2.0, value = 0.7 }}]'
    angles = circle(5)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    flat = points if name == "circle" else SphereMesh(4).points.reshape(-1, 3)
    if name == "sphere":
        points = flat
    if name == "revolved":
        points = meridian(5)
        flat = np.stack([np.sin(points), np.zeros_like(points), np.cos(points)], axis=-1)
    fields = Sampler(case_of(name, attention), points)(density, 0.0)
    exact = np.array([pulled(x, density, name) for x in flat])
    found = fields.known["drift"]
    if name == "revolved":
        found = found * np.stack([np.cos(points), np.zeros_like(points), -np.sin(points)], axis=-1)
    np.testing.assert_allclose(found, exact, atol=1e-12)


def pulled(x, density, name):
    """P_x 0.7 ∫ y max(−<x, y>, 0) dμ(y)."""
    d = x.size
    theta, weights = gauss_panels(np.linspace(0.0, np.pi, 9))  # an edge at π/2
    frame = np.linalg.svd(x[None])[2][1:]
    turn = 2 * np.pi * np.arange(64) / 64
    eta = np.array([[1.0], [-1.0]]) if d == 2 else np.stack([np.cos(turn), np.sin(turn)], axis=1)
    y = np.cos(theta)[:, None, None] * x + np.sin(theta)[:, None, None] * (eta @ frame)
    area = weights * np.sin(theta) ** (d - 2) / (np.pi if d == 2 else 2.0) / len(eta)
    rho = density.values(y[..., 2] if name == "revolved" else y)
    total = np.einsum("i,ij,ijk->k", area * np.maximum(-np.cos(theta), 0.0), rho, y)
    return 0.7 * (total - x * (x @ total))


def test_a_frozen_field_is_that_of_the_first_density():
    case = case_of("circle", SOFTMAX + "beta = 1.0\nfrozen = true")
    points, record = mesh_of("circle")[0], record_of("circle")
    held = Sampler(case, points, record.density(0))(record.density(-1), 1.0)
    first = Sampler(case, points)(record.density(0), 0.0)
    np.testing.assert_array_equal(held.known["drift"], first.known["drift"])
    assert np.abs(held.known["density"] - first.known["density"]).max() > 1e-3
