"""What stands above and below a figure: the case, its equation in one line, the record."""

from kinetic.case import Case, Label, Table
from kinetic.case.sections import Head
from kinetic.case.vectors import Matrix
from kinetic.claims.evidence import Evidence
from kinetic.plot.style import Caption

_HEADS = 3  # told one by one
_LARGEST = 3  # rows of a matrix that is written out


def caption_of(evidence: Evidence) -> Caption:
    """Return title and source of the case, and a line on equation and record."""
    case, record = evidence.case, evidence.record
    version = "" if record.kinetic_version == "unknown" else f", kinetic {record.kinetic_version}"
    reason = f": {record.message.rstrip('.')}" if record.message and record.status != "finished" else ""
    origin = f"{equation(case)}. Record {record.path.name}, {record.status}{version}{reason}."
    return Caption(case.title, case.source or "", origin)


def equation(case: Case) -> str:
    """Return attention, its heads with Q, K and V, noise, scheme and space in words, without a full stop."""
    attention, d = case.attention, case.space.dimension
    heads = case.model.attention.all_heads
    betas = ", ".join(f"{head.beta:g}" for head in heads[:_HEADS]) + (", …" if len(heads) > _HEADS else "")
    how = f"β = {betas}" if attention.has_beta else f"kernel {attention.weight}"
    if attention.kernel == "truncated":
        how = f"{how}, kernel {attention.weight}"
    kind = "Softmax" if attention.normalization == "softmax" else "Unnormalised"
    frozen = " to the initial density" if attention.frozen else ""
    space = {2: "the circle", 3: "the sphere S²"}.get(d, f"the sphere of dimension {d - 1}")
    symmetric = ", axisymmetric" if case.space.axisymmetric else ""
    noise = f", κ = {case.noise.diffusion:g}" if case.noise.diffusion else ""
    scheme = "" if case.layer_norm.scheme == "post" else f", layer norm {case.layer_norm.scheme.replace('_', ' ')}"
    perceptron = "" if case.perceptron is None else f", {_neurons(case)}"
    stirring = f", common noise {case.common_noise.kind}" if case.common_noise is not None else ""
    labels = "" if case.label is None else f", {_label(case.label)}"
    context = "" if attention.context_length is None else f", n = {attention.context_length:g} tokens"
    matrices = _matrices(heads)
    model = f"{kind} attention{frozen}, {how}, {matrices}{perceptron}{noise}{stirring}{labels}{scheme}{context}"
    return f"{model}, on {space} (d = {d}{symmetric})"


def _neurons(case: Case) -> str:
    """Return number, activation and weight of the neurons of a case that has some."""
    given = case.model.perceptron or case.perceptron
    assert given is not None
    told = counted(len(given.neurons), f"{given.activation} neuron")
    if any(path.startswith("perceptron") for path in case.tables):
        return f"{told} of changing weight"
    weights = ", ".join(_number(neuron.weight) for neuron in given.neurons[:_HEADS] if isinstance(neuron.weight, float))
    return f"{told}, w = {weights}{', …' if len(given.neurons) > _HEADS else ''}"


def _label(given: Label) -> str:
    """Return the labels of tokens in words."""
    number = {"causal": ("λ", given.decay), "window": ("width", given.width), "frequency": ("scale", given.scale)}
    name, value = number[given.kind]
    law = f" {given.law}" if given.law else ""
    return f"label {given.kind}{law}" + ("" if value is None else f", {name} = {value:g}")


def counted(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _matrices(heads: tuple[Head, ...]) -> str:
    """Return Q, K and V of all heads, once where the heads agree."""
    told = list(dict.fromkeys(_head(head) for head in heads[:_HEADS]))
    more = "; …" if len(heads) > _HEADS else ""
    if len(told) == 1:
        return told[0] + more
    return "; ".join(f"head {i}: {_head(head)}" for i, head in enumerate(heads[:_HEADS], 1)) + more


def _head(head: Head) -> str:
    """Return Q, K and V of one head, equal ones together."""
    names: dict[str, list[str]] = {}
    for name, matrix in (("Q", head.query), ("K", head.key), ("V", head.value)):
        names.setdefault(matrix_text(matrix), []).append(name)
    return ", ".join(f"{' = '.join(equal)} = {text}" for text, equal in names.items())


def matrix_text(matrix: Matrix | Table) -> str:
    """Return a matrix as papers write it: I, −2I, diag(1, 2), [1 0; 0 2]; its size where it is large.

    Of one that changes with time, what it is in the beginning and in the end.
    """
    if isinstance(matrix, Table):
        return f"{matrix_text(matrix.values[0])} → {matrix_text(matrix.values[-1])}"
    if isinstance(matrix, str):
        return "I"
    if isinstance(matrix, float | int):
        return {1.0: "I", -1.0: "−I"}.get(float(matrix), f"{_number(float(matrix))} I")
    if not isinstance(matrix[0], tuple):
        entries = [_number(float(entry)) for entry in matrix if not isinstance(entry, tuple)]
        return (
            f"diag({', '.join(entries)})" if len(entries) <= 2 * _LARGEST else f"a diagonal of {len(entries)} numbers"
        )
    if len(matrix) > _LARGEST:
        return f"a {len(matrix)} × {len(matrix)} matrix"
    rows = (" ".join(_number(float(entry)) for entry in row) for row in matrix if isinstance(row, tuple))
    return f"[{'; '.join(rows)}]"


def _number(value: float) -> str:
    """Write a number with a minus sign as long as a plus."""
    return f"{value:.4g}".replace("-", "−")
