"""Attention of the same heads in spaces of several degrees: of a run that grows, and of the coarser one beside it."""

from kinetic.attention.general import GeneralAttention
from kinetic.attention.generating import Ball
from kinetic.attention.heads import Head
from kinetic.types import Normalization


class Widest:
    """Makes the attention of the same heads in spaces of any degree, the maps of the widest so far shared.

    Parameters
    ----------
    heads, normalization
        As for `GeneralAttention`.
    near : GeneralAttention, optional
        To begin with.
    """

    def __init__(self, heads: tuple[Head, ...], normalization: Normalization, near: GeneralAttention | None = None):
        self._heads, self._normalization, self._near = heads, normalization, near

    def __call__(self, space: Ball) -> GeneralAttention:
        """Return the attention in a space."""
        made = GeneralAttention(space, self._heads, self._normalization, self._near)
        if self._near is None or made.space.degree >= self._near.space.degree:
            self._near = made
        return made
