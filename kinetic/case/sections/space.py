"""``[space]``: where the density lives and how finely it is represented."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from kinetic.case.problems import Location
from kinetic.case.rules import Choice, Degree, Integer
from kinetic.case.sections.section import Section
from kinetic.trust import DEFAULT_MAX_DEGREE

HIGHEST_DEGREE = {"circle": 65535, "sphere": 4095, "zonal": 4095}
"""Largest ``space.degree`` by kind: on the sphere the coefficients alone then take 270 MB."""

HIGHEST_DIMENSION = 4096
IMPLIED_DIMENSION = {"circle": 2, "sphere": 3}
"""Dimension d of the kinds that have one."""


_IMPLIED: Any = None
"""Stands for a dimension that the kind implies; never seen after reading."""


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

    @property
    def axisymmetric(self) -> bool:
        """Whether densities depend on the angle to an axis alone."""
        return self.kind == "zonal"

    @property
    def on_cells(self) -> bool:
        """Whether cells carry the density from the start, and no degree resolves it."""
        return self.chart == "mercator"

    @property
    def hands_over(self) -> bool:
        """Whether harmonics hand the density over to cells on the way."""
        return self.chart == "auto"

    @model_validator(mode="before")
    @classmethod
    def _implied_dimension(cls, data: Any) -> Any:
        """Add the dimension that the kind implies."""
        if not isinstance(data, dict) or "dimension" in data:
            return data
        implied = IMPLIED_DIMENSION.get(str(data.get("kind")))
        return {**data, "dimension": implied} if implied else data

    def _conflicts(self) -> Iterator[tuple[Location, str]]:
        """Compare dimension, degrees and elements with kind and chart."""
        yield from self._dimension_problems()
        yield from self._degree_problems()
        yield from self._element_problems()

    def _dimension_problems(self) -> Iterator[tuple[Location, str]]:
        """Compare the dimension with the kind."""
        implied = IMPLIED_DIMENSION.get(self.kind, self.dimension)
        if self.dimension is None:
            yield ("dimension",), f"missing; a zonal space needs an integer from 2 to {HIGHEST_DIMENSION}"
        elif self.dimension != implied:
            text = f"must be {implied} for the {self.kind}, or left out"
            yield ("dimension",), f'received {self.dimension}; {text}; kind = "zonal" has other dimensions'

    def _degree_problems(self) -> Iterator[tuple[Location, str]]:
        """Compare the degrees with kind and chart."""
        highest = HIGHEST_DEGREE[self.kind]
        if self.degree is None and not (self.on_cells or self.hands_over):
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
        if self.on_cells:
            return
        for key in ("elements", "element_order"):
            value = getattr(self, key)
            if value is not None:
                text = 'allowed only with chart = "mercator"; remove it'
                yield (key,), f"received {value}; {text}"
