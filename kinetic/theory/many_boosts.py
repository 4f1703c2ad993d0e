"""Many elements of the Möbius group of the sphere, each driven by a field of its own.

Responsible for their equations of motion and for the means of points that they move, all at once. An element is a
rotation Q followed by a boost of rapidity vector p = sinh(η) n; differences from a Dirac mass are not told beyond
rounding of 1, which `boost_group` does for one element.
"""

import numpy as np

from kinetic.types import Array


def at_rest(count: int, d: int) -> Array:
    """Return that many identities, packed: all p, then all Q by rows."""
    return np.concatenate([np.zeros(count * d), np.tile(np.eye(d).ravel(), count)])


def split(packed: Array, d: int) -> tuple[Array, Array]:
    """Return p and Q, shapes (n, d) and (n, d, d)."""
    count = packed.size // (d + d * d)
    return packed[: count * d].reshape(count, d), packed[count * d :].reshape(count, d, d)


def driven(momenta: Array, turns: Array, drifts: Array, spins: Array | None = None) -> Array:
    """Return the packed time derivative under x′ = b − <b,x>x + Ωx.

    p′ = γ b + Ωp,  Q′ = (b wᵀ − w bᵀ + Ω) Q,  γ = √(1 + |p|²),  w = p/(1 + γ).

    Parameters
    ----------
    momenta, turns : Array, shapes (n, d) and (n, d, d)
        p and Q.
    drifts : Array, shape (n, d)
        b.
    spins : Array, shape (n, d, d), optional
        Ω, antisymmetric.
    """
    gamma = np.sqrt(1.0 + np.sum(momenta**2, axis=1, keepdims=True))
    both = drifts[:, :, None] * (momenta / (1.0 + gamma))[:, None, :]
    turning = both - both.swapaxes(1, 2)
    rate = gamma * drifts
    if spins is not None:
        turning = turning + spins
        rate = rate + (spins @ momenta[:, :, None])[:, :, 0]
    return np.concatenate([rate.ravel(), (turning @ turns).ravel()])


def moved_means(momenta: Array, turns: Array, points: Array, masses: Array) -> Array:
    """Return Σ m_j x_j, shape (n, d), of points after n rotations Q and boosts of rapidity vector p = sinh(η) n.

    The null vector (1, z), z = Qy, becomes (γ + <p,z>)(1, x): x = (z + p + p <p,z>/(1 + γ))/(γ + <p,z>).
    """
    z = points @ turns.swapaxes(1, 2)
    gamma = np.sqrt(1.0 + np.sum(momenta**2, axis=1))[:, None]
    along = (z @ momenta[:, :, None])[:, :, 0]
    shares = masses / (gamma + along)
    first = (shares[:, None, :] @ z)[:, 0, :]
    return np.asarray(first + momenta * np.sum(shares * (1.0 + along / (1.0 + gamma)), axis=1)[:, None])
