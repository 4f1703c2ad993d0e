"""From cells to clusters: what has come near an attracting point becomes few tokens with the same moments.

Around an attracting point the flow contracts. There the tokens within `RADIUS` are replaced by at most 91 of them, with
positive masses and the same moments to degree 12 in the tangent plane. All later motion depends on such tokens through
functions that are analytic as far as the nearest saddle, at a distance D, so that an error of the order
(RADIUS/D)^13 is left. Cells that hold next to nothing outside such discs are dissolved: their tokens are followed one
by one. The module knows points and masses, and asks a field only whether it contracts, and where it leads.

Clusters *stand* when they hold all but a thousandth of the mass, a tenth without softmax. Two that come to one
attracting point after that are two until they touch, which is a merger. Before that they are one cluster which two
bumps form: its tokens stay where they are, and no merger is told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import eval_legendre

from kinetic.charts.patches import Selection
from kinetic.clusters import TOUCHING, Merger
from kinetic.mercator.several.cells import Cells, normalized
from kinetic.mercator.several.field import Field, gathering
from kinetic.types import Array, Integers, Normalization

RADIUS = 0.1
"""Angle around an attracting point within which tokens are absorbed, radians."""

DEGREE = 12
"""Degree to which moments are kept."""

CONTRACTING = 0.3
"""Least inward speed on the edge of a disc over its radius, in units of softmax."""

STANDING = {"softmax": 0.999, "none": 0.9}
"""Share of the mass in clusters from which they stand; without softmax what is between stays there longer."""

_APART = 0.2
_TOGETHER = 0.6 * RADIUS
_AROUND = 16


@dataclass(frozen=True, eq=False)
class Bundle:
    """Tokens without an order.

    Parameters
    ----------
    points : Array, shape (n, 3)
        Unit vectors.
    masses : Array, shape (n,)
    """

    points: Array
    masses: Array

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.masses.size)

    @property
    def mass(self) -> float:
        """Σ m."""
        return float(self.masses.sum())

    @property
    def center(self) -> Array:
        """Direction of the mean."""
        mean = self.masses @ self.points
        return np.asarray(mean / np.linalg.norm(mean))

    @property
    def offsets(self) -> Array:
        """Parts of the tokens across the mean direction, shape (n, 3)."""
        apart = self.points - self.center
        return np.asarray(apart - np.outer(apart @ self.center, self.center))

    @property
    def spread(self) -> float:
        """Root-mean-square angle about the mean direction."""
        chords = np.linalg.norm(self.points - self.center, axis=1)
        return math.sqrt(float(self.masses @ (2.0 * np.arcsin(0.5 * chords)) ** 2) / self.mass)

    @property
    def narrow(self) -> bool:
        """Whether all tokens lie within `RADIUS` of the mean direction."""
        return bool(np.all(self.points @ self.center > math.cos(RADIUS)))

    def chosen(self, which: Selection | Integers) -> "Bundle":
        """Return some of the tokens."""
        return Bundle(self.points[which], self.masses[which])

    @classmethod
    def joined(cls, *parts: "Bundle") -> "Bundle":
        """Return all tokens of several bundles."""
        return cls(np.concatenate([p.points for p in parts]), np.concatenate([p.masses for p in parts]))

    @classmethod
    def none(cls) -> "Bundle":
        """Return no tokens."""
        return cls(np.zeros((0, 3)), np.zeros(0))

    @classmethod
    def of(cls, cells: Cells) -> "Bundle":
        """Return the tokens of cells."""
        return cls(cells.points.reshape(-1, 3), cells.masses.reshape(-1))


def homes(clouds: tuple[Bundle, ...]) -> list[list[Bundle]]:
    """Return the clouds by the discs that they are in: those that have come together share one."""
    found: list[list[Bundle]] = []
    for cloud in clouds:
        near = [home for home in found if any(distance(cloud, other) < _TOGETHER for other in home)]
        found = [home for home in found if all(home is not other for other in near)]
        found.append([*(other for home in near for other in home), cloud])
    return found


def distance(first: Bundle, second: Bundle) -> float:
    """Return the chord between the centers of two clouds."""
    return float(np.linalg.norm(first.center - second.center))


def absorbed(
    cells: tuple[Cells, ...], clouds: tuple[Bundle, ...], loose: Bundle, field: Field, tolerance: float
) -> tuple[tuple[Cells, ...], tuple[Bundle, ...], Bundle, float]:
    """Return cells, clouds and loose tokens after everything near an attracting point has been taken in.

    Returns
    -------
    cells, clouds, loose
    dissolved : float
        Mass outside all discs that has ceased to be cells.
    """
    found, limits = gathering(field, _centers(clouds)) if cells else (np.zeros((0, 3)), _centers(clouds))
    if cells and not stand(cells, clouds, loose, field.head.normalization):
        clouds, limits = formed(clouds, limits)
    shared = homes(clouds)
    centers = [Bundle.joined(*home).center for home in shared]
    for point in found:
        if all(np.linalg.norm(point - center) > _APART for center in centers):
            centers.append(point)
            shared.append([c for c, at in zip(clouds, limits, strict=True) if np.linalg.norm(at - point) < _TOGETHER])
    taking = np.array([contracts(field, center) for center in centers], dtype=bool)
    discs = np.array(centers).reshape(-1, 3)
    kept, taken, dissolved = [], [loose], 0.0
    for group in cells:
        outside = np.where(_inside(group.points, discs, taking) < 0, group.masses, 0.0).sum(axis=(1, 2))
        leaves = outside < 2.0 * tolerance
        kept.append(group.chosen(~leaves))
        taken.append(Bundle.of(group.chosen(leaves)))
        dissolved += float(outside[leaves].sum())
    free = Bundle.joined(*taken)
    owner = _inside(free.points, discs, taking)
    grown = list(clouds)
    for k, home in enumerate(shared):
        tokens = free.chosen(owner == k)
        if tokens.size and not home:
            grown.append(compressed(tokens))
        elif tokens.size:
            at = [next(i for i, cloud in enumerate(clouds) if cloud is own) for own in home]
            nearest = np.argmax(tokens.points @ _centers([clouds[i] for i in at]).T, axis=1)
            for j, i in enumerate(at):
                grown[i] = _grown(grown[i], tokens.chosen(nearest == j), discs[k])
    return tuple(g for g in kept if g.size), tuple(grown), free.chosen(owner < 0), dissolved


def stand(cells: tuple[Cells, ...], clouds: tuple[Bundle, ...], loose: Bundle, normalization: Normalization) -> bool:
    """Whether clouds hold so much of the mass that they are clusters which wait."""
    within = sum(cloud.mass for cloud in clouds)
    whole = within + loose.mass + sum(float(group.mass.sum()) for group in cells)
    return within >= STANDING[normalization] * whole


def formed(clouds: tuple[Bundle, ...], limits: Array) -> tuple[tuple[Bundle, ...], Array]:
    """Return clouds, those of one attracting point made one, and the points that they come to."""
    parts: list[list[int]] = []
    for k, limit in enumerate(limits):
        same = next((part for part in parts if np.linalg.norm(limits[part[0]] - limit) < _TOGETHER), None)
        if same is None:
            parts.append([k])
        else:
            same.append(k)
    joined = tuple(clouds[part[0]] if len(part) == 1 else Bundle.joined(*(clouds[k] for k in part)) for part in parts)
    return joined, limits[[part[0] for part in parts]]


def _centers(clouds: Sequence[Bundle]) -> Array:
    return np.array([cloud.center for cloud in clouds]).reshape(-1, 3)


def _grown(cloud: Bundle, tokens: Bundle, center: Array) -> Bundle:
    """Return a cloud after tokens have come to it in a disc; what it has elsewhere stays as it is."""
    if tokens.size == 0:
        return cloud
    near = cloud.points @ center > math.cos(RADIUS)
    return Bundle.joined(cloud.chosen(~near), compressed(Bundle.joined(cloud.chosen(near), tokens)))


def touched(clouds: tuple[Bundle, ...], time: float, field: Field) -> tuple[tuple[Bundle, ...], tuple[Merger, ...]]:
    """Return clouds, those that touch made one, and their mergers.

    Two clusters so near approach each other exponentially, but for the square of their angle: the time at which that
    was `TOUCHING` follows from their angle and their velocities.
    """
    parts, mergers = list(clouds), []
    while pair := next((p for p in combinations(parts, 2) if distance(*p) < TOUCHING), None):
        apart = pair[0].center - pair[1].center
        pulls = [cloud.masses @ field.at(cloud.points).velocity / cloud.mass for cloud in pair]
        rate = -float((pulls[0] - pulls[1]) @ apart) / float(apart @ apart)
        since = math.log(TOUCHING / distance(*pair)) / rate if rate > 0 else 0.0
        whole = Bundle.joined(*pair)
        whole = compressed(whole) if whole.narrow else whole
        masses = np.sort([cloud.mass for cloud in pair])[::-1]
        mergers.append(Merger(time - since, masses, whole.center))
        parts = [part for part in parts if all(part is not one for one in pair)] + [whole]
    return tuple(parts), tuple(mergers)


def contracts(field: Field, center: Array) -> bool:
    """Whether a field points inward all around a disc, fast enough."""
    first, second = _plane(center)
    angles = 2.0 * math.pi * np.arange(_AROUND) / _AROUND
    outward = np.outer(np.cos(angles), first) + np.outer(np.sin(angles), second)
    edge = math.cos(RADIUS) * center + math.sin(RADIUS) * outward
    direction = math.cos(RADIUS) * outward - math.sin(RADIUS) * center
    return bool(np.all(-np.vecdot(field.shift(edge), direction) >= CONTRACTING * RADIUS))


def _inside(points: Array, centers: Array, taking: Array) -> Array:
    """Return the number of the disc that takes in each point, −1 for none, shape of the points."""
    owner = np.full(points.shape[:-1], -1)
    for k in np.flatnonzero(taking):
        owner[points @ centers[k] > math.cos(RADIUS)] = k
    return owner


def _plane(center: Array) -> tuple[Array, Array]:
    """Return two unit vectors across a direction."""
    axis = np.zeros(3)
    axis[np.argmin(np.abs(center))] = 1.0
    first = normalized(np.cross(center, axis))
    return first, np.cross(center, first)


def compressed(tokens: Bundle) -> Bundle:
    """Return few of the tokens with other masses and the same moments in the plane across their mean direction.

    **Accuracy** Moments to 1e-12 of the mass (tests/mercator/test_several.py).
    """
    moments = _moments(tokens)
    most = moments.shape[0]
    kept, masses = np.zeros(0, dtype=np.int64), tokens.masses.copy()
    for at in range(0, tokens.size, most):
        kept = np.concatenate([kept, np.arange(at, min(at + most, tokens.size))])
        if kept.size > most:
            masses[kept] = _fewer(moments[:, kept], masses[kept])
            kept = kept[masses[kept] > 0.0]
    masses *= tokens.mass / masses[kept].sum()
    return Bundle(tokens.points, masses).chosen(kept)


def _fewer(table: Array, masses: Array) -> Array:
    """Return masses of which no more than there are moments are not zero: Carathéodory's theorem, one after the other.

    Along a combination of tokens without moments the masses are moved until one of them is zero; the others of a basis
    of such combinations are then freed of that token. What rounding has added up to is taken back at the end.

    Parameters
    ----------
    table : Array, shape (moments, n)
        Of unit masses at the tokens.
    masses : Array, shape (n,)
    """
    moments = table * masses
    free = np.linalg.qr(moments.T, mode="complete")[0][:, moments.shape[0] :].T
    left = np.ones(masses.size)  # shares of the masses
    for k in range(free.shape[0]):
        row = free[k] * np.sign(free[k, np.argmax(np.abs(free[k]))])
        steps = np.divide(left, row, out=np.full(left.size, np.inf), where=row > 0.0)
        gone = int(np.argmin(steps))
        left = left - steps[gone] * row
        left[gone] = 0.0
        rest = free[k + 1 :]
        rest -= np.outer(rest[:, gone] / row[gone], row)
        rest[:, gone] = 0.0
    left = np.maximum(left, 0.0)
    change = np.linalg.lstsq(moments * left, moments @ (1.0 - left), rcond=1e-14)[0]
    return np.asarray(masses * left * np.maximum(1.0 + change, 0.5))


def _moments(tokens: Bundle) -> Array:
    """Return P_i(u) P_j(v), i + j ≤ `DEGREE`, of every token's place (u, v) in the plane, over the largest of them."""
    planar = np.stack([tokens.offsets @ axis for axis in _plane(tokens.center)])
    planar /= max(float(np.abs(planar).max()), np.finfo(float).tiny)
    p, q = (eval_legendre(np.arange(DEGREE + 1)[:, None], coordinate) for coordinate in planar)
    return np.concatenate([p[i] * q[: DEGREE + 1 - i] for i in range(DEGREE + 1)])
