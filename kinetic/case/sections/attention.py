"""``[attention]``: kernel, heads and their matrices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from kinetic.case.depth import Varying
from kinetic.case.problems import Location
from kinetic.case.rules import Choice, Integer, Number, Truth
from kinetic.case.sections.section import TABLE_TIME, Section
from kinetic.case.show import show
from kinetic.case.vectors import Matrix, Numbers, Square

SMALLEST_COEFFICIENT = 1e-290
"""Least size of the largest coefficient of a polynomial kernel: its inverse is multiplied with others."""

LARGEST_BETA = 600.0
"""Bound on abs(β): energies grow like e^β, which leaves the range of doubles near 709.

Where numbers grow like a power of e^β, what is built from the case allows less and says so (`assembly.refusals`).
"""

LARGEST_MATRIX_ENTRY = 1000.0

KERNELS = ("exponential", "linear", "power", "polynomial", "truncated")
"""Kernels of attention: e^{βt}, t, max(t, 0)^power, Σ c_k t^k, and e^{βt} where t ≥ cutoff."""

KERNEL_KEYS = {
    "beta": ("exponential", "truncated"),
    "power": ("power",),
    "coefficients": ("polynomial",),
    "cutoff": ("truncated",),
}
"""The kernels for which a key of ``[attention]`` means something; there it is required, except for the power."""


class Head(Section):
    """One attention head: the kernel g(<Q x, K y>), as e^{β <Q x, K y>}, and the matrix V that acts on its values.

    Each key may be a table over time; `Case.attention` is what they are at one time.
    """

    beta: Annotated[float, Varying(Number(-LARGEST_BETA, LARGEST_BETA), TABLE_TIME)] = Field(
        default=0.0,
        description="Inverse temperature β of the head (dimensionless), required for the kernels that have one; 0 and "
        "negative values are valid.",
    )
    query: Annotated[Matrix, Varying(Square(LARGEST_MATRIX_ENTRY), TABLE_TIME)] = Field(
        default="identity", description="Matrix Q, d by d (dimensionless)."
    )
    key: Annotated[Matrix, Varying(Square(LARGEST_MATRIX_ENTRY), TABLE_TIME)] = Field(
        default="identity", description="Matrix K, d by d (dimensionless)."
    )
    value: Annotated[Matrix, Varying(Square(LARGEST_MATRIX_ENTRY), TABLE_TIME)] = Field(
        default="identity", description="Matrix V, d by d (dimensionless)."
    )

    @property
    def multiples(self) -> tuple[float, float, float] | None:
        """The factors (q, k, v) if Q = qI, K = kI and V = vI were written so, otherwise ``None``."""
        q, k, v = (_multiple(matrix) for matrix in (self.query, self.key, self.value))
        return None if q is None or k is None or v is None else (q, k, v)


@dataclass(frozen=True)
class ResolvedHead:
    """One head with its matrices written out.

    Parameters
    ----------
    beta : float
        Inverse temperature β.
    query, key, value : list of list of float
        The d rows of Q, K and V, each of d numbers.
    """

    beta: float
    query: list[list[float]]
    key: list[list[float]]
    value: list[list[float]]


class Attention(Section):
    """How tokens attend to each other."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "properties": {"kernel": {"enum": [k for k in KERNELS if k not in KERNEL_KEYS["beta"]]}},
                "required": ["kernel"],
            },
            "else": {"oneOf": [{"required": ["beta"]}, {"required": ["heads"]}]},
        }
    )

    normalization: Annotated[Literal["softmax", "none"], Choice(("softmax", "none"))] = Field(
        description="softmax: attention weights are divided by their integral, whatever the kernel, and sum to one; "
        "none: plain sums, a gradient flow of the energy."
    )
    kernel: Annotated[
        Literal["exponential", "linear", "power", "polynomial", "truncated"],
        Choice(KERNELS),
    ] = Field(
        default="exponential",
        description="Weight g(t) of a token at t = <Q x, K y>: exponential: e^(β t); linear: t; power: "
        "max(t, 0)^power; polynomial: the sum of c_k t^k; truncated: e^(β t) where t >= cutoff, 0 elsewhere.",
    )
    power: Annotated[float, Number(0.0, 64.0, open_low=True)] = Field(
        default=1.0, description="Kernel power only: the exponent (dimensionless); 1 is ReLU."
    )
    coefficients: Annotated[tuple[float, ...] | None, Numbers(64, 1e6)] = Field(
        default=None, description="Kernel polynomial only: c_0, c_1, … (dimensionless)."
    )
    cutoff: Annotated[float | None, Number(-1.0, 1.0, open_low=True, open_high=True)] = Field(
        default=None, description="Kernel truncated only: the cosine (dimensionless) below which tokens weigh nothing."
    )
    beta: Annotated[float | None, Varying(Number(-LARGEST_BETA, LARGEST_BETA), TABLE_TIME)] = Field(
        default=None,
        description="Inverse temperature β (dimensionless) of one head with Q = K = V = I; instead of heads.",
    )
    heads: Annotated[tuple[Head, ...] | None, Field(min_length=1)] = Field(
        default=None, description="The heads, whose drifts add up; instead of beta."
    )
    context_length: Annotated[int | None, Integer(2, 10**15)] = Field(
        default=None,
        description="Softmax only: number n of tokens (dimensionless), which keeps the weight 1/n of a "
        "token's attention to itself; default: infinite.",
    )
    frozen: Annotated[bool, Truth()] = Field(
        default=False,
        description="true: tokens feel the initial density for ever, not the one that they make (mean-shift without "
        "blurring).",
    )

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Check that there is exactly one description of the heads."""
        yield from self._kernel_conflicts()
        if self.beta is None and self.heads is None and self.has_beta:
            allowed = Number(-LARGEST_BETA, LARGEST_BETA).allowed
            yield ("beta",), f"missing; must be {allowed}, or give attention.heads instead"
        if self.beta is not None and self.heads is not None:
            text = "given together with attention.heads; give exactly one of the two"
            yield ("beta",), f"received {show(self.beta)}; {text}"
        if self.context_length is not None and self.normalization != "softmax":
            text = 'allowed only with normalization = "softmax"; remove it'
            yield ("context_length",), f"received {self.context_length}; {text}"

    def _kernel_conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare the kernel with the keys of other kernels, and with its own."""
        for key, kernels in KERNEL_KEYS.items():
            if key in self.model_fields_set and getattr(self, key) is not None and self.kernel not in kernels:
                allowed = " or ".join(f'"{kernel}"' for kernel in kernels)
                received = f"received {show(getattr(self, key))}"
                yield (key,), f"{received}; allowed only with kernel = {allowed}; remove it"
        if self.kernel == "polynomial" and self.coefficients is None:
            yield ("coefficients",), f"missing; must be {Numbers(64, 1e6).allowed}"
        if self.coefficients is not None and max(map(abs, self.coefficients)) < SMALLEST_COEFFICIENT:
            text = f"one must be at least {SMALLEST_COEFFICIENT:g} in size: a kernel that is zero attends to nothing"
            yield ("coefficients",), f"received {show(list(self.coefficients))}; {text}"
        if self.kernel == "truncated" and self.cutoff is None:
            yield ("cutoff",), f"missing; must be {Number(-1.0, 1.0, open_low=True, open_high=True).allowed}"
        for i, head in enumerate(self.heads or ()):
            if self.has_beta and "beta" not in head.model_fields_set:
                allowed = Number(-LARGEST_BETA, LARGEST_BETA).allowed
                yield ("heads", i, "beta"), f"missing; must be {allowed}"
            if not self.has_beta and "beta" in head.model_fields_set:
                text = 'allowed only with kernel = "exponential" or "truncated"; remove it'
                yield ("heads", i, "beta"), f"received {show(head.beta)}; {text}"

    @property
    def has_beta(self) -> bool:
        """Whether the kernel has an inverse temperature."""
        return self.kernel in KERNEL_KEYS["beta"]

    @property
    def is_exponential(self) -> bool:
        """Whether the kernel is e^{βt}, which most of theory is about."""
        return self.kernel == "exponential"

    @property
    def weight(self) -> str:
        """The kernel of scores t = <Q x, K y> in words, without β."""
        return {
            "exponential": "e^{β t}",
            "linear": "t",
            "power": f"max(t, 0)^{self.power:g}",
            "polynomial": " + ".join(f"{c:g} t^{k}" for k, c in enumerate(self.coefficients or ()) if c) or "0",
            "truncated": f"e^{{β t}} where t ≥ {self.cutoff or 0.0:g}, 0 elsewhere",
        }[self.kernel]

    @property
    def all_heads(self) -> tuple[Head, ...]:
        """The heads as written, the shorthand ``beta`` as one head with identities."""
        return self.heads if self.heads is not None else (Head(beta=self.beta or 0.0),)

    @property
    def identity_head(self) -> Head | None:
        """The head if it is the only one and has Q = K = V = I, otherwise ``None``."""
        heads = self.all_heads
        return heads[0] if len(heads) == 1 and heads[0].multiples == (1.0, 1.0, 1.0) else None

    def resolved_heads(self, d: int) -> tuple[ResolvedHead, ...]:
        """Write out the matrices of every head.

        Parameters
        ----------
        d : int
            Dimension of the ambient space; the shapes were checked against it on reading.

        Returns
        -------
        tuple of ResolvedHead
            One a head, in the order of the file.

        Cost
        ----
        3 d² numbers a head, which is much at d = 4096: where Q, K and V are multiples of the identity,
        ``Head.multiples`` says so without building them.
        """
        return tuple(
            ResolvedHead(head.beta, _rows(head.query, d), _rows(head.key, d), _rows(head.value, d))
            for head in self.all_heads
        )


def _multiple(matrix: Matrix) -> float | None:
    """Return the factor of a matrix that was written as a multiple of the identity."""
    if isinstance(matrix, str):
        return 1.0
    return matrix if isinstance(matrix, float) else None


def _rows(matrix: Matrix, d: int) -> list[list[float]]:
    """Write out a matrix of any of the four forms as d rows."""
    factor = _multiple(matrix)
    entries: Any = matrix if factor is None else (factor,) * d
    if isinstance(entries[0], tuple):
        return [list(row) for row in entries]
    return [[entry if i == j else 0.0 for j in range(d)] for i, entry in enumerate(entries)]
