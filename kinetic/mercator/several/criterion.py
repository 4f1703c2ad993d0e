"""When a cell is cut, and with how few points it will do: roughness weighted by mass.

A cell of mass M whose points and ln dμ/dξ have the share e in the two highest degrees of a direction errs by at most
M e in any integral of a function of slope one. This is held below a tolerance for every cell; a strip that holds less
than the tolerance may have any shape. The question is asked of the points as they are and of where they will be some
time later, because a step must not outrun its cells: the highest of n degrees grows like the n-th power of the stretch.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kinetic.charts.patches import Selection
from kinetic.errors import Unresolved
from kinetic.mercator.several.cells import FEWEST, MOST, Cells, gathered, singles
from kinetic.mercator.several.cutting import cut
from kinetic.types import Array, Integers

ROUNDS = 12
"""Cuts of one cell between two steps."""

_DROPPED, _KEPT = 1e-3, 0.02  # of the tolerance: what fewer points leave out, and what their highest degree may hold
_ROUNDING = 3e-14

Ahead: TypeAlias = Callable[[Array], Array]
"""Where points of shape (n, 3) will be some time later."""


@dataclass(frozen=True)
class Criterion:
    """How fine is fine enough.

    Parameters
    ----------
    tolerance : float
        Largest mass times roughness of a cell.
    most : int
        Number of cells beyond which a run is given up.
    """

    tolerance: float
    most: int = 10_000

    def torn(self, cells: Cells, ahead: Ahead | None = None) -> Selection:
        """Return whether each cell is, or will be, too rough in either direction, shape (cells, 2)."""
        rough = cells.roughness
        if ahead is not None:
            later = ahead(cells.points.reshape(-1, 3)).reshape(cells.points.shape)
            rough = np.maximum(rough, Cells(cells.shape, later, cells.logs).roughness)
        floor = _ROUNDING * np.abs(cells.logs).max(axis=(1, 2)) * cells.mass
        return np.asarray(rough > self.tolerance + floor[:, None])

    def refined(self, cells: Sequence[Cells], ahead: Ahead | None = None) -> tuple[tuple[Cells, ...], float, bool]:
        """Return cells that are fine enough.

        Returns
        -------
        cells : tuple of Cells
        missed : float
            Root of the sum of squares of the masses by which pieces had to be corrected.
        changed : bool
            Whether there was anything to do.

        Raises
        ------
        Unresolved
            Where more cells would be needed than a run may have.
        """
        waiting, done, missed, changed = list(cells), [], 0.0, False
        for _ in range(ROUNDS):
            fine, raised, rough = self._sorted(waiting, ahead)
            done += fine + raised
            changed = changed or bool(raised or rough)
            pieces = []
            for whole in (single for group in rough for single in singles(group)):
                parts, change = cut(whole)
                missed += change**2
                pieces += parts
            waiting = list(self.simplified(pieces))
            if sum(part.size for part in (*done, *waiting)) > self.most:
                raise Unresolved(
                    f"density stretched over more than {self.most} cells: raise time.tolerance, or lower attention.beta"
                )
            if not waiting:
                break
        return gathered([*done, *waiting]), math.sqrt(missed), changed

    def _sorted(self, groups: Sequence[Cells], ahead: Ahead | None) -> tuple[list[Cells], list[Cells], list[Cells]]:
        """Return cells that are fine, those that are with more points in a rough direction, and cells to be cut."""
        fine, raised, rough = [], [], []
        for group in groups:
            torn = self.torn(group, ahead)
            fine.append(group.chosen(np.flatnonzero(~torn.any(axis=1))))
            for which in ((True, False), (False, True), (True, True)):
                part = group.chosen(np.flatnonzero(np.all(torn == np.array(which), axis=1)))
                if part.size == 0:
                    continue
                sizes = (part.shape.first, part.shape.second)
                wanted = [MOST if more else size for size, more in zip(sizes, which, strict=True)]
                if tuple(wanted) == sizes:
                    rough.append(part.reshaped(MOST, MOST))
                else:
                    raised.append(part.reshaped(*wanted))
        return [part for part in fine if part.size], raised, rough

    def simplified(self, cells: Sequence[Cells]) -> tuple[Cells, ...]:
        """Return cells on as few points as will do."""
        parts: list[Cells] = []
        for group in gathered(cells):
            wanted = self._counts(group)
            for first, second in np.unique(wanted, axis=0):
                which = (wanted[:, 0] == first) & (wanted[:, 1] == second)
                parts.append(group.chosen(which).reshaped(int(first), int(second)))
        return gathered(parts)

    def _counts(self, cells: Cells) -> Integers:
        """Return the numbers of points that will do for each cell, shape (cells, 2)."""
        counts = []
        for tail in cells.tails:
            values = np.concatenate([cells.mass[:, None] * tail, np.zeros((cells.size, 1))], axis=1)
            n = np.arange(FEWEST, values.shape[1])
            good = (values[:, n] < _DROPPED * self.tolerance) & (values[:, n - 1] < _KEPT * self.tolerance)
            counts.append(np.where(good.any(axis=1), n[np.argmax(good, axis=1)], values.shape[1] - 1))
        return np.stack(counts, axis=1)
