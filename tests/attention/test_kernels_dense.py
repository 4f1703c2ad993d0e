"""The drift of every kernel, with random matrices, against quadrature in coordinates about each point's own image.

With Ax = r ω and y = t ω + √(1−t²) η the kernel depends on t alone: Gauss panels broken at its kink in the angle of t,
and equidistant angles of η (two signs on the circle), integrate a band-limited density exactly.
"""

import numpy as np
import pytest
from laws.given import two_bumps

from kinetic.attention.general import GeneralAttention
from kinetic.attention.heads import Head
from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.kernels import ExponentialKernel, PolynomialKernel, PowerKernel
from kinetic.kernels.truncated import truncated_kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.special import gauss_panels

KERNELS = {
    "exponential": (lambda d: ExponentialKernel(1.3, d), None),
    "linear": (lambda d: PolynomialKernel((0.0, 1.0), d), None),
    "polynomial": (lambda d: PolynomialKernel((1.2, 0.5, 0.3), d), None),
    "relu": (lambda d: PowerKernel(1.0, d), 0.0),
    "square": (lambda d: PowerKernel(2.0, d), 0.0),
    "truncated": (lambda d: truncated_kernel(2.0, 0.3, d), 0.3),
}
SPACES = {2: Circle(24), 3: Sphere(16)}


def about(omega, size, kink):
    """Points, and weights of the uniform measure, in panels broken where size·<y, ω> = kink."""
    d = omega.size
    inner = [] if kink is None or abs(kink) >= size else [np.arccos(kink / size)]
    theta, weights = gauss_panels(np.unique([*np.linspace(0, np.pi, 9), *inner]))
    frame = np.linalg.svd(omega[None])[2][1:]
    if d == 2:
        eta, share = np.array([[1.0], [-1.0]]), 0.5
    else:
        turn = 2 * np.pi * np.arange(64) / 64
        eta, share = np.stack([np.cos(turn), np.sin(turn)], axis=1), 1 / 64
    area = weights * np.sin(theta) ** (d - 2) / (np.pi if d == 2 else 2.0)
    sides = np.sin(theta)[:, None, None] * (eta @ frame)
    points = np.cos(theta)[:, None, None] * omega + sides
    return points.reshape(-1, d), np.repeat(area * share, len(eta))


def dense_drift(space, density, kernel, kink, head, x, normalization):
    image = head.form @ x
    size = float(np.linalg.norm(image))
    y, weights = about(image / size, size, kink)
    masses = weights * kernel.values(y @ image) * space.evaluate(density, y)
    pulled = head.value @ (masses @ y) / (masses.sum() if normalization == "softmax" else 1.0)
    return pulled - x * (x @ pulled)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("d", SPACES)
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_random_matrices(name, d, normalization):
    make, kink = KERNELS[name]
    space, kernel, rng = SPACES[d], make(d), np.random.default_rng(d)
    query, key, value = rng.normal(size=(3, d, d))
    head = Head(0.0, query, key, value, kernel)
    density = two_bumps(space).coefficients(space)
    attention = GeneralAttention(space, (head,), normalization)
    if normalization == "softmax" and not np.isfinite(attention.partition_noise(density)):
        pytest.skip("the partition vanishes somewhere: such a run is stopped")
    drift = attention.drift(density).reshape(d - 1, -1)
    nodes = attention.grid.points.reshape(-1, d)
    frame = attention.grid.frame.reshape(d - 1, d, -1)
    chosen = rng.choice(len(nodes), 12, replace=False)
    exact = np.array(
        [frame[:, :, i] @ dense_drift(space, density, kernel, kink, head, nodes[i], normalization) for i in chosen]
    )
    assert np.abs(drift[:, chosen].T - exact).max() < 1e-11 * np.abs(exact).max()


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("d", SPACES)
@pytest.mark.parametrize("normalization", ["none", "softmax"])
def test_identity_heads(name, d, normalization):
    make, kink = KERNELS[name]
    space, kernel = SPACES[d], make(d)
    density, head = two_bumps(space).coefficients(space), Head(0.0, np.eye(d), np.eye(d), np.eye(d), kernel)
    attention = NodalAttention(space, kernel, normalization)
    if normalization == "softmax" and not np.isfinite(attention.partition_noise(density)):
        pytest.skip("the partition vanishes somewhere: such a run is stopped")
    nodes, drift = attention.grid.points.reshape(-1, d), attention.drift(density).reshape(d - 1, -1)
    for i in range(0, len(nodes), len(nodes) // 7):
        exact = dense_drift(space, density, kernel, kink, head, nodes[i], normalization)
        assert np.linalg.norm(drift[:, i]) == pytest.approx(np.linalg.norm(exact), abs=1e-12 * np.abs(drift).max())


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("normalization", ["none", "softmax"])
@pytest.mark.parametrize("score", [1.0, -0.7])
def test_an_axis_in_three_dimensions_is_the_sphere(name, normalization, score):
    # a Zonal space of dimension 3 against the sphere with the same axisymmetric density
    kernel, sphere, axis = KERNELS[name][0](3), Sphere(16), Zonal(16, 3)
    moments = 0.4 ** np.arange(17.0)
    native = moments[sphere.degrees] * sphere.dirac([0.0, 0.0, 1.0])
    nodal = NodalAttention(sphere, kernel.scaled(score), normalization)
    if normalization == "softmax" and not np.isfinite(nodal.partition_noise(native)):
        pytest.skip("the partition vanishes somewhere: such a run is stopped")
    heads = (ScalarHead(kernel, 1.0, score),)
    rate, power = MomentAttention(axis, heads, normalization).transport(moments)
    exact, work = nodal.transport(native)
    assert power == pytest.approx(work, rel=1e-6 if normalization == "softmax" else 1e-11)
    found = sphere.by_degree(exact, sphere.dirac([0.0, 0.0, 1.0]))
    # with softmax the two spaces cut quotients differently, as their tails allow
    np.testing.assert_allclose(
        rate[:4], found[:4], atol=(1e-6 if normalization == "softmax" else 1e-12) * abs(found).max()
    )


def test_power_and_energy_balance_for_every_kernel():
    # dE/dt along the transport, by a central difference, equals the power
    for name, (make, _) in KERNELS.items():
        for d, space in SPACES.items():
            density, attention = two_bumps(space).coefficients(space), NodalAttention(space, make(d), "none")
            rate, power = attention.transport(density)
            h = 1e-4
            gained = (attention.energy(density + h * rate) - attention.energy(density - h * rate)) / (2 * h)
            assert gained == pytest.approx(power, rel=1e-9), name
