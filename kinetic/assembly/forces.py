"""What tokens feel: the heads of a case, as the attention of each space, and the noise's bookkeeping."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kinetic import case as cases
from kinetic.attention.contract import Attention
from kinetic.attention.heads import Head
from kinetic.clock import Clock, RateClock, SquareRootClock
from kinetic.harmonic.equation import Ledger
from kinetic.kernels import Choice, Kernel
from kinetic.spaces.circle import Circle
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal
from kinetic.spectrum import Initial
from kinetic.types import Normalization

if TYPE_CHECKING:
    from kinetic.attention.moments import ScalarHead
    from kinetic.attention.perceptron import Neurons
    from kinetic.normed import Scheme


def is_identity(case: cases.Case) -> bool:
    """Return whether attention is one head with Q = K = V = I, at all times."""
    heads = [stage.attention.all_heads for stage in case.stages]
    return all(len(found) == 1 and found[0].multiples == (1.0, 1.0, 1.0) for found in heads)


def only_beta(case: cases.Case) -> float:
    """Return β of the one identity head."""
    (head,) = case.attention.all_heads
    return head.beta


def attention(case: cases.Case) -> Callable[[Space], Attention]:
    """Return what makes the attention of a case, with its perceptron, in a space of any degree; at its moment."""
    return attention_like(case, is_identity(case), None)


def frozen_attention(case: cases.Case, initial: Initial) -> Callable[[Space], Attention]:
    """Return the same in the field of the initial density, which stays."""
    from kinetic.attention.contract import Holding
    from kinetic.attention.frozen import Frozen

    moving: Callable[[Space], Any] = _attention_alone(case, is_identity(case), None)

    def frozen(at: Space) -> Frozen:
        found: Holding = moving(at)
        return Frozen(found, initial.coefficients(at))

    return _driven(frozen, case)


def attention_like(case: cases.Case, plain: bool, near: Attention | None) -> Callable[[Space], Attention]:
    """Return the same for a case known to have one identity head at all times (`plain`) or not.

    What the attention of another moment, `near`, has in common with it is not made again.
    """
    return _driven(_attention_alone(case, plain, getattr(near, "attention", near)), case)


def _driven(alone: Callable[[Space], Attention], case: cases.Case) -> Callable[[Space], Attention]:
    """Return what makes an attention with the perceptron of a case."""
    beside = neurons(case)
    if beside is None:
        return alone
    from kinetic.attention.perceptron import Driven

    return lambda at: Driven(alone(at), at, beside)


def neurons(case: cases.Case) -> "Neurons | None":
    """Return the neurons of a case's perceptron, None where there is none."""
    given = case.perceptron
    if given is None:
        return None
    from kinetic.attention.perceptron import Neurons

    return Neurons(
        given.activation,
        np.array([neuron.weight for neuron in given.neurons]),
        np.array([neuron.bias for neuron in given.neurons]),
        np.array([neuron.direction for neuron in given.neurons], dtype=float),
    )


def _attention_alone(case: cases.Case, plain: bool, near: object) -> Callable[[Space], Attention]:
    """Return what makes the attention of a case without its perceptron; one identity head if `plain`."""
    normalization: Normalization = case.attention.normalization
    context = context_length(case)
    if case.space.axisymmetric:
        from kinetic.attention.moments import MomentAttention

        scalars = scalar_heads(case)
        return lambda at: MomentAttention(_as(Zonal, at), scalars, normalization, context)
    if plain:
        from kinetic.attention.nodal import NodalAttention

        kernel = head_kernel(case, case.attention.all_heads[0])
        return lambda at: NodalAttention(_as(Circle | Sphere, at), kernel, normalization, context)
    from kinetic.attention.general import GeneralAttention
    from kinetic.attention.widest import Widest

    widest = Widest(matrix_heads(case), normalization, near if isinstance(near, GeneralAttention) else None)
    return lambda at: widest(_as(Circle | Sphere, at))


def context_length(case: cases.Case) -> float:
    """Return the number of tokens of which softmax keeps the attention of each to itself, infinity by default."""
    return float(case.attention.context_length or np.inf)


def norm_scheme(case: cases.Case) -> "Scheme":
    """Return what normalization makes of attention; LN-scaling is Post-LN by another clock."""
    from kinetic.normed import Mix, NormalizedGPT, Peri, Post, Pre

    given = case.layer_norm
    schemes: dict[str, Scheme] = {
        "post": Post(),
        "ln_scaling": Post(),
        "pre": Pre(),
        "mix": Mix(given.switch_time),
        "peri": Peri(),
        "ngpt": NormalizedGPT(),
    }
    return schemes[given.scheme]


def clock(case: cases.Case) -> Clock | None:
    """Return the clock that tokens go by, or None where it is that of the equation."""
    if case.layer_norm.scheme == "ln_scaling":
        return SquareRootClock()
    if case.layer_norm.scheme != "ngpt":
        return None
    rate = case.layer_norm.rate
    times, rates = zip(*(((0.0, rate),) if isinstance(rate, float) else rate), strict=True)
    return RateClock(times, rates)


def _as(kind: Any, space: Space) -> Any:
    """Return a space that is known to be of a kind."""
    assert isinstance(space, kind)
    return space


def matrix_heads(case: cases.Case, dimension: int | None = None) -> tuple[Head, ...]:
    """Return the heads of a case with their matrices written out, multiples of I for another dimension if given."""
    resolved = case.attention.resolved_heads(dimension or case.space.dimension)
    kernels = (head_kernel(case, head) for head in case.attention.all_heads)
    return tuple(
        Head(h.beta, np.array(h.query), np.array(h.key), np.array(h.value), kernel)
        for h, kernel in zip(resolved, kernels, strict=True)
    )


def attending(case: cases.Case) -> tuple[Head, ...]:
    """Return the heads for sums over pairs of tokens; axisymmetric: 2 × 2, along the axis and across it."""
    return matrix_heads(case, SPACES[case.space.kind](1, case.space.dimension).components)


def scalar_heads(case: cases.Case) -> "tuple[ScalarHead, ...]":
    """Return the heads of an axisymmetric case, whose matrices are multiples of the identity."""
    from kinetic.attention.moments import ScalarHead

    found = []
    for head in case.attention.all_heads:
        assert head.multiples is not None
        query, key, value = head.multiples
        found.append(ScalarHead(head_kernel(case, head), value, query * key))
    return tuple(found)


def head_kernel(case: cases.Case, head: cases.Head) -> Kernel:
    """Return g of a head, as it is with query = key = identity."""
    given = case.attention
    choice = Choice(given.kernel, given.power, given.coefficients or (), given.cutoff or 0.0)
    return choice.of(head.beta, case.space.dimension)


def kernels(case: cases.Case) -> tuple[Kernel, ...]:
    """Return the kernels that the resolution is judged by: those of scalar heads that move tokens at all."""
    factors = [(head, head.multiples) for head in case.attention.all_heads]
    return tuple(head_kernel(case, head).scaled(m[0] * m[1]) for head, m in factors if m is not None and m[2] != 0)


def ledger(case: cases.Case) -> Ledger:
    """Return what is integrated beside the density: with noise, nothing where no free energy is known to fall."""
    if not case.noise.diffusion:
        return "power"
    return "free_energy" if case.attention.normalization == "none" and not case.attention.frozen else "closed"


def size(matrix: object) -> float:
    """Return the 2-norm of a matrix in any of the forms that a case gives it."""
    if matrix == "identity":
        return 1.0
    entries = np.atleast_1d(np.asarray(matrix, dtype=float))
    return float(np.linalg.norm(entries, 2) if entries.ndim == 2 else np.abs(entries).max())
