"""Gauss's rule on every panel between edges: how theory takes integrals of functions that are smooth there."""

from functools import lru_cache

import numpy as np

from kinetic.types import Array, ArrayLike


def panels(edges: ArrayLike, nodes: int) -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss's rule on each panel between ascending edges.

    Parameters
    ----------
    edges : array_like, shape (n + 1,)
    nodes : int
        On each panel.

    Returns
    -------
    nodes, weights : ndarray, shape (n * nodes,)
        Exact for piecewise polynomials of degree 2 nodes − 1.
    """
    corners = np.asarray(edges, dtype=np.float64)
    unit, weights = _rule(nodes)
    middle, half = 0.5 * (corners[1:] + corners[:-1])[:, None], 0.5 * np.diff(corners)[:, None]
    return (middle + half * unit).ravel(), (half * weights).ravel()


@lru_cache(maxsize=16)
def _rule(nodes: int) -> tuple[Array, Array]:
    """Return Gauss's rule on [−1, 1], made once."""
    found, weights = np.polynomial.legendre.leggauss(nodes)
    return np.asarray(found), np.asarray(weights)
