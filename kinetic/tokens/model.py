"""What moves the tokens of a case: the objects that its density is moved by, or a refusal that names the key.

Responsible for reading every key that says what tokens feel. A key that this module does not know is refused, whatever
it is and whenever it came to the schema: tokens that feel something else than the density would be no check of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from kinetic.assembly import forces
from kinetic.attention.heads import Head
from kinetic.attention.perceptron import Neurons
from kinetic.case import Case, Label
from kinetic.case import Head as CaseHead
from kinetic.clock import Clock
from kinetic.errors import DomainError
from kinetic.kernels import Kernel
from kinetic.normed import Scheme
from kinetic.particles import TokenHead
from kinetic.types import Array, Normalization

NO_MODEL = (
    *("title", "source", "space", "initial", "time", "output", "claims"),
    *("label.slices", "label.first", "label.elements", "label.order", "label.count"),
)
"""Tables and keys of a case that do not say what tokens feel."""

TABLES = ("attention", "perceptron", "layer_norm", "noise", "common_noise", "label")
"""Tables of which every key is looked at; any other table is refused as a whole."""

NUMBER, MATRIX, HEADS = (int, float), (int, float, str, tuple), (tuple,)

KNOWN: Mapping[str, tuple[Any, ...]] = {
    "attention.normalization": ("softmax", "none"),
    "attention.beta": NUMBER,
    "attention.context_length": NUMBER,
    "attention.kernel": ("exponential", "linear", "power", "polynomial", "truncated"),
    "attention.power": NUMBER,
    "attention.coefficients": (tuple,),
    "attention.cutoff": NUMBER,
    "attention.frozen": (bool,),
    "attention.heads": HEADS,
    "attention.heads.beta": NUMBER,
    "attention.heads.query": MATRIX,
    "attention.heads.key": MATRIX,
    "attention.heads.value": MATRIX,
    "perceptron.activation": ("constant", "identity", "relu", "tanh"),
    "perceptron.neurons": HEADS,
    "perceptron.neurons.weight": NUMBER,
    "perceptron.neurons.direction": (int, tuple),
    "perceptron.neurons.bias": NUMBER,
    "layer_norm.scheme": ("post", "pre", "mix", "peri", "ngpt", "ln_scaling"),
    "layer_norm.radius": NUMBER,
    "layer_norm.switch_time": NUMBER,
    "layer_norm.rate": (*NUMBER, tuple),
    "noise.diffusion": NUMBER,
    "common_noise.kind": ("matrix", "field", "values"),
    "common_noise.strength": NUMBER,
    "common_noise.step": NUMBER,
    "common_noise.seed": NUMBER,
    "common_noise.symmetric": (bool,),
    "common_noise.covariance": (tuple,),
    "label.kind": ("causal", "window", "frequency"),
    "label.decay": NUMBER,
    "label.width": NUMBER,
    "label.law": ("lorentz", "gauss", "uniform", "table"),
    "label.scale": NUMBER,
    "label.center": NUMBER,
    "label.rates": (tuple,),
    "label.weights": (tuple,),
    "label.axes": NUMBER,
}
"""Keys that tokens feel, with the words or the types of the values that they know."""


@dataclass(frozen=True, eq=False)
class TokenModel:
    """What tokens feel.

    Parameters
    ----------
    dimension : int
        Ambient dimension d.
    heads : tuple of TokenHead
    normalization : {"none", "softmax"}
    context_length : float
        Infinite unless a token's attention to itself counts.
    scheme : Scheme
        What normalization makes of attention.
    clock : Clock or None
    radius : float
        Norm of every token at time 0.
    diffusion : float
        κ of the noise.
    neurons : Neurons, optional
        Of a perceptron, with directions in all d coordinates.
    later : callable, optional
        later(time, since): the model of another time, of the piece of its weights that begins at the knot `since`.
    knots : tuple of float
        Where the law of a weight changes.
    frozen : bool
        Whether tokens attend for ever to where they were at time 0.
    label : Label, optional
        Tokens in the order of their positions, and whom they see.
    rotations : Array, optional
        Angular velocities at which tokens rotate by themselves, shape (N, 3); on the circle about the third axis.
    """

    dimension: int
    heads: tuple[TokenHead, ...]
    normalization: Normalization
    context_length: float
    scheme: Scheme
    clock: Clock | None
    radius: float
    diffusion: float
    neurons: Neurons | None = None
    later: "Callable[[float, float], TokenModel] | None" = None
    knots: tuple[float, ...] = ()
    frozen: bool = False
    label: Label | None = None
    rotations: Array | None = None

    def driven(self, directions: Array) -> Array:
        """Return Σ_j w_j σ(<a_j, x> + b_j) a_j, shape (N, d)."""
        if self.neurons is None:
            return np.zeros_like(directions)
        return self.neurons.pull(directions)

    @property
    def matrices(self) -> tuple[Head, ...]:
        """The heads with their matrices written out."""
        return tuple(_written(head, self.dimension) for head in self.heads)


def model_of(case: Case) -> TokenModel:
    """Return what moves the tokens of a case.

    Raises
    ------
    DomainError
        For the first key, or value of a key, that is not known here.
    """
    model = _model_at(case)
    if not case.tables:
        return model
    return replace(model, later=lambda time, since: _model_at(case.at(time, since)), knots=case.knots)


def _model_at(case: Case) -> TokenModel:
    """Return what moves the tokens of a case at its moment."""
    now = {"attention": case.attention, "perceptron": case.perceptron} if case.tables else {}
    for path, value in said(case.model.model_copy(update=now)):
        if not _knows(path, value):
            raise DomainError(
                f"tokens: {path}: received {value!r}, which tokens are not moved by, but the density is; leave out "
                "--particles and compare the record with theory alone"
            )
    return TokenModel(
        case.space.dimension,
        _heads(case),
        case.attention.normalization,
        forces.context_length(case),
        forces.norm_scheme(case),
        forces.clock(case),
        case.layer_norm.radius,
        case.noise.diffusion,
        _neurons(case),
        frozen=case.attention.frozen,
        label=case.label if case.label is not None and case.label.has_positions else None,
    )


def _neurons(case: Case) -> Neurons | None:
    """Return the neurons; about an axis, the last coordinate, theirs are ±e."""
    found = forces.neurons(case)
    if found is None or not case.space.axisymmetric:
        return found
    axis = np.zeros(case.space.dimension)
    axis[-1] = 1.0
    return replace(found, directions=np.multiply.outer(found.directions, axis))


def said(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every key about the model that differs from its default, tables entered."""
    for name, field in type(model).model_fields.items():
        value, path = getattr(model, name), f"{prefix}{name}"
        if path in NO_MODEL or value == field.default:
            continue
        if path not in TABLES:
            yield path, value
        for table in value if isinstance(value, tuple) else (value,):
            if isinstance(table, BaseModel):
                yield from said(table, f"{path}.")


def _knows(path: str, value: Any) -> bool:
    allowed = KNOWN.get(path, ())
    if not allowed or (isinstance(value, bool) and bool not in allowed):
        return False
    return value in allowed if isinstance(allowed[0], str) else isinstance(value, allowed)


def _heads(case: Case) -> tuple[TokenHead, ...]:
    """Return the heads by the numbers or the matrices that the density's attention has."""
    weights = [_weight(case, head) for head in case.attention.all_heads]
    if case.space.axisymmetric:
        heads = zip(case.attention.all_heads, forces.scalar_heads(case), weights, strict=True)
        return tuple(TokenHead(given.beta, h.score, None, h.value, weight) for given, h, weight in heads)
    found = zip(forces.matrix_heads(case), weights, strict=True)
    return tuple(TokenHead(h.beta, h.query, h.key, h.value, weight) for h, weight in found)


def _weight(case: Case, head: CaseHead) -> Kernel | None:
    """Return the kernel of a head, None for e^{βt}."""
    return None if case.attention.is_exponential else forces.head_kernel(case, head)


def _written(head: TokenHead, dimension: int) -> Head:
    given = (1.0 if m is None else np.asarray(m) for m in (head.query, head.key, head.value))
    query, key, value = (np.diag(m) if np.ndim(m) == 1 else m for m in given)
    found = Head.of(head.beta, query, key, value, dimension)
    return replace(found, other=head.weight) if isinstance(head.weight, Kernel) else found
