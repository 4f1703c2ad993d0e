"""``[perceptron]`` and ``[layer_norm]``: what a block does beside attention."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from kinetic.case.depth import Varying
from kinetic.case.problems import Location
from kinetic.case.rules import Choice, Number
from kinetic.case.sections.section import LONGEST_TIME, TABLE_TIME, Section
from kinetic.case.show import show
from kinetic.case.vectors import AxisOrDirection, Schedule

NORM_SCHEMES = ("post", "pre", "mix", "peri", "ngpt", "ln_scaling")
"""Normalizations of the token's norm, after arXiv:2510.22026."""

NORM_KEYS = {"radius": ("pre", "mix", "peri"), "switch_time": ("mix",), "rate": ("ngpt",)}
"""The schemes for which a key of ``[layer_norm]`` means something."""


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

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Refuse a key that the scheme would silently ignore."""
        for key, schemes in NORM_KEYS.items():
            if key in self.model_fields_set and self.scheme not in schemes:
                allowed = " or ".join(f'"{scheme}"' for scheme in schemes)
                yield (key,), f"received {show(getattr(self, key))}; allowed only with scheme = {allowed}; remove it"
