"""β = 0 on the circle for any smooth density, to relative accuracy: one Möbius map of the disc for all points.

x' = m − <m, x> x is z' = ½(m − m̄ z²) for z = e^{iφ}, so that all points move by one map

    g(z) = (A z + B)/(B̄ z + Ā),     A' = ½ m B̄,   B' = ½ m Ā,     |A|² − |B|² = 1

(derived here; the reduction is that of arXiv:1907.07150). g is analytic in the disc, g(z) = B/Ā + (1/Ā²) Σ_{k≥1}
(−b)^{k−1} z^k with b = B̄/Ā, and therefore, with the Fourier moments c_k = ∫ z^k dμ_0 of the initial density and
S = Σ_{k≥1} (−b)^{k−1} c_k,

    m = (B Ā + S)/Ā²,     1 − R² = (1 − 2 Re(b S) − |S|²/|A|²)/|A|²,

sums of terms that do not cancel: 1 − 2 Re(bS) tends to the initial density at the repelling point.

Angles are kept by the decomposition of g into a turn, a boost and a turn: from the direction a of the boost,
tan((φ − a)/2) = e^{−s} tan((φ_0 − γ)/2), |A| = cosh(s/2).
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import DOP853


class Boosts:
    """The motions of a density at ``times``.

    Parameters
    ----------
    density : callable
        ρ(φ), smooth and of period 2π.
    times : (n,) array_like
        Ascending from 0.
    modes : int
        Degree up to which its Fourier series is summed.
    """

    def __init__(self, density, times, modes=400, tolerance=1e-13):
        count = 8 * modes
        angles = 2 * np.pi * np.arange(count) / count
        values = density(angles)
        self.density = density
        self.times = np.asarray(times, dtype=float)
        series = np.conj(np.fft.fft(values))[: modes + 1] / count
        if not abs(series[-1]) < 1e-15:
            raise ValueError(f"the series of the density ends in {abs(series[-1]):.2g}, which is not rounding")
        self.series = series / series[0].real
        self.maps = self._march(tolerance)

    def _march(self, tolerance):
        # A e^{−t/2} and B e^{−t/2} stay bounded
        state, maps = np.array([1.0 + 0j, 0.0]), [np.array([1.0 + 0j, 0.0])]
        for t0, t1 in pairwise(self.times):
            solver = DOP853(self._rate, t0, state, t1, rtol=tolerance, atol=tolerance)
            while solver.status == "running":
                solver.step()
            state = solver.y
            maps.append(state * np.exp(0.5 * t1))
        return maps

    def _rate(self, t, state):
        scale = np.exp(0.5 * t)
        mean = self._mean(*(state * scale))[0]
        return 0.5 * (mean * np.conj(state[::-1]) - state)

    def _mean(self, A, B):
        b = np.conj(B) / np.conj(A)
        S = np.polyval(self.series[:0:-1], -b)
        # R² = 1 − (1 − R²)
        missing = (1.0 - 2.0 * (b * S).real - abs(S) ** 2 / abs(A) ** 2) / abs(A) ** 2
        return (B * np.conj(A) + S) / np.conj(A) ** 2, missing, S

    def mean(self, i):
        """∫ x dμ, (2,)."""
        m = self._mean(*self.maps[i])[0]
        return np.array([m.real, m.imag])

    def order_deficit(self, i):
        """1 − R."""
        m, missing, _ = self._mean(*self.maps[i])
        return float(missing / (1.0 + abs(m)))

    def frame(self, i):
        """(s, a, γ): rapidity and the two directions of the boost, tan((φ − a)/2) = e^{−s} tan((φ_0 − γ)/2)."""
        A, B = self.maps[i]
        if B == 0:
            return 0.0, 0.0, 0.0
        # g(0) = B/Ā lies along a, and g sends −γ's radius through −B/A to 0
        return 2.0 * np.log(abs(A) + abs(B)), np.angle(B / np.conj(A)), np.angle(B / A)

    def log_density(self, i, theta):
        """ln ρ at angles θ from the direction a of the boost."""
        s, _, gamma = self.frame(i)
        u = np.tan(0.5 * np.asarray(theta))
        with np.errstate(over="ignore"):
            start = gamma + 2.0 * np.arctan(np.exp(s) * u)
        # dφ_0/dφ = e^s (1 + u²)/(1 + e^{2s} u²)
        size = np.log(np.maximum(np.abs(u), 1e-300))
        return np.log(self.density(start)) + s + np.log1p(u * u) - np.logaddexp(0.0, 2 * (s + size))

    def w2_to_dirac(self, i, panels=0.25):
        """(∫ θ² dμ)^{1/2}, θ the angle to the mean direction, by Gauss panels in asinh(tan((φ_0 − γ)/2))."""
        s, _, gamma = self.frame(i)
        m, _, S = self._mean(*self.maps[i])
        A, B = self.maps[i]
        # m e^{−ia} is a positive multiple of |A||B| + S conj(BĀ)/|A||B|: its argument, without cancellation
        offset = np.angle(abs(A * B) + S * np.conj(B) * A / abs(A * B)) if B != 0 else np.angle(m)
        cut = np.arcsinh(np.exp(s) * np.tan(0.5 * (offset + np.pi)))
        reach = s + 45.0
        edges = np.linspace(-reach, reach, 2 * int(reach / panels) + 1)
        if abs(cut) < reach:
            edges = np.sort(np.append(edges, cut))
        nodes, weights = np.polynomial.legendre.leggauss(24)
        q = (edges[:-1, None] + np.diff(edges)[:, None] * 0.5 * (nodes + 1)).ravel()
        w = (np.diff(edges)[:, None] * 0.5 * weights).ravel()
        v = np.sinh(q)
        theta = 2.0 * np.arctan(np.exp(-s) * v) - offset
        theta -= 2 * np.pi * np.round(theta / (2 * np.pi))
        masses = self.density(gamma + 2.0 * np.arctan(v)) * w / np.cosh(q) / np.pi
        return float(np.sqrt(masses @ theta**2 / masses.sum()))
