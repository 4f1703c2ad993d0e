"""The approach to a Dirac mass under heads with matrices: the rate of 1 − R against the linear field at the limit."""

import math
from dataclasses import replace

import numpy as np

from kinetic.claims.claim import BENT, Claim, Finding, in_domain, require, require_usual
from kinetic.claims.collapse import late_window, not_flat, rate_in_window, require_positive_density, tie_in_window
from kinetic.claims.evidence import Evidence
from kinetic.theory import dirac_limit

_SAME = 1e-9  # relative difference of two rates that count as equal


def _heads_dirac_rate(evidence: Evidence, tolerance: float) -> Finding:
    """Measure the rate of 1 − R where the slower of repelling point and cluster has it almost alone.

    The linear rates hold at δ_e. A mean that is still δ away from e, in any direction, changes them by (2 + 2b)δ, and
    mass that is not there yet by that times e^{2b} (1 − R), in units of Σ‖V_h‖, b the largest |β|‖KᵀQ‖.
    """
    require_usual(evidence)
    require(not evidence.plain, "needs heads with matrices: for one identity head see dirac_rate")
    require_positive_density(evidence)
    mean = evidence["mean"][-1]
    require(np.linalg.norm(mean) > 0, "needs a mean direction")
    with in_domain():
        limit = dirac_limit.stationary_direction(mean, evidence.heads, evidence.normalization)
        rates = dirac_limit.dirac_rates(limit, evidence.heads, evidence.normalization)
    require(rates.is_stable, "the Dirac mass nearest to the mean is not stable")
    require(rates.antipode_residual < dirac_limit.STATIONARY, "the antipode of the Dirac mass is not stationary")
    predicted, trace = rates.density_deficit_rate, float(np.sum(rates.escape.real))
    escape = float(np.min(rates.escape.real))
    reach = evidence.reach
    stiffness = (2 + 2 * reach) * evidence.strength
    slopes = evidence.log_slopes("order_deficit")
    side = "antipode" if trace < rates.cluster_deficit_rate else "cluster"
    if abs(trace - rates.cluster_deficit_rate) < _SAME * predicted:
        finding = tie_in_window(evidence, slopes, predicted, tolerance, stiffness * math.exp(2 * reach), escape)
    else:
        finding = rate_in_window(slopes, late_window(evidence, side))
    end = finding.window[1]
    away = np.linalg.norm(evidence["mean"] / np.linalg.norm(evidence["mean"], axis=1)[:, None] - limit, axis=1)
    distance = float(np.interp(end, evidence.times, away))
    deficit = float(np.interp(end, evidence.times, evidence["order_deficit"]))
    uncertainty = finding.uncertainty + stiffness * (distance + math.exp(2 * reach) * deficit)
    if side == "antipode":
        uncertainty += predicted * not_flat(evidence, escape, end)
    return replace(finding, predicted=predicted, uncertainty=uncertainty)


CLAIMS = (Claim("heads_dirac_rate", _heads_dirac_rate, dirac_limit.dirac_rates, 1e-3, spaces=BENT),)
