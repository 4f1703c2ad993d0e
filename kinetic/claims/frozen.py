"""Claims about tokens that feel the initial density for ever (mean-shift without blurring)."""

import math

import numpy as np

from kinetic.claims.claim import CIRCLE, Claim, Finding, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.geometry import on_circle
from kinetic.special import gauss_panels
from kinetic.theory import mean_shift
from kinetic.theory.kernel_growth import Weight
from kinetic.types import Array

_PIECES = 64
_SHARPEST = 512  # degree up to which a quadrature of the initial density tells what the kernel feels, and 8β more
_SMOOTH = ("exponential", "linear", "polynomial")


def _masses(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the masses of clusters at the last row with the initial masses of the basins of the field.

    The field is summed over a quadrature of the initial density. What has not come near an attracting point by then is
    the uncertainty.
    """
    case = evidence.case
    require(case.perceptron is None and evidence.diffusion == 0, "needs attention alone, without noise")
    head = case.attention.identity_head if case.attention.kernel in _SMOOTH else None
    beta = known(head, "needs one identity head with a kernel without kinks").beta
    found = evidence.record.clusters
    require(found.get("mass", np.zeros(0)).size > 0, "the record tells no clusters")
    weight = Weight(case.attention.kernel, beta, coefficients=case.attention.coefficients or ())
    begin = evidence.density(0)
    points, masses = begin.quadrature(_SHARPEST + math.ceil(8.0 * abs(beta)))
    attracting, parting = mean_shift.basins(np.arctan2(points[:, 1], points[:, 0]), masses, weight)
    require(attracting.size > 1, "the field has one basin only")
    predicted = np.array([_mass_around(evidence, float(angle), parting) for angle in attracting])
    places, last = found["position"][-1], found["mass"][-1]
    there = np.isfinite(last)
    angles = np.arctan2(places[there, 1], places[there, 0])
    distances = np.abs(np.angle(np.exp(1j * (angles[:, None] - attracting))))
    reached(there.any(), "no cluster is there at the last row")
    nearest = np.argmin(distances, axis=0)
    measured = np.where(distances.min(axis=0) < 0.1, last[there][nearest], 0.0)
    doubt = max(1.0 - float(measured.sum()), 0.0)
    worst = int(np.argmax(np.abs(measured - predicted)))
    time = float(evidence.times[-1])
    return Finding(float(predicted[worst]), float(measured[worst]), doubt, (time, time), "a longer run would tell")


def _mass_around(evidence: Evidence, angle: float, parting: Array) -> float:
    """Return the initial mass between the two parting angles around an angle."""
    away = np.mod(parting - angle, 2 * math.pi)
    low, high = angle - float((2 * math.pi - away).min()), angle + float(away.min())
    nodes, weights = gauss_panels(np.linspace(low, high, _PIECES + 1))
    values = evidence.density(0).values(on_circle(nodes))
    return float(values @ weights) / (2.0 * math.pi)


CLAIMS = (Claim("frozen_masses", _masses, mean_shift.basins, 1e-3, absolute=True, frozen="only", spaces=CIRCLE),)
