import math

import numpy as np
import pytest
from theory.token_flow import identity_head, output, simulate

from kinetic.errors import DomainError
from kinetic.theory import schemes
from kinetic.theory.antipode_law import collapse_rate
from kinetic.theory.exact_mobius import order_deficit
from kinetic.theory.pre_norm import uniform_order_deficit
from kinetic.theory.schemes import Norm

ALL = ("post", "pre", "mix", "peri", "ngpt", "ln_scaling")
TABLE = [(0.2, 0.5), (0.7, 2.0)]


def table(t: float) -> float:
    return float(np.interp(t, [0.2, 0.7], [0.5, 2.0]))


@pytest.mark.parametrize("scheme", ALL)
@pytest.mark.parametrize(
    ("beta", "degree", "normalization"), [(1.0, 1, "softmax"), (5.0, 3, "softmax"), (1.5, 2, "none")]
)
def test_a_wave_on_the_uniform_density_grows_as_predicted(
    scheme: str, beta: float, degree: int, normalization: str
) -> None:
    n, size = 48, 1e-5
    labels = 2 * np.pi * np.arange(n) / n
    angles = labels + size * np.sin(degree * labels)
    x0 = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, _ = simulate(
        x0, np.full(n, 1 / n), 1.1, identity_head(2, beta), normalization,
        scheme, radius=0.8, switch_time=0.4, alpha=table, breaks=(0.2, 0.7),
    )  # fmt: skip
    shift = np.angle((x[:, 0] + 1j * x[:, 1]) * np.exp(-1j * labels))
    amplitude = 2 * np.mean(shift * np.sin(degree * labels)) / size
    factor = schemes.growth_factor(Norm(scheme, 0.8, 0.4, TABLE), degree, 2, beta, normalization, [1.1])[0]
    # The next order is the square of the final amplitude; rounding is 1e-16/1e-5.
    assert amplitude == pytest.approx(factor, rel=50 * (size * factor * degree * (1 + beta)) ** 2 + 1e-9)
    assert factor > 1.05


@pytest.mark.parametrize("scheme", ALL)
@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_a_tight_cluster_contracts_as_predicted(scheme: str, normalization: str) -> None:
    rng = np.random.default_rng(12)
    x0 = np.array([0.0, 0.0, 1.0]) + 1e-5 * rng.normal(size=(5, 3))
    x0 /= np.linalg.norm(x0, axis=1, keepdims=True)
    x, _ = simulate(x0, np.full(5, 0.2), 0.9, identity_head(3, 0.7), normalization, scheme, 1.3, 0.4, table, (0.2, 0.7))
    measured = np.sum(np.var(x, axis=0)) / np.sum(np.var(x0, axis=0))
    factor = schemes.consensus_factor(Norm(scheme, 1.3, 0.4, TABLE), [0.9], 0.7, normalization)[0]
    assert measured == pytest.approx(factor, rel=1e-8)  # the next order is the variance; rounding 1e-16/1e-5


def test_the_laws_beside_the_consensus_are_the_published_ones() -> None:
    def slope(scheme: str, clock: list[float]) -> float:
        times = [1e6, 2e6] if scheme in {"pre", "peri", "mix"} else [8.0, 15.0]
        factors = schemes.consensus_factor(Norm(scheme), times, 2.0, "softmax")
        return math.log(factors[1] / factors[0]) / (clock[1] - clock[0])

    decade = [math.log(1e6), math.log(2e6)]
    assert [slope(scheme, decade) for scheme in ("pre", "peri", "mix")] == pytest.approx([-2.0] * 3, rel=1e-5)
    assert slope("post", [8.0, 15.0]) == pytest.approx(-2.0)
    assert slope("ngpt", [8.0, 15.0]) == pytest.approx(-2.0)
    assert slope("ln_scaling", [3.0, 4.0]) == pytest.approx(-4.0)


def test_a_table_of_rates_is_integrated_exactly() -> None:
    times = [0.0, 0.1, 0.45, 0.7, 3.0]
    fine = np.linspace(0.0, 3.0, 300001)
    sums = np.concatenate(
        [[0.0], np.cumsum(np.diff(fine) * np.interp(0.5 * (fine[1:] + fine[:-1]), [0.2, 0.7], [0.5, 2.0]))]
    )
    assert np.allclose(schemes.rate_integral(TABLE, times), np.interp(times, fine, sums), atol=1e-9)
    assert np.allclose(schemes.rate_integral(1.5, times), 1.5 * np.array(times))
    with pytest.raises(DomainError, match="increasing"):
        schemes.rate_integral([(1.0, 1.0), (1.0, 2.0)], times)


def test_a_positive_density_collapses_at_the_antipodes_rate_unless_tokens_carry_a_norm() -> None:
    # β = 0: A = m for every token. ngpt translates ln tan(θ/2) at the speed α; pre is a translation of y.
    for d in (2, 5):
        measured = math.log(order_deficit(d, 20.0) / order_deficit(d, 20.5)) / 0.5
        for normalization in ("softmax", "none"):
            assert schemes.collapse_exponent("ngpt", d, 0.0, normalization) == pytest.approx(measured, rel=1e-6)
    slope = math.log(order_deficit(3, 20.0) / order_deficit(3, 20.5)) / 0.5
    assert slope == pytest.approx(2.0 - 1.0 / 20.0, abs=0.01)
    for d in (2, 3, 5):
        measured = math.log(uniform_order_deficit(1e4, d) / uniform_order_deficit(2e4, d)) / math.log(2.0)
        assert schemes.collapse_exponent("pre", d, 0.0, "softmax") == pytest.approx(measured, rel=1e-6)
    for scheme in ("post", "ln_scaling"):
        assert schemes.collapse_exponent(scheme, 2, 1.0, "none") == collapse_rate(2, 1.0, "none")


def test_late_clocks_are_those_of_the_schemes() -> None:
    times = [0.5, 4.0]
    assert np.allclose(schemes.late_clock(Norm("ln_scaling"), times, 1.0, "none"), 2 * (np.sqrt([1.5, 5.0]) - 1))
    assert np.allclose(schemes.late_clock(Norm("post"), times, 1.0, "none"), times)
    assert np.allclose(schemes.late_clock(Norm("ngpt", rate=0.5), times, 1.0, "none"), [0.25, 2.0])
    growing = np.log1p(math.e * np.array(times) / 2.0)
    assert np.allclose(schemes.late_clock(Norm("pre", 2.0), times, 1.0, "none"), growing)
    assert np.allclose(schemes.late_clock(Norm("peri", 2.0), times, 1.0, "none"), np.log1p(np.array(times) / 2.0))


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize(("beta", "m"), [(1.0, 0.3), (0.5, 0.2), (2.0, 0.45)])
def test_an_antipodal_clump_grows_outwards_iff_it_is_heavy_enough(normalization: str, beta: float, m: float) -> None:
    offset, end = 1e-6, 0.8
    x0 = np.array([[1.0, 0.0], [-math.cos(offset), math.sin(offset)]])
    masses = np.array([1 - m, m])
    _, r = simulate(x0, masses, end, identity_head(2, beta), normalization, "pre", radius=1.5)
    rate = schemes.antipodal_norm_rate(beta, m, normalization)
    assert (rate > 0) == (math.tanh(beta) > 1 - 2 * m)
    assert (r[1] - 1.5) / end == pytest.approx(rate, rel=1e-8)


def test_schemes_that_divide_by_nothing_are_refused() -> None:
    for scheme in ("peri", "ngpt"):
        with pytest.raises(DomainError, match="attention's norm"):
            schemes.growth_factor(Norm(scheme), 1, 3, 0.0, "softmax", [1.0])
    uniform = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert np.all(output(uniform, uniform, np.full(2, 0.5), identity_head(2, 0.0), "softmax") == 0.0)
    assert schemes.growth_factor(Norm("pre", 2.0), 1, 3, 0.0, "softmax", [1.5])[0] == pytest.approx(math.exp(0.5))
    with pytest.raises(DomainError, match="unknown"):
        Norm("rms")
