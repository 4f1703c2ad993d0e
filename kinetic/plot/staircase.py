"""The energy as a staircase: over the logarithm of time, and over the length of the path in W₂, with predicted steps.

Responsible for where the prediction begins: at the bumps of the case where they are narrow, else at the first row at
which clusters are points. Refuses to know why the steps stand where they do.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic.case import Mixture
from kinetic.claims.claim import NotApplicable, require_plain
from kinetic.claims.exact import NARROW_BUMP
from kinetic.claims.plateaus import plateaus
from kinetic.errors import DomainError
from kinetic.plot import style
from kinetic.plot.scene import Scene
from kinetic.theory.staircase import Step, climb, staircase, steps_by_logarithmic_clock
from kinetic.types import Array, ArrayLike, Normalization

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_HIGH = 0.6  # of E at one cluster: labels of steps to less stand at the top
_MARGIN = 0.06  # of the height of all steps
_SCALED_FROM = 3.0  # β from which on times without softmax are told in units of e^{−β}


@dataclass(frozen=True)
class Stairs:
    """What was measured, and what is predicted.

    Parameters
    ----------
    times, lengths, energies : Array, shape (n,)
        Of the rows; E in units of e^β/2β.
    steps : tuple of Step
    start : tuple of float
        Time and length from which the steps count theirs.
    beta : float
    normalization : {"softmax", "none"}
    scale : float
        What times are multiplied by: e^β without softmax, else 1.
    """

    times: Array
    lengths: Array
    energies: Array
    steps: tuple[Step, ...]
    start: tuple[float, float]
    beta: float
    normalization: Normalization
    scale: float

    @classmethod
    def of(cls, scene: Scene) -> "Stairs":
        """Return the staircase of a record.

        Raises
        ------
        DomainError
            If its clusters have no energy levels, or none has stood, or the length of the path is not known.
        """
        evidence = scene.evidence
        try:
            beta = require_plain(evidence)
            if beta <= 0:
                raise NotApplicable("levels are told apart where β > 0")
            points, masses, row = _begin(scene)
        except NotApplicable as reason:
            raise DomainError(f"staircase: {reason}") from reason
        rows = scene.record.observables
        lengths = rows.get("arc_length", np.full(1, math.nan))
        if not np.all(np.isfinite(lengths)):
            raise DomainError("staircase: the length of the path is not known, as with noise, labels or older records")
        steps = staircase(points, masses, beta, evidence.normalization)
        energies = rows["energy"] / (math.exp(beta) / (2.0 * beta))
        scaled = evidence.normalization == "none" and beta > _SCALED_FROM
        start = float(rows["time"][row]), float(lengths[row])
        scale = math.exp(beta) if scaled else 1.0
        return cls(rows["time"], lengths, energies, steps, start, beta, evidence.normalization, scale)

    @property
    def levels(self) -> list[float]:
        """E of every predicted plateau, that of one cluster last."""
        return [step.level for step in self.steps] + [self.steps[-1].level + self.steps[-1].gain]

    def time(self, step: Step) -> float:
        """Return the predicted time of a step, in the unit of the figure."""
        unit = math.exp(-self.beta) if self.normalization == "none" else 1.0
        return self.scale * (self.start[0] + unit * math.exp(step.log_time))

    def numbers(self) -> dict[str, list[str | float]]:
        """Return all that is drawn, column by column."""
        count, steps = self.times.size, self.steps
        return {
            "series": ["measured"] * count + ["predicted step"] * len(steps),
            "time": [*self.times.tolist(), *(self.time(step) / self.scale for step in steps)],
            "w2_length": [*self.lengths.tolist(), *(self.start[1] + step.length for step in steps)],
            "energy_2beta_exp_minus_beta": [*self.energies.tolist(), *(step.level + step.gain for step in steps)],
        }


def _begin(scene: Scene) -> tuple[Array, Array, int]:
    """Return clusters, their masses, and the row from which they are followed as points."""
    initial = scene.evidence.initial
    if isinstance(initial, Mixture) and len(initial.components) > 1 and not initial.uniform:
        bumps = initial.components
        if min(bump.concentration for bump in bumps) >= NARROW_BUMP and all(bump.mean for bump in bumps):
            points = np.array([bump.mean for bump in bumps], dtype=float)
            points /= np.linalg.norm(points, axis=1, keepdims=True)
            return points, np.array([bump.weight for bump in bumps]), 0
    several = [part for part in plateaus(scene.evidence) if part.count > 1]
    if not several:
        raise NotApplicable("several clusters have not stood")
    part = several[0]
    row = int(np.argmin(part.blur[: max(1, part.times.size // 2)]))
    return part.places[row], part.masses[row], int(part.rows[row])


def draw_staircase(panel: "Figure | SubFigure", scene: Scene) -> None:
    """Draw E over the logarithm of time, and over the length of the path in W₂.

    Raises
    ------
    DomainError
        If the record has no staircase.
    """
    stairs = Stairs.of(scene)
    left, right = panel.subplots(1, 2, sharey=True)
    _over_time(left, stairs)
    _over_length(right, stairs)
    levels = stairs.levels
    low, top = min(float(stairs.energies.min()), levels[0]), levels[-1]
    left.set_ylim(low - _MARGIN * (top - low), top + _MARGIN * (top - low))
    left.set_ylabel(r"energy $E\;2\beta\,e^{-\beta}$ (dimensionless)")
    style.side_labels(right, [(level, f"{level:.3g}") for level in levels])
    style.heading(panel, "Energy: it waits at sums of squared masses, and climbs while two clusters meet")


def _over_time(ax: "Axes", stairs: Stairs) -> None:
    """Draw E over time, and the steps at the times of pairs that are alone."""
    later = stairs.times > 0
    ax.plot(stairs.scale * stairs.times[later], stairs.energies[later], color=style.COLORS[0], label="density")
    ax.set_xscale("log")
    low, high = stairs.scale * float(stairs.times[later][0]), stairs.scale * float(stairs.times[-1])
    corners = [max(low, stairs.scale * stairs.start[0]), *(stairs.time(step) for step in stairs.steps), high]
    ax.step(corners, [*stairs.levels, stairs.levels[-1]], where="post", **_PREDICTED)
    ax.set_xlim(low, high)
    unit = r"time $t\,e^{\beta}$ (dimensionless)" if stairs.scale != 1.0 else style.TIME
    ax.set_xlabel(unit)
    ax.legend(loc="upper left", handlelength=1.6)


def _over_length(ax: "Axes", stairs: Stairs) -> None:
    """Draw E over the length of the path, and what pairs predict; above it the clock that vanishes as β grows."""
    ax.plot(stairs.lengths, stairs.energies, color=style.COLORS[0])
    before = stairs.start[1]
    for step in stairs.steps:
        length, energy = climb(step, stairs.beta, stairs.normalization)
        length = length + stairs.start[1]
        shown = length >= before
        ax.plot(length[shown], energy[shown], **{**_PREDICTED, "label": None})
        before = float(length[-1])
        ax.axvline(before, color=style.GREY, lw=0.6, ls=":", zorder=0)
        low = step.level + step.gain < _HIGH  # the curve is below: above it there is room
        ax.annotate(
            rf"$\ell$ = {before:.3g}", (before, 0.98 if low else 0.02), xycoords=("data", "axes fraction"), rotation=90,
            fontsize=6.5, color="0.3", ha="right", va="top" if low else "bottom",
        )  # fmt: skip
    ax.set_xlim(0.0, 1.02 * max(before, float(stairs.lengths[-1])))
    ax.set_xlabel(r"length $\ell$ of the path in $W_2$ (radians)")
    if stairs.normalization == "none" and stairs.beta > 1:
        log = math.log(stairs.beta)

        def clock(length: ArrayLike) -> Array:
            return steps_by_logarithmic_clock(length, stairs.beta)

        above = ax.secondary_xaxis("top", functions=(clock, lambda time: np.asarray(time, dtype=float) * log))
        above.set_xlabel(r"clock $\tau=\ell/\ln\beta$: steps $\to 0$ as $\beta\to\infty$ (derived)", fontsize=7)


_PREDICTED: dict[str, Any] = {"color": style.COLORS[1], "lw": 1.0, "ls": (0, (4, 2)), "label": "pairs alone (derived)"}
