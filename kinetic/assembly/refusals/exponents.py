"""Refusals of weights: exponents that are no numbers, and tables over time where no chart follows them."""

import math
from collections.abc import Iterator

from kinetic import case as cases
from kinetic.assembly.forces import matrix_heads, size

LARGEST_REACH = {"none": 150.0, "softmax": 300.0}
"""Largest exponent |β|‖KᵀQ‖ by normalization.

The power ∫ <F, X> dμ is integrated beside the density, and its square enters the stepper's norms. With softmax it
grows like e^b, without like |X|² ~ e^{2b}: squares of e^{2b} or e^{4b} are doubles up to b = 354 or 177, and the rest
is room for sizes, matrices and the number of heads.
"""

LARGEST_HARMONIC_REACH = 600.0
"""The same for one softmax head in the harmonic chart, whose power is counted in units of the uniform energy."""

SMALLEST_REACH = 1e-290
"""Least exponent, and least |β|, other than 0: their inverses are multiplied with others and must stay numbers."""


def depth_problems(case: cases.Case) -> Iterator[str]:
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


def exponents_problems(case: cases.Case) -> Iterator[str]:
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
