"""A density for each label: the mean over labels where one density is asked for, each of them by its label."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from kinetic.density import Density, Stored
from kinetic.errors import DomainError
from kinetic.geometry import numbers
from kinetic.spaces.kinds import SPACES
from kinetic.spaces.space import Space
from kinetic.types import Array
from kinetic.variable import Variable


def label_scale(labels: Array, *, numbered: bool = False) -> Variable:
    """Return the dataset of the labels, which is the scale of their axis."""
    text = "position s of the token in (0, 1], or its rotation rate (radians per unit of time)"
    if numbered:
        text = "number of the token's rotation among those of label_rotation"
    return Variable("label", labels, ("label",), "1", text)


@dataclass(frozen=True)
class LabelledDensity(Density):
    """f(s, ·) at labels s; as a density it is their mean ∫ f(s, ·) ds.

    Parameters
    ----------
    space : Space
    native : Array
        Coefficients of the mean.
    labels : Array, shape (n,)
        Positions, rotation rates or numbers of rotations, strictly ascending.
    weights : Array, shape (n,)
        Of the mean, of sum one.
    rows : Array, shape (n, size)
        Native coefficients of f at each label.
    rotations : Array, shape (n, 3), optional
        Angular velocities of numbered rotations, radians per unit of time.
    """

    labels: Array
    weights: Array
    rows: Array
    rotations: Array | None = None
    body: ClassVar[str] = "labels"

    @property
    def scales(self) -> tuple[Variable, ...]:
        """The labels."""
        return (label_scale(self.labels, numbered=self.rotations is not None),)

    @classmethod
    def of(cls, space: Space, labels: Array, weights: Array, rows: Array, rotations: Array | None = None) -> Self:
        """Return the density of rows of coefficients."""
        return cls(space, np.asarray(weights @ rows), labels, weights, rows, rotations)

    @cached_property
    def each(self) -> tuple[Density, ...]:
        """The density at each label."""
        return tuple(Density(self.space, row) for row in self.rows)

    def at(self, label: float) -> Density:
        """Return the density at the label nearest to the one given.

        Raises
        ------
        DomainError
            If the label is not a finite number.
        """
        given = numbers("label", label)
        if given.ndim:
            raise DomainError(f"label: received the shape {given.shape}; must be one number")
        return self.each[int(np.argmin(np.abs(self.labels - given)))]

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return labels, their weights and coefficients, every snapshot padded with zeros to the highest degree."""
        highest = max(density.space.degree for density in densities)
        space = densities[0].space.at_degree(highest)
        padded = np.stack([density.space.resize(density.rows, highest) for density in densities])
        public = np.stack([[space.to_public(row) for row in rows] for rows in padded])
        degrees = np.array([density.space.degree for density in densities])
        text = "real coefficients of the density of each label, orthonormal for the uniform probability measure"
        found = [
            *densities[0].scales,
            Variable("label_weight", densities[0].weights, ("label",), "1", "weights of the mean over labels"),
            Variable("coefficients", public, ("time", "label", *space.axes), "1", text),
            Variable("degree", degrees, ("time",), "1", "highest degree in use"),
        ]
        if densities[0].rotations is not None:
            text = "angular velocity of the token's own rotation (radians per unit of time)"
            found.append(Variable("label_rotation", densities[0].rotations, ("label", "component"), "1", text))
        if densities[0].axisymmetric:
            text = "normalised moments ∫ P_l(<x, e>) dμ of the density of each label"
            found.append(Variable("moments", padded, ("time", "label", "degree"), "1", text))
        return tuple(found)

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        """Return the densities of one row."""
        with stored.readable("of tokens with labels"):
            arrays = stored.record.density_arrays
            labels, weights = (np.array(arrays[name], dtype=float) for name in ("label", "label_weight"))
            public = stored.row("coefficients")
            full = SPACES[stored.space](public.shape[-1] - 1, stored.dimension)
            degree = stored.integer("degree", 1, full.degree)
            moments = full.axisymmetric
            rows = np.array(stored.row("moments")) if moments else np.stack([full.from_public(row) for row in public])
            if rows.shape != (labels.size, full.degrees.size) or weights.shape != labels.shape:
                raise ValueError(f"{labels.size} labels, {weights.size} weights, coefficients of shape {rows.shape}")
            rotations = arrays.get("label_rotation")
            if rotations is not None and np.shape(rotations) != (labels.size, 3):
                raise ValueError(f"{labels.size} labels, rotations of shape {np.shape(rotations)}")
            turning = None if rotations is None else np.array(rotations, dtype=float)
            given = (labels, weights, rows) if turning is None else (labels, weights, rows, turning)
            if not all(np.all(np.isfinite(values)) for values in given):
                raise ValueError("entries that are not numbers")
            return cls.of(full.at_degree(degree), labels, weights, full.resize(rows, degree), turning)
