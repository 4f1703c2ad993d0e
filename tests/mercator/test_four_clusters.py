"""Four clusters of the sphere, from smooth data through three mergers to one Dirac mass: the bundled case, loosely."""

import tempfile
from functools import cache

import numpy as np
import pytest
from oracles.sphere_tokens import mergers, rule

import kinetic
from kinetic.case import Case
from kinetic.claims.basins import SPLINE
from kinetic.claims.evidence import Evidence
from kinetic.library import bundled
from kinetic.theory import basins, enclosed, sphere_potential

pytestmark = pytest.mark.slow  # a minute of processor
LOOSE = 1e-6


@cache
def run():
    """The record's evidence and the clusters' row that is first after t = 12."""
    overrides = [f"time.tolerance={LOOSE}"]
    with tempfile.TemporaryDirectory() as folder:
        found = Evidence(kinetic.run(Case.read(bundled()["metastable_sphere_four"], overrides), folder))
        found.densities = [found.density(index) for index in range(found.snapshot_times.size)]
    return found, int(np.searchsorted(found.record.clusters["time"], 12.0))


@cache
def carried(beta, reverse=False):
    """Masses of the basins of the clusters, by the field of a head on the snapshots to t = 6."""
    evidence, row = run()
    last = int(np.searchsorted(evidence.snapshot_times, 6.0))
    degree = sphere_potential.significant_degree(beta)
    moments = np.array([sphere_potential.moments(*d.quadrature(2 * degree), degree) for d in evidence.densities[:last]])
    if reverse:
        moments[:-1] = moments[-2::-1]
    found = basins.basins_of_the_sphere(evidence.snapshot_times[:last], moments, beta, "softmax", SPLINE)
    own = np.argmax(evidence.record.clusters["position"][row] @ found.places.T, axis=1)
    return enclosed.masses_between(found.borders, 4, evidence.densities[0].values)[own]


def test_masses_are_those_of_the_basins_and_of_no_others():
    evidence, row = run()
    clusters = evidence.record.clusters
    masses, places = clusters["mass"][row], clusters["position"][row]
    # the bundled case, at 1e-8: 0.3051892, 0.2754034, 0.2296171, 0.1897903, to 2e-7 those of tokens' fields too
    assert np.abs(masses - carried(5.0)).max() < 20 * LOOSE
    points, weights = rule(120)
    initial = weights * evidence.densities[0].values(points)
    nearest = np.bincount(np.argmax(points @ places.T, axis=1), initial, 4)
    for other in (nearest, carried(10.0), carried(5.0, reverse=True)):
        assert np.abs(masses - other).max() > 1e-3


def test_clusters_merge_as_dirac_masses_do_and_narrow_to_the_end():
    evidence, _ = run()
    clusters = evidence.record.clusters
    row = int(np.searchsorted(clusters["time"], 20.0))
    begin = float(clusters["time"][row])
    exact = mergers(clusters["position"][row], clusters["mass"][row], 5.0, begin, 2000.0)
    np.testing.assert_allclose(clusters["merger_time"], exact, rtol=1e-7)
    np.testing.assert_allclose(exact, [81.624, 119.02, 1157.5], rtol=5e-4)
    assert evidence["order_deficit"][-1] < 1e-20
    late = evidence.times > exact[-1] + 20.0
    fall = np.diff(np.log(evidence["order_deficit"][late])) / np.diff(evidence.times[late])
    np.testing.assert_allclose(fall, -2.0, rtol=1e-9)
