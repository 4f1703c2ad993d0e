"""A cluster that is small enough for the noise to be linear across it: how far its tokens are apart, as a law.

The derivative J of the noise's flow along a token multiplies tangent vectors. By isotropy ln|det J| is Gaussian of mean
−e t and variance 2 e t, e the rate of `common_noise.entropy_rate`. For d = 3 the ratio e^ϱ of its two singular values
is independent of the determinant, and ϱ the distance from the start of a Brownian motion on the hyperbolic plane whose
drift at infinity is the gap κ'(1) of the two exponents. A round cluster of spread w comes to have the spread

    w |det J|                                        (d = 2),
    w √(½ (σ_1² + σ_2²)) = w √(|det J| cosh ϱ)     (d = 3).

Knows laws, no densities.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from kinetic.theory.common_noise import entropy_rate, lyapunov_exponent
from kinetic.theory.domain import require_dimension
from kinetic.theory.pair_distance import beyond
from kinetic.theory.panels import panels
from kinetic.theory.statement import statement

_FAR = 9.0  # standard deviations: beyond is less than rounding


@statement(
    "derived",
    "derived here; top Lyapunov exponent of arXiv:2604.26898",
    "the typical spread of a small cluster falls at the top Lyapunov exponent",
)
def median_spread(time: float, d: int, level: float, slope: float) -> float:
    """Return the median over realisations of the spread of a small round cluster, over its first one.

    e^{λt} for d = 2, λ the top Lyapunov exponent; for d = 3 the same late, up to what the cluster's shape takes: the
    larger of the two singular values alone counts then, and of the initial spread the half.

    Parameters
    ----------
    d : int
        2 or 3.
    level, slope : float
        κ(1) and κ'(1), with the noise's strength squared.

    **Accuracy** 1e-10.
    """
    require_dimension(d)
    if time == 0 or d == 2:
        return float(np.exp(lyapunov_exponent(d, level, slope) * time))
    rate = entropy_rate(d, level, slope)
    width, tau = np.sqrt(2.0 * rate * time), slope * time
    if slope == 0:
        return float(np.exp(-0.5 * rate * time))
    # E of P(ln det < x − ln cosh ϱ), by parts: the density of ϱ is minus the slope of `beyond`
    end = tau + 2.0 * _FAR * np.sqrt(tau)
    r, w = panels(np.linspace(0.0, end, 25), 24)
    outside = np.array([beyond(float(at), tau) for at in r])
    cosh = r + np.log1p(np.exp(-2.0 * r)) - np.log(2.0)

    def below(x: float) -> float:
        z = (x - cosh + rate * time) / width
        density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
        first = float(ndtr((x + rate * time) / width))
        return float(first - w @ (outside * density * np.tanh(r)) / width)

    reach = _FAR * width
    middle = brentq(lambda x: below(x) - 0.5, -rate * time - reach, end - rate * time + reach, xtol=1e-12)
    return float(np.exp(0.5 * middle))
