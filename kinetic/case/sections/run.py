"""``[time]`` and ``[output]``: how far and how accurately to march, and how often to write."""

import math
from typing import Annotated, Literal

from pydantic import Field

from kinetic.case.rules import Choice, Number, Truth
from kinetic.case.sections.section import LONGEST_TIME, SHORTEST_TIME, Section

SHORTEST_LENGTH = 1e-4
"""Least output.observe_length: clusters that meet from all over the sphere then make some ten thousand rows."""

SCHEMES = ("auto", "dop853", "rk45", "etd8")
"""Named time steppers."""


class Time(Section):
    """How far and how accurately to march."""

    end: Annotated[float, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        description="Time at which the run ends (dimensionless, the time of the equation)."
    )
    tolerance: Annotated[float, Number(1e-13, 1e-1)] = Field(
        default=1e-9,
        description="Relative tolerance of the time stepper (dimensionless). "
        "Below 1e-13 round-off would take over from the error that is controlled.",
    )
    scheme: Annotated[Literal["auto", "dop853", "rk45", "etd8"], Choice(SCHEMES)] = Field(
        default="auto",
        description="Time stepper: explicit Runge-Kutta of order 8 (dop853) or 5 (rk45), exponential of order 8 "
        "(etd8), which takes diffusion exactly; auto is etd8 with noise, dop853 without.",
    )


class Output(Section):
    """How often to write; the beginning and the end are always written."""

    first: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) of the first row and snapshot after the beginning, from which "
        "on times grow by equal ratios: observe_every and save_every then count decades. Default: equal distances.",
    )
    observe_every: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) between rows of observables, decades of it with output.first; "
        "default: 200 rows.",
    )
    save_every: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) between snapshots, decades of it with output.first; default: "
        "20 snapshots.",
    )
    observe_length: Annotated[float | None, Number(SHORTEST_LENGTH, 1e3, unit="radians")] = Field(
        default=None,
        description="Length of the path in W2 (radians) after which there is one more row, beside those at given "
        "times: it sees mergers however fast they are. Default: no such rows.",
    )
    attention_entropy: Annotated[bool, Truth()] = Field(
        default=False,
        description="Whether rows have the observable attention_entropy, the mean entropy of attention rows; it takes "
        "a sum over pairs of tokens a row.",
    )

    def span(self, end: float) -> float:
        """Return the span that is divided into rows: the time up to an end, or the decades of it from `first` on."""
        return end if self.first is None else math.log10(end / self.first)
