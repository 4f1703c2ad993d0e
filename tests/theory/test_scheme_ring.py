import math

import numpy as np
import pytest
from theory.token_flow import identity_head, ring, simulate

from kinetic.errors import DomainError
from kinetic.theory import scheme_ring
from kinetic.theory.ring import latitude_trajectory
from kinetic.theory.schemes import Norm

ALL = ("post", "pre", "mix", "peri", "ngpt", "ln_scaling")
TABLE = [(0.2, 0.5), (0.7, 2.0)]


def table(t: float) -> float:
    return float(np.interp(t, [0.2, 0.7], [0.5, 2.0]))


@pytest.mark.parametrize("scheme", ALL)
@pytest.mark.parametrize(("d", "beta", "normalization"), [(3, 2.0, "softmax"), (2, 1.0, "softmax"), (3, 0.8, "none")])
def test_the_ring_moves_as_its_tokens(scheme: str, d: int, beta: float, normalization: str) -> None:
    x0 = ring(0.3, d)
    masses = np.full(len(x0), 1 / len(x0))
    x, r = simulate(x0, masses, 0.9, identity_head(d, beta), normalization, scheme, 0.8, 0.4, table, (0.2, 0.7))
    how = (0.3, [0.4, 0.9], d, beta, normalization)
    h, deficit, norm = scheme_ring.ring_trajectory(Norm(scheme, 0.8, 0.4, TABLE), *how)
    assert np.mean(x[:, -1]) == pytest.approx(h[-1], abs=1e-10)
    assert deficit[-1] == pytest.approx(1 - h[-1], abs=1e-15)
    assert np.mean(r) == pytest.approx(norm[-1], abs=1e-10)


def test_without_a_norm_the_ring_is_the_plain_one_in_another_clock() -> None:
    for normalization in ("softmax", "none"):
        cosine, _, _ = scheme_ring.ring_trajectory(Norm("ln_scaling"), 0.2, [3.0], 5, 1.5, normalization)
        expected, _ = latitude_trajectory(0.2, [2.0], 5, 1.5, normalization)
        assert cosine[0] == pytest.approx(expected[0], rel=1e-10)


def test_in_infinite_dimension_the_equiangular_laws_hold() -> None:
    times, h0 = np.array([0.5, 3.0]), 0.4
    odds = h0**2 / (1 - h0**2)

    def overlap(scheme: str) -> np.ndarray:
        return scheme_ring.ring_trajectory(Norm(scheme, 0.7), h0, times, math.inf, 3.0, "softmax")[0] ** 2

    plain = odds * np.exp(2 * times)
    assert np.allclose(overlap("post"), plain / (1 + plain), rtol=1e-10)
    faster = odds * np.exp(4 * (np.sqrt(times + 1) - 1))
    assert np.allclose(overlap("ln_scaling"), faster / (1 + faster), rtol=1e-10)
    assert np.allclose(overlap("ngpt"), np.tanh(times + math.atanh(h0)) ** 2, rtol=1e-10)
    for scheme in ("pre", "peri"):
        h, _, r = scheme_ring.ring_trajectory(Norm(scheme, 0.7), h0, times, math.inf, 3.0, "softmax")
        assert np.allclose((1 - h**2) * r**2, (1 - h0**2) * 0.49, rtol=1e-10)


def test_the_invariant_drifts_in_finite_dimension_as_stated() -> None:
    for scheme in ("pre", "peri"):
        for d, normalization in ((3, "softmax"), (6, "none")):
            times = [1.0 - 1e-4, 1.0, 1.0 + 1e-4]
            h, _, r = scheme_ring.ring_trajectory(Norm(scheme), 0.4, times, d, 2.0, normalization)
            logs = np.log((1 - h**2) * r**2)
            drift = scheme_ring.invariant_drift(scheme, h[1], r[1], d, 2.0, normalization)
            assert (logs[2] - logs[0]) / 2e-4 == pytest.approx(drift, rel=1e-6)  # central difference
            assert drift > 0.01
    drifts = [scheme_ring.invariant_drift("pre", 0.4, 1.0, d, 2.0, "softmax") for d in (400, 4000)]
    assert drifts[0] / drifts[1] == pytest.approx(10.0, rel=0.02)
    assert scheme_ring.invariant_drift("pre", 0.4, 1.0, 3, 0.0, "softmax") == pytest.approx(0.0, abs=1e-15)


def test_rings_collapse_algebraically_when_tokens_carry_a_norm() -> None:
    for scheme in ("pre", "peri", "mix"):
        given = Norm(scheme, switch_time=1.0)
        _, deficit, norm = scheme_ring.ring_trajectory(given, 0.5, [1e4, 2e4], 3, 1.0, "softmax")
        assert math.log2(deficit[0] / deficit[1]) == pytest.approx(2.0, abs=1e-3)
        assert norm[1] - norm[0] == pytest.approx(1e4, rel=1e-3)


def test_latitudes_outside_the_interval_are_refused() -> None:
    with pytest.raises(DomainError, match="latitude"):
        scheme_ring.ring_trajectory(Norm("pre"), 1.0, [1.0], 3, 1.0, "softmax")
