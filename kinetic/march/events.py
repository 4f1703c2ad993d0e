"""What a march hands out: rows of observables, snapshots of the density, checkpoints to go on from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kinetic.clusters import Clusters
from kinetic.density import Body
from kinetic.integrate.adaptive import FORGOTTEN
from kinetic.observables import Observation
from kinetic.types import Array


@dataclass(frozen=True)
class Row:
    """The observables at one requested time, or where the path had a requested length."""

    time: float
    values: Observation
    clusters: Clusters | None = None
    scheduled: bool = True


@dataclass(frozen=True)
class Snapshot:
    """The density at one requested time."""

    time: float
    density: Body


@dataclass(frozen=True)
class Checkpoint:
    """All that the next step depends on: from here a run goes on bit for bit.

    Parameters
    ----------
    time : float
    state : Array
    step : float
        Length to try next.
    layout : mapping
        Sizes of the flow.
    error : float
        Local error of the last step, in tolerances, which the lengths after the next one depend on.
    length : float
        Length of the path in W₂ up to here, NaN where it is not known: rows depend on it, steps do not.
    witness : Checkpoint, optional
        Of the coarser run beside it, once that has begun.
    """

    time: float
    state: Array
    step: float
    layout: Mapping[str, int]
    error: float = FORGOTTEN
    length: float = math.nan
    witness: "Checkpoint | None" = None


@dataclass(frozen=True)
class Step:
    """An accepted step; every row and snapshot up to `checkpoint.time` has been handed out before."""

    checkpoint: Checkpoint
    evaluations: int


Event: TypeAlias = Row | Snapshot | Step
