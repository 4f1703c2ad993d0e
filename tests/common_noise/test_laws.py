"""Laws of ensembles on cases that they are about: against runs with independent noise, against few realisations."""

import numpy as np
import pytest
from common_noise.given import BUMP, STILL, case
from laws.given import marched

from kinetic.assembly import build
from kinetic.case import Case
from kinetic.claims.claim import NotApplicable
from kinetic.claims.ensembles import LAWS
from kinetic.library import bundled_sweeps
from kinetic.sweep import Sweep
from kinetic.theory import common_noise

FIELD = {"kind": "field", "covariance": [0.2, 0.5, 0.3]}


@pytest.mark.parametrize("kind", ["circle", "sphere"])
def test_independent_noise_has_the_annealed_density_and_the_opposite_energy(kind):
    given = case(kind, FIELD, initial=BUMP[kind], end=0.5, rows=2, degree=31)
    tables = {name: getattr(given.model, name).model_dump(exclude_unset=True) for name in ("space", "time", "output")}
    # κ(1)/2 is the diffusivity of one token
    twin = {"title": "t", **tables, "attention": STILL, "initial": BUMP[kind], "noise": {"diffusion": 0.5}}
    _, rows = marched(build(Case.from_dict(twin)))
    times = np.array([0.0, 0.25, 0.5])
    law = LAWS["pair_energy"]
    common, independent = law.predict(given, 1, times), law.independent(given, times)
    # the stepper's tolerance, and the averages' 1e-9
    assert np.allclose(rows["energy"], independent, rtol=0, atol=1e-8)
    assert common[0] == pytest.approx(independent[0], abs=1e-8)
    assert np.all(np.diff(common) > 0.01)
    assert np.all(np.diff(independent) < -0.01)
    annealed = LAWS["annealed_decay"].predict(given, 1, times)
    assert np.allclose(rows["order_parameter"] / rows["order_parameter"][0], annealed, rtol=0, atol=1e-8)
    # control: half the noise
    weaker = LAWS["annealed_decay"].predict(case(kind, {**FIELD, "strength": 0.5**0.5}, initial=BUMP[kind]), 1, times)
    assert not np.allclose(rows["order_parameter"] / rows["order_parameter"][0], weaker, rtol=0, atol=1e-2)


def point(name):
    """The first case of a bundled sweep."""
    return Sweep.read(bundled_sweeps()[name]).points[0].case


def test_laws_of_clusters_are_made_of_their_exponents():
    times = np.array([0.0, 1.0])
    spread = LAWS["typical_spread"].predict(point("common_noise_approach"), 1, times)
    assert spread == pytest.approx(1e-3 * np.exp([0.0, common_noise.lyapunov_exponent(2, 1.0, 1.1)]), rel=1e-12)
    opposite = LAWS["opposite_pair"].predict(point("common_noise_opposite"), 1, times)
    assert opposite == pytest.approx(0.02 * np.exp([0.0, 0.5 / np.cosh(1.0) ** 2 - 1.0]), rel=1e-3)
    energy = LAWS["two_clusters"].predict(point("common_noise_pairs"), 1, times)
    assert energy[0] == pytest.approx(0.25 * (np.e + 1.0), abs=1e-9)


@pytest.mark.parametrize(
    ("law", "name", "setting", "words"),
    [
        ("typical_spread", "common_noise_approach", "initial.concentration=5.0", "at least 10000"),
        ("opposite_pair", "common_noise_pairs", "attention.normalization=softmax", "nearly antipodal"),
        ("two_clusters", "common_noise_pairs", "common_noise.strength=0.5", "strength = 1"),
        ("two_clusters", "common_noise_pairs", "initial.uniform=0.1", "equal weight"),
        ("two_clusters", "common_noise_approach", "space.degree=15", "values"),
    ],
)
def test_laws_of_clusters_say_what_they_are_not_about(law, name, setting, words):
    given = point(name)
    changed = Case.parse(given.text, (*given.overrides, setting), given.name)
    with pytest.raises(NotApplicable, match=words):
        LAWS[law].predict(changed, 1, np.array([1.0]))
