"""The snapshots of a record as fields on the mesh of its space, and the words that go with them.

Responsible for which mesh belongs to a record, and for which fields a file of it holds. Refuses to know file formats.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.export.fields import NAMES, Fields, Sampler
from kinetic.export.mesh import MESHES, Mesh
from kinetic.types import Array


@dataclass(frozen=True)
class Snapshots:
    """The fields of every snapshot of a record.

    Parameters
    ----------
    evidence : Evidence
        Of the record.
    resolution : int
        Intervals from pole to pole.
    progress : callable, optional
        Called with the number of snapshots that are done.
    """

    evidence: Evidence
    resolution: int
    progress: Callable[[int], None] | None = None

    @cached_property
    def mesh(self) -> Mesh:
        """Where the fields are given."""
        return MESHES[self.evidence.kind](self.resolution, self.evidence.d)

    @cached_property
    def _sampler(self) -> Sampler:
        held = self.evidence.density(0) if self.evidence.case.attention.frozen else None
        return Sampler(self.evidence.case, self.mesh.sites, held)

    def fields(self, index: int) -> Fields:
        """Return the fields of one snapshot."""
        return self._sampler(self.evidence.density(index), float(self.evidence.snapshot_times[index]))

    @cached_property
    def _ends(self) -> tuple[Fields, Fields]:
        return self.fields(0), self.fields(-1)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Fields that the first or the last snapshot has, in the order of `NAMES`, and their shapes.

        Raises
        ------
        DomainError
            If there is none.
        """
        first, last = self._ends
        found = {**last.known, **first.known}
        if not found:
            raise DomainError("; ".join(f"{name}: {why}" for name, why in first.left_out.items()))
        return {name: found[name].shape for name in NAMES if name in found}

    @property
    def left_out(self) -> dict[str, str]:
        """Why the other fields are not in the file."""
        reasons = {**self._ends[1].left_out, **self._ends[0].left_out}
        return {name: reasons[name] for name in NAMES if name not in self.shapes}

    def __iter__(self) -> Iterator[dict[str, Array]]:
        """Give the fields of one snapshot after another, not a number where one of them lacks what others have."""
        count = self.evidence.snapshot_times.size
        for index in range(count):
            known = self._ends[0].known if index == 0 else self._ends[1].known if index == count - 1 else None
            known = self.fields(index).known if known is None else known
            yield {name: known.get(name, np.full(shape, np.nan)) for name, shape in self.shapes.items()}
            if self.progress is not None:
                self.progress(index + 1)


def texts(snapshots: Snapshots) -> dict[str, str]:
    """Say where the data come from, and what is not among them."""
    evidence, record = snapshots.evidence, snapshots.evidence.record
    version = f"kinetic {record.kinetic_version}"
    lacking = "; ".join(f"without {name}: {why}" for name, why in snapshots.left_out.items())
    return {
        "title": evidence.case.title,
        "source": f"{version}, record {record.path.name}",
        "references": evidence.case.source or "none given",
        "history": f"{record.created}: computed by {version}",
        "case": record.case_text,
        **({"comment": lacking} if lacking else {}),
    }
