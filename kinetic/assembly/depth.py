"""Weights that change with depth, as the harmonic chart asks for them: the attention of a case at any time.

Between two knots a stepper asks for a dozen times in each step. What is expensive to make and depends on no weight is
kept by those who make it; here the last few attentions are kept, of weights that have not changed since.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from kinetic import case as cases
from kinetic.assembly import forces
from kinetic.attention.contract import Attention
from kinetic.kernels import Kernel
from kinetic.spaces.space import Space

_KEPT = 4  # attentions: of the two ends of a step, and of what is asked for beside
Weights: TypeAlias = tuple[cases.Attention, cases.Perceptron | None]


class CaseDepth:
    """The attention of a case whose weights change with time.

    Parameters
    ----------
    case : Case
        With tables.
    """

    def __init__(self, case: cases.Case) -> None:
        self.case, self._plain = case, forces.is_identity(case)
        self._made: dict[tuple[int, Weights], Attention] = {}
        self._largest: dict[int, float] = {}

    @property
    def knots(self) -> tuple[float, ...]:
        """Times at which the law of a weight changes."""
        return self.case.knots

    def attention(self, space: Space, time: float, since: float) -> Attention:
        """Return the attention of a time of the piece that begins at the knot `since`."""
        return self._of(space, self.case.at(time, since))

    def kernels(self, time: float, since: float) -> tuple[Kernel, ...]:
        """Return the kernels of the heads with scalar matrices."""
        return forces.kernels(self.case.at(time, since))

    @property
    def all_kernels(self) -> tuple[Kernel, ...]:
        """The kernels at the beginning, at every knot and at the end."""
        return tuple(dict.fromkeys(kernel for stage in self.case.stages for kernel in forces.kernels(stage)))

    def stages(self, space: Space) -> Iterator[Attention]:
        """Yield the attention at the beginning, at every knot and at the end."""
        return (self._of(space, stage) for stage in self.case.stages)

    def largest_energy(self, space: Space) -> float:
        """Return the largest size of the uniform density's energy at any of them."""
        if space.degree not in self._largest:
            uniform = np.zeros(space.degrees.size)
            uniform[0] = 1.0
            self._largest[space.degree] = max(abs(stage.energy(uniform)) for stage in self.stages(space))
        return self._largest[space.degree]

    def _of(self, space: Space, at: cases.Case) -> Attention:
        """Return the attention of a case at its moment, one that is kept if its weights are the same."""
        key = (space.degree, (at.attention, at.perceptron))
        found = self._made.pop(key, None)
        if found is None:
            near = next((kept for (degree, _), kept in reversed(self._made.items()) if degree == space.degree), None)
            found = forces.attention_like(at, self._plain, near)(space)
        self._made[key] = found
        while len(self._made) > _KEPT:
            del self._made[next(iter(self._made))]
        return found
