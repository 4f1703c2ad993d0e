"""What a case may name and no numerics follows: each refusal says what was received, what is allowed and what to do."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from kinetic import case as cases
from kinetic.assembly.forces import is_identity, matrix_heads, size
from kinetic.errors import CaseError
from kinetic.spaces.zonal import MOMENT_DIMENSION

LARGEST_REACH = {"none": 150.0, "softmax": 300.0}
"""Largest exponent |β|‖KᵀQ‖ by normalization.

The power ∫ <F, X> dμ is integrated beside the density, and its square enters the stepper's norms. With softmax it
grows like e^b, without like |X|² ~ e^{2b}: squares of e^{2b} or e^{4b} are doubles up to b = 354 or 177, and the rest
is room for sizes, matrices and the number of heads.
"""

LARGEST_HARMONIC_REACH = 600.0
"""The same for one softmax head in the harmonic chart, whose power is counted in units of the uniform energy."""

MOST_INCREMENTS = 1_000_000
"""Largest number of increments of common noise, each of which the record keeps."""

SMALLEST_REACH = 1e-290
"""Least exponent, and least |β|, other than 0: their inverses are multiplied with others and must stay numbers."""


def require_possible(case: cases.Case) -> None:
    """Refuse what does not go together.

    Raises
    ------
    CaseError
    """
    for message in _depth(case):  # also in chart = "auto", which goes on to another chart
        raise CaseError(message)
    for message in unfollowed(seen_in("harmonic", case) if case.space.chart == "auto" else case):
        raise CaseError(message)


def _depth(case: cases.Case) -> Iterator[str]:
    """Weights that change with depth: in the harmonic and Mercator charts, for tokens of norm one."""
    path = next(iter(case.tables), None)
    if path is None:
        return
    chart, scheme = case.space.chart, case.layer_norm.scheme
    if chart not in ("harmonic", "mercator"):
        yield (
            f'{path}: received a table over time with chart = "{chart}"; allowed there is one value; for weights that '
            'change with depth use chart = "harmonic" or "mercator"'
        )
    if scheme not in ("post", "ln_scaling"):
        yield (
            f'{path}: received a table over time with layer_norm.scheme = "{scheme}"; allowed there is one value; for '
            'weights that change with depth use scheme = "post" or "ln_scaling"'
        )
    if case.common_noise is not None:
        yield (
            f"{path}: received a table over time with common_noise; allowed beside it is one value; remove one of the "
            "two"
        )
    allowed, reach = _largest_reach(case), _largest_between(case)
    if reach > allowed:
        yield (
            f"{path}: received tables of beta, query and key with |beta|·‖Q‖·‖K‖ up to {reach:.6g} between two times; "
            f"must be at most {allowed:g}; lower one of them"
        )


def _largest_between(case: cases.Case) -> float:
    """Return a bound of |β|‖Q‖‖K‖ at all times, where more than one of the three changes; 0 where at most one does."""
    found = 0.0
    for i in range(len(case.attention.all_heads)):
        heads = [stage.attention.all_heads[i] for stage in case.stages]
        factors = [
            [abs(head.beta) for head in heads],
            *([size(getattr(h, n)) for h in heads] for n in ("query", "key")),
        ]
        if sum(len(set(factor)) > 1 for factor in factors) > 1:
            found = max(found, math.prod(max(factor) for factor in factors))
    return found


def unfollowed(case: cases.Case) -> Iterator[str]:
    """Yield what does not go together."""
    checks = (
        _kernel,
        _frozen,
        _perceptron,
        _heads,
        _noise,
        _context,
        _norms,
        _time,
        _cells,
        _rows,
        _environment,
        _labels,
        _entropy,
    )
    for check in checks:
        yield from check(case)
    for stage in case.stages:
        yield from _exponents(stage)


def seen_in(chart: Literal["harmonic", "mercator"], case: cases.Case) -> cases.Case:
    """Return a case in another chart."""
    space = case.space.model_copy(update={"chart": chart})
    return replace(case, model=case.model.model_copy(update={"space": space}))


def _kernel(case: cases.Case) -> Iterator[str]:
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


def _frozen(case: cases.Case) -> Iterator[str]:
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


def _perceptron(case: cases.Case) -> Iterator[str]:
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


def _heads(case: cases.Case) -> Iterator[str]:
    """Heads with matrices: in the harmonic chart, and on circle and sphere in the Mercator chart."""
    chart, kind = case.space.chart, case.space.kind
    if is_identity(case) or chart == "harmonic" or (chart == "mercator" and kind != "zonal"):
        return
    yield (
        f'attention.heads: received {len(case.attention.all_heads)} head(s) with matrices and chart = "{chart}" on '
        f'kind = "{kind}"; allowed is one head with query, key and value = "identity" there; for others use '
        'space.chart = "harmonic"'
    )


def _exponents(case: cases.Case) -> Iterator[str]:
    """Exponents β<Qx, Ky> whose exponentials, and what is made of them, are numbers."""
    allowed = _largest_reach(case)
    heads = case.attention.all_heads
    for i, (head, reach) in enumerate(zip(heads, _reaches(case), strict=True)):
        key = "attention.beta" if case.attention.heads is None else f"attention.heads.{i}"
        if reach > allowed:
            yield (
                f'{key}: received |beta|·‖KᵀQ‖ = {reach:.6g} with normalization = "{case.attention.normalization}"; '
                f"must be at most {allowed:g} there, so that energies and their squares are numbers; lower beta, or "
                "scale query and key down"
            )
        if 0 < min(abs(head.beta), reach if reach else math.inf) < SMALLEST_REACH:
            yield (
                f"{key}: received beta = {head.beta:.6g} and |beta|·‖KᵀQ‖ = {reach:.6g}; each must be 0 or at least "
                f"{SMALLEST_REACH:g} in size, so that its inverse is a number; give beta = 0"
            )


def _largest_reach(case: cases.Case) -> float:
    """Return the largest exponent that a case may have."""
    normalization = case.attention.normalization
    plain = case.space.chart == "harmonic" and case.layer_norm.scheme in ("post", "ln_scaling")
    return LARGEST_HARMONIC_REACH if plain and normalization == "softmax" else LARGEST_REACH[normalization]


def _reaches(case: cases.Case) -> tuple[float, ...]:
    """Return |β|‖KᵀQ‖ of every head, without writing out multiples of the identity."""
    heads = case.attention.all_heads
    multiples = [head.multiples for head in heads]
    if None in multiples:
        return tuple(head.reach for head in matrix_heads(case))
    return tuple(abs(head.beta * m[0] * m[1]) for head, m in zip(heads, multiples, strict=True) if m is not None)


def _noise(case: cases.Case) -> Iterator[str]:
    kappa, chart, scheme = case.noise.diffusion, case.space.chart, case.layer_norm.scheme
    if kappa and chart != "harmonic":
        yield (
            f'noise.diffusion: received {kappa:g} with chart = "{chart}", which follows collapse without noise; '
            'allowed is 0; with noise use space.chart = "harmonic"'
        )
    if kappa and scheme != "post":
        yield (
            f'noise.diffusion: received {kappa:g} with layer_norm.scheme = "{scheme}"; allowed is 0, because noise on '
            'tokens with norms is not defined here; with noise use scheme = "post"'
        )


def _context(case: cases.Case) -> Iterator[str]:
    length = case.attention.context_length
    if length is None:
        return
    allowed = (
        'one identity head with chart = "harmonic" (kind = "zonal": or "mercator") and layer_norm.scheme = "post" or '
        '"ln_scaling"'
    )
    charts = ("harmonic", "mercator") if case.space.kind == "zonal" else ("harmonic",)
    plain = is_identity(case) and case.space.chart in charts
    if not plain or case.layer_norm.scheme not in ("post", "ln_scaling"):
        yield f"attention.context_length: received {length}; allowed with {allowed}; remove it, or change those"
    if length < 2:
        yield f"attention.context_length: received {length}; a token alone attends to itself only; give at least 2"


def _norms(case: cases.Case) -> Iterator[str]:
    scheme, chart = case.layer_norm.scheme, case.space.chart
    if scheme in ("post", "ln_scaling"):
        return
    if chart != "harmonic":
        yield (
            f'layer_norm.scheme: received "{scheme}" with chart = "{chart}"; its tokens are followed by their initial '
            'directions, whatever the chart; use space.chart = "harmonic"'
        )
    if not is_identity(case):
        yield (
            f'layer_norm.scheme: received "{scheme}" with heads that have matrices; allowed is one head with query, '
            'key and value = "identity"; give attention.beta instead'
        )
    if case.initial.kind == "record":
        yield (
            f'layer_norm.scheme: received "{scheme}" with initial.kind = "record"; a record does not keep every '
            "token's norm; give the initial density itself"
        )


def _cells(case: cases.Case) -> Iterator[str]:
    """Numbers of elements: not where cells divide by themselves until they carry time.tolerance."""
    if case.space.elements is None or case.space.chart != "mercator":
        return
    if case.space.kind == "circle" and case.layer_norm.scheme in ("post", "ln_scaling"):
        yield (
            f'space.elements: received {case.space.elements}; allowed with kind = "zonal" or "sphere"; cells of the '
            "circle divide until they carry time.tolerance; remove it, and lower time.tolerance for finer cells"
        )


def _rows(case: cases.Case) -> Iterator[str]:
    """Rows widened to bumps: known by their coefficients, without ln ρ far from all rows."""
    scheme, chart = case.layer_norm.scheme, case.space.chart
    if case.initial.kind != "tokens":
        return
    if scheme not in ("post", "ln_scaling"):
        yield (
            f'initial.kind: received "tokens" with layer_norm.scheme = "{scheme}", which follows cells of ln ρ; '
            'allowed there are densities in closed form, and with rows scheme = "post" or "ln_scaling"'
        )
    if chart == "mercator":
        yield (
            'initial.kind: received "tokens" with chart = "mercator", whose cells need ln ρ where no row is near; for '
            'rows use space.chart = "harmonic" or "conformal"'
        )


def _environment(case: cases.Case) -> Iterator[str]:
    """Tokens in common noise: of norm one, on circle and sphere, under kernels whose degrees end."""
    given, kind, chart = case.common_noise, case.space.kind, case.space.chart
    if given is None:
        return
    said = f'common_noise.kind: received "{given.kind}" with'
    if kind == "zonal":
        yield f'{said} space.kind = "zonal", whose symmetry one realisation breaks; use kind = "circle" or "sphere"'
    if chart != "harmonic":
        yield (
            f'{said} chart = "{chart}"; tokens in common noise are followed on cells of labels, whatever the chart; '
            'use space.chart = "harmonic"'
        )
    if case.layer_norm.scheme != "post":
        yield f'{said} layer_norm.scheme = "{case.layer_norm.scheme}"; allowed is "post"; remove one of the two'
    if case.noise.diffusion:
        yield (
            f"{said} noise.diffusion = {case.noise.diffusion:g}; a density that spreads is not carried by tokens of "
            "one label each; set noise.diffusion = 0, or remove [common_noise]"
        )
    kinks = {
        f'attention.kernel = "{case.attention.kernel}"': case.attention.kernel in ("power", "truncated"),
        'perceptron.activation = "relu"': case.perceptron is not None and case.perceptron.activation == "relu",
    }
    for what in (text for text, has_one in kinks.items() if has_one):
        yield (
            f"{said} {what}, which has a kink that no cells follow; allowed are the kernels "
            '"exponential", "linear" and "polynomial", and neurons without "relu"'
        )
    if case.attention.context_length is not None:
        yield f"{said} attention.context_length = {case.attention.context_length}; remove one of the two"
    if case.initial.kind in ("record", "tokens"):
        yield (
            f'{said} initial.kind = "{case.initial.kind}", which is known by its coefficients; allowed are densities '
            "in closed form"
        )
    if case.time.end / given.step > MOST_INCREMENTS:
        yield (
            f"common_noise.step: received {given.step:g} with time.end = {case.time.end:g}; must be at least "
            f"{case.time.end / MOST_INCREMENTS:g} (time.end / {MOST_INCREMENTS}); raise it"
        )


def _labels(case: cases.Case) -> Iterator[str]:
    """Labels: identity heads with a smooth kernel in the harmonic chart, tokens of norm one, infinitely many."""
    given = case.label
    if given is None:
        return
    kind = f'label.kind: received "{given.kind}"'
    if case.space.chart != "harmonic":
        chart = f'chart = "{case.space.chart}"'
        yield f'{kind} with {chart}; labels are followed in harmonics; use space.chart = "harmonic"'
    if not is_identity(case):
        yield f"{kind} with heads that have matrices; allowed is Q = K = V = I; give attention.beta"
    if case.attention.kernel in ("power", "truncated"):
        yield (
            f'{kind} with attention.kernel = "{case.attention.kernel}", which has a kink; allowed are '
            '"exponential", "linear" and "polynomial"'
        )
    if case.perceptron is not None:
        yield f"{kind} with a perceptron; labels are followed under attention alone; remove [perceptron]"
    if case.attention.context_length is not None:
        yield f"{kind} with attention.context_length; labels stand for infinitely many tokens; remove it"
    if case.layer_norm.scheme != "post":
        yield (
            f'{kind} with layer_norm.scheme = "{case.layer_norm.scheme}"; labels are followed for tokens of norm '
            'one; use scheme = "post"'
        )
    for path in case.tables:
        yield f"{kind} with {path} as a table over time; labels are followed under weights that stay; give one value"
    if case.common_noise is not None:
        yield f"{kind} with [common_noise], whose tokens are followed on cells; remove one of the two"
    yield from _label_kinds(case, given, kind)


def _label_kinds(case: cases.Case, given: cases.Label, kind: str) -> Iterator[str]:
    """Noise on rates alone, rotations not about an axis of symmetry, rows not by slices."""
    if given.has_positions and case.noise.diffusion:
        yield (
            f"{kind} with noise.diffusion = {case.noise.diffusion:g}; positions are followed without noise; use "
            'diffusion = 0, or kind = "frequency"'
        )
    if not given.has_positions and case.space.kind == "zonal":
        yield f'{kind} with space.kind = "zonal"; a rotation breaks the symmetry about e; use "circle" or "sphere"'
    for i, stretch in enumerate(given.slices or ()):
        if stretch.initial.kind == "tokens":
            yield (
                f'label.slices.{i}.initial.kind: received "tokens"; rows are taken as the density of all positions; '
                "give it in [initial], without label.slices"
            )


def _entropy(case: cases.Case) -> Iterator[str]:
    """Entropy of attention rows: of e^{β<Qx, Ky>} with weights that stay, of infinitely many tokens without labels."""
    if not case.output.attention_entropy:
        return
    path, zonal = next(iter(case.tables), None), case.space.kind == "zonal"
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


def _time(case: cases.Case) -> Iterator[str]:
    if case.time.scheme.startswith("etd") and not case.noise.diffusion:
        yield (
            f'time.scheme: received "{case.time.scheme}" with noise.diffusion = 0; exponential schemes need diffusion '
            'to take exactly; use "auto"'
        )
