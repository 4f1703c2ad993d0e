"""Error in R(t = 2) against CPU time: the density on the sphere, the zonal density, and N tokens.

    OMP_NUM_THREADS=1 python tests/benchmarks/accuracy_for_cost.py --figure accuracy_for_cost.png

One problem for all three: softmax attention at β = 1 on S², from a fifth of uniform tokens and four fifths of von
Mises–Fisher tokens of concentration 2; on the sphere the axis is askew to the grid. The truth is the zonal density at
degree 255 and tolerance 1e-13. Densities have degrees from 8 up at the default tolerance; tokens have the tolerance
1e-4, which is far below their sampling error, and the root mean square of that error over seeds is shown. Times are
CPU seconds of the integration, the least of a few; what is made once (grids, tables, draws) is left out.

Where the tokens' error passes the level that is asked for is continued by their law, error ~ N^(-1/2), cost ~ N².
"""

import argparse
import time
from pathlib import Path

import numpy as np
from timing import machine

from kinetic.attention.moments import MomentAttention, ScalarHead
from kinetic.attention.nodal import NodalAttention
from kinetic.harmonic import HarmonicFlow
from kinetic.initial import Component, InitialDensity, VonMisesFisher
from kinetic.integrate.adaptive import AdaptiveStepper
from kinetic.kernels import ExponentialKernel
from kinetic.particles import TokenHead, simulate
from kinetic.plot.saving import save
from kinetic.plot.style import COLORS, DASHES, WIDTH, styled
from kinetic.sampling import sample_uniform, sample_von_mises_fisher
from kinetic.spaces.sphere import Sphere
from kinetic.spaces.zonal import Zonal

END, BETA, CONCENTRATION, UNIFORM = 2.0, 1.0, 2.0, 0.2
AXIS = np.array([0.48, 0.6, 0.64])
DEGREES = [8, 12, 16, 24, 32, 48, 64]
TOLERANCE, TRUTH_DEGREE, TRUTH_TOLERANCE = 1e-9, 255, 1e-13
TOKENS = {100: 30, 300: 20, 1000: 10, 3000: 4, 10_000: 3}  # N: how many seeds
TOKENS_TOLERANCE = 1e-4
LEVEL = 1e-3


def density(space, axis, attend, tolerance=TOLERANCE, repeats=5):
    """R(END) of a density and the CPU seconds of its integration."""
    components = (Component(VonMisesFisher(CONCENTRATION), axis, 1 - UNIFORM),)
    start = InitialDensity(components, UNIFORM).coefficients(space)
    flow = HarmonicFlow(space, attend, ExponentialKernel(BETA, 3))
    state = flow.equation.state(start)
    least = np.inf
    for _ in range(repeats):
        began = time.process_time()
        stepper = AdaptiveStepper(flow, 0.0, state, tolerance)
        while stepper.time < END:
            stepper.advance()
        final = stepper.interpolant()(END)
        least = min(least, time.process_time() - began)
    return float(np.linalg.norm(flow.density(final).mean)), least


def sphere(degree):
    """R and CPU seconds on the sphere."""
    return density(Sphere(degree), AXIS, lambda space: NodalAttention(space, ExponentialKernel(BETA, 3), "softmax"))


def zonal(degree, tolerance=TOLERANCE):
    """R and CPU seconds of the zonal density."""
    return density(
        Zonal(degree, 3),
        1.0,
        lambda s: MomentAttention(s, (ScalarHead(ExponentialKernel(BETA, 3)),), "softmax"),
        tolerance,
    )


def tokens(count, seed):
    """R and CPU seconds of N tokens."""
    rng = np.random.default_rng(seed)
    uniform = rng.binomial(count, UNIFORM)
    bump = sample_von_mises_fisher(AXIS, CONCENTRATION, count - uniform, rng)
    points = np.concatenate([sample_uniform(3, uniform, rng), bump])
    began = time.process_time()
    moved = simulate(points, [0.0, END], [TokenHead(BETA)], "softmax", tolerance=TOKENS_TOLERANCE)
    return float(moved.order_parameter[-1]), time.process_time() - began


def ensemble(count, truth):
    """Root mean square of the error over seeds, and the mean CPU seconds."""
    found = np.array([tokens(count, seed) for seed in range(TOKENS[count])])
    return np.sqrt(np.mean((found[:, 0] - truth) ** 2)), found[:, 1].mean()


def cost_of_density(errors, seconds):
    """CPU seconds of the cheapest density whose error is below `LEVEL`."""
    return min(s for e, s in zip(errors, seconds, strict=True) if e < LEVEL)


def cost_of_tokens(errors, seconds):
    """CPU seconds and N at which the tokens' error is `LEVEL`: error² · N over all seeds, cost/N² of the largest N."""
    counts = np.array(list(TOKENS), dtype=float)
    needed = np.average(errors**2 * counts, weights=list(TOKENS.values())) / LEVEL**2
    return seconds[-1] * (needed / counts[-1]) ** 2, needed


def draw(curves, path):
    """Save the figure."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure((WIDTH, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for (name, (errors, seconds)), color, dash in zip(curves.items(), COLORS, DASHES, strict=False):
            axes.loglog(seconds, errors, color=color, linestyle=dash, marker="o", markersize=3, label=name)
        axes.axhline(LEVEL, color="0.45", linewidth=0.6)
        axes.set_xlabel("CPU seconds, one core")
        axes.set_ylabel(r"error of $R(t=2)$")
        axes.legend()
        save(figure, path)


def span(sizes):
    """First and last of some sizes."""
    return f"{sizes[0]} … {sizes[-1]}"


def main():
    """Measure, print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figure", type=Path, help="where to save the figure")
    path = parser.parse_args().figure
    print(machine())
    truth = zonal(TRUTH_DEGREE, TRUTH_TOLERANCE)[0]
    curves = {}
    for kind, solve in (("sphere", sphere), ("zonal", zonal)):
        name = f"density, {kind}, degree {span(DEGREES)}"
        found = np.array([solve(degree) for degree in DEGREES])
        curves[name] = np.maximum(np.abs(found[:, 0] - truth), np.finfo(float).eps), found[:, 1]
        report(name, DEGREES, *curves[name])
    cloud = f"N tokens, N = {span(list(TOKENS))}"
    found = np.array([ensemble(count, truth) for count in TOKENS])
    curves[cloud] = found[:, 0], found[:, 1]
    report(cloud, TOKENS, *curves[cloud])
    theirs, needed = cost_of_tokens(*curves[cloud])
    print(f"error {LEVEL:g}: {needed:.0f} tokens, {theirs:.3g} s")
    for name in list(curves)[:2]:
        own = cost_of_density(*curves[name])
        print(f"    {name}: {own:.3g} s, ratio {theirs / own:.3g}")
    if path:
        draw(curves, path)


def report(name, sizes, errors, seconds):
    """Print a curve."""
    print(name)
    for size, error, spent in zip(sizes, errors, seconds, strict=True):
        print(f"{size:7d}  error {error:8.1e}  {spent:9.4f} s")


if __name__ == "__main__":
    main()
