"""Claims about large β on the circle: transport to an eigenspace, then diffusion forwards if the values repel.

Each compares snapshots with a limit β → ∞ and with the theory's own first correction in 1/β; where the next one is no
longer small, nothing is claimed.
"""

import math

import numpy as np

from kinetic.claims.circle import cumulative, distance_to_quantiles, median_slope
from kinetic.claims.claim import CIRCLE, Claim, Finding, reached, require, require_usual, series_of
from kinetic.claims.evidence import Evidence
from kinetic.density import Density
from kinetic.geometry import on_circle
from kinetic.theory import alignment, moderate_limits
from kinetic.types import Array

COLD = 20.0  # β|KᵀQ| from which a limit of large β is worth comparing with
LABELS = 2048
NODES = (64, 256)  # of the diffusive limits
SIGNIFICANT = 1e-12  # of a coefficient


def _cold(evidence: Evidence) -> tuple[float, Array]:
    """Return (b, V) of the one head with βKᵀQ = bI, b large, on the circle."""
    require_usual(evidence)
    require(len(evidence.heads) == 1, "needs one head")
    (beta, query, key, value) = evidence.heads[0]
    form = beta * key.T @ query
    b = float(form[0, 0])
    require(np.array_equal(form, b * np.eye(2)), "needs KᵀQ a multiple of the identity")
    require(b >= COLD, f"needs beta times KᵀQ of {COLD:g} or more")
    return b, value


def _snapshots(evidence: Evidence) -> list[Density]:
    """Return the densities of all snapshots."""
    require(evidence.snapshot_times.size > 1, "needs two snapshots")
    return [series_of(evidence, i) for i in range(evidence.snapshot_times.size)]


def _values(density: Density, count: int) -> Array:
    """Return ρ at the angles 2πj/n, refused unless it is positive."""
    turn = 2.0 * math.pi * np.arange(count) / count
    values = density.values(on_circle(turn))
    require(bool(np.all(values > 0)), "needs an initial density that is positive everywhere")
    return values


def _transport(evidence: Evidence) -> tuple[float, Array, list[Density], alignment.CircleAlignment]:
    """Return b, V, the snapshots and the limit's characteristics at their times, for softmax and a V that turns x."""
    b, value = _cold(evidence)
    require(evidence.normalization == "softmax", "needs softmax attention")
    scalar = np.array_equal(value, value[0, 0] * np.eye(2))
    require(not scalar, "V, a multiple of the identity, moves no token in the limit")
    snapshots = _snapshots(evidence)
    path = alignment.circle_alignment(_values(snapshots[0], LABELS), evidence.snapshot_times, value)
    return b, value, snapshots, path


def _alignment_limit(evidence: Evidence, tolerance: float) -> Finding:
    """Compare β·W₁ to the transport at β = ∞ with its limit, at the snapshots where the law's next term is small.

    The law expands in ρ″/ρ over b within a token's range b^{−1/2}, and in how far ρ changes over a displacement ξ/b:
    the next term is less than the average of either, measured for b from 20 to 80. The snapshots are those where both
    averages are below the tolerance; that with the worst ratio is reported.
    """
    b, _, snapshots, path = _transport(evidence)
    constants = path.wasserstein_constants()
    small = np.array([_next_order(path, i) / b for i in range(len(snapshots))]) <= tolerance
    usable = np.flatnonzero(small & (evidence.snapshot_times > 0))
    reached(usable.size > 0, "no snapshot is early enough, at this beta, for the law's first term to suffice")
    masses = cumulative(snapshots[0], 2.0 * math.pi * np.arange(LABELS) / LABELS)
    found = {int(i): _scaled_distance(b, snapshots[i], path.angles[i], masses) for i in usable}
    worst = max(found, key=lambda i: abs(found[i][0] / constants[i] - 1.0))
    time = float(evidence.snapshot_times[worst])
    return Finding(float(constants[worst]), *found[worst], (time, time), "more snapshots, or a larger beta, would tell")


def _scaled_distance(b: float, density: Density, angles: Array, masses: Array) -> tuple[float, float]:
    """Return b·W₁, and how much it changes with half as many quantiles."""
    fine = b * distance_to_quantiles(density, angles, masses)
    return fine, abs(fine - b * distance_to_quantiles(density, angles[::2], masses[::2]))


def _next_order(path: alignment.CircleAlignment, index: int) -> float:
    """Return the larger of the averages of |ρ″/ρ| and |ξ ρ′/ρ| over the transported density."""
    angles, logarithm = path.angles[index], np.log(path.masses / path.stretch[index])
    slope = np.gradient(logarithm, angles)
    curvature = np.gradient(slope, angles) + slope * slope
    return float(max(path.masses @ np.abs(curvature), path.masses @ np.abs(path.displacement[index] * slope)))


def _alignment(evidence: Evidence, _tolerance: float) -> Finding:
    """Measure how fast the median angle to the leading eigenvector closes: |tan θ| decays at the spectral gap.

    In the limit that is exact for every token, so for the median; the first correction displaces tokens by ξ/b.
    """
    b, value, snapshots, path = _transport(evidence)
    require(bool(np.array_equal(value, value.T)), "needs a symmetric V")
    direction = np.linalg.eigh(value)[1][:, -1]
    _, gap = alignment.alignment_limit(direction[None, :], value)
    last = len(snapshots) - 1
    elapsed = float(evidence.snapshot_times[last] - evidence.snapshot_times[0])
    slopes = [median_slope(snapshots[i], direction) for i in (0, last)]
    angle = math.atan(slopes[1])
    shift = float(path.masses @ np.abs(path.displacement[last])) / b
    uncertainty = shift / (0.5 * math.sin(2.0 * angle)) / elapsed
    window = (float(evidence.snapshot_times[0]), float(evidence.snapshot_times[last]))
    return Finding(gap, math.log(slopes[0] / slopes[1]) / elapsed, uncertainty, window, "a larger beta would tell")


def _diffusive(evidence: Evidence, normalization: str) -> tuple[float, float, list[Density], Array]:
    """Return b, |V|, the snapshots and the initial ρ at the nodes, for V = −|V|I."""
    b, value = _cold(evidence)
    require(evidence.normalization == normalization, f'needs normalization "{normalization}"')
    strength = -float(value[0, 0])
    repels = np.array_equal(value, -strength * np.eye(2)) and strength > 0
    require(repels, "needs V a negative multiple of the identity: for a positive one the limit runs backwards")
    snapshots = _snapshots(evidence)
    sizes = np.abs(snapshots[0].coefficients).max(axis=0)
    degree = int(np.flatnonzero(sizes > SIGNIFICANT)[-1])
    count = int(np.clip(16 * math.ceil(degree / 2), *NODES))
    return b, strength, snapshots, _values(snapshots[0], count)


def _first_correction(
    evidence: Evidence, b: float, snapshots: list[Density], limit: tuple[Array, Array], remedy: str
) -> Finding:
    """Compare b·sup|ρ^b − ρ| with sup|r|, reporting the snapshot at which b(ρ^b − ρ) is farthest from r.

    The next term is b^{−1} times as large again, times about twice the average of |ρ″/ρ| (measured for b from 20 to
    80): that counts as uncertainty.
    """
    densities, corrections = limit
    count = densities.shape[1]
    seen = np.array([b * (_values(one, count) - rho) for one, rho in zip(snapshots, densities, strict=True)])
    sizes = np.abs(corrections).max(axis=1)
    usable = np.flatnonzero(sizes > 1e-3 * sizes.max())
    reached(usable.size > 0 and sizes.max() > 0, "the density has not moved")
    misses = np.abs(seen - corrections).max(axis=1)[usable] / sizes[usable]
    worst = int(usable[int(np.argmax(misses))])
    predicted = float(sizes[worst])
    measured = predicted * (1.0 + float(misses.max()))
    curvature = np.fft.irfft(-(np.arange(count // 2 + 1.0) ** 2) * np.fft.rfft(densities[0]), count)
    uncertainty = predicted * 2.0 * float(np.mean(np.abs(curvature))) / b
    time = float(evidence.snapshot_times[worst])
    return Finding(predicted, measured, uncertainty, (time, time), remedy)


def _heat_limit(evidence: Evidence, _tolerance: float) -> Finding:
    b, strength, snapshots, start = _diffusive(evidence, "softmax")
    limit = moderate_limits.heat_flow(start, strength * evidence.snapshot_times / b)
    return _first_correction(evidence, b, snapshots, limit, "a larger beta would tell")


def _porous_limit(evidence: Evidence, _tolerance: float) -> Finding:
    b, strength, snapshots, start = _diffusive(evidence, "none")
    limit = moderate_limits.porous_flow(start, strength * moderate_limits.porous_clock(evidence.snapshot_times, 2, b))
    return _first_correction(evidence, b, snapshots, limit, "a larger beta would tell")


CLAIMS = (
    Claim("alignment_limit", _alignment_limit, alignment.circle_alignment, 0.1, spaces=CIRCLE),
    Claim("alignment", _alignment, alignment.alignment_limit, 0.1, spaces=CIRCLE),
    Claim("heat_limit", _heat_limit, moderate_limits.heat_flow, 0.1, spaces=CIRCLE),
    Claim("porous_limit", _porous_limit, moderate_limits.porous_flow, 0.1, spaces=CIRCLE),
)
