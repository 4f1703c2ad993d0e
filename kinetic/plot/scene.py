"""What a figure is about: a record as evidence, and the snapshots that are shown of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.plot.captions import caption_of
from kinetic.plot.choosing import by_change, nearest
from kinetic.plot.lines import LINES
from kinetic.plot.shapes import HIGHEST
from kinetic.plot.style import Caption
from kinetic.record import Record
from kinetic.theory import antipode_law
from kinetic.types import Array

SHOWN = 6  # snapshots, unless times are asked for
COLLAPSED = 0.1  # 1 − R at the end below which a run counts as one of collapse
HALF = 0.5  # R from which on half of the mass is surely within a right angle of the mean
SMALL = 0.1  # root-mean-square of ρ − 1 at the start below which a run counts as one of growth


@dataclass(frozen=True)
class Scene:
    """A record and the snapshots to be shown.

    Parameters
    ----------
    evidence : Evidence
    snapshots : tuple of int
        Ascending, each once.
    """

    evidence: Evidence
    snapshots: tuple[int, ...]

    @classmethod
    def of(cls, record: Record, times: Sequence[float] = ()) -> "Scene":
        """Return the scene of a record.

        Parameters
        ----------
        record : Record
        times : sequence of float
            Show the snapshots nearest these times; if empty, six between which equally much changes.

        Raises
        ------
        DomainError
            If the record holds no snapshot or no row, or for a time that it does not hold.
        """
        count = record.density_times.size
        if count == 0 or "time" not in record.observables or record.observables["time"].size == 0:
            raise DomainError(f"{record.path}: the record holds nothing to draw yet; its status is {record.status}")
        return cls(Evidence(record), nearest(record, times) if times else by_change(record, SHOWN))

    @property
    def record(self) -> Record:
        """The record."""
        return self.evidence.record

    @cached_property
    def densities(self) -> tuple[Any, ...]:
        """The snapshots shown."""
        return tuple(self.evidence.density(i) for i in self.snapshots)

    @property
    def times(self) -> Array:
        """Their times."""
        return self.evidence.snapshot_times[list(self.snapshots)]

    @cached_property
    def pointwise(self) -> bool:
        """Whether the densities shown are known at points and can be drawn, which those of high dimension cannot."""
        if not any(one.axisymmetric for one in self.densities):
            return True
        try:
            with np.errstate(over="ignore"):  # a peak beyond the range of numbers is not drawn
                peaks = [np.nanmax(one.values_at_angle(np.linspace(0.0, np.pi, 33))) for one in self.densities]
        except DomainError:
            return False
        return bool(max(peaks) < HIGHEST)

    @property
    def mapped(self) -> bool:
        """Whether densities are drawn as maps; over a line of angles otherwise."""
        return self.evidence.kind not in LINES

    @property
    def collapses(self) -> bool:
        """Whether the run comes close to a Dirac mass."""
        return float(self.evidence["order_deficit"][-1]) < COLLAPSED

    @property
    def spread_out(self) -> str:
        """Why the distance from a Dirac mass means nothing at the end of the run; empty where it does.

        R < 1/2 says that there may be no hemisphere with half of the mass: 1 − cos θ ≥ 1 beyond it, so that by Markov's
        inequality at most 1 − R of the mass is farther than a right angle from the mean direction.
        """
        order = float(self.evidence["order_parameter"][-1])
        counts = self.record.observables.get("cluster_count", np.zeros(0))
        if counts.size and counts[-1] >= 2:
            return f"there are {counts[-1]:.0f} clusters at the end"
        if self.evidence.diffusion > 0:
            return f"noise (κ = {self.evidence.diffusion:g}) keeps the density at a distance from every Dirac mass"
        if not order >= HALF:
            return f"R = {order:.2g} at the end: the mass is spread out, or in several clusters"
        return ""

    @property
    def rates(self) -> dict[str, float]:
        """Predicted decay rates of the observables that vanish at a Dirac; none where theory or collapse is missing."""
        evidence = self.evidence
        if not evidence.plain or evidence.beta is None or not self.collapses:
            return {}
        arguments = evidence.d, evidence.beta, evidence.normalization
        kappa = antipode_law.collapse_rate(*arguments)
        return {
            "order_deficit": kappa,
            "energy_gap": kappa,
            "w2_to_dirac": 0.5 * kappa,
            "antipode_density": antipode_law.antipode_rate(*arguments),
        }

    @property
    def is_tie(self) -> bool:
        """Whether the law of collapse carries a factor t."""
        evidence = self.evidence
        return evidence.beta is not None and antipode_law.is_tie(evidence.d, evidence.beta, evidence.normalization)

    @property
    def caption(self) -> Caption:
        """What stands above and below the figure."""
        return caption_of(self.evidence)
