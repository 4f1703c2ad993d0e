"""What a figure is about: a record as evidence, and the snapshots that are shown of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kinetic.claims.evidence import Evidence
from kinetic.errors import DomainError
from kinetic.plot.shapes import HIGHEST
from kinetic.plot.style import Caption
from kinetic.pointwise import zonal_values
from kinetic.record import Record
from kinetic.theory import antipode_law
from kinetic.types import Array

SHOWN = 6  # snapshots, unless times are asked for
COLLAPSED = 0.1  # 1 − R at the end below which a run counts as one of collapse
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
            Show the snapshots nearest these times; six, evenly spaced from the first to the last, if empty.

        Raises
        ------
        DomainError
            If the record holds no snapshot or no row.
        """
        count = record.density_times.size
        if count == 0 or "time" not in record.observables or record.observables["time"].size == 0:
            raise DomainError(f"{record.path}: the record holds nothing to draw yet; its status is {record.status}")
        chosen = [record.nearest_snapshot(time) for time in times]
        spread = np.round(np.linspace(0, count - 1, SHOWN)).astype(int)
        return cls(Evidence(record), tuple(sorted({*(chosen or map(int, spread))})))

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
        if self.evidence.kind != "zonal":
            return True
        try:
            with np.errstate(over="ignore"):  # a peak beyond the range of numbers is not drawn
                peaks = [np.nanmax(zonal_values(one, np.linspace(0.0, np.pi, 33))) for one in self.densities]
        except DomainError:
            return False
        return bool(max(peaks) < HIGHEST)

    @property
    def collapses(self) -> bool:
        """Whether the run comes close to a Dirac mass."""
        return float(self.evidence["order_deficit"][-1]) < COLLAPSED

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


def caption_of(evidence: Evidence) -> Caption:
    """Return title and source of the case, and one line on equation and record."""
    case, record = evidence.case, evidence.record
    heads = case.attention.all_heads
    betas = ", ".join(f"{head.beta:g}" for head in heads[:3]) + (", …" if len(heads) > 3 else "")
    how = f"β = {betas}" if case.attention.has_beta else f"kernel {case.attention.weight}"
    if case.attention.kernel == "truncated":
        how = f"{how}, kernel {case.attention.weight}"
    kind = "Softmax" if evidence.normalization == "softmax" else "Unnormalised"
    space = {2: "the circle", 3: "the sphere S²"}.get(evidence.d, f"the sphere of dimension {evidence.d - 1}")
    symmetric = ", axisymmetric" if evidence.kind == "zonal" else ""
    noise = f", κ = {evidence.diffusion:g}" if evidence.diffusion else ""
    scheme = "" if case.layer_norm.scheme == "post" else f", layer norm {case.layer_norm.scheme.replace('_', ' ')}"
    neurons = case.perceptron
    perceptron = f", {len(neurons.neurons)} {neurons.activation} neurons" if neurons else ""
    context = "" if case.attention.context_length is None else f", n = {case.attention.context_length:g} tokens"
    version = "" if record.kinetic_version == "unknown" else f", kinetic {record.kinetic_version}"
    reason = f": {record.message.rstrip('.')}" if record.message and record.status != "finished" else ""
    origin = (
        f"{kind} attention, {how}{perceptron}{noise}{scheme}{context}, on {space} (d = {evidence.d}{symmetric}). "
        f"Record {record.path.name}, {record.status}{version}{reason}."
    )
    return Caption(case.title, case.source or "", origin)
