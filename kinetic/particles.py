"""N tokens instead of their density: the slow, obvious twin of the equation.

Responsible for: the velocity of N weighted tokens on S^{d-1}, their motion in time and the order observables
of a cloud. Refuses to know: harmonics, charts, spaces, files. The density solver never calls this module;
tests and users do, to hold the one against the other. Tokens to start from come from
`kinetic.sampling`, whose functions are at hand here too.

A cloud of N tokens follows its density only for t < ln(N) / ((d−1) λ_a), λ_a being the escape rate from the
antipode: then the last token has left the antipodal region, and 1 − R falls with the cluster's rate.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import DOP853

from kinetic.errors import Blowup, DomainError
from kinetic.sampling import sample, sample_uniform, sample_von_mises_fisher, sample_zonal
from kinetic.types import Array, ArrayLike, Normalization

__all__ = [
    "TokenHead",
    "Trajectory",
    "sample",
    "sample_uniform",
    "sample_von_mises_fisher",
    "sample_zonal",
    "simulate",
    "velocity",
]

_BLOCK_ENTRIES = 2**17  # of a block of the N×N kernel: 1 MB, which stays in a core's cache
_LARGEST_EXPONENT = 700.0  # e^709 is the largest double
_ROUNDOFF = 2.5e-14  # scipy's least relative tolerance, 100 units of round-off


@dataclass(frozen=True, eq=False)
class TokenHead:
    """One attention head, x ↦ V Σ_j m_j e^{β<Qx, Kx_j>} x_j.

    Parameters
    ----------
    beta : float
        β, any real number; 0 means that every token attends to all alike.
    query, key, value : array_like or None
        Q, K, V: a number (multiple of the identity), d numbers (diagonal), a d×d matrix; None: identity.
    """

    beta: float
    query: ArrayLike | None = None
    key: ArrayLike | None = None
    value: ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Observables of a cloud of N tokens at n times, and the cloud itself where it was asked for.

    Attributes
    ----------
    times : (n,) array
    mean : (n, d) array
        ``mean[i] = Σ_j m_j x_j(times[i])``.
    order_parameter : (n,) array
        R = |mean|, in [0, 1].
    order_deficit : (n,) array
        1 − R, computed as Σ_j m_j |x_j − mean/R|²/2 and therefore free of cancellation.
    norm_defect : (n,) array
        ``max_j | |x_j| − 1 |``: how far the time stepper has let the tokens drift off the sphere.
    points : (N, d) array
        The tokens at the last time, as integrated (not renormalised).
    saved_times : (k,) array
    saved_points : (k, N, d) array
        The tokens at the times given as ``save`` to `simulate`.
    evaluations : int
        Number of velocity evaluations spent.
    """

    times: Array
    mean: Array
    order_parameter: Array
    order_deficit: Array
    norm_defect: Array
    points: Array
    saved_times: Array
    saved_points: Array
    evaluations: int


def velocity(points: ArrayLike, masses: ArrayLike, heads: Sequence[TokenHead], normalization: Normalization) -> Array:
    """Return the velocity of every token.

    ``velocity[i] = (I − x_i x_iᵀ) Σ_h V_h (Σ_j m_j e^{β_h <Q_h x_i, K_h x_j>} x_j) / N_h(x_i)`` with N_h = 1
    ("none") or N_h(x_i) = Σ_j m_j e^{β_h <Q_h x_i, K_h x_j>} ("softmax").

    Parameters
    ----------
    points : (N, d) array_like
        Tokens x_i, unit vectors.
    masses : (N,) array_like
        Masses m_j ≥ 0.
    heads : sequence of TokenHead
        The heads; their drifts add up.
    normalization : {"none", "softmax"}

    Returns
    -------
    (N, d) array
        Tangent vectors.

    Raises
    ------
    DomainError
        Shapes that do not match, an unknown normalization, or e^{β<Qx,Ky>} beyond double precision ("none").

    **Accuracy**: round-off relative to Σ_h |V_h| Σ_j m_j e^{…} / N_h; softmax is formed with each token's
    largest exponent taken out, so it neither over- nor underflows. β = 0 is exact.

    **Cost**: N² exponentials and 4 N² d flops a head, in blocks of rows of 1 MB.
    """
    cloud, weights = _cloud(points, masses)
    if normalization not in ("none", "softmax"):
        raise DomainError(f'normalization is "{normalization}"; allowed are "none" and "softmax"')
    force = np.zeros_like(cloud)
    for head in heads:
        force += _apply(head.value, _averages(cloud, weights, head, normalization))
    # x/|x| replaces x, whose distance from the sphere would otherwise grow like e^{2 λ_a t} at the antipode
    radial: Array = np.sum(force * cloud, axis=1) / np.sum(cloud**2, axis=1)
    return force - radial[:, None] * cloud


def simulate(
    points: ArrayLike,
    times: ArrayLike,
    heads: Sequence[TokenHead],
    normalization: Normalization,
    masses: ArrayLike | None = None,
    tolerance: float = 1e-9,
    progress: Callable[[float], None] | None = None,
    save: Sequence[float] = (),
) -> Trajectory:
    """Move N tokens from the first of the given times to the last, observing them at each.

    Parameters
    ----------
    points : (N, d) array_like
        Tokens at ``times[0]``; unit vectors.
    times : (n,) array_like
        Strictly increasing.
    heads, normalization
        As in `velocity`.
    masses : (N,) array_like, optional
        m_j ≥ 0 with sum 1; default 1/N each.
    tolerance : float
        Local error a step (root mean square over all coordinates) in units of the cloud's own width.
    progress : callable, optional
        Called with the time reached after every step.
    save : sequence of float
        Those of ``times`` at which the tokens themselves are kept.

    Raises
    ------
    DomainError
        Points off the sphere, masses that are no probability, times that do not increase.
    Blowup
        The step size fell to nothing.

    **Accuracy**: DOP853 with its interpolant at the requested times. The tolerance follows the width of the
    cloud: an absolute one would let the step grow to the stability limit inside a tight cluster, where the
    stepper's damping factor takes the place of e^{−λt} and 1 − R decays at a wrong rate. Its floor is
    2.5e-14, reached at a width 2.5e-14/tolerance. Tokens are never put back on the sphere: the drift is
    projected and ``norm_defect`` reports what is left; the observables are those of x_j/|x_j|.

    **Cost**: 12 velocities a step, and 3 more in a step that contains a requested time.
    """
    instants = np.atleast_1d(np.asarray(times, dtype=float))
    if not (np.all(np.isfinite(instants)) and np.all(np.diff(instants) > 0) and np.all(np.isin(save, instants))):
        raise DomainError(f"times {instants} and save {save}: times must increase, save be some of them")
    cloud, weights = _probability_cloud(points, masses)
    flow = _Flow(weights, heads, normalization, cloud.shape)
    rows, saved, last = [], [cloud[:0]], cloud
    for time, last in flow.states(cloud, instants, tolerance, progress):
        rows.append(_observe(last, weights))
        if time in save:
            saved.append(last)
    mean, order, deficit, defect = (np.array(column) for column in zip(*rows, strict=True))
    kept = np.concatenate(saved).reshape(-1, *cloud.shape)
    saved_times = instants[np.isin(instants, save)]
    return Trajectory(instants, mean, order, deficit, defect, last, saved_times, kept, flow.evaluations)


class _Flow:
    """The motion of a cloud, with a count of what it cost."""

    def __init__(
        self, masses: Array, heads: Sequence[TokenHead], normalization: Normalization, shape: tuple[int, ...]
    ) -> None:
        self.masses, self.heads, self.normalization, self.shape = masses, heads, normalization, shape
        self.evaluations = 0

    def __call__(self, _time: float, state: Array) -> Array:
        self.evaluations += 1
        return velocity(state.reshape(self.shape), self.masses, self.heads, self.normalization).ravel()

    def states(
        self, cloud: Array, times: Array, tolerance: float, progress: Callable[[float], None] | None
    ) -> Iterator[tuple[float, Array]]:
        """Yield (time, points) at each of the times."""
        yield float(times[0]), cloud
        if len(times) == 1:
            return
        solver = DOP853(self, times[0], cloud.ravel(), times[-1], rtol=_ROUNDOFF, atol=tolerance * self._width(cloud))
        pending = 1
        while solver.status == "running":
            message = solver.step()
            if solver.status == "failed":
                raise Blowup(f"tokens cannot be moved beyond t = {solver.t:.6g}: {message}")
            if progress is not None:
                progress(float(solver.t))
            reached = int(np.searchsorted(times, solver.t, side="right"))
            if reached > pending:
                path = solver.dense_output()
                yield from ((float(time), path(time).reshape(self.shape)) for time in times[pending:reached])
                pending = reached
            solver.atol = tolerance * self._width(solver.y.reshape(self.shape))

    def _width(self, points: Array) -> float:
        """Root mean square over the coordinates of the distance to the mean direction."""
        return float(np.sqrt(2.0 * _observe(points, self.masses)[2] / self.shape[1]))


def _observe(points: Array, masses: Array) -> tuple[Array, float, float, float]:
    """Mean, R, 1 − R and the largest distance from the sphere."""
    norms = np.sqrt(np.sum(points**2, axis=1))
    unit = points / norms[:, None]
    mean = masses @ unit
    order = float(np.sqrt(mean @ mean))
    chords = unit - mean / order if order > 0 else unit * np.sqrt(2.0)
    deficit = 0.5 * float(masses @ np.sum(chords**2, axis=1))
    return mean, order, deficit, float(np.max(np.abs(norms - 1.0)))


def _averages(cloud: Array, masses: Array, head: TokenHead, normalization: Normalization) -> Array:
    """``averages[i] = Σ_j m_j e^{β<Qx_i, Kx_j>} x_j / N(x_i)``, block of rows by block of rows."""
    softmax = normalization == "softmax"
    if head.beta == 0:
        moment = masses @ cloud / (np.sum(masses) if softmax else 1.0)
        return np.broadcast_to(moment, cloud.shape)
    queries = head.beta * _apply(head.query, cloud)
    keys = np.ascontiguousarray(_apply(head.key, cloud).T)
    columns = np.column_stack([masses[:, None] * cloud, masses])
    averages = np.empty_like(cloud)
    rows = max(1, _BLOCK_ENTRIES // len(cloud))
    for start in range(0, len(cloud), rows):
        block = slice(start, start + rows)
        sums = _exponentials(queries[block] @ keys, softmax) @ columns
        averages[block] = sums[:, :-1] / sums[:, -1:] if softmax else sums[:, :-1]
    return averages


def _exponentials(exponents: Array, shifted: bool) -> Array:
    """Overwrite the exponents by their exponentials, each row divided by its largest if ``shifted``."""
    if shifted:
        exponents -= np.max(exponents, axis=1, keepdims=True)
    elif np.max(exponents) > _LARGEST_EXPONENT:
        raise DomainError(
            f"the kernel reaches e^{np.max(exponents):.4g}, beyond double precision; without normalization "
            f'|β| |Q| |K| must stay below {_LARGEST_EXPONENT:.0f}: lower β or use "softmax"'
        )
    return np.exp(exponents, out=exponents)


def _apply(factor: ArrayLike | None, points: Array) -> Array:
    """``result[i] = F x_i`` for F a matrix, a diagonal, a number or (None) the identity."""
    if factor is None:
        return points
    matrix = np.asarray(factor, dtype=float)
    d = points.shape[1]
    if matrix.shape not in ((), (d,), (d, d)):
        raise DomainError(f"a head's matrix has shape {matrix.shape}; allowed are a number, ({d},) and ({d}, {d})")
    product: Array = points @ matrix.T if matrix.ndim == 2 else points * matrix
    return product


def _cloud(points: ArrayLike, masses: ArrayLike) -> tuple[Array, Array]:
    """Check the shapes of tokens and masses."""
    cloud, weights = np.asarray(points, dtype=float), np.asarray(masses, dtype=float)
    if cloud.ndim != 2 or cloud.shape[1] < 2 or len(cloud) == 0:
        raise DomainError(f"tokens have shape {cloud.shape}; allowed is (N, d) with N ≥ 1 and d ≥ 2")
    if weights.shape != cloud.shape[:1]:
        raise DomainError(f"masses have shape {weights.shape}; {len(cloud)} tokens need ({len(cloud)},)")
    return cloud, weights


def _probability_cloud(points: ArrayLike, masses: ArrayLike | None) -> tuple[Array, Array]:
    """Check that the tokens lie on the sphere and the masses are a probability."""
    count = len(np.asarray(points))
    weights = np.full(count, 1.0 / max(count, 1)) if masses is None else np.asarray(masses, dtype=float)
    cloud, weights = _cloud(points, weights)
    if not (np.all(weights >= 0) and abs(float(np.sum(weights)) - 1.0) < 1e-9):
        raise DomainError(f"masses sum to {np.sum(weights):.12g}; they must be ≥ 0 with sum 1")
    defect = np.max(np.abs(np.linalg.norm(cloud, axis=1) - 1.0))
    if not defect < 1e-9:
        raise DomainError(f"a token lies {defect:.3g} off the unit sphere; divide each token by its length")
    return cloud, weights
