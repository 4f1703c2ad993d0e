"""Rings and bumps as runs have them: what counts as one, how wide it is, and what its width does to a law without.

The law of a ring without width is that of one latitude, that of bumps without width one of a few tokens. The law with
width is that of several rings, or tokens, at the nodes of Gauss's rules: two nodes have every effect of the width up to
the variance v, three up to v². What three do to the law without width, and what they do beyond two, is its uncertainty.
"""

import math
from collections.abc import Sequence

import numpy as np

from kinetic.case import AnyInitial, Band, Component, LayerNorm, Mixture, VonMisesFisher
from kinetic.claims.claim import NotApplicable, in_domain, require
from kinetic.claims.evidence import Evidence
from kinetic.errors import KineticError
from kinetic.theory import scheme_ring
from kinetic.theory.schemes import Norm
from kinetic.types import Array

HIGH_DIMENSION = 64  # from here on a von Mises–Fisher density counts as a ring: its width is of the order d^{-1/2}
NARROW_RING = 0.05
NORMAL = (
    (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    (math.sqrt(3.0) * np.array([-1.0, 0.0, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0),
)
"""Nodes, in standard deviations, and weights of Gauss's rules of two and three nodes for a normal distribution."""

_SAMPLES = 2000
_REACH = 8.0  # standard deviations: beyond them there is 1e-15 of a normal distribution


def _marginal(evidence: Evidence) -> tuple[Array, Array]:
    """Return cosines c = <x, e> and their shares of the initial mass, or say that the density is no ring.

    The marginal is e^{−(c−c₀)²/2w²} or e^{kc}, times (1 − c²)^{(d−3)/2}.
    """
    initial, d = evidence.initial, evidence.d
    narrow = isinstance(initial, Band) and initial.width <= NARROW_RING
    high = isinstance(initial, VonMisesFisher) and d >= HIGH_DIMENSION
    require(narrow or high, "needs a narrow zonal ring, or a bump in high dimension")
    mean = float(evidence["mean"][0])
    require(0 < abs(mean) < 1, "a ring on the equator does not move")
    spread = initial.width if isinstance(initial, Band) else d**-0.5
    ends = np.clip([mean - _REACH * spread, mean + _REACH * spread], -1.0, 1.0)
    cosines = ends[0] + (ends[1] - ends[0]) * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    if isinstance(initial, Band):
        logs = -0.5 * ((cosines - initial.latitude) / initial.width) ** 2
    else:
        assert isinstance(initial, VonMisesFisher)
        logs = math.copysign(initial.concentration, mean) * cosines
    logs = logs + 0.5 * (d - 3) * np.log((1 - cosines) * (1 + cosines))
    shares = np.exp(logs - logs.max())
    return cosines, shares / shares.sum()


def ring_variance(evidence: Evidence) -> float:
    """Return the variance of <x, e> over a ring at the start, or say that the initial density is none."""
    cosines, shares = _marginal(evidence)
    return float(shares @ (cosines - shares @ cosines) ** 2)


def norm_of(given: LayerNorm) -> Norm:
    """Return the layer norm of a case as theory has it."""
    return Norm(given.scheme, given.radius, given.switch_time, given.rate)


def with_width(evidence: Evidence, beta: float) -> list[tuple[Array, Array]]:
    """Return (<m, e>, mean norm) at the rows for two and for three rings in place of the initial density."""
    norm, how = norm_of(evidence.case.layer_norm), (evidence.d, beta, evidence.normalization)
    found = []
    for count in (2, 3):
        nodes, weights = _gauss(*_marginal(evidence), count)
        try:
            with in_domain():
                cosines, norms = scheme_ring.rings_trajectory(norm, nodes, weights, evidence.times, *how)
        except KineticError as error:
            raise NotApplicable(f"the law of a ring of this width cannot be followed: {error}") from error
        found.append((cosines @ weights, norms @ weights))
    return found


def _gauss(points: Array, shares: Array, count: int) -> tuple[Array, Array]:
    """Return nodes and weights of Gauss's rule for a distribution, by its three-term recurrence."""
    before, now = np.zeros_like(points), np.ones_like(points)
    centers, norms = [], [1.0]
    for _ in range(count):
        centers.append(float(shares @ (points * now * now)) / norms[-1])
        ratio = norms[-1] / norms[-2] if len(norms) > 1 else 0.0
        before, now = now, (points - centers[-1]) * now - ratio * before
        norms.append(float(shares @ (now * now)))
    beside = np.sqrt(np.array(norms[1:count]) / np.array(norms[: count - 1]))
    nodes, vectors = np.linalg.eigh(np.diag(centers) + np.diag(beside, 1) + np.diag(beside, -1))
    return nodes, vectors[0] ** 2


def effect_of_width(single: Array, two: Array, three: Array) -> Array:
    """Return the size of the change of the law of one ring by its width, plus that of its second order."""
    return np.asarray(np.abs(three - single) + np.abs(three - two))


def narrow_bumps(initial: AnyInitial, concentration: float) -> tuple[Component, ...]:
    """Return the bumps of at least a concentration of which an initial density consists; none where it has others."""
    if isinstance(initial, VonMisesFisher):
        alone = Component.model_construct(mean=initial.mean, concentration=initial.concentration, weight=1.0)
        found: tuple[Component, ...] = (alone,)
    else:
        found = initial.components if isinstance(initial, Mixture) and initial.uniform == 0 else ()
    return found if all(bump.concentration >= concentration for bump in found) else ()


def two_ends(evidence: Evidence, concentration: float) -> tuple[float, tuple[Component, ...]]:
    """Return the mass of the lighter of two ends ±e, and the bumps at both; refuse data with anything else."""
    bumps = narrow_bumps(evidence.initial, concentration)
    ends = {bump.axis for bump in bumps}
    require(
        ends == {1, -1},
        f"needs two zonal bumps, of at least concentration {concentration:g} at e and −e, and nothing else",
    )
    far = sum(bump.weight for bump in bumps if bump.axis == -1)
    return min(far, 1 - far), bumps


def bump_tokens(bumps: Sequence[Component], rule: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return tokens, shape (n, d), and masses that stand for von Mises–Fisher bumps.

    At the nodes of a rule along orthogonal directions, carried from the tangent space to the sphere by geodesics; the
    variance along each, −ln(1 − 1/k), gives a bump of concentration k its mean up to k^{−3} for d = 2 and 3.
    """
    found, masses = [], []
    for bump in bumps:
        variance = -math.log1p(-1.0 / bump.concentration)
        mean = np.asarray(bump.mean, dtype=float) / np.linalg.norm(np.asarray(bump.mean))
        across = np.linalg.svd(mean[None, :])[2][1:]
        grids = np.meshgrid(*[math.sqrt(variance) * rule[0]] * len(across), indexing="ij")
        tangents = np.stack([grid.ravel() for grid in grids], axis=-1) @ across
        length = np.linalg.norm(tangents, axis=1, keepdims=True)
        found.append(np.cos(length) * mean + np.sinc(length / math.pi) * tangents)
        shares = np.meshgrid(*[rule[1]] * len(across), indexing="ij")
        masses.append(bump.weight * np.prod([share.ravel() for share in shares], axis=0))
    return np.concatenate(found), np.concatenate(masses)
