"""KᵀQ = V = Vᵀ in every head: dE/dt = ∫|X|² dμ; no such identity without it (arXiv:2605.04279)."""

from functools import cache

import numpy as np
import pytest
from claims.records import falsified, heads_case, judged, linear, run

A, B = "[[1.0, 0.4], [0.4, -0.5]]", "[[-0.3, 0.2], [0.2, 0.8]]"
SYMMETRIC = (f"beta = 1.5, query = {A}, value = {A}", f"beta = -0.7, query = {B}, value = {B}")
TURNED = ("beta = 1.5, value = [[0.3, -1.0], [1.0, -0.2]]",)


@cache
def record(normalization, heads=SYMMETRIC, diffusion=0.0, end=1.0):
    return run(heads_case("circle", normalization, heads, linear("circle"), end, 63, diffusion))


@pytest.mark.parametrize("diffusion", [0.0, 0.05])
def test_symmetric_heads_turn_all_their_work_into_energy(diffusion):
    found = record("none", SYMMETRIC, diffusion)
    assert judged("energy_monotone", found).verdict == "pass"
    row = judged("energy_identity", found)
    assert row.verdict == "pass"
    if diffusion:
        free = found.observables["free_energy"]
        assert row.predicted == pytest.approx(free[0] - free[-1], rel=1e-12)


def test_several_partitions_keep_the_identity_and_not_the_sign():
    found = record("softmax")
    assert judged("energy_identity", found).verdict == "pass"
    row = judged("energy_monotone", found)
    assert row.verdict == "not applicable"
    assert "several partitions" in row.reason
    assert judged("energy_monotone", record("softmax", SYMMETRIC[:1])).verdict == "pass"


@pytest.mark.parametrize("normalization", ["softmax", "none"])
def test_values_that_are_not_the_scores_have_no_gradient_structure_and_the_energy_falls(normalization):
    found = record(normalization, TURNED, end=3.0)
    for name in ("energy_monotone", "energy_identity"):
        row = judged(name, found)
        assert row.verdict == "not applicable"
        assert "no gradient structure" in row.reason
    energy = found.observables["energy"]
    assert np.diff(energy).min() < -1e-4 * np.abs(energy).max()
    # judged as if the heads were symmetric, the same record fails both
    wrong = falsified(found, text=record(normalization, SYMMETRIC[:1]).case_text)
    assert judged("energy_monotone", wrong).verdict == "fail"
    assert judged("energy_identity", wrong).verdict == "fail"


@pytest.mark.parametrize("normalization", ["softmax", "none"])
@pytest.mark.parametrize("factor", [-1.0, 0.5])
def test_values_that_are_a_multiple_of_the_scores_raise_that_multiple_of_the_energy(normalization, factor):
    found = record(normalization, (f"beta = 2.0, value = {factor}",))
    assert judged("energy_monotone", found).verdict == "pass"
    row = judged("energy_identity", found)
    assert row.verdict == "pass"
    energy = found.observables["energy"]
    assert row.predicted == pytest.approx(factor * (energy[-1] - energy[0]), rel=1e-12)
    assert row.predicted > 0


def test_one_multiple_for_the_scores_of_both_heads_is_needed():
    unequal = ("beta = 1.0", "beta = 1.0, value = 0.5")
    assert "one number c" in judged("energy_identity", record("none", unequal)).reason


def test_a_free_energy_with_the_wrong_noise_fails():
    found = record("none", SYMMETRIC, 0.05)
    wrong = falsified(found, text=found.case_text.replace("diffusion = 0.05", "diffusion = 0.051"))
    assert judged("energy_identity", wrong).verdict == "fail"
    lost = falsified(found, entropy=lambda values: values + np.linspace(0, 100, values.size))
    assert judged("energy_monotone", lost).verdict == "fail"


def test_softmax_with_noise_has_no_free_energy():
    for name in ("energy_monotone", "energy_identity"):
        row = judged(name, record("softmax", SYMMETRIC[:1], 0.05))
        assert row.verdict == "not applicable"
        assert "no free energy" in row.reason
