"""Densities with a label in motion: each is carried by the field of those that its tokens attend to.

    ∂_t f(s) + div(f(s) (X[Kf(s)] + v_s)) = κ Δf(s),      (Kf)(s) = ∫ k(s, s') f(s') ds'

All labels go through one call of every transform, and K is one product with a matrix. The module knows labels, spaces
and attention; not what a label means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from kinetic.density.observing import spectral_tail
from kinetic.errors import Unresolved
from kinetic.kernels import Kernel
from kinetic.label.density import LabelledDensity
from kinetic.label.labels import Labels
from kinetic.label.observing import observe_labels
from kinetic.observables import Observation
from kinetic.problem import PassingFlow, SplitFlow, require_mass
from kinetic.spaces.space import Space
from kinetic.special import laplace_eigenvalues
from kinetic.trust import NOISE_BOUND, RESOLVED_CHANGE, TAIL_BOUND, grown
from kinetic.types import Array

LABEL_TAIL_BOUND = RESOLVED_CHANGE
"""Largest share of the two highest modes of an element in what attention feels.

R and E at a label are sums over the low degrees there, whose polynomial in ln s is wrong by about its highest modes,
and the integrals K f by no more: the change of R and E when elements are halved is below this share of the largest
there is. Elements of degree p converge with order 2p (tests/label/test_order.py).
"""


class Felt(Protocol):
    """Attention of densities to others."""

    @property
    def felt(self) -> Space:
        """The space of what a density is felt by."""

    def carried(self, coefficients: Array, source: Array) -> Array:
        """Return the coefficients of −div(f X[ν]), one row a density."""

    def felt_noise(self, low: Array) -> float:
        """Return the largest relative rounding error of the partitions."""


@dataclass(frozen=True)
class LabelledFlow(SplitFlow, PassingFlow):
    """Densities in harmonics, one for each label.

    Parameters
    ----------
    space : Space
    attend : callable
        Makes the attention for a space of any degree.
    kernel : Kernel
    labels : Labels
    diffusion : float
        κ ≥ 0.
    growth_bound : float
        Spectral tail beyond which the space grows, while it may.
    max_degree : int, optional
        Degree up to which the space may grow; a fixed space if absent.

    **Cost** n right-hand sides of a single density less what these spend on anything but arithmetic, and n² products
    for each coefficient that attention feels.
    """

    space: Space
    attend: Callable[[Space], Felt]
    kernel: Kernel
    labels: Labels
    diffusion: float = 0.0
    growth_bound: float = 0.0
    max_degree: int | None = None

    @cached_property
    def attention(self) -> Felt:
        """Attention of the densities to each other in this space."""
        return self.attend(self.space)

    def rows(self, state: Array) -> Array:
        """Return the coefficients of every label, shape (n, size)."""
        return state.reshape(self.labels.count, -1)

    def _felt(self, rows: Array) -> Array:
        """Return the coefficients that attention feels, (n, low size)."""
        return self.space.resize(rows, self.attention.felt.degree)

    def __call__(self, time: float, state: Array) -> Array:
        rate = self.nonlinear(time, state)
        return rate + self.decay * state if self.diffusion else rate

    def nonlinear(self, _time: float, state: Array) -> Array:
        rows = self.rows(state)
        return self.attention.carried(rows, self.labels.seen(self._felt(rows))).reshape(-1)

    @cached_property
    def decay(self) -> Array:
        eigenvalues = laplace_eigenvalues(self.space.degree, self.space.dimension)[self.space.degrees]
        return np.tile(-self.diffusion * eigenvalues, self.labels.count)

    def density(self, state: Array) -> LabelledDensity:
        rows = self.rows(state)
        return LabelledDensity.of(self.space, self.labels.values, self.labels.weights, rows, self.labels.rotations)

    def observe(self, time: float, state: Array) -> Observation:  # noqa: ARG002
        """Return every observable of the mean over labels, and of each label."""
        return observe_labels(self.density(state), self.kernel, self.diffusion)

    def tails(self, state: Array) -> tuple[float, float]:
        """Return the largest spectral tail of a label, and the tail of the elements."""
        return self._spectral_tail(state), self.labels.tail(self.felt_rows(self.rows(state)))

    def _spectral_tail(self, state: Array) -> float:
        return max(spectral_tail(density, self.kernel) for density in self.density(state).each)

    def felt_rows(self, rows: Array) -> Array:
        """Return the coefficients of degree 1 and higher that attention feels."""
        return self._felt(rows)[:, self.attention.felt.degrees > 0]

    def verify(self, time: float, state: Array) -> None:
        """Raise `Blowup` or `Unresolved` where a mass, a tail or a softmax partition passes its bound."""
        where = f"at degree {self.space.degree}, {self.labels.count} labels, t = {time:.6g}"
        rows = self.rows(state)
        worst = rows[int(np.argmax(np.abs(rows[:, 0] - 1))), 0]
        require_mass(state, float(worst), where, "lower time.tolerance or raise space.degree")
        tail, label_tail = self.tails(state)
        if tail > TAIL_BOUND:
            more = "raise space.degree" if self.max_degree is None else "raise space.max_degree"
            raise Unresolved(f"spectral tail {tail:.3g} {where} (allowed {TAIL_BOUND:.3g}); {more}, or end earlier")
        if label_tail > LABEL_TAIL_BOUND:
            raise Unresolved(
                f"the densities' dependence on the position has a tail of {label_tail:.3g} {where} (allowed "
                f"{LABEL_TAIL_BOUND:.3g}); raise label.elements or label.order"
            )
        noise = self.attention.felt_noise(self.labels.seen(self._felt(rows)))
        if noise > NOISE_BOUND:
            raise Unresolved(
                f"softmax partition known to {noise:.3g} only where it is smallest, {where} (allowed "
                f"{NOISE_BOUND:.3g}): its range exceeds what a sum of harmonics carries; lower attention.beta, start "
                'less concentrated, or use normalization = "none"'
            )

    @property
    def _may_grow(self) -> bool:
        """Whether there is a larger space."""
        return self.max_degree is not None and self.space.degree < self.max_degree

    def trusts(self, state: Array) -> bool:
        """Return whether a step has left all tails within their bound; in the largest space `verify` has the word."""
        return not self._may_grow or not self._spectral_tail(state) > TAIL_BOUND

    def handed_over(self, time: float, state: Array) -> "tuple[LabelledFlow, Array]":  # noqa: ARG002
        """Return the flow in the next larger space, in which a step that went too far is taken again."""
        return self._larger(state)

    def _larger(self, state: Array) -> "tuple[LabelledFlow, Array]":
        assert self.max_degree is not None, "a fixed degree is trusted"
        degree = grown(self.space.degree, self.max_degree)
        larger = replace(self, space=self.space.at_degree(degree))
        return larger, self.space.resize(self.rows(state), degree).reshape(-1)

    def adapt(self, state: Array) -> "tuple[LabelledFlow, Array] | None":
        """Return the flow in a larger space once a label's tail passes the growth bound, or None."""
        if not self._may_grow or self._spectral_tail(state) <= self.growth_bound:
            return None
        return self._larger(state)

    @property
    def layout(self) -> Mapping[str, int]:
        return {"degree": self.space.degree, "labels": self.labels.count}

    def at_layout(self, layout: Mapping[str, int]) -> "LabelledFlow":
        """Return the flow at another degree.

        Raises
        ------
        ValueError
            If it is that of another number of labels.
        """
        if layout["labels"] != self.labels.count:
            raise ValueError(f"{layout['labels']} labels instead of {self.labels.count}")
        return replace(self, space=self.space.at_degree(layout["degree"]))
