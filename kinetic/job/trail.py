"""What a march has handed out so far: rows, snapshots, the checkpoint, as the datasets of a record.

Responsible for turning events into columns and back, so that a run goes on from what its record holds. Refuses to march
and to write.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from kinetic.assembly.bodies import pack
from kinetic.clusters.recording import COLUMNS, MERGERS, SCALARS, columns, row_of
from kinetic.integrate.adaptive import FORGOTTEN
from kinetic.march import Checkpoint, Event, Row, Snapshot
from kinetic.observables import (
    DEFINITIONS,
    ENTROPY_DEFINITIONS,
    LABEL_DEFINITIONS,
    RADIUS_DEFINITIONS,
    Definition,
)
from kinetic.record import HANDOVER, CheckpointValue, Record, Scalar
from kinetic.types import Array
from kinetic.variable import Variable
from kinetic.watched import Watched


@dataclass
class Trail:
    """What the march has handed out so far: all that a record holds beside its manifest."""

    rows: list[Row] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    checkpoint: Checkpoint | None = None
    handover: float | None = None
    """When another chart took over from harmonics."""
    watched: Watched | None = None

    @classmethod
    def of(cls, record: Record, watched: Watched | None) -> "Trail":
        """Return what a record holds up to its checkpoint; later rows will be made again."""
        if not record.checkpoint:
            return cls(watched=watched)
        checkpoint = unpacked(record.checkpoint)
        names = [d.name for d in _definitions(record.observables)] + ([*watched.functions] if watched else [])
        times = record.observables["time"]
        clusters = {float(t): row_of(record.clusters, i) for i, t in enumerate(record.clusters.get("time", ()))}
        rows = [
            Row(float(t), {name: _kept(record, name, i) for name in names}, clusters.get(float(t)))
            for i, t in enumerate(times)
            if t <= checkpoint.time
        ]
        snapshots = [
            Snapshot(float(t), record.density(i)) for i, t in enumerate(record.density_times) if t <= checkpoint.time
        ]
        handover = record.density_attributes.get(HANDOVER)
        known = handover is not None and float(handover) <= checkpoint.time and "degree" not in checkpoint.layout
        since = float(handover) if known and handover is not None else None
        return cls(rows, snapshots, checkpoint, since, watched)

    @property
    def reached(self) -> float:
        """Time up to which something is known."""
        times = [self.rows[-1].time] if self.rows else []
        return max([*times, self.checkpoint.time] if self.checkpoint else times, default=0.0)

    def keep(self, event: Event) -> None:
        """Add one event of the march."""
        if isinstance(event, Row):
            self.rows.append(event)
        elif isinstance(event, Snapshot):
            self.snapshots.append(event)
        else:
            self.checkpoint = event.checkpoint
            if self.handover is None and "degree" not in event.checkpoint.layout:
                self.handover = event.checkpoint.time

    def observables(self) -> tuple[Variable, ...]:
        """Return the datasets of /observables."""
        time = Variable("time", _column(row.time for row in self.rows), ("time",), "1", "time of the row")
        seen = self.rows[0].values if self.rows else ()
        told = (self._observable(definition) for definition in _definitions(seen))
        return (time, *self._labels(), *told, *self._counts(), *self._own())

    def _labels(self) -> Iterator[Variable]:
        """Yield the scales of the axes that observables share with the density: labels."""
        if self.snapshots:
            yield from self.snapshots[0].density.scales

    def _own(self) -> Iterator[Variable]:
        """Yield the observables that the user has added."""
        for name in self.watched.functions if self.watched else ():
            values = np.array([row.values[name] for row in self.rows], dtype=float)
            axes = tuple(f"{name}_axis_{i}" for i in range(values.ndim - 1))
            yield Variable(name, values, ("time", *axes), "1", self.watched.description(name) if self.watched else "")

    def _counts(self) -> Iterator[Variable]:
        """Yield the number of clusters of each row, if any of them told it."""
        counts = _column(np.nan if row.clusters is None else row.clusters.count for row in self.rows)
        if not np.all(np.isnan(counts)):
            text = "number of clusters; NaN where the chart does not tell them"
            yield Variable("cluster_count", counts, ("time",), "1", text)

    def _observable(self, definition: Definition) -> Variable:
        values = np.array([row.values[definition.name] for row in self.rows], dtype=float)
        behind = ("label", "component") if definition in LABEL_DEFINITIONS else ("component",)
        behind = ("head",) if definition in ENTROPY_DEFINITIONS else behind
        dims = ("time", *behind)[: values.ndim]
        return Variable(definition.name, values, dims, definition.units, definition.description)

    def clusters(self) -> tuple[Variable, ...]:
        """Return the datasets of /clusters."""
        told = [(row.time, row.clusters) for row in self.rows if row.clusters is not None]
        if not told:
            return ()
        found = columns([clusters for _, clusters in told])
        time = Variable("time", _column(time for time, _ in told), ("time",), "1", "time of the row")
        whole = [Variable(name, found[name], ("time",), units, text) for name, (text, units) in SCALARS.items()]
        rows = [
            Variable(name, found[name], ("time", "cluster", "component")[: found[name].ndim], units, text)
            for name, (text, units) in COLUMNS.items()
        ]
        axes = {"merger_time": (), "merger_mass": ("of_two",), "merger_position": ("component",)}
        mergers = [
            Variable(name, found[name], ("merger", *axes[name]), units, text) for name, (text, units) in MERGERS.items()
        ]
        return (time, *rows, *whole, *mergers)

    def densities(self) -> tuple[tuple[Variable, ...], dict[str, Scalar]]:
        """Return the datasets of /density, and the attribute that names the bodies."""
        return pack([s.time for s in self.snapshots], [s.density for s in self.snapshots])


def _definitions(seen: Container[str]) -> tuple[Definition, ...]:
    """Return what a run that has seen these observables tells: all, and those of norms, labels or rows of attention."""
    found = [more for more in (RADIUS_DEFINITIONS, LABEL_DEFINITIONS) if any(one.name in seen for one in more)]
    entropies = [definition for definition in ENTROPY_DEFINITIONS if definition.name in seen]
    return (*DEFINITIONS, *(definition for more in found for definition in more), *entropies)


def _kept(record: Record, name: str, index: int) -> float | Array:
    """Return an observable of one row; NaN for one that kinetic did not have yet when the record was made."""
    values = record.observables.get(name)
    found: float | Array = np.nan if values is None else values[index]
    return found


def _column(numbers: Iterable[float]) -> Array:
    return np.array(list(numbers), dtype=float)


_WITNESS = "witness_"  # before the names of what belongs to the coarser run


def packed(checkpoint: Checkpoint) -> dict[str, CheckpointValue]:
    """Return a checkpoint as the entries of /checkpoint, those of the coarser run with a prefix."""
    pace = {"step": checkpoint.step, "error": checkpoint.error, "length": checkpoint.length}
    coarser = {} if checkpoint.witness is None else packed(checkpoint.witness)
    beside = {_WITNESS + key: value for key, value in coarser.items()}
    return {"time": checkpoint.time, "state": checkpoint.state, **pace, **checkpoint.layout, **beside}


def unpacked(saved: Mapping[str, CheckpointValue]) -> Checkpoint:
    """Return the checkpoint that `packed` was given, from the entries that a record holds.

    Raises
    ------
    LookupError, ValueError, TypeError
        If they are not those of a checkpoint.
    """
    beside = {key.removeprefix(_WITNESS): value for key, value in saved.items() if key.startswith(_WITNESS)}
    own = {key: value for key, value in saved.items() if not key.startswith(_WITNESS)}
    sizes = own.keys() - {"time", "state", "step", "error", "length"}
    return Checkpoint(
        float(own["time"]),
        np.array(own["state"]),
        float(own["step"]),
        {key: int(own[key]) for key in sorted(sizes)},
        float(own.get("error", FORGOTTEN)),  # older records do not have these
        float(own.get("length", np.nan)),
        unpacked(beside) if beside else None,
    )
