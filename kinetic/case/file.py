"""The case file as one model: its tables, and what must hold between them.

Responsible for the checks that need two tables: vectors as long as the space has dimensions, no direction
where the axis is fixed, matrices of the right shape, orders that exist, rows that fit on a disk. It never
sees a file or TOML.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from kinetic.case.depth import Table
from kinetic.case.initial import AnyInitial, Directed, Harmonics, Mixture, Random, Term, Tokens, Uniform, WrappedNormal
from kinetic.case.label import Label, LabelSlice, Perturbation
from kinetic.case.problems import Location, raise_if
from kinetic.case.rules import Text
from kinetic.case.sections import (
    Attention,
    ClaimRequest,
    CommonNoise,
    LayerNorm,
    Noise,
    Output,
    Perceptron,
    Section,
    Space,
    Time,
)
from kinetic.case.show import show
from kinetic.case.vectors import Matrix

MOST = {"observe_every": 1_000_000, "save_every": 100_000}
"""Largest number of rows and of snapshots that a case may ask for."""


class CaseFile(Section):
    """A run of the mean-field equation of transformer tokens, and what it is held against."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "if": {"required": ["label"], "properties": {"label": {"required": ["slices"]}}},
            "else": {"required": ["initial"]},
        },
    )

    title: Annotated[str, Text()] = Field(description="What the run shows, in one line (text).")
    source: Annotated[str | None, Text()] = Field(
        default=None, description="Why this case exists: a paper, an equation, a question (text)."
    )
    space: Space = Field(description="Where the density lives and how finely it is represented.")
    attention: Attention = Field(description="How tokens attend to each other.")
    perceptron: Perceptron | None = Field(
        default=None, description="What the perceptron of a block adds to the drift; default: nothing."
    )
    layer_norm: LayerNorm = Field(default=LayerNorm(), description="What happens to the norm of a token.")
    noise: Noise = Field(default=Noise(), description="Independent Brownian noise of every token.")
    common_noise: CommonNoise | None = Field(
        default=None, description="One random environment that all tokens feel; default: none."
    )
    label: Label | None = Field(
        default=None, description="What tells tokens apart beside where they are; default: nothing."
    )
    initial: Annotated[AnyInitial, Field(discriminator="kind")] = Field(
        default=Uniform(kind="uniform"),
        description="The density at time 0, with respect to the uniform probability measure. Required, unless "
        "label.slices give it position by position, which then count.",
    )
    time: Time = Field(description="How far and how accurately to march.")
    output: Output = Field(default=Output(), description="How often to write.")
    claims: tuple[ClaimRequest, ...] | None = Field(
        default=None, description="What theory must say about this run; absent: every claim that applies."
    )

    @field_validator("attention")
    @classmethod
    def _matrices_fit(cls, attention: Attention, info: ValidationInfo) -> Attention:
        """Check the shapes of Q, K and V against the space."""
        if "space" in info.data:
            raise_if(_matrix_problems(attention, info.data["space"]))
        return attention

    @field_validator("perceptron")
    @classmethod
    def _neurons_fit(cls, perceptron: Perceptron | None, info: ValidationInfo) -> Perceptron | None:
        """Check the neurons' directions against the space."""
        if "space" in info.data and perceptron is not None:
            raise_if(_neuron_problems(perceptron, info.data["space"]))
        return perceptron

    @field_validator("initial")
    @classmethod
    def _initial_fits(cls, initial: AnyInitial, info: ValidationInfo) -> AnyInitial:
        """Check directions and degrees against the space; scale the weights of a mixture."""
        if "space" in info.data:
            raise_if(_initial_problems(initial, info.data["space"]))
        return initial.normalized() if isinstance(initial, Mixture) else initial

    @field_validator("label")
    @classmethod
    def _label_fits(cls, label: Label | None, info: ValidationInfo) -> Label | None:
        """Check slices and perturbation against the space; scale the weights of mixtures."""
        if label is None or "space" not in info.data:
            return label
        raise_if(_label_problems(label, info.data["space"]))
        return label if label.slices is None else label.model_copy(update={"slices": tuple(map(_scaled, label.slices))})

    @field_validator("output")
    @classmethod
    def _output_fits(cls, output: Output, info: ValidationInfo) -> Output:
        """Check that the rows can be counted."""
        if "time" in info.data:
            raise_if(_output_problems(output, info.data["time"].end))
        return output

    @field_validator("claims")
    @classmethod
    def _claims_differ(cls, claims: tuple[ClaimRequest, ...] | None) -> tuple[ClaimRequest, ...] | None:
        """Check that no claim is asked for twice."""
        names = [claim.name for claim in claims or ()]
        raise_if(
            ((i, "name"), f"received {show(name)} again; name each claim once")
            for i, name in enumerate(names)
            if name in names[:i]
        )
        return claims


def _matrix_problems(attention: Attention, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the shape of any matrix."""
    for i, head in enumerate(attention.heads or ()):
        for name in ("query", "key", "value"):
            given = getattr(head, name)
            text = _shape_problem(given.values[0] if isinstance(given, Table) else given, space)
            if text:
                yield ("heads", i, name), text


def _scaled(given: LabelSlice) -> LabelSlice:
    """Scale the weights of a slice's mixture to sum 1."""
    initial = given.initial
    return given.model_copy(update={"initial": initial.normalized()}) if isinstance(initial, Mixture) else given


def _label_problems(label: Label, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the initial densities of positions."""
    for i, given in enumerate(label.slices or ()):
        for where, text in _initial_problems(given.initial, space):
            yield ("slices", i, "initial", *where), text
    if label.perturbation is not None:
        term: Perturbation = label.perturbation
        yield from _resolution_problem(term.degree, ("perturbation", "degree"), space)
        yield from _order_problems(term, ("perturbation", "order"), space)
    if label.axes is not None and space.kind == "circle":
        yield ("axes",), f'received {show(label.axes)}; a circle has no axes; remove it, or use space.kind = "sphere"'


def _initial_problems(initial: AnyInitial, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with one initial density."""
    yield from _direction_problems(initial, space)
    yield from _degree_problems(initial, space)


def _neuron_problems(perceptron: Perceptron, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the direction of any neuron."""
    for i, neuron in enumerate(perceptron.neurons):
        given, where = neuron.direction, ("neurons", i, "direction")
        if space.axisymmetric and not isinstance(given, int):
            yield where, f"received {len(given)} numbers; must be 1 or -1 for a zonal space, whose axis is e"
        if not space.axisymmetric and (isinstance(given, int) or len(given) != space.dimension):
            yield where, f"received {show(given)}; must be a list of {space.dimension} numbers, not all zero"


def _shape_problem(matrix: Matrix, space: Space) -> str:
    """Say what is wrong with the shape of one matrix, or nothing."""
    d = space.dimension
    if not isinstance(matrix, tuple):
        return ""
    if space.axisymmetric:
        allowed = 'must be "identity" or a number for a zonal space: other matrices break the symmetry'
        return f"received {show(matrix)}; {allowed}"
    lengths = [len(row) if isinstance(row, tuple) else d for row in matrix]
    if len(matrix) == d and set(lengths) == {d}:
        return ""
    square = all(isinstance(row, tuple) for row in matrix)
    shape = f"{len(matrix)} rows of lengths {show(lengths)}" if square else f"{len(matrix)} numbers"
    return f'received {shape}; must be "identity", a number, {d} numbers (diagonal) or {d} rows of {d} numbers'


def _direction_problems(initial: AnyInitial, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the directions of an initial density."""
    if isinstance(initial, Directed):
        yield from _mean_problems(initial.mean, (), space, instead="")
    if isinstance(initial, Mixture):
        for i, component in enumerate(initial.components):
            where: Location = ("components", i)
            yield from _mean_problems(component.mean, where, space, instead=", give axis = 1 or -1 instead")
            yield from _axis_problems(component.axis, where, space)
    if isinstance(initial, WrappedNormal):
        if space.kind != "circle":
            yield ("kind",), 'received "wrapped_normal"; allowed only with space.kind = "circle"; use "mixture"'
        for i, bump in enumerate(initial.components):
            yield from _mean_problems(bump.mean, ("components", i), space, instead="")
    if isinstance(initial, Tokens):
        yield from _rows_problems(initial.axis, space)


def _rows_problems(axis: tuple[float, ...] | str | None, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the axis that the cosines of rows are taken to."""
    if axis is not None and not space.axisymmetric:
        received = show(axis) if isinstance(axis, str) else f"{len(axis)} numbers"
        yield ("axis",), f'received {received}; allowed only with space.kind = "zonal"; remove it'
    elif isinstance(axis, tuple) and len(axis) != space.dimension:
        yield ("axis",), f'received {len(axis)} numbers; must be {space.dimension} numbers, not all zero, or "mean"'


def _mean_problems(
    mean: tuple[float, ...] | None, where: Location, space: Space, instead: str
) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with one mean direction."""
    needed = f"a list of {space.dimension} numbers, not all zero"
    if space.axisymmetric and mean is not None:
        yield (
            (*where, "mean"),
            f"received {len(mean)} numbers; not for a zonal space, whose axis is e{instead or '; remove it'}",
        )
    if not space.axisymmetric and mean is None:
        yield (*where, "mean"), f"missing; must be {needed}"
    if not space.axisymmetric and mean is not None and len(mean) != space.dimension:
        yield (*where, "mean"), f'received {len(mean)} numbers; must be {needed} for kind = "{space.kind}"'


def _axis_problems(axis: int | None, where: Location, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the end of the axis that a component names."""
    if space.axisymmetric and axis is None:
        yield (*where, "axis"), "missing; must be 1 or -1 for a zonal space"
    if not space.axisymmetric and axis is not None:
        yield (*where, "axis"), f'received {axis}; allowed only with space.kind = "zonal"; give mean instead'


def _degree_problems(initial: AnyInitial, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with the degrees and orders of an initial density."""
    if isinstance(initial, Random):
        yield from _resolution_problem(initial.max_degree, ("max_degree",), space)
    if isinstance(initial, Harmonics):
        for i, term in enumerate(initial.terms):
            yield from _resolution_problem(term.degree, ("terms", i, "degree"), space)
            yield from _order_problems(term, ("terms", i, "order"), space)


def _resolution_problem(degree: int, where: Location, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield a problem if harmonics of this degree are not in the space."""
    highest = space.max_degree if space.degree == "auto" else space.degree
    if not space.on_cells and isinstance(highest, int) and degree > highest:
        key = "space.max_degree" if space.degree == "auto" else "space.degree"
        yield where, f"received {degree}; must be at most {key} = {highest}; raise that"


def _order_problems(term: Term | Perturbation, where: Location, space: Space) -> Iterator[tuple[Location, str]]:
    """Yield a problem if there is no harmonic of this degree and order."""
    degree = term.degree
    received = "missing" if term.order is None else f"received {term.order}"
    if space.axisymmetric and term.order is not None:
        yield where, f"{received}; a zonal harmonic has no order; remove it"
    if space.kind == "circle" and term.order not in (degree, -degree):
        yield (
            where,
            f"{received}; must be {degree} (cosine) or {-degree} (sine) for degree {degree} on the circle",
        )
    if space.kind == "sphere" and (term.order is None or abs(term.order) > degree):
        yield where, f"{received}; must be an integer from {-degree} to {degree} for degree {degree}"


def _output_problems(output: Output, end: float) -> Iterator[tuple[Location, str]]:
    """Yield a first time that is none, and a problem for every interval that would write too often."""
    if output.first is not None and output.first >= end:
        yield ("first",), f"received {show(output.first)}; must be < time.end = {end:g}"
        return
    span = output.span(end)
    part = "time.end" if output.first is None else "the decades from output.first to time.end"
    for key, most in MOST.items():
        interval = getattr(output, key)
        if interval is not None and span / interval > most:
            yield (key,), f"received {show(interval)}; must be at least {span / most:g} ({part} / {most})"
