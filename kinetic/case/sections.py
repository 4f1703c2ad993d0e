"""The tables of a case file except ``[initial]``: their keys, ranges and defaults.

Responsible for what one table says on its own. Whether two tables go together is ``file``'s business, whether
the numerics for it exist is decided where a problem is built.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kinetic.case.depth import Varying
from kinetic.case.problems import Location, raise_if
from kinetic.case.rules import (
    AxisOrDirection,
    Choice,
    Degree,
    Integer,
    Matrix,
    Number,
    Numbers,
    Schedule,
    Square,
    Truth,
)
from kinetic.case.show import show
from kinetic.trust import DEFAULT_MAX_DEGREE

SMALLEST_COEFFICIENT = 1e-290
"""Least size of the largest coefficient of a polynomial kernel: its inverse is multiplied with others."""

HIGHEST_DEGREE = {"circle": 65535, "sphere": 4095, "zonal": 4095}
"""Largest ``space.degree`` by kind: on the sphere the coefficients alone then take 270 MB."""

HIGHEST_DIMENSION = 4096
LARGEST_BETA = 600.0
"""Bound on abs(β): energies grow like e^β, which leaves the range of doubles near 709.

Where numbers grow like a power of e^β, what is built from the case allows less and says so (`assembly.refusals`).
"""

LARGEST_MATRIX_ENTRY = 1000.0
LONGEST_TIME = 1e9
TABLE_TIME = Number(0.0, LONGEST_TIME)
"""Times of weights that change with depth."""

SHORTEST_TIME = 1e-290
"""Least time.end and spacing: a spacing a million times smaller still has all of its digits."""

SHORTEST_LENGTH = 1e-4
"""Least output.observe_length: clusters that meet from all over the sphere then make some ten thousand rows."""

SHORTEST_NOISE_STEP = 1e-12
"""Least common_noise.step: its path is a tree with a level for every halving."""

SCHEMES = ("auto", "dop853", "rk45", "etd8")
"""Named time steppers."""

NORM_SCHEMES = ("post", "pre", "mix", "peri", "ngpt", "ln_scaling")
"""Normalizations of the token's norm, after arXiv:2510.22026."""

NORM_KEYS = {"radius": ("pre", "mix", "peri"), "switch_time": ("mix",), "rate": ("ngpt",)}
"""The schemes for which a key of ``[layer_norm]`` means something."""

KERNELS = ("exponential", "linear", "power", "polynomial", "truncated")
"""Kernels of attention: e^{βt}, t, max(t, 0)^power, Σ c_k t^k, and e^{βt} where t ≥ cutoff."""

KERNEL_KEYS = {
    "beta": ("exponential", "truncated"),
    "power": ("power",),
    "coefficients": ("polynomial",),
    "cutoff": ("truncated",),
}
"""The kernels for which a key of ``[attention]`` means something; there it is required, except for the power."""

CLAIM_NAMES = (
    "mass_conserved",
    "energy_monotone",
    "energy_identity",
    "dirac_rate",
    "w2_rate",
    "antipode_rate",
    "pl_ratio",
    "theorem_w2_bound",
    "exact_boost",
    "linear_growth",
    "most_unstable_degree",
    "noise_threshold",
    "noise_amplitude",
    "two_dirac_limit",
    "ring_law",
    "hemisphere_rate",
    "sign_split",
    "pair_merging",
    "clump_growth",
    "uniform_drift",
    "head_energies",
    "opposite_heads",
    "head_speedup",
    "consensus_rate",
    "heads_dirac_rate",
    "alignment_limit",
    "alignment",
    "heat_limit",
    "porous_limit",
    "noise_order",
    "small_beta_state",
    "cluster_width",
    "scheme_growth",
    "consensus_decay",
    "scheme_antipode",
    "stalled_clump",
    "clump_norm",
    "scheme_ring",
    "invariant",
    "translation",
    "long_context",
    "context_ring",
    "context_crossover",
    "kernel_growth",
    "kernel_first_degree",
    "angular_gaussian",
    "dark_cap",
    "perceptron_rate",
    "perceptron_left",
    "pathwise_gaussian",
    "entropy_production",
    "depth_growth",
    "depth_boost",
    "turning_boost",
    "lorentz_order",
    "frequency_growth",
    "frequency_order",
    "mask_unseen",
    "label_response",
    "label_growth",
    "retrieval_profile",
    "label_boost",
    "prefix_front",
    "prefix_wins",
    "depth_rate",
    "depth_antipode",
    "turning_speed",
    "turning_rate",
    "cluster_masses",
    "frozen_masses",
    "energy_staircase",
    "cluster_spread",
    "symmetric_rate",
    "meeting_point",
    "after_merger",
    "two_exponentials",
)
"""The claims that a case can name."""


_IMPLIED: Any = None
"""Stands for a dimension that the kind implies; never seen after reading."""


class Section(BaseModel):
    """A table of a case file: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Space(Section):
    """Where the density lives and how finely it is represented."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": "zonal"}}, "required": ["kind"]},
                    "then": {"required": ["dimension"]},
                },
                {
                    "if": {"properties": {"chart": {"enum": ["mercator", "auto"]}}, "required": ["chart"]},
                    "else": {"required": ["degree"]},
                },
            ]
        }
    )

    kind: Annotated[Literal["circle", "sphere", "zonal"], Choice(("circle", "sphere", "zonal"))] = Field(
        description="circle: S^1; sphere: S^2; zonal: densities on S^(d-1) that depend only on the angle to an axis e."
    )
    dimension: Annotated[int, Integer(2, HIGHEST_DIMENSION)] = Field(
        default=_IMPLIED,
        description="Dimension d of the ambient space (dimensionless): required for zonal; "
        "2 for the circle and 3 for the sphere, where it can be left out.",
    )
    degree: Annotated[int | Literal["auto"] | None, Degree(max(HIGHEST_DEGREE.values()))] = Field(
        default=None,
        description="Highest harmonic degree L (dimensionless), at most 4095 (circle: 65535), or auto: grown "
        "as the density needs it. Required, except for the charts mercator and auto.",
    )
    max_degree: Annotated[int, Integer(1, max(HIGHEST_DEGREE.values()))] = Field(
        default=DEFAULT_MAX_DEGREE,
        description='With degree = "auto" only: degree (dimensionless) beyond which a run is unresolved.',
    )
    chart: Annotated[
        Literal["harmonic", "conformal", "mercator", "auto"], Choice(("harmonic", "conformal", "mercator", "auto"))
    ] = Field(
        default="harmonic",
        description="Change of variable: none; a boost that follows the cluster; the logarithmic coordinate "
        "ln tan(angle/2); or auto: none while harmonics tell the density everywhere, then the logarithmic one.",
    )
    elements: Annotated[int | None, Integer(2, 100_000)] = Field(
        default=None,
        description="Mercator chart only: number of finite elements (dimensionless); default: chosen.",
    )
    element_order: Annotated[int | None, Integer(1, 32)] = Field(
        default=None,
        description="Mercator chart only: polynomial order of the elements (dimensionless); default: chosen.",
    )

    @model_validator(mode="before")
    @classmethod
    def _implied_dimension(cls, data: Any) -> Any:
        """Add the dimension that the kind implies."""
        if not isinstance(data, dict) or "dimension" in data:
            return data
        implied = [d for kind, d in (("circle", 2), ("sphere", 3)) if data.get("kind") == kind]
        return {**data, "dimension": implied[0]} if implied else data

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Check the keys against each other."""
        raise_if([*self._dimension_problems(), *self._degree_problems(), *self._element_problems()])
        return self

    def _dimension_problems(self) -> Iterator[tuple[Location, str]]:
        """Compare the dimension with the kind."""
        implied = {"circle": 2, "sphere": 3}.get(self.kind, self.dimension)
        if self.dimension is None:
            yield ("dimension",), f"missing; a zonal space needs an integer from 2 to {HIGHEST_DIMENSION}"
        elif self.dimension != implied:
            text = f"must be {implied} for the {self.kind}, or left out"
            yield ("dimension",), f'received {self.dimension}; {text}; kind = "zonal" has other dimensions'

    def _degree_problems(self) -> Iterator[tuple[Location, str]]:
        """Compare the degrees with kind and chart."""
        highest = HIGHEST_DEGREE[self.kind]
        if self.degree is None and self.chart not in ("mercator", "auto"):
            yield ("degree",), 'missing; must be a positive integer or "auto"'
        if isinstance(self.degree, int) and self.degree > highest:
            yield ("degree",), f'received {self.degree}; must be at most {highest} for kind = "{self.kind}"'
        if self.max_degree > highest:
            text = f'must be at most {highest} for kind = "{self.kind}"'
            yield ("max_degree",), f"received {self.max_degree}; {text}"
        if "max_degree" in self.model_fields_set and self.degree != "auto":
            text = 'allowed only with degree = "auto"; remove it'
            yield ("max_degree",), f"received {self.max_degree}; {text}"

    def _element_problems(self) -> Iterator[tuple[Location, str]]:
        """Compare the elements with the chart."""
        if self.chart == "mercator":
            return
        for key in ("elements", "element_order"):
            value = getattr(self, key)
            if value is not None:
                text = 'allowed only with chart = "mercator"; remove it'
                yield (key,), f"received {value}; {text}"


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
    context_length: Annotated[int | None, Integer(1, 10**15)] = Field(
        default=None,
        description="Softmax only: number n of tokens (dimensionless), which keeps the weight 1/n of a "
        "token's attention to itself; default: infinite.",
    )
    frozen: Annotated[bool, Truth()] = Field(
        default=False,
        description="true: tokens feel the initial density for ever, not the one that they make (mean-shift without "
        "blurring).",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Check that there is exactly one description of the heads."""
        raise_if(self._conflicts())
        return self

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare the keys with each other."""
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


class Neuron(Section):
    """One neuron of a perceptron."""

    weight: Annotated[float, Varying(Number(-1e3, 1e3), TABLE_TIME)] = Field(
        description="Strength of the neuron (dimensionless)."
    )
    direction: Annotated[int | tuple[float, ...], AxisOrDirection()] = Field(
        description="Direction a: d numbers (dimensionless), scaled to length 1 on reading; zonal: 1 or -1, along e."
    )
    bias: Annotated[float, Number(-1e3, 1e3)] = Field(default=0.0, description="Added to <a, x> (dimensionless).")


class Perceptron(Section):
    """What the perceptron of a block adds: X += P_x times the sum of weight·σ(<a, x> + bias) a."""

    activation: Annotated[
        Literal["constant", "identity", "relu", "tanh"], Choice(("constant", "identity", "relu", "tanh"))
    ] = Field(description="σ(s): constant: 1; identity: s; relu: max(s, 0); tanh.")
    neurons: Annotated[tuple[Neuron, ...], Field(min_length=1)] = Field(description="The neurons.")


class LayerNorm(Section):
    """What happens to the norm of a token (arXiv:2510.22026)."""

    scheme: Annotated[Literal["post", "pre", "mix", "peri", "ngpt", "ln_scaling"], Choice(NORM_SCHEMES)] = Field(
        default="post", description="Where the norm is taken: post keeps every token on the unit sphere."
    )
    radius: Annotated[float, Number(0.0, 1e6, open_low=True)] = Field(
        default=1.0, description="Schemes pre, mix, peri only: norm of every token at time 0 (dimensionless)."
    )
    switch_time: Annotated[float, Number(0.0, LONGEST_TIME)] = Field(
        default=1.0,
        description="Scheme mix only: time (dimensionless, as time.end) at which post gives way to pre.",
    )
    rate: Annotated[
        float | tuple[tuple[float, float], ...],
        Schedule(Number(0.0, 1e6, open_low=True), Number(0.0, LONGEST_TIME)),
    ] = Field(default=1.0, description="Scheme ngpt only: step size α (dimensionless), constant or as pairs [t, α].")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Refuse a key that the scheme would silently ignore."""
        unused = [k for k, schemes in NORM_KEYS.items() if k in self.model_fields_set and self.scheme not in schemes]
        raise_if(((key,), self._unused(key)) for key in unused)
        return self

    def _unused(self, key: str) -> str:
        """Say for which schemes a key means something."""
        schemes = " or ".join(f'"{scheme}"' for scheme in NORM_KEYS[key])
        return f"received {show(getattr(self, key))}; allowed only with scheme = {schemes}; remove it"


class Noise(Section):
    """Independent Brownian noise of every token on the sphere."""

    diffusion: Annotated[float, Number(0.0, 1e6)] = Field(
        default=0.0, description="Diffusivity κ in + κ Δμ (dimensionless)."
    )


class CommonNoise(Section):
    """One random environment that all tokens feel: one realisation of it, from a seed."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "field"}}, "required": ["kind"]},
            "then": {"required": ["covariance"]},
        }
    )

    kind: Annotated[Literal["matrix", "field", "values"], Choice(("matrix", "field", "values"))] = Field(
        description="matrix: dX = P_x o dQ X, Q a Brownian matrix; field: a Gaussian field with covariance "
        "kappa(<x, y>) P_x P_y; values: random value matrices, a new one for every head at every step."
    )
    strength: Annotated[float, Number(0.0, 1e3, open_low=True)] = Field(
        default=1.0, description="What the noise is multiplied with (dimensionless, per root of time)."
    )
    step: Annotated[float, Number(SHORTEST_NOISE_STEP, LONGEST_TIME)] = Field(
        default=1e-2,
        description="Time (dimensionless, as time.end) between increments; halving it refines the same path.",
    )
    seed: Annotated[int, Integer(0, 2**63 - 1)] = Field(description="Seed of the path (dimensionless).")
    symmetric: Annotated[bool, Truth()] = Field(
        default=False, description="Kind matrix only: true makes Q symmetric, (B + B^T)/sqrt(2)."
    )
    covariance: Annotated[tuple[float, ...] | None, Numbers(16, 1e3)] = Field(
        default=None,
        description="Kind field only: kappa_0, kappa_1, ... (dimensionless) of kappa(u), the sum of kappa_j u^j.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        """Refuse keys of other kinds, and steps that resolve nothing."""
        raise_if(self._conflicts())
        return self

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare the keys with each other."""
        for key, kind in (("symmetric", "matrix"), ("covariance", "field")):
            if key in self.model_fields_set and self.kind != kind:
                text = f'allowed only with kind = "{kind}"; remove it'
                yield (key,), f"received {show(getattr(self, key))}; {text}"
        if self.kind == "field" and self.covariance is None:
            yield ("covariance",), f"missing; must be {Numbers(16, 1e3).allowed}"
        turned = self.strength**2 * self.step * max(sum(self.covariance or (1.0,)), 0.0)
        if turned > 1.0:
            text = "strength² · step (times kappa(1)) must be at most 1, so that an increment turns tokens by a radian"
            yield ("step",), f"received {show(self.step)}, for which it is {turned:.3g}; {text} at most; lower step"


class Time(Section):
    """How far and how accurately to march."""

    end: Annotated[float, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        description="Time at which the run ends (dimensionless, the time of the equation)."
    )
    tolerance: Annotated[float, Number(1e-13, 1e-1)] = Field(
        default=1e-9,
        description="Relative tolerance of the time stepper (dimensionless). "
        "Below 1e-13 round-off would take over from the error that is controlled.",
    )
    scheme: Annotated[Literal["auto", "dop853", "rk45", "etd8"], Choice(SCHEMES)] = Field(
        default="auto",
        description="Time stepper: explicit Runge-Kutta of order 8 (dop853) or 5 (rk45), exponential of order 8 "
        "(etd8), which takes diffusion exactly; auto is etd8 with noise, dop853 without.",
    )


class Output(Section):
    """How often to write; the beginning and the end are always written."""

    first: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) of the first row and snapshot after the beginning, from which "
        "on times grow by equal ratios: observe_every and save_every then count decades. Default: equal distances.",
    )
    observe_every: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) between rows of observables, decades of it with output.first; "
        "default: 200 rows.",
    )
    save_every: Annotated[float | None, Number(SHORTEST_TIME, LONGEST_TIME)] = Field(
        default=None,
        description="Time (dimensionless, as time.end) between snapshots, decades of it with output.first; default: "
        "20 snapshots.",
    )
    observe_length: Annotated[float | None, Number(SHORTEST_LENGTH, 1e3, unit="radians")] = Field(
        default=None,
        description="Length of the path in W2 (radians) after which there is one more row, beside those at given "
        "times: it sees mergers however fast they are. Default: no such rows.",
    )
    attention_entropy: Annotated[bool, Truth()] = Field(
        default=False,
        description="Whether rows have the observable attention_entropy, the mean entropy of attention rows; it takes "
        "a sum over pairs of tokens a row.",
    )

    def span(self, end: float) -> float:
        """Return what is divided into rows: the time up to an end, or the decades of it from `first` on."""
        return end if self.first is None else math.log10(end / self.first)


class ClaimRequest(Section):
    """One prediction that the run is held against."""

    name: Annotated[str, Choice(CLAIM_NAMES)] = Field(description="Name of the claim.")
    tolerance: Annotated[float | None, Number(0.0, 1e6, open_low=True)] = Field(
        default=None,
        description="Allowed difference (dimensionless), relative unless the claim's definition says "
        "absolute; default: the claim's own.",
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
