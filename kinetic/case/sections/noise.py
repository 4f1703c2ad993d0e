"""``[noise]`` and ``[common_noise]``: noise of each token, and one environment of all."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from kinetic.case.problems import Location
from kinetic.case.rules import Choice, Integer, Number, Truth
from kinetic.case.sections.section import LONGEST_TIME, Section
from kinetic.case.show import show
from kinetic.case.vectors import Numbers

SHORTEST_NOISE_STEP = 1e-12
"""Least common_noise.step: its path is a tree with a level for every halving."""


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

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Refuse keys of other kinds, and steps that resolve nothing."""
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
