"""`kinetic validate`: what a case means and what it would cost, in words.

Responsible for describing a case to the person who wrote it. Writes nothing.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer

from kinetic.cli.choosing import named, read
from kinetic.cli.running import Cases, Settings
from kinetic.cli.terminal import complain, say
from kinetic.errors import KineticError

if TYPE_CHECKING:
    from kinetic.case import Case, CommonNoise, Head, Label, Perceptron, Table
    from kinetic.cli.estimate import Cost
    from kinetic.problem import Problem

VALIDATE_HELP = """Say what cases mean and cost.

Reads and builds them, times two right-hand sides, looks ahead at small degrees; runs none of them, writes nothing.

\b
  kinetic validate softmax_sphere
  kinetic validate my_case.toml --set space.degree=511
"""

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def validate(cases: Cases, settings: Settings = None) -> None:
    """Describe every case that is good, and tell of every one that is bad."""
    worst = 0
    for i, name in enumerate(cases):
        try:
            lines = list(_described(name, settings or ()))
        except KineticError as error:
            complain(str(error))
            worst = max(worst, error.exit_status)
            continue
        if i > 0:
            typer.echo("")
        for label, text in lines:
            say(label, text)
    raise typer.Exit(worst)


def _described(name: str, settings: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield label and text of all that there is to say about a case; it is built on the way."""
    case = read(name, settings)
    from kinetic.cli.estimate import estimate

    with named(name):
        problem, cost = estimate(case)
    yield from description(case, problem)
    yield from _costs(case, problem, cost)


def description(case: "Case", problem: "Problem") -> Iterator[tuple[str, str]]:
    """Yield label and text of what a case means."""
    from kinetic.assembly.rows import described

    yield "case", case.name
    yield "title", case.title
    if case.source:
        yield "source", case.source
    yield "equation", equation(case)
    yield "", "Pₓ projects onto the tangent space at x"
    yield "space", _space(case)
    for head in case.model.attention.all_heads:
        yield "head", _head(head, case.attention.has_beta)
    if case.perceptron is not None:
        yield "perceptron", _perceptron(case.perceptron)
    for path, table in case.tables.items():
        yield "depth", f"{path} = {table:g}"
    if case.attention.context_length is not None:
        yield "context", f"{case.attention.context_length} tokens"
    if case.layer_norm.scheme != "post":
        yield "layer norm", case.layer_norm.scheme
    if case.label is not None:
        yield "label", _label(case.label)
    if case.common_noise is not None:
        yield "noise", _environment(case.common_noise)
    yield "initial", _initial(case)
    yield from (("", line) for line in described(case))
    yield "time", f"to t = {case.time.end:g}, {problem.scheme}, tolerance {case.time.tolerance:g}"
    yield "output", f"{problem.schedule.rows.size} rows, {problem.schedule.snapshots.size} snapshots"
    yield "claims", _claims(case)


def _label(label: "Label") -> str:
    """Say what tells tokens apart, and whom they see."""
    if label.kind == "causal":
        return f"positions s in (0, 1], each sees those before it, decay λ = {label.decay:g}"
    if label.kind == "window":
        return f"positions s in (0, 1], each sees those of a window of width {label.width:g} before it"
    width = "" if label.scale is None else f" of width {label.scale:g}"
    axes = "" if label.axes is None else f", about {2 * label.axes**2} axes that stand for all directions"
    return f"rotation rates, law {label.law}{width}{axes}"


def equation(case: "Case") -> str:
    """Write the equation of a case in one line.

    Returns
    -------
    str
        ∂ₜμ + div(μX) = κ Δμ with the drift X of the case, its kernel and its perceptron; sums over several heads run
        over the index h, over neurons over j.
    """
    heads = case.model.attention.all_heads
    plain = len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0)
    noise = f"{case.noise.diffusion:g} Δμ" if case.noise.diffusion else "0"
    if not case.attention.is_exponential:
        matrices = ("⟨x,y⟩", "", "y ") if plain else ("⟨Qₕx,Kₕy⟩", "Σₕ ", "Vₕy ")
        weight, where, total, value = f"g({matrices[0]})", f", g(t) = {case.attention.weight}", *matrices[1:]
    elif plain:
        weight, where, total, value = _exponential(heads[0].beta), "", "", "y "
    else:
        weight, where = "wₕ", ", wₕ = e^{βₕ⟨Qₕx,Kₕy⟩}"
        total, value = "Σₕ ", "Vₕy "
    below, density = "", "dμ₀" if case.attention.frozen else "dμ"
    if case.attention.normalization == "softmax":
        below = f" / ∫ {weight} {density}" if weight else ""  # at β = 0 the partition is 1
    attention = f"{total}∫ {value}{weight}{' ' if weight else ''}{density}{below}"
    if case.perceptron is None:
        return f"∂ₜμ + div(μX) = {noise}, X = Pₓ {attention}{where}"
    return (
        f"∂ₜμ + div(μX) = {noise}, X = Pₓ [{attention} + {_neurons(case.model.perceptron or case.perceptron)}]{where}"
    )


def _neurons(given: "Perceptron") -> str:
    """Write the sum over neurons: of one without bias its terms."""
    if len(given.neurons) > 1:
        bias = " + bⱼ" if any(neuron.bias for neuron in given.neurons) else ""
        inner, weight, direction, total = f"⟨aⱼ,x⟩{bias}", "wⱼ", "aⱼ", "Σⱼ "
    else:
        (neuron,) = given.neurons
        bias = f" {'-' if neuron.bias < 0 else '+'} {abs(neuron.bias):g}" if neuron.bias else ""
        weight = f"{neuron.weight:g}" if isinstance(neuron.weight, float) else "w(t)"
        inner, direction, total = f"⟨a,x⟩{bias}", "a", ""
    activated = {
        "constant": "",
        "identity": f" ({inner})" if bias else f" {inner}",
        "relu": f" max({inner}, 0)",
        "tanh": f" tanh({inner})",
    }[given.activation]
    return f"{total}{weight}{activated} {direction}"


def _exponential(beta: "float | Table") -> str:
    """Write e^{β⟨x,y⟩} with the number β, β(t) where it changes."""
    if not isinstance(beta, float):
        return "e^{ β(t) ⟨x,y⟩}"
    if beta == 0:
        return ""
    return f"e^{{{ {1.0: '', -1.0: '-'}.get(beta, f'{beta:g}') }⟨x,y⟩}}"


def _space(case: "Case") -> str:
    """Describe the space, its resolution and its chart."""
    space = case.space
    order = str(space.dimension - 1).translate(SUPERSCRIPTS)
    degree = f"auto, at most {space.max_degree}" if space.degree == "auto" else space.degree
    resolution = "" if degree is None else f", degree {degree}"
    return f"{space.kind}: S{order}, d = {space.dimension}{resolution}, {_chart(case)}"


def _chart(case: "Case") -> str:
    """Name the chart; of "auto" say what it comes to."""
    if not case.space.hands_over:
        return f"{case.space.chart} chart"
    from kinetic.assembly.auto import why_not

    reason = why_not(case)
    return f"harmonics to the end ({reason})" if reason else "harmonics while they tell ρ, then the Mercator chart"


def _head(head: "Head", has_beta: bool) -> str:
    """Describe one head."""
    matrices = {"Q": head.query, "K": head.key, "V": head.value}
    beta = [f"β = {head.beta:g}"] if has_beta else []
    if head.multiples == (1.0, 1.0, 1.0):
        return ", ".join([*beta, "Q = K = V = I"])
    return ", ".join([*beta, *(f"{name} = {_matrix(matrix)}" for name, matrix in matrices.items())])


def _perceptron(given: "Perceptron") -> str:
    """Write what the perceptron adds to X."""
    sigma = {"constant": "1", "identity": "s", "relu": "max(s, 0)", "tanh": "tanh s"}[given.activation]
    count = len(given.neurons)
    return f"X += Pₓ Σⱼ wⱼ σ(⟨aⱼ,x⟩ + bⱼ) aⱼ, σ(s) = {sigma}, {count} neuron{'s' if count > 1 else ''}"


def _environment(given: "CommonNoise") -> str:
    """Write what common noise adds to the motion of every token."""
    size = "" if given.strength == 1 else f"{given.strength:g} "
    matrix = f"dX += {size}Pₓ ∘dQ X, Q {'= (B + Bᵀ)/√2' if given.symmetric else 'a Brownian matrix'}"
    covariance = " + ".join(f"{c:g} u^{j}" for j, c in enumerate(given.covariance or ()) if c)
    what = {
        "matrix": matrix,
        "field": f"dX += {size}Pₓ ∘dW(X), covariance {covariance}, u = ⟨x,y⟩",
        "values": f"dX += {size}Pₓ Σₕ dBₕ ∫ y wₕ dμ, Bₕ Brownian matrices",
    }[given.kind]
    return f"{what}, the same for all tokens; step {given.step:g}, seed {given.seed}"


def _matrix(matrix: Any) -> str:
    """Describe one matrix as it was written."""
    from kinetic.case import Table
    from kinetic.case.show import show

    if matrix == "identity":
        return "I"
    if isinstance(matrix, Table):
        return f"{matrix:g}"
    if isinstance(matrix, float):
        return f"{matrix:g} I"
    return show(list(matrix)) if isinstance(matrix[0], tuple) else f"diag {show(list(matrix))}"


def _initial(case: "Case") -> str:
    """Kind of the initial density, and its keys; the kinds of all slices of positions."""
    if case.label is not None and case.label.slices is not None:
        return "; ".join(f"{given.initial.kind} up to s = {given.upto:g}" for given in case.label.slices)
    keys = case.initial.model_dump(exclude={"kind"}, exclude_none=True)
    return ", ".join([case.initial.kind, *(_key(name, value) for name, value in keys.items())])


def _key(name: str, value: Any) -> str:
    """Write one key; a list of tables is counted."""
    from kinetic.case.show import show

    tables = isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)
    return f"{len(value)} {name}" if tables else f"{name} = {show(value)}"


def _claims(case: "Case") -> str:
    """Name the claims that a run is held against."""
    if case.model.claims is None:
        return "every claim that applies"
    return ", ".join(claim.name for claim in case.model.claims) or "none"


def _costs(case: "Case", problem: "Problem", cost: "Cost") -> Iterator[tuple[str, str]]:
    """Yield label and text of what a run would cost."""
    from kinetic.cli.estimate import count, duration, work

    sizes = ", ".join(f"{name.replace('_', ' ')} {size}" for name, size in problem.flow.layout.items())
    watch = ", and a companion at half the resolution" if problem.companion else ""
    watch += ", and a witness of fewer once the tail is noticed" if problem.witness else ""
    yield "unknowns", f"{cost.unknowns} at the start ({sizes}){watch}"
    yield "work", f"{cost.evaluations} right-hand sides a step{work(case, problem)}"
    yield "resolved", _until(case, problem, cost)
    right = f"a right-hand side takes {duration(cost.evaluation)}"
    if case.space.degree in ("auto", None) and "degree" in problem.flow.layout:
        # how fast a density narrows is what the run is to find out
        yield "steps", 'not predictable: degree = "auto" adds degrees as the density narrows, and steps with them'
        limit = f"stops as unresolved if {case.space.max_degree} are too few"
        yield "wall time", f"not predictable; {right} at the start; {limit}"
        yield "memory", "not predictable"
        return
    if math.isnan(cost.steps):
        yield "steps", f"not predictable: {_why_not(problem, cost)}"
        yield "wall time", f"not predictable; {right}"
    else:
        told = f"as runs of degree {_listed(cost.degrees)} take" if cost.degrees else "fewer while tokens hardly move"
        yield "steps", f"about {count(cost.steps)}, within a factor of three; {told}"
        yield "wall time", f"about {duration(cost.seconds)} here; {right}"
    yield "memory", f"{_memory(cost)}; the record has about {cost.record / 1e6:.2g} MB"


def _memory(cost: "Cost") -> str:
    """Write how much memory a run takes."""
    if math.isnan(cost.memory):
        return "not predictable, for tables grow on the way"
    return f"about {cost.memory / 1e6:.2g} MB beside the libraries"


def _until(case: "Case", problem: "Problem", cost: "Cost") -> str:
    """Say until when a run is expected to be resolved."""
    told = f"as runs of degree {_listed(cost.degrees)} are"
    if cost.stop:
        text = f"not at t = 0: {cost.stop}"
    elif "degree" not in problem.flow.layout:
        text = "cells follow the density; the run says so where they cannot"
    elif case.space.hands_over:
        text = "harmonics hand over to cells, which follow the density, before degrees are too few"
    elif problem.companion:
        text = "as long as a companion has the same R and E: not predictable"
    elif math.isnan(cost.unresolved):
        text = f"not predictable: {_why_not(problem, cost)}"
    elif cost.unresolved == math.inf:
        text = f"to the end, {told}"
    else:
        degree = case.space.max_degree if case.space.degree == "auto" else case.space.degree
        text = f"until about t = {cost.unresolved:.2g} with degree {degree}, {told}"
    return text


def _why_not(problem: "Problem", cost: "Cost") -> str:
    """Say why steps are not told."""
    if "mergers" in problem.flow.layout:
        return "clusters take cells in on the way, and waiting costs nothing"
    return "smaller degrees take too long or do not begin" if cost.degrees else "no smaller degree can begin"


def _listed(degrees: "tuple[int, ...]") -> str:
    return " and ".join(map(str, degrees))
