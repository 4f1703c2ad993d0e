"""Claims about a context of n tokens with β = γ ln n: how much of a token's attention goes to others.

The transition at γ_c = 1/(1 − ρ) is a theorem about **one layer** of attention (arXiv:2510.05554). What is measured
here is the **flow**, of which the theorem says nothing: the speed of the overlap ρ = h² of a ring, ρ′ = 2ρ(1 − ρ)·s. In
the share s that goes to others, the weight that a token gives to itself is the one trace of n; s passes from one to
zero where γ(1 − ρ) = 1, derived in `kinetic.theory.long_context`. That both turn at one γ is the claim.
"""

import math
from dataclasses import dataclass

import numpy as np

from kinetic.claims.claim import AXIS, Claim, Finding, Ground, known, reached, require
from kinetic.claims.evidence import Evidence
from kinetic.claims.rings import ring_variance
from kinetic.theory import long_context

_CROSSOVER = Ground("derived", "derived here for the flow; one layer: " + long_context.critical_gamma.source)


@dataclass(frozen=True)
class _Ring:
    """A ring in a finite context.

    Parameters
    ----------
    beta, n : float
    d : int
    variance : float
        Of <x, e>.
    """

    beta: float
    n: float
    d: int
    variance: float

    def blur(self, share: float) -> float:
        """Return the relative error of a share from width and rounding: (1 + |β|)² times the variance, and εn.

        A token's Z varies over the ring like e^{β h c}: by β² h² Var(c), which also disturbs the share. Attention is
        known to ε of the whole e^β, of which self-attention is 1/n.
        """
        return (1 + abs(self.beta)) ** 2 * self.variance * share + 8 * np.finfo(float).eps * self.n

    def finite_dimension(self, h: float) -> float:
        """Bound how far the share is from its limit d → ∞.

        On a ring Z = e^{βh²}Λ(z), 1 ≤ Λ ≤ e^{z²/2(d−1)}, and the force loses a ≤ z/(d−1), z = β(1 − h²).
        """
        z = self.beta * (1 - h * h)
        limit = long_context.attention_share(h * h, self.beta, self.n)
        # a factor Λ of Z is a context longer by Λ
        longer = long_context.attention_share(h * h, self.beta, 1 + (self.n - 1) * math.exp(z * z / (2 * (self.d - 1))))
        return max(longer - limit, limit * abs(z) / (self.d - 1))


def _require_ring(evidence: Evidence) -> _Ring:
    """Return the ring of a run, or say that it is none in a finite context."""
    attention = evidence.case.attention
    other = "needs one head with Q = K = V = I and β > 0, no noise and tokens of norm one"
    beta = known(attention.identity_head, other).beta
    require(beta > 0 and evidence.diffusion == 0 and evidence.case.layer_norm.scheme == "post", other)
    n = known(attention.context_length, "needs attention.context_length")
    return _Ring(beta, float(n), evidence.d, ring_variance(evidence))


def _shares(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return times, h, h′/(h(1 − h²)) and the error of its differentiation, at rows with neighbors."""
    slopes = evidence.slopes(evidence["mean"])
    reached(slopes.times.size > 0, "the record holds too few rows for a slope")
    h = np.interp(slopes.times, evidence.times, evidence["mean"])
    speed = h * (1 - h * h)
    return slopes.times, h, slopes.values / speed, slopes.uncertainties / np.abs(speed)


def _context_ring(evidence: Evidence, _tolerance: float) -> Finding:
    """Compare the share of attention that goes to others, from the first slope, with that of a ring in d dimensions."""
    ring = _require_ring(evidence)
    times, h, shares, errors = _shares(evidence)
    height = float(h[0])
    predicted = long_context.ring_rate(height, ring.d, ring.beta, ring.n) / (height * (1 - height**2))
    error = float(errors[0]) + ring.blur(predicted)
    window = (0.0, float(2 * times[0]))
    return Finding(predicted, float(shares[0]), error, window, "a narrower ring would tell")


def _long_context(evidence: Evidence, tolerance: float) -> Finding:
    """Compare the share of attention that goes to others with that of n equiangular tokens, d → ∞.

    That is the flow, not the layer of the theorem. The error in 1/d counts as uncertainty.
    """
    ring = _require_ring(evidence)
    times, h, shares, errors = _shares(evidence)
    height = float(h[0])
    away = ring.finite_dimension(height)
    require(away < tolerance, f"d = {ring.d} moves the share by up to {away:.2g} from its limit; needs a larger d")
    predicted = long_context.attention_share(height**2, ring.beta, ring.n)
    error = float(errors[0]) + ring.blur(predicted) + away
    window = (0.0, float(2 * times[0]))
    return Finding(predicted, float(shares[0]), error, window, "a larger dimension, or a narrower ring, would tell")


def _context_crossover(evidence: Evidence, _tolerance: float) -> Finding:
    """Find the overlap ρ at which half of the attention goes to others, and compare γ = β/ln n with 1/(1 − ρ).

    The theorem has this γ_c for one layer; the flow crosses it when its overlap has grown to ρ. Finite d and n shift
    ln of the ratio of others to self by z²/2(d−1) + 2z/(d−1) + 1/n at most, of ln n. The slower end of the ring lags
    behind where the share rises steeply: its width has grown by then, by as much as the speed.
    """
    ring = _require_ring(evidence)
    _, h, shares, errors = _shares(evidence)
    reached(shares[0] < 0.5, f"the share is {shares[0]:.3g} from the start, beyond its crossover")
    reached(shares.max() > 0.5, f"the share has reached {shares.max():.3g}, not its crossover")
    after = int(np.argmax(shares > 0.5))
    before = after - 1
    part = float((0.5 - shares[before]) / (shares[after] - shares[before]))
    height = float(h[before] + part * (h[after] - h[before]))
    gamma, critical = ring.beta / math.log(ring.n), long_context.critical_gamma(height**2)
    z = ring.beta * (1 - height**2)
    shift = (z * z / 2 + 2 * z) / (ring.d - 1) + 1 / ring.n + 4 * float(errors[after])
    spread = (1 + ring.beta) ** 2 * ring.variance * (0.5 / max(float(shares[0]), 1e-3)) ** 2
    window = (0.0, float(evidence.times[-1]))
    error = critical * (shift + spread) / math.log(ring.n)
    return Finding(critical, gamma, error, window, "a larger dimension, or a narrower ring, would tell")


CLAIMS = (
    Claim("long_context", _long_context, long_context.attention_share, 0.2, absolute=True, spaces=AXIS),
    Claim("context_ring", _context_ring, long_context.ring_rate, 1e-2, absolute=True, spaces=AXIS),
    Claim("context_crossover", _context_crossover, _CROSSOVER, 5e-2, spaces=AXIS),
)
