"""Without softmax order appears continuously for β ≤ β_*, with hysteresis above (arXiv:2606.05140); with softmax always
continuously (derived here); in both cases |M|² = slope · (κ_c/κ − 1) just below a continuous transition."""

from functools import cache

import numpy as np
import pytest
from claims.records import case, falsified, judged, run

from kinetic.theory.linear_stability import critical_diffusion
from kinetic.theory.noise_transition import continuous_transition_ceiling
from kinetic.theory.stationary_phases import spinodal, stationary_states

CONCENTRATED, NEARLY_UNIFORM = "concentrated", "nearly uniform"


def text(normalization, beta, diffusion, start, end, d=2, degree=15, tolerance=1e-7):
    """A case that starts concentrated, nearly uniform, or with a given mean."""
    mean = "mean = [0.6, 0.8]" if d == 2 else ""
    density = 'kind = "von_mises_fisher"\nconcentration = 3.0'
    if start != CONCENTRATED:
        slope = 0.2 if start == NEARLY_UNIFORM else d * start
        density = f'kind = "linear"\nslope = {slope}'
    made = case("circle" if d == 2 else "zonal", d, normalization, beta, f"{density}\n{mean}", end, degree=degree)
    return made.replace("tolerance = 1e-11", f"tolerance = {tolerance}") + f"[noise]\ndiffusion = {diffusion}\n"


@cache
def record(*arguments):
    return run(text(*arguments))


@cache
def settled(normalization, beta, d=2):
    """A run just below the threshold that starts near its end: 2(d−1)(κ_c − κ) is the rate of relaxation."""
    critical = critical_diffusion(1, d, beta, normalization)
    kappa = 0.998 * critical
    (state,) = stationary_states(d, beta, normalization, kappa)
    return run(text(normalization, beta, kappa, state.order, 2.0 / (0.002 * (d - 1) * critical), d, 11, 1e-10))


@pytest.mark.parametrize(
    ("normalization", "beta", "d"),
    [
        ("none", 0.5, 2),
        pytest.param("softmax", 0.8, 2, marks=pytest.mark.slow),
        pytest.param("softmax", 2.0, 8, marks=pytest.mark.slow),
    ],
)
def test_the_amplitude_below_a_continuous_transition_is_landaus(normalization, beta, d):
    row = judged("noise_amplitude", settled(normalization, beta, d))
    assert row.verdict == "pass"
    assert row.tolerance == 1e-2


def test_an_amplitude_one_percent_too_large_fails():
    wrong = falsified(settled("none", 0.5, 2), order_parameter=lambda order: 1.01 * order)  # R² by two percent
    assert judged("noise_amplitude", wrong).verdict == "fail"


def test_a_record_of_another_normalization_has_not_this_amplitude():
    settled_here = settled("none", 0.5, 2)
    kappa = 0.998 * critical_diffusion(1, 2, 0.5, "softmax")
    wrong = falsified(settled_here, text=text("softmax", 0.5, kappa, 0.1, 1.0))
    assert judged("noise_amplitude", wrong).verdict == "fail"


def test_the_law_is_not_applied_where_it_leaves_out_too_much_or_does_not_exist():
    critical = critical_diffusion(1, 2, 5.0, "softmax")
    row = judged(
        "noise_amplitude", falsified(settled("none", 0.5, 2), text=text("softmax", 5.0, 0.99 * critical, 0.2, 1.0))
    )
    assert row.verdict in ("not applicable", "fail")
    first_order = text("none", 5.0, 4.8, 0.2, 1.0)
    row = judged("noise_amplitude", falsified(settled("none", 0.5, 2), text=first_order))
    assert row.verdict == "not applicable"
    assert "discontinuous" in row.reason
    above = text("none", 0.5, 0.6, 0.2, 1.0)
    assert "just below κ_c" in judged("noise_amplitude", falsified(settled("none", 0.5, 2), text=above)).reason


HYSTERETIC = ("none", 5.0, 0.99 * spinodal(2, 5.0).diffusion)
CONTINUOUS = ("none", continuous_transition_ceiling(2) - 0.5, 0.9)


def test_between_the_thresholds_the_end_depends_on_the_start():
    kept, lost = record(*HYSTERETIC, CONCENTRATED, 28.0), record(*HYSTERETIC, NEARLY_UNIFORM, 30.0)
    assert judged("noise_order", kept).verdict == judged("noise_order", lost).verdict == "pass"
    assert kept.observables["order_parameter"][-1] > 0.7 > 1e-6 > lost.observables["order_parameter"][-1]


def test_one_percent_beyond_the_spinodal_nothing_stays_concentrated():
    beyond = record("none", 5.0, 1.01 * spinodal(2, 5.0).diffusion, CONCENTRATED, 38.0)
    row = judged("noise_order", beyond)
    assert (row.verdict, row.predicted) == ("pass", 0.0)


@pytest.mark.parametrize("start", [CONCENTRATED, NEARLY_UNIFORM])
@pytest.mark.parametrize("normalization", ["none", pytest.param("softmax", marks=pytest.mark.slow)])
def test_beside_a_continuous_transition_the_end_does_not_depend_on_the_start(start, normalization):
    beta = CONTINUOUS[1]
    for share in (1.15, 0.85):
        kappa = share * critical_diffusion(1, 2, beta, normalization)
        end = 18 / abs(kappa / share - kappa)  # e^{−18} of the mean is left above; below it relaxes twice as fast
        # the steps' error keeps a mean that is to fall to e^{−18} from doing so: 1e-7 is too coarse
        row = judged("noise_order", run(text(normalization, beta, kappa, start, end, tolerance=1e-8)))
        assert row.verdict == "pass"
        assert (row.predicted > 0) == (share < 1)


def test_a_run_that_ended_in_the_other_state_fails():
    kept, lost = record(*HYSTERETIC, CONCENTRATED, 28.0), record(*HYSTERETIC, NEARLY_UNIFORM, 30.0)
    start = lost.observables["order_parameter"][0]
    from_little = falsified(kept, order_parameter=lambda order: np.concatenate([[start], order[1:]]))
    assert judged("noise_order", from_little).verdict == "fail"
    from_much = falsified(lost, order_parameter=lambda order: np.concatenate([[0.9], order[1:]]))
    assert judged("noise_order", from_much).verdict == "fail"


def test_starts_on_the_border_of_several_bumps_or_unfinished_runs_are_not_judged():
    border = stationary_states(2, 5.0, "none", HYSTERETIC[2])[0].order
    row = judged("noise_order", record(*HYSTERETIC, border * 0.95, 0.5))
    assert "too near to that of the unstable state" in row.reason
    row = judged("noise_order", record(*HYSTERETIC, CONCENTRATED, 0.5))
    assert (row.verdict, "a longer run would tell" in row.reason) == ("not applicable", True)
    mixture = record(*HYSTERETIC, CONCENTRATED, 0.5).case_text.replace(
        '"von_mises_fisher"\nconcentration = 3.0', '"uniform"'
    )
    several = falsified(record(*HYSTERETIC, CONCENTRATED, 0.5), text=mixture.replace("mean = [0.6, 0.8]", ""))
    assert "one bump" in judged("noise_order", several).reason


def test_uniform_data_stay_uniform_and_are_not_judged():
    row = judged("noise_order", falsified(record(*HYSTERETIC, CONCENTRATED, 0.5), text=text("none", 5.0, 4.0, 0.0, 0.5),
                                          order_parameter=np.zeros_like))  # fmt: skip
    assert "however unstable" in row.reason
