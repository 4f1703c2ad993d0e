"""The table ``[label]``: what tells tokens apart beside where they are on the sphere, and whom they see.

Responsible for its keys, their ranges, and which of them belong to which kind. Whether the initial densities of
positions fit the space is checked in ``file``.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from kinetic.case.initial import AnyInitial
from kinetic.case.problems import Location
from kinetic.case.rules import Choice, Integer, Number
from kinetic.case.sections import HIGHEST_DEGREE, Section
from kinetic.case.show import show
from kinetic.case.vectors import Numbers, Vector

LABEL_KINDS = ("causal", "window", "frequency")
"""What a label is: a position among those before it, a position in a window, a rotation rate."""

LAWS = ("lorentz", "gauss", "uniform", "table")
"""Laws of rotation rates."""

POSITIONS = ("causal", "window")
KIND_KEYS = {
    "decay": ("causal",),
    "width": ("window",),
    "first": POSITIONS,
    "elements": POSITIONS,
    "order": POSITIONS,
    "slices": POSITIONS,
    "perturbation": POSITIONS,
    "law": ("frequency",),
    "scale": ("frequency",),
    "center": ("frequency",),
    "count": ("frequency",),
    "rates": ("frequency",),
    "weights": ("frequency",),
    "axes": ("frequency",),
}
"""The kinds of label for which a key of ``[label]`` means something."""

MOST_RATES = 4096
MOST_AXES = 45  # of which 2·45² = 4050 stand for one rate


class LabelSlice(Section):
    """What the density is at the positions of one stretch."""

    upto: Annotated[float, Number(0.0, 1.0, open_low=True)] = Field(
        description="Last position s (dimensionless) of the stretch, which begins where the one before ends; the last "
        "one is 1."
    )
    initial: Annotated[AnyInitial, Field(discriminator="kind")] = Field(
        description="The density at time 0 at each of these positions."
    )


class Perturbation(Section):
    """What the slices are multiplied with: 1 + amplitude·Y·profile(s)."""

    at: Annotated[float | None, Number(0.0, 1.0, open_low=True)] = Field(
        default=None, description="Position (dimensionless) at which the profile e^(-(s - at)²/(2 width²)) is 1."
    )
    width: Annotated[float | None, Number(1e-6, 1.0)] = Field(
        default=None, description="Standard deviation of that profile in s (dimensionless)."
    )
    power: Annotated[float | None, Number(0.0, 64.0)] = Field(
        default=None, description="Instead of at and width: the exponent p (dimensionless) of the profile s^p."
    )
    degree: Annotated[int, Integer(1, max(HIGHEST_DEGREE.values()))] = Field(
        description="Degree l of the harmonic Y (dimensionless)."
    )
    order: Annotated[int | None, Integer(-max(HIGHEST_DEGREE.values()), max(HIGHEST_DEGREE.values()))] = Field(
        default=None, description="Order m of the harmonic (dimensionless), as in initial.terms."
    )
    amplitude: Annotated[float, Number(-1e3, 1e3)] = Field(
        description="Factor of Y, orthonormal with respect to σ (dimensionless)."
    )

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Check that there is one profile."""
        for key in ("at", "width"):
            value = getattr(self, key)
            if self.power is not None and value is not None:
                yield (key,), f"received {show(value)} together with power; give at and width, or power"
            if self.power is None and value is None:
                yield (key,), "missing; must be a number, or give power instead of at and width"


class Label(Section):
    """What tells tokens apart beside where they are, and which others they attend to."""

    kind: Annotated[Literal["causal", "window", "frequency"], Choice(LABEL_KINDS)] = Field(
        description="causal: a position s in (0, 1], attending to those before it; window: to those of a stretch "
        "before it; frequency: a rate at which the token rotates by itself, attending to all."
    )
    decay: Annotated[float, Number(0.0, 1000.0)] = Field(
        default=0.0,
        description="Kind causal: λ (dimensionless) of the weight λ e^(-λ(s-s'))/(1 - e^(-λ s)) of position s' for s; "
        "0: the same weight for all before s.",
    )
    width: Annotated[float | None, Number(0.0, 1.0, open_low=True)] = Field(
        default=None,
        description="Kind window, required: tokens at s attend to s - width < s' <= s (dimensionless), where s is less "
        "than the width to all before it.",
    )
    first: Annotated[float | None, Number(1e-12, 0.5)] = Field(
        default=None,
        description="Kinds causal and window: smallest position (dimensionless) that is resolved, below which the "
        "density is constant in s; default: 0.001, or the end of the first slice if nothing varies below it.",
    )
    elements: Annotated[int | None, Integer(1, 1000)] = Field(
        default=None,
        description="Kinds causal and window: least number of finite elements in ln s (dimensionless); default: one "
        "for each factor of e.",
    )
    order: Annotated[int, Integer(2, 32)] = Field(
        default=8, description="Kinds causal and window: polynomial degree of the elements (dimensionless)."
    )
    slices: Annotated[tuple[LabelSlice, ...] | None, Field(min_length=1)] = Field(
        default=None,
        description="Kinds causal and window: initial densities by position; default: [initial] at all of them.",
    )
    perturbation: Perturbation | None = Field(
        default=None, description="Kinds causal and window: what the initial densities are multiplied with."
    )
    law: Annotated[Literal["lorentz", "gauss", "uniform", "table"] | None, Choice(LAWS)] = Field(
        default=None,
        description="Kind frequency, required: law of the rates ω: lorentz, of half width scale; gauss, of standard "
        "deviation scale; uniform, within scale of the center; table: rates and weights.",
    )
    scale: Annotated[float | None, Number(0.0, 1e6)] = Field(
        default=None, description="Laws lorentz, gauss, uniform, required: width of the law (radians per unit of time)."
    )
    center: Annotated[float, Number(-1e6, 1e6)] = Field(
        default=0.0, description="Laws lorentz, gauss, uniform: rate at its center (radians per unit of time)."
    )
    count: Annotated[int, Integer(1, MOST_RATES)] = Field(
        default=64, description="Laws lorentz, gauss, uniform: number of rates that stand for it (dimensionless)."
    )
    rates: Annotated[Vector | None, Numbers(MOST_RATES, 1e6)] = Field(
        default=None, description="Law table, required: the rates (radians per unit of time), ascending."
    )
    weights: Annotated[Vector | None, Numbers(MOST_RATES, 1e12)] = Field(
        default=None, description="Law table: shares of the mass (dimensionless), scaled to sum 1; default: equal."
    )
    axes: Annotated[int | None, Integer(1, MOST_AXES)] = Field(
        default=None,
        description="Kind frequency, on the sphere: tokens rotate about axes of any direction, of which 2 axes² stand "
        "for all at each rate, a rule of degree 2 axes - 1 (dimensionless); default: about the third axis alone.",
    )

    @property
    def has_positions(self) -> bool:
        """Whether a label is a position."""
        return self.kind in POSITIONS

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Refuse keys that the kind would silently ignore, and missing ones."""
        for key, kinds in KIND_KEYS.items():
            if key in self.model_fields_set and self.kind not in kinds:
                allowed = " or ".join(f'"{kind}"' for kind in kinds)
                yield (key,), f"received {_shown(getattr(self, key))}; allowed only with kind = {allowed}; remove it"
        if self.kind == "window" and self.width is None:
            yield ("width",), "missing; must be a number > 0 and <= 1"
        yield from self._law_conflicts() if self.kind == "frequency" else self._slice_conflicts()

    def _slice_conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare the ends of the slices with each other, and with the smallest position."""
        ends = [given.upto for given in self.slices or ()]
        for i, (before, after) in enumerate(pairwise(ends), start=1):
            if after <= before:
                yield ("slices", i, "upto"), f"received {show(after)}; must be above {show(before)}, where it begins"
        if ends and ends[-1] != 1:
            yield (
                ("slices", len(ends) - 1, "upto"),
                f"received {show(ends[-1])}; the last one must be 1, where positions end",
            )
        if ends and self.first is not None and not self.first <= ends[0]:
            yield (
                ("first",),
                f"received {show(self.first)}; must be at most {show(ends[0])}, the end of the first slice",
            )

    def _law_conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare the law with its numbers."""
        if self.law is None:
            yield ("law",), f"missing; must be {Choice(LAWS).allowed}"
        table = self.law == "table"
        for key in ("scale", "center", "count") if table else ("rates", "weights"):
            if key in self.model_fields_set:
                laws = "lorentz, gauss and uniform" if table else "table"
                yield (key,), f"received {_shown(getattr(self, key))}; allowed only with law {laws}; remove it"
        if self.law in LAWS[:3] and self.scale is None:
            yield ("scale",), "missing; must be a number >= 0"
        if table:
            yield from self._table_conflicts()
        rates = len(self.rates or ()) if table else self.count if self.scale else 1
        if self.axes is not None and 2 * rates * self.axes**2 > MOST_RATES:
            yield (
                ("axes",),
                f"received {show(self.axes)}; {rates} rates about {2 * self.axes**2} axes each are more than "
                f"{MOST_RATES} labels; lower it, or take fewer rates",
            )

    def _table_conflicts(self) -> Iterator[tuple[Location, str]]:
        rates, weights = self.rates, self.weights
        if rates is None:
            yield ("rates",), "missing; must be a list of numbers, ascending"
            return
        if any(after <= before for before, after in pairwise(rates)):
            yield ("rates",), f"received {len(rates)} numbers that do not ascend; sort them, each once"
        if weights is not None and len(weights) != len(rates):
            yield ("weights",), f"received {len(weights)} numbers; must be {len(rates)}, one for each rate"
        if weights is not None and (min(weights) < 0 or not sum(weights) > 0):
            yield ("weights",), "received negative numbers, or none above 0; shares of mass must not be negative"


def _shown(value: object) -> str:
    """Show a value; tables and long lists are counted."""
    return (
        f"{len(value)} entries"
        if isinstance(value, tuple)
        else show(value)
        if not isinstance(value, Section)
        else "a table"
    )
