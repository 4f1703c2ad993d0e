"""The contract of a density: what every body of it answers, and nothing of how.

A *body* is one way to hold μ on the sphere: a finite sum of harmonics, such a sum in a moving frame, cells of material
tokens, clusters. Whoever asks a density asks these questions alone, so that a new body is one class and one line in
`assembly/bodies.py`. `OfTokens` (in `tokens.py`) answers most of them for a body that is known by points and masses.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from kinetic.density.packing import Stored
from kinetic.spaces.space import Space
from kinetic.types import Array, ArrayLike
from kinetic.variable import Variable

if TYPE_CHECKING:
    from kinetic.density.series import Density


class WithNorms(Protocol):
    """The tokens of a density whose tokens have norms: y = r x, r > 0, |x| = 1."""

    @property
    def directions(self) -> Array:
        """x of every token, shape (n, components); axisymmetric: along the axis, and across it."""

    @property
    def radii(self) -> Array:
        """r of every token, shape (n,)."""

    @property
    def masses(self) -> Array:
        """Mass of every token, shape (n,), of sum one."""

    def radius_quantiles(self, shares: ArrayLike) -> Array:
        """Return the norms below which the given shares of the mass lie, shares in [0, 1]."""


class Body(Protocol):
    """A density μ on S^{d−1}, ρ = dμ/dσ with σ the uniform probability measure, in any body.

    An axisymmetric body knows a density by its one axis e: its points are cosines t = <x, e>, its mean is the one
    component along e, and its directions are ±1. All others take unit vectors of shape (..., d).
    """

    body: ClassVar[str]
    """Name of the body in records."""

    @property
    def dimension(self) -> int:
        """Ambient dimension d."""

    @property
    def axisymmetric(self) -> bool:
        """Whether points are cosines to an axis."""

    @property
    def mass(self) -> float:
        """∫ dμ."""

    @property
    def mean(self) -> Array:
        """∫ x dμ, shape (d,); axisymmetric: its component along the axis, shape (1,)."""

    @property
    def direction(self) -> Array | None:
        """The mean direction, of the mean's shape, or None where the mean is 0."""

    @property
    def rapidity(self) -> float:
        """η: e^{−η} is the scale of the cluster that the body follows; 0 where it follows none."""

    @property
    def center(self) -> str:
        """Name of what `values_at_angle` and `polar_quadrature` count angles from, axisymmetric bodies aside."""

    @property
    def as_series(self) -> "Density | None":
        """The density as a finite sum of harmonics; None where it is none."""

    @property
    def in_frame(self) -> "Density | None":
        """The finite sum ν that holds the density in its frame (of a series itself); None where there is none."""

    @property
    def with_norms(self) -> WithNorms | None:
        """Tokens with their norms; None where all norms are one."""

    @property
    def scales(self) -> tuple[Variable, ...]:
        """Scales of axes that the density's arrays and its observables share: the labels, where it has any."""

    def values(self, points: ArrayLike) -> Array:
        """Return ρ at points, NaN where the body does not know it.

        Raises
        ------
        DomainError
            If the points are of another shape, or not on the sphere.
        """

    def log_values(self, points: ArrayLike) -> Array:
        """Return ln ρ at points: −∞ where ρ vanishes, NaN where it is negative or not known."""

    def values_at_angle(self, theta: ArrayLike, azimuth: float = 0.0) -> Array:
        """Return ρ at angles θ in [0, π] from e (axisymmetric) or from the body's `center`, along one meridian.

        Parameters
        ----------
        theta : array_like
            Radians. Bodies with a scale of their own are as accurate at 1e-30 as at 1.
        azimuth : float
            Of the meridian, radians; on the circle 0 or π, the side.

        Raises
        ------
        DomainError
            If there is no mean direction to count from, or no value is known at any angle.
        """

    def quadrature(self, degree: int) -> tuple[Array, Array]:
        """Return (x_i, m_i), points and masses that integrate harmonics up to a degree over μ.

        Points have the shape (n, d), axisymmetric ones (n,); masses of a truncated series may be negative.
        """

    def halved(self) -> Self | None:
        """Return the same density on cells half as long, which tells how well they resolve it; None without cells."""

    def axial_quadrature(self) -> tuple[Array, Array]:
        """Return (y_i, p_i): latitudes y = ln tan(θ/2) about the mean direction, ascending, and the mass at each.

        Raises
        ------
        DomainError
            If there is no mean direction, or the body does not give the masses.
        """

    def polar_quadrature(self) -> tuple[Array, Array]:
        """Return the same about what `center` names."""

    def moment(self, order: int) -> Array:
        """Return ∫ x ⊗ … ⊗ x dμ of that order, shape (d,)*order; axisymmetric: the number ∫ <x, e>^order dμ."""

    def moments(self, axis: ArrayLike | None = None, degree: int | None = None) -> Array:
        """Return M_l = ∫ P_l(<x, n>) dμ, l = 0 … degree, P_l the Gegenbauer polynomial with P_l(1) = 1.

        Parameters
        ----------
        axis : array_like, optional
            n (axisymmetric: ±1). Default: the mean direction; axisymmetric: e.
        degree : int, optional
            Default: that of a finite sum, 64 of any other body.
        """

    def mean_squares(self, degree: int) -> Array:
        """Return p_l = (1/N_l) Σ_m ρ_lm², l = 0 … L of a finite sum, l = 0 … degree of any other body."""

    def space_at(self, degree: int) -> Space:
        """Return the harmonics up to a degree on the density's sphere."""

    def coefficients_in(self, space: Space) -> Array:
        """Return the native coefficients ∫ Y_lm dμ in a space of harmonics on the density's sphere."""

    def grid(self) -> tuple[Array, Array]:
        """Return (points, ρ there) at places that suit the body."""

    def cluster_centers(self) -> tuple[Array, Array]:
        """Return the centers of the clusters, shape (c, d), and their masses; none where the body knows of none."""

    @classmethod
    def packed(cls, densities: Sequence[Self]) -> tuple[Variable, ...]:
        """Return the datasets that hold densities of this body, one row a density."""

    @classmethod
    def rebuilt(cls, stored: Stored) -> Self:
        """Return the density of one row.

        Raises
        ------
        RecordError
            If the row is missing, incomplete or contradicts itself.
        """
