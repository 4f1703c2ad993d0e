"""Refusals of what tokens feel: kernels, heads, perceptrons, finite contexts, frozen fields, and entropies of rows."""

from collections.abc import Iterator

from kinetic import case as cases
from kinetic.assembly.forces import is_identity
from kinetic.spaces.zonal import MOMENT_DIMENSION


def kernel_problems(case: cases.Case) -> Iterator[str]:
    """Kernels other than the exponential one: in the harmonic chart, for tokens of norm one.

    Those whose degrees end also in the Mercator charts about an axis and, with one end, of the circle.
    """
    kernel, chart, scheme = case.attention.kernel, case.space.chart, case.layer_norm.scheme
    if kernel == "exponential":
        return
    followed = {"zonal": ("linear", "polynomial"), "circle": ("polynomial",)}.get(case.space.kind, ())
    if chart != "harmonic" and not (chart == "mercator" and kernel in followed):
        why = {
            "linear": "its limit is a pair of opposite masses, and only the chart about an axis has two ends",
            "polynomial": "only on circle and about an axis are moments of other kernels summed about a cluster",
        }.get(kernel, "its kink moves with no token, and no cell follows what it makes of ln ρ")
        yield (
            f'attention.kernel: received "{kernel}" with chart = "{chart}" on kind = "{case.space.kind}": {why}; '
            'allowed with chart = "mercator" are "exponential", "polynomial" on kind = "circle" and "zonal", and '
            '"linear" on kind = "zonal"; for others use space.chart = "harmonic"'
        )
    if scheme not in ("post", "ln_scaling"):
        yield (
            f'attention.kernel: received "{kernel}" with layer_norm.scheme = "{scheme}", which follows tokens under '
            '"exponential" alone; for other kernels use scheme = "post" or "ln_scaling"'
        )


def frozen_problems(case: cases.Case) -> Iterator[str]:
    """Frozen attention: infinitely many tokens of norm one, weights that stay, and few charts."""
    if not case.attention.frozen:
        return
    charts = ("harmonic", "mercator") if case.space.kind == "circle" else ("harmonic",)
    beside = {
        f'chart = "{case.space.chart}" on kind = "{case.space.kind}"': case.space.chart not in charts,
        f'layer_norm.scheme = "{case.layer_norm.scheme}"': case.layer_norm.scheme not in ("post", "ln_scaling"),
        f"context_length = {case.attention.context_length}": case.attention.context_length is not None,
        f"a table over time ({next(iter(case.tables), '')})": bool(case.tables),
        "[label]": case.label is not None,
        "[common_noise]": case.common_noise is not None,
    }
    for other in (name for name, given in beside.items() if given):
        yield (
            f"attention.frozen: received true with {other}; the field of the initial density is followed in "
            'chart = "harmonic", on the circle also in "mercator", for infinitely many tokens with scheme = "post" or '
            '"ln_scaling", weights that stay, no labels and no common noise; remove one of the two'
        )


def perceptron_problems(case: cases.Case) -> Iterator[str]:
    """Perceptrons: in the harmonic and, without a kink, in the Mercator charts; for tokens of norm one."""
    given, chart, kind = case.perceptron, case.space.chart, case.space.kind
    if given is None:
        return
    if chart not in ("harmonic", "mercator"):
        yield (
            f'perceptron: received {len(given.neurons)} neuron(s) with chart = "{chart}"; allowed are chart = '
            '"harmonic" and "mercator"; change space.chart'
        )
    if chart == "mercator" and given.activation == "relu":
        yield (
            'perceptron.activation: received "relu" with chart = "mercator"; where a neuron switches on, ln ρ gets a '
            'kink that moves on with its tokens, and no cell follows it; allowed there are "constant", "identity" and '
            '"tanh"; for "relu" use space.chart = "harmonic"'
        )
    if case.layer_norm.scheme != "post":
        yield (
            f'perceptron: received {len(given.neurons)} neuron(s) with layer_norm.scheme = "{case.layer_norm.scheme}"; '
            'allowed with scheme = "post" alone; remove one of the two'
        )
    if kind == "zonal" and given.activation in ("relu", "tanh") and case.space.dimension > MOMENT_DIMENSION:
        yield (
            f'perceptron.activation: received "{given.activation}" on kind = "zonal" of dimension '
            f'{case.space.dimension}; allowed above {MOMENT_DIMENSION} are "constant" and "identity", whose degrees end'
        )


def heads_problems(case: cases.Case) -> Iterator[str]:
    """Heads with matrices: in the harmonic chart, and on circle and sphere in the Mercator chart."""
    chart, kind = case.space.chart, case.space.kind
    if is_identity(case) or chart == "harmonic" or (chart == "mercator" and kind != "zonal"):
        return
    yield (
        f'attention.heads: received {len(case.attention.all_heads)} head(s) with matrices and chart = "{chart}" on '
        f'kind = "{kind}"; allowed is one head with query, key and value = "identity" there; for others use '
        'space.chart = "harmonic"'
    )


def context_problems(case: cases.Case) -> Iterator[str]:
    """Finite contexts: of tokens of norm one, under one identity head."""
    length = case.attention.context_length
    if length is None:
        return
    allowed = (
        'one identity head with chart = "harmonic" (kind = "zonal": or "mercator") and layer_norm.scheme = "post" or '
        '"ln_scaling"'
    )
    charts = ("harmonic", "mercator") if case.space.axisymmetric else ("harmonic",)
    plain = is_identity(case) and case.space.chart in charts
    if not plain or case.layer_norm.scheme not in ("post", "ln_scaling"):
        yield f"attention.context_length: received {length}; allowed with {allowed}; remove it, or change those"


def entropy_problems(case: cases.Case) -> Iterator[str]:
    """Entropy of attention rows: of e^{β<Qx, Ky>} with weights that stay, of infinitely many tokens without labels."""
    if not case.output.attention_entropy:
        return
    path, zonal = next(iter(case.tables), None), case.space.axisymmetric
    high = zonal and case.space.dimension > MOMENT_DIMENSION
    with_ = {
        f'attention.kernel = "{case.attention.kernel}", whose rows may vanish': not case.attention.is_exponential,
        "attention.context_length, whose rows count the token itself": case.attention.context_length is not None,
        f"{path} as a table over time": path is not None,
        "attention.frozen, whose field is of another density": case.attention.frozen,
        "[label], each of which attends by itself": case.label is not None,
        f'chart = "harmonic" in d = {case.space.dimension}, where a series gives no masses; use "mercator"': high
        and case.space.chart == "harmonic",
    }
    for what in (text for text, given in with_.items() if given):
        yield f"output.attention_entropy: received true with {what}; remove one of the two"
