"""Tokens carried by slow moments: the same density as Runge–Kutta steps and characteristics give, for less."""

from dataclasses import replace

import numpy as np
import pytest
from mercator.continuing import continued
from oracles import densities
from oracles.characteristics import solve

from kinetic.integrate.carrying import CarryingStepper
from kinetic.kernels import ExponentialKernel
from kinetic.march import Row, Step, march
from kinetic.mercator.zonal import mercator_problem
from kinetic.mercator.zonal.carried import AHEAD
from kinetic.mercator.zonal.state import MercatorState
from kinetic.problem import CarryingFlow, Schedule

NAMES = ("order_deficit", "energy_gap", "w2_to_dirac", "dissipation", "work", "arc_length", "entropy")


def problem(d, beta, concentration, end, tolerance=1e-10, rows=2, normalization="none"):
    logarithm = densities.von_mises_fisher(d, concentration)
    return mercator_problem(
        ExponentialKernel(beta, d),
        normalization,
        densities.Given(logarithm),
        Schedule(end, end / rows, end),
        tolerance,
        "dop853",
    )


def carried(*args, **options):
    """The same problem, whose tokens are carried from the beginning, on elements made for it."""
    found = problem(*args, **options)
    flow = found.flow.at_layout({**found.flow.layout, "carried": 1})
    flow, state = flow.adapt(found.state) or (flow, found.state)
    return replace(found, flow=flow, state=state)


def rows(found):
    events = list(march(found))
    values = [event.values for event in events if isinstance(event, Row)]
    columns = {name: np.array([row[name] for row in values]) for name in (*NAMES, "mass", "log_antipode_density")}
    return columns, [event for event in events if isinstance(event, Step)]


CASES = [
    (2, 2.0, 16.0, 0.2),
    (3, 1.5, -16.0, 0.2),  # the cluster is at −e
    (8, 1.0, 40.0, 0.2),
]


@pytest.mark.parametrize(("d", "beta", "concentration", "end"), CASES)
def test_carried_tokens_are_where_runge_kutta_steps_take_them(d, beta, concentration, end, monkeypatch):
    found = carried(d, beta, concentration, end)
    assert "carried" in found.flow.layout
    one, _ = rows(found)
    monkeypatch.setattr("kinetic.mercator.zonal.flow.pays", lambda *_: False)
    other, stepped = rows(problem(d, beta, concentration, end))
    assert "carried" not in stepped[-1].checkpoint.layout
    # the tolerance, times the steps of the dearer of the two; the length's own is that of its square root at the start
    for name in NAMES:
        scale = np.abs(other[name]).max() if name in ("work", "entropy") else np.abs(other[name])
        assert np.all(np.abs(one[name] - other[name]) <= 1e-9 * scale), name
    assert np.all(np.abs(one["log_antipode_density"] - other["log_antipode_density"]) < 1e-9)
    assert np.abs(one["mass"] - 1).max() < 1e-13


@pytest.mark.slow  # characteristics take the seconds
@pytest.mark.parametrize(("d", "beta", "concentration", "end"), [CASES[0], (3, 1.5, 8.0, 1.0)])
def test_carried_tokens_agree_with_characteristics(d, beta, concentration, end):
    found = carried(d, beta, concentration, end)
    columns, _ = rows(found)
    exact = solve(d, beta, "none", densities.von_mises_fisher(d, concentration), np.linspace(0, end, 3))
    for name in ("order_deficit", "energy_gap", "w2_to_dirac", "dissipation"):
        assert np.all(np.abs(columns[name] / getattr(exact, name) - 1) < 1e-9), name


def deficit(tolerance):
    return rows(carried(2, 2.0, 16.0, 0.3, tolerance=tolerance, rows=1))[0]["order_deficit"][-1]


def test_the_error_follows_the_tolerance():
    exact = deficit(1e-8)
    off = [abs(deficit(tolerance) / exact - 1) for tolerance in (1e-4, 1e-6)]
    # a handful of steps, and the elements follow the tolerance too
    assert off[0] < 1e-3
    assert off[1] < 1e-5


def test_elements_that_are_about_to_cross_are_halved_and_no_step_goes_beyond_them():
    found = carried(2, 2.0, 6.0, 1.0)
    assert found.flow.elements > problem(2, 2.0, 6.0, 1.0).flow.elements
    reach = found.flow.reach(0.0, found.state)
    field = found.flow._field(0.0, MercatorState.of(found.state, found.flow.element).mesh)
    assert reach * np.abs(field.velocity).min() >= AHEAD
    bare = problem(2, 2.0, 6.0, 1.0)
    unready = bare.flow.at_layout({**bare.flow.layout, "carried": 1})
    assert unready.reach(0.0, bare.state) < reach  # control


def test_a_run_of_carried_tokens_goes_on_bit_for_bit():
    whole = continued(lambda: carried(2, 2.0, 12.0, 1.0, tolerance=1e-6))
    assert all(checkpoint.error == CarryingStepper.error for checkpoint in whole)  # the stepper's constant
    assert all("carried" in checkpoint.layout for checkpoint in whole)


@pytest.mark.slow  # fifteen e-folds: the headline
def test_collapse_at_beta_2_carries_its_tokens_by_itself_and_costs_a_tenth():
    end = 60.0
    columns, steps = rows(problem(2, 2.0, 2.0, end, rows=12))
    begun = next(i for i, step in enumerate(steps) if "carried" in step.checkpoint.layout)
    late, early = steps[-1].checkpoint.time - steps[begun].checkpoint.time, steps[begun].checkpoint.time
    paces = steps[begun].evaluations / early, (steps[-1].evaluations - steps[begun].evaluations) / late
    assert paces[1] < 0.1 * paces[0]
    assert np.abs(columns["energy_gap"][0] - columns["energy_gap"] - columns["work"]).max() < 1e-10
    exact = solve(2, 2.0, "none", densities.von_mises_fisher(2, 2.0), np.linspace(0, end, 13))
    assert np.all(np.abs(columns["order_deficit"] / exact.order_deficit - 1) < 1e-9)


@pytest.mark.parametrize(("normalization", "beta"), [("softmax", 3.0), ("none", 0.5)])
def test_where_tokens_do_not_rush_they_are_stepped(normalization, beta):
    _, steps = rows(problem(2, beta, 6.0, 1.0, 1e-8, normalization=normalization))
    assert all("carried" not in step.checkpoint.layout for step in steps)


def test_tokens_that_no_longer_stream_towards_the_cluster_are_stepped_again():
    two = densities.mixture([0.6, 0.4], [densities.von_mises_fisher(2, kappa) for kappa in (6.0, -6.0)])
    found = mercator_problem(
        ExponentialKernel(2.0, 2), "none", densities.Given(two), Schedule(1.0, 1.0, 1.0), 1e-8, "dop853"
    )
    flow = found.flow.at_layout({**found.flow.layout, "carried": 1})
    adapted, _ = flow.adapt(found.state)
    assert isinstance(flow, CarryingFlow)
    assert not isinstance(adapted, CarryingFlow)
    assert found.flow.adapt(found.state) is None  # which does not carry them either


@pytest.mark.slow
def test_evaluations_of_an_e_fold_do_not_grow_with_beta():
    """Runge–Kutta steps take e^{2β} of them; the longest e-fold here takes some hundreds."""
    counts = []
    for beta in (1.5, 2.5):
        _, steps = rows(carried(2, beta, 12.0, 0.5 * np.exp(beta), 1e-8, rows=1))
        counts.append(steps[-1].evaluations)
    assert counts[1] < 2 * counts[0]
