"""N tokens moved by the model of a case, from a drawn cloud on: with noise, rotations and weights that change."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from kinetic.case import Case
from kinetic.charts.patches import Selection
from kinetic.errors import DomainError
from kinetic.particles import ROUNDOFF, move, observe
from kinetic.pieces import Pieces
from kinetic.tokens.brownian import turned
from kinetic.tokens.field import CloudAttention
from kinetic.tokens.labelled import rotated
from kinetic.tokens.model import TokenModel, model_of
from kinetic.types import Array

TOLERANCE = 1e-6
"""Local error of a step in units of the cloud's width: a thousandth of what a million tokens miss the density by."""

SHARE_OF_SAMPLING = 0.1
"""What the splitting of drift and noise may err by, in units of 1/√N."""


def moved_tokens(
    model: TokenModel,
    points: Array,
    times: Array,
    tolerance: float,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None = None,
) -> tuple[Array, Array, int]:
    """Return R and 1 − R of tokens at the given times, and how often their velocities were computed.

    Parameters
    ----------
    model : TokenModel
    points : Array, shape (N, d)
        Directions at ``times[0]``.
    times : Array
        Strictly increasing.
    tolerance : float
        Of the time stepper, in units of the cloud's width.
    progress
        As in `follow_tokens`.
    rng : numpy.random.Generator
        Of the noise.
    """
    masses = np.full(len(points), 1.0 / len(points))
    if model.diffusion or model.rotations is not None:
        return _noisy(model, masses, tolerance, points, times, rng, progress)
    held = points if model.frozen else None
    tokens, order, deficit, evaluations = model.radius * points, [], [], 0
    for stops, asked in _pieces(times, model.knots):
        law = _Law(model, float(stops[0]), masses, tolerance, held)
        found = move(tokens, stops, law, masses, tolerance, progress, floor=lambda law=law: law.error)  # type: ignore[misc]
        known = found.order_deficit > (10 * max(ROUNDOFF, law.error)) ** 2  # widths are known to a tenth
        order.append(found.order_parameter[asked])
        deficit.append(np.where(known, found.order_deficit, np.nan)[asked])
        tokens, evaluations = found.points, evaluations + found.evaluations
    return np.concatenate(order), np.concatenate(deficit), evaluations


def token_paths(case: Case, points: Array, times: Array, tolerance: float = TOLERANCE) -> Array:
    """Return directions of tokens at the given times, shape (times, N, components).

    Parameters
    ----------
    case : Case
        Whose model moves them; not its initial density.
    points : Array, shape (N, d)
        Directions at ``times[0]``.
    times : Array
        Strictly increasing.
    tolerance
        As in `moved_tokens`.

    Raises
    ------
    DomainError
        If the case has a key that tokens are not moved by, or one whose tokens have more than a path each: noise,
        common noise, labels, weights that change.

    **Cost** A velocity is O(N²d). Fewer tokens than dimensions stay in the space that they span, under heads that are
    numbers: there they are moved, in N coordinates, and returned.
    """
    model = model_of(case)
    if case.common_noise is not None or case.label is not None or model.diffusion or model.later is not None:
        raise DomainError(
            "tokens: their paths are known without noise, common noise, labels and weights that change; remove these"
        )
    count, dimension = points.shape
    factors = (factor for head in model.heads for factor in (head.query, head.key, head.value))
    alike = all(factor is None or np.ndim(factor) == 0 for factor in factors)
    if alike and count < dimension and model.neurons is None:
        points = np.linalg.qr(points.T)[1].T
        model = replace(model, dimension=count)
    masses = np.full(count, 1.0 / count)
    law = _Law(model, float(times[0]), masses, tolerance, points if model.frozen else None)
    found = move(
        model.radius * points, times, law, masses, tolerance, save=tuple(map(float, times)), floor=lambda: law.error
    ).saved_points
    return np.asarray(found / np.sqrt(np.vecdot(found, found))[..., None])


def _pieces(times: Array, knots: tuple[float, ...]) -> Iterator[tuple[Array, Selection]]:
    """Yield the stops of each piece between two knots, both of its ends included, and which of them are asked for."""
    inside = [knot for knot in knots if times[0] < knot < times[-1]]
    for i, (start, end) in enumerate(pairwise([float(times[0]), *inside, float(times[-1])])):
        stops = np.union1d(times[(times > start) & (times < end)], [start, end])
        asked = np.isin(stops, times)
        asked[0] &= i == 0  # the end of the piece before is the same
        yield stops, asked


class _Law:
    """dy/dt of a cloud within a piece of its weights.

    Parameters
    ----------
    model : TokenModel
    since : float
        Where the piece begins.
    masses : Array
    tolerance : float
    held : Array, optional
        Directions that tokens attend to for ever.
    """

    def __init__(
        self, model: TokenModel, since: float, masses: Array, tolerance: float, held: Array | None = None
    ) -> None:
        still, later = CloudAttention(model, masses, tolerance, held), model.later
        self._last = still
        self._clouds = Pieces(
            lambda time, knot: still if later is None else CloudAttention(later(time, knot), masses, tolerance), since
        )

    def at(self, time: float) -> CloudAttention:
        """Return the attention of a time."""
        self._last = self._clouds.at(time)
        return self._last

    def __call__(self, time: float, tokens: Array) -> Array:
        """Return dy/dt of every token y, shape (N, d)."""
        cloud = self.at(time)
        return velocity(cloud.model, cloud, time, tokens)

    @property
    def error(self) -> float:
        """Bound of the latest velocity's rounding error."""
        return self._last.error


def velocity(model: TokenModel, cloud: CloudAttention, time: float, tokens: Array) -> Array:
    """Return dy/dt of every token y, shape (N, d)."""
    radii = np.sqrt(np.vecdot(tokens, tokens))
    directions = tokens / radii[:, None]
    found = model.scheme.velocity(time, radii, directions, cloud(directions))
    return found if model.clock is None else model.clock.pace(time) * found


def _noisy(
    model: TokenModel,
    masses: Array,
    tolerance: float,
    points: Array,
    times: Array,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None,
) -> tuple[Array, Array, int]:
    """Move tokens by halves of noise and of rotation around whole steps of drift (Strang): of second order in law."""
    evaluations, rows, held = 0, [observe(points, masses)], points if model.frozen else None
    for stops, asked in _pieces(times, model.knots):
        law = _Law(model, float(stops[0]), masses, tolerance, held)
        for (start, end), wanted in zip(pairwise(stops), asked[1:], strict=True):
            cloud = law.at(float(start))
            count = math.ceil((end - start) / noisy_step(cloud.model, cloud, points))
            h = (end - start) / count
            for i in range(count):
                points = _stirred_alone(model, points, 0.5 * h, rng)
                points = _drifted(law, start + i * h, points, h)
                points = _stirred_alone(model, points, 0.5 * h, rng)
                if progress is not None:
                    progress(float(start + (i + 1) * h))
            evaluations += 4 * count + 1
            rows += [observe(points, masses)] if wanted else []
    _, order, deficit, _ = (np.array(column) for column in zip(*rows, strict=True))
    return order, deficit, evaluations


def _stirred_alone(model: TokenModel, points: Array, h: float, rng: np.random.Generator) -> Array:
    """Return tokens after a time of noise and of their own rotation; the two commute."""
    spun = points if model.rotations is None else rotated(points, h * model.rotations)
    return turned(spun, model.diffusion * h, rng) if model.diffusion else spun


def noisy_step(model: TokenModel, cloud: CloudAttention, points: Array) -> float:
    """Return the step h at which splitting errs by a tenth of the sampling error, 1/√N.

    A step of Strang's splitting errs by h³/12 times triple products of the generators of drift and noise, of size Λ
    each, so that what a run has lost when it forgets, after a time 1/Λ, is (hΛ)²/12. Λ is the decay 2dκ of degree 2
    under noise plus the largest gradient of the drift, (1 + b) max |A|, b = |β|‖Q‖‖K‖.
    """
    steepness = 1.0 + max(head.reach for head in model.heads)
    largest = float(np.sqrt(np.max(np.sum(cloud(points) ** 2, axis=1))))
    rate = 2.0 * model.dimension * model.diffusion + steepness * largest
    if model.rotations is not None:  # of half of the tokens; those that are much faster feel a mean
        rate += float(np.median(np.linalg.norm(model.rotations, axis=1)))
    return math.sqrt(12.0 * SHARE_OF_SAMPLING / math.sqrt(len(points))) / rate


def _drifted(speed: Callable[[float, Array], Array], time: float, points: Array, h: float) -> Array:
    """Return points on the sphere after a drift of duration h, by the classical method of order four."""
    a = speed(time, points)
    b = speed(time + 0.5 * h, points + 0.5 * h * a)
    c = speed(time + 0.5 * h, points + 0.5 * h * b)
    e = speed(time + h, points + h * c)
    moved = points + h / 6.0 * (a + 2.0 * b + 2.0 * c + e)
    return np.asarray(moved / np.sqrt(np.vecdot(moved, moved))[:, None])
