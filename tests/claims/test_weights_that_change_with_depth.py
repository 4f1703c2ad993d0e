"""Weights that change with depth: means of rates, Möbius flows, escape that waits for low β; and values that turn."""

import math

import numpy as np
import pytest
from claims.records import case, falsified, judged, made, run

from kinetic.theory.depth import mean_over, moebius_trajectory
from kinetic.theory.turning_cluster import collapse_rate, repelling_angle, turning_speed

NOISE = 'kind = "random"\namplitude = 1e-6\nmax_degree = 5\nseed = 3'
LINEAR = 'kind = "linear"\nslope = 0.8\n'
JUMPS = '{ times = [0.0, 0.7, 1.4], values = [1.0, 9.0, 3.0], between = "hold" }'
RISES = "{ times = [0.0, 2.0], values = [1.0, 6.0] }"
TURNS = "{ times = [0, 0.5, 1], values = [[[1, 0], [0, 1]], [[0, -1], [1, 0]], [[-1, -0.3], [0.4, 0.5]]] }"


def text(kind, beta, initial, normalization="softmax", d=2, **sizes):
    return case(kind, d, normalization, 0.0, initial, **sizes).replace("beta = 0.0\n", f"{beta}\n")


@pytest.mark.parametrize(("beta", "d"), [(JUMPS, 2), (RISES, 3), (JUMPS, 8)])
def test_a_degree_grows_by_the_mean_of_its_rate(beta, d):
    kind = {2: "circle", 3: "sphere"}.get(d, "zonal")
    sizes = {"d": d, "end": 2.0, "degree": 15, "save_every": 0.5}
    record = run(text(kind, f"beta = {beta}", NOISE, **sizes).replace("1e-11", "1e-12"))
    assert judged("depth_growth", record).verdict == "pass"
    other = text(kind, f"beta = {RISES if beta == JUMPS else JUMPS}", NOISE, **sizes)
    assert judged("depth_growth", falsified(record, text=other)).verdict == "fail"
    constant = text(kind, "beta = 3.0", NOISE, **sizes)
    assert judged("depth_growth", falsified(record, text=constant)).verdict == "not applicable"
    assert judged("linear_growth", record).verdict == "not applicable"


def test_values_that_change_at_zero_beta_move_by_the_moebius_group():
    def given(value):
        heads = f"heads = [{{ beta = 0.0, value = {value} }}]"
        return text("circle", heads, LINEAR + "mean = [1.0, 0.3]", end=1.0, degree=31, save_every=0.5)

    record = run(given(TURNS))
    assert judged("depth_boost", record).verdict == "pass"
    assert judged("depth_boost", falsified(record, text=given(TURNS.replace("0.4", "0.401")))).verdict == "fail"


def collapsing(beta, normalization="softmax", end=15.0):
    sizes = {"end": end, "degree": 15, "save_every": end / 4, "observe_every": end / 80}
    content = text("zonal", f"beta = {beta}", LINEAR, normalization, **sizes)
    return content.replace("[attention]", 'chart = "mercator"\n[attention]').replace("1e-11", "1e-7")


def test_softmax_rates_beside_a_cluster_do_not_see_beta():
    record = run(collapsing("{ times = [0, 4, 9], values = [0.2, 1.0, -0.3] }"))
    assert [judged(name, record).verdict for name in ("depth_rate", "depth_antipode")] == ["pass", "pass"]
    # told that nothing is divided, the same record would have to follow e^{−β(t)}
    told = falsified(record, text=collapsing("{ times = [0, 4, 9], values = [0.2, 1.0, -0.3] }", "none"))
    assert judged("depth_antipode", told).verdict == "fail"
    quicker = falsified(record, order_deficit=lambda gone: gone**1.05)
    assert judged("depth_rate", quicker).verdict == "fail"


def test_without_softmax_the_antipode_waits_for_low_beta():
    record = run(collapsing("{ times = [0, 6, 10], values = [0.2, 0.5, 0.0] }", "none", 13.0))
    assert judged("depth_antipode", record).verdict == "pass"
    assert judged("depth_rate", record).verdict == "not applicable"
    other = falsified(record, text=collapsing("{ times = [0, 6, 10], values = [0.2, 0.5, 0.3] }", "none", 13.0))
    assert judged("depth_antipode", other).verdict == "fail"


def test_a_mean_over_jumps_is_that_of_the_pieces():
    def rate(_, since):
        return np.array([1.0, 2.0]) if since < 1.0 else np.array([4.0, math.exp(since)])

    assert mean_over(rate, (1.0, 2.0), 0.5, 2.5) == pytest.approx(
        [(0.5 + 4.0 + 2.0) / 2, (1.0 + math.e + 0.5 * math.e**2) / 2], rel=1e-14
    )


def turning(angle, beta=0.0, observables=None):
    c, s = math.cos(angle), math.sin(angle)
    heads = f"heads = [{{ beta = {beta}, value = [[{c!r}, {-s!r}], [{s!r}, {c!r}]] }}]"
    content = text("circle", heads, LINEAR + "mean = [1.0, 0.0]", end=14.0)
    return content if observables is None else made(content, observables)


def turned(angle):
    """Rows of the exact motion at β = 0, by the group."""
    theta = 2 * np.pi * np.arange(400_000) / 400_000
    points = np.stack([np.cos(theta), np.sin(theta)], axis=1)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    times = np.linspace(0.0, 14.0, 57)
    mean, deficit = moebius_trajectory(points[::100], 1 + 0.8 * np.cos(theta[::100]), times, lambda *_: rotation)
    return {"time": times, "mean": mean, "order_deficit": deficit, "order_parameter": 1 - deficit}


def test_rotated_values_turn_the_cluster():
    rows = turned(0.8)
    kept = rows["order_deficit"] > 2e-3  # four thousand tokens know the density around −e until then
    rows = {name: values[kept] for name, values in rows.items()}
    assert rows["time"][-1] > 7
    record = turning(0.8, observables=rows)
    for name, told in (("turning_speed", math.sin(0.8)), ("turning_rate", math.cos(0.8))):
        row = judged(name, record)
        assert row.verdict == "not applicable"  # 1 − R is not small yet: the law says nothing
        assert "small" in row.reason
        found = judged(name, turning(0.8, observables=rows | {"order_deficit": rows["order_deficit"] * 0.1}))
        assert (found.predicted, found.measured) == (pytest.approx(told), pytest.approx(told, rel=2e-2))
        wrong = judged(name, turning(0.5, observables=rows | {"order_deficit": rows["order_deficit"] * 0.1}))
        assert wrong.verdict in ("fail", "not applicable")
        assert abs(wrong.measured - wrong.predicted) > 0.1 or math.isnan(wrong.measured)


def test_a_cluster_that_turns_by_another_angle_fails():
    times = np.linspace(0.0, 14.0, 141)
    speed, rate = math.sin(0.8), collapse_rate(0.0, 0.8, "softmax")
    mean = np.stack([np.cos(speed * times), np.sin(speed * times)], axis=1)
    rows = {"time": times, "mean": mean, "order_deficit": np.exp(-rate * times)}
    for name in ("turning_speed", "turning_rate"):
        assert judged(name, turning(0.8, observables=rows)).verdict == "pass"
        assert judged(name, turning(0.79, observables=rows)).verdict == "fail"


def test_the_numbers_of_the_turning_cluster():
    assert turning_speed(1.0, 0.8, "softmax") == math.sin(0.8)
    assert collapse_rate(1.0, 0.8, "softmax") == pytest.approx(0.6967, abs=1e-4)
    psi = repelling_angle(0.5, 0.6, "none")
    assert psi == pytest.approx(-1.462, abs=1e-3)
    assert math.exp(0.5 * math.cos(psi)) * math.sin(0.6 - psi) == pytest.approx(math.exp(0.5) * math.sin(0.6))
    assert collapse_rate(0.5, 0.6, "none") == pytest.approx(0.9607, abs=1e-4)
    assert repelling_angle(0.5, -0.6, "none") == -psi
    assert collapse_rate(0.5, -0.6, "none") == pytest.approx(collapse_rate(0.5, 0.6, "none"))
    # as β → 0 the repelling point goes where softmax has it
    assert repelling_angle(1e-9, 0.6, "none") == pytest.approx(repelling_angle(1.0, 0.6, "softmax"), abs=1e-7)
