"""Densities on circle and sphere by the tokens of a quadrature, all pairs summed: heads, a perceptron, a frozen field.

    ẋ_i = P_x [ Σ_h V_h A_h(x_i) + Σ_j w_j σ(<a_j, x_i> + b_j) a_j ],       A_h from the nodes as they are, or were,

with masses that stay. For smooth data over short times R and E are exact to the quadrature, which converges like the
flow's own harmonics in the labels.
"""

import numpy as np
from scipy.integrate import solve_ivp

from oracles import dense_attention

ACTIVATIONS = {
    "constant": (np.ones_like, lambda s: s),
    "identity": (lambda s: s, lambda s: 0.5 * s * s),
    "relu": (lambda s: np.maximum(s, 0.0), lambda s: 0.5 * np.maximum(s, 0.0) ** 2),
    "tanh": (np.tanh, lambda s: np.log(np.cosh(s))),
}


def followed(nodes, masses, heads, normalization, end, neurons=None, frozen=False, tolerance=1e-11):
    """R and E (with the perceptron's) at the end; neurons: (activation, [(w, a, b), …])."""
    activation, rows = neurons or ("constant", [])
    sigma, level = ACTIVATIONS[activation]

    def rate(_, flat):
        x = flat.reshape(nodes.shape)
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        moved = dense_attention.drift(x, nodes if frozen else x, masses, heads, normalization)
        pull = sum((w * sigma(x @ a + b)[:, None] * a for w, a, b in rows), np.zeros_like(x))
        return (moved + pull - np.sum(pull * x, axis=1, keepdims=True) * x).ravel()

    found = solve_ivp(rate, (0.0, end), nodes.ravel(), "DOP853", rtol=tolerance, atol=tolerance)
    x = found.y[:, -1].reshape(nodes.shape)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    energy = dense_attention.energy(x, masses, heads) + sum(w * masses @ level(x @ a + b) for w, a, b in rows)
    return float(np.linalg.norm(masses @ x)), float(energy)
