"""The sweep file as one model: a template, the axes along which its keys vary, and what is asked of every run.

Responsible for its keys, their ranges, and what must hold between them. Whether a key of an axis exists in a case, and
whether its values are allowed, is told by reading the case of every point.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from kinetic.case import CLAIM_NAMES
from kinetic.case.problems import Location, raise_if
from kinetic.case.rules import Choice, Integer, Number, Text
from kinetic.case.sections import LONGEST_TIME, Section
from kinetic.case.show import show
from kinetic.case.vectors import Numbers
from kinetic.observables import DEFINITIONS, ENTROPY_DEFINITIONS
from kinetic.sweep.rules import MOST_VALUES, End, Identifier, KeyPath, Template, Values

CLUSTER_COUNT = "cluster_count"
"""The number of clusters, which in harmonics is that of maxima of the potential, from the rows."""

OBSERVABLES = (
    *(definition.name for definition in DEFINITIONS if definition.name != "mean"),
    ENTROPY_DEFINITIONS[0].name,
    CLUSTER_COUNT,
)
"""Observables that are one number a row."""

CLOSE_PAIRS = "close_pairs"
"""The share of pairs of tokens with <x, y> ≥ 1 − δ, which is taken from the snapshots rather than the rows."""

MEMORY = "memory"
"""The part of a degree of the initial density that is left, <ρ_l(t), ρ_l(0)>/<ρ_l(0), ρ_l(0)>, from the snapshots."""

AXIS_SPREAD = "axis_spread"
"""One minus the largest eigenvalue of ∫ x xᵀ dμ: how far tokens are from one axis, from the snapshots."""

FORMED = "formed_clusters"
"""How many clusters there are when a share of the mass has first come near them, from the rows."""

MOST_TOKENS, MOST_DRAWS = 4096, 65536
"""Of clouds of tokens beside a density: all pairs are added up."""

MEAN_COSINE = "mean_cosine"
"""The mean of <x, y> over pairs of tokens, R², from the rows."""

OF_SNAPSHOTS = {CLOSE_PAIRS: "delta", MEMORY: "degree", AXIS_SPREAD: ""}
"""What is taken from the snapshots, and the key that says more of it."""

MEASURED = (*OBSERVABLES, FORMED, MEAN_COSINE, *OF_SNAPSHOTS)
RATES = ("dirac_rate", "symmetric_rate")
"""Claims of a rate whose prediction is a curve over β."""

THEORIES = ("critical_diffusion", "equiangular_tokens", "ring", "critical_context", "critical_strength", *RATES)

LAWS = {
    "annealed_decay": MEMORY,
    "entropy_growth": "entropy",
    "pair_energy": "energy",
    "two_clusters": "energy",
    "opposite_pair": "order_parameter",
    "typical_spread": "w2_to_dirac",
    "typical_distance": AXIS_SPREAD,
    "noise_maxima": CLUSTER_COUNT,
    "mean_distance": AXIS_SPREAD,
}
"""Laws of ensembles, and what the quantity is of that each speaks of: a file is read without the theory behind them."""

KINDS = ("final", "crossing", "trace", "claim", "tokens")
NEEDED = {"final": (), "crossing": (), "trace": ("stop", "count"), "claim": (), "tokens": ("count",)}
MEANT = {
    "final": (),
    "crossing": ("above", "below"),
    "trace": ("start", "stop", "count"),
    "claim": (),
    "tokens": ("count", "seed"),
}
OF_TOKENS = ("order_deficit",)
"""What tokens have a rate of."""


class Axis(Section):
    """A key of the case and the values that it takes."""

    key: Annotated[str, KeyPath()] = Field(description="Key of the case that varies, as --set takes it.")
    values: Annotated[tuple[Any, ...] | None, Values()] = Field(
        default=None, description="The values, listed; instead of start, stop and count."
    )
    start: Annotated[int | float | None, End()] = Field(default=None, description="First value of a range.")
    stop: Annotated[int | float | None, End()] = Field(default=None, description="Last value of a range, included.")
    count: Annotated[int | None, Integer(1, MOST_VALUES)] = Field(default=None, description="Number of values.")
    spacing: Annotated[Literal["linear", "logarithmic"], Choice(("linear", "logarithmic"))] = Field(
        default="linear", description="Whether a range has equal steps or equal ratios; also how it is drawn."
    )
    drawn: Annotated[Literal["axis", "separately", "panels"], Choice(("axis", "separately", "panels"))] = Field(
        default="axis",
        description="Whether figures have this axis, or each of its values has a curve or a diagram of its own, as "
        "words always have, or a panel of its own. Of an axis that is zipped with one of numbers: separately and "
        "panels alone mean something, so that every curve can have its own points.",
    )
    zip_with: Annotated[str | None, KeyPath()] = Field(
        default=None,
        description="Key of another axis, with which this one advances in step; absent: every value is combined with "
        "every value of the other axes.",
    )

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Check that the values are given once."""
        given = [name for name in ("start", "stop", "count") if getattr(self, name) is not None]
        if self.values is not None and given:
            yield (given[0],), "given together with values; give either values, or start, stop and count"
        elif self.values is None and not given:
            yield ("values",), f"missing; must be {Values().allowed}, or give start, stop and count"
        elif self.values is None:
            for name in ("start", "stop", "count"):
                if name not in given:
                    rule = Integer(1, MOST_VALUES) if name == "count" else End()
                    yield (name,), f"missing; must be {rule.allowed}, or give values instead"
        yield from self._spacing_problems()

    def _spacing_problems(self) -> Iterator[tuple[Location, str]]:
        """Yield the first value that has no logarithm, where one is needed."""
        if self.spacing == "logarithmic":
            ends = [self.start, self.stop] if self.values is None else list(self.values)
            for end in ends:
                if end is not None and not (isinstance(end, int | float) and end > 0):
                    yield ("spacing",), f'received "logarithmic" with {show(end)}; all values must then be > 0'
                    return

    @property
    def all_values(self) -> tuple[Any, ...]:
        """The values of the list or the range; integers where both ends are and every value in between is one."""
        if self.values is not None:
            return self.values
        assert self.start is not None
        assert self.stop is not None
        assert self.count is not None
        if self.spacing == "logarithmic":
            numbers = [float(number) for number in np.geomspace(self.start, self.stop, self.count)]
        else:
            numbers = _evenly(self.start, self.stop, self.count)
        whole = isinstance(self.start, int) and isinstance(self.stop, int)
        if whole and all(abs(number - round(number)) < 1e-9 * max(1.0, abs(number)) for number in numbers):
            return tuple(round(number) for number in numbers)
        return tuple(numbers)


def _evenly(start: float, stop: float, count: int) -> list[float]:
    """Return numbers at equal steps: from decimals the doubles nearest to decimals, 0 and not 5.6e-17."""
    first, last = Fraction(repr(start)), Fraction(repr(stop))
    return [float(first + (last - first) * i / max(count - 1, 1)) for i in range(count)]


class Quantity(Section):
    """A number, or a number at several times, that is taken from every run."""

    name: Annotated[str, Identifier()] = Field(description="Name of its column.")
    kind: Annotated[Literal["final", "crossing", "trace", "claim", "tokens"], Choice(KINDS)] = Field(
        description="final: an observable in the last row; crossing: the time at which it first passes a value; trace: "
        "its values at several times; claim: what a claim measured, and what theory predicts; tokens: the rate at "
        "which 1 - R of finitely many tokens falls, drawn from the initial density and moved by the same model."
    )
    of: Annotated[str, Choice((*MEASURED, *CLAIM_NAMES))] = Field(
        description="The observable, or the claim; mean_cosine: the mean of <x, y> over pairs of tokens; "
        "formed_clusters: the number of clusters in the first row in which a share of the mass lies within their "
        "radii. At the times of the snapshots: close_pairs: the share of pairs of tokens with <x, y> >= 1 - delta; "
        "memory: the share of a degree of the initial density that is left, projected onto it; axis_spread: one minus "
        "the largest eigenvalue of the mean of x x^T."
    )
    delta: Annotated[float, Number(0.0, 2.0, open_low=True, open_high=True)] = Field(
        default=1e-3, description="close_pairs only: how close."
    )
    share: Annotated[float, Number(0.0, 1.0, open_low=True, open_high=True)] = Field(
        default=0.9, description="formed_clusters only: which share of the mass."
    )
    tokens: Annotated[int | None, Integer(2, MOST_TOKENS)] = Field(
        default=None,
        description="close_pairs only: of this many tokens, drawn uniformly and moved by the case's model, in place of "
        "the density.",
    )
    draws: Annotated[int, Integer(1, MOST_DRAWS)] = Field(
        default=64, description="close_pairs of tokens only: how many clouds of tokens are averaged over."
    )
    degree: Annotated[int, Integer(1, 4095)] = Field(default=1, description="memory only: the harmonic degree.")
    law: Annotated[str | None, Choice(tuple(LAWS))] = Field(
        default=None, description="With [ensemble]: what theory says of its statistics; kinetic explain NAME tells it."
    )
    spacing: Annotated[Literal["linear", "logarithmic"], Choice(("linear", "logarithmic"))] = Field(
        default="linear", description="Whether figures show it by its logarithm, where it is drawn against an axis."
    )
    above: Annotated[float | None, Number(-1e300, 1e300)] = Field(
        default=None, description="Crossing only: value that is reached from below."
    )
    below: Annotated[float | None, Number(-1e300, 1e300)] = Field(
        default=None, description="Crossing only: value that is reached from above."
    )
    start: Annotated[float, Number(0.0, LONGEST_TIME)] = Field(default=0.0, description="Trace only: first time.")
    stop: Annotated[float | None, Number(0.0, LONGEST_TIME)] = Field(default=None, description="Trace only: last time.")
    count: Annotated[int | None, Integer(2, MOST_VALUES)] = Field(
        default=None, description="Trace: number of times, equally spaced; tokens: how many there are."
    )
    seed: Annotated[int, Integer(0, 2**31 - 1)] = Field(default=1, description="Tokens only: of their draw.")

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Check that the keys are those of the kind."""
        known = {"claim": CLAIM_NAMES, "tokens": OF_TOKENS}.get(self.kind, MEASURED)
        if self.of not in known:
            words = {"claim": "the name of a claim", "tokens": " or ".join(OF_TOKENS)}
            allowed = words.get(self.kind, "the name of an observable")
            yield ("of",), f'received {show(self.of)}; must be {allowed} for kind = "{self.kind}"'
        if self.of == FORMED and self.kind != "final":
            yield ("kind",), f'received {show(self.kind)}; must be "final" for of = "{FORMED}": it is one number a run'
        yield from self._unused_keys()
        yield from self._missing_keys()
        if self.kind == "trace" and self.stop is not None and self.stop <= self.start:
            yield ("stop",), f"received {show(self.stop)}; must be > start = {show(self.start)}"

    def _unused_keys(self) -> Iterator[tuple[Location, str]]:
        """Yield the keys that mean nothing for the kind."""
        for key in ("above", "below", "start", "stop", "count", "seed"):
            if key in self.model_fields_set and key not in MEANT[self.kind]:
                homes = " or ".join(f'"{kind}"' for kind in KINDS if key in MEANT[kind])
                yield (key,), f"received {show(getattr(self, key))}; allowed only with kind = {homes}; remove it"
        for of, key in {**OF_SNAPSHOTS, FORMED: "share"}.items():
            if key in self.model_fields_set and self.of != of:
                yield (key,), f'received {show(getattr(self, key))}; allowed only with of = "{of}"; remove it'
        if self.tokens is not None and self.of != CLOSE_PAIRS:
            yield ("tokens",), f'received {self.tokens}; allowed only with of = "{CLOSE_PAIRS}"; remove it'
        if "draws" in self.model_fields_set and self.tokens is None:
            yield ("draws",), f"received {self.draws}; allowed only with tokens; add tokens, or remove it"
        if self.law is not None and (LAWS[self.law] != self.of or self.kind not in ("final", "trace")):
            allowed = f'kind = "final" or "trace" and of = "{LAWS[self.law]}"'
            yield ("law",), f"received {show(self.law)}; allowed only with {allowed}; change it"

    def _missing_keys(self) -> Iterator[tuple[Location, str]]:
        """Yield the keys that the kind needs and has not."""
        for key in NEEDED[self.kind]:
            if getattr(self, key) is None:
                yield (key,), f'missing; needed for kind = "{self.kind}"'
        if self.kind == "crossing" and (self.above is None) == (self.below is None):
            yield ("above",), 'give exactly one of above and below for kind = "crossing"'


STRENGTH = "perceptron.neurons.0.weight"

CURVE_NEEDS = {
    "critical_diffusion": "an axis noise.diffusion; add it",
    "equiangular_tokens": f"an axis attention.beta and a trace of {CLOSE_PAIRS}; add them",
    "ring": "a trace of order_deficit, and axes of words or drawn separately; change them",
    "critical_context": "an axis attention.beta, and initial.latitude at most beside it; change them",
    "critical_strength": f"the one axis {STRENGTH}; change the axes",
    "dirac_rate": "a claim dirac_rate among the quantities, and the one axis attention.beta; change them",
    "symmetric_rate": "a claim symmetric_rate among the quantities, and the one axis attention.beta; change them",
}
"""What a figure must have for a curve of theory, and the remedy."""


class Ensemble(Section):
    """Realisations whose statistics are wanted."""

    over: Annotated[str, KeyPath()] = Field(description="Key of the axis whose values are the realisations.")
    confidence: Annotated[float, Number(0.0, 1.0, open_low=True, open_high=True)] = Field(
        default=0.95, description="Confidence (dimensionless) of the intervals of mean and median."
    )
    quantiles: Annotated[tuple[float, ...], Numbers(16, 1.0)] = Field(
        default=(0.05, 0.25, 0.75, 0.95), description="Quantiles beside the median (dimensionless, from 0 to 1)."
    )


class SweepFile(Section):
    """Many runs made from one case."""

    title: Annotated[str, Text()] = Field(description="What the sweep shows, in one line (text).")
    source: Annotated[str | None, Text()] = Field(default=None, description="Why this sweep exists (text).")
    case: Annotated[str | dict[str, Any], Template()] = Field(description="The template.")
    axes: Annotated[tuple[Axis, ...], Field(min_length=1)] = Field(description="The keys that vary.")
    quantities: tuple[Quantity, ...] = Field(default=(), description="What is taken from every run.")
    ensemble: Ensemble | None = Field(
        default=None, description="Statistics over one axis: mean, median and quantiles, with confidence intervals."
    )
    theory: Annotated[
        Literal[
            "critical_diffusion",
            "equiangular_tokens",
            "ring",
            "critical_context",
            "critical_strength",
            "dirac_rate",
            "symmetric_rate",
        ]
        | None,
        Choice(THEORIES),
    ] = Field(
        default=None,
        description="A curve on the figure. critical_diffusion: the diffusion at which the uniform density loses its "
        "stability; equiangular_tokens: the time at which 32 tokens that start at right angles are close; ring: 1 - R "
        "of a ring of latitude under the case's layer norm; critical_context: beta at which half of the attention of a "
        "ring in a finite context is self-attention; critical_strength: the weight of one linear neuron from which on "
        "one cluster no longer takes everything; dirac_rate, symmetric_rate: what the claim says of a density over "
        "beta, and beside it the rate of finitely many tokens.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Check the axes and the quantities against each other."""
        raise_if([*self._zip_problems(), *self._name_problems(), *self._theory_problems(), *self._ensemble_problems()])
        sizes = [len(axis.all_values) for axis in self.axes if axis.zip_with is None]
        points = int(np.prod(sizes, dtype=object))
        if points > MOST_VALUES:
            raise_if([(("axes",), f"received {points} points; must be at most {MOST_VALUES}; zip axes, or split")])
        return self

    def _zip_problems(self) -> Iterator[tuple[Location, str]]:
        """Yield what is wrong with axes that advance in step."""
        leaders = {axis.key: len(axis.all_values) for axis in self.axes if axis.zip_with is None}
        for i, axis in enumerate(self.axes):
            if axis.zip_with is None:
                continue
            if axis.zip_with not in leaders:
                listed = ", ".join(map(show, leaders)) or "none"
                text = f"received {show(axis.zip_with)}; must be the key of an axis that is not zipped itself: {listed}"
                yield ("axes", i, "zip_with"), text
            elif leaders[axis.zip_with] != len(axis.all_values):
                text = f"has {len(axis.all_values)} values, {axis.zip_with} has {leaders[axis.zip_with]}"
                yield ("axes", i), f"{text}; axes that are zipped must be equally long"

    def _theory_problems(self) -> Iterator[tuple[Location, str]]:
        """Yield why the curve that is asked for has no place on the figure."""
        axes = {axis.key for axis in self.axes if axis.zip_with is None and axis.drawn == "axis"}
        words = {axis.key for axis in self.axes if all(isinstance(value, str) for value in axis.all_values)}
        fits = {
            "critical_diffusion": "noise.diffusion" in axes,
            "equiangular_tokens": "attention.beta" in axes and self._traces(CLOSE_PAIRS),
            "ring": axes <= words and self._traces("order_deficit"),
            "critical_context": axes | {"initial.latitude"} == {"initial.latitude", "attention.beta"},
            "critical_strength": axes == {STRENGTH},
        } | {name: axes - words == {"attention.beta"} and self._claims(name) for name in RATES}
        if self.theory is not None and not fits[self.theory]:
            yield ("theory",), f"received {show(self.theory)}; needs {CURVE_NEEDS[self.theory]}, or remove theory"

    def _ensemble_problems(self) -> Iterator[tuple[Location, str]]:
        """Yield what is wrong with the realisations."""
        given = self.ensemble
        laws = [i for i, quantity in enumerate(self.quantities) if quantity.law is not None]
        if given is None:
            text = "is about an ensemble; add [ensemble] with the key over, or remove it"
            yield from (
                (("quantities", i, "law"), f"received {show(self.quantities[i].law)}, which {text}") for i in laws
            )
            return
        leaders = {axis.key: len(axis.all_values) for axis in self.axes if axis.zip_with is None}
        if given.over not in leaders:
            listed = ", ".join(map(show, leaders)) or "none"
            yield ("ensemble", "over"), f"received {show(given.over)}; must be the key of an axis: {listed}"
        elif leaders[given.over] < LEAST_REALISATIONS:
            text = f"an axis of {leaders[given.over]} value(s); must have at least {LEAST_REALISATIONS}"
            yield ("ensemble", "over"), f"received {show(given.over)}, {text}, to tell a spread"
        outside = [q for q in given.quantiles if not 0.0 <= q <= 1.0]
        if outside:
            yield ("ensemble", "quantiles"), f"received {show(outside[0])}; must be from 0 to 1"

    def _traces(self, of: str) -> bool:
        """Say whether a quantity follows something through time."""
        return any(quantity.kind == "trace" and quantity.of == of for quantity in self.quantities)

    def _claims(self, of: str) -> bool:
        """Say whether a quantity is a claim's."""
        return any(quantity.kind == "claim" and quantity.of == of for quantity in self.quantities)

    def _name_problems(self) -> Iterator[tuple[Location, str]]:
        """Yield what is named twice."""
        keys, names = [axis.key for axis in self.axes], [quantity.name for quantity in self.quantities]
        for i, key in enumerate(keys):
            if key in keys[:i]:
                yield ("axes", i, "key"), f"received {show(key)} again; give each key one axis"
        for i, name in enumerate(names):
            taken = name.startswith(("final_", "claim_", "time_", "statistic")) or name in RESERVED
            if taken or name in names[:i]:
                yield (
                    ("quantities", i, "name"),
                    f"received {show(name)}, which is the name of another column; choose another",
                )


LEAST_REALISATIONS = 3
"""Values below which no interval is worth its name."""

RESERVED = ("point", "status", "message", "wall_seconds", "record")
"""Columns that every table has."""
