"""The length of the path in W₂ is one number in every chart, and that of the tokens of a quadrature."""

import numpy as np
import pytest
from claims.records import bumps, case, run

KINDS = {
    "circle": ("circle", 2, bumps((0.0, 4.0, 0.6), (1.0, 3.0, 0.4)), ("harmonic", "conformal", "mercator")),
    "sphere": (
        "sphere",
        3,
        'kind = "von_mises_fisher"\nmean = [0.6, 0.0, 0.8]\nconcentration = 2.0',
        ("harmonic", "mercator"),
    ),
    "zonal": ("zonal", 5, 'kind = "von_mises_fisher"\nconcentration = 2.0', ("conformal", "mercator")),
}


def length(kind, d, normalization, initial, chart):
    """Observables of a short run."""
    text = case(kind, d, normalization, 1.0, initial, end=0.1, degree=40, observe_every=0.1, save_every=0.1)
    sizes = "" if chart == "mercator" else "degree = 40\n"
    return run(text.replace("degree = 40\n", f'{sizes}chart = "{chart}"\n')).observables


@pytest.mark.parametrize(
    ("name", "normalization"),
    [("circle", "softmax"), ("circle", "none"), ("sphere", "softmax"), ("zonal", "none")],
)
def test_every_chart_measures_the_same_length(name, normalization):
    kind, d, initial, charts = KINDS[name]
    found = [length(kind, d, normalization, initial, chart)["arc_length"][-1] for chart in charts]
    np.testing.assert_allclose(found, found[0], rtol=1e-7)


def test_it_is_the_length_of_the_way_of_tokens():
    """Softmax: tokens at angles a, 200 of them a spectral rule; the speed from their own double sums."""
    from scipy.integrate import solve_ivp

    angles = 2 * np.pi * np.arange(200) / 200
    profile = sum(
        w * np.exp(k * (np.cos(angles - a) - 1)) / np.i0(k) * np.exp(k) for a, k, w in ((0, 4, 0.6), (1, 3, 0.4))
    )
    masses = profile / profile.sum()

    def rate(_, y):
        apart = y[None, :-1] - y[:-1, None]
        kernel = masses * np.exp(np.cos(apart))
        velocity = (kernel * np.sin(apart)).sum(axis=1) / kernel.sum(axis=1)
        return np.append(velocity, np.sqrt(masses @ velocity**2))

    exact = solve_ivp(rate, (0, 0.1), np.append(angles, 0.0), method="DOP853", rtol=1e-11, atol=1e-13).y[-1, -1]
    kind, d, initial, _ = KINDS["circle"]
    assert length(kind, d, "softmax", initial, "mercator")["arc_length"][-1] == pytest.approx(exact, rel=1e-9)
