"""N tokens in motion, under any law that gives each its velocity, and the order observables of a cloud.

Responsible for steps whose accuracy follows the width of the cloud. Refuses to know what moves the tokens.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import DOP853

from kinetic.errors import Blowup, DomainError
from kinetic.particles.pairs import TokenHead, cloud_of, velocity
from kinetic.types import Array, ArrayLike, Normalization

ROUNDOFF = 2.5e-14
"""scipy's least relative tolerance, 100 units of round-off."""


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
    cloud, weights = _probability_cloud(points, masses)
    return move(
        cloud, times, lambda _, x: velocity(x, weights, heads, normalization), weights, tolerance, progress, save
    )


def move(
    tokens: Array,
    times: ArrayLike,
    rate: Callable[[float, Array], Array],
    masses: Array,
    tolerance: float = 1e-9,
    progress: Callable[[float], None] | None = None,
    save: Sequence[float] = (),
    floor: Callable[[], float] = lambda: 0.0,
) -> Trajectory:
    """Move N tokens by any law, observing the directions y/|y| at each of the given times.

    Parameters
    ----------
    tokens : (N, d) array
        y at ``times[0]``, of any length.
    times, tolerance, progress, save
        As in `simulate`; the tolerance is relative to each token's length too.
    rate : callable
        ``rate(time, tokens)`` is dy/dt, (N, d).
    masses : (N,) array
    floor : callable
        Returns the relative error of the latest rate, below which no step needs to be accurate.

    Raises
    ------
    DomainError
        Times that do not increase.
    Blowup
        The step size fell to nothing.
    """
    instants = np.atleast_1d(np.asarray(times, dtype=float))
    if not (np.all(np.isfinite(instants)) and np.all(np.diff(instants) > 0) and np.all(np.isin(save, instants))):
        raise DomainError(f"times {instants} and save {save}: times must increase, save be some of them")
    flow = _Flow(masses, rate, tokens.shape, floor)
    rows, saved, last = [], [tokens[:0]], tokens
    for time, last in flow.states(tokens, instants, tolerance, progress):
        rows.append(observe(last, masses))
        if time in save:
            saved.append(last)
    mean, order, deficit, defect = (np.array(column) for column in zip(*rows, strict=True))
    kept = np.concatenate(saved).reshape(-1, *tokens.shape)
    saved_times = instants[np.isin(instants, save)]
    return Trajectory(instants, mean, order, deficit, defect, last, saved_times, kept, flow.evaluations)


class _Flow:
    """The motion of a cloud, with a count of what it cost."""

    def __init__(
        self,
        masses: Array,
        rate: Callable[[float, Array], Array],
        shape: tuple[int, ...],
        floor: Callable[[], float],
    ) -> None:
        self.masses, self.rate, self.shape, self.floor = masses, rate, shape, floor
        self.evaluations = 0

    def __call__(self, time: float, state: Array) -> Array:
        self.evaluations += 1
        return self.rate(time, state.reshape(self.shape)).ravel()

    def states(
        self, cloud: Array, times: Array, tolerance: float, progress: Callable[[float], None] | None
    ) -> Iterator[tuple[float, Array]]:
        """Yield (time, points) at each of the times."""
        yield float(times[0]), cloud
        if len(times) == 1:
            return
        allowed = self._allowed(cloud, tolerance)
        solver = DOP853(self, times[0], cloud.ravel(), times[-1], rtol=ROUNDOFF, atol=allowed)
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
            solver.atol = self._allowed(solver.y.reshape(self.shape), tolerance)

    def _allowed(self, tokens: Array, tolerance: float) -> Array:
        """Return the local error that each number may have: the tolerance, of the width of the cloud of directions."""
        width = float(np.sqrt(2.0 * observe(tokens, self.masses)[2] / self.shape[1]))
        lengths = np.sqrt(np.sum(tokens**2, axis=1))
        return np.repeat((tolerance * width + self.floor()) * lengths, self.shape[1])


def observe(points: Array, masses: Array) -> tuple[Array, float, float, float]:
    """Return mean, R and 1 − R of the directions, and the largest distance from the sphere."""
    norms = np.sqrt(np.sum(points**2, axis=1))
    unit = points / norms[:, None]
    mean = masses @ unit
    order = float(np.sqrt(mean @ mean))
    chords = unit - mean / order if order > 0 else unit * np.sqrt(2.0)
    deficit = 0.5 * float(masses @ np.sum(chords**2, axis=1))
    return mean, order, deficit, float(np.max(np.abs(norms - 1.0)))


def _probability_cloud(points: ArrayLike, masses: ArrayLike | None) -> tuple[Array, Array]:
    """Check that the tokens lie on the sphere and the masses are a probability."""
    count = len(np.asarray(points))
    weights = np.full(count, 1.0 / max(count, 1)) if masses is None else np.asarray(masses, dtype=float)
    cloud, weights = cloud_of(points, weights)
    if not (np.all(weights >= 0) and abs(float(np.sum(weights)) - 1.0) < 1e-9):
        raise DomainError(f"masses sum to {np.sum(weights):.12g}; they must be ≥ 0 with sum 1")
    defect = np.max(np.abs(np.linalg.norm(cloud, axis=1) - 1.0))
    if not defect < 1e-9:
        raise DomainError(f"a token lies {defect:.3g} off the unit sphere; divide each token by its length")
    return cloud, weights
