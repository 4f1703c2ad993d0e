"""The table ``[initial]``: one model for each kind of initial density.

Densities ρ are with respect to the uniform probability measure σ on S^{d-1}, so that the uniform one is 1.
This module knows the keys and their ranges; how long a vector must be depends on the space and is checked in
``file``; whether a density is positive is known only to who evaluates it.
"""

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from kinetic.case.rules import Choice, Integer, Number, OrWord, Text
from kinetic.case.sections import HIGHEST_DEGREE, LONGEST_TIME, Section
from kinetic.case.vectors import Direction, Vector

LARGEST_CONCENTRATION = 1e8
"""Bound on abs(concentration): the width of the bump is then 1e-4 radians."""

LARGEST_WEIGHT = 1e12

NARROWEST_BAND = 1e-8
"""Least width of a band: its quadrature looks for the ring from distances of 1e-9 on."""

NARROWEST_CAP = 1e-60
"""Least angle of a cap, radians: cells are laid up to |ln tan(angle/2)| = 150."""

_Axis: TypeAlias = Annotated[Vector | None, Direction()]
_Weight: TypeAlias = Annotated[
    float,
    Number(0.0, LARGEST_WEIGHT, open_low=True),
    Field(description="Share of the mass (dimensionless), relative to the other components and the flat part."),
]
_Flat: TypeAlias = Annotated[
    float,
    Number(0.0, LARGEST_WEIGHT),
    Field(description="Weight of a flat part (dimensionless), relative to those of the components."),
]


class Initial(Section):
    """What all kinds share: nothing but being a table."""


class Directed(Initial):
    """A density with a distinguished direction."""

    mean: _Axis = Field(
        default=None,
        description="Direction of the center: d numbers (dimensionless), scaled to length 1 on reading. "
        "Required on circle and sphere; not for zonal, whose axis is e.",
    )


class Uniform(Initial):
    """ρ = 1."""

    kind: Literal["uniform"] = Field(description="The uniform density.")


class Linear(Directed):
    """ρ = 1 + slope <x, mean>."""

    kind: Literal["linear"] = Field(description="The uniform density plus a linear function.")
    slope: Annotated[float, Number(-1.0, 1.0)] = Field(description="Coefficient of <x, mean> (dimensionless).")


class VonMisesFisher(Directed):
    """ρ ∝ exp(concentration <x, mean>)."""

    kind: Literal["von_mises_fisher"] = Field(description="A smooth bump, the Gaussian of the sphere.")
    concentration: Annotated[float, Number(-LARGEST_CONCENTRATION, LARGEST_CONCENTRATION)] = Field(
        description="Concentration (dimensionless); 0 is uniform, negative values center at minus the mean."
    )


class Component(Section):
    """One bump of a mixture."""

    mean: _Axis = Field(
        default=None,
        description="Direction of the bump: d numbers (dimensionless), scaled to length 1 on reading; not for zonal.",
    )
    axis: Annotated[Literal[1, -1] | None, Choice((1, -1))] = Field(
        default=None, description="Zonal only: which end of the axis e the bump sits at (dimensionless)."
    )
    concentration: Annotated[float, Number(-LARGEST_CONCENTRATION, LARGEST_CONCENTRATION)] = Field(
        description="Concentration (dimensionless)."
    )
    weight: _Weight


class Mixture(Initial):
    """ρ = uniform + Σ weight · vMF(mean, concentration), the weights scaled to sum 1."""

    kind: Literal["mixture"] = Field(description="Weighted von Mises-Fisher bumps.")
    components: Annotated[tuple[Component, ...], Field(min_length=1)] = Field(description="The bumps.")
    uniform: _Flat = 0.0

    def normalized(self) -> "Mixture":
        """Return the mixture with weights, the flat one included, that sum to 1."""
        total = math.fsum([self.uniform, *(component.weight for component in self.components)])
        scaled = tuple(c.model_copy(update={"weight": c.weight / total}) for c in self.components)
        return self.model_copy(update={"components": scaled, "uniform": self.uniform / total})


class NormalComponent(Section):
    """One bump of wrapped normals."""

    mean: _Axis = Field(
        default=None, description="Direction of the bump: two numbers (dimensionless), scaled to length 1 on reading."
    )
    deviation: Annotated[float, Number(1e-4, 10.0, unit="radians")] = Field(
        description="Standard deviation σ of the angle before it is wrapped around the circle (radians)."
    )
    weight: _Weight


class WrappedNormal(Initial):
    """ρ = uniform + Σ weight · wrapped normal(mean, deviation) on the circle, the weights scaled to sum 1."""

    kind: Literal["wrapped_normal"] = Field(description="Weighted heat kernels of the circle.")
    components: Annotated[tuple[NormalComponent, ...], Field(min_length=1)] = Field(description="The bumps.")
    uniform: _Flat = 0.0


class Poisson(Directed):
    """ρ = ((1 - r²) / |x - r·mean|²)^{d-1}, the uniform density moved by a boost."""

    kind: Literal["poisson"] = Field(description="The uniform density moved by a boost.")
    radius: Annotated[float, Number(0.0, 1.0, open_high=True)] = Field(
        description="Length r of the boost vector in the unit ball (dimensionless); 0 is uniform."
    )


class AngularGaussian(Directed):
    """ρ = ratio^{-1/2} (1 - (1 - 1/ratio) <x, mean>²)^{-d/2}."""

    kind: Literal["angular_gaussian"] = Field(description="The direction of a centered normal vector.")
    ratio: Annotated[float, Number(1e-8, 1e8)] = Field(
        description="Variance of that vector along the mean over its variance across it (dimensionless); 1 is uniform."
    )


class Term(Section):
    """One harmonic."""

    degree: Annotated[int, Integer(1, max(HIGHEST_DEGREE.values()))] = Field(description="Degree l (dimensionless).")
    order: Annotated[int | None, Integer(-max(HIGHEST_DEGREE.values()), max(HIGHEST_DEGREE.values()))] = Field(
        default=None,
        description="Order m (dimensionless). Sphere: -l to l, cosine for m >= 0 and sine for m < 0; "
        "circle: l (cosine) or -l (sine); not for zonal.",
    )
    amplitude: Annotated[float, Number(-1e3, 1e3)] = Field(
        description="Coefficient of the harmonic, orthonormal with respect to σ (dimensionless)."
    )


class Harmonics(Initial):
    """ρ = 1 + Σ amplitude · Y."""

    kind: Literal["harmonics"] = Field(description="The uniform density plus chosen harmonics.")
    terms: Annotated[tuple[Term, ...], Field(min_length=1)] = Field(description="The harmonics.")


class Random(Initial):
    """ρ = 1 + band-limited Gaussian noise."""

    kind: Literal["random"] = Field(description="The uniform density plus reproducible noise.")
    amplitude: Annotated[float, Number(0.0, 1e3)] = Field(
        description="Root mean square of the noise with respect to σ (dimensionless)."
    )
    max_degree: Annotated[int, Integer(1, max(HIGHEST_DEGREE.values()))] = Field(
        description="Highest degree of the noise (dimensionless)."
    )
    seed: Annotated[int, Integer(0, 2**63 - 1)] = Field(description="Seed of the generator (dimensionless).")


class Band(Directed):
    """ρ ∝ exp(-(t - latitude)² / (2 width²)), t = <x, mean>."""

    kind: Literal["band"] = Field(description="A narrow ring around the mean direction.")
    latitude: Annotated[float, Number(-1.0, 1.0, open_low=True, open_high=True)] = Field(
        description="Cosine of the angle between the ring and the mean (dimensionless)."
    )
    width: Annotated[float, Number(NARROWEST_BAND, 100.0)] = Field(
        description="Standard deviation of that cosine (dimensionless)."
    )


class Cap(Directed):
    """ρ constant on the cap around the mean, plus a flat background."""

    kind: Literal["cap"] = Field(description="A constant density on a cap.")
    angle: Annotated[float, Number(NARROWEST_CAP, math.pi, open_high=True, unit="radians")] = Field(
        description="Angle between the mean and the rim (radians)."
    )
    background: Annotated[float, Number(0.0, 1.0, open_high=True)] = Field(
        default=0.0, description="Share of the mass that is spread over the whole sphere (dimensionless)."
    )


class FromRecord(Initial):
    """The density of another record."""

    kind: Literal["record"] = Field(description="The density of another record.")
    path: Annotated[str, Text()] = Field(
        description="File of the record; a relative path starts at the folder of the case file."
    )
    time: Annotated[float, Number(0.0, LONGEST_TIME)] = Field(
        description="Time (dimensionless, as time.end); the snapshot nearest to it is taken."
    )


class Tokens(Initial):
    """Rows of a file, each widened to a bump."""

    kind: Literal["tokens"] = Field(description="Your own tokens: the directions of the rows of a file.")
    path: Annotated[str, Text()] = Field(
        description="File of the rows (n, d): .npy, .npz, .csv, .h5 or .hdf5; a relative path starts at the folder of "
        "the case file. The rows are scaled to length 1; nothing is unpickled."
    )
    dataset: Annotated[str | None, Text()] = Field(
        default=None,
        description="Dataset of an HDF5 file or array of an .npz file; may be left out where there is one only.",
    )
    concentration: Annotated[float | str, OrWord(Number(0.0, LARGEST_CONCENTRATION, open_low=True), "auto")] = Field(
        default="auto",
        description="Concentration of the von Mises-Fisher bump that each row becomes (dimensionless), which "
        "multiplies R by A_1(concentration) < 1; auto: least expected squared error, estimated from the rows.",
    )
    axis: Annotated[Vector | str | None, OrWord(Direction(), "mean")] = Field(
        default=None,
        description="Zonal only: the axis to which the rows' cosines are taken, d numbers (dimensionless) of any "
        "length, or the mean direction of the rows (the default).",
    )


AnyInitial: TypeAlias = (
    Uniform
    | Linear
    | VonMisesFisher
    | Mixture
    | WrappedNormal
    | Poisson
    | AngularGaussian
    | Harmonics
    | Random
    | Band
    | Cap
    | FromRecord
    | Tokens
)
